/**
 * The ways in which this process is told to end early, by a signal or by a fault of its own. This file
 * loads nothing, so that its handlers are installed before anything else is loaded.
 */

/** Requests in flight get so long to finish after the first signal, in milliseconds. */
const GRACE_MS = 10_000;
/** `timeout` signals a process and then its group, `npm` does likewise: two so close are one. */
const SAME_SIGNAL_MS = 1_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export class Shutdown {
  readonly #stopping = new AbortController();
  readonly #breaking = new AbortController();
  #signal: string | undefined;
  #signalledAt = 0;
  #crashed = false;
  #onSignal: (signal: string) => void = () => {};
  #onCrash: () => void = () => {};

  /** No new request. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Requests in flight are aborted too. */
  get breaking(): AbortSignal {
    return this.#breaking.signal;
  }

  /** Whether an error was thrown that nothing caught. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** Handles signals and uncaught errors from now on, until the process ends: none costs the result. */
  install(): this {
    for (const signal of SIGNALS) process.on(signal, (name) => this.#receive(name));
    // What was thrown is never looked at: it may hold a secret.
    process.on('uncaughtException', () => this.#crash());
    process.on('unhandledRejection', () => this.#crash());
    return this;
  }

  /** Calls `listener` with the first signal, also if that has come already. */
  onSignal(listener: (signal: string) => void): void {
    this.#onSignal = listener;
    if (this.#signal !== undefined) listener(this.#signal);
  }

  /** Calls `listener` after an uncaught error, also if that has come already. */
  onCrash(listener: () => void): void {
    this.#onCrash = listener;
    if (this.#crashed) listener();
  }

  /** The first signal lets requests in flight finish; another one, later, aborts them. */
  #receive(signal: string): void {
    if (this.#signal !== undefined) {
      if (performance.now() - this.#signalledAt >= SAME_SIGNAL_MS) this.#breaking.abort();
      return;
    }
    this.#signal = signal;
    this.#signalledAt = performance.now();
    this.#onSignal(signal);
    this.#stopping.abort();
    // It must not keep a process alive that is over by then.
    setTimeout(() => this.#breaking.abort(), GRACE_MS).unref();
  }

  #crash(): void {
    if (this.#crashed) return;
    this.#crashed = true;
    this.#stopping.abort();
    this.#breaking.abort();
    this.#onCrash();
  }
}
