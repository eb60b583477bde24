/**
 * Handles signals and uncaught errors. This file imports nothing, so that its handlers are installed
 * before anything else is loaded.
 */

/** How long requests in flight may take to finish after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** `timeout` and `npm` send a signal twice: a second signal within this time is ignored. */
const REPEAT_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Shutdown {
  readonly #stopping = new AbortController();
  readonly #aborting = new AbortController();
  #signal: string | undefined;
  #signalledAt = 0;
  #crashed = false;
  #onSignal: (signal: string) => void = () => {};
  #onCrash: () => void = () => {};

  /** Aborted when no new request may be sent. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Aborted when requests in flight must end too. */
  get aborting(): AbortSignal {
    return this.#aborting.signal;
  }

  /** Whether an error was thrown that nothing caught. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** Begins to handle signals and uncaught errors, so that the result is always written. */
  install(): this {
    for (const signal of SIGNALS) process.on(signal, (name) => this.#receive(name));
    // The error itself is not used: it may contain a secret.
    process.on('uncaughtException', () => this.#crash());
    process.on('unhandledRejection', () => this.#crash());
    return this;
  }

  /** Sets the listener for the first signal. It is called at once if that signal came before. */
  onSignal(listener: (signal: string) => void): void {
    this.#onSignal = listener;
    if (this.#signal !== undefined) listener(this.#signal);
  }

  /** Sets the listener for an uncaught error. It is called at once if that error came before. */
  onCrash(listener: () => void): void {
    this.#onCrash = listener;
    if (this.#crashed) listener();
  }

  /** The first signal lets requests in flight finish; a later one aborts them. */
  #receive(signal: string): void {
    if (this.#signal !== undefined) {
      if (performance.now() - this.#signalledAt >= REPEAT_MS) this.#aborting.abort();
      return;
    }
    this.#signal = signal;
    this.#signalledAt = performance.now();
    this.#onSignal(signal);
    this.#stopping.abort();
    // This timer must not keep a finished process alive.
    setTimeout(() => this.#aborting.abort(), GRACE_MS).unref();
  }

  #crash(): void {
    if (this.#crashed) return;
    this.#crashed = true;
    this.#stopping.abort();
    this.#aborting.abort();
    this.#onCrash();
  }
}
