/** What changed between two runs: the comparison, and its section of the page. */
import { describe, expect, it } from 'vitest';
import { pagePieces } from '../../src/report/html/page.js';
import { sinceSection } from '../../src/report/html/since.js';
import { changesSince, earlierOf, IndicatorStates, type Since } from '../../src/report/since.js';
import { LEFT_COLLECTION, type SkipReason, type WarningCode } from '../../src/result/reasons.js';
import type { Item, Result } from '../../src/result/result.js';
import { textOf } from '../support/text.js';
import { extras, hostile, hostileValues, resultOf } from './samples.js';

const keys = (value: string) => ({
  id: 1,
  type: 'FQDN',
  value,
  score: 5,
  object: { domain: value },
});
const accepted = (value: string): Item => ({ outcome: 'accepted', change: 'add', ...keys(value) });
const planned = (value: string): Item => ({ outcome: 'planned', change: 'add', ...keys(value) });
const rejected = (value: string): Item => ({
  outcome: 'rejected',
  change: 'add',
  ...keys(value),
  status: 400,
  reason: 'BadRequest',
  message: '',
});
const unsent = (value: string): Item => ({
  outcome: 'unsent',
  change: 'add',
  ...keys(value),
  reason: 'time_limit',
  message: '',
});
const skipped = (value: string, reason: SkipReason): Item => ({
  outcome: 'skipped',
  ...keys(value),
  reason,
  message: '',
});
const removed = (value: string, reason: 'left_collection' | 'status' | 'replaced'): Item => ({
  outcome: 'removed',
  change: 'remove',
  ...keys(value),
  reason,
  message: '',
});

const plain = (text: string) => text;

function sinceOf(before: Result, after: Result, redact = plain): Since {
  const since = changesSince(
    { earlier: earlierOf(before, IndicatorStates.of(before.items)) },
    after,
    redact,
  );
  if (!since || 'unusable' in since) throw new Error('there is no comparison');
  return since;
}

const compare = (before: Item[], after: Item[], more: Partial<Result> = {}) =>
  sinceOf(resultOf(before), resultOf(after, more));

describe('the comparison of two runs', () => {
  it('indicators that fail now, or no longer fail, are listed once', () => {
    const { failing } = compare(
      [accepted('a.example'), rejected('b.example'), unsent('c.example'), rejected('d.example')],
      [rejected('a.example'), accepted('b.example'), rejected('c.example'), unsent('e.example')],
    );
    expect(failing).toEqual({
      began: { count: 2, values: ['a.example', 'e.example'] },
      ended: { count: 1, values: ['b.example'] },
    });
  });

  it('new and gone indicators are listed, whatever became of them', () => {
    const { collection } = compare(
      [accepted('a.example'), skipped('b.example', 'status'), rejected('c.example')],
      [skipped('a.example', 'already_listed'), skipped('d.example', 'excluded')],
    );
    expect(collection).toEqual({
      entered: { count: 1, values: ['d.example'] },
      left: { count: 2, values: ['b.example', 'c.example'] },
    });
  });

  it('a removed object is gone from the collection only if that is the reason', () => {
    const before = ['a', 'b', 'c'].map((name) => accepted(`${name}.example`));
    const after = [
      removed('a.example', 'left_collection'),
      removed('b.example', 'status'),
      removed('c.example', 'replaced'),
      removed('d.example', 'left_collection'),
    ];
    const { collection } = compare(before, after);
    expect(collection).toEqual({
      entered: { count: 0, values: [] },
      left: { count: 1, values: ['a.example'] },
    });
    expect(compare(after, before).collection?.entered.values).toEqual(['a.example']);
  });

  it('a planned removal says by its message that the indicator is gone', () => {
    const removal = (value: string, message: string): Item => ({
      ...planned(value),
      outcome: 'planned',
      change: 'remove',
      ...keys(value),
      message,
    });
    const { collection } = compare(
      [accepted('a.example'), accepted('b.example')],
      [removal('a.example', LEFT_COLLECTION), removal('b.example', 'its status is Whitelisted')],
      { mode: 'preview' },
    );
    expect(collection?.left.values).toEqual(['a.example']);
  });

  it('of several items of an indicator the worst counts, and a duplicate counts least', () => {
    const { failing, reasons } = compare(
      [skipped('a.example', 'duplicate'), skipped('a.example', 'no_room'), accepted('b.example')],
      [skipped('a.example', 'excluded'), accepted('b.example'), unsent('b.example')],
    );
    expect(failing?.began.values).toEqual(['b.example']);
    expect(reasons).toEqual([
      { from: 'no_room', to: 'excluded', sample: { count: 1, values: ['a.example'] } },
    ]);
  });

  it('examples are few, and counts are whole', () => {
    const names = Array.from({ length: 1_000 }, (_, n) => `${n}.example`);
    const before = names.map((name) => skipped(name, 'no_room'));
    const after = names.map((name) => skipped(name, 'expired'));
    const { reasons } = compare(before, after);
    expect(reasons).toMatchObject([{ from: 'no_room', to: 'expired', sample: { count: 1_000 } }]);
    expect(reasons[0]?.sample.values).toHaveLength(5);
  });

  it('counts are compared by outcome and change, without those that are 0 in both runs', () => {
    const { rows } = compare([rejected('a.example')], [accepted('a.example')]);
    expect(rows).toEqual([
      { count: 'read', before: 1, after: 1 },
      { count: 'rejected', before: 1, after: 0 },
      { count: 'accepted', before: 0, after: 1 },
      { count: 'add', before: 0, after: 1 },
    ]);
  });

  it('new warnings and those that are gone are listed', () => {
    const warn = (...codes: WarningCode[]) =>
      resultOf([], { warnings: codes.map((code) => ({ code, message: '' })) });
    const { warnings } = sinceOf(
      warn('no_room', 'no_room', 'read_short'),
      warn('read_short', 'evicted'),
    );
    expect(warnings).toEqual({ began: ['evicted'], ended: ['no_room'] });
  });

  it('a preview says nothing about what fails, but about the collection', () => {
    const preview = resultOf([planned('a.example'), planned('b.example')], { mode: 'preview' });
    const run = resultOf([rejected('a.example')]);
    for (const [before, after] of [
      [preview, run],
      [run, preview],
    ] as const) {
      const { failing, collection } = sinceOf(before, after);
      expect(failing).toBeUndefined();
      expect((collection?.entered.count ?? 0) + (collection?.left.count ?? 0)).toBe(1);
    }
  });

  it('a collection that was not read whole in one of the runs is not compared', () => {
    const short = { name: null, hash: 'c2', total: 9, read_whole: false };
    const part = resultOf([accepted('a.example')], { data_collection: short });
    const whole = resultOf([accepted('b.example')]);
    expect(sinceOf(part, whole).collection).toBeUndefined();
    expect(sinceOf(whole, part).collection).toBeUndefined();
  });

  it('a check and a failed run have no comparison', () => {
    const baseline = { earlier: earlierOf(resultOf([]), new IndicatorStates()) };
    const unusable = { unusable: 'that run failed' };
    for (const more of [{ mode: 'check' }, { status: 'Failed to Complete' }] as const) {
      expect(changesSince(baseline, resultOf([], more), plain)).toBeUndefined();
      expect(changesSince(unusable, resultOf([], more), plain)).toBeUndefined();
    }
  });

  it('secrets in the earlier result are hidden', () => {
    const redact = (text: string) => text.replace('secret', '[redacted]');
    const { collection } = sinceOf(resultOf([accepted('secret.example')]), resultOf([]), redact);
    expect(collection?.left.values).toEqual(['[redacted].example']);
  });
});

describe('the section of the page', () => {
  const section = (since: Parameters<typeof sinceSection>[0]) => {
    const { content } = sinceSection(since);
    return content && textOf(content.source());
  };

  it('a first run has no such section', () => {
    expect(section(undefined)).toBeUndefined();
    expect(textOf(pagePieces(resultOf([]), extras))).not.toContain('id="since"');
  });

  it('the page shows the counts of both runs and de-fanged examples', () => {
    const since = compare(
      [accepted('a.example'), skipped('c.example', 'no_room')],
      [rejected('b.example'), skipped('c.example', 'expired')],
    );
    const page = textOf(pagePieces(resultOf([]), { ...extras, since }));
    expect(page).toContain('<a href="#since">What changed</a>');
    expect(page).toMatch(/What changed since <time datetime="2026-03-02T21:00:00.000Z">/);
    expect(page).toContain('<tr><th scope="row">Accepted</th><td>1</td><td>0</td></tr>');
    expect(page).toContain('<tr><th scope="row">Change: add</th><td>1</td><td>0</td></tr>');
    expect(page).toMatch(
      /Rejected or unsent now, but not then: 1<\/h4><ul[^>]*><li><code>b\[\.\]example/,
    );
    expect(page).toMatch(/No longer in the data collection: 1<\/h4><ul[^>]*><li><code>a\[\.\]/);
    expect(page).toContain('Skipped now as “Expired”, and then as “No room”: 1');
  });

  it('two equal runs have no differences', () => {
    expect(section(compare([accepted('a.example')], [accepted('a.example')]))).toContain(
      'No differences.',
    );
  });

  it('a report that cannot be compared has one sentence that says why', () => {
    const why = 'its action is <b>, and this run has x';
    expect(section({ unusable: why })).toContain(
      'The report of the last run cannot be compared: its action is &lt;b&gt;, and this run has x.',
    );
  });

  it('hostile texts of the earlier run are shown and never executed', () => {
    const since = sinceOf(hostile(), resultOf([]));
    const html = section(since) ?? '';
    const unusable = section({ unusable: hostileValues.join(' ') }) ?? '';
    const tags = new Set(
      Array.from(`${html}${unusable}`.matchAll(/<([a-z!][^\s>]*)/gi), ([, name]) => name),
    );
    expect([...tags].filter((name) => /script|img|svg|iframe|style|!/i.test(name ?? ''))).toEqual(
      [],
    );
    expect(html.length + unusable.length).toBeLessThan(20_000);
  });
});
