/**
 * The plan of a run: the comparison of what the data collection asks for with what the list has. A pure
 * function from values to a value. The plan does not depend on the order of rows or of list pages.
 */
import { typeForKey } from '../indicator/indicator.js';
import { groupBy } from '../result/group-by.js';
import type { Sending, Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { formatCount, plural } from '../text/format.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import type { Actual, Addition, Plan, PlanSettings, Removal } from './changes.js';
import { chooseListed, compare, ownerOf } from './compare.js';
import { ownerTagIn, tagged } from './description.js';
import { byRankOfMade, type Desired, type MadeObject, type SkippedObject } from './desired.js';
import { canUpdate, type OwnObject, ownObjects } from './own-objects.js';
import { planRemovals } from './plan-removals.js';
import {
  noRoom,
  replacementsFor,
  type SharedCapacity,
  shareCapacity,
  wouldBeReplaced,
} from './share-capacity.js';

/** Compares the desired with the actual state. */
export function planChanges(desired: Desired, actual: Actual, settings: PlanSettings): Plan {
  const compared = compareAll(desired.objects, actual, settings);
  const ours = ownObjects(desired, compared.claimed, actual, settings);
  const removal = planRemovals(ours, settings);
  const shared = shareCapacity(compared.unlisted, ours, removal.removals, actual, settings);
  const sent = limitSending(compared.changes, shared, settings);
  const removals = [...removal.removals, ...sent.replaced];
  // An object that is removed, or may not be removed, has one item: that of the removal.
  const closed = new Set([...removals, ...removal.notApproved].map(({ made }) => made));
  const replaced = new Set(sent.replaced.map(({ listed }) => listed));
  const skips = [
    ...withoutPlace(compared.skips, replaced, actual, settings.list),
    ...shared.skips,
    ...sent.skips,
    ...desired.duplicates.map((made) => ({ made, skip: DUPLICATE })),
    ...desired.leftOut,
  ].filter(({ made }) => !closed.has(made));
  const staying = ours.filter(({ listed }) => !replaced.has(listed));
  return {
    removals,
    additions: sent.additions,
    skips,
    notApproved: removal.notApproved,
    warnings: [...removal.warnings, ...warningsOf(skips, staying, settings)],
  };
}

/** An object in another spelling has no place either if the listed one is replaced. */
function withoutPlace(
  skips: SkippedObject[],
  replaced: ReadonlySet<Listed>,
  actual: Actual,
  list: List,
): SkippedObject[] {
  if (replaced.size === 0) return skips;
  const withoutRoom = noRoom(list);
  return skips.map((skipped) => {
    const { made, skip } = skipped;
    if (skip.reason !== 'already_listed') return skipped;
    const isGone = actual.find(made.key, made.listKey).every((listed) => replaced.has(listed));
    return isGone ? { made, skip: withoutRoom } : skipped;
  });
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
  unlisted: MadeObject[];
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
  const compared: Compared = { unlisted: [], changes: [], skips: [], claimed };
  for (const { made, listed } of found) {
    if (!listed) {
      if (isApproved('add', made.object, settings)) compared.unlisted.push(made);
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

function isApproved(
  change: Sending,
  object: VisionOneObject,
  { approval, now }: PlanSettings,
): boolean {
  return approval?.allows({ change, object }, now) ?? true;
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
  { describe }: PlanSettings,
): Addition {
  const description = tagged(describe(indicator), ownerTag);
  const described = Object.assign({}, object, { description });
  return { indicator, line, key, listKey, change, object: described };
}

interface Sent {
  additions: Addition[];
  replaced: Removal[];
  skips: SkippedObject[];
}

/** Selects what this run sends: new objects first, then changes, then renewals; each the best first. */
function limitSending(
  changes: ListedChange[],
  shared: SharedCapacity,
  settings: PlanSettings,
): Sent {
  const { list, limit, ownerTag } = settings;
  const added = shared.admitted.slice(0, limit);
  const replaced = replacementsFor(added, shared);
  const leaving = new Set(replaced.map(({ listed }) => listed));
  const additions = added.map((made) => additionOf(made, 'add', made.object, ownerTag, settings));
  const tooMany = overLimit(limit, settings);
  const skips = shared.admitted.slice(limit).map((made) => ({ made, skip: tooMany }));
  const staying = changes.filter(({ listed }) => !leaving.has(listed));
  for (const { made, listed, addition } of inOrder(staying, list)) {
    if (wouldBeReplaced(made, listed, shared, ownerTag)) skips.push({ made, skip: noRoom(list) });
    else if (additions.length < limit) additions.push(addition);
    else skips.push({ made, skip: tooMany });
  }
  return { additions, replaced, skips };
}

/** Changes first, then renewals; each the best first, or in reading order if the list has no ranks. */
function inOrder(changes: ListedChange[], { takesSettings }: List): ListedChange[] {
  const sorted = changes.toSorted((a, b) =>
    takesSettings ? byRankOfMade(a.made, b.made) : a.made.line - b.made.line,
  );
  const groups = groupBy(sorted, ({ addition }) => addition.change);
  return [...(groups.get('change') ?? []), ...(groups.get('renew') ?? [])];
}

/** With `update`, each run sends the best again, so the next run does not continue with renewals. */
function overLimit(limit: number, { existing }: PlanSettings): Skip {
  const next =
    existing === 'update'
      ? 'those with the highest scores first'
      : 'the next run continues with it';
  return {
    reason: 'over_limit',
    message: `this run sends at most ${plural(limit, 'object')}; ${next}`,
  };
}

/** The warnings about objects that are left out, and about objects that stay although a check leaves them out. */
function warningsOf(
  skips: SkippedObject[],
  staying: OwnObject[],
  { list, removes, limit }: PlanSettings,
): Warning[] {
  const withReason = (reason: Skip['reason']) =>
    skips.flatMap(({ made, skip }) => (skip.reason === reason ? made : []));
  const without = withReason('no_room');
  const over = withReason('over_limit').length;
  const still = removes ? 0 : staying.filter(({ leftOut }) => leftOut !== undefined).length;
  return [
    ...warningIf(
      'no_room',
      without.length,
      `the ${list.title} has no room for ${plural(without.length, 'object')} of the data collection (${countsByType(without)})`,
    ),
    ...warningIf(
      'still_listed',
      still,
      `${plural(still, 'object')} of this data collection ${still === 1 ? 'is' : 'are'} still on the ${list.title} although a check now leaves ${still === 1 ? 'it' : 'them'} out`,
    ),
    ...warningIf(
      'more_to_send',
      over,
      `${plural(over, 'object was', 'objects were')} not sent, because this run sends at most ${plural(limit, 'object')}`,
    ),
  ];
}

/** `FQDN 2,000, URL 15` */
function countsByType(objects: MadeObject[]): string {
  return [...groupBy(objects, ({ key }) => key)]
    .map(([key, all]) => `${typeForKey(key)} ${formatCount(all.length)}`)
    .sort()
    .join(', ');
}

function warningIf(code: Warning['code'], count: number, message: string): Warning[] {
  return count > 0 ? [{ code, message, count }] : [];
}
