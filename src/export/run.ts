/**
 * One run of an action: read, plan, deliver, result. Whoever reads this top to bottom knows the
 * program; everything it calls is told what to do and by whom it is limited.
 */

import { addressText } from '../http/address.js';
import type { Clock } from '../http/clock.js';
import { Failure } from '../http/failure.js';
import type { Transport } from '../http/send.js';
import type { Limits, Observer } from '../http/service.js';
import { Service } from '../http/service.js';
import type { ThreatQAccess } from '../threatq/access.js';
import { ThreatQ } from '../threatq/client.js';
import { collectionByHash, collectionByName, type DataCollection } from '../threatq/collection.js';
import { readRow } from '../threatq/rows.js';
import { VisionOne } from '../vision-one/client.js';
import type { List } from '../vision-one/lists.js';
import { type Check, checkThreatQ, checkVisionOne } from './check.js';
import { deliver } from './deliver.js';
import { type Closing, countsOf, type Entry, Ledger } from './ledger.js';
import { Plan } from './plan.js';
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
  timeLimitMs: number;
}

/** Told what a run is at, for whoever watches it. */
export interface Watcher extends Observer {
  phase?(name: 'reading' | 'sending', total: number | null): void;
  progress?(done: number, accepted: number, rejected: number): void;
}

export interface Job {
  run: Run;
  list: List;
  mode: Mode;
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

/** Runs an action to its end; what fails is told in the outcome, and nothing is thrown for it. */
export async function runAction(job: Job): Promise<Outcome> {
  return new ActionRun(job).run();
}

/** Checks both connections; what fails is told in the outcome. */
export async function checkAction(job: Job): Promise<Outcome> {
  return new ActionRun(job).check();
}

class ActionRun {
  readonly #threatq: Service;
  readonly #visionOne: VisionOne;
  readonly #ledger = new Ledger();
  #entries: Entry[] = [];
  #collection: Result['data_collection'] = null;

  constructor(private readonly job: Job) {
    const service = (name: string) =>
      new Service(name, job.transport, job.clock, job.limits, job.watcher);
    this.#threatq = service('ThreatQ');
    const { run, userAgent } = job;
    this.#visionOne = new VisionOne(
      service('Vision One'),
      run.visionOne,
      run.settings.api_key,
      userAgent,
    );
  }

  async run(): Promise<Outcome> {
    let error: Failure | undefined;
    try {
      await this.#read();
      if (this.job.mode === 'preview') this.#closeAll({ outcome: 'planned' });
      else error = await this.#send();
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      error = thrown;
      const interrupted = error.code === 'interrupted';
      const reason = interrupted ? 'interrupted' : 'service_unavailable';
      this.#closeAll({ outcome: 'unsent', reason, message: error.message });
      // A run that was told to stop did not fail; it is incomplete.
      if (interrupted) return this.#outcome('Incomplete', undefined);
    }
    if (error) return this.#outcome('Failed to Complete', error);
    const left = this.#ledger.count('rejected') + this.#ledger.count('unsent');
    return this.#outcome(left > 0 ? 'Incomplete' : 'Completed', undefined);
  }

  async check(): Promise<Outcome> {
    const { run, list } = this.job;
    const checks: Check[] = [];
    if (run.origin.kind === 'collection') {
      const { origin } = run;
      const threatq = this.#threatqClient(origin.threatq);
      const found = await checkThreatQ(
        threatq,
        addressText(origin.threatq.host),
        () => openCollection(threatq, origin),
        ({ name, hash }, total) => {
          this.#collection = { name, hash, total };
        },
      );
      checks.push(...found);
    }
    checks.push(...(await checkVisionOne(this.#visionOne, addressText(run.visionOne), list)));
    const failed = checks.find(({ ok }) => !ok);
    const error = failed && new Failure('check_failed', `${failed.name}: ${failed.message}`);
    return { ...this.#outcome(error ? 'Failed to Complete' : 'Completed', error), checks };
  }

  /** Reads the indicators and plans what is sent of them. */
  async #read(): Promise<void> {
    const { origin, settings } = this.job.run;
    if (origin.kind === 'objects') {
      const plan = new Plan(this.#ledger, this.job.list, settings, undefined);
      this.#entries = plan.entries;
      for (const row of origin.rows) plan.add(readRow(row));
      return;
    }
    this.job.watcher.phase?.('reading', null);
    const collection = await openCollection(this.#threatqClient(origin.threatq), origin);
    const { name, hash } = collection;
    this.#collection = { name, hash, total: null };
    const plan = new Plan(this.#ledger, this.job.list, settings, name ?? hash ?? '');
    this.#entries = plan.entries;
    const wanted = () => settings.objects_per_run - this.#ledger.read;
    for await (const { rows, total } of collection.pages(wanted)) {
      this.#collection.total ??= total;
      for (const row of rows.slice(0, wanted())) plan.add(readRow(row));
      this.job.watcher.progress?.(this.#ledger.read, 0, 0);
    }
  }

  #threatqClient(access: ThreatQAccess): ThreatQ {
    const { clock, userAgent, onSecret } = this.job;
    return new ThreatQ(this.#threatq, access, clock, userAgent, onSecret);
  }

  /** @returns why nothing could be sent at all, if that is so */
  async #send(): Promise<Failure | undefined> {
    const { list, watcher } = this.job;
    if (this.#entries.length === 0) return undefined;
    watcher.phase?.('sending', this.#entries.length);
    const accepted = () => this.#ledger.count('accepted');
    const rejected = () => this.#ledger.count('rejected');
    await deliver({
      objects: this.#entries,
      payload: ({ object }) => object,
      path: list.path,
      maxItems: list.maxPerRequest,
      // Claimed once for an object that is there already; what is there counts as added.
      alsoDone: [409],
      visionOne: this.#visionOne,
      settle: (entry, settled) => {
        this.#ledger.close(entry, settled.outcome === 'done' ? { outcome: 'accepted' } : settled);
      },
      onChunk: () => watcher.progress?.(accepted() + rejected(), accepted(), rejected()),
    });
    const { ended } = this.#visionOne.service;
    const refused = ended?.reason === 'no_access' && accepted() + rejected() === 0;
    return refused ? new Failure('no_access', ended.message) : undefined;
  }

  #closeAll(closing: Closing): void {
    for (const entry of this.#entries) this.#ledger.close(entry, closing);
  }

  #outcome(status: Result['status'], error: Failure | undefined): Outcome {
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
      warnings: [],
      list: null,
      items,
      error: error ? { code: error.code, message: error.message } : null,
    };
  }
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
