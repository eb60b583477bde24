/** The charts of a run. A chart without data is left out. */
import { groupBy, largestFirst } from '../../result/group-by.js';
import { OUTCOMES, type Outcome } from '../../result/reasons.js';
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { displayedOutcome, isRemoval, labelOf, listTypeLabel, outcomeLabel } from '../labels.js';
import { type Bar, barFigure } from './charts.js';
import { html, joinLines, type Markup } from './markup.js';

/** More bars are hard to read; the smallest groups become one bar. */
const MAX_BARS = 10;

/** A bar for each of the largest groups, and one for all others. */
function outcomeBars(
  items: readonly Item[],
  keyOf: (item: Item) => string,
  barOf: (key: string, members: readonly Item[]) => Pick<Bar, 'label' | 'filter'>,
): Bar[] {
  const groups = largestFirst(groupBy(items, keyOf));
  const rest = groups.length > MAX_BARS ? groups.splice(MAX_BARS - 1) : [];
  const bars = groups.map(([key, members]) => ({
    ...barOf(key, members),
    segments: outcomeSegments(members),
  }));
  if (rest.length === 0) return bars;
  const segments = outcomeSegments(rest.flatMap(([, members]) => members));
  return [...bars, { label: `${formatCount(rest.length)} others`, segments }];
}

function outcomeSegments(items: readonly Item[]): Bar['segments'] {
  const groups = groupBy(items, displayedOutcome);
  return OUTCOMES.toReversed().map((outcome) => {
    const [first, ...others] = groups.get(outcome) ?? [];
    return first
      ? { name: outcomeLabel(first), style: outcome, value: 1 + others.length }
      : { name: labelOf(outcome), style: outcome, value: 0 };
  });
}

function outcomesByType({ items }: Result): Markup | undefined {
  if (items.length === 0) return undefined;
  const bars = outcomeBars(
    items,
    ({ type }) => type,
    (type) => ({ label: truncate(defang(type), 30), filter: { type } }),
  );
  return barFigure({ title: 'Outcomes by indicator type', firstColumn: 'Type', bars });
}

function reasons({ items }: Result): Markup | undefined {
  const withReason = items.filter((item) => 'reason' in item && item.outcome !== 'removed');
  if (withReason.length === 0) return undefined;
  const bars = outcomeBars(
    withReason,
    (item) => ('reason' in item ? item.reason : ''),
    (reason, members) => ({
      label: truncate(labelOf(reason), 34),
      filter: { ...commonOutcome(members), reason },
    }),
  );
  const title = 'Reasons why objects were not sent or not accepted';
  return barFigure({ title, firstColumn: 'Reason', bars });
}

/** Removed items can have the same reason, and the bar does not count them. */
function commonOutcome(items: readonly Item[]): { outcome?: Outcome } {
  const [outcome, ...others] = new Set(items.map(displayedOutcome));
  return outcome === undefined || others.length > 0 ? {} : { outcome };
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

function remainingCapacity({ list, mode }: Result): Markup | undefined {
  const entries = Object.entries(list ?? {});
  if (entries.length === 0) return undefined;
  const bars = entries.map(([type, { listed: before, added, removed, cap }]) => {
    const listed = before - removed;
    const left = Math.max(0, cap - listed - added);
    return {
      label: truncate(listTypeLabel(type), 24),
      note: `${formatCount(left)} of ${formatCount(cap)} left`,
      segments: [
        { name: 'Listed before and not removed', style: 'skipped', value: listed },
        mode === 'preview'
          ? { name: 'To be added', style: 'planned', value: added }
          : { name: 'Added', style: 'accepted', value: added },
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

/** All figures; undefined if there is no data for any. */
export function overview(result: Result): Markup | undefined {
  // The charts with the most bars, types and reasons, are in different columns.
  const left = [outcomesByType(result), riskLevels(result)].filter(isMarkup);
  const right = [reasons(result), remainingCapacity(result)].filter(isMarkup);
  if (right.length === 0 && left.length > 1) right.push(...left.splice(1));
  const columns = [left, right]
    .filter((figures) => figures.length > 0)
    .map((figures) => html`<div>${joinLines(figures)}</div>`);
  return columns.length > 0 ? joinLines(columns) : undefined;
}
