/** Which items a page has room for. Pure functions. */
import { CHANGES, type SkipReason } from '../../result/reasons.js';
import type { Item } from '../../result/result.js';
import { isRemoval } from '../labels.js';

/** Skips that are the expected result of a decision, and of which there may be very many. */
const ROUTINE: readonly SkipReason[] = [
  'duplicate',
  'unsupported_type',
  'already_listed',
  'listed_by_others',
];

/** 0 for what matters most. */
function rankOf(item: Item): number {
  if (item.outcome === 'rejected') return 0;
  if (item.outcome === 'unsent') return 1;
  if (item.outcome === 'removed' || isRemoval(item)) return 2;
  if (item.outcome !== 'skipped') return 3 + CHANGES.indexOf(item.change);
  return ROUTINE.includes(item.reason) ? LAST_RANK : LAST_RANK - 1;
}

const LAST_RANK = 3 + CHANGES.length + 1;

/**
 * The items that matter most: failures, then removals, then additions and other changes, then skips that
 * may need attention, then all other skips. Of equally important items the first ones are taken.
 * @param limit how many items are returned at most
 * @returns the items in their order; the same array if all of them are returned
 */
export function mostImportant(items: readonly Item[], limit: number): readonly Item[] {
  if (items.length <= limit) return items;
  const ranks = items.map(rankOf);
  const room = roomOfRanks(ranks, limit);
  return items.filter((_, index) => {
    const rank = ranks[index] ?? LAST_RANK;
    const left = room[rank] ?? 0;
    room[rank] = left - 1;
    return left > 0;
  });
}

/** How many items of each rank are taken. */
function roomOfRanks(ranks: readonly number[], limit: number): number[] {
  const counts = new Array<number>(LAST_RANK + 1).fill(0);
  for (const rank of ranks) counts[rank] = (counts[rank] ?? 0) + 1;
  let left = limit;
  return counts.map((count) => {
    const taken = Math.min(count, left);
    left -= taken;
    return taken;
  });
}
