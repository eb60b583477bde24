/** What a summary says of reasons where there is more to say than there is room. */
import { describe, expect, it } from 'vitest';
import { adviceOn } from '../../src/report/advice.js';
import { summaryOf } from '../../src/report/summary.js';
import type { UnsentReason, WarningCode } from '../../src/result/reasons.js';
import type { Item, Result } from '../../src/result/result.js';
import { resultOf, unknownCode } from './samples.js';

const indicator = { id: 1, type: 'FQDN', value: 'bad.example' };
const object = { domain: 'bad.example' };
const rejected = (reason: string, message: string): Item => ({
  outcome: 'rejected',
  ...indicator,
  object,
  status: 400,
  reason,
  message,
});

const linesOf = (result: Result, path?: string) => summaryOf(result, path).trimEnd().split('\n');

describe('the reasons in a summary', () => {
  it('quote what Vision One said of what it rejected, in one line and not at length', () => {
    const said = `line one\nline two ${'x'.repeat(400)}`;
    const lines = linesOf(resultOf([rejected('BadRequest', said)]));
    const [line = ''] = lines.filter((text) => text.includes('BadRequest'));
    expect(line).toMatch(
      /^ {2}BadRequest 1: "line one\\u\{a\}line two x+…" \(HTTP 400\) Vision One refused it: /,
    );
    expect(line.length).toBeLessThan(280);
  });

  it.each<[reason: UnsentReason, message: string, said: string]>([
    [
      'service_unavailable',
      'POST https://api.eu.xdr.trendmicro.com/v3.0/threatintel/suspiciousObjects: HTTP 504',
      '"POST https://api.eu.xdr.trendmicro.com/…/suspiciousObjects: HTTP 504" (Vision One) Do what',
    ],
    [
      'no_answer',
      'GET https://threatq.example.com/api/search/query: connection reset (ECONNRESET)',
      '"GET https://threatq.example.com/…/query: connection reset (ECONNRESET)" (ThreatQ) Run again',
    ],
    [
      'service_unavailable',
      'POST https://api.eu.xdr.trendmicro.com.example/a/b: HTTP 503',
      '"POST https://api.eu.xdr.trendmicro.com.example/…/b: HTTP 503" (ThreatQ) Do what',
    ],
    [
      'rate_limited',
      'TooManyRequests, after 3 tries',
      '"TooManyRequests, after 3 tries" (Vision One) ',
    ],
    ['no_answer', 'Vision One refused 200 objects', '"Vision One refused 200 objects" Run again'],
    ['interrupted', 'the run was interrupted', '"the run was interrupted" Run again'],
    ['time_limit', 'a\u202eb\n\u001b[2J', '"a\\u{202e}b\\u{a}\\u{1b}[2J" Run again'],
    ['no_access', `x${'y'.repeat(50_000)}`, `"x${'y'.repeat(159)}…" Do what`],
  ])('quote why objects are unsent, and which service it is about: %s', (reason, message, said) => {
    const unsent = { outcome: 'unsent' as const, ...indicator, object, reason, message };
    const later = { ...unsent, message: 'a later message' };
    const lines = linesOf(resultOf([unsent, later]));
    const line = lines.find((text) => text.startsWith(`  ${reason} 2: `));
    expect(line?.slice(`  ${reason} 2: `.length, `  ${reason} 2: `.length + said.length)).toBe(
      said,
    );
    expect(lines.join()).not.toContain('a later message');
  });

  it('keep what was not delivered, however many reasons are more frequent', () => {
    const skipped = Array.from({ length: 20 }, (_, kind) =>
      Array.from({ length: 5 }, (): Item => {
        const message = 'not sent';
        return { outcome: 'skipped', ...indicator, reason: unknownCode(`reason_${kind}`), message };
      }),
    ).flat();
    const unsent: Item = {
      outcome: 'unsent',
      ...indicator,
      object,
      reason: 'list_full',
      message: 'the list takes no more',
    };
    const lines = linesOf(resultOf([...skipped, rejected('Odd', 'no'), unsent]), 'out');
    expect(lines).toHaveLength(15);
    const text = lines.join('\n');
    expect(text).toContain(
      '  list_full 1: "the list takes no more" (Vision One) Remove objects from the list',
    );
    expect(text).toContain('  Odd 1: "no" ');
    const shown = lines.filter((line) => /^ {2}\w+ \d+: /.test(line)).length;
    expect(text).toContain(`  … and ${22 - shown} more reasons`);
  });

  it('leave room for themselves where there are many warnings', () => {
    const warnings = Array.from({ length: 30 }, (_, at) => ({
      code: unknownCode<WarningCode>(`w${at}`),
      message: 'look',
    }));
    const lines = linesOf(resultOf([rejected('Odd', 'no')], { warnings }), 'out');
    expect(lines).toHaveLength(15);
    expect(lines.some((line) => line.startsWith('  Odd 1:'))).toBe(true);
  });

  it('come with how long the run took and waited, in words that one need not convert', () => {
    const long = {
      started_at: '2026-03-02T21:00:00.000Z',
      finished_at: '2026-03-02T21:12:05.400Z',
      requests: { threatq: 4, vision_one: 12, retries: 3, waited_ms: 43_500 },
    };
    const shorter = { ...long, finished_at: '2026-03-02T21:01:59.900Z' };
    expect(linesOf(resultOf([], shorter)).at(-1)).toMatch(/^took 119\.9 s, /);
    expect(linesOf(resultOf([], long)).at(-1)).toBe(
      'took 12 min 5 s, 43.5 s of it waiting; 4 requests to ThreatQ, 12 to Vision One, 3 of them repeated',
    );
  });
});

it('what a filter on the way refused is not called refused by Vision One', () => {
  for (const reason of ['http_403', 'http_406', 'http_451', 'http_302']) {
    expect(adviceOn(reason)).toMatch(/filter .* between here and Vision One/);
  }
  for (const reason of ['http_400', 'http_413', 'BadRequest', 'http_xyz']) {
    expect(adviceOn(reason)).toMatch(/^Vision One refused it/);
  }
});
