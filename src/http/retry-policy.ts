/**
 * Decides what an answer means, for both services. Pure functions: nothing here waits, sends or reads a
 * clock. The API client applies the decisions.
 */
import type { StopReason } from '../result/reasons.js';
import type { Answer, TransportResult } from './transport.js';
import { isRefused, isRetryable } from './transport-error.js';

export type Verdict =
  /** An answer to read. */
  | { act: 'read' }
  /** Retry after `ms`; `requested` if the service itself gave the time. */
  | { act: 'wait'; ms: number; requested: boolean; reason: StopReason }
  /** The request is too large, or one of its objects was refused: send it in parts. */
  | { act: 'divide'; because: 'refused' | 'too_large' }
  /** A retry would not help, or there is no time for it. */
  | { act: 'give_up'; reason: StopReason };

/** What a decision depends on. Times are those of Clock.now. */
export interface RetryContext {
  now: number;
  /** When the run must have ended. */
  deadline: number;
  /** The wall clock, for a Retry-After that is a date and comes without a Date header. */
  wallNow: number;
  /** Milliseconds without success, except the waits that the service requested. */
  outageMs: number;
  /** Failures of this outage, at any endpoint. Those of requests that overlapped count as one. */
  outageFailures: number;
  /** When a service is given up; ALLOWED_OUTAGE if omitted. */
  allowed?: AllowedOutage | undefined;
  /** From 0 to 1. It spreads the delays, so that clients do not all retry at the same time. */
  random: number;
}

/** A service is given up when both limits are reached. */
export interface OutageLimits {
  /** Milliseconds without success. */
  ms: number;
  /** Failures in this time. */
  failures: number;
}

export interface AllowedOutage extends OutageLimits {
  /** The limits after a refusal; the same limits if omitted. */
  refused?: OutageLimits;
}

export const ALLOWED_OUTAGE: AllowedOutage = { ms: 60_000, failures: 3 };
/** A request with less time than this would not show whether the service is available. */
const MIN_REQUEST_MS = 1_000;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 15_000;
/** The longest Retry-After that is read, a day. No run has time for it. */
const MAX_REQUESTED_MS = 86_400_000;

/** The delay after `attempt` failures, from 1, in milliseconds: exponential, and half of it random. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 20));
  return Math.round(full / 2 + (full / 2) * random);
}

/**
 * The milliseconds that a Retry-After requests, at most a day. It has whole seconds or an HTTP date.
 * @param now milliseconds since the epoch, with which a date is compared
 * @returns undefined if it is malformed or not in the future; the back-off is used then
 */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? '';
  let ms = Number.NaN;
  if (/^\d+$/.test(text)) ms = Number(text) * 1000;
  else if (/^[A-Za-z]{3,9},? .*\d{2}:\d{2}:\d{2}/.test(text)) {
    // The oldest of the three date formats has no time zone. It is UTC, like the others.
    ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`) - now;
  }
  return ms > 0 ? Math.min(ms, MAX_REQUESTED_MS) : undefined;
}

/** The time of the service's own clock, from its Date header: the clock of this machine may be wrong. */
function serverNow({ headers }: Answer, { wallNow }: RetryContext): number {
  const date = Date.parse(headers['date'] ?? '');
  return Number.isNaN(date) ? wallNow : date;
}

/**
 * Decides what the result of one request means.
 * @param attempt how many requests in a row have failed, if this one failed too; from 1
 */
export function decide(attempt: number, result: TransportResult, given: RetryContext): Verdict {
  const context = { ...given, allowed: allowedAfter(result, given.allowed) };
  if (result.kind === 'broken') {
    if (!isRetryable(result)) return { act: 'give_up', reason: 'service_unavailable' };
    return affordable(backoff(attempt, context.random), false, 'service_unavailable', context);
  }
  const { status } = result;
  if (status >= 200 && status < 300) return { act: 'read' };
  if (isFailure(result)) {
    const reason = status === 429 ? 'rate_limited' : 'service_unavailable';
    const requested = retryAfter(result.headers['retry-after'], serverNow(result, context));
    if (requested !== undefined) return affordable(requested, true, reason, context);
    return affordable(backoff(attempt, context.random), false, reason, context);
  }
  if (status === 400) return { act: 'divide', because: 'refused' };
  if (status === 413) return { act: 'divide', because: 'too_large' };
  return { act: 'give_up', reason: 'no_access' };
}

/** Whether the request failed, and may succeed if it is retried. */
export function isFailure(result: TransportResult): boolean {
  if (result.kind === 'broken') return isRetryable(result);
  const { status } = result;
  // 511 comes from a proxy that requires a login, so a retry would not help.
  return status === 429 || status === 408 || (status >= 500 && status !== 511);
}

/** A refusal may have lower limits: another try after a few seconds would probably be refused too. */
function allowedAfter(
  result: TransportResult,
  allowed: AllowedOutage = ALLOWED_OUTAGE,
): AllowedOutage {
  return (isRefusal(result) && allowed.refused) || allowed;
}

/** Whether the connection was refused on its way: by the name service, the host, the network or a proxy. */
function isRefusal(result: TransportResult): boolean {
  return result.kind === 'broken' ? isRefused(result) : result.tunnelRefused === true;
}

/** Waits, if the deadline and the allowed outage leave time for it; otherwise gives up. */
export function affordable(
  ms: number,
  requested: boolean,
  reason: StopReason,
  context: RetryContext,
): Verdict {
  let wait = ms;
  if (!requested) {
    const allowed = context.allowed ?? ALLOWED_OUTAGE;
    const left = allowed.ms - context.outageMs;
    if (left <= 0 && context.outageFailures >= allowed.failures) return { act: 'give_up', reason };
    // The last delay ends with the allowed outage, so that the last request uses all of its time.
    if (left > 0) wait = Math.min(ms, left);
  }
  const needed = requested ? wait : wait + MIN_REQUEST_MS;
  if (context.now + needed >= context.deadline) {
    // Within the allowed outage, the time limit of the run is the reason and not the service.
    return { act: 'give_up', reason: requested ? reason : 'time_limit' };
  }
  return { act: 'wait', ms: wait, requested, reason };
}

/** Whether a request that asks for less, or sends less, may succeed after this one failed. */
export type SmallerHelps =
  /** The failure does not depend on the size: a rate limit, no connection. */
  | 'no'
  /** It may depend on the size: a smaller request is sent after the second failure. */
  | 'perhaps'
  /** It probably depends on the size: the service did not answer in time. */
  | 'likely';

/** Judges the failure of one request. */
export function smallerHelps(result: TransportResult): SmallerHelps {
  if (result.kind === 'broken') {
    if (result.cause === 'timeout') return 'likely';
    return result.cause === 'reset' ? 'perhaps' : 'no';
  }
  const { status, headers, tunnelRefused } = result;
  if (status < 500 || status === 511 || tunnelRefused) return 'no';
  if (status === 504) return 'likely';
  return status === 503 && headers['retry-after'] !== undefined ? 'no' : 'perhaps';
}

/** Whether the service may have carried out a request, whatever it answered. */
export function mayBeCarriedOut(result: TransportResult): boolean {
  if (result.kind === 'answer') {
    const { status, tunnelRefused } = result;
    return !tunnelRefused && (status < 300 || (status >= 500 && status !== 511));
  }
  return result.cause !== 'no_connection' && result.cause !== 'certificate';
}
