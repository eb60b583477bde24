import type { Item, Result } from '../result/result.js';
import { visible } from '../text/escape-invisible.js';
import { truncate } from '../text/truncate.js';
import { adviceOn } from './advice.js';
import { originOf, plannedRemovals, problemsIn } from './labels.js';

/** Lines of a summary, at most. */
const SUMMARY_LINES = 15;
/** Room for the longest list of what a field accepts, with what was given behind it. */
const LONGEST_LINE = 1_000;
const LONGEST_QUOTE = 160;
/** Lines of an error, at most; whoever prints a summary has to tell a longer one elsewhere. */
export const ERROR_LINES = 8;

/** A line for a terminal: escaped, and cut where it is long. */
const line = (text: string) => truncate(visible(text), LONGEST_LINE);

/**
 * A result for people: status first, then the counts, the reasons and what to do about them.
 * @param reports where the reports lie, or that they could not be written; left out where none were asked for
 * @returns at most 15 lines, each ended by a line feed
 */
export function summaryOf(result: Result, reports?: string): string {
  const lines = [...head(result), ...errorLines(result)];
  const where = reports === undefined ? [] : [`reports: ${reports}`];
  const foot = [...effort(result), ...where];
  const room = SUMMARY_LINES - lines.length - foot.length;
  // A warning is rare and may matter tonight; reasons come by the dozen.
  const warnings = warningLines(result).slice(0, Math.max(0, room - 1));
  const reasons = reasonLines(result, room - warnings.length);
  return [...lines, ...warnings, ...reasons, ...foot].map((text) => `${line(text)}\n`).join('');
}

function head(result: Result): string[] {
  const { counts, data_collection: collection } = result;
  const total = collection?.total ?? null;
  const size = total === null ? '' : ` (${total} indicators)`;
  const from = originOf(result);
  const named: Array<[string, number]> = [
    ['accepted', counts.accepted],
    ['planned', counts.planned],
    ['rejected', counts.rejected],
    ['skipped', counts.skipped],
    ['unsent', counts.unsent],
    ['removed', counts.removed],
  ];
  // Planned belongs to a preview, and accepted to an export.
  const left = result.mode === 'preview' ? 'accepted' : 'planned';
  const shown = named.filter(([name]) => name !== left).map(([name, count]) => `${name} ${count}`);
  const gone = plannedRemovals(result);
  if (gone > 0) shown[0] += ` (${gone} of them to be removed)`;
  const mode = result.mode === 'export' ? '' : ` (${result.mode})`;
  const title = `${result.status}: ${result.action}${mode}`;
  if (result.mode === 'check') return [title, ...checkLines(result)];
  if (result.status === 'Failed to Complete' && counts.read === 0) return [title];
  return [title, `from ${from}${size}`, `read ${counts.read}, ${shown.join(', ')}`];
}

function checkLines({ checks = [] }: Result): string[] {
  const lines = checks.map(
    ({ name, ok, message }) => `  ${ok ? 'ok    ' : 'FAILED'} ${name}: ${message}`,
  );
  const most = 8;
  return lines.length > most ? [...lines.slice(0, most - 1), '  … (--json has all)'] : lines;
}

function errorLines({ checks, error }: Result): string[] {
  // What a check found stands in its rows.
  if (!error || checks?.some(({ ok }) => !ok)) return [];
  const lines = problemsIn(error);
  if (lines.length <= ERROR_LINES) return lines.map((text) => `  ${text}`);
  const shown = lines.slice(0, ERROR_LINES - 1).map((text) => `  ${text}`);
  const more = lines.length - shown.length;
  return [...shown, `  … and ${more} more (standard error and --json have all)`];
}

/** The first warning of each kind, and how many more there are of it. */
function warningLines({ warnings }: Result): string[] {
  const first = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { code, message } of warnings) {
    if (!first.has(code)) first.set(code, message);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...first].map(([code, message]) => {
    const more = (counts.get(code) ?? 1) - 1;
    return `  warning ${code}: ${message}${more > 0 ? ` (and ${more} more)` : ''}`;
  });
}

/** What was not delivered before what was left out on purpose; of either the most frequent first. */
function reasonLines(result: Result, room: number): string[] {
  const { counts, items } = result;
  const undelivered = new Map<string, Item>();
  for (const item of items) {
    const isUndelivered = item.outcome === 'rejected' || item.outcome === 'unsent';
    if (isUndelivered && !undelivered.has(item.reason)) undelivered.set(item.reason, item);
  }
  const rank = (reason: string) => (undelivered.has(reason) ? 0 : 1);
  const all = Object.entries(counts.by_reason).sort(
    ([reasonA, a], [reasonB, b]) => rank(reasonA) - rank(reasonB) || b - a,
  );
  const shown = all.length > room ? all.slice(0, Math.max(0, room - 1)) : all;
  const lines = shown.map(
    ([reason, count]) =>
      `  ${reason} ${count}: ${saidOf(undelivered.get(reason), result)}${adviceOn(reason)}`,
  );
  const more = all.length - shown.length;
  return more > 0 && room > 0 ? [...lines, `  … and ${more} more reasons`] : lines;
}

/** The message of an item that was not delivered, with its status or with the service that it is about. */
function saidOf(item: Item | undefined, result: Result): string {
  if (item?.outcome !== 'rejected' && item?.outcome !== 'unsent') return '';
  const about = item.outcome === 'rejected' ? `HTTP ${item.status}` : serviceIn(item, result);
  const quote = truncate(shortAddress(item.message), LONGEST_QUOTE);
  return `"${quote}" ${about ? `(${about}) ` : ''}`;
}

/** Reasons that Vision One alone gives for a single object, whose message may name no address. */
const REASONS_OF_VISION_ONE = ['service_unavailable', 'rate_limited', 'no_answer', 'list_full'];

/** The service that a message is about; undefined if the message names it, or if it is about none. */
function serviceIn(
  { reason, message }: Item & { outcome: 'unsent' },
  { vision_one }: Result,
): string | undefined {
  if (/ThreatQ|Vision One/.test(message)) return undefined;
  const address = /^[A-Z]+ (https?:\/\/\S+)/.exec(message)?.[1];
  if (address === undefined)
    return REASONS_OF_VISION_ONE.includes(reason) ? 'Vision One' : undefined;
  return vision_one !== null && address.startsWith(`${vision_one}/`) ? 'Vision One' : 'ThreatQ';
}

/** Leaves out the middle of the path in `POST https://host/a/b/list: …`, which tells a person little. */
function shortAddress(message: string): string {
  return message.replace(/^([A-Z]+ https?:\/\/[^\s/]+\/)\S*\/(?=[^\s/])/, '$1…/');
}

function effort(result: Result): string[] {
  const { requests, started_at, finished_at, counts, mode } = result;
  if (requests.threatq + requests.vision_one === 0 && counts.read === 0) return [];
  const took = duration(Date.parse(finished_at) - Date.parse(started_at));
  const waited = requests.waited_ms > 0 ? `, ${duration(requests.waited_ms)} of it waiting` : '';
  const retries = requests.retries > 0 ? `, ${requests.retries} of them repeated` : '';
  const sent = `${requests.threatq} requests to ThreatQ, ${requests.vision_one} to Vision One${retries}`;
  const nothing = mode === 'export' ? '' : '; nothing was sent to a list';
  return [`took ${took}${waited}; ${sent}${nothing}`];
}

/** `9.5 s`, or `12 min 5 s` where that is longer than anyone counts in seconds. */
function duration(ms: number): string {
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
