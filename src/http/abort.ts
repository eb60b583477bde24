import { setMaxListeners } from 'node:events';

/**
 * Signals that follow others, and a time-out. Not AbortSignal.any and AbortSignal.timeout: Node keeps
 * neither alive for whoever listens, so that a time-out may be collected and never come
 * (https://github.com/nodejs/node/issues/57736), and a service that hangs would hang the run.
 */
export class Link {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#controller.abort();

  /**
   * @param followed aborted as soon as one of these is
   * @param timeoutMs aborted after so many milliseconds at the latest; never by itself where left out
   */
  constructor(
    private readonly followed: AbortSignal[],
    timeoutMs?: number,
  ) {
    // As many as there are requests, and each lets go: no leak that Node need warn of on standard error.
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

  /** Lets go of what was followed; has to be called, or they hold on to it for as long as they live. */
  end(): void {
    clearTimeout(this.#timer);
    for (const signal of this.followed) signal.removeEventListener('abort', this.#abort);
  }
}
