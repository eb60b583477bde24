/**
 * One gate an endpoint: what one request learns of a rate limit or an outage holds for all workers,
 * so that a 429 is waited for once instead of being found out by each of them for itself.
 */

import type { StopReason } from '../result/reasons.js';
import type { Clock } from './clock.js';

const MINUTE_MS = 60_000;

export interface Pause {
  until: number;
  reason: StopReason;
}

/** From when to when, in milliseconds since the epoch. */
export interface Interval {
  from: number;
  to: number;
}

/** The milliseconds that stretches cover, where some of them overlap. */
export function covered(stretches: readonly Interval[]): number {
  let sum = 0;
  let until = Number.NEGATIVE_INFINITY;
  for (const { from, to } of stretches.toSorted((a, b) => a.from - b.from)) {
    sum += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return sum;
}

export class RateGate {
  /** Failures in a row. While there are any, one request at a time finds out whether it is over. */
  failures = 0;
  #pause: Pause = { until: 0, reason: 'rate_limited' };
  /** Until when the service asked us not to send (Retry-After). */
  #requestedUntil = 0;
  #inFlight = 0;
  #waiting: Array<() => void> = [];
  /** Until when waiting was counted already, so that four workers' wait counts once. */
  #countedUntil = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits until a request may go out, and counts it as in flight.
   * @param onWait told of each pause that is begun
   * @returns whether it may, or `stopping` came first, and when it waited, but for what another worker
   * has told of already
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

  /** A request came back: whoever waits looks again. */
  leave(): void {
    this.#inFlight--;
    this.#wake();
  }

  /** The service is well: nobody has to wait for another one's answer any more. */
  open(): void {
    this.failures = 0;
    this.#wake();
  }

  get isClosed(): boolean {
    return this.#pause.until > this.#clock.now();
  }

  /**
   * Closes the gate until a moment; a later moment that is set already stays.
   * @param requested whether the service named the moment itself
   */
  close(until: number, reason: StopReason, requested: boolean): void {
    if (until > this.#pause.until) this.#pause = { until, reason };
    if (requested) this.#requestedUntil = Math.max(this.#requestedUntil, until);
  }

  /**
   * Drops our own back-off, because the next request differs from what failed. A pause that the service
   * requested stays. Until one request succeeds, only one is sent at a time.
   */
  dropBackoff(): void {
    this.failures = Math.min(this.failures, 1);
    this.#pause = { ...this.#pause, until: Math.min(this.#pause.until, this.#requestedUntil) };
  }

  /**
   * Reads how many requests a service still allows (RateLimit-Limit is a minute's, known;
   * -Remaining and -Reset, in seconds, have been seen).
   * @returns the milliseconds to pause before the limit is run into; 0 where there is room
   */
  paceOf(headers: Record<string, string>): number {
    const remaining = wholeNumber(headers['ratelimit-remaining']);
    if (remaining === undefined) return 0;
    // Those in flight were counted by the service or will be: take them off, to be on the safe side.
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
