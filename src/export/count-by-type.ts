import type { ObjectKey } from '../indicator/indicator.js';

/** How many objects of each type. */
export type CountByType = Map<ObjectKey, number>;

export function increment(counts: CountByType, key: ObjectKey, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}
