import { setTimeout as timeout } from 'node:timers/promises';

/** Time, sleep and randomness. Tests replace it, so that they do not wait and can be repeated. */
export interface Clock {
  /**
   * Milliseconds since the epoch by a monotonic clock: changes of the wall clock do not affect it.
   * All durations and deadlines use it.
   */
  now(): number;
  /**
   * Milliseconds since the epoch by the wall clock. Use it only to compare with a server's dates.
   */
  wallNow(): number;
  /** Resolves after `ms` milliseconds, or when `signal` is aborted. It never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to, but not including, 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wallNow: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { signal });
    } catch {
      // The signal was aborted; the caller checks it after the sleep.
    }
  },
  random: Math.random,
};
