/** Being told to stop: first no new request, and after a grace those in flight are broken off. */
const GRACE_MS = 10_000;

export interface Stop {
  /** No new request. */
  stopping: AbortSignal;
  /** Requests in flight are broken off too. */
  breaking: AbortSignal;
}

/** `timeout` signals a process and then its group, `npm` does likewise: two so close are one. */
const SAME_SIGNAL_MS = 1_000;

/**
 * Watches SIGINT and SIGTERM until the process ends: none of them may cost the result. The first lets
 * requests in flight finish; another one, later, breaks them off.
 */
export function watchSignals(onStop: (signal: string) => void): Stop {
  const stopping = new AbortController();
  const breaking = new AbortController();
  let stoppedAt = 0;
  const stop = (signal: string) => {
    if (stopping.signal.aborted) {
      if (Date.now() - stoppedAt >= SAME_SIGNAL_MS) breaking.abort();
      return;
    }
    stoppedAt = Date.now();
    onStop(signal);
    stopping.abort();
    // Nothing that is over by then has to wait for it.
    setTimeout(() => breaking.abort(), GRACE_MS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { stopping: stopping.signal, breaking: breaking.signal };
}
