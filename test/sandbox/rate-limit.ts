/**
 * A rate limit for each endpoint: requests in each minute of the clock. A 429 has the limit and, unless
 * that is turned off, Retry-After. With `headers`, every answer has RateLimit-Limit, -Remaining and -Reset
 * (in seconds), which have been seen.
 */
import type { Answer } from './faults.js';

export interface RateLimit {
  perMinute: number;
  headers?: boolean;
  retryAfter?: boolean;
}

const minute = 60_000;

export class RateWindows {
  private readonly windows = new Map<string, { start: number; used: number }>();

  /** Counts a request. @returns the headers for its answer, and a 429 if the limit is exceeded */
  take(
    endpoint: string,
    limit: RateLimit,
    now: number,
  ): { headers: Record<string, string>; refused?: Answer } {
    const start = Math.floor(now / minute) * minute;
    let window = this.windows.get(endpoint);
    if (window?.start !== start) window = { start, used: 0 };
    this.windows.set(endpoint, window);
    const allowed = window.used < limit.perMinute;
    if (allowed) window.used += 1;

    const secondsLeft = String(Math.max(1, Math.ceil((start + minute - now) / 1000)));
    const headers: Record<string, string> = limit.headers
      ? {
          'ratelimit-limit': String(limit.perMinute),
          'ratelimit-remaining': String(limit.perMinute - window.used),
          'ratelimit-reset': secondsLeft,
        }
      : {};
    if (allowed) return { headers };
    return {
      headers,
      refused: {
        status: 429,
        headers: {
          ...headers,
          'ratelimit-limit': String(limit.perMinute),
          ...(limit.retryAfter === false ? {} : { 'retry-after': secondsLeft }),
        },
        body: { error: { code: 'TooManyRequests', message: 'Too many requests' } },
      },
    };
  }
}
