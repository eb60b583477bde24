/** The objects of the list that this action added from this data collection. Pure functions. */
import type { ListIdentity } from '../indicator/identity.js';
import { groupBy } from '../result/group-by.js';
import type { Skip } from '../result/reasons.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Actual, PlanSettings } from './changes.js';
import { ownerOf } from './compare.js';
import { scoreIn } from './description.js';
import { byRankOfMade, type Desired, type MadeObject, type SkippedObject } from './desired.js';
import { byRank, byText, type Rank } from './rank.js';

/** A listed object that is ours, or that becomes ours. */
export interface OwnObject {
  listed: Listed;
  listKey: ListIdentity;
  /** The best of its indicators if the collection asks for it, else the score in its description. */
  rank: Rank;
  /** The object of the run that gets its outcome; undefined if there is none. */
  made: MadeObject | undefined;
  /** Whether the collection still asks for it. */
  isDesired: boolean;
  /** Whether version 1.0.1 added it, and it becomes ours. */
  isAdopted: boolean;
  /** Why a check leaves it out. */
  leftOut: Skip | undefined;
}

/** @param claimed by listed object, the object of the run that may update it */
export function ownObjects(
  { objects, leftOut }: Desired,
  claimed: ReadonlyMap<Listed, MadeObject>,
  actual: Actual,
  { ownerTag, existing }: PlanSettings,
): OwnObject[] {
  if (ownerTag === undefined) return [];
  const desired = bestByListKey(
    objects,
    new Set([...claimed.values()].map(({ listKey }) => listKey)),
  );
  const excluded = groupBy(leftOut, ({ made }) => made.listKey);
  const ours: OwnObject[] = [];
  for (const [listKey, listed] of actual.all()) {
    const owner = ownerOf(listed, ownerTag);
    if (owner !== 'ours' && owner !== 'adoptable') continue;
    const wanted = desired.get(listKey);
    const made = wanted && claimed.get(listed);
    if (owner === 'adoptable' && !canAdopt(made, listed, existing)) continue;
    const skips = wanted ? undefined : excluded.get(listKey);
    ours.push({
      listed,
      listKey,
      rank: wanted?.indicator ?? { score: scoreIn(listed.description), updated: null },
      made: made ?? (skips && leftOutFor(listed, skips, actual.find(listed.key, listKey).length)),
      isDesired: wanted !== undefined,
      isAdopted: owner === 'adoptable',
      leftOut: skips && best(skips)?.skip,
    });
  }
  return ours;
}

function canAdopt(
  made: MadeObject | undefined,
  listed: Listed,
  existing: PlanSettings['existing'],
): boolean {
  return existing !== 'skip' && made !== undefined && canUpdate(made, listed);
}

/** The best of the objects with each of these identities: URLs in another case have the same one. */
function bestByListKey(
  objects: readonly MadeObject[],
  keys: ReadonlySet<ListIdentity>,
): Map<ListIdentity, MadeObject> {
  const found = new Map<ListIdentity, MadeObject>();
  for (const made of objects) {
    if (!keys.has(made.listKey)) continue;
    const other = found.get(made.listKey);
    if (!other || byRankOfMade(made, other) < 0) found.set(made.listKey, made);
  }
  return found;
}

/**
 * The object of the run that a listed object is of, among those that a check leaves out. If the list has
 * several spellings, it must be the same one, so that each object of the run has one outcome.
 */
function leftOutFor(
  { value }: Listed,
  skips: readonly SkippedObject[],
  spellings: number,
): MadeObject | undefined {
  const same = skips.filter(({ made }) => made.object[made.key] === value);
  return best(same)?.made ?? (spellings === 1 ? best(skips)?.made : undefined);
}

function best(skips: readonly SkippedObject[]): SkippedObject | undefined {
  return skips.toSorted((a, b) => byRankOfMade(a.made, b.made))[0];
}

/**
 * Whether sending an object in the spelling of the list updates the listed one. Vision One may refuse
 * other notations than its own, except of addresses: then the listed object stays until it expires.
 */
export function canUpdate({ key, object }: MadeObject, { value }: Listed): boolean {
  return key === 'ip' || object[key]?.toLowerCase() === value.toLowerCase();
}

/** The lowest first, and always in the same order. */
export function byRankUpwards(a: OwnObject, b: OwnObject): number {
  return (
    byRank(b.rank, a.rank) || byText(b.listKey, a.listKey) || byText(b.listed.value, a.listed.value)
  );
}
