/**
 * Sends requests to one service. Only this client waits, counts retries and knows the deadline: its
 * callers send one request after the other and get what each answer means.
 */
import type { ExchangeRecord, ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';
import { addressText } from './address.js';
import type { Clock } from './clock.js';
import { LinkedAbort } from './linked-abort.js';
import { OutageClock } from './outage.js';
import { covered, type Interval, RateGate } from './rate-gate.js';
import {
  type AllowedOutage,
  affordable,
  backoff,
  decide,
  isFailure,
  mayBeCarriedOut,
  type RetryContext,
  type SmallerHelps,
  smallerHelps,
  type Verdict,
} from './retry-policy.js';
import type { Answer, Request, Transport, TransportResult } from './transport.js';

export interface Observer {
  waiting?(service: ServiceName, reason: StopReason, untilMs: number): void;
  exchanged?(record: ExchangeRecord): void;
}

/** The limits of a run, and the two signals that end it early. */
export interface Limits {
  /** When the run must have ended, by Clock.now. */
  deadline: number;
  /** No new request is sent. */
  stopping: AbortSignal;
  /** Requests in flight are aborted too. */
  aborting: AbortSignal;
  /** When a service is given up; ALLOWED_OUTAGE if omitted. */
  allowedOutage?: AllowedOutage | undefined;
  /** Milliseconds that one request may take; ANSWER_TIMEOUT_MS if omitted. */
  answerTimeoutMs?: number | undefined;
}

/** Nothing more is sent to the service in this run. */
export interface GivenUp {
  act: 'give_up';
  reason: StopReason;
  message: string;
  /** What the administrator can do about it, if that is known here. */
  advice?: string;
  /** The result of the last request, if it is the reason. */
  last?: TransportResult;
}

/** The request failed temporarily. The rate gate is already closed for the necessary wait. */
export interface Retry {
  act: 'retry';
  /** Whether a smaller request may succeed. */
  smaller: SmallerHelps;
  reason: StopReason;
  /** The answer or the error, in words. */
  message: string;
}

/** What the answer to one request means. */
export type Exchange =
  /** A 2xx. The caller reads it and then calls recordSuccess or recordFailure. */
  | { act: 'read'; answer: Answer }
  | Retry
  | GivenUp
  /** The request was too large, or the service refused something in it. */
  | { act: 'divide'; because: 'refused' | 'too_large'; answer: Answer }
  /** The answer was cut off because it is larger than the request allows. */
  | { act: 'answer_too_large'; message: string }
  /** An answer that a retry would not change: 401, 403, 404, a redirect. */
  | { act: 'refused'; answer: Answer };

/** The result of a request that was retried until its answer could be read. */
export type ReadResult<T> =
  | { act: 'read'; value: T }
  /** The request failed, and one that asks for less may succeed. */
  | { act: 'ask_for_less'; message: string }
  | { act: 'refused'; answer: Answer }
  | { act: 'unreadable'; message: string }
  | GivenUp;

export interface ReadOptions {
  /** Whether the request repeats an earlier one. */
  retry?: boolean;
  /** Whether the caller can send a request that asks for less instead. */
  canAskForLess?: boolean;
}

/** What happened to a request that is retried until its answer can be read. */
interface Tries {
  /** Failures that may depend on what is asked for. */
  failures: number;
  /** Answers that could not be read. */
  unreadable: number;
  readonly canAskForLess: boolean;
}

/** A 2xx that cannot be read may be temporary; after this number of tries it is not. */
const UNREADABLE_TRIES = 4;
/** Trend documents a 504 after 60 s. The limit is higher, so that this answer is received. */
export const ANSWER_TIMEOUT_MS = 65_000;

export class ApiClient {
  readonly requests = { sent: 0, retries: 0 };
  /** POST requests that the service may have carried out, whatever it answered. */
  effectivePosts = 0;
  /** When requests waited at a rate gate. A wait of several requests at one gate is listed once. */
  readonly waits: Interval[] = [];
  #ended: Omit<GivenUp, 'act'> | undefined;
  /** Aborted when the service is given up, so that no request waits at a rate gate any longer. */
  readonly #ending = new AbortController();
  readonly #gates = new Map<string, RateGate>();
  readonly #outage = new OutageClock();
  #inFlight = 0;

  constructor(
    readonly name: ServiceName,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly observer: Observer = {},
  ) {}

  /**
   * Sends a request once, when the rate gate of its endpoint opens, and decides what its answer means.
   * It never rejects.
   * @param endpoint requests with the same endpoint share a rate limit: method and path without variable
   *   parts
   * @param retry whether it repeats an earlier request
   */
  async exchange(endpoint: string, request: Request, retry = false): Promise<Exchange> {
    const gate = this.#gateOf(endpoint);
    const { entered, waits, reason } = await this.#enter(gate);
    if (!entered) return this.#interrupted();
    const ended = this.#endBefore();
    if (ended) {
      gate.leave();
      return ended;
    }
    const failuresBefore = gate.failures;
    const startedAt = this.clock.now();
    const result = await this.#transmit(request, startedAt, retry);
    gate.leave();
    this.observer.exchanged?.({
      service: this.name,
      method: request.method,
      path: request.url.pathname,
      at: new Date(startedAt).toISOString(),
      took_ms: Math.round(this.clock.now() - startedAt),
      status: result.kind === 'answer' ? result.status : null,
      ...(result.kind === 'broken' && { error: result.message }),
      waited_ms: Math.round(covered(waits)),
      ...(reason && { why_waited: reason }),
      retry,
    });
    if (result.kind === 'broken' && this.limits.aborting.aborted) return this.#interrupted();
    if (result.kind === 'answer') this.#pace(gate, result);
    return this.#judge(gate, failuresBefore, request, result);
  }

  /**
   * Sends a request until its answer can be read, or until a retry would not change the answer. It never
   * rejects.
   * @param read returns what an answer says, or why it cannot be read, which may be temporary
   */
  async read<T>(
    endpoint: string,
    request: Request,
    read: (answer: Answer) => { value: T } | { unreadable: string },
    { retry = false, canAskForLess = false }: ReadOptions = {},
  ): Promise<ReadResult<T>> {
    const tries: Tries = { failures: 0, unreadable: 0, canAskForLess };
    for (let isRetry = retry; ; isRetry = true) {
      const exchange = await this.exchange(endpoint, request, isRetry);
      const result =
        exchange.act === 'read'
          ? this.#readAnswer(endpoint, request, exchange.answer, read, tries)
          : this.#resultOf(endpoint, exchange, tries);
      if (result) return result;
    }
  }

  /** Records that the last answer was successful. It ends an outage. */
  recordSuccess(endpoint: string): void {
    this.#gateOf(endpoint).open();
    this.#outage.recordSuccess(this.clock.now(), this.#inFlight > 0);
  }

  /**
   * Records that the last answer was a 2xx without a result. Closes the rate gate, for longer with each
   * such answer in a row.
   * @param attempt how often the same request was tried without a result; from 1
   * @returns `give_up` if the outage has lasted too long
   */
  recordFailure(
    endpoint: string,
    reason: StopReason,
    attempt: number,
    message: string,
  ): Retry | GivenUp {
    const gate = this.#gateOf(endpoint);
    // An answer that arrives while the gate is closed belongs to a failure that was counted already.
    if (!gate.isClosed) {
      gate.failures++;
      this.#outage.recordFailure();
    }
    const context = this.#retryContext();
    const delay = backoff(Math.max(attempt, gate.failures), context.random);
    return this.#applyVerdict(gate, affordable(delay, false, reason, context), message, 'no');
  }

  /** Ends the back-off, because the next request is smaller than the one that failed. */
  dropBackoff(endpoint: string): void {
    this.#gateOf(endpoint).dropBackoff();
  }

  /** Why the service was given up; undefined if it was not. */
  get ended(): Omit<GivenUp, 'act'> | undefined {
    return this.#ended;
  }

  /** Ends all requests to this service. The first reason is kept and returned to every caller. */
  giveUp(reason: StopReason, message: string, advice?: string, last?: TransportResult): GivenUp {
    this.#ended ??= {
      reason,
      message,
      ...(advice !== undefined && { advice }),
      ...(last && { last }),
    };
    this.#ending.abort();
    return { act: 'give_up', ...this.#ended };
  }

  /** @returns undefined if the request is sent again */
  #readAnswer<T>(
    endpoint: string,
    request: Request,
    answer: Answer,
    read: (answer: Answer) => { value: T } | { unreadable: string },
    tries: Tries,
  ): ReadResult<T> | undefined {
    const found = read(answer);
    if ('value' in found) {
      this.recordSuccess(endpoint);
      return { act: 'read', value: found.value };
    }
    tries.unreadable++;
    const message = `${describeExchange(request, answer)} with ${found.unreadable}`;
    const retry = this.recordFailure(endpoint, 'no_answer', tries.unreadable, message);
    if (retry.act === 'give_up') return retry;
    if (tries.canAskForLess && tries.unreadable >= 2) return this.#askForLess(endpoint, message);
    return tries.unreadable >= UNREADABLE_TRIES ? { act: 'unreadable', message } : undefined;
  }

  /** @returns undefined if the request is sent again */
  #resultOf(
    endpoint: string,
    exchange: Exclude<Exchange, { act: 'read' }>,
    tries: Tries,
  ): ReadResult<never> | undefined {
    switch (exchange.act) {
      case 'retry': {
        const { smaller, message } = exchange;
        const canHelp = tries.canAskForLess && suggestsLess(smaller, ++tries.failures);
        return canHelp ? this.#askForLess(endpoint, message) : undefined;
      }
      case 'give_up':
        return exchange;
      case 'answer_too_large': {
        const { message } = exchange;
        return tries.canAskForLess
          ? { act: 'ask_for_less', message }
          : this.giveUp('no_answer', message);
      }
      case 'divide':
      case 'refused':
        return { act: 'refused', answer: exchange.answer };
    }
  }

  #askForLess(endpoint: string, message: string): ReadResult<never> {
    this.dropBackoff(endpoint);
    return { act: 'ask_for_less', message };
  }

  /** Waits at the gate. @returns also the reason of the last wait */
  async #enter(gate: RateGate) {
    let reason: StopReason | undefined;
    const abort = new LinkedAbort([this.limits.stopping, this.#ending.signal]);
    const { entered, waits } = await gate
      .enter(abort.signal, (pause) => {
        reason = pause.reason;
        this.observer.waiting?.(this.name, pause.reason, pause.until);
      })
      .finally(() => abort.end());
    this.waits.push(...waits);
    return { entered, waits, reason };
  }

  async #transmit(request: Request, now: number, retry: boolean): Promise<TransportResult> {
    this.#outage.recordRequest(now);
    this.#inFlight++;
    this.requests.sent++;
    if (retry) this.requests.retries++;
    const timeoutMs = this.limits.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    const timeLeft = Math.min(timeoutMs, this.limits.deadline - now);
    const result = await this.transport.send(request, timeLeft, this.limits.aborting);
    this.#inFlight--;
    if (request.method === 'POST' && mayBeCarriedOut(result)) this.effectivePosts++;
    return result;
  }

  /** @param failuresBefore the failures in a row at this endpoint when the request was sent */
  #judge(
    gate: RateGate,
    failuresBefore: number,
    request: Request,
    result: TransportResult,
  ): Exchange {
    // Requests that were sent before a failure was known belong to the same outage: it counts once.
    const isNew = gate.failures === failuresBefore;
    if (isNew && isFailure(result)) this.#outage.recordFailure();
    const verdict = decide(failuresBefore + 1, result, this.#retryContext());
    const message = describeExchange(request, result);
    switch (verdict.act) {
      case 'read':
        return { act: 'read', answer: result as Answer };
      case 'divide':
        return { act: 'divide', because: verdict.because, answer: result as Answer };
      case 'wait':
        if (isNew) gate.failures++;
        return this.#applyVerdict(gate, verdict, message, smallerHelps(result));
      case 'give_up':
        return this.#judgeFinal(verdict.reason, result, message);
    }
  }

  /** Judges a result that a retry would not change, or for which there is no time. */
  #judgeFinal(reason: StopReason, result: TransportResult, message: string): Exchange {
    if (result.kind === 'answer') {
      return reason === 'no_access'
        ? { act: 'refused', answer: result }
        : this.giveUp(reason, message, undefined, result);
    }
    if (result.cause === 'too_large') return { act: 'answer_too_large', message };
    return this.giveUp(reason, message, result.advice, result);
  }

  #applyVerdict(
    gate: RateGate,
    verdict: Verdict,
    message: string,
    smaller: SmallerHelps,
  ): Retry | GivenUp {
    if (this.#ended) return { act: 'give_up', ...this.#ended };
    if (verdict.act === 'give_up') return this.giveUp(verdict.reason, message);
    if (verdict.act !== 'wait') throw new Error(`${verdict.act} is not a verdict on a failure`);
    this.#wait(gate, verdict.ms, verdict.reason, verdict.requested);
    return { act: 'retry', smaller, reason: verdict.reason, message };
  }

  /** Slows down before a 429, if the service says how many requests remain. */
  #pace(gate: RateGate, answer: Answer): void {
    const ms = answer.status === 429 ? 0 : gate.paceOf(answer.headers);
    if (ms <= 0) return;
    // The run is not given up for this: the next request may be accepted all the same.
    if (this.clock.now() + ms >= this.limits.deadline) return;
    this.#wait(gate, ms, 'rate_limited', true);
  }

  #wait(gate: RateGate, ms: number, reason: StopReason, isRequested: boolean): void {
    const now = this.clock.now();
    gate.close(now + ms, reason, isRequested);
    if (isRequested) this.#outage.excludeWait(now, now + ms);
  }

  #endBefore(): GivenUp | undefined {
    if (this.#ended) return { act: 'give_up', ...this.#ended };
    if (this.clock.now() < this.limits.deadline) return undefined;
    return this.giveUp('time_limit', 'the time limit of the run was reached');
  }

  #interrupted(): GivenUp {
    return this.giveUp('interrupted', 'the run was interrupted');
  }

  #retryContext(): RetryContext {
    const now = this.clock.now();
    return {
      now,
      deadline: this.limits.deadline,
      wallNow: this.clock.wallNow(),
      outageMs: this.#outage.durationMs(now),
      outageFailures: this.#outage.failures,
      allowed: this.limits.allowedOutage,
      random: this.clock.random(),
    };
  }

  #gateOf(endpoint: string): RateGate {
    const gate = this.#gates.get(endpoint) ?? new RateGate(this.clock);
    this.#gates.set(endpoint, gate);
    return gate;
  }
}

/** Whether to ask for less after this number of failures of the same request. */
export function suggestsLess(smaller: SmallerHelps, failures: number): boolean {
  return smaller === 'likely' || (smaller === 'perhaps' && failures >= 2);
}

/** `METHOD url: result`, without the query, because a service's own links have tokens there. */
export function describeExchange(request: Request, result: TransportResult): string {
  return `${request.method} ${addressText(request.url)}: ${describeResult(result)}`;
}

function describeResult(result: TransportResult): string {
  if (result.kind === 'broken') return result.message;
  const { status, proxy, tunnelRefused } = result;
  if (!proxy) return `HTTP ${status}`;
  return `HTTP ${status}${tunnelRefused ? ' from' : ', through'} the proxy ${proxy}`;
}
