/** Looks for objects that somebody else added while the run was planned, before a type gets full. */
import type { ObjectKey } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { plural } from '../text/format.js';
import { type Listed, readList } from '../vision-one/list-reader.js';
import type { Addition, Applied } from './changes.js';
import { chooseListed, ownerOf } from './compare.js';
import { type CountByType, increment } from './count-by-type.js';
import type { RunContext } from './run-context.js';

/** A type with fewer free places after the run is looked at again. */
const FEW_PLACES = 500;

interface SecondLook {
  /** By type: how many objects can be added. */
  free: CountByType;
  /** Objects that somebody added meanwhile. */
  skips: { addition: Addition; skip: Skip }[];
}

/**
 * Asks Vision One what was added to the types that the additions nearly fill.
 * @throws {RunError} if the list cannot be read
 */
export async function lookAgain(
  run: RunContext,
  additions: readonly Addition[],
  removed: CountByType,
): Promise<SecondLook> {
  const { list } = run.job;
  const counts: CountByType = new Map();
  for (const { key, change } of additions) if (change === 'add') increment(counts, key);
  const free: CountByType = new Map();
  const freeOf = (key: ObjectKey) =>
    list.cap - run.lists.target.size(key) + (removed.get(key) ?? 0);
  const tight = [...counts].filter(([key, count]) => freeOf(key) - count < FEW_PLACES);
  const before = new Map([...counts.keys()].map((key) => [key, freeOf(key)]));
  const found = await Promise.all(tight.map(([key]) => addedMeanwhile(run, key)));
  for (const [key, places] of before) free.set(key, places);
  for (const [index, [key]] of tight.entries()) increment(free, key, -(found[index] ?? 0));
  return { free, skips: skipsOf(run, additions, new Set(tight.map(([key]) => key))) };
}

/** Records what was added to a type since it was read. @returns how many objects */
async function addedMeanwhile(run: RunContext, key: ObjectKey): Promise<number> {
  const { visionOne } = run.connections;
  const modifiedSince = visionOne.firstAnswerAt;
  let count = 0;
  for await (const page of readList(visionOne, run.job.list, { key, modifiedSince })) {
    for (const listed of page) if (run.lists.target.add(listed)) count++;
  }
  return count;
}

/** New objects that are listed now are left as they are. */
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

/** Warns if a type had more objects than its cap after the run, so that some were deleted. */
export async function evictedAfter(
  run: RunContext,
  { added, removed }: Applied,
): Promise<Warning[]> {
  const { job, lists, connections } = run;
  if (!job.list.byType || !job.run.settings.protect_existing) return [];
  const sizeOf = (key: ObjectKey) => lists.target.size(key) - (removed.get(key) ?? 0);
  const tight = [...added].filter(
    ([key, count]) => job.list.cap - sizeOf(key) - count < FEW_PLACES,
  );
  if (tight.length === 0 || connections.visionOne.client.ended) return [];
  try {
    const found = await Promise.all(tight.map(([key]) => addedMeanwhile(run, key)));
    // What this run added is among what was found, unless it was deleted already.
    const over = tight.map(([key, count], index) => {
      const before = sizeOf(key) - (found[index] ?? 0);
      return Math.max(0, before + Math.max(count, found[index] ?? 0) - job.list.cap);
    });
    const total = over.reduce((sum, count) => sum + count, 0);
    if (total === 0) return [];
    const message = `${plural(total, 'object')} more than the ${job.list.title} takes were added, probably by two exports at the same time: Vision One has deleted those closest to expiry`;
    return [{ code: 'evicted', message, count: total }];
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    const message = `whether the ${job.list.title} got too full could not be determined: ${error.text}`;
    return [{ code: 'lists_unread', message }];
  }
}
