import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALLOWED_OUTAGE,
  backoff,
  decide,
  mayBeCarriedOut,
  type RetryContext,
  retryAfter,
  smallerHelps,
  type Verdict,
} from '../../src/http/retry-policy.js';
import type { TransportResult } from '../../src/http/transport.js';
import { isRefused, type TransportErrorCause } from '../../src/http/transport-error.js';

const NOW = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;
const contextOf = (more: Partial<RetryContext> = {}): RetryContext => ({
  now: NOW,
  deadline: NOW + 15 * 60_000,
  wallNow: NOW,
  outageMs: 0,
  outageFailures: 1,
  random: 0.5,
  ...more,
});
const answer = (status: number, retry?: string): TransportResult => ({
  kind: 'answer',
  status,
  headers: retry === undefined ? {} : { 'retry-after': retry },
  text: '',
});
const broken = (cause: TransportErrorCause): TransportResult => ({
  kind: 'broken',
  cause,
  message: 'x',
});
/** An outage with the duration and the failures after which a service is given up. */
const longOutage = { outageMs: ALLOWED_OUTAGE.ms, outageFailures: ALLOWED_OUTAGE.failures };

describe('what an answer means', () => {
  const cases: [string, TransportResult, Verdict][] = [
    ['200', answer(200), { act: 'read' }],
    ['204', answer(204), { act: 'read' }],
    ['207', answer(207), { act: 'read' }],
    ['302', answer(302), { act: 'give_up', reason: 'no_access' }],
    ['400', answer(400), { act: 'divide', because: 'refused' }],
    ['401', answer(401), { act: 'give_up', reason: 'no_access' }],
    ['403', answer(403), { act: 'give_up', reason: 'no_access' }],
    ['404', answer(404), { act: 'give_up', reason: 'no_access' }],
    ['407', answer(407), { act: 'give_up', reason: 'no_access' }],
    ['511', answer(511), { act: 'give_up', reason: 'no_access' }],
    ['413', answer(413), { act: 'divide', because: 'too_large' }],
    ...(['certificate', 'too_large', 'aborted'] as const).map(
      (cause): [string, TransportResult, Verdict] => [
        `a request that broke for good (${cause})`,
        broken(cause),
        { act: 'give_up', reason: 'service_unavailable' },
      ],
    ),
  ];
  it.each(cases)('%s', (_, outcome, verdict) => {
    expect(decide(1, outcome, contextOf())).toEqual(verdict);
  });

  it.each([
    [408, 'service_unavailable'],
    [429, 'rate_limited'],
    [500, 'service_unavailable'],
    [502, 'service_unavailable'],
    [503, 'service_unavailable'],
    [504, 'service_unavailable'],
    [599, 'service_unavailable'],
  ])('%i is waited for', (status, reason) => {
    expect(decide(1, answer(status), contextOf())).toEqual({
      act: 'wait',
      ms: backoff(1, 0.5),
      requested: false,
      reason,
    });
    expect(decide(1, answer(status, '7'), contextOf())).toEqual({
      act: 'wait',
      ms: 7_000,
      requested: true,
      reason,
    });
  });

  it.each(['no_connection', 'reset', 'timeout'] as const)('%s causes a wait', (cause) => {
    const verdict = {
      act: 'wait',
      ms: backoff(3, 0.5),
      requested: false,
      reason: 'service_unavailable',
    };
    expect(decide(3, broken(cause), contextOf())).toEqual(verdict);
  });
});

describe('Retry-After', () => {
  it.each([
    ['30', 30_000],
    [' 30 ', 30_000],
    ['1', 1_000],
    [new Date(NOW + 42_000).toUTCString(), 42_000],
    ['Thursday, 01-Jan-26 12:00:42 GMT', 42_000],
    ['Thu Jan  1 12:00:42 2026', 42_000],
    ['99999999999999999999', DAY_MS],
    [new Date(NOW + 10 * DAY_MS).toUTCString(), DAY_MS],
  ])('%j is %i ms', (text, ms) => {
    expect(retryAfter(text, NOW)).toBe(ms);
  });

  it.each([
    undefined,
    '',
    '0',
    '-5',
    '1.5',
    '1e3',
    '0x10',
    'soon',
    '30s',
    '2026-01-01T12:00:42Z',
    new Date(NOW - 1_000).toUTCString(),
    'Thu, 99 Foo 2026 12:00:42 GMT',
  ])('%j asks for nothing', (text) => {
    expect(retryAfter(text, NOW)).toBeUndefined();
  });

  it('Retry-After is at most a day, or undefined, for any text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = retryAfter(text, NOW);
        expect(ms === undefined || (ms > 0 && ms <= DAY_MS)).toBe(true);
      }),
    );
  });
});

describe('backoff', () => {
  it('the back-off doubles from 0.5 s to 15 s, and half of it is random', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(backoff(1, 0)).toBe(250);
    expect(backoff(6, 0)).toBe(7_500);
  });

  it('the back-off is within its limits for any attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e9 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, random) => {
          const ms = backoff(attempt, random);
          expect(ms).toBeGreaterThanOrEqual(250);
          expect(ms).toBeLessThanOrEqual(15_000);
        },
      ),
    );
  });
});

describe('waits and limits', () => {
  it('no wait starts that would end at or after the deadline', () => {
    const at = (ms: number) => contextOf({ deadline: NOW + ms });
    expect(decide(1, answer(429, '10'), at(10_001)).act).toBe('wait');
    expect(decide(1, answer(429, '10'), at(10_000))).toEqual({
      act: 'give_up',
      reason: 'rate_limited',
    });
    // The service failed for a moment only: it is the time that is up.
    expect(decide(1, answer(503), at(200))).toEqual({ act: 'give_up', reason: 'time_limit' });
    expect(decide(1, broken('reset'), at(200))).toEqual({ act: 'give_up', reason: 'time_limit' });
    expect(decide(1, answer(503, '10'), at(200))).toEqual({
      act: 'give_up',
      reason: 'service_unavailable',
    });
  });

  it('a service is given up after a minute without success, with a last request at its end', () => {
    const almost = contextOf({ ...longOutage, outageMs: ALLOWED_OUTAGE.ms - 400 });
    expect(decide(9, answer(503), almost)).toMatchObject({ act: 'wait', ms: 400 });
    expect(decide(9, answer(503), contextOf(longOutage))).toEqual({
      act: 'give_up',
      reason: 'service_unavailable',
    });
  });

  it('a service is not given up before three failures, however long each of them took', () => {
    const second = contextOf({ outageMs: 10 * ALLOWED_OUTAGE.ms, outageFailures: 2 });
    expect(decide(2, broken('timeout'), second)).toMatchObject({
      act: 'wait',
      ms: backoff(2, 0.5),
    });
    expect(decide(3, broken('timeout'), { ...second, outageFailures: 3 }).act).toBe('give_up');
  });

  it('a refusal has lower limits only if the caller sets them', () => {
    const allowed = { ...ALLOWED_OUTAGE, refused: { ms: 2_000, failures: 2 } };
    const refused: TransportResult = {
      kind: 'broken',
      cause: 'no_connection',
      message: 'x',
      code: 'ECONNREFUSED',
    };
    const act = (result: TransportResult, more: Partial<RetryContext>) =>
      decide(3, result, contextOf({ outageMs: 2_000, outageFailures: 2, ...more })).act;
    expect(act(refused, { allowed })).toBe('give_up');
    expect(act(refused, {})).toBe('wait');
    expect(act(refused, { allowed, outageFailures: 1 })).toBe('wait');
    expect(act(refused, { allowed, outageMs: 1_999 })).toBe('wait');
    expect(act(answer(503), { allowed })).toBe('wait');
    expect(act({ ...answer(503), tunnelRefused: true } as TransportResult, { allowed })).toBe(
      'give_up',
    );
  });

  it.each<[TransportErrorCause, string, boolean]>([
    ['no_connection', 'ENOTFOUND', true],
    ['no_connection', 'ECONNREFUSED', true],
    ['no_connection', 'EHOSTUNREACH', true],
    ['no_connection', 'ENETUNREACH', true],
    ['no_connection', 'EPROTO', true],
    ['no_connection', 'ERR_SSL_WRONG_VERSION_NUMBER', true],
    ['reset', 'HPE_INVALID_CONSTANT', true],
    // The name server did not answer.
    ['no_connection', 'EAI_AGAIN', false],
    ['no_connection', 'CONNECT_TIMEOUT', false],
    ['no_connection', 'ECONNRESET', false],
    // The service was reached before.
    ['reset', 'EHOSTUNREACH', false],
    ['reset', 'EPROTO', false],
    ['timeout', '', false],
  ])('%s with %s: whether it is a refusal', (cause, code, expected) => {
    expect(isRefused({ kind: 'broken', cause, message: 'x', code })).toBe(expected);
  });

  it('a wait that the service requests does not count as outage', () => {
    expect(decide(9, answer(429, '30'), contextOf(longOutage)).act).toBe('wait');
  });

  it('a date in Retry-After is compared with the Date of the same answer', () => {
    const headers = {
      'retry-after': new Date(NOW + 42_000).toUTCString(),
      date: new Date(NOW).toUTCString(),
    };
    const outcome: TransportResult = { kind: 'answer', status: 503, headers, text: '' };
    for (const wallNow of [NOW - 3_600_000, NOW, NOW + 3_600_000]) {
      expect(decide(1, outcome, contextOf({ wallNow }))).toMatchObject({ act: 'wait', ms: 42_000 });
    }
  });

  it('a date in Retry-After is compared with the wall clock if the answer has no Date', () => {
    const later = answer(429, new Date(NOW + 42_000).toUTCString());
    const ms = (wallNow: number) => {
      const verdict = decide(1, later, contextOf({ wallNow }));
      return verdict.act === 'wait' && verdict.ms;
    };
    expect(ms(NOW)).toBe(42_000);
    expect(ms(NOW + 40_000)).toBe(2_000);
  });

  it('each wait is longer than 0 and ends before the deadline', () => {
    const outcomes = fc.oneof(
      fc.integer({ min: 100, max: 599 }).map((status) => answer(status)),
      fc.tuple(fc.integer({ min: 400, max: 599 }), fc.string()).map(([s, text]) => answer(s, text)),
      fc.tuple(fc.integer({ min: 400, max: 599 }), fc.nat()).map(([s, n]) => answer(s, String(n))),
      fc
        .constantFrom<TransportErrorCause>('no_connection', 'reset', 'timeout', 'aborted')
        .map(broken),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        outcomes,
        fc.integer({ min: -1_000, max: 2 * ALLOWED_OUTAGE.ms }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: -1_000, max: 20 * 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, outcome, outageMs, outageFailures, left, random) => {
          const verdict = decide(
            attempt,
            outcome,
            contextOf({ outageMs, outageFailures, deadline: NOW + left, random }),
          );
          if (verdict.act !== 'wait') return;
          expect(verdict.ms).toBeGreaterThan(0);
          expect(verdict.ms).toBeLessThan(left);
          if (verdict.requested || outageMs > ALLOWED_OUTAGE.ms) return;
          expect(outageMs + verdict.ms).toBeLessThanOrEqual(ALLOWED_OUTAGE.ms + 15_000);
          if (outageMs < ALLOWED_OUTAGE.ms) {
            expect(outageMs + verdict.ms).toBeLessThanOrEqual(ALLOWED_OUTAGE.ms);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe('whether a smaller request may succeed', () => {
  const cases: [string, TransportResult, string, boolean][] = [
    ['a time-out of ours', broken('timeout'), 'likely', true],
    ['a 511', answer(511), 'no', false],
    ['a 403', answer(403), 'no', false],
    ['a 207', answer(207), 'no', true],
    ['a 504', answer(504), 'likely', true],
    ['a 500', answer(500), 'perhaps', true],
    ['a 502', answer(502), 'perhaps', true],
    ['a 503', answer(503), 'perhaps', true],
    ['a connection that was reset', broken('reset'), 'perhaps', true],
    ['a 503 with Retry-After', answer(503, '5'), 'no', true],
    ['a 429', answer(429), 'no', false],
    ['a 408', answer(408), 'no', false],
    ['no connection', broken('no_connection'), 'no', false],
    ['a certificate that is not trusted', broken('certificate'), 'no', false],
    [
      'a proxy that opened no tunnel',
      { kind: 'answer', status: 502, headers: {}, text: '', tunnelRefused: true },
      'no',
      false,
    ],
  ];
  it.each(cases)(
    '%s: whether a smaller request may succeed, and whether it may have been carried out',
    (_, outcome, helps, carriedOut) => {
      expect(smallerHelps(outcome)).toBe(helps);
      expect(mayBeCarriedOut(outcome)).toBe(carriedOut);
    },
  );
});
