import { setMaxListeners } from 'node:events';

/**
 * A signal that is aborted as soon as one of several others is, or after a time-out. Not
 * AbortSignal.any and AbortSignal.timeout: Node may collect both as garbage while a listener is still
 * attached, so that the time-out never comes (https://github.com/nodejs/node/issues/57736) and a
 * service that hangs would hang the run.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#controller.abort();

  /**
   * @param followed aborted as soon as one of these is
   * @param timeoutMs aborted after so many milliseconds at the latest; never by itself if left out
   */
  constructor(
    private readonly followed: AbortSignal[],
    timeoutMs?: number,
  ) {
    // There are as many listeners as requests, and each is removed: a warning of a leak would be wrong.
    setMaxListeners(0, ...followed);
    for (const signal of followed) {
      if (signal.aborted) this.#abort();
      else signal.addEventListener('abort', this.#abort, { once: true });
    }
    if (timeoutMs !== undefined) this.#timer = setTimeout(this.#abort, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Removes the listeners and the timer. It must be called, or the followed signals keep them. */
  end(): void {
    clearTimeout(this.#timer);
    for (const signal of this.followed) signal.removeEventListener('abort', this.#abort);
  }
}
