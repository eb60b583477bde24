/** The objects that a run still has to send, in the chunks in which they are sent. */
import type { StopReason } from '../result/reasons.js';

/** An object that is not settled yet. */
export interface QueuedObject<T> {
  readonly object: T;
  /** As JSON. */
  readonly json: string;
  readonly bytes: number;
  /** Whether it was in a request. */
  readonly isSent: boolean;
  /** How often it failed temporarily inside a 207. */
  readonly itemFailures: number;
  /** How often a request with only this object failed. */
  readonly aloneFailures: number;
  /** How many requests had succeeded when a request with this object first failed. */
  readonly successesBefore: number | undefined;
  /** The last failure of a request or an item with this object. */
  readonly lastFailure: { reason: StopReason; message: string } | undefined;
}

/** Objects that are sent in one request. */
export interface Chunk<T> {
  readonly objects: ReadonlyArray<QueuedObject<T>>;
  /** How often the answer for exactly these objects could not be read. */
  readonly unreadable: number;
  /** How often the request with exactly these objects failed. */
  readonly failures: number;
  /** The split that it is a half of. */
  readonly split?: Split | undefined;
  /** Part of the access check: a half of the first chunk that was forbidden. */
  readonly isProbe?: true;
  /** Part of the access check: an object that was accepted before, and is settled. */
  readonly isProof?: true;
}

/** A chunk that was halved because the service may not be able to process so many objects at once. */
export interface Split {
  /** The number of objects of the whole chunk. */
  readonly size: number;
  /** How many halves succeeded. */
  succeeded: number;
}

/** The largest request that is sent. */
export interface RequestLimits {
  maxItems: number;
  maxBytes: number;
}

export function chunkOf<T>(objects: ReadonlyArray<QueuedObject<T>>): Chunk<T> {
  return { objects, unreadable: 0, failures: 0 };
}

/** The halves of a chunk, the first one first. */
export function halvesOf<T>({ objects }: Pick<Chunk<T>, 'objects'>): [Chunk<T>, Chunk<T>] {
  const middle = Math.ceil(objects.length / 2);
  return [chunkOf(objects.slice(0, middle)), chunkOf(objects.slice(middle))];
}

/** The only object of a chunk; undefined if it has several. */
export function onlyObject<T>({ objects }: Pick<Chunk<T>, 'objects'>): QueuedObject<T> | undefined {
  return objects.length === 1 ? objects[0] : undefined;
}

/** Bytes of a body with these objects: two brackets, and a comma between two objects. */
export function bytesOf(objects: ReadonlyArray<QueuedObject<unknown>>): number {
  return objects.reduce((sum, { bytes }) => sum + bytes + 1, 1);
}

/** Whether a chunk may be sent in one request. One object always may. */
function fits({ objects }: Chunk<unknown>, { maxItems, maxBytes }: RequestLimits): boolean {
  if (objects.length === 1) return true;
  return objects.length <= maxItems && bytesOf(objects) <= maxBytes;
}

export class SendQueue<T> {
  /**
   * Not taken yet. An object is written as JSON when it is taken, so that the first request is sent early.
   * All arrays but `#alone` are taken from the end, which costs nothing.
   */
  readonly #unsent: T[];
  /** Written as JSON and in no chunk. They are sent after `#chunks` and before `#unsent`. */
  readonly #written: QueuedObject<T>[] = [];
  /** Chunks that are sent next: halves, and chunks that are retried. */
  readonly #chunks: Chunk<T>[] = [];
  /** Items that failed temporarily inside a 207: they are retried together. */
  readonly #retries: QueuedObject<T>[] = [];
  /** Objects whose request failed with only them in it: they are retried last, the first one first. */
  readonly #alone: QueuedObject<T>[] = [];

  /** @param toJson writes an object as it is sent */
  constructor(
    objects: readonly T[],
    private readonly toJson: (object: T) => string,
  ) {
    this.#unsent = objects.toReversed();
  }

  /** Whether objects can be sent now that are neither retries of items nor objects that failed alone. */
  get hasUnsent(): boolean {
    return this.#unsent.length + this.#written.length + this.#chunks.length > 0;
  }

  /** The last chunk is sent next. */
  putChunks(...chunks: Chunk<T>[]): void {
    this.#chunks.push(...chunks);
  }

  putRetries(objects: ReadonlyArray<QueuedObject<T>>): void {
    this.#retries.push(...objects);
  }

  putAlone(queued: QueuedObject<T>): void {
    this.#alone.push(queued);
  }

  /**
   * The next chunk, except for objects that failed alone.
   * @param isIdle whether no request is in flight
   */
  takeChunk(limits: RequestLimits, isIdle: boolean): Chunk<T> | undefined {
    for (let chunk = this.#chunks.pop(); chunk; chunk = this.#chunks.pop()) {
      if (fits(chunk, limits)) return chunk;
      this.#written.push(...chunk.objects.toReversed());
    }
    if (this.hasUnsent) return this.#take(this.#written, limits, () => this.#writeNext());
    // Items are retried in full chunks: one request for each item would flood the API.
    const isWorthIt = isIdle || this.#retries.length >= limits.maxItems;
    return this.#retries.length > 0 && isWorthIt ? this.#take(this.#retries, limits) : undefined;
  }

  /** The next object that failed alone. */
  takeAlone(): QueuedObject<T> | undefined {
    return this.#alone.shift();
  }

  /** All objects that are left, with what is known of those that were sent. */
  rest(): Array<Pick<QueuedObject<T>, 'object' | 'lastFailure'>> {
    return [
      ...this.#unsent.map((object) => ({ object, lastFailure: undefined })),
      ...this.#written,
      ...this.#chunks.flatMap(({ objects }) => objects),
      ...this.#retries,
      ...this.#alone,
    ];
  }

  /**
   * Takes as many objects as one request may have, at least one.
   * @param more the next object when `from` is empty
   */
  #take(
    from: QueuedObject<T>[],
    { maxItems, maxBytes }: RequestLimits,
    more: () => QueuedObject<T> | undefined = () => undefined,
  ): Chunk<T> {
    const taken: QueuedObject<T>[] = [];
    let bytes = bytesOf([]);
    while (taken.length < maxItems) {
      const next = from.pop() ?? more();
      if (!next) break;
      bytes += next.bytes + 1;
      if (bytes > maxBytes && taken.length > 0) {
        from.push(next);
        break;
      }
      taken.push(next);
    }
    return chunkOf(taken);
  }

  /** Takes the next object that was not written yet. */
  #writeNext(): QueuedObject<T> | undefined {
    if (this.#unsent.length === 0) return undefined;
    const object = this.#unsent.pop() as T;
    const json = this.toJson(object);
    return {
      object,
      json,
      bytes: Buffer.byteLength(json),
      isSent: false,
      itemFailures: 0,
      aloneFailures: 0,
      successesBefore: undefined,
      lastFailure: undefined,
    };
  }
}
