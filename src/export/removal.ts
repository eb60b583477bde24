/** Removes the objects from the list that are no longer in the data collection. */
import { type ListIdentity, listIdentity } from '../indicator/identity.js';
import { type Indicator, OBJECT_KEYS, typeForKey } from '../indicator/indicator.js';
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import type { Listed } from '../vision-one/list-reader.js';
import { applyRemovals } from './apply.js';
import type { CountByType } from './count-by-type.js';
import { indicatorIdIn, ownerTagIn } from './description.js';
import { ownerTagFor, type ReadOutcome, removesObjects } from './read.js';
import type { RunContext } from './run-context.js';

/** Up to this number of objects is always removed. A larger removal may be at most half of the tagged objects. */
const ALWAYS_ALLOWED = 20;

export interface RemovalPlan {
  /** How many listed objects have the data collection's ownership tag. */
  owned: number;
  /** Those of them that are no longer in the collection. */
  gone: Listed[];
  /** Whether more than half would be removed, probably because the collection is broken. */
  isTooLarge: boolean;
}

/**
 * Plans a removal. A pure function.
 * @param producedKeys the keys of all objects that are made from the collection
 */
export function planRemoval(
  listed: Iterable<Listed>,
  ownerTag: string,
  producedKeys: ReadonlySet<ListIdentity>,
): RemovalPlan {
  let owned = 0;
  const gone: Listed[] = [];
  for (const object of listed) {
    if (ownerTagIn(object.description) !== ownerTag) continue;
    owned++;
    if (!producedKeys.has(listIdentity(object.key, object.value))) gone.push(object);
  }
  return { owned, gone, isTooLarge: gone.length > ALWAYS_ALLOWED && gone.length > owned / 2 };
}

export interface RemovalOutcome {
  removed: CountByType;
  warnings: Warning[];
  /** Whether the run was interrupted before it removed anything. */
  wasInterrupted: boolean;
}

/** Removes what left the data collection, if the whole collection was read. */
export async function removeObjects(run: RunContext, read: ReadOutcome): Promise<RemovalOutcome> {
  const { job, lists, connections } = run;
  const { origin } = job.run;
  const nothing: RemovalOutcome = { removed: new Map(), warnings: [], wasInterrupted: false };
  if (!removesObjects(job) || origin.kind === 'objects') return nothing;
  if (read.incomplete) return skipped(read.incomplete);
  if (job.limits.stopping.aborted) {
    return { ...skipped('the run was interrupted'), wasInterrupted: true };
  }
  const { ended } = connections.visionOne.client;
  if (ended) return skipped(ended.message);
  try {
    if (!lists.target.has(OBJECT_KEYS)) job.listener.phase?.('listing', null);
    await lists.target.need(OBJECT_KEYS);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    // The objects were sent all the same, so this is a warning and no failure.
    return skipped(error.text);
  }
  const ownerTag = ownerTagFor(job.action, origin);
  const plan = planRemoval(lists.target.all(), ownerTag, read.desired.producedKeys);
  if (plan.isTooLarge && !job.allowLargeRemoval) {
    const message = `${plan.gone.length} of the ${plan.owned} objects that this action added from this data collection are no longer in it, which is more than half: nothing was removed. Check the data collection; --allow-large-removal removes them`;
    return { ...nothing, warnings: [{ code: 'removal_refused', message }] };
  }
  const entries = plan.gone.map((listed) => ({
    ...run.ledger.open(indicatorOf(listed), { [listed.key]: listed.value }, 'remove'),
    key: listed.key,
  }));
  return { ...nothing, removed: await applyRemovals(run, entries) };
}

function skipped(why: string): RemovalOutcome {
  const message = `nothing was removed: ${why}`;
  return {
    removed: new Map(),
    warnings: [{ code: 'removal_skipped', message }],
    wasInterrupted: false,
  };
}

/** The indicator of a listed object, with the id from its description. */
export function indicatorOf({ key, value, description }: Listed): Indicator {
  return {
    id: indicatorIdIn(description),
    type: typeForKey(key),
    value,
    score: null,
    status: null,
    updated: null,
  };
}
