/**
 * A remote service as the rest of the program sees it: the owner of waiting. Nobody else sleeps,
 * counts tries or knows of a deadline.
 */
import { Link } from './abort.js';
import { addressText } from './address.js';
import type { Clock } from './clock.js';
import { covered, Gate, type Stretch } from './gate.js';
import {
  affordable,
  backoff,
  decide,
  type Moment,
  PATIENCE_MS,
  type Reason,
  type Verdict,
} from './retry.js';
import type { Answer, Outcome, Request, Transport } from './send.js';

export type ServiceName = 'ThreatQ' | 'Vision One';

/** One exchange as the report's timeline shows it. */
export interface ExchangeRecord {
  service: ServiceName;
  method: string;
  path: string;
  /** ISO 8601, UTC. */
  at: string;
  took_ms: number;
  /** Null where there was no answer. */
  status: number | null;
  error?: string;
  /** How long the gate was closed before it. */
  waited_ms: number;
  why_waited?: string;
  /** Whether it repeats an earlier request. */
  retry: boolean;
}

export interface Observer {
  waiting?(service: ServiceName, reason: Reason, untilMs: number): void;
  exchanged?(record: ExchangeRecord): void;
}

/** The bounds of a run and its two ways to end early. */
export interface Limits {
  /** When the run must have ended, in milliseconds since the epoch. */
  deadline: number;
  /** No new request. */
  stopping: AbortSignal;
  /** Those in flight are broken off too. */
  breaking: AbortSignal;
  /** How long a service may give no useful answer, where that is not PATIENCE_MS. */
  patienceMs?: number | undefined;
}

/** The service is given up, for good. */
export interface GivenUp {
  act: 'give_up';
  reason: Reason;
  message: string;
}

/** The gate is closed for as long as it takes: ask again. Or there is nothing to wait for any more. */
export type Waited = { act: 'again' } | GivenUp;

export type Exchange =
  /** A 2xx. Whoever reads it says whether it was of use: `useful` or `useless`. */
  | { act: 'use'; answer: Answer }
  | Waited
  | { act: 'divide'; because: 'refused' | 'too_large'; answer: Answer }
  /** An answer that no second try will change: 401, 403, 404, a redirect. */
  | { act: 'refused'; answer: Answer };

/** What came of sending until there is something to read. */
export type Persisted<T> =
  | { act: 'read'; value: T }
  | { act: 'refused'; answer: Answer }
  | { act: 'unreadable'; message: string }
  | GivenUp;

/** A 2xx that cannot be read may pass; more tries than this do not make it better. */
const UNREADABLE_TRIES = 4;
/** Trend documents that a request is cut off after 60 s; ThreatQ gets the same. */
const REQUEST_TIMEOUT_MS = 60_000;
const SHORTEST_TIMEOUT_MS = 1_000;

export class Service {
  readonly requests = { sent: 0, retries: 0 };
  /** When requests waited at a gate, each stretch told once a gate. */
  readonly waits: Stretch[] = [];
  #end: { reason: Reason; message: string } | undefined;
  /** Aborted when the service is given up: nobody need wait at a gate for what is over. */
  #ending = new AbortController();
  #gates = new Map<string, Gate>();
  #inFlight = 0;
  /** Since when there has been no useful answer; undefined while there is nothing to answer. */
  #silentSince: number | undefined;
  /** How much of the silence the service asked for itself, and until when it did. */
  #askedMs = 0;
  #askedUntil = 0;

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
    const over = new Link([this.limits.stopping, this.#ending.signal]);
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
    if (this.#silentSince === undefined) this.#beginSilence(startedAt);
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
      took_ms: this.clock.now() - startedAt,
      status: outcome.kind === 'answer' ? outcome.status : null,
      ...(outcome.kind === 'broken' && { error: outcome.message }),
      waited_ms: covered(waits),
      ...(why && { why_waited: why }),
      retry,
    });
    if (outcome.kind === 'broken' && this.limits.breaking.aborted) return this.#interrupted();
    if (outcome.kind === 'answer') this.#pace(gate, outcome);

    const verdict = decide(epoch + 1, outcome, this.#moment());
    const told = describe(request, outcome);
    switch (verdict.act) {
      case 'use':
        return { act: 'use', answer: outcome as Answer };
      case 'divide':
        return { act: 'divide', because: verdict.because, answer: outcome as Answer };
      case 'wait':
        // Requests that went out before a failure was known tell of the same outage: count it once.
        if (gate.failures === epoch) gate.failures++;
        return this.#obey(gate, verdict, told);
      case 'give_up':
        if (outcome.kind === 'answer' && verdict.reason === 'no_access') {
          return { act: 'refused', answer: outcome };
        }
        return this.#obey(gate, verdict, told);
    }
  }

  /**
   * Sends until there is an answer that can be read, or none that another try would change.
   * @param read what an answer says, or why it cannot be read, which may pass
   * @param retry whether it repeats an earlier request
   */
  async persist<T>(
    endpoint: string,
    request: Request,
    read: (answer: Answer) => { value: T } | { unreadable: string },
    retry = false,
  ): Promise<Persisted<T>> {
    for (let unreadable = 0, again = retry; ; again = true) {
      const exchange = await this.exchange(endpoint, request, again);
      if (exchange.act === 'again') continue;
      if (exchange.act === 'give_up') return exchange;
      if (exchange.act !== 'use') return { act: 'refused', answer: exchange.answer };
      const found = read(exchange.answer);
      if ('value' in found) {
        this.useful(endpoint);
        return { act: 'read', value: found.value };
      }
      const message = `${describe(request, exchange.answer)} with ${found.unreadable}`;
      const waited = this.useless(endpoint, 'no_answer', ++unreadable, message);
      if (waited.act === 'give_up') return waited;
      if (unreadable >= UNREADABLE_TRIES) return { act: 'unreadable', message };
    }
  }

  /** The last answer told something: the service is well, and its patience begins anew. */
  useful(endpoint: string): void {
    this.#gateOf(endpoint).open();
    if (this.#inFlight > 0) this.#beginSilence(this.clock.now());
    else this.#silentSince = undefined;
  }

  /**
   * The last answer was a 2xx that told nothing, or nothing final. Closes the gate for a while, and
   * for longer with each such answer in a row.
   * @param attempt how often the same thing has been tried without use; from 1
   * @returns `again`, or `give_up` where the service has been silent for too long
   */
  useless(endpoint: string, reason: Reason, attempt: number, message: string): Waited {
    const moment = this.#moment();
    const gate = this.#gateOf(endpoint);
    // What comes in while the gate is closed went out before it was, and tells nothing new.
    if (!gate.isClosed) gate.failures++;
    const delay = backoff(Math.max(attempt, gate.failures), moment.random);
    return this.#obey(gate, affordable(delay, false, reason, moment), message);
  }

  /** Why the service was given up; undefined while it is not. */
  get ended(): { reason: Reason; message: string } | undefined {
    return this.#end;
  }

  /** Nothing more is sent to this service; who asks hears why. The first reason stays. */
  giveUp(reason: Reason, message: string): GivenUp {
    this.#end ??= { reason, message };
    this.#ending.abort();
    return { act: 'give_up', ...this.#end };
  }

  #obey(gate: Gate, verdict: Verdict, message: string): Waited {
    if (this.#end) return { act: 'give_up', ...this.#end };
    if (verdict.act === 'give_up') return this.giveUp(verdict.reason, message);
    if (verdict.act === 'wait') {
      const until = this.clock.now() + verdict.ms;
      gate.close(until, verdict.reason);
      if (verdict.asked) this.#asked(until);
    }
    return { act: 'again' };
  }

  /** Slows down before a 429 comes, where the service says how many requests are left. */
  #pace(gate: Gate, answer: Answer): void {
    const ms = answer.status === 429 ? 0 : gate.paceOf(answer.headers);
    if (ms <= 0) return;
    const now = this.clock.now();
    // Not worth giving up for: the request after it may find that there is room after all.
    if (now + ms >= this.limits.deadline) return;
    gate.close(now + ms, 'rate_limited');
    this.#asked(now + ms);
  }

  /** The service wants to be left alone until a moment: that is no silence of its own. */
  #asked(until: number): void {
    const from = Math.max(this.#askedUntil, this.clock.now());
    this.#askedMs += Math.max(0, until - from);
    this.#askedUntil = Math.max(this.#askedUntil, until);
  }

  #beginSilence(now: number): void {
    this.#silentSince = now;
    this.#askedMs = Math.max(0, this.#askedUntil - now);
  }

  #silentMs(now: number): number {
    return this.#silentSince === undefined ? 0 : now - this.#silentSince - this.#askedMs;
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
      silentMs: this.#silentMs(now),
      patienceMs: this.limits.patienceMs,
      random: this.clock.random(),
    };
  }

  #timeout(now: number): number {
    const patience = (this.limits.patienceMs ?? PATIENCE_MS) - this.#silentMs(now);
    const left = Math.min(REQUEST_TIMEOUT_MS, Math.max(patience, SHORTEST_TIMEOUT_MS));
    return Math.min(left, this.limits.deadline - now);
  }

  #gateOf(endpoint: string): Gate {
    let gate = this.#gates.get(endpoint);
    if (!gate) {
      gate = new Gate(this.clock);
      this.#gates.set(endpoint, gate);
    }
    return gate;
  }
}

/** `METHOD url: reason`, without the query, which a service's own links fill with tokens. */
export function describe(request: Request, outcome: Outcome): string {
  const reason = outcome.kind === 'broken' ? outcome.message : `HTTP ${outcome.status}`;
  return `${request.method} ${addressText(request.url)}: ${reason}`;
}
