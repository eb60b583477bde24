/** The pictures of a run. One that would have nothing to show is left out. */

import type { ExchangeRecord } from '../../result/exchange-record.js';
import { OUTCOMES } from '../../result/reasons.js';
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { isRemoval, label, listName, styleOf, tally } from '../labels.js';
import { type Bar, barFigure } from './charts.js';
import { timeline } from './timeline.js';

/** More bars than this are no picture any more; the rest is summed up in one. */
const mostBars = 10;

function grouped(items: readonly Item[], key: (item: Item) => string): [string, Item[]][] {
  const groups = [...tally(items, key)];
  if (groups.length <= mostBars) return groups;
  const rest = groups.slice(mostBars - 1);
  return [
    ...groups.slice(0, mostBars - 1),
    [`${rest.length} others`, rest.flatMap(([, members]) => members)],
  ];
}

function byOutcome(items: readonly Item[]): Bar['segments'] {
  return OUTCOMES.toReversed().map((outcome) => ({
    name: label(outcome),
    style: outcome,
    value: items.filter((item) => styleOf(item) === outcome).length,
  }));
}

function outcomesByType({ items }: Result): string {
  if (items.length === 0) return '';
  const bars = grouped(items, ({ type }) => type).map(([type, members]) => ({
    label: truncate(defang(type), 30),
    segments: byOutcome(members),
  }));
  return barFigure('Outcomes by indicator type', 'Type', bars);
}

function reasons({ items }: Result): string {
  const missing = items.filter((item) => 'reason' in item);
  if (missing.length === 0) return '';
  const bars = grouped(missing, (item) => ('reason' in item ? item.reason : '')).map(
    ([reason, members]) => ({ label: truncate(label(reason), 34), segments: byOutcome(members) }),
  );
  return barFigure('Reasons why objects were not delivered', 'Reason', bars);
}

function riskLevels(result: Result): string {
  const sent = result.items
    .filter(({ outcome }) => outcome === 'accepted' || outcome === 'planned')
    .filter((item) => !isRemoval(item));
  // An exception has no risk level, so there is nothing to draw.
  if (sent.length === 0 || listName(result) === 'Exception List') return '';
  const groups = tally(sent, ({ object }) => String(object?.['riskLevel'] ?? ''));
  const known = ['high', 'medium', 'low', ''];
  const bars = [...known, ...[...groups.keys()].filter((level) => !known.includes(level))]
    .filter((level) => groups.has(level))
    .map((level) => ({
      label: level === '' ? 'Left to Vision One’s own setting' : truncate(label(level), 30),
      segments: [
        {
          name: result.mode === 'preview' ? 'Planned' : 'Accepted',
          style: known.includes(level) ? `risk-${level || 'none'}` : 'risk-none',
          value: groups.get(level)?.length ?? 0,
        },
      ],
    }));
  const title = `Risk levels of what ${result.mode === 'preview' ? 'would be sent' : 'was accepted'}`;
  return barFigure(title, 'Risk level', bars).replace(/<ul class="legend">.*?<\/ul>/s, '');
}

function room({ list }: Result): string {
  const entries = Object.entries(list ?? {});
  if (entries.length === 0) return '';
  const bars = entries.map(([type, { listed, added, cap }]) => {
    const left = Math.max(0, cap - listed - added);
    return {
      label: truncate(defang(type), 24),
      note: `${formatCount(left)} of ${formatCount(cap)} left`,
      segments: [
        { name: 'There before', style: 'skipped', value: listed },
        { name: 'Added', style: 'accepted', value: added },
        { name: 'Left', style: 'left', value: left },
      ],
    };
  });
  const caps = Math.max(
    ...entries.map(([, { cap, listed, added }]) => Math.max(cap, listed + added)),
  );
  return barFigure('Room left in the list, by type', 'Type', bars, caps);
}

/**
 * @param result any valid result
 * @param exchanges the run's requests in the order in which they began
 * @returns figures, markup; an empty string where there is nothing to draw
 */
export function pictures(result: Result, exchanges: readonly ExchangeRecord[]): string {
  // Two columns whose lengths come out alike: the many types beside the many reasons.
  const columns = [
    [outcomesByType(result), riskLevels(result)],
    [reasons(result), room(result)],
  ].map((column) => column.filter(Boolean));
  const [left = [], right = []] = columns;
  if (right.length === 0 && left.length > 1) right.push(...left.splice(1));
  const drawn = columns
    .filter((column) => column.length > 0)
    .map((column) => `<div>${column.join('\n')}</div>`);
  return drawn.join('\n') + timeline(result, exchanges);
}
