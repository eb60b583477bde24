/**
 * Finds out whether a 403 or a similar status means that the API key has no access, or that a filter on
 * the way blocks single objects. Until Vision One has answered a request with the key, its own refusal
 * concerns the key, and a redirect or a 404 concerns the address.
 */
import type { Forbidden } from '../vision-one/client.js';
import { type Chunk, chunkOf, halvesOf, onlyObject, type QueuedObject } from './send-queue.js';

/**
 * After so many objects in a row were forbidden alone, an object that was accepted before is sent again:
 * if it is forbidden too, there is no access.
 */
const FORBIDDEN_LIMIT = 10;
/** The same limit if Vision One has not answered any request with this key. */
const FORBIDDEN_FROM_THE_START_LIMIT = 5;

export type AccessDecision<T> =
  /** Every request is refused, so nothing more is sent. */
  | { act: 'no_access'; refusal: Forbidden }
  /** One of the objects may be the reason: send the halves. */
  | { act: 'halve'; halves: [Chunk<T>, Chunk<T>] }
  /** The chunk stays here until it is known what is refused. */
  | { act: 'keep' };

export class AccessCheck<T> {
  /** Objects that were forbidden alone, since Vision One last answered item by item. */
  readonly #forbidden: Array<{ queued: QueuedObject<T>; refusal: Forbidden }> = [];
  /** Chunks that were refused because there is no access. */
  readonly #refused: Chunk<T>[] = [];
  #lastAccepted: QueuedObject<T> | undefined;
  /** The request that sends the last accepted object again. */
  #proof: Chunk<T> | undefined;
  /** The halves of the first forbidden chunk. If both are forbidden, there is no access. */
  #probe: { waiting: Chunk<T>[]; refused: Chunk<T>[] } | undefined;

  /** Objects that were forbidden alone. What it means is not known yet. */
  get forbidden(): ReadonlyArray<{ queued: QueuedObject<T>; refusal: Forbidden }> {
    return this.#forbidden;
  }

  /** Whether chunks of the check wait to be sent. */
  get hasWaiting(): boolean {
    const { waiting = [], refused = [] } = this.#probe ?? {};
    return waiting.length + refused.length > 0;
  }

  /**
   * The next request of the check.
   * @param isIdle whether no request is in flight
   * @returns `wait` if other chunks have to wait for the check; undefined if they can be sent
   */
  next(isIdle: boolean): Chunk<T> | 'wait' | undefined {
    if (this.#proof) return isIdle ? this.#proof : 'wait';
    if (!this.#probe) return undefined;
    // If a half failed for another reason, it is retried with the other chunks, and the probe has ended.
    return this.#probe.waiting.pop() ?? (isIdle ? undefined : 'wait');
  }

  /** Records an object that was accepted. */
  recordAccepted(queued: QueuedObject<T>): void {
    this.#lastAccepted = queued;
  }

  /**
   * Decides what the refusal of a chunk means.
   * @param accessProven whether Vision One has answered a request with this key item by item
   */
  decide(chunk: Chunk<T>, refusal: Forbidden, accessProven: boolean): AccessDecision<T> {
    if (accessProven) return this.#isolate(chunk, refusal, FORBIDDEN_LIMIT);
    if (concernsAddress(refusal)) return this.#noAccess(chunk, refusal);
    if (refusal.isOwn) return this.#decideProbe(chunk, refusal);
    return this.#isolate(chunk, refusal, FORBIDDEN_FROM_THE_START_LIMIT);
  }

  /** Starts the proof, if objects are forbidden and one was accepted before. */
  startProof(): Chunk<T> | undefined {
    if (!this.#lastAccepted || this.#forbidden.length === 0) return undefined;
    this.#proof = { ...chunkOf([this.#lastAccepted]), isProof: true };
    return this.#proof;
  }

  endProof(): void {
    this.#proof = undefined;
  }

  /** Ends the probe. @returns its chunks, which are sent with the others */
  endProbe(): Chunk<T>[] {
    const { refused = [], waiting = [] } = this.#probe ?? {};
    this.#probe = undefined;
    return [...refused, ...waiting];
  }

  /** Objects that were forbidden alone, once it is known that only these are. */
  takeForbidden(): Array<{ queued: QueuedObject<T>; refusal: Forbidden }> {
    return this.#forbidden.splice(0);
  }

  /** All objects that are left here. */
  rest(): QueuedObject<T>[] {
    const chunks = [...this.#refused, ...this.endProbe()];
    return [
      ...chunks.flatMap(({ objects }) => objects),
      ...this.#forbidden.map(({ queued }) => queued),
    ];
  }

  /** Halves a chunk until the forbidden object is alone. */
  #isolate(chunk: Chunk<T>, refusal: Forbidden, limit: number): AccessDecision<T> {
    const queued = onlyObject(chunk);
    if (!queued) return { act: 'halve', halves: halvesOf(chunk) };
    this.#forbidden.push({ queued, refusal });
    if (this.#forbidden.length < limit || this.#proof || this.startProof()) return { act: 'keep' };
    return { act: 'no_access', refusal };
  }

  /** The first chunk is halved once: there is no access only if both of its halves are refused. */
  #decideProbe(chunk: Chunk<T>, refusal: Forbidden): AccessDecision<T> {
    if (this.#probe) {
      const { refused } = this.#probe;
      refused.push(chunk);
      const halves = refused.filter(({ isProbe }) => isProbe);
      return halves.length === 2 ? { act: 'no_access', refusal } : { act: 'keep' };
    }
    if (chunk.objects.length === 1) return this.#noAccess(chunk, refusal);
    const [first, second] = halvesOf(chunk).map((half) => ({ ...half, isProbe: true as const }));
    this.#probe = { waiting: [second, first] as Chunk<T>[], refused: [] };
    return { act: 'keep' };
  }

  #noAccess(chunk: Chunk<T>, refusal: Forbidden): AccessDecision<T> {
    this.#refused.push(chunk);
    return { act: 'no_access', refusal };
  }
}

/** Whether a refusal before the first answer concerns the address, so that no request can succeed. */
function concernsAddress({ status }: Forbidden): boolean {
  return status < 400 || status === 404;
}
