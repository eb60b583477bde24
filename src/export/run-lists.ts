/** The lists of Vision One that a run has to know: what it reads of them, and when. */
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import type { Result } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { VisionOne } from '../vision-one/client.js';
import type { Listed } from '../vision-one/list-reader.js';
import { LISTS, type List } from '../vision-one/lists.js';
import type { Applied } from './changes.js';
import { ownerOf } from './compare.js';
import type { CountByType } from './count-by-type.js';
import type { Job } from './job.js';
import { ListIndex } from './list-index.js';

/** The lists are read while the data collection is read. */
export class RunLists {
  /** The list that is written to. */
  readonly target: ListIndex;
  /** The Exception List; undefined if no safety check needs it. */
  readonly exceptions: ExceptionMatcher | undefined;
  readonly #exceptionIndex: ListIndex | undefined;
  readonly #visionOne: VisionOne;
  readonly #onProgress: (objects: number) => void;
  readonly #reading: Promise<void>[] = [];
  #objects = 0;

  /** @param onProgress called after each page with the number of objects read so far, of all lists */
  constructor({ list, run }: Job, visionOne: VisionOne, onProgress: (objects: number) => void) {
    this.#visionOne = visionOne;
    this.#onProgress = onProgress;
    this.target = this.open(list);
    if (!run.settings.safety_checks) return;
    const matcher = new ExceptionMatcher();
    this.exceptions = matcher;
    this.#exceptionIndex = this.open(LISTS.exceptions, (page) => {
      for (const { key, value } of page) matcher.add(key, value);
    });
  }

  /** An index of a list. */
  open(list: List, onPage: (page: Listed[]) => void = () => {}): ListIndex {
    return new ListIndex(this.#visionOne, list, (page) => {
      onPage(page);
      this.#objects += page.length;
      this.#onProgress(this.#objects);
    });
  }

  /** Begins to read what objects of these types need, unless it is being read already. */
  start(keys: ReadonlySet<ObjectKey>): void {
    if (keys.size === 0) return;
    for (const reading of [this.target.need(keys), this.#exceptionIndex?.need(OBJECT_KEYS)]) {
      if (!reading) continue;
      // The error is kept until the lists are waited for.
      reading.catch(() => {});
      this.#reading.push(reading);
    }
  }

  /**
   * Waits until everything that was begun is read.
   * @returns why a list could not be read; undefined if all were read
   */
  async readError(): Promise<RunError | undefined> {
    try {
      await Promise.all(this.#reading);
      return undefined;
    } catch (error) {
      if (error instanceof RunError) return error;
      throw error;
    }
  }
}

/** The facts of each type of the list that was read, before the run changes anything. */
export function listFacts(target: ListIndex, ownerTag: string | undefined): Result['list'] {
  if (target.keys.length === 0) return null;
  const { list } = target;
  const facts: NonNullable<Result['list']> = {};
  for (const key of target.keys) {
    const name = factName(list, key);
    facts[name] ??= { listed: 0, ours: 0, cap: list.cap, added: 0, removed: 0 };
    facts[name].listed += target.size(key);
  }
  for (const [, listed] of target.all()) {
    const fact = facts[factName(list, listed.key)];
    if (fact && ownerTag !== undefined && ownerOf(listed, ownerTag) === 'ours') fact.ours++;
  }
  return facts;
}

/** The facts with what the run added and removed. */
export function withChanges(
  facts: NonNullable<Result['list']>,
  list: List,
  { added, removed }: Applied,
): Result['list'] {
  const sum = (counts: CountByType, name: string) =>
    [...counts].reduce((all, [key, count]) => all + (factName(list, key) === name ? count : 0), 0);
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => [
      name,
      { ...fact, added: sum(added, name), removed: sum(removed, name) },
    ]),
  );
}

/** The name of a type in the facts: `all` if the list has one cap for all types. */
function factName(list: List, key: ObjectKey): string {
  return list.byType ? key : 'all';
}
