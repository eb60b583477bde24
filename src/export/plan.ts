/**
 * The plan of a run: the comparison of what the data collection asks for with what the list has. A pure
 * function from values to a value. The plan does not depend on the order of rows or of list pages.
 */
import type { ListIdentity } from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
import type { RemovalReason, Removing, Sending, Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { formatCount, plural } from '../text/format.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import type { Approval } from './approval.js';
import { type CompareContext, chooseListed, compare, ownerOf } from './compare.js';
import { type CountByType, increment } from './count-by-type.js';
import { describeIndicator, ownerTagIn, scoreIn, tagged } from './description.js';
import { byRankOfMade, type Desired, type MadeObject, type SkippedObject } from './desired.js';
import type { PlannedEntry } from './ledger.js';
import { byRank, byText, type Rank, scoreOf } from './rank.js';

/** The actual state: what the list has. */
export interface Actual {
  /** The listed spellings of an object; empty if it is not listed. */
  find(key: ObjectKey, identity: ListIdentity): readonly Listed[];
  /** How many objects of a type are listed. */
  size(key: ObjectKey): number;
  /** All objects of the types that were read, each with its identity. */
  all(): Iterable<readonly [ListIdentity, Listed]>;
  /** The types that were read. */
  keys: readonly ObjectKey[];
}

export interface PlanSettings extends CompareContext {
  /** The data collection's name, or its hash if only that is known; undefined for a manual run. */
  collection: string | undefined;
  /** Whether objects that the collection no longer yields are removed. */
  removes: boolean;
  /** Why nothing may be removed; undefined if it may. */
  keepsBecause: string | undefined;
  /** Allows the removal of more than half of what is ours. */
  allowLargeRemoval: boolean;
  /** The most objects that the run sends. */
  limit: number;
  /** The changes that were approved; undefined if all are. */
  approval: Approval | undefined;
}

/** An object that is sent. */
export interface Addition extends PlannedEntry<Sending> {
  key: ObjectKey;
  listKey: ListIdentity;
}

/** An object that is removed from the list. */
export interface Removal {
  change: Removing;
  listed: Listed;
  /** The object that an indicator makes; undefined if no indicator makes it any more. */
  made: MadeObject | undefined;
  reason: RemovalReason;
  message: string;
}

export interface Plan {
  /** Made first. */
  removals: Removal[];
  /** Made in this order. */
  additions: Addition[];
  skips: SkippedObject[];
  /** Removals that were not approved, of objects that no indicator makes. */
  notApproved: Removal[];
  warnings: Warning[];
}

/** Compares the desired with the actual state. */
export function planChanges(desired: Desired, actual: Actual, settings: PlanSettings): Plan {
  const compared = compareAll(desired.objects, actual, settings);
  const ours = ownObjects(desired, compared.claimed, actual, settings);
  const removal = planRemoval(ours, settings);
  const room = shareRoom(compared.newcomers, ours, removal.removals, actual, settings);
  const sent = limitSending(compared.changes, room, settings);
  const removals = [...removal.removals, ...sent.replaced];
  const removed = new Set(removals.map(({ made }) => made));
  const skips = [
    ...compared.skips,
    ...room.skips,
    ...sent.skips,
    ...desired.duplicates.map((made) => ({ made, skip: DUPLICATE })),
    ...desired.leftOut,
  ].filter(({ made }) => !removed.has(made));
  const warnings = [...removal.warnings, ...warningsOf(skips, ours, settings)];
  return { removals, additions: sent.additions, skips, notApproved: removal.notApproved, warnings };
}

const DUPLICATE: Skip = {
  reason: 'duplicate',
  message: 'another indicator of this run makes the same object',
};
const NOT_APPROVED: Skip = {
  reason: 'not_approved',
  message: 'the approved preview does not plan this change',
};

const OTHER_SPELLING: Skip = {
  reason: 'already_listed',
  message: 'it is listed in another spelling',
};

/** A listed object that is sent again, and whose place on the list it has. */
interface ListedChange {
  made: MadeObject;
  listed: Listed;
  addition: Addition;
}

interface Compared {
  /** Objects that are not listed, the best first. */
  newcomers: MadeObject[];
  changes: ListedChange[];
  skips: SkippedObject[];
  /** By listed object, the object of the run that is compared with it. */
  claimed: Map<Listed, MadeObject>;
}

function compareAll(objects: MadeObject[], actual: Actual, settings: PlanSettings): Compared {
  const { ownerTag, approval } = settings;
  const found = objects.map((made) => {
    const spellings = actual.find(made.key, made.listKey);
    return { made, listed: chooseListed(spellings, spellingOf(made), ownerTag) };
  });
  const claimed = claimedBy(found);
  const compared: Compared = { newcomers: [], changes: [], skips: [], claimed };
  for (const { made, listed } of found) {
    if (listed === undefined) {
      const isApproved = approval?.allows({ change: 'add', object: made.object }) ?? true;
      if (isApproved) compared.newcomers.push(made);
      else compared.skips.push({ made, skip: NOT_APPROVED });
      continue;
    }
    const result = compare(made.object, listed, settings);
    // An object in another notation could be added a second time: it is left until it expires.
    const isSame =
      claimed.get(listed) === made && listed.value.toLowerCase() === spellingOf(made).toLowerCase();
    if (!isSame && 'change' in result) {
      compared.skips.push({ made, skip: OTHER_SPELLING });
      continue;
    }
    if ('skip' in result) {
      compared.skips.push({ made, skip: result.skip });
      continue;
    }
    // In the case of the list, so that the listed object is updated and no second one is added.
    const object = { ...made.object, [made.key]: listed.value };
    const addition = additionOf(made, result.change, object, tagFor(listed, ownerTag), settings);
    if (approval && !approval.allows(addition)) compared.skips.push({ made, skip: NOT_APPROVED });
    else compared.changes.push({ made, listed, addition });
  }
  return compared;
}

/** If several objects of the run match one listed object, the one with the same spelling is compared with it. */
function claimedBy(
  found: ReadonlyArray<{ made: MadeObject; listed: Listed | undefined }>,
): Map<Listed, MadeObject> {
  const claimed = new Map<Listed, MadeObject>();
  for (const { made, listed } of found) {
    if (!listed) continue;
    const other = claimed.get(listed);
    const isBetter =
      other === undefined ||
      spellingOf(made) === listed.value ||
      (spellingOf(other) !== listed.value && byRankOfMade(made, other) < 0);
    if (isBetter) claimed.set(listed, made);
  }
  return claimed;
}

const spellingOf = ({ key, object }: MadeObject): string => object[key] ?? '';

/** The tag that a listed object gets: ours, unless somebody else added it or the run has none. */
function tagFor(listed: Listed, ownerTag: string | undefined): string | undefined {
  const keepsItsOwn = ownerTag === undefined || ownerOf(listed, ownerTag) === 'other';
  return keepsItsOwn ? ownerTagIn(listed.description) : ownerTag;
}

function additionOf(
  { indicator, line, key, listKey }: MadeObject,
  change: Sending,
  object: VisionOneObject,
  ownerTag: string | undefined,
  { collection }: PlanSettings,
): Addition {
  const description = tagged(describeIndicator(indicator, collection), ownerTag);
  return { indicator, line, key, listKey, change, object: { ...object, description } };
}

/** A listed object that is ours, or that becomes ours. */
interface OwnObject {
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

function ownObjects(
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
function byRankUpwards(a: OwnObject, b: OwnObject): number {
  return byRank(b.rank, a.rank) || byText(b.listKey, a.listKey);
}

/** Up to this number of objects is always removed. A larger removal may be at most half of what is ours. */
const ALWAYS_ALLOWED = 20;

function planRemoval(
  ours: OwnObject[],
  settings: PlanSettings,
): Pick<Plan, 'removals' | 'notApproved' | 'warnings'> {
  const nothing = { removals: [], notApproved: [], warnings: [] };
  const { removes, ownerTag, keepsBecause, allowLargeRemoval, approval } = settings;
  if (!removes || ownerTag === undefined) return nothing;
  if (keepsBecause !== undefined) return { ...nothing, warnings: [removalSkipped(keepsBecause)] };
  const gone = ours.filter(({ isDesired }) => !isDesired);
  if (gone.length > ALWAYS_ALLOWED && gone.length > ours.length / 2 && !allowLargeRemoval) {
    const message = `${formatCount(gone.length)} of the ${formatCount(ours.length)} objects that this action added from this data collection are no longer in it, or a check leaves them out, which is more than half: nothing was removed. Check the data collection; --allow-large-removal removes them`;
    return { ...nothing, warnings: [{ code: 'removal_refused', message, count: gone.length }] };
  }
  const unchanged = gone.filter(({ listed }) => !wasModified(listed, settings.now));
  const removals = unchanged.map(removalOf);
  const warnings =
    unchanged.length < gone.length
      ? [modifiedWarning(gone.length - unchanged.length)]
      : nothing.warnings;
  if (!approval) return { removals, notApproved: [], warnings };
  return {
    removals: removals.filter((removal) => approval.allowsRemoval(removal)),
    notApproved: removals.filter((each) => !approval.allowsRemoval(each) && !each.made),
    warnings,
  };
}

function removalOf({ listed, made, leftOut }: OwnObject): Removal {
  const reason = leftOut?.reason ?? 'left_collection';
  const message = leftOut?.message ?? 'the data collection no longer has it';
  return { change: 'remove', listed, made, reason, message };
}

function removalSkipped(why: string): Warning {
  return { code: 'removal_skipped', message: `nothing was removed: ${why}` };
}

function modifiedWarning(count: number): Warning {
  const message = `${plural(count, 'object')} of the list ${count === 1 ? 'was' : 'were'} changed after this run had begun, and ${count === 1 ? 'was' : 'were'} not removed`;
  return { code: 'removal_skipped', message, count };
}

/**
 * Whether an object was changed since the run began, perhaps by another run that knows more. Both times
 * are Vision One's, which has whole seconds.
 */
function wasModified({ modified }: Listed, now: number): boolean {
  return modified === undefined || Math.floor(modified / 1000) > Math.floor(now / 1000);
}

/** How the objects of a run share the capacity of each type of the list. */
interface Room {
  /** Objects that are not listed and for which there is room. */
  admitted: MadeObject[];
  skips: SkippedObject[];
  /** By type: places that are free after the removals. */
  free: CountByType;
  /** By type: what gives way to a higher score, in this order. */
  victims: Map<ObjectKey, OwnObject[]>;
  /** By type: the highest score for which there is no room. */
  bestWithoutRoom: Map<ObjectKey, number>;
}

/**
 * Ours and the new objects share what others leave of a type's capacity. What is ours gives way only to
 * a strictly higher score.
 */
function shareRoom(
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
  if (!sharesRoom(settings)) return { ...room, admitted: sorted };
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

/** Only a list that would silently delete objects at its cap is shared. */
function sharesRoom({ list, protects }: PlanSettings): boolean {
  return list.byType && protects;
}

function mayGiveWay(listed: Listed, { keepsBecause, now, approval }: PlanSettings): boolean {
  if (keepsBecause !== undefined || wasModified(listed, now)) return false;
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
  let left = free;
  for (const made of newcomers) {
    const lowest = incumbents[victims.length];
    if (left > 0) left--;
    else if (free >= 0 && lowest && scoreOf(lowest.rank) < scoreOf(made.indicator)) {
      victims.push(lowest);
    } else {
      if (!room.bestWithoutRoom.has(key)) room.bestWithoutRoom.set(key, scoreOf(made.indicator));
      room.skips.push({ made, skip: without });
      continue;
    }
    room.admitted.push(made);
  }
  room.free.set(key, Math.max(0, free));
  room.victims.set(key, victims);
}

export function noRoom({ title, cap }: List): Skip {
  const message = `the ${title} takes at most ${formatCount(cap)} objects of a type, and objects of others or with the same or a higher score use this capacity`;
  return { reason: 'no_room', message };
}

interface Sent {
  additions: Addition[];
  replaced: Removal[];
  skips: SkippedObject[];
}

/** Selects what this run sends: new objects first, then changes, then renewals; each the best first. */
function limitSending(changes: ListedChange[], room: Room, settings: PlanSettings): Sent {
  const { list, limit, ownerTag } = settings;
  const inOrder = (made: MadeObject[]) =>
    list.takesSettings ? made : made.toSorted((a, b) => a.line - b.line);
  const admitted = inOrder(room.admitted);
  const adds = admitted.slice(0, limit);
  const replaced = replacementsFor(adds, room);
  const givesWay = new Set(replaced.map(({ listed }) => listed));
  const tooMany = overLimit(limit);
  const skips = admitted.slice(limit).map((made) => ({ made, skip: tooMany }));
  const additions = adds.map((made) => additionOf(made, 'add', made.object, ownerTag, settings));
  const sorted = changes
    .filter(({ listed }) => !givesWay.has(listed))
    .sort((a, b) =>
      list.takesSettings ? byRankOfMade(a.made, b.made) : a.made.line - b.made.line,
    );
  for (const wanted of ['change', 'renew'] as const) {
    for (const { made, listed, addition } of sorted) {
      if (addition.change !== wanted) continue;
      if (losesItsPlace(made, listed, room, ownerTag)) skips.push({ made, skip: noRoom(list) });
      else if (additions.length < limit) additions.push(addition);
      else skips.push({ made, skip: tooMany });
    }
  }
  return { additions, replaced, skips };
}

/** The lowest of ours give way, as many as the added objects need beyond the free places. */
function replacementsFor(adds: MadeObject[], { free, victims }: Room): Removal[] {
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
function losesItsPlace(
  made: MadeObject,
  listed: Listed,
  { bestWithoutRoom }: Room,
  ownerTag: string | undefined,
): boolean {
  const best = bestWithoutRoom.get(made.key);
  if (best === undefined || ownerOf(listed, ownerTag) !== 'sibling') return false;
  return best > scoreOf(made.indicator);
}

function overLimit(limit: number): Skip {
  const message = `this run sends at most ${plural(limit, 'object')}; the next run continues with it`;
  return { reason: 'over_limit', message };
}

/** The warnings about objects that are left out, and about objects that stay although a check leaves them out. */
function warningsOf(
  skips: SkippedObject[],
  ours: OwnObject[],
  { list, removes }: PlanSettings,
): Warning[] {
  const count = (reason: Skip['reason']) =>
    skips.filter(({ skip }) => skip.reason === reason).length;
  const [without, over] = [count('no_room'), count('over_limit')];
  const still = removes ? 0 : ours.filter(({ leftOut }) => leftOut !== undefined).length;
  return [
    ...warningIf(
      'no_room',
      without,
      `the ${list.title} has no room for ${plural(without, 'object')} of the data collection`,
    ),
    ...warningIf(
      'still_listed',
      still,
      `${plural(still, 'object')} of this data collection ${still === 1 ? 'is' : 'are'} still on the ${list.title} although a check now leaves ${still === 1 ? 'it' : 'them'} out`,
    ),
    ...warningIf(
      'more_to_send',
      over,
      `${plural(over, 'object')} ${over === 1 ? 'waits' : 'wait'} for the next run, because this run reached its limit`,
    ),
  ];
}

function warningIf(code: Warning['code'], count: number, message: string): Warning[] {
  return count > 0 ? [{ code, message, count }] : [];
}
