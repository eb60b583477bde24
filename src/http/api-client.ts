/**
 * A remote service as the rest of the program sees it: the owner of waiting. Nobody else sleeps,
 * counts tries or knows of a deadline.
 */
import type { ExchangeRecord, ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';
import { addressText } from './address.js';
import type { Clock } from './clock.js';
import { LinkedAbort } from './linked-abort.js';
import { covered, type Interval, RateGate } from './rate-gate.js';
import {
  type AllowedOutage,
  affordable,
  backoff,
  decide,
  isFailure,
  type Moment,
  mayBeCarriedOut,
  type SmallerHelps,
  smallerHelps,
  type Verdict,
} from './retry-policy.js';
import type { Answer, Outcome, Request, Transport } from './transport.js';

export interface Observer {
  waiting?(service: ServiceName, reason: StopReason, untilMs: number): void;
  exchanged?(record: ExchangeRecord): void;
}

/** The bounds of a run and its two ways to end early. */
export interface Limits {
  /** When the run must have ended, by Clock.now. */
  deadline: number;
  /** No new request. */
  stopping: AbortSignal;
  /** Those in flight are broken off too. */
  breaking: AbortSignal;
  /** When a service is given up, if not after ALLOWED_OUTAGE. */
  allowedOutage?: AllowedOutage | undefined;
  /** Milliseconds that one exchange may take; ANSWER_TIMEOUT_MS if left out. */
  answerTimeoutMs?: number | undefined;
}

/** The service is given up, for good. */
export interface GivenUp {
  act: 'give_up';
  reason: StopReason;
  message: string;
  /** What to do about it, where that is known here. */
  advice?: string;
}

/** Send again. The rate gate is already closed for the necessary pause. */
export interface Again {
  act: 'again';
  /** Whether a smaller request may succeed. */
  smaller: SmallerHelps;
  reason: StopReason;
  /** What was answered, in words. */
  message: string;
}

export type Waited = Again | GivenUp;

export type Exchange =
  /** A 2xx. Whoever reads it says whether it was of use: `useful` or `useless`. */
  | { act: 'use'; answer: Answer }
  | Waited
  | { act: 'divide'; because: 'refused' | 'too_large'; answer: Answer }
  /** The answer was cut off, because it is larger than the request allows. */
  | { act: 'answer_too_large'; message: string }
  /** An answer that no second try will change: 401, 403, 404, a redirect. */
  | { act: 'refused'; answer: Answer };

/** What came of sending until there is something to read. */
export type Persisted<T> =
  | { act: 'read'; value: T }
  /** The request failed, and one that asks for less may succeed. */
  | { act: 'ask_for_less'; message: string }
  | { act: 'refused'; answer: Answer }
  | { act: 'unreadable'; message: string }
  | GivenUp;

/** A 2xx that cannot be read may pass; more tries than this do not make it better. */
const UNREADABLE_TRIES = 4;
/** Trend documents a 504 after 60 s: we wait a little longer, to get that answer. ThreatQ gets the same. */
export const ANSWER_TIMEOUT_MS = 65_000;

export class Service {
  readonly requests = { sent: 0, retries: 0 };
  /** POST requests that may have been carried out, whatever was answered. */
  effectivePosts = 0;
  /** When requests waited at a gate, each stretch told once a gate. */
  readonly waits: Interval[] = [];
  #end: Omit<GivenUp, 'act'> | undefined;
  /** Aborted when the service is given up: nobody need wait at a gate for what is over. */
  #ending = new AbortController();
  #gates = new Map<string, RateGate>();
  #inFlight = 0;
  /** Since when there has been no useful answer; undefined while there is nothing to answer. */
  #outageSince: number | undefined;
  /** Failures since then; those of requests that overlapped count as one. */
  #outageTries = 0;
  /** How much of the outage was a pause that the service requested (Retry-After), and until when. */
  #requestedMs = 0;
  #requestedUntil = 0;

  constructor(
    readonly name: ServiceName,
    private readonly transport: Transport,
    private readonly clock: Clock,
    private readonly limits: Limits,
    private readonly observer: Observer = {},
  ) {}

  /**
   * Sends a request once, when its endpoint's gate lets it, and decides what its answer means.
   * @param endpoint what shares a rate limit: method and path without what varies
   * @param retry whether it repeats an earlier request
   */
  async exchange(endpoint: string, request: Request, retry = false): Promise<Exchange> {
    const gate = this.#gateOf(endpoint);
    let why: string | undefined;
    const over = new LinkedAbort([this.limits.stopping, this.#ending.signal]);
    const { entered, waits } = await gate
      .enter(over.signal, (pause) => {
        why = pause.reason;
        this.observer.waiting?.(this.name, pause.reason, pause.until);
      })
      .finally(() => over.end());
    this.waits.push(...waits);
    if (!entered) return this.#interrupted();
    const ended = this.#endBefore();
    if (ended) {
      gate.leave();
      return ended;
    }

    const startedAt = this.clock.now();
    const epoch = gate.failures;
    if (this.#outageSince === undefined) this.#beginOutage(startedAt);
    this.#inFlight++;
    this.requests.sent++;
    if (retry) this.requests.retries++;
    const outcome = await this.transport.send(
      request,
      this.#timeout(startedAt),
      this.limits.breaking,
    );
    this.#inFlight--;
    gate.leave();
    this.observer.exchanged?.({
      service: this.name,
      method: request.method,
      path: request.url.pathname,
      at: new Date(startedAt).toISOString(),
      took_ms: Math.round(this.clock.now() - startedAt),
      status: outcome.kind === 'answer' ? outcome.status : null,
      ...(outcome.kind === 'broken' && { error: outcome.message }),
      waited_ms: Math.round(covered(waits)),
      ...(why && { why_waited: why }),
      retry,
    });
    if (request.method === 'POST' && mayBeCarriedOut(outcome)) this.effectivePosts++;
    if (outcome.kind === 'broken' && this.limits.breaking.aborted) return this.#interrupted();
    if (outcome.kind === 'answer') this.#pace(gate, outcome);
    return this.#judge(gate, epoch, request, outcome);
  }

  /** @param epoch the failures in a row at this endpoint when the request went out */
  #judge(gate: RateGate, epoch: number, request: Request, outcome: Outcome): Exchange {
    // Requests that went out before a failure was known belong to the same outage: count it once.
    const isNew = gate.failures === epoch;
    if (isNew && isFailure(outcome)) this.#outageTries++;
    const verdict = decide(epoch + 1, outcome, this.#moment());
    const message = describe(request, outcome);
    switch (verdict.act) {
      case 'use':
        return { act: 'use', answer: outcome as Answer };
      case 'divide':
        return { act: 'divide', because: verdict.because, answer: outcome as Answer };
      case 'wait':
        if (isNew) gate.failures++;
        return this.#applyVerdict(gate, verdict, message, smallerHelps(outcome));
      case 'give_up':
        if (outcome.kind === 'answer' && verdict.reason === 'no_access') {
          return { act: 'refused', answer: outcome };
        }
        if (outcome.kind === 'answer') return this.#applyVerdict(gate, verdict, message, 'no');
        if (outcome.cause === 'too_large') return { act: 'answer_too_large', message };
        if (outcome.cause === 'certificate')
          return this.giveUp(verdict.reason, message, outcome.advice);
        return this.#applyVerdict(gate, verdict, message, 'no');
    }
  }

  /**
   * Sends until there is an answer that can be read, or none that another try would change.
   * @param read what an answer says, or why it cannot be read, which may pass
   * @param retry whether it repeats an earlier request
   * @param canAskForLess whether the caller can send a request that asks for less instead
   */
  async persist<T>(
    endpoint: string,
    request: Request,
    read: (answer: Answer) => { value: T } | { unreadable: string },
    { retry = false, canAskForLess = false } = {},
  ): Promise<Persisted<T>> {
    for (let unreadable = 0, failures = 0, again = retry; ; again = true) {
      const exchange = await this.exchange(endpoint, request, again);
      if (exchange.act === 'again') {
        if (canAskForLess && suggestsLess(exchange.smaller, ++failures)) {
          this.dropBackoff(endpoint);
          return { act: 'ask_for_less', message: exchange.message };
        }
        continue;
      }
      if (exchange.act === 'give_up') return exchange;
      if (exchange.act === 'answer_too_large') {
        return canAskForLess
          ? { act: 'ask_for_less', message: exchange.message }
          : this.giveUp('no_answer', exchange.message);
      }
      if (exchange.act !== 'use') return { act: 'refused', answer: exchange.answer };
      const found = read(exchange.answer);
      if ('value' in found) {
        this.useful(endpoint);
        return { act: 'read', value: found.value };
      }
      const message = `${describe(request, exchange.answer)} with ${found.unreadable}`;
      const waited = this.useless(endpoint, 'no_answer', ++unreadable, message);
      if (waited.act === 'give_up') return waited;
      if (canAskForLess && unreadable >= 2) {
        this.dropBackoff(endpoint);
        return { act: 'ask_for_less', message };
      }
      if (unreadable >= UNREADABLE_TRIES) return { act: 'unreadable', message };
    }
  }

  /** The last answer was useful: an outage is over. */
  useful(endpoint: string): void {
    this.#gateOf(endpoint).open();
    if (this.#inFlight > 0) this.#beginOutage(this.clock.now());
    else this.#outageSince = undefined;
  }

  /** What is sent next is smaller than what failed, so it does not have to wait for that back-off. */
  dropBackoff(endpoint: string): void {
    this.#gateOf(endpoint).dropBackoff();
  }

  /**
   * The last answer was a 2xx that told nothing, or nothing final. Closes the gate for a while, and
   * for longer with each such answer in a row.
   * @param attempt how often the same thing has been tried without use; from 1
   * @returns `again`, or `give_up` if the outage has lasted too long
   */
  useless(endpoint: string, reason: StopReason, attempt: number, message: string): Waited {
    const moment = this.#moment();
    const gate = this.#gateOf(endpoint);
    // What comes in while the gate is closed went out before it was, and tells nothing new.
    if (!gate.isClosed) {
      gate.failures++;
      this.#outageTries++;
    }
    const delay = backoff(Math.max(attempt, gate.failures), moment.random);
    const verdict = affordable(delay, false, reason, { ...moment, outageTries: this.#outageTries });
    return this.#applyVerdict(gate, verdict, message, 'no');
  }

  /** Why the service was given up; undefined while it is not. */
  get ended(): Omit<GivenUp, 'act'> | undefined {
    return this.#end;
  }

  /** Nothing more is sent to this service; every caller gets the reason. The first one stays. */
  giveUp(reason: StopReason, message: string, advice?: string): GivenUp {
    this.#end ??= { reason, message, ...(advice !== undefined && { advice }) };
    this.#ending.abort();
    return { act: 'give_up', ...this.#end };
  }

  #applyVerdict(gate: RateGate, verdict: Verdict, message: string, smaller: SmallerHelps): Waited {
    if (this.#end) return { act: 'give_up', ...this.#end };
    if (verdict.act === 'give_up') return this.giveUp(verdict.reason, message);
    if (verdict.act !== 'wait') throw new Error(`${verdict.act} is no verdict on a failure`);
    const until = this.clock.now() + verdict.ms;
    gate.close(until, verdict.reason, verdict.requested);
    if (verdict.requested) this.#requestedWait(until);
    return { act: 'again', smaller, reason: verdict.reason, message };
  }

  /** Slows down before a 429 comes, where the service says how many requests are left. */
  #pace(gate: RateGate, answer: Answer): void {
    const ms = answer.status === 429 ? 0 : gate.paceOf(answer.headers);
    if (ms <= 0) return;
    const now = this.clock.now();
    // Not worth giving up for: the request after it may find that there is room after all.
    if (now + ms >= this.limits.deadline) return;
    gate.close(now + ms, 'rate_limited', true);
    this.#requestedWait(now + ms);
  }

  /** Time in a wait that the service requested (Retry-After) does not count as outage. */
  #requestedWait(until: number): void {
    const from = Math.max(this.#requestedUntil, this.clock.now());
    this.#requestedMs += Math.max(0, until - from);
    this.#requestedUntil = Math.max(this.#requestedUntil, until);
  }

  #beginOutage(now: number): void {
    this.#outageSince = now;
    this.#outageTries = 0;
    this.#requestedMs = Math.max(0, this.#requestedUntil - now);
  }

  #outageMs(now: number): number {
    return this.#outageSince === undefined ? 0 : now - this.#outageSince - this.#requestedMs;
  }

  #endBefore(): GivenUp | undefined {
    if (this.#end) return { act: 'give_up', ...this.#end };
    if (this.clock.now() < this.limits.deadline) return undefined;
    return this.giveUp('time_limit', 'the time limit of the run was reached');
  }

  #interrupted(): GivenUp {
    return this.giveUp('interrupted', 'the run was interrupted');
  }

  #moment(): Moment {
    const now = this.clock.now();
    return {
      now,
      deadline: this.limits.deadline,
      wallNow: this.clock.wallNow(),
      outageMs: this.#outageMs(now),
      outageTries: this.#outageTries,
      allowed: this.limits.allowedOutage,
      random: this.clock.random(),
    };
  }

  #timeout(now: number): number {
    return Math.min(this.limits.answerTimeoutMs ?? ANSWER_TIMEOUT_MS, this.limits.deadline - now);
  }

  #gateOf(endpoint: string): RateGate {
    let gate = this.#gates.get(endpoint);
    if (!gate) {
      gate = new RateGate(this.clock);
      this.#gates.set(endpoint, gate);
    }
    return gate;
  }
}

/** Whether less should be asked for after so many failures of the same request. */
export function suggestsLess(smaller: SmallerHelps, failures: number): boolean {
  return smaller === 'likely' || (smaller === 'perhaps' && failures >= 2);
}

/** `METHOD url: reason`, without the query, because a service's own links hold tokens there. */
export function describe(request: Request, outcome: Outcome): string {
  return `${request.method} ${addressText(request.url)}: ${reasonOf(outcome)}`;
}

function reasonOf(outcome: Outcome): string {
  if (outcome.kind === 'broken') return outcome.message;
  const { status, proxy, tunnelRefused } = outcome;
  if (!proxy) return `HTTP ${status}`;
  return `HTTP ${status}${tunnelRefused ? ' from' : ', through'} the proxy ${proxy}`;
}
