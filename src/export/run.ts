/**
 * One run of an action: read, plan, deliver, result. Whoever reads `run` below top to bottom knows
 * the program; everything it calls is told what to do and by whom it is limited.
 */
import { addressText } from '../http/address.js';
import { type Indicator, OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { ENDED_EARLY, STOP_REASONS } from '../result/reasons.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { readRow } from '../threatq/row-parser.js';
import { type CollectionOrigin, openCollection, Session } from './connect.js';
import { INTERNAL_ERROR, type Job, type Outcome } from './job.js';
import { KnownLists } from './known-lists.js';
import { countsOf, type Entry, Ledger } from './ledger.js';
import { keyForType } from './map.js';
import { ownerTagOf } from './mark.js';
import { type Candidate, Plan } from './plan.js';
import { indicatorOf, planRemoval, removalOf } from './removal.js';
import { deliver } from './send.js';

/**
 * Indicators that one run reads at most where listed ones do not count against Objects Per Run. More
 * than the list can hold of all types, so that a run gets past all that is listed.
 */
const MOST_READ = 100_000;

/** Runs an action to its end; what fails is told in the outcome, and nothing is thrown for it. */
export async function runAction(job: Job): Promise<Outcome> {
  return new ActionRun(job).run();
}

class ActionRun {
  readonly #session: Session;
  readonly #lists: KnownLists;
  readonly #ledger = new Ledger();
  readonly #warnings: Warning[] = [];
  readonly #added = new Map<ObjectKey, number>();
  #collection: Result['data_collection'] = null;
  /** The largest size that ThreatQ gave of the data collection while it was read. */
  #largestTotal = 0;
  /** Why the data collection was not read to its end; undefined where it was. */
  #incomplete: string | undefined;
  /** The run was told to stop before it came to removing. */
  #cutShort = false;

  constructor(private readonly job: Job) {
    this.#warnings.push(...(job.run.exclusions?.warnings ?? []));
    this.#session = new Session(job);
    this.#lists = new KnownLists(job, this.#session.visionOne, (objects) =>
      this.#progress(objects),
    );
  }

  async run(): Promise<Outcome> {
    try {
      const plan = await this.#readAll();
      this.job.listener.phase?.('planning', plan.entries.length);
      const candidates = plan.take();
      await this.#warnOf(candidates);
      await this.#send(candidates);
      await this.#remove(plan);
      // What was removed has left room for others.
      await this.#send(plan.take());
      plan.close();
    } catch (error) {
      return error instanceof RunError ? this.#failed(error) : this.#internalError();
    }
    const left = this.#ledger.count('rejected') + this.#ledger.count('unsent');
    return this.#outcome(left > 0 || this.#cutShort ? 'Incomplete' : 'Completed');
  }

  /** @throws {RunError} if the indicators, or the lists that are needed for them, cannot be read */
  async #readAll(): Promise<Plan> {
    const plan = await this.#read().catch((error: unknown) => {
      const { failure } = this.#lists;
      if (!failure || !(error instanceof RunError)) throw error;
      // The list failed first, so its failure is reported.
      const message = `the data collection was not read to its end: ${error.text}`;
      this.#warnings.push({ code: 'read_short', message });
      throw failure;
    });
    const { failure } = this.#lists;
    if (failure && !this.#previewsWithout(failure)) throw failure;
    return plan;
  }

  /** A preview may do without lists that cannot be reached for now; it says so. */
  #previewsWithout({ code, text }: RunError): boolean {
    if (this.job.mode !== 'preview' || code === 'no_access' || code === 'interrupted') return false;
    const message = `what is on the lists was not looked at, so more may be skipped: ${text}`;
    this.#warnings.push({ code: 'lists_unread', message });
    return true;
  }

  /** Tells what the two lists, or the list and its cap, have against what is to be sent. */
  async #warnOf(candidates: Candidate[]): Promise<void> {
    try {
      this.#warnings.push(...(await this.#lists.contradictions(candidates)));
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      if (this.#previewsWithout(error)) return;
      // Warnings alone come of it: no reason to send nothing, where anything can be sent at all.
      if (this.#session.visionOne.service.ended) throw error;
      const message = `what this unblocks or pushes out could not be looked at: ${error.text}`;
      this.#warnings.push({ code: 'lists_unread', message });
    }
  }

  /** Reads the indicators and plans what is sent of them. */
  async #read(): Promise<Plan> {
    const { origin, settings } = this.job.run;
    if (origin.kind === 'objects') {
      const plan = this.#plan(undefined);
      await this.#add(plan, origin.rows, () => Number.POSITIVE_INFINITY);
      return plan;
    }
    this.job.listener.phase?.('reading', null);
    const collection = await openCollection(this.#session.threatq(origin), origin);
    const { name, hash } = collection;
    this.#collection = { name, hash, total: null };
    const plan = this.#plan(name ?? hash ?? '', ownerTagOf(sourceOf(this.job.action, origin)));
    const wanted = () =>
      Math.min(settings.objects_per_run - plan.counted, MOST_READ - this.#ledger.read);
    const rowsWanted = () => {
      // One row more, where only that it is not there shows that the end was reached.
      if (wanted() <= 0) return this.#seemsRead() && this.#removes ? 1 : 0;
      // How many rows hold what is wanted nobody knows where listed objects do not count: whole pages.
      return settings.existing_objects === 'skip' ? MOST_READ - this.#ledger.read : wanted();
    };
    let cut = false;
    for await (const { rows, total, moved, rowsLeftOut } of collection.pages(
      rowsWanted,
      this.#removes,
    )) {
      if (moved) this.#incomplete = 'the data collection changed while it was read; run again';
      if (rowsLeftOut) this.#readShort();
      this.#largestTotal = Math.max(this.#largestTotal, total ?? 0);
      if (this.#collection.total === null && total !== null) {
        this.#collection.total = total;
        this.job.listener.phase?.('reading', this.#toRead());
      }
      cut = await this.#add(plan, rows, wanted);
      this.#progress(this.#ledger.read);
      if (cut) break;
    }
    // A read that ended because enough was read says nothing of what is behind it.
    if (cut || rowsWanted() === 0) {
      this.#incomplete ??=
        'the data collection was not read to its end; raise Objects Per Run above its size';
    } else if (!this.#seemsRead()) {
      this.#incomplete ??=
        'ThreatQ says that the data collection has more indicators than it gave; run again';
    }
    if (this.#ledger.read >= MOST_READ) {
      const message = `${MOST_READ} indicators were read and the data collection goes on: split it`;
      this.#warnings.push({ code: 'read_limit', message });
    }
    return plan;
  }

  /** ThreatQ gave a page with more rows than a page may have. */
  #readShort(): void {
    this.#incomplete =
      'ThreatQ ignored the page size and gave too many indicators at once, so some were not read; tell the administrator of ThreatQ';
    if (this.#warnings.some(({ code }) => code === 'read_short')) return;
    this.#warnings.push({ code: 'read_short', message: this.#incomplete });
  }

  /** Whether as many indicators were read as the data collection has, as far as ThreatQ's total is right. */
  #seemsRead(): boolean {
    return this.#largestTotal <= this.#ledger.read;
  }

  get #removes(): boolean {
    const { origin, settings } = this.job.run;
    return settings.removed_indicators === 'remove' && origin.kind === 'collection';
  }

  /** How many indicators will be read, as far as anyone can tell. */
  #toRead(): number | null {
    const total = this.#collection?.total ?? null;
    return total === null ? null : Math.min(total, this.job.run.settings.objects_per_run);
  }

  #plan(collection: string | undefined, mark?: string): Plan {
    const { list, run } = this.job;
    return new Plan(this.#ledger, list, run.settings, collection, this.#lists.context, mark);
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

  /** Reads of the lists what these indicators make necessary. */
  async #lookUp(plan: Plan, indicators: Indicator[]): Promise<void> {
    const keys = new Set(indicators.flatMap(({ type }) => keyForType(type) ?? []));
    if (keys.size === 0 || this.#lists.failure || this.#lists.has(keys)) return;
    this.job.listener.phase?.('listing', null);
    await this.#lists.need(keys);
    if (this.#lists.failure) plan.forgetLists();
    this.job.listener.phase?.('reading', this.#toRead());
  }

  #progress(done: number): void {
    const [accepted, rejected] = [this.#ledger.count('accepted'), this.#ledger.count('rejected')];
    this.job.listener.progress?.(done, accepted, rejected);
  }

  /**
   * Sends, or in a preview says what would be sent.
   * @throws {RunError} where Vision One gives no access and nothing was sent
   */
  async #send(candidates: Candidate[]): Promise<void> {
    if (candidates.length === 0) return;
    if (this.job.mode === 'preview') {
      for (const candidate of candidates) this.#ledger.close(candidate, { outcome: 'planned' });
      return;
    }
    this.job.listener.phase?.('sending', candidates.length);
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
    const { ended } = this.#session.visionOne.service;
    if (ended?.reason === 'no_access' && !this.#mayHaveChangedTheList) {
      throw new RunError('no_access', ended.message, { advice: ended.advice });
    }
  }

  /** Something was settled, or Vision One may have carried out a request whatever it answered. */
  get #mayHaveChangedTheList(): boolean {
    const settled = (['accepted', 'rejected', 'removed'] as const).some((outcome) =>
      this.#ledger.count(outcome),
    );
    return settled || this.#session.visionOne.service.effectivePosts > 0;
  }

  /** Takes off the list what the data collection no longer yields, if all of it was read. */
  async #remove(plan: Plan): Promise<void> {
    const { run, list, action, mode, limits } = this.job;
    const { origin } = run;
    if (!this.#removes || origin.kind === 'objects') return;
    if (this.#incomplete) return this.#notRemoved(this.#incomplete);
    if (limits.stopping.aborted) {
      this.#cutShort = true;
      return this.#notRemoved('the run was interrupted');
    }
    const { ended } = this.#session.visionOne.service;
    if (ended) return this.#notRemoved(ended.message);
    try {
      if (!this.#lists.listIndex.has(OBJECT_KEYS)) this.job.listener.phase?.('listing', null);
      await this.#lists.listIndex.need(OBJECT_KEYS);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      // All else was done: that nothing can be compared is no failure of what was sent.
      return this.#notRemoved(error.text);
    }
    const mark = ownerTagOf(sourceOf(action, origin));
    const removal = planRemoval(this.#lists.listIndex.all(), mark, plan.producedKeys);
    if (removal.suspicious && !this.job.allowLargeRemoval) {
      const message = `${removal.gone.length} of the ${removal.marked} objects that this action added from this data collection are no longer in it, which is more than half: nothing was removed. Look at the data collection; --allow-large-removal removes them`;
      this.#warnings.push({ code: 'removal_refused', message });
      return;
    }
    const entries = removal.gone.map((listed) => ({
      ...this.#ledger.open(indicatorOf(listed), removalOf(listed), true),
      key: listed.key,
    }));
    if (mode === 'preview') {
      for (const entry of entries) {
        this.#ledger.close(entry, { outcome: 'planned' });
        plan.free(entry.key, 1);
      }
    } else if (entries.length > 0) {
      this.job.listener.phase?.('removing', entries.length);
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
      visionOne: this.#session.visionOne,
      settle: (entry, settled) => {
        settledCount++;
        const closing = settled.outcome === 'done' ? { outcome: done(entry) } : settled;
        this.#ledger.close(entry, closing);
      },
      onChunk: () => this.#progress(settledCount),
    });
  }

  /** What was not settled stays unsent; whether the run failed or is incomplete depends on why. */
  #failed(error: RunError): Outcome {
    const reason = STOP_REASONS.find((code) => code === error.code) ?? 'service_unavailable';
    this.#ledger.closeAll({ outcome: 'unsent', reason, message: error.message });
    // A run that was told to stop, or whose Vision One is away for now, ran as far as it could.
    const endedEarly = ENDED_EARLY.find((code) => code === error.code);
    if (endedEarly) {
      this.#warnings.push({ code: endedEarly, message: error.text });
      return this.#outcome('Incomplete');
    }
    return this.#outcome('Failed to Complete', { code: error.code, message: error.text });
  }

  /** A fault of this program: its error is not shown, because it may hold a secret. */
  #internalError(): Outcome {
    const message = INTERNAL_ERROR;
    this.#ledger.closeAll({ outcome: 'unsent', reason: 'interrupted', message });
    const status = this.#mayHaveChangedTheList ? 'Incomplete' : 'Failed to Complete';
    return this.#outcome(status, { code: 'internal_error', message });
  }

  #outcome(status: Result['status'], error: Result['error'] = null): Outcome {
    const items = this.#ledger.items();
    return {
      status,
      vision_one: addressText(this.job.run.visionOne),
      data_collection: this.#collection,
      counts: countsOf(this.#ledger.read, items),
      requests: this.#session.requests,
      warnings: this.#warnings,
      list: this.#lists.facts(this.#added),
      items,
      error,
    };
  }
}

function sourceOf(action: string, { threatq, by, key }: CollectionOrigin) {
  return { action, threatq: threatq.host.hostname, by, key };
}
