import { setTimeout as timeout } from 'node:timers/promises';

/** Time, sleep and chance, given to whatever needs them: no test waits, and a storm can be replayed. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, but not including, 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: Date.now,
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { signal });
    } catch {
      // Only an aborted signal brings us here; whoever sleeps looks at the signal afterwards.
    }
  },
  random: Math.random,
};
