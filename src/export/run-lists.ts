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
import { ListReading } from './list-reading.js';

/** The lists are read while the data collection is read. */
export class RunLists {
  /** The list that is written to. */
  readonly target: ListIndex;
  /** The Exception List; undefined if no safety check needs it. */
  readonly exceptions: ExceptionMatcher | undefined;
  readonly #target: ListReading;
  readonly #exceptions: ListReading | undefined;
  readonly #job: Job;
  readonly #visionOne: VisionOne;
  readonly #onProgress: (objects: number) => void;
  /** The reading whose progress is reported: while the data collection is read, none. */
  #shown: ListReading | undefined;

  /** @param onProgress called after each page with how many objects of the reported list were read so far */
  constructor(job: Job, visionOne: VisionOne, onProgress: (objects: number) => void) {
    this.#job = job;
    this.#visionOne = visionOne;
    this.#onProgress = onProgress;
    this.#target = this.#open(job.list);
    this.target = this.#target.index;
    if (!job.run.settings.safety_checks) return;
    const matcher = new ExceptionMatcher();
    this.exceptions = matcher;
    this.#exceptions = this.#open(LISTS.exceptions, (page) => {
      for (const { key, value } of page) matcher.add(key, value);
    });
  }

  /** Begins to read what objects of these types need, unless it is being read already. */
  start(keys: ReadonlySet<ObjectKey>): void {
    if (keys.size === 0) return;
    this.#target.start(keys);
    this.#exceptions?.start(OBJECT_KEYS);
  }

  /**
   * Waits until everything that was begun is read, and reports the progress from now on.
   * @returns why a list could not be read; undefined if all were read
   */
  async readError(): Promise<RunError | undefined> {
    const readings = [this.#target, ...(this.#exceptions ? [this.#exceptions] : [])];
    try {
      await this.#finish(readings.filter(({ isBegun }) => isBegun));
      return undefined;
    } catch (error) {
      if (error instanceof RunError) return error;
      throw error;
    }
  }

  /**
   * Reads these types of another list.
   * @throws {RunError} if it cannot be read
   */
  async read(list: List, keys: ReadonlySet<ObjectKey>): Promise<ListIndex> {
    const reading = this.#open(list);
    if (keys.size > 0) {
      reading.start(keys);
      await this.#finish([reading]);
    }
    return reading.index;
  }

  #open(list: List, onPage: (page: Listed[]) => void = () => {}): ListReading {
    const index = new ListIndex(this.#visionOne, list, (page) => {
      onPage(page);
      reading.addPage(page);
      if (this.#shown === reading) this.#onProgress(reading.objects);
    });
    const reading = new ListReading(index, this.#job.clock.now);
    return reading;
  }

  /** Waits for readings that were begun, and reports one after another. */
  async #finish(readings: ListReading[]): Promise<void> {
    const { listener } = this.#job;
    const all = Promise.all(readings.map((reading) => reading.end()));
    // Its error is that of the wait below.
    all.catch(() => {});
    try {
      for (const reading of readings) {
        this.#show(reading);
        // The wait ends too if another list fails.
        await Promise.race([reading.end(), all]);
        const { title: list } = reading.index.list;
        const { objects: done, tookMs: took_ms } = reading;
        listener.finished?.({ phase: 'listing', list, done, rejected: 0, took_ms });
      }
    } finally {
      this.#shown = undefined;
    }
  }

  #show(reading: ListReading): void {
    this.#shown = reading;
    this.#job.listener.phase?.('listing', null, reading.index.list.title);
    if (reading.objects > 0) this.#onProgress(reading.objects);
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
