/**
 * A gate that all requests to an endpoint pass. If one of them meets a rate limit or an outage, all of
 * them wait, so that they do not each get a 429 of their own.
 */
import type { StopReason } from '../result/reasons.js';
import type { Clock } from './clock.js';

const MINUTE_MS = 60_000;

export interface Pause {
  until: number;
  reason: StopReason;
}

/** An interval in milliseconds since the epoch. */
export interface Interval {
  from: number;
  to: number;
}

/** The milliseconds that intervals cover together. Time in which they overlap counts once. */
export function covered(intervals: readonly Interval[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of intervals.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}

export class RateGate {
  /** Failures in a row. While there are any, only one request is sent at a time. */
  failures = 0;
  #pause: Pause = { until: 0, reason: 'rate_limited' };
  /** Until when the service requested a wait (Retry-After). */
  #requestedUntil = 0;
  #inFlight = 0;
  #waiting: Array<() => void> = [];
  /** Until when waits were reported already: a wait of several requests is reported once. */
  #countedUntil = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits until a request may be sent, and counts it as in flight.
   * @param onWait called with each pause that begins
   * @returns whether it may be sent, or was stopped; and when it waited, except the time that another
   *   request has reported already
   */
  async enter(
    stopping: AbortSignal,
    onWait: (pause: Pause) => void,
  ): Promise<{ entered: boolean; waits: Interval[] }> {
    const waits: Interval[] = [];
    for (;;) {
      if (stopping.aborted) return { entered: false, waits };
      const now = this.#clock.now();
      if (this.#pause.until > now) {
        onWait(this.#pause);
        await this.#clock.sleep(this.#pause.until - now, stopping);
        const end = this.#clock.now();
        const from = Math.max(now, this.#countedUntil);
        if (end > from) waits.push({ from, to: end });
        this.#countedUntil = Math.max(this.#countedUntil, end);
      } else if (this.failures > 0 && this.#inFlight > 0) {
        await new Promise<void>((resolve) => this.#waiting.push(resolve));
      } else {
        this.#inFlight++;
        return { entered: true, waits };
      }
    }
  }

  /** A request was answered, so a request that waits for that answer may be sent. */
  leave(): void {
    this.#inFlight--;
    this.#wake();
  }

  /** The service is available: requests no longer wait for the answers of others. */
  open(): void {
    this.failures = 0;
    this.#wake();
  }

  get isClosed(): boolean {
    return this.#pause.until > this.#clock.now();
  }

  /**
   * Closes the gate until a time, or until a later time that was set before.
   * @param requested whether the service requested this wait
   */
  close(until: number, reason: StopReason, requested: boolean): void {
    if (until > this.#pause.until) this.#pause = { until, reason };
    if (requested) this.#requestedUntil = Math.max(this.#requestedUntil, until);
  }

  /**
   * Ends the back-off, because the next request differs from the one that failed. A wait that the service
   * requested is kept. Until a request succeeds, only one is sent at a time.
   */
  dropBackoff(): void {
    this.failures = Math.min(this.failures, 1);
    this.#pause = { ...this.#pause, until: Math.min(this.#pause.until, this.#requestedUntil) };
  }

  /**
   * Reads how many requests a service still allows. RateLimit-Limit is documented as requests per minute;
   * RateLimit-Remaining and RateLimit-Reset (in seconds) have been seen.
   * @returns the milliseconds to wait so that the limit is not exceeded; 0 if more requests are allowed
   */
  paceOf(headers: Record<string, string>): number {
    const remaining = wholeNumber(headers['ratelimit-remaining']);
    if (remaining === undefined) return 0;
    // The service may not have counted the requests in flight yet, so they are subtracted.
    if (remaining - this.#inFlight > 0) return 0;
    const reset = wholeNumber(headers['ratelimit-reset']);
    if (reset !== undefined) return Math.min(reset * 1000, MINUTE_MS);
    const limit = wholeNumber(headers['ratelimit-limit']);
    return limit ? MINUTE_MS / limit : 0;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\s*\d{1,9}\s*$/.test(text) ? Number(text) : undefined;
}
