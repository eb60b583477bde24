import { setTimeout as timeout } from 'node:timers/promises';

/** Time, sleep and randomness as parameters: no test waits, and a run can be replayed. */
export interface Clock {
  /**
   * Milliseconds that only move forward, whatever happens to the wall clock. They are counted from
   * the epoch, so that they can also be shown. Every duration and deadline is measured by them.
   */
  now(): number;
  /** Milliseconds since the epoch by the wall clock. Only for comparing with dates that a server sent. */
  wallNow(): number;
  /** Resolves after `ms` milliseconds, or as soon as `signal` is aborted; it never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, but not including, 1. */
  random(): number;
}

export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  wallNow: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await timeout(ms, undefined, { signal });
    } catch {
      // Only an aborted signal ends the sleep early; the caller checks the signal afterwards.
    }
  },
  random: Math.random,
};
