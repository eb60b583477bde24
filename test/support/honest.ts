/** What must hold of every result, held against what the stand-in's list really has. */

import type { RunOutcome } from '../../src/export/job.js';
import type { Item } from '../../src/result/result.js';
import { objectKeyOf } from '../../src/vision-one/payload.js';
import type { ListName, VisionOne } from '../sandbox/vision-one.js';

type Told = Pick<RunOutcome, 'counts' | 'items'>;

/** Whether the list holds an item's object, or held it until the service pushed it out at the cap. */
function wasListed({ object }: Item, visionOne: VisionOne, list: ListName): boolean {
  if (!object) return false;
  const type = objectKeyOf(object);
  const value = String(object[type]);
  return (
    visionOne.find(list, type, value) !== undefined ||
    visionOne.evicted.some((gone) => gone.type === type && gone.value === value)
  );
}

/** What is added has a description, what is taken off names a value and no more. */
function isRemoval({ object }: Item): boolean {
  return object !== undefined && !('description' in object);
}

/**
 * Every untruth in a result, in words; an empty list is what a test wants.
 * @param ids the ids of all indicators that were there to be read
 */
export function liesIn(
  { counts, items }: Told,
  visionOne: VisionOne,
  ids: Iterable<number>,
  list: ListName = 'suspicious',
): string[] {
  const lies: string[] = [];
  const { read, by_reason, ...outcomes } = counts;
  const sum = Object.values(outcomes).reduce((total, count) => total + count, 0);
  if (sum !== items.length) lies.push(`the counts add up to ${sum}, and there are ${items.length}`);
  const reasons = items.filter((item) => 'reason' in item).length;
  const told = Object.values(by_reason).reduce((total, count) => total + count, 0);
  if (reasons !== told) lies.push(`${reasons} items have a reason, by_reason counts ${told}`);

  // What is removed was read from the list, not from the collection.
  const named = new Set(items.filter((item) => !isRemoval(item)).map(({ id }) => id));
  const missing = [...ids].filter((id) => !named.has(id));
  if (missing.length > 0) lies.push(`${missing.length} indicators have no item: ${missing[0]}…`);
  if (named.size > read) lies.push(`${named.size} indicators have items, ${read} were read`);

  const seen = new Set<string>();
  for (const item of items) {
    const { object, outcome, value } = item;
    if (outcome === 'accepted' && !wasListed(item, visionOne, list)) {
      lies.push(`${value} is called accepted and was never on the list`);
    }
    if (!object || outcome === 'skipped') continue;
    const identity = JSON.stringify(object);
    if (seen.has(identity)) lies.push(`${value} has two outcomes`);
    seen.add(identity);
  }
  return lies;
}
