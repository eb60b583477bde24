/** Being told to stop: first no new request, and after a grace those in flight are broken off. */
const GRACE_MS = 10_000;

export interface Stop {
  /** No new request. */
  stopping: AbortSignal;
  /** Requests in flight are broken off too. */
  breaking: AbortSignal;
  /** Lets go of the signals, so that a second one ends the process as it always did. */
  release(): void;
}

/** Watches SIGINT and SIGTERM. A second signal ends the process at once. */
export function watchSignals(onStop: (signal: string) => void): Stop {
  const stopping = new AbortController();
  const breaking = new AbortController();
  let grace: NodeJS.Timeout | undefined;
  const stop = (signal: string) => {
    release();
    onStop(signal);
    stopping.abort();
    grace = setTimeout(() => breaking.abort(), GRACE_MS);
    grace.unref();
  };
  const release = () => {
    clearTimeout(grace);
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return { stopping: stopping.signal, breaking: breaking.signal, release };
}
