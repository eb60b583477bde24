/** When each request ran, how long the run waited before it, and which requests were repeated. */
import type { ExchangeRecord, ServiceName } from '../../result/exchange-record.js';
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration, plural } from '../../text/format.js';
import { figure, percent } from './charts.js';
import { html, joinLines, type Markup, svg } from './markup.js';

/** If there are more requests, only the most important ones are drawn, to keep the page small. */
const MAX_DRAWN = 2000;
const LANE_HEIGHT = 16;
const MAX_LANES = 5;
const SERVICES: ServiceName[] = ['ThreatQ', 'Vision One'];

/** A request in its lane. Times are milliseconds since the epoch. */
interface PlacedExchange {
  exchange: ExchangeRecord;
  /** When the wait before it began. */
  waitStart: number;
  start: number;
  end: number;
  lane: number;
}

interface Band {
  service: ServiceName;
  placed: PlacedExchange[];
  lanes: number;
}

function hasFailed({ status, error }: ExchangeRecord): boolean {
  return error !== undefined || status === null || status >= 400;
}

/** Gives requests that ran at the same time different lanes, as long as there are free lanes. */
function placeInLanes(exchanges: readonly ExchangeRecord[]): Omit<Band, 'service'> {
  const ends: number[] = [];
  const placed = exchanges.map((exchange) => {
    const start = Date.parse(exchange.at);
    const waitStart = start - exchange.waited_ms;
    const end = start + exchange.took_ms;
    let lane = ends.findIndex((laneEnd) => laneEnd <= waitStart);
    if (lane < 0) lane = Math.min(ends.length, MAX_LANES - 1);
    ends[lane] = end;
    return { exchange, waitStart, start, end, lane };
  });
  return { placed, lanes: Math.max(1, ends.length) };
}

/** At most MAX_DRAWN requests; those that failed, were repeated or waited come first. */
function selectDrawn(exchanges: readonly ExchangeRecord[]): ExchangeRecord[] {
  const timed = exchanges.filter(({ at }) => !Number.isNaN(Date.parse(at)));
  if (timed.length <= MAX_DRAWN) return timed;
  const importance = (exchange: ExchangeRecord) =>
    Number(hasFailed(exchange) || exchange.retry || exchange.waited_ms > 0);
  return timed
    .toSorted((a, b) => importance(b) - importance(a))
    .slice(0, MAX_DRAWN)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function styleOf(exchange: ExchangeRecord): string {
  if (hasFailed(exchange)) return 'failed';
  return exchange.retry ? 'retry' : 'ok';
}

function titleOf({ method, path, status, took_ms }: ExchangeRecord): string {
  const answer = status === null ? 'no answer' : `HTTP ${status}`;
  return `${method} ${path}: ${answer} after ${formatDuration(took_ms)}`;
}

/** The interval that the whole width represents. */
interface Axis {
  start: number;
  /** In milliseconds, at least 1. */
  length: number;
}

function drawExchange(placed: PlacedExchange, top: number, axis: Axis): Markup {
  const { exchange, waitStart, start, end, lane } = placed;
  const y = top + lane * LANE_HEIGHT;
  const rect = (style: string, from: number, to: number, title: string) =>
    svg`<rect class="${style}" x="${percent(from - axis.start, axis.length)}" y="${y}" width="${percent(Math.max(to - from, axis.length / 400), axis.length)}" height="12"><title>${title}</title></rect>`;
  const why = exchange.why_waited ? `: ${exchange.why_waited}` : '';
  const wait =
    exchange.waited_ms > 0 &&
    rect('wait', waitStart, start, `waited ${formatDuration(exchange.waited_ms)}${why}`);
  return svg`${wait}${rect(styleOf(exchange), start, end, titleOf(exchange))}`;
}

function drawBand({ service, placed, lanes }: Band, top: number, axis: Axis): Markup {
  return svg`<text x="0" y="${top + 14}">${service}</text><text class="end" x="100%" y="${top + 14}">${plural(placed.length, 'request')}</text><rect class="track" x="0" y="${top + 20}" width="100%" height="${lanes * LANE_HEIGHT + 4}" rx="2"/>${placed.map((one) => drawExchange(one, top + 24, axis))}`;
}

const TICKS = [
  { share: 0, style: 'tick' },
  { share: 0.25, style: 'tick middle quarter' },
  { share: 0.5, style: 'tick middle' },
  { share: 0.75, style: 'tick middle quarter' },
  { share: 1, style: 'tick end' },
];

function axisOf({ started_at, finished_at }: Result, bands: readonly Band[]): Axis {
  const placed = bands.flatMap((band) => band.placed);
  const [started, finished] = [Date.parse(started_at), Date.parse(finished_at)];
  const times = [started, finished].filter(Number.isFinite);
  const start = placed.reduce(
    (least, { waitStart }) => Math.min(least, waitStart),
    times[0] ?? Infinity,
  );
  const end = placed.reduce((most, one) => Math.max(most, one.end), times[1] ?? -Infinity);
  return { start, length: Math.max(1, end - start) };
}

function tableRow(exchange: ExchangeRecord): string[] {
  const { at, service, method, path, status, error, took_ms, waited_ms, why_waited } = exchange;
  const waited = waited_ms > 0 ? formatDuration(waited_ms) : '';
  return [
    at.slice(11, 23) || at,
    service,
    `${method} ${path}`,
    status === null ? (error ?? 'no answer') : `${status}${error ? ` ${error}` : ''}`,
    formatDuration(took_ms),
    why_waited ? `${waited} ${why_waited}` : waited,
    exchange.retry ? 'yes' : '',
  ];
}

function summarize(drawn: readonly ExchangeRecord[], bands: readonly Band[], axis: Axis): string {
  const waits = drawn.map(({ waited_ms }) => waited_ms).filter((ms) => ms > 0);
  const waitedMs = waits.reduce((sum, ms) => sum + ms, 0);
  const parts = [
    ...bands.map(({ service, placed }) => `${formatCount(placed.length)} to ${service}`),
    `${formatCount(drawn.filter(hasFailed).length)} failed`,
    `${formatCount(drawn.filter(({ retry }) => retry).length)} repeated`,
    `${formatDuration(waitedMs)} waited in ${plural(waits.length, 'pause')}`,
  ];
  return `Requests over ${formatDuration(axis.length)}: ${parts.join(', ')}.`;
}

/**
 * A figure with one band for each service; undefined if there were no requests.
 * @param exchanges the requests in the order in which they began
 */
export function timeline(result: Result, exchanges: readonly ExchangeRecord[]): Markup | undefined {
  const drawn = selectDrawn(exchanges);
  if (drawn.length === 0) return undefined;
  const bands = SERVICES.map((service) => ({
    service,
    ...placeInLanes(drawn.filter((exchange) => exchange.service === service)),
  })).filter(({ placed }) => placed.length > 0);
  const axis = axisOf(result, bands);
  let top = 0;
  const drawnBands = bands.map((band) => {
    const drawnBand = drawBand(band, top, axis);
    top += band.lanes * LANE_HEIGHT + 36;
    return drawnBand;
  });
  const ticks = TICKS.map(
    ({ share, style }) =>
      svg`<text class="${style}" x="${100 * share}%" y="${top + 8}">${formatDuration(axis.length * share)}</text>`,
  );
  const isPart = drawn.length < exchanges.length;
  return figure({
    title: 'When each request ran',
    drawing: html`<svg role="img" aria-label="${summarize(drawn, bands, axis)}" width="100%" height="${top + 14}">${joinLines([...drawnBands, ...ticks])}</svg>`,
    legend: [
      { name: 'Answered', style: 'ok' },
      { name: 'Answered when repeated', style: 'retry' },
      { name: 'Failed', style: 'failed' },
      { name: 'Waiting', style: 'wait' },
    ],
    table: {
      head: ['Time (UTC)', 'Service', 'Request', 'Answer', 'Took', 'Waited before', 'Repeated'],
      rows: drawn.map(tableRow),
    },
    note: isPart
      ? `${formatCount(drawn.length)} of ${formatCount(exchanges.length)} requests are shown: failed and repeated ones first.`
      : undefined,
  });
}
