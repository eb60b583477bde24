/** The reasons in a summary, also if there are more than it has lines for. */
import { describe, expect, it } from 'vitest';
import { adviceFor } from '../../src/report/advice.js';
import { summaryOf } from '../../src/report/summary.js';
import type { UnsentReason, WarningCode } from '../../src/result/reasons.js';
import type { Item, Result } from '../../src/result/result.js';
import { resultOf, unknownCode } from './samples.js';

const indicator = { id: 1, type: 'FQDN', value: 'bad.example', score: null };
const object = { domain: 'bad.example' };
const rejected = (reason: string, message: string): Item => ({
  outcome: 'rejected',
  change: 'add',
  ...indicator,
  object,
  status: 400,
  reason,
  message,
});

const linesOf = (result: Result, reports?: string) =>
  summaryOf(result, { reports }).trimEnd().split('\n');

describe('the reasons in a summary', () => {
  it('the reason of rejected objects quotes Vision One in one short line', () => {
    const message = `line one\nline two ${'x'.repeat(400)}`;
    const lines = linesOf(resultOf([rejected('BadRequest', message)]));
    const [line = ''] = lines.filter((text) => text.includes('BadRequest'));
    expect(line).toMatch(
      /^ {2}BadRequest 1: "line one\\u\{a\}line two x+…" \(HTTP 400\); correct it in ThreatQ, or leave it out: Vision One refused it$/,
    );
    expect(line.length).toBeLessThan(280);
  });

  const unsentCases: {
    name: string;
    reason: UnsentReason;
    message: string;
    warnings?: Result['warnings'];
    error?: Result['error'];
    expected: string;
  }[] = [
    {
      name: 'names Vision One for an address that failed during delivery',
      reason: 'service_unavailable',
      message:
        'POST https://api.eu.xdr.trendmicro.com/v3.0/threatintel/suspiciousObjects: HTTP 504',
      expected:
        '"POST https://api.eu.xdr.trendmicro.com/…/suspiciousObjects: HTTP 504" (Vision One); run again later',
    },
    {
      name: 'names no service if the run ended while it was reading',
      reason: 'no_answer',
      message: 'GET https://threatq.example.com/api/search/query: connection reset (ECONNRESET)',
      warnings: [{ code: 'no_answer', message: 'connection reset' }],
      expected:
        '"GET https://threatq.example.com/…/query: connection reset (ECONNRESET)"; run again',
    },
    {
      name: 'names no service if the run failed',
      reason: 'service_unavailable',
      message: 'the data collection was not found',
      error: { code: 'data_collection_not_found', message: 'the data collection was not found' },
      expected: '"the data collection was not found"; run again later',
    },
    {
      name: 'names Vision One if the run has a warning with another code',
      reason: 'service_unavailable',
      message: 'HTTP 503',
      warnings: [{ code: 'read_short', message: 'ThreatQ did not answer' }],
      expected: '"HTTP 503" (Vision One); run again later',
    },
    {
      name: 'names Vision One for a message without an address',
      reason: 'rate_limited',
      message: 'TooManyRequests, after 3 tries',
      expected: '"TooManyRequests, after 3 tries" (Vision One); ',
    },
    {
      name: 'names no service for an interrupted run',
      reason: 'interrupted',
      message: 'the run was interrupted',
      expected: '"the run was interrupted"; run again',
    },
    {
      name: 'escapes invisible characters',
      reason: 'time_limit',
      message: 'a\u202eb\n\u001b[2J',
      expected: '"a\\u{202e}b\\u{a}\\u{1b}[2J"; run again',
    },
    {
      name: 'truncates a long message',
      reason: 'no_access',
      message: `x${'y'.repeat(50_000)}`,
      expected: `"x${'y'.repeat(159)}…"; do what`,
    },
  ];

  it.each(unsentCases)('the line of a reason for unsent objects $name', (given) => {
    const { reason, message, warnings = [], error = null, expected } = given;
    const unsent = {
      outcome: 'unsent' as const,
      change: 'add' as const,
      ...indicator,
      object,
      reason,
      message,
    };
    const later = { ...unsent, message: 'a later message' };
    const lines = linesOf(resultOf([unsent, later], { warnings, error }));
    const start = `  ${reason} 2: `;
    const line = lines.find((text) => text.startsWith(start)) ?? '';
    expect(line.slice(start.length, start.length + expected.length)).toBe(expected);
    expect(lines.join()).not.toContain('a later message');
  });

  it('the reasons of undelivered objects are shown even if many other reasons are more frequent', () => {
    const skipped = Array.from({ length: 20 }, (_, kind) =>
      Array.from({ length: 5 }, (): Item => {
        const message = 'not sent';
        return { outcome: 'skipped', ...indicator, reason: unknownCode(`reason_${kind}`), message };
      }),
    ).flat();
    const unsent: Item = {
      outcome: 'unsent',
      change: 'add',
      ...indicator,
      object,
      reason: 'list_full',
      message: 'the list takes no more',
    };
    const lines = linesOf(resultOf([...skipped, rejected('Odd', 'no'), unsent]), 'out');
    expect(lines).toHaveLength(15);
    const text = lines.join('\n');
    expect(text).toContain(
      '  list_full 1: "the list takes no more" (Vision One); remove objects from the list',
    );
    expect(text).toContain('  Odd 1: "no" (HTTP 400); ');
    const shown = lines.filter((line) => /^ {2}\w+ [\d,]+: /.test(line)).length;
    expect(text).toContain(`  … and ${22 - shown} more reasons`);
  });

  it('a summary with many warnings still shows a reason', () => {
    const warnings = Array.from({ length: 30 }, (_, at) => ({
      code: unknownCode<WarningCode>(`w${at}`),
      message: 'look',
    }));
    const lines = linesOf(resultOf([rejected('Odd', 'no')], { warnings }), 'out');
    expect(lines).toHaveLength(15);
    expect(lines.some((line) => line.startsWith('  Odd 1:'))).toBe(true);
  });

  it('the last line of a summary says how long the run took and waited', () => {
    const long = {
      started_at: '2026-03-02T21:00:00.000Z',
      finished_at: '2026-03-02T21:12:05.400Z',
      requests: { threatq: 4, vision_one: 12, retries: 3, waited_ms: 43_500 },
    };
    const shorter = { ...long, finished_at: '2026-03-02T21:01:59.900Z' };
    expect(linesOf(resultOf([], shorter)).at(-1)).toMatch(/^took 2 min 0 s, /);
    expect(linesOf(resultOf([], long)).at(-1)).toBe(
      'took 12 min 5 s, 43.5 s of it waiting; 4 requests to ThreatQ, 12 to Vision One, 3 of them repeated',
    );
  });
});

it('the advice for a status that Vision One does not use names a filter on the way', () => {
  for (const reason of ['http_403', 'http_406', 'http_451', 'http_302']) {
    expect(adviceFor(reason)).toMatch(/filter .* between this machine and Vision One/);
  }
  for (const reason of ['http_400', 'http_413', 'BadRequest', 'http_xyz']) {
    expect(adviceFor(reason)).toMatch(/Vision One refused it$/);
  }
});
