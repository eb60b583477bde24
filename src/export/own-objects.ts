/** The objects of the list that this action added from this data collection. Pure functions. */
import type { ListIdentity } from '../indicator/identity.js';
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
  /** That of its indicator. If no indicator makes it, only its description says its score. */
  rank: Rank;
  /** What an indicator makes of it. */
  made: MadeObject | undefined;
  /** Whether the collection still asks for it. */
  isDesired: boolean;
  /** Why a check leaves it out. */
  leftOut: Skip | undefined;
}

/** @param claimed by listed object, the object of the run that is compared with it */
export function ownObjects(
  { leftOut }: Desired,
  claimed: ReadonlyMap<Listed, MadeObject>,
  actual: Actual,
  { ownerTag, existing }: PlanSettings,
): OwnObject[] {
  if (ownerTag === undefined) return [];
  const desired = new Map([...claimed.values()].map((made) => [made.listKey, made]));
  const excluded = new Map<ListIdentity, SkippedObject>();
  for (const each of leftOut) {
    const other = excluded.get(each.made.listKey);
    if (!other || byRankOfMade(each.made, other.made) < 0) {
      excluded.set(each.made.listKey, each);
    }
  }
  const ours: OwnObject[] = [];
  for (const [listKey, listed] of actual.all()) {
    const owner = ownerOf(listed, ownerTag);
    const adopts = owner === 'adoptable' && existing !== 'skip' && claimed.has(listed);
    if (owner !== 'ours' && !adopts) continue;
    const made = desired.get(listKey);
    const skipped = made ? undefined : excluded.get(listKey);
    ours.push({
      listed,
      listKey,
      rank: made?.indicator ?? { score: scoreIn(listed.description), updated: null },
      made: made ?? skipped?.made,
      isDesired: made !== undefined,
      leftOut: skipped?.skip,
    });
  }
  return ours;
}

/** The lowest first, and always in the same order. */
export function byRankUpwards(a: OwnObject, b: OwnObject): number {
  return byRank(b.rank, a.rank) || byText(b.listKey, a.listKey);
}
