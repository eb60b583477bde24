import { OUTCOMES, type Outcome } from './reasons.js';
import type { Item, Result } from './result.js';

export function zeroOfEach(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}

/**
 * Counts the items of a result.
 * @param read how many indicators were read
 */
export function countsOf(read: number, items: Item[]): Result['counts'] {
  const counts = zeroOfEach();
  // A Map, because Vision One's own codes are keys too, and one of them could be `constructor`.
  const reasons = new Map<string, number>();
  for (const item of items) {
    counts[item.outcome]++;
    if ('reason' in item) reasons.set(item.reason, (reasons.get(item.reason) ?? 0) + 1);
  }
  return { read, ...counts, by_reason: Object.fromEntries(reasons) };
}
