/** How the objects of a run share the capacity of the list. Pure functions. */
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import { formatCount, plural } from '../text/format.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import type { Actual, PlanSettings, Removal } from './changes.js';
import { ownerOf } from './compare.js';
import { type CountByType, increment } from './count-by-type.js';
import { byRankOfMade, type MadeObject, type SkippedObject } from './desired.js';
import { byRankUpwards, type OwnObject } from './own-objects.js';
import { mayBeModified } from './plan-removals.js';
import { scoreOf } from './rank.js';

/** Which objects find a place on the list. */
export interface SharedCapacity {
  /** Objects that are not listed and find a place, the best first. */
  admitted: MadeObject[];
  skips: SkippedObject[];
  /** By type: places that are free after the removals. */
  free: CountByType;
  /** By type: objects of ours that are replaced if all admitted objects are added, in this order. */
  toReplace: Map<ObjectKey, OwnObject[]>;
  /** By type: the highest score of the objects that the collection asks for and that find no place. */
  bestLeftOut: Map<ObjectKey, number>;
}

/**
 * Shares what others leave of the capacity. Ours and the new objects share it by rank, and one of ours is
 * replaced only by a strictly higher score. The Exception List has no ranks: reading order decides, and
 * nothing is replaced.
 * @param unlisted the objects that are asked for and not listed, in reading order
 */
export function shareCapacity(
  unlisted: MadeObject[],
  ours: OwnObject[],
  removals: Removal[],
  actual: Actual,
  settings: PlanSettings,
): SharedCapacity {
  const { list, protects } = settings;
  const ranked = list.takesSettings ? unlisted.toSorted(byRankOfMade) : unlisted;
  const shared: SharedCapacity = {
    admitted: ranked,
    skips: [],
    free: new Map(),
    toReplace: new Map(),
    bestLeftOut: new Map(),
  };
  if (!protects) return shared;
  if (!list.byType) {
    const free = list.cap - sizeOf(actual) + removals.length;
    return { ...shared, ...firstOf(ranked, Math.max(0, free), list) };
  }
  const removed = new Set(removals.map(({ listed }) => listed));
  const replaceable = ours
    .filter(({ listed }) => !removed.has(listed) && mayBeReplaced(listed, settings))
    .sort(byRankUpwards);
  const admitted = new Set<MadeObject>();
  for (const key of new Set(ranked.map((made) => made.key))) {
    const leaving = removals.filter(({ listed }) => listed.key === key).length;
    shareType(shared, admitted, {
      key,
      unlisted: ranked.filter((made) => made.key === key),
      replaceable: replaceable.filter(({ listed }) => listed.key === key),
      free: list.cap - actual.size(key) + leaving,
      list,
    });
  }
  shared.admitted = ranked.filter((made) => admitted.has(made));
  return shared;
}

function sizeOf(actual: Actual): number {
  return OBJECT_KEYS.reduce((sum, key) => sum + actual.size(key), 0);
}

function firstOf(unlisted: MadeObject[], free: number, list: List) {
  const skip = noRoom(list);
  const skips = unlisted.slice(free).map((made) => ({ made, skip }));
  return { admitted: unlisted.slice(0, free), skips };
}

function mayBeReplaced(listed: Listed, { noRemovalReason, now, approval }: PlanSettings): boolean {
  if (noRemovalReason !== undefined || mayBeModified(listed, now)) return false;
  return approval?.allowsRemoval({ change: 'replace', listed }) ?? true;
}

interface TypeShare {
  key: ObjectKey;
  /** The best first. */
  unlisted: MadeObject[];
  /** The lowest first. */
  replaceable: OwnObject[];
  /** Negative if the list exceeds its cap: then nothing is added. */
  free: number;
  list: List;
}

/** Adds to the result what becomes of the objects of one type. */
function shareType(
  shared: SharedCapacity,
  admitted: Set<MadeObject>,
  { key, unlisted, replaceable, free, list }: TypeShare,
): void {
  const toReplace: OwnObject[] = [];
  const leftOut = [];
  const skip = noRoom(list);
  let left = free;
  for (const made of unlisted) {
    const lowest = replaceable[toReplace.length];
    if (left > 0) {
      left--;
      admitted.add(made);
    } else if (free >= 0 && lowest && scoreOf(lowest.rank) < scoreOf(made.indicator)) {
      toReplace.push(lowest);
      admitted.add(made);
      if (lowest.isDesired) leftOut.push(scoreOf(lowest.rank));
    } else {
      leftOut.push(scoreOf(made.indicator));
      shared.skips.push({ made, skip });
    }
  }
  shared.free.set(key, Math.max(0, free));
  shared.toReplace.set(key, toReplace);
  const best = leftOut.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  shared.bestLeftOut.set(key, best);
}

export function noRoom({ title, cap, byType }: List): Skip {
  const message = byType
    ? `the ${title} has no free place for it (at most ${formatCount(cap)} objects of a type), and no object of this data collection with a lower score can be removed for it`
    : `the ${title} has no free place for it (at most ${plural(cap, 'object')})`;
  return { reason: 'no_room', message };
}

/** The lowest of ours are replaced, as many as the added objects need beyond the free places. */
export function replacementsFor(
  adds: MadeObject[],
  { free, toReplace }: SharedCapacity,
): Removal[] {
  const counts: CountByType = new Map();
  for (const { key } of adds) increment(counts, key);
  return [...counts].flatMap(([key, count]) => {
    const needed = Math.max(0, count - (free.get(key) ?? 0));
    return (toReplace.get(key) ?? []).slice(0, needed).map(
      ({ listed, made }): Removal => ({
        change: 'replace',
        listed,
        made,
        reason: 'replaced',
        message: 'an object with a higher score needs its place on the list',
      }),
    );
  });
}

/**
 * Whether a sibling's object that would become ours would be replaced in the next run, by an object with a
 * higher score that finds no place now. It stays the sibling's.
 */
export function wouldBeReplaced(
  made: MadeObject,
  listed: Listed,
  { bestLeftOut }: SharedCapacity,
  ownerTag: string | undefined,
): boolean {
  // A manual run owns nothing, so nothing becomes its own.
  if (ownerTag === undefined || ownerOf(listed, ownerTag) !== 'sibling') return false;
  const best = bestLeftOut.get(made.key);
  return best !== undefined && best > scoreOf(made.indicator);
}
