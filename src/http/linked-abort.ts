import { setMaxListeners } from 'node:events';

/**
 * A signal that is aborted when one of several other signals is aborted, or after a timeout.
 * AbortSignal.any and AbortSignal.timeout are not used: Node may garbage-collect both while a
 * listener is still attached (https://github.com/nodejs/node/issues/57736). The timeout would never
 * fire, and a service that hangs would hang the run.
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#controller.abort();

  /**
   * @param followed the signals to follow
   * @param timeoutMs the timeout in milliseconds; none if omitted
   */
  constructor(
    private readonly followed: AbortSignal[],
    timeoutMs?: number,
  ) {
    // Each request adds a listener and removes it again: Node's warning about a leak would be
    // wrong.
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

  /**
   * Removes the listeners and the timer. Must be called; otherwise the followed signals keep them.
   */
  end(): void {
    clearTimeout(this.#timer);
    for (const signal of this.followed) signal.removeEventListener('abort', this.#abort);
  }
}
