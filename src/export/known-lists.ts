/** What a run knows of the lists, and looks at while it plans. */

import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { SafetyChecks } from '../safety/checks.js';
import { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { VisionOne } from '../vision-one/client.js';
import { LISTS, type List } from '../vision-one/lists.js';
import type { Job, Run } from './job.js';
import { ListIndex } from './list-index.js';
import type { Candidate, PlanContext } from './plan.js';
import { evictions, unblocked } from './warnings.js';

export class KnownLists {
  /** Of the list that is written to. */
  readonly listIndex: ListIndex;
  readonly context: PlanContext;
  /** Why a list could not be read. */
  failure: RunError | undefined;
  #exceptionsRead: Promise<void> | undefined;
  #objects = 0;

  /** @param onProgress told how many objects were read so far */
  constructor(
    private readonly job: Job,
    private readonly visionOne: VisionOne,
    private readonly onProgress: (objects: number) => void,
  ) {
    this.listIndex = this.listIndexOf(job.list);
    this.context = planContextOf(job, this.listIndex);
  }

  /** What a list holds, to be read. */
  listIndexOf(list: List): ListIndex {
    return new ListIndex(this.visionOne, list, (objects) => {
      this.#objects += objects;
      this.onProgress(this.#objects);
    });
  }

  /** Whether nothing has to be read before objects of these types can be planned. */
  has(keys: ReadonlySet<ObjectKey>): boolean {
    const { listIndex, exceptions } = this.context;
    return (listIndex?.has(keys) ?? true) && (!exceptions || this.#exceptionsRead !== undefined);
  }

  /** Reads what objects of these types make necessary, once a run; a list that fails is not read again. */
  async need(keys: ReadonlySet<ObjectKey>): Promise<void> {
    const { listIndex, exceptions } = this.context;
    try {
      if (exceptions) this.#exceptionsRead ??= this.#readExceptions(exceptions);
      await Promise.all([listIndex?.need(keys), this.#exceptionsRead]);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      this.failure = error;
    }
  }

  /**
   * What the two lists have against each other, or the list against its cap, once objects are added.
   * @throws {RunError} where the list that has to be looked at cannot be read
   */
  async contradictions(candidates: Candidate[]): Promise<Warning[]> {
    if (this.failure) return [];
    const { list, run, clock, listener } = this.job;
    const keys = new Set(candidates.map(({ key }) => key));
    if (list.name === 'suspicious_objects') {
      if (run.settings.protect_existing) return [];
      return [...keys].flatMap((key) => {
        const ofKey = <T extends { key: ObjectKey }>(objects: Iterable<T>) =>
          [...objects].filter((object) => object.key === key);
        const listed = ofKey(this.listIndex.all());
        return evictions(key, listed, ofKey(candidates), list.cap, clock.wallNow());
      });
    }
    const suspicious = this.listIndexOf(LISTS.suspicious_objects);
    listener.phase?.('listing', null);
    await suspicious.need(typesAffected(keys));
    const coverage = new ExceptionMatcher();
    // What is an exception already unblocks nothing any more.
    for (const { key, object, isNew } of candidates) {
      if (isNew) coverage.add(key, object[key] ?? '');
    }
    return unblocked(coverage, suspicious.all());
  }

  /** How full the list was, by type, or in all where its cap is one for all; null where it was not read. */
  facts(added: ReadonlyMap<ObjectKey, number>): Result['list'] {
    const { keys, list } = this.listIndex;
    if (keys.length === 0) return null;
    const result: NonNullable<Result['list']> = {};
    for (const key of keys) {
      const name = list.byType ? key : 'all';
      const before = result[name] ?? { listed: 0, added: 0 };
      result[name] = {
        listed: before.listed + this.listIndex.size(key),
        cap: list.cap,
        added: before.added + (added.get(key) ?? 0),
      };
    }
    return result;
  }

  async #readExceptions(coverage: ExceptionMatcher): Promise<void> {
    const exceptions = this.listIndexOf(LISTS.exceptions);
    await exceptions.need(OBJECT_KEYS);
    for (const { key, value } of exceptions.all()) coverage.add(key, value);
  }
}

/** An exception for a domain may unblock URLs too. */
function typesAffected(keys: Set<ObjectKey>): Set<ObjectKey> {
  return keys.has('domain') || keys.has('ip') ? new Set([...keys, 'url']) : keys;
}

/** What a plan looks at, as the settings say. */
function planContextOf({ run }: Job, listIndex: ListIndex): PlanContext {
  const { settings, exclusions } = run;
  return {
    // Always: what is sent again keeps the mark that it has on the list, or has not.
    listIndex,
    ...(exclusions && { exclusions }),
    ...(settings.safety_checks && {
      safety: new SafetyChecks(platformsOf(run)),
      exceptions: new ExceptionMatcher(),
    }),
  };
}

/** The hosts that the export depends on, without the brackets of IPv6 or a trailing dot. */
function platformsOf({ threatqHost, visionOne }: Run): string[] {
  return [threatqHost, visionOne].flatMap((url) => url?.hostname.replace(/^\[|\]$|\.$/g, '') ?? []);
}
