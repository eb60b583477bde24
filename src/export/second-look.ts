/**
 * Finds what others changed on the list during the run: before objects are removed, and before and after
 * objects are added to a type that is nearly full.
 */
import { type ListIdentity, listIdentity } from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { plural } from '../text/format.js';
import { type Listed, type ListPart, readList } from '../vision-one/list-reader.js';
import type { Addition, Applied, Removal } from './changes.js';
import { chooseListed, ownerOf } from './compare.js';
import { type CountByType, increment } from './count-by-type.js';
import { mayBeModified } from './plan-removals.js';
import type { RunContext } from './run-context.js';

/** A type with fewer free places after the run is read again. */
const FEW_PLACES = 500;

/**
 * Leaves out removals of objects that were changed since the run began: another run or an analyst may
 * want them. The lists were read at the beginning, and reading the data collection can take minutes.
 * @throws {RunError} if the list cannot be read
 */
export async function withoutModified(run: RunContext, removals: Removal[]): Promise<Removal[]> {
  const { lists } = run;
  const modified = new Set<ListIdentity>();
  const keys = [...new Set(removals.map(({ listed }) => listed.key))];
  for (const listed of await listedSince(run, keys)) {
    if (!mayBeModified(listed, run.beganAt())) continue;
    lists.target.add(listed);
    modified.add(listIdentity(listed.key, listed.value));
  }
  return removals.filter(({ listed: { key, value } }) => !modified.has(listIdentity(key, value)));
}

interface SecondLook {
  /** By type: how many objects can be added. */
  free: CountByType;
  /** Planned objects that somebody added meanwhile. */
  skips: { addition: Addition; skip: Skip }[];
}

/**
 * Reads what was added meanwhile to the types that the additions nearly fill.
 * @throws {RunError} if the list cannot be read
 */
export async function lookAgain(
  run: RunContext,
  additions: readonly Addition[],
): Promise<SecondLook> {
  const counts: CountByType = new Map();
  for (const { key, change } of additions) if (change === 'add') increment(counts, key);
  const free: CountByType = new Map();
  for (const key of counts.keys()) free.set(key, freePlaces(run, key));
  const tight = tightTypes(counts, free);
  for (const listed of await listedSince(run, tight)) {
    if (run.lists.target.add(listed)) increment(free, listed.key, -1);
  }
  return { free, skips: skipsOf(run, additions, new Set(tight)) };
}

/** How many places of a type are free before the run adds objects, as far as it knows. */
function freePlaces({ job, lists }: RunContext, key: ObjectKey): number {
  return job.list.cap - lists.target.size(key);
}

function tightTypes(added: CountByType, free: CountByType): ObjectKey[] {
  return [...added].flatMap(([key, count]) =>
    (free.get(key) ?? 0) - count < FEW_PLACES ? key : [],
  );
}

/** The objects of these types that were added or changed since the run began. */
async function listedSince(run: RunContext, keys: ObjectKey[]): Promise<Listed[]> {
  const { visionOne } = run.connections;
  const read = async (part: ListPart) => {
    const listed: Listed[] = [];
    for await (const page of readList(visionOne, run.job.list, part)) listed.push(...page);
    return listed;
  };
  const since = run.beganAt();
  try {
    const found = await Promise.all(keys.map((key) => read({ key, modifiedSince: since })));
    return found.flat();
  } catch (error) {
    if (!(error instanceof RunError && error.status === 400)) throw error;
    // The service refuses the filters: without them, it gives the same objects and others.
    return (await read({})).filter(({ key }) => keys.includes(key));
  }
}

/** Planned objects that are on the list now are left as they are. */
function skipsOf(
  { job, lists, ownerTag }: RunContext,
  additions: readonly Addition[],
  keys: ReadonlySet<ObjectKey>,
): SecondLook['skips'] {
  return additions.flatMap((addition) => {
    const { key, listKey, object, change } = addition;
    if (change !== 'add' || !keys.has(key)) return [];
    const listed = chooseListed(lists.target.find(key, listKey), object[key] ?? '', ownerTag);
    if (!listed) return [];
    return { addition, skip: skipFor(listed, ownerTag, job.list.title) };
  });
}

function skipFor(listed: Listed, ownerTag: string | undefined, title: string): Skip {
  const message = `it was added to the ${title} while this run was planned`;
  const reason = ownerOf(listed, ownerTag) === 'ours' ? 'already_listed' : 'listed_by_others';
  return { reason, message };
}

/** Warns if more objects were added to a type than there was room for, so that some were deleted. */
export async function evictedAfter(
  run: RunContext,
  additions: readonly Addition[],
  { added }: Applied,
): Promise<Warning[]> {
  const { job, lists, connections } = run;
  if (!job.list.byType || !job.run.settings.protect_existing) return [];
  const free: CountByType = new Map();
  for (const key of added.keys()) free.set(key, freePlaces(run, key));
  const tight = tightTypes(added, free);
  if (tight.length === 0 || connections.visionOne.client.ended) return [];
  try {
    const own = new Set(additions.map(({ listKey }) => listKey));
    for (const listed of await listedSince(run, tight)) {
      const isOwn = own.has(listIdentity(listed.key, listed.value));
      if (!isOwn && lists.target.add(listed)) increment(free, listed.key, -1);
    }
    const over = tight.map((key) => Math.max(0, (added.get(key) ?? 0) - (free.get(key) ?? 0)));
    return evictedWarning(
      over.reduce((sum, count) => sum + count, 0),
      job.list.title,
    );
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const message = `whether the ${job.list.title} got too full could not be determined: ${error.text}`;
    return [{ code: 'lists_unread', message }];
  }
}

function evictedWarning(count: number, title: string): Warning[] {
  if (count === 0) return [];
  const message = `${plural(count, 'object')} more than the ${title} takes were added, probably by two exports at the same time: Vision One has deleted those closest to expiry`;
  return [{ code: 'evicted', message, count }];
}
