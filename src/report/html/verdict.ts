/** The run in one or more sentences, then in numbers. */
import type { Outcome } from '../../result/reasons.js';
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration, plural } from '../../text/format.js';
import {
  ATTENTION,
  approvalLine,
  countPlannedRemovals,
  countUnchanged,
  listName,
  planLine,
  problemsIn,
} from '../labels.js';
import { html, joinLines, type Markup } from './markup.js';

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
    `${planLine(result)}.`,
    approvalSentence(result),
    unreadPart(result),
    warningCount > 0 && `${plural(warningCount, 'warning')} below should be looked at.`,
  ]);
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

/** `9,947 unchanged on the list`, `12 skipped` */
function skippedParts(counts: Result['counts']): string[] {
  const unchanged = countUnchanged(counts);
  const skipped = counts.skipped - unchanged;
  return [
    unchanged > 0 ? `${formatCount(unchanged)} unchanged on the list` : '',
    skipped > 0 ? `${formatCount(skipped)} skipped` : '',
  ];
}

function verdictOfPreview(result: Result): string {
  const { planned, unsent, read } = result.counts;
  const removals = countPlannedRemovals(result);
  const rest = joinWords([
    ...skippedParts(result.counts),
    unsent > 0 ? `${formatCount(unsent)} unsent` : '',
  ]);
  const sent = `${plural(planned - removals, 'object')} would be sent to ${destination(result)}`;
  return joinSentences([
    'This was a preview and nothing was sent.',
    `Of ${plural(read, 'indicator')}, ${sent}${rest && `, with ${rest}`}.`,
    removals > 0 && `${plural(removals, 'object')} would be removed from the list.`,
  ]);
}

function verdictOfExport(result: Result): string {
  const { removed } = result.counts;
  return joinSentences([
    isDelivered(result) ? completedExport(result) : incompleteExport(result),
    removed > 0 && `${plural(removed, 'object was', 'objects were')} removed from the list.`,
  ]);
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
  const rest = joinWords(skippedParts(result.counts));
  return `${delivered} from ${plural(read, 'indicator')}${rest && `, with ${rest}`}.`;
}

function incompleteExport(result: Result): string {
  const { accepted, rejected, skipped, unsent, by_reason } = result.counts;
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

interface Tile {
  name: string;
  value: number | string;
  /** A class of the style sheet. */
  style?: Outcome;
  note?: string;
}

/** A `<dl>` of the counts, the duration and the requests. */
export function tiles(result: Result): Markup {
  const rendered = [...countTiles(result), ...effortTiles(result)].map(
    ({ name, value, style, note }) => {
      const shown = typeof value === 'number' ? formatCount(value) : value;
      return html`<div class="tile ${style}${value === 0 ? ' zero' : ''}"><dt>${name}</dt><dd><b>${shown}</b>${note && html`<span>${note}</span>`}</dd></div>`;
    },
  );
  return html`<dl class="tiles">${joinLines(rendered)}</dl>`;
}

function countTiles(result: Result): Tile[] {
  const { counts, mode } = result;
  const isPreview = mode === 'preview';
  const plannedRemovals = countPlannedRemovals(result);
  const planned = counts.planned - plannedRemovals;
  const removals = counts.removed + plannedRemovals;
  return [
    { name: 'Indicators read', value: counts.read },
    isPreview
      ? { name: 'Planned', value: planned, style: 'planned', note: 'would be sent' }
      : {
          name: 'Accepted',
          value: counts.accepted,
          style: 'accepted',
          note: 'confirmed by Vision One',
        },
    { name: 'Rejected', value: counts.rejected, style: 'rejected', note: 'refused by Vision One' },
    { name: 'Unsent', value: counts.unsent, style: 'unsent', note: 'not sent or not confirmed' },
    { name: 'Skipped', value: counts.skipped, style: 'skipped', note: 'not sent on purpose' },
    ...(removals > 0
      ? [
          {
            name: 'Removed',
            value: removals,
            style: 'removed' as const,
            note: isPreview ? 'would be removed from the list' : 'removed from the list',
          },
        ]
      : []),
  ];
}

function effortTiles({ requests, started_at, finished_at }: Result): Tile[] {
  const { threatq, vision_one, retries, waited_ms } = requests;
  const took = Date.parse(finished_at) - Date.parse(started_at);
  const retryNote = retries > 0 ? `, ${plural(retries, 'retry', 'retries')}` : '';
  return [
    {
      name: 'Duration',
      value: formatDuration(took),
      note: waited_ms > 0 ? `${formatDuration(waited_ms)} of it waiting` : 'no waiting',
    },
    {
      name: 'Requests',
      value: threatq + vision_one,
      note: `${formatCount(threatq)} ThreatQ, ${formatCount(vision_one)} Vision One${retryNote}`,
    },
  ];
}
