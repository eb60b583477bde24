/** The charts of a run. A chart without data is left out. */
import type { ExchangeRecord } from '../../result/exchange-record.js';
import { groupBy, largestFirst } from '../../result/group-by.js';
import { OUTCOMES } from '../../result/reasons.js';
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { displayedOutcome, isRemoval, labelOf } from '../labels.js';
import { type Bar, barFigure } from './charts.js';
import { html, joinLines, type Markup } from './markup.js';
import { timeline } from './timeline.js';

/** More bars are hard to read; the smallest groups become one bar. */
const MAX_BARS = 10;

function largestGroups(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): [key: string, members: Item[]][] {
  const groups = largestFirst(groupBy(items, keyOf));
  if (groups.length <= MAX_BARS) return groups;
  const rest = groups.splice(MAX_BARS - 1);
  return [...groups, [`${rest.length} others`, rest.flatMap(([, members]) => members)]];
}

function outcomeSegments(items: readonly Item[]): Bar['segments'] {
  const groups = groupBy(items, displayedOutcome);
  return OUTCOMES.toReversed().map((outcome) => ({
    name: labelOf(outcome),
    style: outcome,
    value: groups.get(outcome)?.length ?? 0,
  }));
}

function outcomesByType({ items }: Result): Markup | undefined {
  if (items.length === 0) return undefined;
  const bars = largestGroups(items, ({ type }) => type).map(([type, members]) => ({
    label: truncate(defang(type), 30),
    segments: outcomeSegments(members),
  }));
  return barFigure({ title: 'Outcomes by indicator type', firstColumn: 'Type', bars });
}

function reasons({ items }: Result): Markup | undefined {
  const withReason = items.filter((item) => 'reason' in item && item.outcome !== 'removed');
  if (withReason.length === 0) return undefined;
  const bars = largestGroups(withReason, (item) => ('reason' in item ? item.reason : '')).map(
    ([reason, members]) => ({
      label: truncate(labelOf(reason), 34),
      segments: outcomeSegments(members),
    }),
  );
  const title = 'Reasons why objects were not sent or not accepted';
  return barFigure({ title, firstColumn: 'Reason', bars });
}

/** In display order; '' is an object without a risk level. */
const RISK_LEVELS = ['high', 'medium', 'low', ''];

function riskLevels({ items, mode, target }: Result): Markup | undefined {
  // An exception has no risk level.
  if (target === 'exceptions') return undefined;
  const sent = items
    .filter(({ outcome }) => outcome === 'accepted' || outcome === 'planned')
    .filter((item) => !isRemoval(item));
  if (sent.length === 0) return undefined;
  const groups = groupBy(sent, ({ object }) => String(object?.['riskLevel'] ?? ''));
  const levels = new Set([...RISK_LEVELS, ...largestFirst(groups).map(([level]) => level)]);
  const bars = [...levels]
    .filter((level) => groups.has(level))
    .map((level) => ({
      label: level === '' ? 'Vision One’s own setting' : truncate(labelOf(level), 30),
      segments: [
        {
          name: mode === 'preview' ? 'Planned' : 'Accepted',
          style: RISK_LEVELS.includes(level) ? `risk-${level || 'none'}` : 'risk-none',
          value: groups.get(level)?.length ?? 0,
        },
      ],
    }));
  const title = `Risk levels of what ${mode === 'preview' ? 'would be sent' : 'was accepted'}`;
  return barFigure({ title, firstColumn: 'Risk level', bars, hasLegend: false });
}

function remainingCapacity({ list }: Result): Markup | undefined {
  const entries = Object.entries(list ?? {});
  if (entries.length === 0) return undefined;
  const bars = entries.map(([type, { listed: before, added, removed, cap }]) => {
    const listed = before - removed;
    const left = Math.max(0, cap - listed - added);
    return {
      label: truncate(defang(type), 24),
      note: `${formatCount(left)} of ${formatCount(cap)} left`,
      segments: [
        { name: 'Listed before and not removed', style: 'skipped', value: listed },
        { name: 'Added', style: 'accepted', value: added },
        { name: 'Left', style: 'left', value: left },
      ],
    };
  });
  const whole = Math.max(
    ...entries.map(([, { cap, listed, added, removed }]) =>
      Math.max(cap, listed + added - removed),
    ),
  );
  return barFigure({
    title: 'Remaining capacity of the list, by type',
    firstColumn: 'Type',
    bars,
    whole,
  });
}

const isMarkup = (figure: Markup | undefined) => figure !== undefined;

/**
 * All figures; undefined if there is no data for any.
 * @param exchanges the requests of the run in the order in which they began
 */
export function overview(result: Result, exchanges: readonly ExchangeRecord[]): Markup | undefined {
  // The charts with the most bars, types and reasons, are in different columns.
  const left = [outcomesByType(result), riskLevels(result)].filter(isMarkup);
  const right = [reasons(result), remainingCapacity(result)].filter(isMarkup);
  if (right.length === 0 && left.length > 1) right.push(...left.splice(1));
  const columns = [left, right]
    .filter((figures) => figures.length > 0)
    .map((figures) => html`<div>${joinLines(figures)}</div>`);
  const requests = timeline(result, exchanges);
  if (columns.length === 0 && requests === undefined) return undefined;
  return html`${joinLines(columns)}${requests}`;
}
