import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoff,
  decide,
  type Moment,
  PATIENCE_MS,
  retryAfter,
  type Verdict,
} from '../../src/http/retry.js';
import type { Outcome } from '../../src/http/send.js';

const NOW = Date.UTC(2026, 0, 1, 12);
const DAY_MS = 86_400_000;
const moment = (more: Partial<Moment> = {}): Moment => ({
  now: NOW,
  deadline: NOW + 15 * 60_000,
  silentMs: 0,
  random: 0.5,
  ...more,
});
const answer = (status: number, retry?: string): Outcome => ({
  kind: 'answer',
  status,
  headers: retry === undefined ? {} : { 'retry-after': retry },
  text: '',
});
const broken = (retryable: boolean): Outcome => ({ kind: 'broken', retryable, message: 'x' });

describe('what an answer means', () => {
  const cases: [string, Outcome, Verdict][] = [
    ['200', answer(200), { act: 'use' }],
    ['204', answer(204), { act: 'use' }],
    ['207', answer(207), { act: 'use' }],
    ['302', answer(302), { act: 'give_up', reason: 'no_access' }],
    ['400', answer(400), { act: 'divide', because: 'refused' }],
    ['401', answer(401), { act: 'give_up', reason: 'no_access' }],
    ['403', answer(403), { act: 'give_up', reason: 'no_access' }],
    ['404', answer(404), { act: 'give_up', reason: 'no_access' }],
    ['407', answer(407), { act: 'give_up', reason: 'no_access' }],
    ['413', answer(413), { act: 'divide', because: 'too_large' }],
    [
      'a broken connection for good',
      broken(false),
      { act: 'give_up', reason: 'service_unavailable' },
    ],
  ];
  it.each(cases)('%s', (_, outcome, verdict) => {
    expect(decide(1, outcome, moment())).toEqual(verdict);
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
    expect(decide(1, answer(status), moment())).toEqual({
      act: 'wait',
      ms: backoff(1, 0.5),
      asked: false,
      reason,
    });
    expect(decide(1, answer(status, '7'), moment())).toEqual({
      act: 'wait',
      ms: 7_000,
      asked: true,
      reason,
    });
  });

  it('a connection that breaks is waited for', () => {
    const verdict = {
      act: 'wait',
      ms: backoff(3, 0.5),
      asked: false,
      reason: 'service_unavailable',
    };
    expect(decide(3, broken(true), moment())).toEqual(verdict);
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

  it('is a time from now to a day for any text, or nothing', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = retryAfter(text, NOW);
        expect(ms === undefined || (ms > 0 && ms <= DAY_MS)).toBe(true);
      }),
    );
  });
});

describe('backoff', () => {
  it('doubles from half a second to fifteen, half of it by chance', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoff(attempt, 1));
    expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    expect(backoff(1, 0)).toBe(250);
    expect(backoff(6, 0)).toBe(7_500);
  });

  it('is within its bounds for any attempt', () => {
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

describe('what can be afforded', () => {
  it('no wait begins that ends at the deadline or after it', () => {
    const at = (ms: number) => moment({ deadline: NOW + ms });
    expect(decide(1, answer(429, '10'), at(10_001)).act).toBe('wait');
    expect(decide(1, answer(429, '10'), at(10_000))).toEqual({
      act: 'give_up',
      reason: 'rate_limited',
    });
    expect(decide(1, answer(503), at(200))).toEqual({
      act: 'give_up',
      reason: 'service_unavailable',
    });
  });

  it('patience ends after a minute of silence, with a last try at its end', () => {
    expect(decide(9, answer(503), moment({ silentMs: PATIENCE_MS - 400 }))).toMatchObject({
      act: 'wait',
      ms: 400,
    });
    expect(decide(9, answer(503), moment({ silentMs: PATIENCE_MS }))).toEqual({
      act: 'give_up',
      reason: 'service_unavailable',
    });
  });

  it('a wait that is asked for does not wear patience out', () => {
    expect(decide(9, answer(429, '30'), moment({ silentMs: PATIENCE_MS })).act).toBe('wait');
  });

  it('no verdict waits for nothing, for ever, or beyond the deadline', () => {
    const outcomes = fc.oneof(
      fc.integer({ min: 100, max: 599 }).map((status) => answer(status)),
      fc.tuple(fc.integer({ min: 400, max: 599 }), fc.string()).map(([s, text]) => answer(s, text)),
      fc.tuple(fc.integer({ min: 400, max: 599 }), fc.nat()).map(([s, n]) => answer(s, String(n))),
      fc.boolean().map(broken),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        outcomes,
        fc.integer({ min: -1_000, max: 2 * PATIENCE_MS }),
        fc.integer({ min: -1_000, max: 20 * 60_000 }),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (attempt, outcome, silentMs, left, random) => {
          const verdict = decide(
            attempt,
            outcome,
            moment({ silentMs, deadline: NOW + left, random }),
          );
          if (verdict.act !== 'wait') return;
          expect(verdict.ms).toBeGreaterThan(0);
          expect(verdict.ms).toBeLessThan(left);
          if (!verdict.asked) expect(silentMs + verdict.ms).toBeLessThanOrEqual(PATIENCE_MS);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
