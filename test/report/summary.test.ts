import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Services, summaryOf } from '../../src/report/summary.js';
import type { ErrorCode, WarningCode } from '../../src/result/reasons.js';
import type { Item, Result } from '../../src/result/result.js';
import { type Paint, withColour } from '../../src/text/paint.js';
import { flawless, hostile, large, realistic, resultOf, unknownCode } from './samples.js';

const linesOf = (text: string) => text.replace(/\n$/, '').split('\n');

describe('a summary', () => {
  it('a summary begins with the status, then the plan, the origin and the counts', () => {
    const result = flawless();
    const [title, plan, from, counts] = linesOf(summaryOf(result));
    expect(title).toBe('Completed: Trend Micro Vision One - Add to Blocklist');
    expect(plan).toBe(
      `${result.items.length} to add, 0 to change, 0 to renew, 0 to remove; 0 unchanged`,
    );
    expect(from).toContain(result.data_collection?.name ?? '?');
    expect(counts).toContain(`read ${result.counts.read}, accepted ${result.counts.accepted}`);
  });

  it('a summary has the count and the advice of each reason, undelivered objects first', () => {
    const { counts, items } = realistic();
    const text = summaryOf(realistic());
    const shown = linesOf(text).flatMap((line) => /^ {2}(\w+) ([\d,]+): \S.+/.exec(line) ?? []);
    expect(shown.length).toBeGreaterThan(3);
    const undelivered = new Set(
      items.flatMap((item) =>
        item.outcome === 'rejected' || item.outcome === 'unsent' ? [item.reason] : [],
      ),
    );
    const [first] = Object.entries(counts.by_reason)
      .filter(([reason]) => undelivered.has(reason))
      .sort(([, a], [, b]) => b - a);
    expect(shown.slice(1, 3)).toEqual([first?.[0], String(first?.[1])]);
  });

  it('the summary of a preview counts planned objects instead of accepted ones', () => {
    const text = summaryOf({ ...resultOf([]), mode: 'preview' });
    expect(text).toContain('planned 0');
    expect(text).not.toContain('accepted');
    expect(text).toContain('(preview)');
  });

  it('the summary of a preview says how many planned objects are removals', () => {
    const planned = {
      outcome: 'planned',
      change: 'add',
      id: 1,
      type: 'FQDN',
      value: 'a.net',
      score: null,
      object: {},
    } as const;
    const items = [planned, { ...planned, change: 'remove' as const }];
    const text = summaryOf(resultOf(items, { mode: 'preview' }));
    expect(text).toContain('planned 2 (1 of them to be removed), ');
  });

  it('a line end in the message of a service is escaped in a summary', () => {
    const error = { code: 'no_access' as const, message: 'HTTP 403 (x\nCompleted: all is well)' };
    const text = summaryOf({ ...resultOf([]), status: 'Failed to Complete', error });
    expect(text).toContain('(x\\u{a}Completed: all is well)');
  });

  it('a long line of a summary is truncated to 1,000 characters', () => {
    const long = 'x'.repeat(50_000);
    const texts = { name: long, hash: null, total: 1, read_whole: true };
    const warnings = [{ code: unknownCode<WarningCode>(long), message: long }];
    const error = { code: unknownCode<ErrorCode>(long), message: `${long}\u202e\n${long}` };
    const text = summaryOf(
      { ...resultOf([]), data_collection: texts, warnings, error },
      { reports: long },
    );
    expect(Math.max(...linesOf(text).map((line) => line.length))).toBe(1_001);
  });

  it('the last line of a summary says where the reports are', () => {
    expect(linesOf(summaryOf(flawless(), { reports: 'out/report.json' })).at(-1)).toMatch(
      /^reports?: out\/report\.json/,
    );
  });

  it('the summary of a run that could not begin has its problem and no counts', () => {
    const failed: Result = {
      ...resultOf([]),
      status: 'Failed to Complete',
      data_collection: null,
      requests: { threatq: 0, vision_one: 0, retries: 0, waited_ms: 0 },
      error: { code: 'invalid_input', message: 'configuration.api_key: API Key is required' },
    };
    expect(linesOf(summaryOf(failed))).toEqual([
      'Failed to Complete: Trend Micro Vision One - Add to Blocklist',
      '  configuration.api_key: API Key is required',
    ]);
  });

  it('a summary shows some of many problems and says how many more there are', () => {
    const message = Array.from({ length: 30 }, (_, at) => `problem ${at + 1}`).join('\n');
    const failed = { ...resultOf([]), status: 'Failed to Complete' as const };
    const text = summaryOf({ ...failed, error: { code: 'invalid_input', message } });
    expect(text).toContain('problem 1\n');
    const shown = linesOf(text).filter((line) => /^ {2}problem/.test(line)).length;
    expect(text).toContain(`and ${30 - shown} more`);
  });

  it('the summary of a check that could not begin has its problem', () => {
    const error = {
      code: 'invalid_input' as const,
      message: 'configuration.api_key: API Key is required',
    };
    const text = summaryOf({ ...resultOf([]), status: 'Failed to Complete', mode: 'check', error });
    expect(text).toContain('API Key is required');
  });

  it('the summary of a check says for each step whether it passed', () => {
    const checks = [
      { name: 'ThreatQ', ok: true, message: 'connected' },
      { name: 'Vision One', ok: false, message: 'the key is not known' },
    ];
    const lines = linesOf(summaryOf({ ...resultOf([]), mode: 'check', checks }));
    expect(lines[2]).toMatch(/ok +ThreatQ: connected$/);
    expect(lines[3]).toMatch(/FAILED Vision One: the key is not known$/);
  });

  it('the summary of a check has its error only if no step failed', () => {
    const error = { code: 'no_access' as const, message: 'the key is not known' };
    const [good, bad] = [true, false].map((ok) => ({ name: 'Vision One', ok, message: 'a step' }));
    const textOf = (checks: NonNullable<Result['checks']>) =>
      summaryOf({ ...resultOf([]), mode: 'check', checks, error });
    expect(textOf(good ? [good] : [])).toContain('  the key is not known\n');
    expect(textOf(bad ? [bad] : [])).not.toContain('the key is not known');
  });
});

const SERVICES = { threatq: 'threatq.example.com', region: 'European Union (EU)' };

describe('the services in a summary', () => {
  const collection = { name: 'Active C2', hash: null, total: 4_090, read_whole: true };
  const route = (result: Partial<Result>, services = SERVICES) =>
    linesOf(summaryOf({ ...resultOf([]), ...result }, { services })).find((line) =>
      /^(?:from|to) /.test(line),
    );

  it.each<[string, Partial<Result>, string]>([
    [
      'a run',
      { data_collection: collection },
      'from data collection Active C2 (4,090 indicators) on threatq.example.com to European Union (EU)',
    ],
    [
      'a check',
      { data_collection: collection, mode: 'check' },
      'from data collection Active C2 (4,090 indicators) on threatq.example.com to European Union (EU)',
    ],
    [
      'an empty data collection',
      { data_collection: { ...collection, total: 0 } },
      'from data collection Active C2 (0 indicators) on threatq.example.com to European Union (EU)',
    ],
    ['a manual run', { data_collection: null }, 'from selected objects to European Union (EU)'],
    [
      'a run that failed before the data collection was known',
      { data_collection: null, status: 'Failed to Complete' },
      'from threatq.example.com to European Union (EU)',
    ],
  ])('the summary of %s names both services', (_, result, expected) => {
    expect(route(result)).toBe(expected);
  });

  it('the summary names the address of Vision One if it is not that of the region', () => {
    const to = (services: Services) => linesOf(summaryOf(flawless(), { services }))[2];
    const visionOne = 'gateway.example.com';
    expect(to({ region: 'Japan', visionOne })).toMatch(/ to Japan at gateway\.example\.com$/);
    expect(to({ visionOne })).toMatch(/ to gateway\.example\.com$/);
  });

  it('the summary names no service that is not known', () => {
    const failed = {
      data_collection: null,
      vision_one: null,
      status: 'Failed to Complete',
    } as const;
    expect(linesOf(summaryOf({ ...resultOf([]), ...failed }))[1]).not.toMatch(/^(?:from|to) /);
  });

  it('the name of a tenant is in the first line', () => {
    const [title] = linesOf(summaryOf({ ...resultOf([]), name: 'Tenant A' }));
    expect(title).toBe('Completed: Trend Micro Vision One - Add to Blocklist for Tenant A');
  });
});

describe('the colours of a summary', () => {
  const paint: Paint = (colour, text) => `<${colour} ${text}>`;
  const lines = (result: Partial<Result>) =>
    linesOf(summaryOf({ ...resultOf([]), ...result }, { paint }));
  const warning = (code: WarningCode) => ({ warnings: [{ code, message: 'look' }] });

  it.each<[string, Partial<Result>]>([
    ['<green Completed>', {}],
    ['<green Completed>', warning('unblocks')],
    ['<yellow Completed>', warning('no_room')],
    ['<yellow Completed>', warning('empty_collection')],
    ['<yellow Incomplete>', { status: 'Incomplete' }],
    ['<red Failed to Complete>', { status: 'Failed to Complete', ...warning('no_room') }],
  ])('the status is %s', (status, result) => {
    expect(lines(result)[0]).toBe(`${status}: Trend Micro Vision One - Add to Blocklist`);
  });

  it('warnings, checks and the reasons of failed objects are coloured', () => {
    expect(lines(warning('unblocks'))).toContain('  <yellow warning> unblocks: look');
    const checks = [true, false].map((ok) => ({ name: 'Vision One', ok, message: 'm' }));
    const checked = lines({ mode: 'check', checks });
    expect(checked).toContain('  <green ok    > Vision One: m');
    expect(checked).toContain('  <red FAILED> Vision One: m');
    const coloured = summaryOf(realistic(), { paint });
    expect(coloured).toMatch(/^ {2}<red \w+> [\d,]+: "/m);
    expect(coloured).toMatch(/^ {2}unsupported_type [\d,]+: /m);
  });

  it('colours are all that they add, and data is escaped before', () => {
    for (const make of [realistic, hostile]) {
      const plain = summaryOf(make(), { reports: 'out' });
      const coloured = summaryOf(make(), { reports: 'out', paint: withColour });
      expect(coloured).not.toBe(plain);
      const codes = ['\u001b[31m', '\u001b[32m', '\u001b[33m', '\u001b[39m'];
      expect(codes.reduce((text, code) => text.replaceAll(code, ''), coloured)).toBe(plain);
    }
  });

  it('a hostile code of Vision One is escaped and short', () => {
    const code = `\u001b[2J${'x'.repeat(5_000)}`;
    const item: Item = {
      outcome: 'rejected',
      change: 'add',
      id: 1,
      type: 'FQDN',
      value: 'bad.example',
      score: null,
      object: { domain: 'bad.example' },
      status: 400,
      reason: code,
      message: 'm',
    };
    const text = summaryOf(resultOf([item]), { paint });
    expect(text).toContain('<red \\u{1b}[2Jxxx');
    expect(Math.max(...linesOf(text).map((line) => line.length))).toBeLessThan(400);
  });
});

describe('the counts of a summary', () => {
  const skipped = (value: string): Item => ({
    outcome: 'skipped',
    id: 1,
    type: 'URL',
    value,
    score: null,
    reason: 'duplicate',
    message: 'm',
  });

  it('a summary says how many objects there are if they are more than the indicators', () => {
    const result = resultOf([skipped('a'), skipped('a'), skipped('b')]);
    const counts = { ...result.counts, read: 2 };
    expect(summaryOf({ ...result, counts })).toContain('read 2 (3 objects), accepted 0');
    expect(summaryOf({ ...result, counts: { ...counts, read: 3 } })).toContain(
      'read 3, accepted 0',
    );
  });

  it('removed objects, which were not read, do not count as read', () => {
    const removed: Item = {
      id: 2,
      type: 'URL',
      value: 'c',
      score: null,
      outcome: 'removed',
      change: 'remove',
      object: { url: 'c' },
      reason: 'left_collection',
      message: 'm',
    };
    const result = resultOf([skipped('a'), removed]);
    const text = summaryOf({ ...result, counts: { ...result.counts, read: 1 } });
    expect(text).toContain('read 1, accepted 0');
  });
});

describe('the summary of any result', () => {
  const EXECUTED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 700 }),
    fc
      .array(fc.constantFrom('\n', '\r', '\u001b[2J', '\u202e', '\u0000', '\u009b', 'evil', ' '))
      .map((parts) => parts.join('')),
  );
  const count = fc.nat({ max: 20_000 });
  const anyResult = fc.record({
    mode: fc.constantFrom<Result['mode']>('export', 'preview', 'check'),
    status: fc.constantFrom<Result['status']>('Completed', 'Incomplete', 'Failed to Complete'),
    action: text,
    data_collection: fc.option(
      fc.record({
        name: fc.option(text),
        hash: fc.option(text),
        total: fc.option(count),
        read_whole: fc.boolean(),
      }),
    ),
    read: count,
    by_reason: fc.dictionary(text, count, { maxKeys: 30 }),
    requests: fc.record({ threatq: count, vision_one: count, retries: count, waited_ms: count }),
    warnings: fc.array(fc.record({ code: text.map(unknownCode<WarningCode>), message: text }), {
      maxLength: 30,
    }),
    checks: fc.option(
      fc.array(fc.record({ name: text, ok: fc.boolean(), message: text }), { maxLength: 40 }),
      {
        nil: undefined,
      },
    ),
    error: fc.option(fc.record({ code: text.map(unknownCode<ErrorCode>), message: text })),
  });

  it('no summary has more than 15 lines or a character that a terminal executes', () => {
    fc.assert(
      fc.property(anyResult, fc.option(text, { nil: undefined }), (given, path) => {
        const { read, by_reason, checks, ...rest } = given;
        const base = resultOf([]);
        const result: Result = {
          ...base,
          ...rest,
          counts: { ...base.counts, read, by_reason },
          ...(checks && { checks }),
        };
        const summary = summaryOf(result, { reports: path, services: SERVICES });
        expect(summary).toMatch(/\n$/);
        expect(linesOf(summary).length).toBeLessThanOrEqual(15);
        expect(summary).not.toMatch(EXECUTED);
        for (const line of linesOf(summary)) expect(line.length).toBeLessThanOrEqual(510);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['a real run', realistic],
    ['a run of 10,000 items', large],
    ['a run of hostile values', hostile],
  ])('the summary of %s has at most 15 lines', (_what, make) => {
    expect(linesOf(summaryOf(make(), { reports: 'out/report.json' })).length).toBeLessThanOrEqual(
      15,
    );
  });

  it('the invisible characters of a hostile name are escaped in a summary', () => {
    const named = {
      name: 'C2\u001b[2J\u202etxt.exe\nCompleted: all',
      hash: null,
      total: 3,
      read_whole: true,
    };
    const summary = summaryOf({ ...resultOf([]), data_collection: named });
    expect(summary).toContain('C2\\u{1b}[2J\\u{202e}txt.exe\\u{a}Completed: all');
  });
});
