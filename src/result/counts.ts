import { CHANGES, type Change, OUTCOMES, type Outcome } from './reasons.js';
import type { Item, Result } from './result.js';

export function zeroOfEach(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}

function zeroOfEachChange(): Record<Change, number> {
  return Object.fromEntries(CHANGES.map((change) => [change, 0])) as Record<Change, number>;
}

/**
 * Counts the items of a result.
 * @param read how many indicators were read
 */
export function countsOf(read: number, items: readonly Item[]): Result['counts'] {
  const counts = zeroOfEach();
  const by_change = zeroOfEachChange();
  // A Map, because Vision One's own codes are keys too, and one of them could be `constructor`.
  const reasons = new Map<string, number>();
  for (const item of items) {
    counts[item.outcome]++;
    if (isDone(item)) by_change[item.change]++;
    if ('reason' in item) reasons.set(item.reason, (reasons.get(item.reason) ?? 0) + 1);
  }
  return { read, ...counts, by_change, by_reason: Object.fromEntries(reasons) };
}

/** Whether the change of an item was made, or, in a preview, would be made. */
function isDone(
  item: Item,
): item is Extract<Item, { outcome: 'accepted' | 'planned' | 'removed' }> {
  return ['accepted', 'planned', 'removed'].includes(item.outcome);
}
