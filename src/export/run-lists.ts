/** The lists of Vision One that a run has to know: what it reads of them, and when. */
import type { ObjectKey } from '../indicator/indicator.js';
import { OBJECT_KEYS } from '../indicator/indicator.js';
import type { Result } from '../result/result.js';
import { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { VisionOne } from '../vision-one/client.js';
import type { Listed } from '../vision-one/list-reader.js';
import { LISTS, type List } from '../vision-one/lists.js';
import type { Job } from './job.js';
import { ListIndex } from './list-index.js';

export interface RunLists {
  /** The list that is written to. */
  target: ListIndex;
  /** The Exception List; undefined if no safety check needs it. */
  exceptions: { index: ListIndex; matcher: ExceptionMatcher } | undefined;
  /** A list that only warnings need. */
  open(list: List): ListIndex;
}

/** @param onProgress called after each page with the number of objects read so far, of all lists */
export function openLists(
  { list, run }: Job,
  visionOne: VisionOne,
  onProgress: (objects: number) => void,
): RunLists {
  let objects = 0;
  const open = (opened: List, onPage: (page: Listed[]) => void = () => {}) =>
    new ListIndex(visionOne, opened, (page) => {
      onPage(page);
      objects += page.length;
      onProgress(objects);
    });
  return {
    target: open(list),
    exceptions: run.settings.safety_checks ? openExceptions(open) : undefined,
    open: (other) => open(other),
  };
}

function openExceptions(open: (list: List, onPage: (page: Listed[]) => void) => ListIndex) {
  const matcher = new ExceptionMatcher();
  const index = open(LISTS.exceptions, (page) => {
    for (const { key, value } of page) matcher.add(key, value);
  });
  return { index, matcher };
}

/** Whether everything that objects of these types need was read, or is being read. */
export function areRead({ target, exceptions }: RunLists, keys: ReadonlySet<ObjectKey>): boolean {
  return target.has(keys) && (exceptions?.index.has(OBJECT_KEYS) ?? true);
}

/**
 * Reads everything that objects of these types need and that was not read yet.
 * @throws {RunError} if a list cannot be read
 */
export async function readLists(
  { target, exceptions }: RunLists,
  keys: ReadonlySet<ObjectKey>,
): Promise<void> {
  await Promise.all([target.need(keys), exceptions?.index.need(OBJECT_KEYS)]);
}

/**
 * How full the target list was before the run, and what the run added.
 * @returns by type, or under `all` if the list has one cap for all types; null if it was not read
 */
export function listFacts(
  target: ListIndex,
  added: ReadonlyMap<ObjectKey, number>,
): Result['list'] {
  const { keys, list } = target;
  if (keys.length === 0) return null;
  const facts: NonNullable<Result['list']> = {};
  for (const key of keys) {
    const name = list.byType ? key : 'all';
    const before = facts[name] ?? { listed: 0, added: 0 };
    facts[name] = {
      listed: before.listed + target.size(key),
      cap: list.cap,
      added: before.added + (added.get(key) ?? 0),
    };
  }
  return facts;
}
