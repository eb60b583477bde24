/**
 * What an answer means, as one pure decision that both services share. Nothing here waits, sends or
 * reads a clock; service.ts does what is decided.
 */
import type { StopReason } from '../result/reasons.js';
import type { Answer, Outcome } from './transport.js';
import { isRetryable } from './transport-error.js';

export type Verdict =
  /** An answer to read. */
  | { act: 'use' }
  /** Try again after `ms`; `requested` if the service named the time itself. */
  | { act: 'wait'; ms: number; requested: boolean; reason: StopReason }
  /** What was sent is too much, or holds something that spoils the rest: send less at once. */
  | { act: 'divide'; because: 'refused' | 'too_large' }
  /** Another try cannot help, or cannot be afforded. */
  | { act: 'give_up'; reason: StopReason };

/** The time of a decision, and the limits that still apply. Times are those of Clock.now. */
export interface Moment {
  now: number;
  /** When the run must have ended. */
  deadline: number;
  /** The wall clock, for a Retry-After that is a date and comes without a Date header. */
  wallNow: number;
  /** Milliseconds without a useful answer, not counting waits that the service requested. */
  outageMs: number;
  /** Failures of this outage, at any endpoint; those of requests that overlapped count as one. */
  outageTries: number;
  /** When a service is given up; ALLOWED_OUTAGE if left out. */
  allowed?: AllowedOutage | undefined;
  /** From 0 up to 1; spreads our own delays so that clients do not come back all at once. */
  random: number;
}

/** A service is given up when both are reached. */
export interface AllowedOutage {
  /** Milliseconds without a useful answer. */
  ms: number;
  /** Failed tries. */
  tries: number;
}

export const ALLOWED_OUTAGE: AllowedOutage = { ms: 60_000, tries: 3 };
/** A try that had less time would say nothing of the service. */
const SHORTEST_TRY_MS = 1_000;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;
/** A longer Retry-After is no rate limit any more; it is never affordable either. */
const LONGEST_REQUESTED_MS = 86_400_000;

/** Our own delay before try `attempt` + 1 (attempt counts from 1): exponential, half of it random. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * Milliseconds that a Retry-After asks for: whole seconds or an HTTP date, clamped to a day.
 * @param now milliseconds since the epoch, which a date is compared with
 * @returns undefined if it is malformed, or names no time to come; our own delay is used then
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  let ms = Number.NaN;
  if (/^\d+$/.test(text)) ms = Number(text) * 1000;
  else if (/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) {
    // The oldest of the three forms of a date names no zone, and means UTC like the others.
    ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - now;
  }
  return ms > 0 ? Math.min(ms, LONGEST_REQUESTED_MS) : undefined;
}

/** The time by the service's own clock, as its Date header says; our wall clock may be wrong. */
function serverNow({ headers }: Answer, { wallNow }: Moment): number {
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? wallNow : date;
}

/**
 * Decides after one exchange.
 * @param attempt how many exchanges in a row have failed, this one included; from 1
 */
export function decide(attempt: number, outcome: Outcome, moment: Moment): Verdict {
  if (outcome.kind === 'broken') {
    if (!isRetryable(outcome)) return { act: 'give_up', reason: 'service_unavailable' };
    return affordable(backoff(attempt, moment.random), false, 'service_unavailable', moment);
  }
  const { status } = outcome;
  if (status >= 200 && status < 300) return { act: 'use' };
  if (isFailure(outcome)) {
    const reason = status === 429 ? 'rate_limited' : 'service_unavailable';
    const requested = retryAfter(outcome.headers['retry-after'], serverNow(outcome, moment));
    if (requested !== undefined) return affordable(requested, true, reason, moment);
    return affordable(backoff(attempt, moment.random), false, reason, moment);
  }
  if (status === 400) return { act: 'divide', because: 'refused' };
  if (status === 413) return { act: 'divide', because: 'too_large' };
  return { act: 'give_up', reason: 'no_access' };
}

/** Whether the service did not do what it was asked for, and may do so at another try. */
export function isFailure(outcome: Outcome): boolean {
  if (outcome.kind === 'broken') return isRetryable(outcome);
  const { status } = outcome;
  // 511 is a proxy that wants a login: another try cannot help.
  return status === 429 || status === 408 || (status >= 500 && status !== 511);
}

/** A wait, if the run's end and the allowed outage leave time for it; giving up if not. */
export function affordable(
  ms: number,
  requested: boolean,
  reason: StopReason,
  moment: Moment,
): Verdict {
  let wait = ms;
  if (!requested) {
    const allowed = moment.allowed ?? ALLOWED_OUTAGE;
    const left = allowed.ms - moment.outageMs;
    if (left <= 0 && moment.outageTries >= allowed.tries) return { act: 'give_up', reason };
    // Clamp the last delay to the end of the allowed outage, so that the last try uses all of it.
    if (left > 0) wait = Math.min(ms, left);
  }
  const needed = requested ? wait : wait + SHORTEST_TRY_MS;
  if (moment.now + needed >= moment.deadline) {
    // A service that failed for less than the allowed outage is not given up: the time is.
    return { act: 'give_up', reason: requested ? reason : 'time_limit' };
  }
  return { act: 'wait', ms: wait, requested, reason };
}

/** Whether a request that asks for less, or sends less, may succeed where this one failed. */
export type SmallerHelps =
  /** The failure has nothing to do with the size: a rate limit, no connection. */
  | 'no'
  /** It may: after a second failure of the same request. */
  | 'perhaps'
  /** Very likely: the service ran out of time. */
  | 'likely';

/** Judges the failure of one exchange. */
export function smallerHelps(outcome: Outcome): SmallerHelps {
  if (outcome.kind === 'broken') {
    if (outcome.cause === 'timeout') return 'likely';
    return outcome.cause === 'reset' ? 'perhaps' : 'no';
  }
  const { status, headers, tunnelRefused } = outcome;
  if (status < 500 || status === 511 || tunnelRefused) return 'no';
  if (status === 504) return 'likely';
  return status === 503 && headers['retry-after'] !== undefined ? 'no' : 'perhaps';
}

/** Whether the service may have carried a request out, whatever it answered. */
export function mayBeCarriedOut(outcome: Outcome): boolean {
  if (outcome.kind === 'answer') {
    const { status, tunnelRefused } = outcome;
    return !tunnelRefused && (status < 300 || (status >= 500 && status !== 511));
  }
  return outcome.cause !== 'no_connection' && outcome.cause !== 'certificate';
}
