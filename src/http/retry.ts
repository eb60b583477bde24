/**
 * What an answer means, as one pure decision that both services share. Nothing here waits, sends or
 * reads a clock; service.ts does what is decided.
 */
import type { Outcome } from './send.js';

/** Why objects stay unsent; the words of the result. */
export type Reason =
  | 'rate_limited'
  | 'service_unavailable'
  | 'no_answer'
  | 'time_limit'
  | 'interrupted'
  | 'list_full'
  | 'no_access';

export type Verdict =
  /** An answer to read. */
  | { act: 'use' }
  /** Try again after `ms`; `asked` where the service named the time itself. */
  | { act: 'wait'; ms: number; asked: boolean; reason: Reason }
  /** What was sent is too much, or holds something that spoils the rest: send less at once. */
  | { act: 'divide'; because: 'refused' | 'too_large' }
  /** Another try cannot help, or cannot be afforded. */
  | { act: 'give_up'; reason: Reason };

/** The moment of a decision, and what can still be afforded. */
export interface Moment {
  /** Milliseconds since the epoch. */
  now: number;
  /** When the run must have ended, in the same milliseconds. */
  deadline: number;
  /** How long the service has given no useful answer, without the waits that it asked for itself. */
  silentMs: number;
  /** How long it may be silent, where that is not PATIENCE_MS. */
  patienceMs?: number | undefined;
  /** From 0 up to 1; spreads our own delays so that clients do not come back all at once. */
  random: number;
}

/** A service that has given no useful answer for this long, in milliseconds, is given up. */
export const PATIENCE_MS = 60_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A longer Retry-After is no rate limit any more; it is never affordable either. */
const LONGEST_ASKED_MS = 86_400_000;

/** Our own delay before try `attempt` + 1 (attempt counts from 1): exponential, half of it by chance. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * Milliseconds that a Retry-After asks for: whole seconds or an HTTP date, clamped to a day.
 * @returns undefined for what is malformed, or names no time to come; our own delay serves then.
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  let ms = Number.NaN;
  if (/^\d+$/.test(text)) ms = Number(text) * 1000;
  else if (/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) {
    // The oldest of the three forms of a date names no zone, and means UTC like the others.
    ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - now;
  }
  return ms > 0 ? Math.min(ms, LONGEST_ASKED_MS) : undefined;
}

/**
 * Decides after one exchange.
 * @param attempt how many exchanges in a row have failed, this one included; from 1
 */
export function decide(attempt: number, outcome: Outcome, moment: Moment): Verdict {
  if (outcome.kind === 'broken') {
    if (!outcome.retryable) return { act: 'give_up', reason: 'service_unavailable' };
    return affordable(backoff(attempt, moment.random), false, 'service_unavailable', moment);
  }
  const { status } = outcome;
  if (status >= 200 && status < 300) return { act: 'use' };
  if (status === 429 || status === 408 || status >= 500) {
    const reason = status === 429 ? 'rate_limited' : 'service_unavailable';
    const asked = retryAfter(outcome.headers['retry-after'], moment.now);
    if (asked !== undefined) return affordable(asked, true, reason, moment);
    return affordable(backoff(attempt, moment.random), false, reason, moment);
  }
  if (status === 400) return { act: 'divide', because: 'refused' };
  if (status === 413) return { act: 'divide', because: 'too_large' };
  return { act: 'give_up', reason: 'no_access' };
}

/** A wait, where the run's end and the patience with the service allow it; giving up where not. */
export function affordable(ms: number, asked: boolean, reason: Reason, moment: Moment): Verdict {
  let wait = ms;
  if (!asked) {
    const patience = (moment.patienceMs ?? PATIENCE_MS) - moment.silentMs;
    if (patience <= 0) return { act: 'give_up', reason };
    // The last try falls on the end of the patience, not before it: the service may be back by then.
    wait = Math.min(ms, patience);
  }
  if (moment.now + wait >= moment.deadline) return { act: 'give_up', reason };
  return { act: 'wait', ms: wait, asked, reason };
}
