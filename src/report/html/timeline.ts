/** When each request ran, how long it was waited for, and which were repeated. */

import type { ExchangeRecord } from '../../result/exchange-record.js';
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration, plural } from '../../text/format.js';
import { figure, percent } from './charts.js';
import { plain } from './markup.js';

/** A run with more requests is drawn in part, those that say most first: the page has to stay small. */
const mostDrawn = 2000;
const laneHeight = 16;
const mostLanes = 5;

interface Placed {
  exchange: ExchangeRecord;
  from: number;
  at: number;
  to: number;
  lane: number;
}

function failed({ status, error }: ExchangeRecord): boolean {
  return error !== undefined || status === null || status >= 400;
}

/** Requests that ran at the same time lie in lanes of their own, as long as there are some. */
function placed(exchanges: readonly ExchangeRecord[]): { all: Placed[]; lanes: number } {
  const ends: number[] = [];
  const all = exchanges.map((exchange) => {
    const at = Date.parse(exchange.at);
    const from = at - exchange.waited_ms;
    const to = at + exchange.took_ms;
    let lane = ends.findIndex((end) => end <= from);
    if (lane < 0) lane = Math.min(ends.length, mostLanes - 1);
    ends[lane] = to;
    return { exchange, from, at, to, lane };
  });
  return { all, lanes: Math.max(1, ends.length) };
}

function choose(exchanges: readonly ExchangeRecord[]): ExchangeRecord[] {
  const timed = exchanges.filter(({ at }) => !Number.isNaN(Date.parse(at)));
  if (timed.length <= mostDrawn) return timed;
  const telling = (exchange: ExchangeRecord) =>
    Number(failed(exchange) || exchange.retry || exchange.waited_ms > 0);
  return timed
    .toSorted((a, b) => telling(b) - telling(a))
    .slice(0, mostDrawn)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function words(exchange: ExchangeRecord): string {
  const answer = exchange.status === null ? 'no answer' : `HTTP ${exchange.status}`;
  return `${exchange.method} ${exchange.path}: ${answer} after ${formatDuration(exchange.took_ms)}`;
}

function drawn(
  { exchange, from, at, to, lane }: Placed,
  top: number,
  start: number,
  whole: number,
) {
  const y = top + lane * laneHeight;
  const rect = (style: string, x: number, end: number, title: string) =>
    `<rect class="${style}" x="${percent(x - start, whole)}" y="${y}" width="${percent(Math.max(end - x, whole / 400), whole)}" height="12"><title>${plain(title)}</title></rect>`;
  const why = exchange.why_waited ? `: ${exchange.why_waited}` : '';
  const wait =
    exchange.waited_ms > 0
      ? rect('wait', from, at, `waited ${formatDuration(exchange.waited_ms)}${why}`)
      : '';
  const style = failed(exchange) ? 'failed' : exchange.retry ? 'retry' : 'ok';
  return wait + rect(style, at, to, words(exchange));
}

function row(exchange: ExchangeRecord): string[] {
  const waited = exchange.waited_ms > 0 ? formatDuration(exchange.waited_ms) : '';
  return [
    exchange.at.slice(11, 23) || exchange.at,
    exchange.service,
    `${exchange.method} ${exchange.path}`,
    exchange.status === null
      ? (exchange.error ?? 'no answer')
      : `${exchange.status}${exchange.error ? ` ${exchange.error}` : ''}`,
    formatDuration(exchange.took_ms),
    exchange.why_waited ? `${waited} ${exchange.why_waited}` : waited,
    exchange.retry ? 'yes' : '',
  ];
}

/**
 * @param result gives the times between which the run went
 * @param exchanges the requests in the order in which they began
 * @returns a figure with one band a service, markup; an empty string where there were no requests
 */
export function timeline(result: Result, exchanges: readonly ExchangeRecord[]): string {
  const chosen = choose(exchanges);
  if (chosen.length === 0) return '';
  const services = (['ThreatQ', 'Vision One'] as const)
    .map((name) => ({ name, ...placed(chosen.filter(({ service }) => service === name)) }))
    .filter(({ all }) => all.length > 0);
  const every = services.flatMap(({ all }) => all);
  const times = [Date.parse(result.started_at), Date.parse(result.finished_at)].filter(
    Number.isFinite,
  );
  const start = every.reduce((least, { from }) => Math.min(least, from), times[0] ?? Infinity);
  const end = every.reduce((most, { to }) => Math.max(most, to), times[1] ?? -Infinity);
  const whole = Math.max(1, end - start);
  let top = 0;
  const bands = services.map(({ name, all, lanes }) => {
    const band = `<text x="0" y="${top + 14}">${name}</text><text class="end" x="100%" y="${top + 14}">${plural(all.length, 'request')}</text><rect class="track" x="0" y="${top + 20}" width="100%" height="${lanes * laneHeight + 4}" rx="2"/>${all.map((one) => drawn(one, top + 24, start, whole)).join('')}`;
    top += lanes * laneHeight + 36;
    return band;
  });
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const anchor =
      part === 0 ? '' : part === 1 ? ' end' : part === 0.5 ? ' middle' : ' middle quarter';
    return `<text class="tick${anchor}" x="${100 * part}%" y="${top + 8}">${formatDuration(whole * part)}</text>`;
  });
  const waits = chosen.filter(({ waited_ms }) => waited_ms > 0);
  const counts = [
    ...services.map(({ name, all }) => `${formatCount(all.length)} to ${name}`),
    `${formatCount(chosen.filter(failed).length)} failed`,
    `${formatCount(chosen.filter(({ retry }) => retry).length)} repeated`,
    `${formatDuration(waits.reduce((sum, { waited_ms }) => sum + waited_ms, 0))} waited in ${plural(waits.length, 'pause')}`,
  ];
  const note =
    chosen.length < exchanges.length
      ? `${formatCount(chosen.length)} of ${formatCount(exchanges.length)} requests are shown: failed and repeated ones first.`
      : '';
  return figure({
    title: 'Requests over time',
    svg: [...bands, ...ticks].join('\n'),
    height: top + 14,
    summary: `Requests over ${formatDuration(whole)}: ${counts.join(', ')}.`,
    legend: [
      { name: 'Answered', style: 'ok' },
      { name: 'Answered when repeated', style: 'retry' },
      { name: 'Failed', style: 'failed' },
      { name: 'Waiting', style: 'wait' },
    ],
    table: {
      head: ['Time (UTC)', 'Service', 'Request', 'Answer', 'Took', 'Waited before', 'Repeated'],
      rows: chosen.map(row),
    },
    wide: true,
    note,
  });
}
