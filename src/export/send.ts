/**
 * Sends objects in chunks, and reports one outcome for each object. Waiting belongs to the service's
 * rate gate; this file decides which objects go into the next request, and what an answer means for
 * each of them.
 */
import pLimit from 'p-limit';
import { type Again, suggestsLess, type Waited } from '../http/api-client.js';
import type { SmallerHelps } from '../http/retry-policy.js';
import type { StopReason, UnsentReason } from '../result/reasons.js';
import type { Entry, Forbidden, Posted, VisionOne } from '../vision-one/client.js';
import { MAX_BODY_BYTES } from '../vision-one/lists.js';

/** What became of an object. */
export type Settled =
  | { outcome: 'done' }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | { outcome: 'unsent'; reason: UnsentReason; message: string };

export interface Delivery<T> {
  /** In the order in which they are to be sent. */
  objects: T[];
  /** What is written for an object into the request's array. */
  payload: (object: T) => unknown;
  path: string;
  /** Objects in one request, at most. */
  maxItems: number;
  /** Bytes of one body, at most. */
  maxBytes?: number;
  /** Statuses of an entry, other than 2xx, that count as success: 409 is listed, 404 is gone. */
  alsoDone: number[];
  visionOne: Pick<
    VisionOne,
    'post' | 'useful' | 'useless' | 'dropBackoff' | 'giveUp' | 'accessProven'
  >;
  /** Called once for each object. */
  settle: (object: T, settled: Settled) => void;
  /** Called after each request. */
  onChunk?: () => void;
}

/** Requests in flight at once: enough to hide the round trip, few enough for a shared limit. */
export const CONCURRENCY = 4;

/**
 * After so many objects in a row were refused alone, the objects are not the reason, and the delivery
 * stops. If none was accepted at all, fewer are enough.
 */
export const REFUSED_ALONE_LIMIT = 1_000;
export const REFUSED_FROM_THE_START_LIMIT = 200;

/**
 * After so many objects in a row were refused alone with a 403 or a similar status, the key or the
 * connection may be the reason: an object that was accepted before is sent again to find out. If there
 * is none, access is missing; fewer are enough if Vision One never answered a request with this key.
 */
const FORBIDDEN_LIMIT = 10;
const FORBIDDEN_FROM_THE_START_LIMIT = 5;

/** How often a request with a single object may fail before it stays unsent, if others succeed. */
export const ALONE_TRIES = 3;

/** An object that waits to be sent, with the last failure that was reported for it. */
interface QueuedObject<T> {
  object: T;
  /** Written when it is first taken, so that the first request need not wait for the last object. */
  json: string;
  bytes: number;
  sent: boolean;
  /** Failures of its own entry inside a 207. */
  tries: number;
  /** Requests that failed with this object alone in them. */
  aloneTries: number;
  /** How many requests had succeeded when a request with this object first failed. */
  successesBefore?: number;
  last?: { reason: StopReason; message: string } | undefined;
}

/** Objects that go out together: unsent ones, or a part of a chunk that was split. */
interface Chunk<T> {
  queued: QueuedObject<T>[];
  /** Answers for exactly these objects that could not be read. */
  unanswered: number;
  /** Failures of the request with exactly these objects. */
  failures: number;
  /** The split that it is a half of. */
  split?: Split | undefined;
  /** It is a half of the first chunk that was forbidden. */
  isProbe?: true;
  /** It holds an object that is settled already, to prove the access. */
  isProof?: true;
}

/** A chunk that was halved because the service may not be able to take so many objects at once. */
interface Split {
  /** The objects of the whole. */
  size: number;
  /** Halves that passed. */
  passed: number;
}

interface Stop {
  reason: UnsentReason;
  message: string;
}

/**
 * Sends objects until each is settled.
 *
 * A chunk that failed temporarily is sent again. It is halved if it may be too large for the service,
 * or if one of its objects may be the reason; an object that fails alone waits until all others were
 * sent. A chunk that was refused is halved until the refused object is alone. Items that failed
 * temporarily inside a 207 are collected and sent again together, once nothing else is left.
 */
export async function deliver<T>(delivery: Delivery<T>): Promise<void> {
  await new Deliverer(delivery).run();
}

class Deliverer<T> {
  /** Not sent yet, or put back to be sent again; taken from the end. */
  #unsent: QueuedObject<T>[];
  /** Halves of chunks, and chunks to be sent again; taken from the end. */
  #split: Chunk<T>[] = [];
  /** Items that failed temporarily inside a 207. */
  #retry: QueuedObject<T>[] = [];
  /** Objects whose request failed with nothing else in it; the next one is the first. */
  #alone: QueuedObject<T>[] = [];
  #maxItems: number;
  #maxBytes: number;
  /** The most objects with which a request passed. */
  #largestPassed = 0;
  /** The fewest objects of a chunk that failed and whose halves passed. */
  #doubtedSize = Number.POSITIVE_INFINITY;
  /** The fewest objects with which a request failed since one last succeeded. */
  #fewestFailed = Number.POSITIVE_INFINITY;
  /** Requests that settled at least one of their objects. */
  #successes = 0;
  /** How many there had been when a request last failed. */
  #successesAtFailure = 0;
  #anyAccepted = false;
  /** Objects refused alone since one was last accepted. */
  #refusedAlone = 0;
  /** Objects forbidden alone since Vision One last answered object by object; not settled yet. */
  #forbidden: { queued: QueuedObject<T>; refusal: Forbidden }[] = [];
  /** An object that was accepted, and the request that sends it again to prove the access. */
  #lastAccepted: QueuedObject<T> | undefined;
  #proof: Chunk<T> | undefined;
  /** The halves of the first forbidden chunk: if both are forbidden, the key has no access. */
  #probe: { waiting: Chunk<T>[]; refused: Chunk<T>[] } | undefined;
  #stopped: Stop | undefined;

  constructor(private readonly delivery: Delivery<T>) {
    this.#maxItems = delivery.maxItems;
    this.#maxBytes = delivery.maxBytes ?? MAX_BODY_BYTES;
    // Taken from the end, which costs nothing.
    this.#unsent = delivery.objects
      .map((object) => ({ object, json: '', bytes: 0, sent: false, tries: 0, aloneTries: 0 }))
      .reverse();
  }

  async run(): Promise<void> {
    const inFlight = new Set<Promise<void>>();
    try {
      await this.#sendAll(inFlight);
    } finally {
      // Also after an internal error: what these requests did must be in the result.
      await Promise.allSettled(inFlight);
    }
    this.#settleForbidden();
    this.#settleRest();
  }

  async #sendAll(inFlight: Set<Promise<void>>): Promise<void> {
    const limit = pLimit(CONCURRENCY);
    for (;;) {
      while (inFlight.size < CONCURRENCY) {
        const chunk = this.#next(inFlight.size === 0);
        if (!chunk) break;
        const sending: Promise<void> = limit(() => this.#send(chunk)).finally(() => {
          inFlight.delete(sending);
        });
        inFlight.add(sending);
      }
      if (inFlight.size === 0) return;
      await Promise.race(inFlight);
    }
  }

  /** The next chunk to send; undefined if there is none for now. */
  #next(idle: boolean): Chunk<T> | undefined {
    if (this.#stopped) return undefined;
    if (this.#proof) return idle ? this.#proof : undefined;
    if (this.#probe) {
      const half = this.#probe.waiting.pop();
      if (half || !idle) return half;
      // A half failed for another reason, and waits with the others.
      this.#endProbe();
    }
    for (let half = this.#split.pop(); half; half = this.#split.pop()) {
      if (this.#fits(half)) return half;
      this.#unsent.push(...half.queued.toReversed());
    }
    if (this.#unsent.length > 0) return chunkOf(this.#take(this.#unsent));
    // Retry failed items in batches; one request per item would flood the API.
    const isBatch = idle || this.#retry.length >= this.#maxItems;
    if (this.#retry.length > 0 && isBatch) return chunkOf(this.#take(this.#retry));
    if (!idle || this.#retry.length > 0) return undefined;
    return this.#nextAlone() ?? this.#startProof();
  }

  #fits({ queued }: Chunk<T>): boolean {
    if (queued.length === 1) return true;
    return queued.length <= this.#maxItems && bytesOf(queued) <= this.#maxBytes;
  }

  /** Everything else was sent: what failed alone is tried again, and at last given up. */
  #nextAlone(): Chunk<T> | undefined {
    for (let queued = this.#alone.shift(); queued; queued = this.#alone.shift()) {
      // If nothing else succeeds, the service is down, not this object: it decides when to give up.
      const othersSucceeded = this.#successes > (queued.successesBefore ?? this.#successes);
      if (queued.aloneTries < ALONE_TRIES || !othersSucceeded) return chunkOf([queued]);
      const { reason, message } = queued.last ?? NO_REASON;
      this.delivery.settle(queued.object, { outcome: 'unsent', reason, message });
    }
    return undefined;
  }

  /** Takes as many as fit into one request, at least one. */
  #take(from: QueuedObject<T>[]): QueuedObject<T>[] {
    const taken: QueuedObject<T>[] = [];
    // The two brackets, and a comma less than there are objects.
    let bytes = 1;
    while (taken.length < this.#maxItems) {
      const queued = from.at(-1);
      if (!queued) break;
      this.#write(queued);
      bytes += queued.bytes + 1;
      if (bytes > this.#maxBytes && taken.length > 0) break;
      from.pop();
      taken.push(queued);
    }
    return taken;
  }

  #write(queued: QueuedObject<T>): void {
    if (queued.json !== '') return;
    queued.json = JSON.stringify(this.delivery.payload(queued.object));
    queued.bytes = Buffer.byteLength(queued.json);
  }

  async #send(chunk: Chunk<T>): Promise<void> {
    const { queued } = chunk;
    const body = `[${queued.map(({ json }) => json).join(',')}]`;
    const retry = queued.some(({ sent }) => sent);
    const { visionOne, path } = this.delivery;
    const posted = await visionOne.post(path, body, queued.length, retry);
    if (posted.act !== 'give_up') for (const each of queued) each.sent = true;
    if (chunk.isProof) this.#readProof(chunk, posted);
    else this.#read(chunk, posted, body);
    this.delivery.onChunk?.();
  }

  #read(chunk: Chunk<T>, posted: Posted, body: string): void {
    switch (posted.act) {
      case 'entries':
        this.#succeeded(chunk, posted.entries);
        break;
      case 'again':
        this.#failed(chunk, posted);
        break;
      case 'no_answer':
        this.#unanswered(chunk, posted.message);
        break;
      case 'divide':
        if (posted.because === 'refused') this.#refused(chunk, posted.error);
        else this.#tooLarge(chunk, posted.error, Buffer.byteLength(body));
        break;
      case 'forbidden':
        this.#refusedByStatus(chunk, posted);
        break;
      case 'list_full':
        this.#stop('list_full', posted.message, chunk);
        break;
      case 'give_up':
        this.#stop(posted.reason, posted.message, chunk);
        break;
    }
  }

  /** Vision One answered object by object: it knows the key, and it accepts a chunk of this size. */
  #succeeded(chunk: Chunk<T>, entries: Entry[]): void {
    this.#fewestFailed = Number.POSITIVE_INFINITY;
    this.#endProbe();
    this.#settleForbidden();
    this.#rememberSize(chunk);
    this.#readEntries(chunk, entries);
  }

  /**
   * If both halves of a chunk pass, its size may be too large. If that happens to two chunks of a size,
   * and none that large has passed, it is too large: later chunks are no larger than the largest that
   * passed. In all other cases the failure had another reason, and the size stays.
   */
  #rememberSize({ queued, split }: Chunk<T>): void {
    this.#largestPassed = Math.max(this.#largestPassed, queued.length);
    if (!split) return;
    split.passed++;
    if (split.passed < 2 || split.size <= this.#largestPassed) return;
    if (split.size < this.#doubtedSize) this.#doubtedSize = split.size;
    else this.#maxItems = Math.min(this.#maxItems, this.#largestPassed);
  }

  #readEntries({ queued }: Chunk<T>, entries: Entry[]): void {
    const { visionOne, path } = this.delivery;
    const failed: QueuedObject<T>[] = [];
    for (const [index, each] of queued.entries()) {
      const entry = entries[index] as Entry;
      if (entry.status === 429 || entry.status >= 500) {
        const reason = entry.status === 429 ? 'rate_limited' : 'service_unavailable';
        each.tries++;
        each.last = { reason, message: `${errorOf(entry)}, after ${times(each.tries)}` };
        failed.push(each);
      } else if ((entry.status >= 200 && entry.status < 300) || this.#alsoDone(entry.status)) {
        this.#anyAccepted = true;
        this.#lastAccepted = each;
        this.#refusedAlone = 0;
        this.delivery.settle(each.object, { outcome: 'done' });
      } else {
        this.#reject(each, entry);
      }
    }
    if (failed.length < queued.length) {
      this.#successes++;
      visionOne.useful(path);
    }
    if (failed.length === 0) return;
    this.#retry.push(...failed);
    const most = failed.reduce((tries, each) => Math.max(tries, each.tries), 0);
    const last = failed[0]?.last ?? NO_REASON;
    // Others may go on at once; only what failed has to wait, and that is sent when nothing else is left.
    if (failed.length === queued.length || this.#unsent.length + this.#split.length === 0) {
      this.#afterWait(visionOne.useless(path, last.reason, most, last.message));
    }
  }

  #alsoDone(status: number): boolean {
    return this.delivery.alsoDone.includes(status);
  }

  /** The whole request failed temporarily: send it again, in halves if that may help. */
  #failed(chunk: Chunk<T>, { smaller, reason, message }: Again): void {
    const { queued } = chunk;
    this.#dropNeedlessBackoff(chunk, smaller);
    this.#fewestFailed = Math.min(this.#fewestFailed, queued.length);
    const failures = chunk.failures + (smaller === 'no' ? 0 : 1);
    for (const each of queued) {
      each.last = { reason, message };
      each.successesBefore ??= this.#successes;
    }
    if (!suggestsLess(smaller, failures) && !(queued.length === 1 && smaller !== 'no')) {
      this.#split.push({ ...chunk, failures });
    } else if (queued.length === 1) {
      for (const each of queued) each.aloneTries++;
      this.#alone.push(...queued);
    } else {
      this.#halve(chunk, { split: { size: queued.length, passed: 0 } });
      // Only on the way to sizes that were not tried yet: if all fail, the back-off must grow.
      const half = Math.ceil(queued.length / 2);
      if (half < this.#fewestFailed) this.delivery.visionOne.dropBackoff(this.delivery.path);
    }
  }

  /**
   * Nothing has to wait if the service answered others since the last failure, because it is not down
   * then; nor for a half that is smaller than everything that failed since the last success.
   */
  #dropNeedlessBackoff({ queued, split }: Chunk<T>, smaller: SmallerHelps): void {
    const isAlive = this.#successes > this.#successesAtFailure;
    this.#successesAtFailure = this.#successes;
    const isSmallest = split !== undefined && queued.length < this.#fewestFailed;
    if (smaller === 'no' || !(isAlive || isSmallest)) return;
    this.delivery.visionOne.dropBackoff(this.delivery.path);
  }

  /** Nothing is believed of such an answer: once more, then in halves, at last given up. */
  #unanswered(chunk: Chunk<T>, message: string): void {
    const { visionOne, path } = this.delivery;
    const { queued } = chunk;
    const unanswered = chunk.unanswered + 1;
    for (const each of queued) each.last = { reason: 'no_answer', message };
    if (queued.length === 1 && unanswered > 2) {
      for (const { object } of queued) {
        this.delivery.settle(object, { outcome: 'unsent', reason: 'no_answer', message });
      }
      return;
    }
    if (unanswered === 1 || queued.length === 1) this.#split.push({ ...chunk, unanswered });
    else this.#halve(chunk, { unanswered: 1 });
    this.#afterWait(visionOne.useless(path, 'no_answer', 1, message));
  }

  /** A malformed object takes its whole chunk down: halve until it is alone. */
  #refused(chunk: Chunk<T>, error: Entry): void {
    const [alone, ...others] = chunk.queued;
    if (alone && others.length === 0) this.#refuseAlone(alone, error);
    else this.#halve(chunk);
  }

  #refuseAlone(queued: QueuedObject<T>, error: Entry): void {
    this.#reject(queued, error);
    this.#refusedAlone++;
    const limit = this.#anyAccepted ? REFUSED_ALONE_LIMIT : REFUSED_FROM_THE_START_LIMIT;
    if (this.#refusedAlone < limit) return;
    const since = this.#anyAccepted ? 'since it last accepted one' : 'and accepted none';
    const message = `Vision One refused ${this.#refusedAlone} objects one by one ${since}, so nothing more was sent. Its last answer was ${errorOf(error)}`;
    this.#stop('no_answer', message);
  }

  /** Sends it in halves, and remembers their size for the rest of the run. */
  #tooLarge(chunk: Chunk<T>, error: Entry, bytes: number): void {
    const [alone, ...others] = chunk.queued;
    if (alone && others.length === 0) {
      this.#refuseAlone(alone, error);
      return;
    }
    const largest = Math.max(...this.#halve(chunk).map(bytesOf));
    // A little more, or a half that is hardly larger would leave a request for what hangs over.
    this.#maxBytes = Math.min(this.#maxBytes, Math.ceil(largest * 1.05), bytes - 1);
  }

  /**
   * A 403 or a similar status. Until Vision One has answered a request with this key, its own refusal
   * concerns the key, and a redirect or a 404 concerns the address. Otherwise a filter on the way may
   * block one object, which is found by halving.
   */
  #refusedByStatus(chunk: Chunk<T>, refusal: Forbidden): void {
    if (!this.delivery.visionOne.accessProven) {
      if (meansAll(refusal)) this.#noAccess(refusal, chunk);
      else if (refusal.isOwn) this.#probeAccess(chunk, refusal);
      else this.#isolateForbidden(chunk, refusal);
    } else {
      this.#isolateForbidden(chunk, refusal);
    }
  }

  #isolateForbidden(chunk: Chunk<T>, refusal: Forbidden): void {
    const [alone, ...others] = chunk.queued;
    if (!alone || others.length > 0) {
      this.#halve(chunk);
      return;
    }
    this.#forbidden.push({ queued: alone, refusal });
    const { accessProven } = this.delivery.visionOne;
    const limit = accessProven ? FORBIDDEN_LIMIT : FORBIDDEN_FROM_THE_START_LIMIT;
    if (this.#forbidden.length < limit || this.#proof) return;
    if (!this.#startProof()) this.#noAccess(refusal);
  }

  /** Sends an object again that was accepted before, if there are forbidden ones to judge by it. */
  #startProof(): Chunk<T> | undefined {
    if (!this.#lastAccepted || this.#forbidden.length === 0) return undefined;
    this.#proof = { ...chunkOf([this.#lastAccepted]), isProof: true };
    return this.#proof;
  }

  /** What became of an object that was accepted before: it shows whether others still would be. */
  #readProof(chunk: Chunk<T>, posted: Posted): void {
    this.#proof = undefined;
    if (posted.act === 'entries') this.#settleForbidden();
    else if (posted.act === 'forbidden') this.#noAccess(posted);
    else if (posted.act === 'give_up') this.#stop(posted.reason, posted.message);
    else this.#proof = chunk;
  }

  /** Divides the first chunk once: access is missing only if both of its halves are refused. */
  #probeAccess(chunk: Chunk<T>, refusal: Forbidden): void {
    if (this.#probe) {
      const { refused } = this.#probe;
      refused.push(chunk);
      if (refused.filter(({ isProbe }) => isProbe).length === 2) this.#noAccess(refusal);
    } else if (chunk.queued.length === 1) {
      this.#noAccess(refusal, chunk);
    } else {
      const halves = halvesOf(chunk).map((half) => ({ ...half, isProbe: true as const }));
      this.#probe = { waiting: halves, refused: [] };
    }
  }

  #endProbe(): void {
    if (!this.#probe) return;
    this.#split.push(...this.#probe.refused, ...this.#probe.waiting);
    this.#probe = undefined;
  }

  #noAccess(refusal: Forbidden, chunk?: Chunk<T>): void {
    const { reason, message } = this.delivery.visionOne.giveUp(
      'no_access',
      refusal.message,
      refusal.advice,
    );
    this.#stop(reason, message, chunk);
  }

  /** Rejects what was forbidden alone once Vision One has answered others: a filter blocks only that. */
  #settleForbidden(): void {
    const [only, ...others] = this.#forbidden;
    if (!this.delivery.visionOne.accessProven) {
      // A delivery of one object: nothing shows that others are refused as well.
      if (!only || others.length > 0 || this.delivery.objects.length > 1) {
        if (only && !this.#stopped) this.#noAccess(only.refusal);
        return;
      }
    } else if (this.#stopped?.reason === 'no_access') return;
    for (const { queued, refusal } of this.#forbidden.splice(0)) {
      const { status, isOwn, message } = refusal;
      const aFilter = `a filter between here and Vision One refuses it (${message})`;
      this.#reject(queued, {
        status,
        code: `http_${status}`,
        message: isOwn ? `Vision One refuses this object alone, or ${aFilter}` : aFilter,
      });
    }
  }

  /** Puts the halves of a chunk into the queue, the first one next. */
  #halve(chunk: Chunk<T>, as: Partial<Chunk<T>> = {}): QueuedObject<T>[][] {
    const halves = halvesOf(chunk);
    this.#split.push(...halves.map((half) => ({ ...half, ...as })));
    return halves.map(({ queued }) => queued);
  }

  #reject(queued: QueuedObject<T>, entry: Entry): void {
    const reason = entry.code ?? `http_${entry.status}`;
    const message = entry.message ?? `Vision One answered HTTP ${entry.status} without a reason`;
    const { status } = entry;
    this.delivery.settle(queued.object, { outcome: 'rejected', status, reason, message });
  }

  #afterWait(waited: Waited): void {
    if (waited.act === 'give_up') this.#stop(waited.reason, waited.message);
  }

  /** Nothing more is sent; the first reason stays. */
  #stop(reason: UnsentReason, message: string, chunk?: Chunk<T>): void {
    if (chunk) this.#unsent.push(...chunk.queued);
    this.#stopped ??= { reason, message };
  }

  /** What is left when nothing more can be sent, each with the reason that kept it back. */
  #settleRest(): void {
    const { waiting = [], refused = [] } = this.#probe ?? {};
    const rest = [
      ...this.#unsent,
      ...[...this.#split, ...waiting, ...refused].flatMap(({ queued }) => queued),
      ...this.#retry,
      ...this.#alone,
      ...this.#forbidden.map(({ queued }) => queued),
    ];
    const { reason, message } = this.#stopped ?? NO_REASON;
    // A service that was given up failed each object in its own way; else the end came from elsewhere.
    const isOutage = ['rate_limited', 'service_unavailable', 'no_answer'].includes(reason);
    for (const { object, last } of rest) {
      const why = isOutage && last ? last : { reason, message };
      this.delivery.settle(object, { outcome: 'unsent', ...why });
    }
  }
}

const NO_REASON: { reason: StopReason; message: string } = {
  reason: 'service_unavailable',
  message: 'Vision One did not answer',
};

function chunkOf<T>(queued: QueuedObject<T>[]): Chunk<T> {
  return { queued, unanswered: 0, failures: 0 };
}

/** The halves of a chunk, the second one first. */
function halvesOf<T>({ queued }: Chunk<T>): Chunk<T>[] {
  const middle = Math.ceil(queued.length / 2);
  return [chunkOf(queued.slice(middle)), chunkOf(queued.slice(0, middle))];
}

/** Whether a refusal before any answer says that no object will pass: the address is wrong. */
function meansAll({ status }: Forbidden): boolean {
  return status < 400 || status === 404;
}

/** Bytes of a body that holds these objects. */
function bytesOf(queued: QueuedObject<unknown>[]): number {
  return queued.reduce((sum, { bytes }) => sum + bytes + 1, 1);
}

function errorOf({ status, code, message }: Entry): string {
  const said = [code, message].filter(Boolean).join(': ');
  return said ? `HTTP ${status} (${said})` : `HTTP ${status}`;
}

function times(count: number): string {
  return count === 1 ? 'one try' : `${count} tries`;
}
