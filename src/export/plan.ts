/**
 * Decides which objects a run sends, in which order, and which it skips. Pure functions, except that they
 * record skipped objects in the ledger.
 */
import type { ListIdentity, RunIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import type { List } from '../vision-one/lists.js';
import { increment } from './count-by-type.js';
import { type EvaluatedObject, evaluate, type PlanContext } from './evaluate.js';
import type { Entry, Ledger } from './ledger.js';

/** An object that may be sent, if the list has capacity for it. */
export interface Candidate extends Entry {
  key: ObjectKey;
}

/** The objects that are made from the indicators of a run. */
export interface Desired {
  candidates: Candidate[];
  /** Keys on the list of every object that is made from an indicator, sent or not. */
  producedKeys: Set<ListIdentity>;
  /** Identities in this run, by which duplicates are found. */
  identities: Set<RunIdentity>;
  /** By type: objects that are not on the list yet, and indicators from which such an object is made. */
  newObjects: Map<ObjectKey, number>;
  newIndicators: Map<ObjectKey, number>;
}

export function emptyDesired(): Desired {
  return {
    candidates: [],
    producedKeys: new Set(),
    identities: new Set(),
    newObjects: new Map(),
    newIndicators: new Map(),
  };
}

/** Adds the objects of one indicator, and records in the ledger what is skipped. */
export function addIndicator(
  desired: Desired,
  indicator: Indicator,
  context: PlanContext,
  ledger: Ledger,
): void {
  ledger.read++;
  const { objects, skip } = evaluate(indicator, context);
  let newKey: ObjectKey | undefined;
  for (const evaluated of objects) {
    const { key, object, change } = evaluated;
    desired.producedKeys.add(evaluated.listKey);
    const entry = ledger.open(indicator, object, change);
    const skipped = reasonToSkip(desired, evaluated, context);
    if (skipped) {
      ledger.close(entry, { outcome: 'skipped', ...skipped });
      continue;
    }
    desired.candidates.push({ ...entry, key });
    if (change === 'add') {
      increment(desired.newObjects, key);
      newKey = key;
    }
  }
  if (newKey) increment(desired.newIndicators, newKey);
  if (skip) ledger.skip(indicator, skip);
}

function reasonToSkip(
  desired: Desired,
  { skip, identity, isListed }: EvaluatedObject,
  context: PlanContext,
): Skip | undefined {
  if (skip) return skip;
  const { list, settings } = context;
  if (desired.identities.has(identity)) {
    const message = 'an earlier indicator of this run is the same object';
    return { reason: 'duplicate', message };
  }
  desired.identities.add(identity);
  if (isListed && settings.existing_objects === 'skip') {
    return { reason: 'already_listed', message: `it is on the ${list.title} already` };
  }
  // With `skip`, repeated runs go through the whole collection: an object without capacity must not
  // count, or the runs would never reach the objects after it.
  const count =
    settings.existing_objects === 'skip'
      ? countWithCapacity(desired.newObjects, context)
      : desired.candidates.length;
  return count >= list.cap ? overLimit(list) : undefined;
}

/**
 * The number of indicators that count toward Objects Per Run: all that were read or, if listed objects are
 * skipped, those of which an object is sent. Objects that each run skips must not count, or repeated
 * runs would never get past them.
 */
export function countTowardLimit(desired: Desired, context: PlanContext, read: number): number {
  if (context.settings.existing_objects !== 'skip') return read;
  return countWithCapacity(desired.newIndicators, context);
}

function countWithCapacity(counts: ReadonlyMap<ObjectKey, number>, context: PlanContext): number {
  let sum = 0;
  for (const [key, count] of counts) {
    sum += Math.min(count, Math.max(0, capacityFor(key, context)));
  }
  return sum;
}

/** How many new objects of a type the list can take without evicting others; negative if it is too full. */
function capacityFor(key: ObjectKey, { list, listIndex, settings }: PlanContext): number {
  if (!settings.protect_existing || !listIndex) return Number.POSITIVE_INFINITY;
  return list.cap - listIndex.size(key);
}

/** What is sent now, and what has to wait. */
export interface Plan {
  list: List;
  /** Objects to send now, in this order. */
  selected: Candidate[];
  /** Objects for which the list has no capacity, or that exceed the limit of a run; by rank. */
  waiting: Candidate[];
  /** By type: capacity that remains once `selected` is on the list. */
  capacity: ReadonlyMap<ObjectKey, number>;
  /** How many more objects this run may send after `selected`. */
  limit: number;
}

/**
 * Selects the objects that are sent: the highest score first, then the most recent, so that a run that
 * ends early has sent what matters most. The Exception List has no ranks and gets them in reading order.
 */
export function planSending({ candidates }: Desired, context: PlanContext): Plan {
  const { list } = context;
  const keys = new Set(candidates.map(({ key }) => key));
  return select({
    list,
    selected: [],
    waiting: list.takesSettings ? candidates.toSorted(byRank) : candidates,
    capacity: new Map([...keys].map((key) => [key, capacityFor(key, context)])),
    limit: list.cap,
  });
}

/** Selects what has capacity only now, after so many objects of each type were removed from the list. */
export function planAfterRemoval(plan: Plan, removed: ReadonlyMap<ObjectKey, number>): Plan {
  const capacity = new Map(plan.capacity);
  for (const [key, count] of removed) increment(capacity, key, count);
  return select({ ...plan, capacity });
}

function select(plan: Plan): Plan {
  const capacity = new Map(plan.capacity);
  const selected: Candidate[] = [];
  const waiting: Candidate[] = [];
  for (const candidate of plan.waiting) {
    const isNew = candidate.change === 'add';
    const fits = !isNew || (capacity.get(candidate.key) ?? 0) > 0;
    if (!fits || selected.length >= plan.limit) {
      waiting.push(candidate);
      continue;
    }
    if (isNew) increment(capacity, candidate.key, -1);
    selected.push(candidate);
  }
  return { list: plan.list, selected, waiting, capacity, limit: plan.limit - selected.length };
}

/** Why each object that is still waiting is not sent. */
export function skipWaiting(plan: Plan): Array<{ candidate: Candidate; skip: Skip }> {
  const { list } = plan;
  const capacity = new Map(plan.capacity);
  const noRoom: Skip = {
    reason: 'no_room',
    message: `the ${list.title} takes at most ${list.cap} objects of a type, and listed objects or objects with a higher score use this capacity`,
  };
  return plan.waiting.map((candidate) => {
    const isNew = candidate.change === 'add';
    // If there is capacity, a removal freed it after the run had reached its limit.
    const fits = !isNew || (capacity.get(candidate.key) ?? 0) > 0;
    if (isNew) increment(capacity, candidate.key, -1);
    return { candidate, skip: fits ? overLimit(list) : noRoom };
  });
}

function overLimit({ cap, title }: List): Skip {
  return { reason: 'over_limit', message: `a run sends at most ${cap} objects to the ${title}` };
}

/** Highest score first, no score last; then new objects; then the most recent. */
function byRank(a: Candidate, b: Candidate): number {
  const score = (b.indicator.score ?? -1) - (a.indicator.score ?? -1);
  if (score !== 0) return score;
  if (a.change !== b.change) return a.change === 'add' ? -1 : 1;
  const [updatedA, updatedB] = [a.indicator.updated ?? '', b.indicator.updated ?? ''];
  if (updatedA !== updatedB) return updatedA < updatedB ? 1 : -1;
  // By hash, ThreatQ sorts by the last change: the indicator that was read later is more recent.
  return b.line - a.line;
}
