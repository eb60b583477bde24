/**
 * One run of an action: read, plan, deliver, result. Whoever reads `run` below top to bottom knows
 * the program; everything it calls is told what to do and by whom it is limited.
 */
import { addressText } from '../http/address.js';
import type { Clock } from '../http/clock.js';
import { Failure } from '../http/failure.js';
import type { Reason } from '../http/retry.js';
import type { Transport } from '../http/send.js';
import { type Limits, type Observer, Service, type ServiceName } from '../http/service.js';
import { SafetyChecks } from '../safety/checks.js';
import { Coverage } from '../safety/coverage.js';
import type { Exclusions } from '../safety/exclusions.js';
import type { ThreatQAccess } from '../threatq/access.js';
import { ThreatQ } from '../threatq/client.js';
import { collectionByHash, collectionByName, type DataCollection } from '../threatq/collection.js';
import { type Indicator, readRow } from '../threatq/rows.js';
import { VisionOne } from '../vision-one/client.js';
import { LISTS, type List } from '../vision-one/lists.js';
import { OBJECT_KEYS, type ObjectKey } from '../vision-one/objects.js';
import {
  CHECK_PATIENCE_MS,
  CHECK_TIME_LIMIT_MS,
  type Check,
  checkThreatQ,
  checkVisionOne,
} from './check.js';
import { evictions, unblocked, type Warning } from './contradictions.js';
import { deliver } from './deliver.js';
import { Inventory } from './inventory.js';
import { type Closing, countsOf, type Entry, Ledger } from './ledger.js';
import { keyForType } from './map.js';
import { markOf } from './mark.js';
import { type Candidate, type Guards, Plan } from './plan.js';
import { indicatorOf, planRemoval, removalOf } from './removal.js';
import type { Mode, Result } from './result.js';
import type { Settings } from './settings.js';

/** Where the indicators come from. */
export type Origin =
  | { kind: 'collection'; by: 'hash' | 'name'; key: string; threatq: ThreatQAccess }
  | { kind: 'objects'; rows: unknown[] };

/** What is to be done, checked. */
export interface Run {
  origin: Origin;
  settings: Settings;
  visionOne: URL;
  /** ThreatQ's address, where it is known: it is never blocked. */
  threatqHost?: URL | undefined;
  /** Users' own lists of what is never exported. */
  exclusions?: Exclusions | undefined;
  timeLimitMs: number;
}

export type Phase = 'reading' | 'listing' | 'planning' | 'sending' | 'removing';

/** Told what a run is at, for whoever watches it. */
export interface Watcher extends Observer {
  /** @param total how many there are to do; null where nobody knows */
  phase?(name: Phase, total: number | null): void;
  progress?(done: number, accepted: number, rejected: number): void;
}

export interface Job {
  run: Run;
  list: List;
  /** The action's namespace, by which it knows again what it added. */
  action: string;
  mode: Mode;
  /** Removes what is gone even if that is more than half of what was added. */
  allowLargeRemoval: boolean;
  clock: Clock;
  transport: Transport;
  limits: Limits;
  userAgent: string;
  watcher: Watcher;
  /** Told of secrets that appear on the way, so that nothing repeats them. */
  onSecret: (secret: string) => void;
}

/** The part of a result that a run makes; the host adds who, when and which version. */
export type Outcome = Pick<
  Result,
  | 'status'
  | 'vision_one'
  | 'data_collection'
  | 'counts'
  | 'requests'
  | 'warnings'
  | 'list'
  | 'items'
  | 'checks'
  | 'error'
>;

/**
 * Indicators that one run reads at most where listed ones do not count against Objects Per Run. More
 * than the list can hold of all types, so that a run gets past all that is listed.
 */
const MOST_READ = 100_000;

/** Runs an action to its end; what fails is told in the outcome, and nothing is thrown for it. */
export async function runAction(job: Job): Promise<Outcome> {
  return new ActionRun(job).run();
}

/** Checks both connections; what fails is told in the outcome. */
export async function checkAction(job: Job): Promise<Outcome> {
  const deadline = Math.min(job.limits.deadline, job.clock.now() + CHECK_TIME_LIMIT_MS);
  const limits = { ...job.limits, deadline, patienceMs: CHECK_PATIENCE_MS };
  return new ActionRun({ ...job, limits }).check();
}

class ActionRun {
  readonly #threatq: Service;
  readonly #visionOne: VisionOne;
  readonly #ledger = new Ledger();
  readonly #inventory: Inventory;
  readonly #guards: Guards;
  readonly #warnings: Warning[] = [];
  readonly #added = new Map<ObjectKey, number>();
  /** Objects read of the lists. */
  #listed = 0;
  #entries: readonly Entry[] = [];
  #collection: Result['data_collection'] = null;
  /** The data collection was read to its end. */
  #complete = false;
  #exceptionsRead: Promise<void> | undefined;
  /** Why the lists could not be read: nothing is sent then. */
  #blocked: Failure | undefined;

  constructor(private readonly job: Job) {
    const service = (name: ServiceName, limits: Limits) =>
      new Service(name, job.transport, job.clock, limits, job.watcher);
    const { run, list, userAgent } = job;
    this.#threatq = service('ThreatQ', job.limits);
    // A preview can do without Vision One, and somebody sits and waits for it.
    const patience = job.mode === 'preview' ? { patienceMs: CHECK_PATIENCE_MS } : {};
    const visionOne = service('Vision One', { ...job.limits, ...patience });
    this.#visionOne = new VisionOne(visionOne, run.visionOne, run.settings.api_key, userAgent);
    this.#inventory = this.#inventoryOf(list);
    this.#guards = guardsOf(job, this.#inventory);
  }

  async run(): Promise<Outcome> {
    try {
      const plan = await this.#read();
      if (this.#blocked && !this.#previewsWithout(this.#blocked)) throw this.#blocked;
      this.job.watcher.phase?.('planning', plan.entries.length);
      const candidates = plan.take();
      await this.#lookForContradictions(plan, candidates).catch((error) => {
        if (!(error instanceof Failure && this.#previewsWithout(error))) throw error;
      });
      await this.#send(candidates);
      await this.#remove(plan);
      // What was removed has left room for others.
      await this.#send(plan.take());
      plan.close();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return this.#failed(error);
    }
    const left = this.#ledger.count('rejected') + this.#ledger.count('unsent');
    return this.#outcome(left > 0 ? 'Incomplete' : 'Completed');
  }

  async check(): Promise<Outcome> {
    const { run, list } = this.job;
    // Side by side, so that two services that do not answer are waited for once.
    const sheets = await Promise.all([
      this.#checkThreatQ(),
      checkVisionOne(this.#visionOne, addressText(run.visionOne), list),
    ]);
    const checks = sheets.flat();
    const failed = checks.find(({ ok }) => !ok);
    if (!failed) return { ...this.#outcome('Completed'), checks };
    const error = new Failure('check_failed', `${failed.name}: ${failed.message}`);
    return { ...this.#outcome('Failed to Complete', error), checks };
  }

  /** A preview may do without lists that cannot be reached for now; it says so. */
  #previewsWithout({ code, message }: Failure): boolean {
    if (this.job.mode !== 'preview' || code === 'no_access' || code === 'interrupted') return false;
    const told = `what is on the lists was not looked at, so more may be skipped: ${message}`;
    this.#warnings.push({ code: 'lists_unread', message: told });
    return true;
  }

  /** Nothing to check where the indicators are hand-picked. */
  async #checkThreatQ(): Promise<Check[]> {
    const { origin } = this.job.run;
    if (origin.kind === 'objects') return [];
    const threatq = this.#threatqClient(origin.threatq);
    return checkThreatQ(
      threatq,
      addressText(origin.threatq.host),
      () => openCollection(threatq, origin),
      ({ name, hash }, total) => {
        this.#collection = { name, hash, total };
      },
    );
  }

  /** Reads the indicators and plans what is sent of them. */
  async #read(): Promise<Plan> {
    const { origin, settings } = this.job.run;
    if (origin.kind === 'objects') {
      const plan = this.#plan(undefined);
      await this.#add(plan, origin.rows, () => Number.POSITIVE_INFINITY);
      return plan;
    }
    this.job.watcher.phase?.('reading', null);
    const collection = await openCollection(this.#threatqClient(origin.threatq), origin);
    const { name, hash } = collection;
    this.#collection = { name, hash, total: null };
    const plan = this.#plan(name ?? hash ?? '', markOf(sourceOf(this.job.action, origin)));
    const wanted = () =>
      Math.min(settings.objects_per_run - plan.counted, MOST_READ - this.#ledger.read);
    // How many rows hold what is wanted nobody knows where listed objects do not count: whole pages.
    const rowsWanted = () =>
      settings.existing_objects === 'skip' && wanted() > 0
        ? MOST_READ - this.#ledger.read
        : wanted();
    let cut = false;
    for await (const { rows, total } of collection.pages(rowsWanted)) {
      if (this.#collection.total === null && total !== null) {
        this.#collection.total = total;
        this.job.watcher.phase?.('reading', this.#toRead());
      }
      cut = await this.#add(plan, rows, wanted);
      this.#progress(this.#ledger.read);
    }
    // A read that ended because enough was read says nothing of what is behind it.
    const missing = (this.#collection.total ?? 0) > this.#ledger.read;
    this.#complete = !cut && !missing && wanted() > 0;
    if (this.#ledger.read >= MOST_READ) {
      const message = `${MOST_READ} indicators were read and the data collection goes on: split it`;
      this.#warnings.push({ code: 'read_limit', message });
    }
    return plan;
  }

  /** How many indicators will be read, as far as anyone can tell. */
  #toRead(): number | null {
    const total = this.#collection?.total ?? null;
    return total === null ? null : Math.min(total, this.job.run.settings.objects_per_run);
  }

  #plan(collection: string | undefined, mark?: string): Plan {
    const { list, run } = this.job;
    const plan = new Plan(this.#ledger, list, run.settings, collection, this.#guards, mark);
    this.#entries = plan.entries;
    return plan;
  }

  /** @returns whether rows are left that are not wanted any more */
  async #add(plan: Plan, rows: unknown[], wanted: () => number): Promise<boolean> {
    const indicators = rows.map(readRow);
    await this.#lookUp(plan, indicators);
    for (const indicator of indicators) {
      if (wanted() <= 0) return true;
      plan.add(indicator);
    }
    return false;
  }

  /** Reads of the lists what these indicators make necessary, once a run. */
  async #lookUp(plan: Plan, indicators: Indicator[]): Promise<void> {
    if (this.#blocked) return;
    const keys = new Set(indicators.flatMap(({ type }) => keyForType(type) ?? []));
    if (keys.size === 0) return;
    try {
      const { inventory, exceptions } = this.#guards;
      const isListed = (inventory?.has(keys) ?? true) && (!exceptions || this.#exceptionsRead);
      if (isListed) return;
      this.job.watcher.phase?.('listing', null);
      if (exceptions) this.#exceptionsRead ??= this.#readExceptions(exceptions);
      await Promise.all([inventory?.need(keys), this.#exceptionsRead]);
      this.job.watcher.phase?.('reading', this.#toRead());
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#blocked = error;
      plan.forgetLists();
    }
  }

  /** What a list holds; whoever watches is told how much of it was read. */
  #inventoryOf(list: List): Inventory {
    return new Inventory(this.#visionOne, list, (objects) => {
      this.#listed += objects;
      this.#progress(this.#listed);
    });
  }

  #progress(done: number): void {
    const [accepted, rejected] = [this.#ledger.count('accepted'), this.#ledger.count('rejected')];
    this.job.watcher.progress?.(done, accepted, rejected);
  }

  #threatqClient(access: ThreatQAccess): ThreatQ {
    const { clock, userAgent, onSecret } = this.job;
    return new ThreatQ(this.#threatq, access, clock, userAgent, onSecret);
  }

  /** The tenant's Exception List, once a run. */
  async #readExceptions(coverage: Coverage): Promise<void> {
    const exceptions = this.#inventoryOf(LISTS.exceptions);
    await exceptions.need(OBJECT_KEYS);
    for (const { key, value } of exceptions.all()) coverage.add(key, value);
  }

  /** Tells what the two lists, or the list and its cap, have against each other. */
  async #lookForContradictions(plan: Plan, candidates: Candidate[]): Promise<void> {
    if (this.#blocked) return;
    const { list, run } = this.job;
    const keys = new Set(candidates.map(({ key }) => key));
    if (list.name === 'suspicious_objects') {
      if (run.settings.protect_existing) return;
      for (const key of keys) {
        const listed = [...this.#inventory.all()].filter((object) => object.key === key);
        this.#warnings.push(...evictions(key, listed, plan.newObjects(key), list.cap));
      }
      return;
    }
    const suspicious = this.#inventoryOf(LISTS.suspicious_objects);
    this.job.watcher.phase?.('listing', null);
    await suspicious.need(typesAffected(keys));
    const coverage = new Coverage();
    // What is an exception already unblocks nothing any more.
    for (const { key, object, isNew } of candidates) {
      if (isNew) coverage.add(key, object[key] ?? '');
    }
    this.#warnings.push(...unblocked(coverage, suspicious.all()));
  }

  /**
   * Sends, or in a preview says what would be sent.
   * @throws {Failure} where Vision One gives no access and nothing was sent
   */
  async #send(candidates: Candidate[]): Promise<void> {
    if (candidates.length === 0) return;
    if (this.job.mode === 'preview') {
      closeAll(this.#ledger, candidates, { outcome: 'planned' });
      return;
    }
    this.job.watcher.phase?.('sending', candidates.length);
    await this.#deliver(
      candidates,
      ({ object }) => object,
      this.job.list.path,
      409,
      (entry) => {
        if (entry.isNew) this.#added.set(entry.key, (this.#added.get(entry.key) ?? 0) + 1);
        return 'accepted';
      },
    );
    const { ended } = this.#visionOne.service;
    const settled = this.#ledger.count('accepted') + this.#ledger.count('rejected');
    if (ended?.reason === 'no_access' && settled === 0) {
      throw new Failure('no_access', ended.message);
    }
  }

  /** Takes off the list what the data collection no longer yields, if all of it was read. */
  async #remove(plan: Plan): Promise<void> {
    const { run, list, action, mode, limits } = this.job;
    const { origin, settings } = run;
    if (settings.removed_indicators !== 'remove' || origin.kind === 'objects') return;
    const skip = this.#whyNotRemove(limits.stopping);
    if (skip) {
      this.#notRemoved(skip);
      return;
    }
    try {
      if (!this.#inventory.has(OBJECT_KEYS)) this.job.watcher.phase?.('listing', null);
      await this.#inventory.need(OBJECT_KEYS);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // All else was done: that nothing can be compared is no failure of what was sent.
      this.#notRemoved(error.message);
      return;
    }
    const mark = markOf(sourceOf(action, origin));
    const removal = planRemoval(this.#inventory.all(), mark, plan.yielded);
    if (removal.suspicious && !this.job.allowLargeRemoval) {
      const message = `${removal.gone.length} of the ${removal.marked} objects that this action added from this data collection are no longer in it, which is more than half: nothing was removed. Look at the data collection; --allow-large-removal removes them`;
      this.#warnings.push({ code: 'removal_refused', message });
      return;
    }
    const entries = removal.gone.map((listed) => ({
      ...this.#ledger.open(indicatorOf(listed), removalOf(listed)),
      key: listed.key,
    }));
    if (mode === 'preview') {
      closeAll(this.#ledger, entries, { outcome: 'planned', removal: true });
      for (const { key } of entries) plan.free(key, 1);
    } else if (entries.length > 0) {
      this.job.watcher.phase?.('removing', entries.length);
      const path = `${list.path}/delete`;
      // What is not there any more is as good as removed.
      await this.#deliver(
        entries,
        ({ object }) => object,
        path,
        404,
        ({ key }) => {
          plan.free(key, 1);
          return 'removed';
        },
      );
    }
  }

  #notRemoved(why: string): void {
    this.#warnings.push({ code: 'removal_skipped', message: `nothing was removed: ${why}` });
  }

  #whyNotRemove(stopping: AbortSignal): string | undefined {
    if (stopping.aborted) return 'the run was interrupted';
    if (!this.#complete) {
      return 'the data collection was not read to its end; raise Objects Per Run above its size';
    }
    return this.#visionOne.service.ended?.message;
  }

  async #deliver<T extends Entry>(
    objects: T[],
    payload: (entry: T) => unknown,
    path: string,
    alsoDone: number,
    done: (entry: T) => 'accepted' | 'removed',
  ): Promise<void> {
    let settledCount = 0;
    await deliver({
      objects,
      payload,
      path,
      maxItems: this.job.list.maxPerRequest,
      alsoDone: [alsoDone],
      visionOne: this.#visionOne,
      settle: (entry, settled) => {
        settledCount++;
        const closing = settled.outcome === 'done' ? { outcome: done(entry) } : settled;
        this.#ledger.close(entry, closing);
      },
      onChunk: () => this.#progress(settledCount),
    });
  }

  /** What was not settled stays unsent; whether the run failed or is incomplete depends on why. */
  #failed(error: Failure): Outcome {
    const reason = UNSENT_REASONS.find((code) => code === error.code) ?? 'service_unavailable';
    closeAll(this.#ledger, this.#entries, { outcome: 'unsent', reason, message: error.message });
    // A run that was told to stop, or whose Vision One is away for now, ran as far as it could.
    if (INCOMPLETE_REASONS.includes(error.code)) return this.#outcome('Incomplete');
    return this.#outcome('Failed to Complete', error);
  }

  #outcome(status: Result['status'], error?: Failure): Outcome {
    const items = this.#ledger.items();
    const { requests: threatq } = this.#threatq;
    const { requests: visionOne } = this.#visionOne.service;
    return {
      status,
      vision_one: addressText(this.job.run.visionOne),
      data_collection: this.#collection,
      counts: countsOf(this.#ledger.read, items),
      requests: {
        threatq: threatq.sent,
        vision_one: visionOne.sent,
        retries: threatq.retries + visionOne.retries,
        waited_ms: Math.round(threatq.waitedMs + visionOne.waitedMs),
      },
      warnings: this.#warnings,
      list: this.#listFacts(),
      items,
      error: error ? { code: error.code, message: error.message } : null,
    };
  }

  /** How full the list was, by type, or in all where its cap is one for all. */
  #listFacts(): Result['list'] {
    const { keys, list } = this.#inventory;
    if (keys.length === 0) return null;
    const facts = keys.map((key) => ({
      name: list.byType ? key : 'all',
      listed: this.#inventory.size(key),
      added: this.#added.get(key) ?? 0,
    }));
    const result: NonNullable<Result['list']> = {};
    for (const { name, listed, added } of facts) {
      const before = result[name] ?? { listed: 0, added: 0 };
      result[name] = { listed: before.listed + listed, cap: list.cap, added: before.added + added };
    }
    return result;
  }
}

/** Reasons of unsent objects that a failure's code can be. */
const UNSENT_REASONS: Reason[] = [
  'rate_limited',
  'service_unavailable',
  'no_answer',
  'time_limit',
  'interrupted',
  'no_access',
];
const INCOMPLETE_REASONS = UNSENT_REASONS.filter((reason) => reason !== 'no_access') as string[];

/** What a plan looks at, as the settings say. */
function guardsOf({ run, list }: Job, inventory: Inventory): Guards {
  const { settings, origin, exclusions } = run;
  // Who is not known to have added an object must not be taken for us: so a collection, whose
  // objects are marked, is compared with the list, and so is whatever leaves room or gaps.
  const compares =
    list.takesSettings || origin.kind === 'collection' || settings.existing_objects === 'skip';
  return {
    ...(compares && { inventory }),
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

function sourceOf(action: string, { threatq, by, key }: Origin & { kind: 'collection' }) {
  return { action, threatq: addressText(threatq.host), by, key };
}

/** An exception for a domain may unblock URLs too. */
function typesAffected(keys: Set<ObjectKey>): Set<ObjectKey> {
  return keys.has('domain') || keys.has('ip') ? new Set([...keys, 'url']) : keys;
}

/** Closes those that are still open. */
function closeAll(ledger: Ledger, entries: readonly Entry[], closing: Closing): void {
  for (const entry of entries) if (ledger.isOpen(entry)) ledger.close(entry, closing);
}

/** By hash there is nothing to look up: the first page tells whether it is there. */
async function openCollection(
  threatq: ThreatQ,
  origin: Origin & { kind: 'collection' },
): Promise<DataCollection> {
  return origin.by === 'hash'
    ? collectionByHash(threatq, origin.key)
    : await collectionByName(threatq, origin.key);
}
