/**
 * Sends objects in chunks, several at the same time, and reports one outcome for each object. The API
 * client waits and retries; this module decides which objects the next request has, and applies what an
 * answer means for each of them (interpret.ts).
 *
 * A chunk that failed temporarily is sent again. It is halved if it may be too large for the service, or
 * if one of its objects may be the reason; an object that fails alone is sent last. A chunk that was
 * refused is halved until the refused object is alone. Items that failed temporarily inside a 207 are
 * sent again together.
 */
import pLimit from 'p-limit';
import type { StopReason, UnsentReason } from '../result/reasons.js';
import {
  CONCURRENCY,
  describeError,
  type Forbidden,
  type ItemError,
  type PostAnswer,
  type VisionOne,
} from '../vision-one/client.js';
import { MAX_BODY_BYTES } from '../vision-one/lists.js';
import { AccessCheck } from './access-check.js';
import { ChunkSize } from './chunk-size.js';
import {
  type Interpretation,
  interpret,
  isLastTry,
  rejection,
  type Settled,
  type Settlement,
} from './interpret.js';
import { type Chunk, chunkOf, type QueuedObject, SendQueue } from './send-queue.js';

export interface SendJob<T> {
  /** In the order in which they are sent. */
  objects: readonly T[];
  /** What a request has for an object, to be written as JSON. */
  payload: (object: T) => unknown;
  /** The path of the list, or its delete path. */
  path: string;
  /** The largest number of objects in one request. */
  maxItems: number;
  /** The largest body of a request; MAX_BODY_BYTES if omitted. */
  maxBytes?: number;
  /** Statuses of an item, other than 2xx, that count as success: 409 is listed, 404 is not listed. */
  doneStatuses: readonly number[];
  visionOne: Pick<VisionOne, 'post' | 'dropBackoff' | 'giveUp' | 'accessProven'>;
  /** Called once for each object. */
  settle: (object: T, settled: Settled) => void;
  /** Called after each request. */
  onRequest?: () => void;
}

/**
 * After so many objects in a row were refused alone, the objects are not the reason, and nothing more is
 * sent. The second limit applies if no object was accepted at all.
 */
export const REFUSED_ALONE_LIMIT = 1_000;
export const REFUSED_FROM_THE_START_LIMIT = 200;

/** How often a request with a single object may fail while others succeed, until it stays unsent. */
export const ALONE_TRIES = 3;

/**
 * Sends objects until each of them is settled.
 * @throws the first error of `payload`, `settle` or `onRequest`, after the requests in flight have ended
 */
export async function sendObjects<T>(job: SendJob<T>): Promise<void> {
  const sender = new Sender(job);
  await sendChunks(
    (isIdle) => sender.nextChunk(isIdle),
    (chunk) => sender.send(chunk),
  );
  sender.settleRest();
}

/**
 * Sends chunks at the same time, as many as CONCURRENCY allows.
 * @param next returns the next chunk; undefined if there is none until a request in flight has ended
 * @throws the first error of `next` or `send`, after the requests in flight have ended
 */
async function sendChunks<T>(
  next: (isIdle: boolean) => Chunk<T> | undefined,
  send: (chunk: Chunk<T>) => Promise<void>,
): Promise<void> {
  const limit = pLimit(CONCURRENCY);
  const workers: Promise<void>[] = [];
  const errors: unknown[] = [];
  let inFlight = 0;
  const takeNext = () => (errors.length === 0 ? next(inFlight === 0) : undefined);
  const work = async () => {
    try {
      for (let chunk = takeNext(); chunk; chunk = takeNext()) {
        // A worker for the chunk after this one. It starts as soon as the limit allows.
        workers.push(limit(work));
        inFlight++;
        await send(chunk).finally(() => inFlight--);
      }
    } catch (error) {
      errors.push(error);
    }
  };
  workers.push(limit(work));
  // Workers are added during this loop.
  for (const worker of workers) await worker;
  if (errors.length > 0) throw errors[0];
}

/** The state of one call of sendObjects. */
class Sender<T> {
  readonly #queue: SendQueue<T>;
  readonly #size: ChunkSize;
  readonly #access = new AccessCheck<T>();
  /** The fewest objects with which a request failed since the last success. */
  #fewestFailed = Number.POSITIVE_INFINITY;
  /** Requests that settled at least one of their objects. */
  #successes = 0;
  /** How many there had been when a request last failed. */
  #successesAtFailure = 0;
  #anyAccepted = false;
  /** Objects that were refused alone since the last one was accepted. */
  #refusedAlone = 0;
  /** Why nothing more is sent. */
  #stopped: { reason: UnsentReason; message: string } | undefined;

  constructor(private readonly job: SendJob<T>) {
    this.#queue = new SendQueue(job.objects, (object) => JSON.stringify(job.payload(object)));
    this.#size = new ChunkSize(job.maxItems, job.maxBytes ?? MAX_BODY_BYTES);
  }

  /** @param isIdle whether no request is in flight */
  nextChunk(isIdle: boolean): Chunk<T> | undefined {
    if (this.#stopped) return undefined;
    const check = this.#access.next(isIdle);
    if (check) return check === 'wait' ? undefined : check;
    this.#queue.putChunks(...this.#access.endProbe());
    const chunk = this.#queue.takeChunk(this.#size, isIdle);
    if (chunk || !isIdle) return chunk;
    return this.#nextAlone() ?? this.#access.startProof();
  }

  async send(chunk: Chunk<T>): Promise<void> {
    const { visionOne, path, doneStatuses } = this.job;
    const answer = await visionOne.post({
      path,
      items: chunk.objects.map(({ json, itemFailures }) => ({ json, failures: itemFailures })),
      doneStatuses,
      retry: chunk.objects.some(({ isSent }) => isSent),
      isLastTry: isLastTry(chunk),
      hasOthers: () => this.#queue.hasUnsent || this.#access.hasWaiting,
    });
    const wasSent = answer.act !== 'give_up';
    const sent = wasSent ? { ...chunk, objects: chunk.objects.map(markSent) } : chunk;
    if (chunk.isProof) this.#applyProof(answer);
    else this.#apply(sent, answer);
    if ('givenUp' in answer && answer.givenUp) this.#stop(answer.givenUp);
    this.job.onRequest?.();
  }

  /** Settles everything that cannot be sent any more, each object with the reason. */
  settleRest(): void {
    this.#settleForbidden();
    const { reason, message } = this.#stopped ?? NO_REASON;
    // An outage has its own message for each object that it met; other ends have one reason for all.
    const isOutage = ['rate_limited', 'service_unavailable', 'no_answer'].includes(reason);
    for (const { object, lastFailure } of [...this.#queue.rest(), ...this.#access.rest()]) {
      const why = isOutage && lastFailure ? lastFailure : { reason, message };
      this.job.settle(object, { outcome: 'unsent', ...why });
    }
  }

  /** Everything else was sent: objects that failed alone are sent again, or stay unsent. */
  #nextAlone(): Chunk<T> | undefined {
    for (let queued = this.#queue.takeAlone(); queued; queued = this.#queue.takeAlone()) {
      // If nothing else succeeds, the service is the reason: the API client decides when it is given up.
      const othersSucceeded = this.#successes > (queued.successesBefore ?? this.#successes);
      if (queued.aloneFailures < ALONE_TRIES || !othersSucceeded) return chunkOf([queued]);
      const why = queued.lastFailure ?? NO_REASON;
      this.job.settle(queued.object, { outcome: 'unsent', ...why });
    }
    return undefined;
  }

  #apply(chunk: Chunk<T>, answer: PostAnswer): void {
    if (answer.act === 'retry') this.#recordFailure(chunk, answer.smaller !== 'no');
    const meaning = interpret(chunk, answer, this.#successes);
    switch (meaning.act) {
      case 'answered':
        this.#applyItems(chunk, meaning);
        break;
      case 'retry':
        this.#queue.putChunks(meaning.chunk);
        break;
      case 'alone':
        this.#queue.putAlone(meaning.queued);
        break;
      case 'split':
        this.#applySplit(meaning.halves);
        break;
      case 'unreadable':
        this.#queue.putChunks(...meaning.chunks);
        break;
      case 'unsent':
        this.#settle(meaning.settlement);
        break;
      case 'halve':
        if (meaning.because === 'too_large') this.#size.recordTooLarge(chunk, meaning.halves);
        this.#putHalves(meaning.halves);
        break;
      case 'refused_alone':
        this.#settle(meaning.settlement);
        this.#countRefusedAlone(meaning.error);
        break;
      case 'forbidden':
        this.#applyForbidden(chunk, meaning);
        break;
      case 'stop':
        this.#queue.putChunks(chunk);
        this.#stop(meaning);
        break;
    }
  }

  /** Vision One answered item by item: it accepts the key, and requests of this size. */
  #applyItems(
    chunk: Chunk<T>,
    { settlements, retries }: Extract<Interpretation<T>, { act: 'answered' }>,
  ): void {
    this.#fewestFailed = Number.POSITIVE_INFINITY;
    this.#queue.putChunks(...this.#access.endProbe());
    this.#settleForbidden();
    this.#size.recordSuccess(chunk);
    for (const settlement of settlements) {
      if (settlement.settled.outcome === 'done') {
        this.#anyAccepted = true;
        this.#refusedAlone = 0;
        this.#access.recordAccepted(settlement.queued);
      }
      this.#settle(settlement);
    }
    if (settlements.length > 0) this.#successes++;
    this.#queue.putRetries(retries);
  }

  /**
   * Ends the back-off if the service answered other requests since the last failure, because then it is
   * available; and for a half that is smaller than everything that failed since the last success.
   */
  #recordFailure({ objects, split }: Chunk<T>, mayDependOnSize: boolean): void {
    const isAvailable = this.#successes > this.#successesAtFailure;
    this.#successesAtFailure = this.#successes;
    const isSmallest = split !== undefined && objects.length < this.#fewestFailed;
    if (mayDependOnSize && (isAvailable || isSmallest)) this.#dropBackoff();
    this.#fewestFailed = Math.min(this.#fewestFailed, objects.length);
  }

  #applySplit(halves: [Chunk<T>, Chunk<T>]): void {
    this.#putHalves(halves);
    // Only for sizes that were not tried yet: if all requests fail, the back-off must grow.
    if (halves[0].objects.length < this.#fewestFailed) this.#dropBackoff();
  }

  #dropBackoff(): void {
    this.job.visionOne.dropBackoff(this.job.path);
  }

  #putHalves([first, second]: [Chunk<T>, Chunk<T>]): void {
    this.#queue.putChunks(second, first);
  }

  #countRefusedAlone(error: ItemError): void {
    this.#refusedAlone++;
    const limit = this.#anyAccepted ? REFUSED_ALONE_LIMIT : REFUSED_FROM_THE_START_LIMIT;
    if (this.#refusedAlone < limit) return;
    const since = this.#anyAccepted ? 'since it last accepted one' : 'and accepted none';
    const message = `Vision One refused ${this.#refusedAlone} objects one by one ${since}, so nothing more was sent. Its last answer was ${describeError(error)}`;
    this.#stop({ reason: 'no_answer', message });
  }

  #applyForbidden(chunk: Chunk<T>, refusal: Forbidden): void {
    const decision = this.#access.decide(chunk, refusal, this.job.visionOne.accessProven);
    if (decision.act === 'halve') this.#putHalves(decision.halves);
    else if (decision.act === 'no_access') this.#noAccess(decision.refusal);
  }

  /** Whether an object that was accepted before is accepted again shows whether there is access. */
  #applyProof(answer: PostAnswer): void {
    this.#access.endProof();
    switch (answer.act) {
      // A 400 or 413 is an answer to a request that was let through, too.
      case 'items':
      case 'divide':
      case 'list_full':
        this.#settleForbidden();
        break;
      case 'forbidden':
        this.#noAccess(answer);
        break;
      case 'give_up':
        this.#stop(answer);
        break;
      case 'retry':
      case 'unreadable':
        this.#access.startProof();
        break;
    }
  }

  /** Rejects the objects that were forbidden alone, once Vision One has answered others. */
  #settleForbidden(): void {
    const [first] = this.#access.forbidden;
    if (!first || this.#stopped?.reason === 'no_access') return;
    const { visionOne, objects } = this.job;
    // If this is the only object that is sent, nothing shows that others would be refused too.
    if (!visionOne.accessProven && objects.length > 1) {
      if (!this.#stopped) this.#noAccess(first.refusal);
      return;
    }
    for (const { queued, refusal } of this.#access.takeForbidden()) {
      const { status, isOwn, message } = refusal;
      const filter = `a filter between this machine and Vision One refuses it (${message})`;
      this.#settle(
        rejection(queued, {
          status,
          code: `http_${status}`,
          message: isOwn ? `Vision One refuses this object alone, or ${filter}` : filter,
        }),
      );
    }
  }

  #noAccess({ message, advice }: Forbidden): void {
    this.#stop(this.job.visionOne.giveUp('no_access', message, advice));
  }

  #settle({ queued, settled }: Settlement<T>): void {
    this.job.settle(queued.object, settled);
  }

  /** Nothing more is sent. The first reason is kept. */
  #stop({ reason, message }: { reason: UnsentReason; message: string }): void {
    this.#stopped ??= { reason, message };
  }
}

function markSent<T>(queued: QueuedObject<T>): QueuedObject<T> {
  return queued.isSent ? queued : { ...queued, isSent: true };
}

const NO_REASON: { reason: StopReason; message: string } = {
  reason: 'service_unavailable',
  message: 'Vision One did not answer',
};
