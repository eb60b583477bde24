/** Being told to stop: first no new request, and after a grace those in flight are broken off. */
const GRACE_MS = 10_000;

export interface Stop {
  /** No new request. */
  stopping: AbortSignal;
  /** Requests in flight are broken off too. */
  breaking: AbortSignal;
}

/**
 * Watches SIGINT and SIGTERM until the process ends: one that comes while the result is written must
 * not be the end of it. A second signal ends the process at once, as it always did.
 */
export function watchSignals(onStop: (signal: string) => void): Stop {
  const stopping = new AbortController();
  const breaking = new AbortController();
  const stop = (signal: string) => {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    onStop(signal);
    stopping.abort();
    // Nothing that is over by then has to wait for it.
    setTimeout(() => breaking.abort(), GRACE_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { stopping: stopping.signal, breaking: breaking.signal };
}
