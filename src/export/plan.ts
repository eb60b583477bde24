/**
 * The plan of a run: the comparison of what the data collection asks for with what the list has. A pure
 * function from values to a value. The plan does not depend on the order of rows or of list pages.
 */
import type { Sending, Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { plural } from '../text/format.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import type { Actual, Addition, Plan, PlanSettings, Removal } from './changes.js';
import { chooseListed, compare, ownerOf } from './compare.js';
import { describeIndicator, ownerTagIn, tagged } from './description.js';
import { byRankOfMade, type Desired, type MadeObject, type SkippedObject } from './desired.js';
import { canUpdate, type OwnObject, ownObjects } from './own-objects.js';
import { planRemovals } from './plan-removals.js';
import { losesItsPlace, noRoom, type Room, replacementsFor, shareRoom } from './share-room.js';

/** Compares the desired with the actual state. */
export function planChanges(desired: Desired, actual: Actual, settings: PlanSettings): Plan {
  const compared = compareAll(desired.objects, actual, settings);
  const ours = ownObjects(desired, compared.claimed, actual, settings);
  const removal = planRemovals(ours, settings);
  const room = shareRoom(compared.newcomers, ours, removal.removals, actual, settings);
  const sent = limitSending(compared.changes, room, settings);
  const removals = [...removal.removals, ...sent.replaced];
  // An object that is removed, or may not be removed, has one item: that of the removal.
  const removed = new Set([...removals, ...removal.notApproved].map(({ made }) => made));
  const skips = [
    ...compared.skips,
    ...room.skips,
    ...sent.skips,
    ...desired.duplicates.map((made) => ({ made, skip: DUPLICATE })),
    ...desired.leftOut,
  ].filter(({ made }) => !removed.has(made));
  const replaced = new Set(sent.replaced.map(({ listed }) => listed));
  const staying = ours.filter(({ listed }) => !replaced.has(listed));
  const warnings = [...removal.warnings, ...warningsOf(skips, staying, settings)];
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

/** An object that updates a listed one. */
interface ListedChange {
  made: MadeObject;
  listed: Listed;
  addition: Addition;
}

interface Compared {
  /** Objects that are not listed, in reading order. */
  newcomers: MadeObject[];
  changes: ListedChange[];
  skips: SkippedObject[];
  /** By listed object, the one object of the run that may update it. */
  claimed: Map<Listed, MadeObject>;
}

function compareAll(objects: MadeObject[], actual: Actual, settings: PlanSettings): Compared {
  const { ownerTag } = settings;
  const found = objects.map((made) => {
    const spellings = actual.find(made.key, made.listKey);
    return { made, listed: chooseListed(spellings, spellingOf(made), ownerTag) };
  });
  const claimed = claimedBy(found);
  const compared: Compared = { newcomers: [], changes: [], skips: [], claimed };
  for (const { made, listed } of found) {
    if (!listed) {
      if (isApproved('add', made.object, settings)) compared.newcomers.push(made);
      else compared.skips.push({ made, skip: NOT_APPROVED });
      continue;
    }
    const decision = decideListed(made, listed, claimed.get(listed) === made, settings);
    if ('skip' in decision) compared.skips.push({ made, skip: decision.skip });
    else compared.changes.push({ made, listed, addition: decision.addition });
  }
  return compared;
}

/**
 * What becomes of an object that is listed: it is skipped, or sent again.
 * @param isClaimed whether it is the one object of the run that may update the listed one
 */
function decideListed(
  made: MadeObject,
  listed: Listed,
  isClaimed: boolean,
  settings: PlanSettings,
): { skip: Skip } | { addition: Addition } {
  const result = compare(made.object, listed, settings);
  if ('skip' in result) return result;
  if (!isClaimed || !canUpdate(made, listed)) return { skip: OTHER_SPELLING };
  // The spelling of the list is sent, so that the listed object is updated and no second one is added.
  const object = { ...made.object, [made.key]: listed.value };
  const ownerTag = tagFor(listed, settings.ownerTag);
  if (!isApproved(result.change, object, settings)) return { skip: NOT_APPROVED };
  return { addition: additionOf(made, result.change, object, ownerTag, settings) };
}

function isApproved(change: Sending, object: VisionOneObject, { approval }: PlanSettings): boolean {
  return approval?.allows({ change, object }) ?? true;
}

/** If several objects of the run match a listed one, that with the same spelling may update it, else the best. */
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

function overLimit(limit: number): Skip {
  const message = `this run sends at most ${plural(limit, 'object')}; the next run continues with it`;
  return { reason: 'over_limit', message };
}

/** The warnings about objects that are left out, and about objects that stay although a check leaves them out. */
function warningsOf(
  skips: SkippedObject[],
  staying: OwnObject[],
  { list, removes }: PlanSettings,
): Warning[] {
  const count = (reason: Skip['reason']) =>
    skips.filter(({ skip }) => skip.reason === reason).length;
  const [without, over] = [count('no_room'), count('over_limit')];
  const still = removes ? 0 : staying.filter(({ leftOut }) => leftOut !== undefined).length;
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
