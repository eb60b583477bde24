/**
 * Chunks out, one outcome an object back. Waiting belongs to the service's gate; what stands here is
 * which objects go into the next request, and what an answer settles for each of them.
 */
import pLimit from 'p-limit';
import type { Reason } from '../http/retry.js';
import type { Waited } from '../http/service.js';
import type { Entry, Posted, VisionOne } from '../vision-one/client.js';
import { MAX_BODY_BYTES } from '../vision-one/lists.js';

/** What became of an object. */
export type Settled =
  | { outcome: 'done' }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | { outcome: 'unsent'; reason: Reason; message: string };

export interface Delivery<T> {
  /** In the order in which they are to be sent. */
  objects: T[];
  /** What stands for an object in the request's array. */
  payload: (object: T) => unknown;
  path: string;
  /** Objects in one request, at most. */
  maxItems: number;
  /** Bytes of one body, at most. */
  maxBytes?: number;
  /** The statuses, beside 2xx, by which an entry says that all is as it should be. */
  alsoDone: number[];
  visionOne: Pick<VisionOne, 'post' | 'useful' | 'useless' | 'service'>;
  /** Told once for each object. */
  settle: (object: T, settled: Settled) => void;
  /** Told after each answered request. */
  onChunk?: () => void;
}

/** Requests in flight at once: enough to hide the way there and back, few enough for a shared limit. */
export const CONCURRENCY = 4;

/**
 * So many refused one by one since the last was accepted are no coincidence: it is not the objects.
 * Where none was accepted at all, fewer tell.
 */
const REFUSED_ALONE_LIMIT = 1_000;
const REFUSED_FROM_THE_START_LIMIT = 200;

/** An object on its way, with what was last said of it. */
interface Parcel<T> {
  object: T;
  /** Written when it is first taken: the first request need not wait for the last object. */
  json: string;
  bytes: number;
  sent: boolean;
  tries: number;
  last?: { reason: Reason; message: string } | undefined;
}

/** Objects that go out together: fresh ones, or a part of a chunk that was divided. */
interface Chunk<T> {
  parcels: Parcel<T>[];
  /** How often these very objects came back without an answer that says anything of them. */
  unanswered: number;
}

/**
 * Sends objects until each is settled.
 *
 * A whole chunk that failed for a while is sent again; a chunk that was refused is halved until the
 * object that spoils it stands alone; items that failed for a while inside a 207 are pooled and sent
 * again together, once nothing else is left.
 */
export async function deliver<T>(delivery: Delivery<T>): Promise<void> {
  await new Deliverer(delivery).run();
}

class Deliverer<T> {
  /** Not sent yet, or to be sent again as if they never were. */
  #fresh: Parcel<T>[];
  /** Parts of divided chunks, the next one last. */
  #divided: Chunk<T>[] = [];
  /** Items that failed for a while inside a 207. */
  #pool: Parcel<T>[] = [];
  #maxBytes: number;
  #stopped: { reason: Reason; message: string } | undefined;
  #anyAccepted = false;
  #refusedAlone = 0;

  constructor(private readonly delivery: Delivery<T>) {
    this.#maxBytes = delivery.maxBytes ?? MAX_BODY_BYTES;
    // Taken from the end, which costs nothing.
    this.#fresh = delivery.objects
      .map((object) => ({ object, json: '', bytes: 0, sent: false, tries: 0 }))
      .reverse();
  }

  async run(): Promise<void> {
    const limit = pLimit(CONCURRENCY);
    const inFlight = new Set<Promise<void>>();
    for (;;) {
      while (inFlight.size < CONCURRENCY) {
        const chunk = this.#next(inFlight.size === 0);
        if (!chunk) break;
        const sending: Promise<void> = limit(() => this.#send(chunk)).finally(() => {
          inFlight.delete(sending);
        });
        inFlight.add(sending);
      }
      if (inFlight.size === 0) break;
      await Promise.race(inFlight);
    }
    this.#settleRest();
  }

  /** The next chunk to send; undefined where there is none for now. */
  #next(idle: boolean): Chunk<T> | undefined {
    if (this.#stopped) return undefined;
    // While every object has been refused, the largest part tells soonest whether all will be.
    const largestFirst = !this.#anyAccepted && this.#refusedAlone > 0;
    const divided = largestFirst ? this.#divided.shift() : this.#divided.pop();
    if (divided) {
      if (divided.parcels.length === 1 || bytesOf(divided.parcels) <= this.#maxBytes)
        return divided;
      this.#fresh.push(...divided.parcels.toReversed());
    }
    if (this.#fresh.length > 0) return { parcels: this.#take(this.#fresh), unanswered: 0 };
    // The pool waits for company: a request for each of a few failed items would be a storm of ours.
    if (this.#pool.length === 0 || !(idle || this.#pool.length >= this.delivery.maxItems)) {
      return undefined;
    }
    return { parcels: this.#take(this.#pool), unanswered: 0 };
  }

  /** Takes as many as fit into one request, at least one. */
  #take(from: Parcel<T>[]): Parcel<T>[] {
    const taken: Parcel<T>[] = [];
    // The two brackets, and a comma less than there are objects.
    let bytes = 1;
    while (taken.length < this.delivery.maxItems) {
      const parcel = from.at(-1);
      if (!parcel) break;
      this.#write(parcel);
      bytes += parcel.bytes + 1;
      if (bytes > this.#maxBytes && taken.length > 0) break;
      from.pop();
      taken.push(parcel);
    }
    return taken;
  }

  #write(parcel: Parcel<T>): void {
    if (parcel.json !== '') return;
    parcel.json = JSON.stringify(this.delivery.payload(parcel.object));
    parcel.bytes = Buffer.byteLength(parcel.json);
  }

  async #send(chunk: Chunk<T>): Promise<void> {
    const { parcels } = chunk;
    const body = `[${parcels.map(({ json }) => json).join(',')}]`;
    const retry = parcels.some(({ sent }) => sent);
    const { visionOne, path } = this.delivery;
    const posted = await visionOne.post(path, body, parcels.length, retry);
    if (posted.act !== 'give_up') for (const parcel of parcels) parcel.sent = true;
    this.#read(chunk, posted, body);
    this.delivery.onChunk?.();
  }

  #read(chunk: Chunk<T>, posted: Posted, body: string): void {
    switch (posted.act) {
      case 'entries':
        this.#readEntries(chunk, posted.entries);
        break;
      case 'again':
        // What was said of an object before says nothing of why the whole chunk fails now.
        for (const parcel of chunk.parcels) parcel.last = undefined;
        this.#divided.push(chunk);
        break;
      case 'no_answer':
        this.#unanswered(chunk, posted.message);
        break;
      case 'divide':
        if (posted.because === 'too_large') {
          this.#tooLarge(chunk, posted.error, Buffer.byteLength(body));
        } else {
          this.#refused(chunk, posted.error);
        }
        break;
      case 'list_full':
        this.#stop(chunk, 'list_full', posted.message);
        break;
      case 'give_up':
        this.#stop(chunk, posted.reason, posted.message);
        break;
    }
  }

  #readEntries({ parcels }: Chunk<T>, entries: Entry[]): void {
    const { visionOne, path } = this.delivery;
    const failed: Parcel<T>[] = [];
    for (const [index, parcel] of parcels.entries()) {
      const entry = entries[index] as Entry;
      if (entry.status === 429 || entry.status >= 500) {
        const reason = entry.status === 429 ? 'rate_limited' : 'service_unavailable';
        parcel.tries++;
        parcel.last = { reason, message: `${errorOf(entry)}, after ${times(parcel.tries)}` };
        failed.push(parcel);
      } else if ((entry.status >= 200 && entry.status < 300) || this.#alsoDone(entry.status)) {
        this.#anyAccepted = true;
        this.#refusedAlone = 0;
        this.delivery.settle(parcel.object, { outcome: 'done' });
      } else {
        this.#reject(parcel, entry);
      }
    }
    if (failed.length < parcels.length) visionOne.useful(path);
    if (failed.length === 0) return;
    this.#pool.push(...failed);
    const most = failed.reduce((tries, parcel) => Math.max(tries, parcel.tries), 0);
    const last = failed[0]?.last ?? { reason: 'service_unavailable', message: '' };
    // Others may go on at once; only what failed has to wait, and that is sent when nothing else is left.
    if (failed.length === parcels.length || this.#fresh.length + this.#divided.length === 0) {
      this.#afterWait(visionOne.useless(path, last.reason, most, last.message));
    }
  }

  #alsoDone(status: number): boolean {
    return this.delivery.alsoDone.includes(status);
  }

  /** Nothing is believed of such an answer: once more, then in halves, at last given up. */
  #unanswered(chunk: Chunk<T>, message: string): void {
    const { visionOne, path } = this.delivery;
    const { parcels } = chunk;
    const unanswered = chunk.unanswered + 1;
    for (const parcel of parcels) parcel.last = { reason: 'no_answer', message };
    if (parcels.length === 1 && unanswered > 2) {
      for (const { object } of parcels) {
        this.delivery.settle(object, { outcome: 'unsent', reason: 'no_answer', message });
      }
      return;
    }
    if (unanswered === 1 || parcels.length === 1) this.#divided.push({ parcels, unanswered });
    else this.#halve(chunk, 1);
    this.#afterWait(visionOne.useless(path, 'no_answer', 1, message));
  }

  /** A malformed object takes its whole chunk down: halve until it stands alone. */
  #refused(chunk: Chunk<T>, error: Entry): void {
    const [alone, ...others] = chunk.parcels;
    if (alone && others.length === 0) {
      this.#refuseAlone(alone, error);
    } else {
      this.#halve(chunk, 0);
    }
  }

  #refuseAlone(parcel: Parcel<T>, error: Entry): void {
    this.#reject(parcel, error);
    this.#refusedAlone++;
    const limit = this.#anyAccepted ? REFUSED_ALONE_LIMIT : REFUSED_FROM_THE_START_LIMIT;
    if (this.#refusedAlone < limit) return;
    const message = `Vision One refused ${this.#refusedAlone} objects one by one and accepted none: ${errorOf(error)}`;
    this.#stop({ parcels: [], unanswered: 0 }, 'no_answer', message);
  }

  /** Sends it in halves, and remembers their size for the rest of the run. */
  #tooLarge(chunk: Chunk<T>, error: Entry, bytes: number): void {
    const [alone, ...others] = chunk.parcels;
    if (alone && others.length === 0) {
      this.#refuseAlone(alone, error);
      return;
    }
    const largest = Math.max(...this.#halve(chunk, 0).map(bytesOf));
    // A little more, or a half that is hardly larger would leave a request for what hangs over.
    this.#maxBytes = Math.min(this.#maxBytes, Math.ceil(largest * 1.05), bytes - 1);
  }

  /** @returns what is sent next in its place, the second half first */
  #halve({ parcels }: Chunk<T>, unanswered: number): Parcel<T>[][] {
    const middle = Math.ceil(parcels.length / 2);
    const halves = [parcels.slice(middle), parcels.slice(0, middle)];
    for (const half of halves) this.#divided.push({ parcels: half, unanswered });
    return halves;
  }

  #reject(parcel: Parcel<T>, entry: Entry): void {
    const reason = entry.code ?? `http_${entry.status}`;
    const message = entry.message ?? `Vision One answered ${entry.status} and said no more`;
    this.delivery.settle(parcel.object, {
      outcome: 'rejected',
      status: entry.status,
      reason,
      message,
    });
  }

  #afterWait(waited: Waited): void {
    if (waited.act === 'give_up')
      this.#stop({ parcels: [], unanswered: 0 }, waited.reason, waited.message);
  }

  #stop({ parcels }: Chunk<T>, reason: Reason, message: string): void {
    this.#fresh.push(...parcels);
    this.#stopped ??= { reason, message };
  }

  /** What is left when nothing more can be sent, each with the reason that kept it back. */
  #settleRest(): void {
    const rest = [
      ...this.#fresh,
      ...this.#divided.flatMap(({ parcels }) => parcels),
      ...this.#pool,
    ];
    const { reason, message } = this.#stopped ?? { reason: 'service_unavailable', message: '' };
    // A service that was given up failed each object in its own way; else the end came from elsewhere.
    const givenUp = ['rate_limited', 'service_unavailable', 'no_answer'].includes(reason);
    for (const { object, last } of rest) {
      const why = givenUp && last ? last : { reason, message };
      this.delivery.settle(object, { outcome: 'unsent', ...why });
    }
  }
}

/** Bytes of a body that holds these parcels. */
function bytesOf(parcels: Parcel<unknown>[]): number {
  return parcels.reduce((sum, { bytes }) => sum + bytes + 1, 1);
}

function errorOf({ status, code, message }: Entry): string {
  return [code ?? `HTTP ${status}`, message].filter(Boolean).join(': ');
}

function times(count: number): string {
  return count === 1 ? 'one try' : `${count} tries`;
}
