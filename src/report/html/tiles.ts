/** The numbers of a run. Each count is a filter of the table of all items. */
import { groupBy } from '../../result/group-by.js';
import type { Change, Outcome } from '../../result/reasons.js';
import type { Result } from '../../result/result.js';
import { formatCount, formatDuration, plural } from '../../text/format.js';
import { countUnchanged } from '../labels.js';
import { type Filter, filterLink } from './filter-link.js';
import { html, joinLines, type Markup } from './markup.js';

interface Tile {
  name: string;
  value: number | string;
  /** A class of the style sheet. */
  style?: Outcome;
  note?: string | undefined;
  /** What the tile shows in the table. */
  filter?: Filter;
  /** Whether the tile is also shown if its count is 0. */
  isAlways?: boolean;
}

/** A `<dl>` of the counts, the duration and the requests. Counts of 0 that say nothing are left out. */
export function tiles(result: Result): Markup {
  const hasFailed = result.status === 'Failed to Complete';
  const counts = countTiles(result).filter(
    ({ value, isAlways = false }) => value !== 0 || (isAlways && !hasFailed),
  );
  return html`<dl class="tiles">${joinLines([...counts, ...effortTiles(result)].map(draw))}</dl>`;
}

function draw({ name, value, style, note, filter }: Tile): Markup {
  const number = html`<b>${typeof value === 'number' ? formatCount(value) : value}</b>`;
  const shown =
    filter && value !== 0
      ? filterLink(filter, html`${number}<span class="hidden"> ${name}: show in the table</span>`)
      : number;
  return html`<div class="tile ${style}${value === 0 ? ' zero' : ''}"><dt>${name}</dt><dd>${shown}${note && html`<span>${note}</span>`}</dd></div>`;
}

function countTiles(result: Result): Tile[] {
  const { counts, mode } = result;
  const unchanged = countUnchanged(counts);
  const isExport = mode === 'export';
  return [
    {
      name: 'Indicators read',
      value: counts.read,
      note: severalObjectsNote(result),
      isAlways: true,
    },
    ...changeTiles(result),
    {
      name: 'Unchanged',
      value: unchanged,
      note: 'on the list already',
      filter: { change: 'unchanged' },
      style: 'skipped',
    },
    {
      name: 'Rejected',
      value: counts.rejected,
      note: 'refused by Vision One',
      filter: { outcome: 'rejected' },
      style: 'rejected',
      isAlways: isExport,
    },
    {
      name: 'Unsent',
      value: counts.unsent,
      note: 'not sent or not confirmed',
      filter: { outcome: 'unsent' },
      style: 'unsent',
      isAlways: isExport,
    },
    {
      name: 'Skipped',
      value: counts.skipped,
      note:
        unchanged > 0 ? `${formatCount(unchanged)} of them unchanged` : 'left out before sending',
      filter: { outcome: 'skipped' },
      style: 'skipped',
      isAlways: true,
    },
  ];
}

/** The name of a change in an export and in a preview, and what is done. */
const CHANGES: Record<Change, { done: string; planned: string; note: string }> = {
  add: { done: 'Added', planned: 'To add', note: 'new on the list' },
  change: { done: 'Changed', planned: 'To change', note: 'sent with other settings' },
  renew: { done: 'Renewed', planned: 'To renew', note: 'sent again, to expire later' },
  remove: { done: 'Removed', planned: 'To remove', note: 'taken off the list' },
  replace: { done: 'Replaced', planned: 'To replace', note: 'taken off for a higher score' },
};

function changeTiles({ counts, mode }: Result): Tile[] {
  const isPreview = mode === 'preview';
  return Object.entries(CHANGES).map(([change, { done, planned, note }]): Tile => {
    const isRemoval = change === 'remove' || change === 'replace';
    const sent = isPreview ? 'planned' : 'accepted';
    const outcome = isRemoval ? 'removed' : sent;
    return {
      name: isPreview ? planned : done,
      value: counts.by_change[change as Change],
      note,
      style: outcome,
      filter: { outcome, change },
      isAlways: change === 'add',
    };
  });
}

/** A URL without a scheme can become two objects, so there can be more items than indicators. */
function severalObjectsNote({ items }: Result): string | undefined {
  const made = items.filter(({ id, object }) => id !== null && object);
  const several = [...groupBy(made, ({ id }) => id).values()].filter(({ length }) => length > 1);
  if (several.length === 0) return undefined;
  const objects = several.reduce((sum, { length }) => sum + length, 0);
  return `${formatCount(several.length)} of them made ${formatCount(objects)} objects`;
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
