import { groupBy } from '../result/group-by.js';
import { OUTCOMES, type UnsentReason, type WarningCode } from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import { escapeInvisible } from '../text/escape-invisible.js';
import { formatCount, formatDuration, plural } from '../text/format.js';
import { type Colour, type Paint, withoutColour } from '../text/paint.js';
import { truncate } from '../text/truncate.js';
import { adviceFor } from './advice.js';
import {
  ATTENTION,
  approvalLine,
  countPlannedRemovals,
  isRemoval,
  needsAttention,
  originLabel,
  planLine,
  problemsIn,
} from './labels.js';

const MAX_LINES = 15;
/** In characters: enough for the longest list of accepted values, and the value that was given. */
const MAX_LINE_LENGTH = 1_000;
/** Of a reason, which can be Vision One's own code. */
const MAX_WORD_LENGTH = 100;
const MAX_QUOTE_LENGTH = 160;
const MAX_CHECK_LINES = 8;
/** The most lines that an error gets here; the caller shows the lines of a longer one elsewhere. */
export const MAX_ERROR_LINES = 8;

/** The services of a run, as people know them. */
export interface Services {
  /** ThreatQ's host; undefined if the run has none. */
  threatq?: string | undefined;
  /** Vision One's region; undefined if the address is not a region's, or not known yet. */
  region?: string | undefined;
  /** Vision One's host; undefined if the region says which it is. */
  visionOne?: string | undefined;
}

interface SummaryOptions {
  /** Where the reports are, or why they were not written; undefined if none were requested. */
  reports?: string | undefined;
  services?: Services;
  paint?: Paint;
}

/** A line that begins with a coloured word. */
interface ColouredLine {
  colour: Colour;
  word: string;
  rest: string;
}

type Line = string | ColouredLine;

/**
 * A result for people: the status, the counts, the reasons and what to do about them.
 * @returns at most 15 lines, each with a line feed at its end; invisible characters are escaped
 */
export function summaryOf(
  result: Result,
  { reports, services = {}, paint = withoutColour }: SummaryOptions = {},
): string {
  const head = [...headLines(result, services), ...errorLines(result)];
  const foot = [
    ...statisticsLines(result),
    ...(reports === undefined ? [] : [`reports: ${reports}`]),
  ];
  const free = MAX_LINES - head.length - foot.length;
  // Warnings come before reasons: they are few, and may be urgent.
  const warnings = warningLines(result).slice(0, Math.max(0, free - 1));
  const reasons = reasonLines(result, free - warnings.length);
  return [...head, ...warnings, ...reasons, ...foot]
    .map((line) => `${printed(line, paint)}\n`)
    .join('');
}

/** Only escaped text is coloured, so that no control character comes from data. */
function printed(line: Line, paint: Paint): string {
  if (typeof line === 'string') return truncate(escapeInvisible(line), MAX_LINE_LENGTH);
  const word = truncate(escapeInvisible(line.word), MAX_WORD_LENGTH);
  const rest = truncate(escapeInvisible(line.rest), MAX_LINE_LENGTH - word.length);
  return `${/^ */.exec(word)}${paint(line.colour, word.trimStart())}${rest}`;
}

const STATUS_COLOURS: Record<Result['status'], Colour> = {
  Completed: 'green',
  Incomplete: 'yellow',
  'Failed to Complete': 'red',
};

function titleLine(result: Result): Line {
  const { action, mode, status, name } = result;
  const tenant = name === null ? '' : ` for ${name}`;
  const rest = `: ${action}${tenant}${mode === 'export' ? '' : ` (${mode})`}`;
  const isGood = status === 'Completed' && !needsAttention(result);
  const colour = status === 'Completed' && !isGood ? 'yellow' : STATUS_COLOURS[status];
  return { colour, word: status, rest };
}

function headLines(result: Result, services: Services): Line[] {
  const { mode, status, counts } = result;
  const title = titleLine(result);
  const route = routeLines(result, services);
  if (mode === 'check') return [title, ...route, ...checkLines(result)];
  const hasFailed = status === 'Failed to Complete';
  if (hasFailed && counts.read === 0) return [title, ...route];
  const approval = approvalLine(result);
  return [
    title,
    ...(hasFailed ? [] : [planLine(result)]),
    ...(approval === undefined ? [] : [approval]),
    ...route,
    countLine(result),
  ];
}

/** `from data collection Active C2 (4,090 indicators) on threatq.example.com to European Union (EU)` */
function routeLines(result: Result, { threatq, region, visionOne }: Services): string[] {
  const { data_collection: collection } = result;
  const origin = originLabel(result);
  const total = collection?.total ?? null;
  const size = total === null ? '' : ` (${plural(total, 'indicator')})`;
  // Selected objects may come from anywhere, even if the run document has a host.
  const host = threatq !== undefined && (collection || origin === undefined) ? threatq : undefined;
  const destination = [region, visionOne].filter(Boolean).join(' at ');
  const parts = [
    origin === undefined ? '' : `from ${origin}${size}`,
    host === undefined ? '' : `${origin === undefined ? 'from' : 'on'} ${host}`,
    destination === '' ? '' : `to ${destination}`,
  ].filter(Boolean);
  return parts.length === 0 ? [] : [parts.join(' ')];
}

/** The outcome that the run should have comes first, then the others in display order. */
function countLine(result: Result): string {
  const { counts, mode, items } = result;
  // A URL without a scheme can make two objects.
  const objects = items.filter((item) => !isRemoval(item)).length;
  const expected = mode === 'preview' ? 'planned' : 'accepted';
  const others = OUTCOMES.filter((outcome) => outcome !== 'planned' && outcome !== 'accepted');
  const removals = countPlannedRemovals(result);
  const parts = [
    `read ${formatCount(counts.read)}${objects > counts.read ? ` (${formatCount(objects)} objects)` : ''}`,
    `${expected} ${formatCount(counts[expected])}${removals > 0 ? ` (${formatCount(removals)} of them to be removed)` : ''}`,
    ...others.map((outcome) => `${outcome} ${formatCount(counts[outcome])}`),
  ];
  return parts.join(', ');
}

function checkLines({ checks = [] }: Result): Line[] {
  const lines = checks.map(({ name, ok, message }): Line => {
    const rest = ` ${name}: ${message}`;
    return ok
      ? { colour: 'green', word: '  ok    ', rest }
      : { colour: 'red', word: '  FAILED', rest };
  });
  if (lines.length <= MAX_CHECK_LINES) return lines;
  return [...lines.slice(0, MAX_CHECK_LINES - 1), '  … (--json lists all)'];
}

function errorLines({ checks, error }: Result): string[] {
  // The error of a failed check is in the lines of the checks.
  if (!error || checks?.some(({ ok }) => !ok)) return [];
  const lines = problemsIn(error).map((text) => `  ${text}`);
  if (lines.length <= MAX_ERROR_LINES) return lines;
  const shown = lines.slice(0, MAX_ERROR_LINES - 1);
  const more = lines.length - shown.length;
  return [...shown, `  … and ${formatCount(more)} more (standard error and --json list all)`];
}

/** The first warning of each kind, and how many more there are. */
function warningLines({ warnings }: Result): Line[] {
  const groups = [...groupBy(warnings, ({ code }) => code)];
  const isUrgent = ([code]: [WarningCode, unknown]) => ATTENTION.includes(code);
  const ordered = [...groups.filter(isUrgent), ...groups.filter((group) => !isUrgent(group))];
  return ordered.map(([code, group]) => {
    const more = group.length - 1;
    const rest = more > 0 ? ` (and ${formatCount(more)} more)` : '';
    return {
      colour: 'yellow',
      word: '  warning',
      rest: ` ${code}: ${group[0]?.message}${rest}`,
    };
  });
}

type FailedItem = Extract<Item, { outcome: 'rejected' | 'unsent' }>;

/** Reasons of rejected and unsent objects come before those of skipped ones, then the most frequent first. */
function reasonLines(result: Result, maxLines: number): Line[] {
  const failed = groupBy(
    result.items.filter((item) => item.outcome === 'rejected' || item.outcome === 'unsent'),
    ({ reason }) => reason as string,
  );
  const rank = (reason: string) => (failed.has(reason) ? 0 : 1);
  const all = Object.entries(result.counts.by_reason).sort(
    ([reasonA, a], [reasonB, b]) => rank(reasonA) - rank(reasonB) || b - a,
  );
  const shown = all.length > maxLines ? all.slice(0, Math.max(0, maxLines - 1)) : all;
  const lines = shown.map(([reason, count]): Line => {
    const [first] = failed.get(reason) ?? [];
    const counted = ` ${formatCount(count)}: `;
    const advice = adviceFor(reason);
    if (!first) return `  ${reason}${counted}${advice}`;
    const rest = `${counted}${quoteOf(first, result)}; ${advice}`;
    return { colour: 'red', word: `  ${reason}`, rest };
  });
  const more = all.length - shown.length;
  return more > 0 && maxLines > 0 ? [...lines, `  … and ${plural(more, 'more reason')}`] : lines;
}

/** The message of an item, with its HTTP status or the service that it is about. */
function quoteOf(item: FailedItem, result: Result): string {
  const about = item.outcome === 'rejected' ? `HTTP ${item.status}` : serviceOf(item, result);
  const text = truncate(shortenAddress(item.message), MAX_QUOTE_LENGTH);
  return `"${text}"${about ? ` (${about})` : ''}`;
}

/** Reasons that are about a service; most of them can also be about ThreatQ. */
const REASONS_OF_A_SERVICE: ReadonlySet<UnsentReason> = new Set<UnsentReason>([
  'list_full',
  'service_unavailable',
  'rate_limited',
  'no_answer',
]);

/**
 * The service that an unsent item is about, if it is certain. A run that ends while it reads has an
 * error, or a warning with the reason of its items, and that may be about ThreatQ. In other runs the
 * object was unsent while objects were sent, which is about Vision One.
 */
function serviceOf(
  { reason }: Extract<Item, { outcome: 'unsent' }>,
  { warnings, error }: Result,
): string | undefined {
  const wasSending = error === null && warnings.every(({ code }) => code !== reason);
  return wasSending && REASONS_OF_A_SERVICE.has(reason) ? 'Vision One' : undefined;
}

/** Shortens the path in `POST https://host/a/b/list: …` to its last part. */
function shortenAddress(message: string): string {
  return message.replace(/^([A-Z]+ https?:\/\/[^\s/]+\/)\S*\/(?=[^\s/])/, '$1…/');
}

function statisticsLines(result: Result): string[] {
  const { requests, started_at, finished_at, counts, mode } = result;
  const { threatq, vision_one, retries, waited_ms } = requests;
  if (threatq + vision_one === 0 && counts.read === 0) return [];
  const took = formatDuration(Date.parse(finished_at) - Date.parse(started_at));
  const waited = waited_ms > 0 ? `, ${formatDuration(waited_ms)} of it waiting` : '';
  const repeated = retries > 0 ? `, ${formatCount(retries)} of them repeated` : '';
  const sent = `${plural(threatq, 'request')} to ThreatQ, ${formatCount(vision_one)} to Vision One`;
  const nothing = mode === 'export' ? '' : '; nothing was sent to a list';
  return [`took ${took}${waited}; ${sent}${repeated}${nothing}`];
}
