/** Measures how long a service has not answered with success. Times are those of Clock.now, in milliseconds. */
export class OutageClock {
  /** Start of the current interval without success; undefined while no request waits for an answer. */
  #since: number | undefined;
  #failures = 0;
  /** How much of the interval was a wait that the service requested (Retry-After), and until when. */
  #requestedMs = 0;
  #requestedUntil = 0;

  /** Failures since the last success. Those of requests that overlapped count as one. */
  get failures(): number {
    return this.#failures;
  }

  /** A request is sent: until it is answered, it is not known whether the service is available. */
  recordRequest(now: number): void {
    if (this.#since === undefined) this.#start(now);
  }

  recordFailure(): void {
    this.#failures++;
  }

  /** @param hasRequests whether other requests still wait for an answer */
  recordSuccess(now: number, hasRequests: boolean): void {
    if (hasRequests) this.#start(now);
    else this.#since = undefined;
  }

  /** Excludes a wait that the service requested. Waits that overlap are excluded once. */
  excludeWait(now: number, until: number): void {
    const from = Math.max(this.#requestedUntil, now);
    this.#requestedMs += Math.max(0, until - from);
    this.#requestedUntil = Math.max(this.#requestedUntil, until);
  }

  /** Milliseconds without success, except the waits that the service requested. */
  durationMs(now: number): number {
    return this.#since === undefined ? 0 : now - this.#since - this.#requestedMs;
  }

  #start(now: number): void {
    this.#since = now;
    this.#failures = 0;
    this.#requestedMs = Math.max(0, this.#requestedUntil - now);
  }
}
