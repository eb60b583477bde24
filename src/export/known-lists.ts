/** What a run knows of the lists, and looks at while it plans. */
import { Failure } from '../result/run-error.js';
import { SafetyChecks } from '../safety/checks.js';
import { Coverage } from '../safety/exception-matcher.js';
import type { VisionOne } from '../vision-one/client.js';
import { LISTS, type List } from '../vision-one/lists.js';
import { OBJECT_KEYS, type ObjectKey } from '../vision-one/payload.js';
import { evictions, unblocked, type Warning } from './warnings.js';
import { Inventory } from './list-index.js';
import type { Job, Run } from './job.js';
import type { Candidate, Guards } from './plan.js';
import type { Result } from '../result/result.js';

export class KnownLists {
  /** Of the list that is written to. */
  readonly inventory: Inventory;
  readonly guards: Guards;
  /** Why a list could not be read. */
  failure: Failure | undefined;
  #exceptionsRead: Promise<void> | undefined;
  #objects = 0;

  /** @param onProgress told how many objects were read so far */
  constructor(
    private readonly job: Job,
    private readonly visionOne: VisionOne,
    private readonly onProgress: (objects: number) => void,
  ) {
    this.inventory = this.inventoryOf(job.list);
    this.guards = guardsOf(job, this.inventory);
  }

  /** What a list holds, to be read. */
  inventoryOf(list: List): Inventory {
    return new Inventory(this.visionOne, list, (objects) => {
      this.#objects += objects;
      this.onProgress(this.#objects);
    });
  }

  /** Whether nothing has to be read before objects of these types can be planned. */
  has(keys: ReadonlySet<ObjectKey>): boolean {
    const { inventory, exceptions } = this.guards;
    return (inventory?.has(keys) ?? true) && (!exceptions || this.#exceptionsRead !== undefined);
  }

  /** Reads what objects of these types make necessary, once a run; a list that fails is not read again. */
  async need(keys: ReadonlySet<ObjectKey>): Promise<void> {
    const { inventory, exceptions } = this.guards;
    try {
      if (exceptions) this.#exceptionsRead ??= this.#readExceptions(exceptions);
      await Promise.all([inventory?.need(keys), this.#exceptionsRead]);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.failure = error;
    }
  }

  /**
   * What the two lists have against each other, or the list against its cap, once objects are added.
   * @throws {Failure} where the list that has to be looked at cannot be read
   */
  async contradictions(candidates: Candidate[]): Promise<Warning[]> {
    if (this.failure) return [];
    const { list, run, clock, watcher } = this.job;
    const keys = new Set(candidates.map(({ key }) => key));
    if (list.name === 'suspicious_objects') {
      if (run.settings.protect_existing) return [];
      return [...keys].flatMap((key) => {
        const ofKey = <T extends { key: ObjectKey }>(objects: Iterable<T>) =>
          [...objects].filter((object) => object.key === key);
        const listed = ofKey(this.inventory.all());
        return evictions(key, listed, ofKey(candidates), list.cap, clock.wallNow());
      });
    }
    const suspicious = this.inventoryOf(LISTS.suspicious_objects);
    watcher.phase?.('listing', null);
    await suspicious.need(typesAffected(keys));
    const coverage = new Coverage();
    // What is an exception already unblocks nothing any more.
    for (const { key, object, isNew } of candidates) {
      if (isNew) coverage.add(key, object[key] ?? '');
    }
    return unblocked(coverage, suspicious.all());
  }

  /** How full the list was, by type, or in all where its cap is one for all; null where it was not read. */
  facts(added: ReadonlyMap<ObjectKey, number>): Result['list'] {
    const { keys, list } = this.inventory;
    if (keys.length === 0) return null;
    const result: NonNullable<Result['list']> = {};
    for (const key of keys) {
      const name = list.byType ? key : 'all';
      const before = result[name] ?? { listed: 0, added: 0 };
      result[name] = {
        listed: before.listed + this.inventory.size(key),
        cap: list.cap,
        added: before.added + (added.get(key) ?? 0),
      };
    }
    return result;
  }

  async #readExceptions(coverage: Coverage): Promise<void> {
    const exceptions = this.inventoryOf(LISTS.exceptions);
    await exceptions.need(OBJECT_KEYS);
    for (const { key, value } of exceptions.all()) coverage.add(key, value);
  }
}

/** An exception for a domain may unblock URLs too. */
function typesAffected(keys: Set<ObjectKey>): Set<ObjectKey> {
  return keys.has('domain') || keys.has('ip') ? new Set([...keys, 'url']) : keys;
}

/** What a plan looks at, as the settings say. */
function guardsOf({ run }: Job, inventory: Inventory): Guards {
  const { settings, exclusions } = run;
  return {
    // Always: what is sent again keeps the mark that it has on the list, or has not.
    inventory,
    ...(exclusions && { exclusions }),
    ...(settings.safety_checks && {
      safety: new SafetyChecks(platformsOf(run)),
      exceptions: new Coverage(),
    }),
  };
}

/** The hosts that the export depends on, without the brackets of IPv6 or a trailing dot. */
function platformsOf({ threatqHost, visionOne }: Run): string[] {
  return [threatqHost, visionOne].flatMap((url) => url?.hostname.replace(/^\[|\]$|\.$/g, '') ?? []);
}
