import { groupBy } from '../result/group-by.js';
import { OUTCOMES, type UnsentReason, type WarningCode } from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import { escapeInvisible } from '../text/escape-invisible.js';
import { formatCount, formatDuration, plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';
import { adviceFor } from './advice.js';
import {
  ATTENTION,
  approvalLine,
  countPlannedRemovals,
  originLabel,
  planLine,
  problemsIn,
} from './labels.js';

const MAX_LINES = 15;
/** In characters: enough for the longest list of accepted values, and the value that was given. */
const MAX_LINE_LENGTH = 1_000;
const MAX_QUOTE_LENGTH = 160;
const MAX_CHECK_LINES = 8;
/** The most lines that an error gets here; the caller shows the lines of a longer one elsewhere. */
export const MAX_ERROR_LINES = 8;

/**
 * A result for people: the status, the counts, the reasons and what to do about them.
 * @param reports where the reports are, or why they were not written; omitted if none were requested
 * @returns at most 15 lines, each with a line feed at its end; invisible characters are escaped
 */
export function summaryOf(result: Result, reports?: string): string {
  const head = [...headLines(result), ...errorLines(result)];
  const foot = [
    ...statisticsLines(result),
    ...(reports === undefined ? [] : [`reports: ${reports}`]),
  ];
  const free = MAX_LINES - head.length - foot.length;
  // Warnings come before reasons: they are few, and may be urgent.
  const warnings = warningLines(result).slice(0, Math.max(0, free - 1));
  const reasons = reasonLines(result, free - warnings.length);
  return [...head, ...warnings, ...reasons, ...foot]
    .map((line) => `${truncate(escapeInvisible(line), MAX_LINE_LENGTH)}\n`)
    .join('');
}

function headLines(result: Result): string[] {
  const { action, mode, status, counts, name } = result;
  const tenant = name === null ? '' : ` for ${name}`;
  const title = `${status}: ${action}${tenant}${mode === 'export' ? '' : ` (${mode})`}`;
  if (mode === 'check') return [title, ...checkLines(result)];
  if (status === 'Failed to Complete' && counts.read === 0) return [title];
  const approval = approvalLine(result);
  return [
    title,
    ...(status === 'Failed to Complete' ? [] : [planLine(result)]),
    ...(approval === undefined ? [] : [approval]),
    originLine(result),
    countLine(result),
  ];
}

function originLine(result: Result): string {
  const total = result.data_collection?.total ?? null;
  return `from ${originLabel(result)}${total === null ? '' : ` (${plural(total, 'indicator')})`}`;
}

/** The outcome that the run should have comes first, then the others in display order. */
function countLine(result: Result): string {
  const { counts, mode } = result;
  const expected = mode === 'preview' ? 'planned' : 'accepted';
  const others = OUTCOMES.filter((outcome) => outcome !== 'planned' && outcome !== 'accepted');
  const removals = countPlannedRemovals(result);
  const parts = [
    `read ${formatCount(counts.read)}`,
    `${expected} ${formatCount(counts[expected])}${removals > 0 ? ` (${formatCount(removals)} of them to be removed)` : ''}`,
    ...others.map((outcome) => `${outcome} ${formatCount(counts[outcome])}`),
  ];
  return parts.join(', ');
}

function checkLines({ checks = [] }: Result): string[] {
  const lines = checks.map(
    ({ name, ok, message }) => `  ${ok ? 'ok    ' : 'FAILED'} ${name}: ${message}`,
  );
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
function warningLines({ warnings }: Result): string[] {
  const groups = [...groupBy(warnings, ({ code }) => code)];
  const needsAttention = ([code]: [WarningCode, unknown]) => ATTENTION.includes(code);
  const ordered = [
    ...groups.filter(needsAttention),
    ...groups.filter((group) => !needsAttention(group)),
  ];
  return ordered.map(([code, group]) => {
    const more = group.length - 1;
    const rest = more > 0 ? ` (and ${formatCount(more)} more)` : '';
    return `  warning ${code}: ${group[0]?.message}${rest}`;
  });
}

type FailedItem = Extract<Item, { outcome: 'rejected' | 'unsent' }>;

/** Reasons of rejected and unsent objects come before those of skipped ones, then the most frequent first. */
function reasonLines(result: Result, maxLines: number): string[] {
  const failed = groupBy(
    result.items.filter((item) => item.outcome === 'rejected' || item.outcome === 'unsent'),
    ({ reason }) => reason as string,
  );
  const rank = (reason: string) => (failed.has(reason) ? 0 : 1);
  const all = Object.entries(result.counts.by_reason).sort(
    ([reasonA, a], [reasonB, b]) => rank(reasonA) - rank(reasonB) || b - a,
  );
  const shown = all.length > maxLines ? all.slice(0, Math.max(0, maxLines - 1)) : all;
  const lines = shown.map(([reason, count]) => {
    const [first] = failed.get(reason) ?? [];
    const quote = first ? quoteOf(first, result) : '';
    return `  ${reason} ${formatCount(count)}: ${quote}${adviceFor(reason)}`;
  });
  const more = all.length - shown.length;
  return more > 0 && maxLines > 0 ? [...lines, `  … and ${plural(more, 'more reason')}`] : lines;
}

/** The message of an item, with its HTTP status or the service that it is about. */
function quoteOf(item: FailedItem, result: Result): string {
  const about = item.outcome === 'rejected' ? `HTTP ${item.status}` : serviceOf(item, result);
  const text = truncate(shortenAddress(item.message), MAX_QUOTE_LENGTH);
  return `"${text}" ${about ? `(${about}) ` : ''}`;
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
