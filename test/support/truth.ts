/** Checks what a result claims against what the stand-in of Vision One really did. */
import type { RunOutcome } from '../../src/export/job.js';
import { isRemoving, OUTCOMES } from '../../src/result/reasons.js';
import type { Item } from '../../src/result/result.js';
import { objectKeyOf } from '../../src/vision-one/payload.js';
import { wasAnswerLost } from '../sandbox/faults.js';
import { keyOf } from '../sandbox/objects.js';
import type { CarriedOut, ListName, StoredObject, VisionOne } from '../sandbox/vision-one.js';

type Claims = Pick<RunOutcome, 'status' | 'counts' | 'items' | 'error'>;

/** The stand-in before a run. */
export interface Snapshot {
  visionOne: VisionOne;
  /** The list that the action writes to. */
  list: ListName;
  /** Keys of the objects on that list. */
  listed: ReadonlySet<string>;
  /** The lengths of the stand-in's records. Later entries belong to the run. */
  recorded: { accepted: number; removed: number; evicted: number };
}

export function snapshotOf(visionOne: VisionOne, list: ListName = 'suspicious'): Snapshot {
  const { accepted, removed, evicted } = visionOne;
  return {
    visionOne,
    list,
    listed: new Set(visionOne[list].keys()),
    recorded: {
      accepted: accepted.length,
      removed: removed.length,
      evicted: evicted.length,
    },
  };
}

/**
 * Compares the result of a run with what the stand-in did meanwhile.
 * @param ids the ids of the indicators that there were to read
 * @returns every false or missing statement of the result; empty if it is true
 */
export function untruthsIn(claims: Claims, before: Snapshot, ids: Iterable<number>): string[] {
  const done = changesSince(before);
  return [
    ...wrongCounts(claims),
    ...wrongStatus(claims),
    ...unnamedIndicators(claims, ids),
    ...doubleOutcomes(claims),
    ...claims.items.flatMap((item) => falseOutcome(item, before, done) ?? []),
    ...unreportedChanges(claims, before, done),
    ...wrongGrowth(claims, before, done),
  ];
}

/** What the stand-in did with one object during a run. */
interface Change {
  list: ListName;
  /** The key of the object on the list. */
  key: string;
  value: string;
  /** Whether the client got an answer that says so. */
  isAnswered: boolean;
}

interface Changes {
  /** By the object as it was sent, in JSON. */
  added: ReadonlyMap<string, Change>;
  /** By key: the object that was sent last, in JSON. */
  lastSent: ReadonlyMap<string, string>;
  /** By key. */
  removed: ReadonlyMap<string, Change>;
  evicted: ReadonlySet<string>;
}

function changesSince({ visionOne, recorded }: Snapshot): Changes {
  const added = new Map<string, Change>();
  const lastSent = new Map<string, string>();
  for (const record of visionOne.accepted.slice(recorded.accepted)) {
    const object = record.item as Sent;
    const [key, sent] = [keyOfObject(object), JSON.stringify(object)];
    lastSent.set(key, sent);
    note(added, sent, { ...record, key, value: valueIn(object) });
  }
  const removed = new Map<string, Change>();
  for (const record of visionOne.removed.slice(recorded.removed)) {
    const { type, value } = record.object;
    note(removed, keyOf(type, value), { ...record, key: keyOf(type, value), value });
  }
  const evicted = visionOne.evicted.slice(recorded.evicted);
  return {
    added,
    lastSent,
    removed,
    evicted: new Set(evicted.map(({ type, value }) => keyOf(type, value))),
  };
}

/** One answer is enough, however often an object was sent. */
function note(
  changes: Map<string, Change>,
  name: string,
  { list, key, value, request, isDenied }: CarriedOut & Pick<Change, 'key' | 'value'>,
): void {
  const isAnswered = !isDenied && !wasAnswerLost(request);
  const earlier = changes.get(name)?.isAnswered ?? false;
  changes.set(name, { list, key, value, isAnswered: isAnswered || earlier });
}

type Sent = NonNullable<Item['object']>;

const valueIn = (object: Sent): string => String(object[objectKeyOf(object)]);
const keyOfObject = (object: Sent): string => keyOf(objectKeyOf(object), valueIn(object));

function tally(words: Iterable<string>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function wrongCounts({ counts, items }: Claims): string[] {
  const { by_reason } = counts;
  const outcomes = tally(items.map(({ outcome }) => outcome));
  const reasons = tally(items.flatMap((item) => ('reason' in item ? item.reason : [])));
  return [
    ...OUTCOMES.flatMap((outcome) => {
      const found = outcomes[outcome] ?? 0;
      return found === counts[outcome]
        ? []
        : `${found} items are ${outcome}, and ${counts[outcome]} are counted`;
    }),
    ...[...new Set([...Object.keys(reasons), ...Object.keys(by_reason)])].flatMap((reason) =>
      reasons[reason] === by_reason[reason]
        ? []
        : `${reasons[reason]} items have the reason ${reason}, and ${by_reason[reason]} are counted`,
    ),
  ];
}

function wrongStatus({ status, counts, error }: Claims): string[] {
  const { accepted, removed, rejected, unsent } = counts;
  const untruths: string[] = [];
  if (status === 'Completed' && (error || rejected + unsent > 0)) {
    untruths.push(`the run is Completed with ${rejected} rejected and ${unsent} unsent objects`);
  }
  if (status === 'Failed to Complete' && accepted + removed > 0) {
    untruths.push(`the run failed, with ${accepted} accepted and ${removed} removed objects`);
  }
  if (status === 'Failed to Complete' && !error) untruths.push('the run failed without an error');
  return untruths;
}

const isRemoval = (item: Item): boolean => 'change' in item && isRemoving(item.change);

/** An indicator that is read gets at least one item; what is removed was not read. */
function unnamedIndicators({ counts: { read, by_reason }, items }: Claims, ids: Iterable<number>) {
  const untruths: string[] = [];
  const made = items.filter((item) => !isRemoval(item));
  const withoutId = made.filter(({ id }) => id === null).length;
  const idsOf = (some: Item[]) => new Set(some.flatMap(({ id }) => id ?? []));
  const all = new Set<number | string>(ids);
  // What a check leaves out may be removed: its item is that of the removal.
  const named = idsOf(
    items.filter((item) => !isRemoval(item) || (item.id !== null && all.has(item.id))),
  );
  const notRemoved = idsOf(made).size;
  if (notRemoved > read) untruths.push(`${notRemoved} indicators have items, ${read} were read`);
  // One that ThreatQ gave twice is a duplicate the second time.
  if (named.size + withoutId + (by_reason['duplicate'] ?? 0) < read) {
    untruths.push(`${named.size} indicators have items, ${read} were read`);
  }
  const missing = read < all.size ? [] : [...all].filter((id) => !named.has(id));
  if (missing.length > 0) untruths.push(`${missing.length} indicators have no item: ${missing[0]}`);
  return untruths;
}

/** No object has two outcomes, and none is both added and removed. */
function doubleOutcomes({ items }: Claims): string[] {
  const seen = new Set<string>();
  return items.flatMap(({ object, outcome, value }) => {
    if (!object || outcome === 'skipped') return [];
    const type = objectKeyOf(object);
    const key = `${type} ${object[type]}`;
    if (seen.has(key)) return `${value} has two outcomes`;
    seen.add(key);
    return [];
  });
}

/** What is untrue about the outcome of one object. */
function falseOutcome(item: Item, before: Snapshot, done: Changes): string | undefined {
  const { object, outcome } = item;
  if (!object) return undefined;
  const untruth = isRemoval(item)
    ? falseRemoval(outcome, keyOfObject(object), before, done)
    : falseAddition(item, object, before, done);
  return untruth && `${item.value} is ${outcome}, and ${untruth}`;
}

function falseAddition(
  item: Item,
  object: Sent,
  before: Snapshot,
  done: Changes,
): string | undefined {
  const key = keyOfObject(object);
  const sent = JSON.stringify(object);
  const change = done.added.get(sent);
  const listed = before.visionOne[before.list].get(key);
  if (item.outcome === 'accepted') {
    if (!change && !before.listed.has(key)) return 'was never added to the list';
    return falseAcceptance(object, listed, key, done);
  }
  // The same row twice makes the same object twice.
  if (item.outcome === 'skipped' && item.reason === 'duplicate') return undefined;
  if (change?.isAnswered) return 'Vision One answered that it was added';
  const mayBeListed = change !== undefined && ['rejected', 'unsent'].includes(item.outcome);
  const isOther = before.listed.has(key) || done.lastSent.has(key);
  if (change && !mayBeListed) return 'was sent';
  return listed && !mayBeListed && !isOther ? 'is on the list' : undefined;
}

function falseAcceptance(
  object: Sent,
  listed: StoredObject | undefined,
  key: string,
  done: Changes,
): string | undefined {
  if (!listed) return done.evicted.has(key) ? undefined : 'is not on the list';
  // An object that differs only in case may have replaced it.
  const isLast = done.lastSent.get(key) === JSON.stringify(object);
  return isLast ? difference(object, listed) : undefined;
}

/** How an object on the list differs from what was sent. */
function difference(sent: Sent, listed: StoredObject): string | undefined {
  const { daysToExpiration, ...settings } = sent;
  const [type, value] = [objectKeyOf(sent), valueIn(sent)];
  const stored: Record<string, unknown> = { ...listed, [type]: listed.value };
  const isSameValue = listed.value.toLowerCase() === value.toLowerCase();
  const isEndless = daysToExpiration === -1;
  const wrong = Object.entries(settings).filter(
    ([name, wanted]) => name !== type && stored[name] !== wanted,
  );
  if (isSameValue && wrong.length === 0 && (listed.expires === null || !isEndless)) return;
  return `the list has ${JSON.stringify(listed)} in place of ${JSON.stringify(sent)}`;
}

function falseRemoval(
  outcome: Item['outcome'],
  key: string,
  before: Snapshot,
  done: Changes,
): string | undefined {
  const isListed = before.visionOne[before.list].has(key);
  if (!before.listed.has(key)) return 'was not on the list before the run';
  if (outcome === 'removed') return isListed ? 'is still on the list' : undefined;
  const change = done.removed.get(key);
  if (change?.isAnswered) return 'Vision One answered that it was removed';
  return isListed || change ? undefined : 'is gone';
}

/** What was changed on a list and is not reported. */
function unreportedChanges({ items }: Claims, { list }: Snapshot, done: Changes): string[] {
  const handled = items.filter(({ outcome }) => !['skipped', 'planned'].includes(outcome));
  const reported = new Set(handled.map(({ object }) => JSON.stringify(object)));
  const removals = new Set(
    handled.flatMap((item) => (item.object && isRemoval(item) ? keyOfObject(item.object) : [])),
  );
  const changes = [
    ...[...done.added].map(([sent, change]) => ({ ...change, isReported: reported.has(sent) })),
    ...[...done.removed].map(([key, change]) => ({ ...change, isReported: removals.has(key) })),
  ];
  return changes.flatMap((change) => {
    if (change.list !== list) return `${change.value} was changed on the other list`;
    return change.isReported ? [] : `${change.value} was added or removed, and no item says so`;
  });
}

/** The list must have grown by what is reported; answers that were lost explain a difference. */
function wrongGrowth({ items }: Claims, before: Snapshot, done: Changes): string[] {
  const keysOf = (wanted: Item['outcome']) =>
    items.flatMap(({ outcome, object }) =>
      object && outcome === wanted ? keyOfObject(object) : [],
    );
  const accepted = new Set(keysOf('accepted'));
  const removed = new Set(keysOf('removed'));
  const isNew = (key: string) => !before.listed.has(key);
  const expected = [...accepted].filter(isNew).length - removed.size - done.evicted.size;
  const unknownAdditions = new Set(
    [...done.added.values()].flatMap(({ key }) => (isNew(key) && !accepted.has(key) ? key : [])),
  ).size;
  const unknownRemovals = [...done.removed.keys()].filter((key) => !removed.has(key)).length;
  const growth = before.visionOne[before.list].size - before.listed.size;
  return growth >= expected - unknownRemovals && growth <= expected + unknownAdditions
    ? []
    : [`the list grew by ${growth}, and by the result it should have grown by ${expected}`];
}
