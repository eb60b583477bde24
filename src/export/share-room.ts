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

/** The result for each type of the list. */
export interface Room {
  /** Objects that are not listed and for which there is room. */
  admitted: MadeObject[];
  skips: SkippedObject[];
  /** By type: places that are free after the removals. */
  free: CountByType;
  /** By type: what gives way to a higher score, in this order. */
  victims: Map<ObjectKey, OwnObject[]>;
  /** By type: the highest score of a desired object for which there is no room after the run. */
  bestWithoutRoom: Map<ObjectKey, number>;
}

/**
 * Ours and the new objects share what others leave of a type's capacity. What is ours gives way only to
 * a strictly higher score.
 */
export function shareRoom(
  newcomers: MadeObject[],
  ours: OwnObject[],
  removals: Removal[],
  actual: Actual,
  settings: PlanSettings,
): Room {
  const room: Room = {
    admitted: [],
    skips: [],
    free: new Map(),
    victims: new Map(),
    bestWithoutRoom: new Map(),
  };
  const sorted = newcomers.toSorted(byRankOfMade);
  if (!settings.protects) return { ...room, admitted: sorted };
  if (!settings.list.byType) return shareList(room, newcomers, removals, actual, settings.list);
  const removed = new Set(removals.map(({ listed }) => listed));
  const incumbents = ours
    .filter(({ listed }) => !removed.has(listed) && mayGiveWay(listed, settings))
    .sort(byRankUpwards);
  const keys = new Set(sorted.map(({ key }) => key));
  for (const key of keys) {
    const leaving = removals.filter(({ listed }) => listed.key === key).length;
    const free = settings.list.cap - actual.size(key) + leaving;
    shareType(
      room,
      key,
      sorted.filter((made) => made.key === key),
      incumbents.filter(({ listed }) => listed.key === key),
      free,
      settings.list,
    );
  }
  return { ...room, admitted: room.admitted.sort(byRankOfMade) };
}

/** A list with one cap for all types has no ranks: reading order decides, and nothing is replaced. */
function shareList(
  room: Room,
  newcomers: MadeObject[],
  removals: Removal[],
  actual: Actual,
  list: List,
): Room {
  const size = OBJECT_KEYS.reduce((sum, key) => sum + actual.size(key), 0);
  const free = Math.max(0, list.cap - size + removals.length);
  const without = noRoom(list);
  const skips = newcomers.slice(free).map((made) => ({ made, skip: without }));
  return { ...room, admitted: newcomers.slice(0, free), skips };
}

function mayGiveWay(listed: Listed, { keepsBecause, now, approval }: PlanSettings): boolean {
  if (keepsBecause !== undefined || mayBeModified(listed, now)) return false;
  return approval?.allowsRemoval({ change: 'replace', listed }) ?? true;
}

function shareType(
  room: Room,
  key: ObjectKey,
  newcomers: MadeObject[],
  incumbents: OwnObject[],
  free: number,
  list: List,
): void {
  const victims: OwnObject[] = [];
  const without = noRoom(list);
  let best = Number.NEGATIVE_INFINITY;
  let left = free;
  for (const made of newcomers) {
    const lowest = incumbents[victims.length];
    if (left > 0) left--;
    else if (free >= 0 && lowest && scoreOf(lowest.rank) < scoreOf(made.indicator)) {
      victims.push(lowest);
      // The collection still asks for it, so the next run looks for room for it.
      if (lowest.isDesired) best = Math.max(best, scoreOf(lowest.rank));
    } else {
      best = Math.max(best, scoreOf(made.indicator));
      room.skips.push({ made, skip: without });
      continue;
    }
    room.admitted.push(made);
  }
  room.free.set(key, Math.max(0, free));
  room.victims.set(key, victims);
  room.bestWithoutRoom.set(key, best);
}

export function noRoom({ title, cap, byType }: List): Skip {
  const message = byType
    ? `the ${title} has no free place for it (at most ${formatCount(cap)} objects of a type), and no object of this data collection with a lower score can be removed for it`
    : `the ${title} has no free place for it (at most ${plural(cap, 'object')})`;
  return { reason: 'no_room', message };
}

/** The lowest of ours give way, as many as the added objects need beyond the free places. */
export function replacementsFor(adds: MadeObject[], { free, victims }: Room): Removal[] {
  const counts: CountByType = new Map();
  for (const { key } of adds) increment(counts, key);
  return [...counts].flatMap(([key, count]) => {
    const needed = Math.max(0, count - (free.get(key) ?? 0));
    return (victims.get(key) ?? []).slice(0, needed).map(
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
 * Whether a sibling's object that would become ours would have to give way in the next run, to an object
 * with a higher score for which there is no room now. It stays the sibling's.
 */
export function losesItsPlace(
  made: MadeObject,
  listed: Listed,
  { bestWithoutRoom }: Room,
  ownerTag: string | undefined,
): boolean {
  // A manual run owns nothing, so nothing becomes its own.
  if (ownerTag === undefined) return false;
  const best = bestWithoutRoom.get(made.key);
  if (best === undefined || ownerOf(listed, ownerTag) !== 'sibling') return false;
  return best > scoreOf(made.indicator);
}
