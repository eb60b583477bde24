/** The run in one or more sentences. */
import { CHANGES, type Change } from '../../result/reasons.js';
import type { Result } from '../../result/result.js';
import { formatCount, plural } from '../../text/format.js';
import {
  ATTENTION,
  approvalLine,
  countPlannedRemovals,
  countUnchanged,
  listName,
  problemsIn,
} from '../labels.js';

/** The look of the verdict: passed, needs attention, failed. */
export type Tone = 'good' | 'warn' | 'bad';

const TONES: Record<Result['status'], Tone> = {
  Completed: 'good',
  Incomplete: 'warn',
  'Failed to Complete': 'bad',
};

export function toneOf({ status, warnings }: Result): Tone {
  const needsAttention = warnings.some(({ code }) => ATTENTION.includes(code));
  return status === 'Completed' && needsAttention ? 'warn' : TONES[status];
}

/** `a, b and c`; empty parts are left out. */
function joinWords(parts: string[]): string {
  const words = parts.filter((part) => part !== '');
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

/** One or more sentences of plain text for a reader who does not know the two products. */
export function verdict(result: Result): string {
  if (result.mode === 'check') return verdictOfCheck(result);
  if (result.status === 'Failed to Complete') return verdictOfFailure(result);
  const warningCount = result.warnings.length;
  return joinSentences([
    result.mode === 'preview' ? verdictOfPreview(result) : verdictOfExport(result),
    changeSentence(result),
    approvalSentence(result),
    unreadPart(result),
    warningCount > 0 && `${plural(warningCount, 'warning')} below should be looked at.`,
  ]);
}

const DONE: Record<Change, string> = {
  add: 'added',
  change: 'changed',
  renew: 'renewed',
  remove: 'removed',
  replace: 'replaced',
};

/** `120 added, 3 changed, 2 removed; 9,947 unchanged.`, and in a preview `120 to add, …`; without zeros. */
function changeSentence({ counts, mode }: Result): string {
  const word = (change: Change) => (mode === 'preview' ? `to ${change}` : DONE[change]);
  const changes = CHANGES.filter((change) => counts.by_change[change] > 0)
    .map((change) => `${formatCount(counts.by_change[change])} ${word(change)}`)
    .join(', ');
  const unchanged = countUnchanged(counts);
  const parts = [changes, unchanged > 0 ? `${formatCount(unchanged)} unchanged` : ''];
  const sentence = parts.filter((part) => part !== '').join('; ');
  return sentence && `${sentence}.`;
}

function approvalSentence(result: Result): string {
  const line = approvalLine(result);
  return line === undefined ? '' : `${line.charAt(0).toUpperCase()}${line.slice(1)}.`;
}

function joinSentences(sentences: (string | false)[]): string {
  return sentences.filter((sentence) => sentence !== false && sentence !== '').join(' ');
}

/** What is listed below the verdict: the problems of an error that no check shows. */
export function verdictDetails({ checks, error }: Result): string[] {
  return error && !checks ? problemsIn(error) : [];
}

function verdictOfCheck({ status, checks }: Result): string {
  if (!checks) return 'The check could not begin. Nothing was sent.';
  return status === 'Completed'
    ? 'The check passed: both services can be reached, and the credentials allow this run to read what it needs. Nothing was sent.'
    : 'The check found a problem. Nothing was sent.';
}

function verdictOfFailure({ counts: { accepted, removed } }: Result): string {
  return `The run failed${accepted + removed > 0 ? '' : ' and nothing was sent'}.`;
}

/** The list that objects are sent to. */
function destination(result: Result): string {
  return `Trend Micro Vision One’s ${listName(result)}`;
}

/** How many items were skipped, without those that are on the list and stay as they are. */
function countSkipped(counts: Result['counts']): number {
  return counts.skipped - countUnchanged(counts);
}

/** `, with 12 skipped`; empty without any. */
function skippedPart(counts: Result['counts']): string {
  const skipped = countSkipped(counts);
  return skipped > 0 ? `, with ${formatCount(skipped)} skipped` : '';
}

function verdictOfPreview(result: Result): string {
  const { planned, unsent, read } = result.counts;
  const sent = `${plural(planned - countPlannedRemovals(result), 'object')} would be sent to ${destination(result)}`;
  return joinSentences([
    'This was a preview and nothing was sent.',
    `Of ${plural(read, 'indicator')}, ${sent}${skippedPart(result.counts)}.`,
    unsent > 0 &&
      `${plural(unsent, 'item was', 'items were')} not planned, because the run ended early.`,
  ]);
}

function verdictOfExport(result: Result): string {
  return isDelivered(result) ? completedExport(result) : incompleteExport(result);
}

/** Whether nothing failed, except perhaps the writing of the result. */
function isDelivered({ status, counts, warnings, error }: Result): boolean {
  if (status === 'Completed') return true;
  const codes = warnings.map(({ code }) => code);
  const failed = counts.rejected + counts.unsent > 0 || error !== null;
  return !failed && codes.includes('file_not_written') && !codes.includes('interrupted');
}

function completedExport(result: Result): string {
  const { accepted, read, by_reason } = result.counts;
  if (read === 0) return 'Nothing was delivered: no indicators were read.';
  // Objects that wait for room, for the next run or for approval are not delivered, although nothing failed.
  const isAll = toneOf(result) === 'good' && !by_reason['not_approved'];
  const delivered =
    accepted > 0
      ? `${isAll ? 'Everything was delivered: ' : ''}${destination(result)} accepted ${plural(accepted, 'object')}`
      : `${isAll ? 'Nothing had to be' : 'Nothing was'} delivered to ${destination(result)}`;
  return `${delivered} from ${plural(read, 'indicator')}${skippedPart(result.counts)}.`;
}

function incompleteExport(result: Result): string {
  const { accepted, rejected, unsent, by_reason } = result.counts;
  const skipped = countSkipped(result.counts);
  const cause = by_reason['interrupted']
    ? 'The run was interrupted'
    : 'Not everything was delivered';
  const was = (count: number) => `${formatCount(count)} ${count === 1 ? 'was' : 'were'}`;
  const missing = joinWords([
    rejected > 0 ? `${was(rejected)} rejected` : '',
    unsent > 0 ? `${formatCount(unsent)} could not be sent` : '',
    skipped > 0 ? `${was(skipped)} skipped` : '',
  ]);
  return `${cause}: ${destination(result)} accepted ${plural(accepted, 'object')}${missing && `, but ${missing}`}.`;
}

/** Says if the run read only a part of the data collection. */
function unreadPart({ data_collection: collection, counts: { read } }: Result): string {
  const total = collection?.total ?? 0;
  return total > read
    ? `The data collection has ${plural(total, 'indicator')}, of which this run read ${formatCount(read)}.`
    : '';
}
