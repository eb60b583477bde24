import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WARNING_ADVICE } from '../../../src/report/advice.js';
import { pagePieces } from '../../../src/report/html/page.js';
import { verdict } from '../../../src/report/html/verdict.js';
import type { Item, Result } from '../../../src/result/result.js';
import { textOf } from '../../support/text.js';
import {
  exchanges,
  extras,
  flawless,
  hostile,
  hostileExtras,
  hostileValues,
  large,
  realistic,
  resultOf,
} from '../samples.js';

const page = textOf(pagePieces(realistic(), extras));
const hostilePage = textOf(pagePieces(hostile(), hostileExtras));

/** The names of all tags. The content of script and style is removed first. */
function tagsOf(html: string): string[] {
  const bare = html.replace(/<(script|style)>.*?<\/\1>/gs, '');
  return Array.from(bare.matchAll(/<([a-z!][^\s>]*)/gi), ([, name]) => name?.toLowerCase() ?? '');
}

function attributesOf(html: string): string[] {
  const bare = html.replace(/<(script|style)>.*?<\/\1>/gs, '');
  return Array.from(bare.matchAll(/<[a-z][^\s>]*((?:\s+[\w-]+(?:="[^"]*"|=\w+)?)*)/gi), ([, all]) =>
    Array.from((all ?? '').matchAll(/\s([\w-]+)(?:="[^"]*"|=\w+)?/g), ([, name]) => name ?? ''),
  ).flat();
}

it('a result that could not be printed does not make the page deny what was delivered', () => {
  const notWritten = { code: 'file_not_written', message: 'x' } as const;
  const result: Result = { ...flawless(), status: 'Incomplete', warnings: [notWritten] };
  expect(verdict(result)).toMatch(/^Trend Micro Vision One’s Suspicious Object List accepted/);
  const interrupted = { code: 'interrupted', message: 'x' } as const;
  expect(verdict({ ...result, warnings: [notWritten, interrupted] })).toMatch(/^Not everything/);
});

describe('the page', () => {
  it('the policy of the page forbids all loading and allows only its own script and style', () => {
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(page)?.[1] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    for (const name of ['script', 'style']) {
      const text = new RegExp(`<${name}>(.*?)</${name}>`, 's').exec(page)?.[1] ?? '';
      expect(policy).toContain(
        `${name}-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`,
      );
      expect(text).not.toMatch(/<\/|<!--/);
    }
  });

  it('the page has no inline style, no event handler and no external link', () => {
    for (const html of [page, hostilePage]) {
      expect(
        attributesOf(html).filter((name) => name === 'style' || name.startsWith('on')),
      ).toEqual([]);
      expect(attributesOf(html)).not.toContain('src');
      const targets = Array.from(html.matchAll(/\shref="([^"]*)"/g), ([, to = '']) => to);
      const others = targets.filter((to) => !to.startsWith('#'));
      expect(new Set(others)).toEqual(new Set(['report.csv', 'report.json']));
    }
  });

  it('the page says where the indicators came from, unless the run failed before that was known', () => {
    const headOf = (more: Partial<Result>) =>
      /<ul class="meta">(.*?)<\/ul>/s.exec(textOf(pagePieces(resultOf([], more), extras)))?.[1] ??
      '';
    const collection = { name: null, hash: 'a1b2c3', total: 3, read_whole: true };
    expect(headOf({ data_collection: collection })).toContain('data collection a1b2c3');
    expect(headOf({ data_collection: null })).toContain('selected objects');
    expect(headOf(failed)).not.toMatch(/From|selected objects|collection/);
  });

  it('hostile text adds no kind of element to the page', () => {
    const usual = new Set(tagsOf(page));
    expect(tagsOf(hostilePage).filter((name) => !usual.has(name))).toEqual([]);
    const count = (html: string, name: string) => tagsOf(html).filter((tag) => tag === name).length;
    expect(count(hostilePage, 'meta')).toBe(count(page, 'meta'));
    expect(Array.from(hostilePage.matchAll(/<script/gi))).toHaveLength(1);
    expect(hostilePage.match(/<!--/g)).toBeNull();
  });

  it('the page shows invisible characters as code points and does not contain them', () => {
    expect(hostilePage).toContain('<span class="u">U+202E</span>');
    expect(hostilePage).toContain('U+0000 ×2048');
    // The line feeds are those between the lines of the page.
    expect(hostilePage.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('a page with any text in an item is complete and keeps the exact value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (bad) => {
        const html = textOf(
          pagePieces(
            resultOf([
              {
                outcome: 'rejected',
                change: 'add',
                id: bad,
                type: bad,
                value: bad,
                score: null,
                object: { url: bad },
                status: 400,
                reason: bad,
                message: bad,
              },
            ]),
            { exchanges: [], settings: { [bad]: bad } },
          ),
        );
        expect(html.match(/<script>/g)).toHaveLength(1);
        expect(html.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(html.endsWith('</html>\n')).toBe(true);
        const kept = Array.from(html.matchAll(/ data-v="([^"]*)"/g), ([, text]) => text ?? '');
        const plain = (kept[0] ?? '').replace(
          /&(?:amp|lt|gt|quot|#39);/g,
          (name) =>
            ({ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" })[name] ?? name,
        );
        if (kept[0] !== undefined) expect(JSON.parse(`"${plain}"`)).toBe(bad);
        else expect(bad).toMatch(/^[!-~]+$/);
      }),
      { numRuns: 300 },
    );
  });

  it('the page has a row for each item without scripts, and no live address in them', () => {
    const rows = /<tbody id="rows">(.*?)<\/tbody>/s.exec(page)?.[1] ?? '';
    expect(rows.match(/<tr /g)).toHaveLength(realistic().items.length);
    expect(rows.replace(/ data-v="[^"]*"/g, '')).not.toMatch(/https?:\/\//i);
  });

  it('the page lists undelivered objects by outcome, worst first, with advice', () => {
    const heads = Array.from(page.matchAll(/<article class="problem (\w+)">/g), ([, kind]) => kind);
    expect(heads).toEqual(['warning', 'rejected', 'rejected', 'unsent', 'skipped']);
    const closed = /<section id="decisions".*?<\/section>/s.exec(page)?.[0] ?? '';
    expect(Array.from(closed.matchAll(/<summary><h3>([^<]*)/g), ([, label]) => label)).toEqual([
      'Unsupported type',
      'Duplicate',
    ]);
    expect(page).toContain(
      '<b>What to do:</b> Do what the message says if it names a cause, or run again later',
    );
    expect(textOf(pagePieces(flawless(), extras))).not.toContain('class="problem');
  });

  it('each kind of warning has its advice, those that need a decision first', () => {
    const kinds = ['read_short', 'may_evict', 'may_evict'] as const;
    const warned = resultOf([], { warnings: kinds.map((code) => ({ code, message: 'm' })) });
    const section = /<section id="warnings".*?<\/section>/s.exec(
      textOf(pagePieces(warned, extras)),
    )?.[0];
    const advice = Array.from(section?.matchAll(/What to do:<\/b> ([^<]+)</g) ?? [], ([, a]) => a);
    expect(advice).toEqual([WARNING_ADVICE.read_short, WARNING_ADVICE.may_evict]);
  });

  it('every chart has a text alternative, and a chart without data is left out', () => {
    const charts = Array.from(page.matchAll(/<figure>.*?<\/figure>/gs), ([chart]) => chart);
    expect(charts).toHaveLength(5);
    for (const chart of charts) {
      expect(chart).toContain('The same as a table');
      const drawings = chart.match(/<svg [^>]*/g) ?? [];
      expect(drawings.length).toBeGreaterThan(0);
      expect(
        drawings.filter((tag) => !/aria-hidden="true"|aria-label="[^"]{20,}"/.test(tag)),
      ).toEqual([]);
    }
    const empty = textOf(pagePieces(resultOf([]), { exchanges: [], settings: {} }));
    expect(empty).not.toContain('role="img"');
    expect(empty).not.toContain('id="overview"');
    const exception = resultOf(flawless().items, { target: 'exceptions' });
    expect(textOf(pagePieces(exception, extras))).not.toContain('Risk levels of');
  });

  it('the timeline has at most 2,000 requests, failed and repeated ones first', () => {
    const [one] = exchanges;
    if (!one) throw new Error('no sample');
    const many = [
      ...Array.from({ length: 3000 }, () => one),
      { ...one, status: 503, error: 'Unavailable' },
    ];
    const html = textOf(pagePieces(resultOf([]), { ...extras, exchanges: many }));
    expect(html).toContain('2,000 of 3,001 requests are shown');
    expect(html).toContain('503 Unavailable');
    const odd = [
      { ...one, at: 'never' },
      { ...one, took_ms: 0 },
    ];
    expect(
      textOf(pagePieces(resultOf([], { finished_at: 'x' }), { ...extras, exchanges: odd })),
    ).not.toMatch(/NaN|Infinity"/);
  });

  it('the value of a setting with the name of a secret is not shown', () => {
    const html = textOf(
      pagePieces(resultOf([]), {
        ...extras,
        settings: { 'API Key': 'hush-1', client_secret: 'hush-2', 'Risk Level': 'High' },
      }),
    );
    expect(html).not.toContain('hush-');
    expect(html).toContain('<dd>High</dd>');
  });

  it('a page of 10,000 items is smaller than 6 MB', () => {
    expect(Buffer.byteLength(textOf(pagePieces(large(), extras)))).toBeLessThan(6_000_000);
  });

  it('the sample with hostile text in every place makes a page', () => {
    expect(hostileValues.some(({ length }) => length === 2048)).toBe(true);
    expect(hostilePage).toMatch(/^<!DOCTYPE html>/);
  });
});

const error = {
  code: 'invalid_input',
  message: 'one is wrong\ntwo <i>is</i> wrong',
} as const;
const failed = { status: 'Failed to Complete', data_collection: null, error } as const;
const checked = (ok: boolean) =>
  resultOf([], {
    mode: 'check',
    status: ok ? 'Completed' : 'Failed to Complete',
    checks: [
      { name: 'ThreatQ reachable', ok: true, message: 'https://threatq.example.com answers' },
      { name: 'ThreatQ token', ok, message: '<b>check</b> the client secret' },
    ],
    error: ok ? null : { code: 'check_failed', message: 'ThreatQ token: check the client secret' },
  });

describe('the page of a special run', () => {
  it('the page of a check has its check report and no counts of an export', () => {
    const page = textOf(pagePieces(checked(false), extras));
    expect(page.match(/<li class="problem (ok|failed)">/g)).toHaveLength(2);
    expect(page).toContain('&lt;b&gt;check&lt;/b&gt; the client secret');
    expect(page).not.toMatch(/Indicators read|Everything was delivered|id="all"/);
  });

  it('the page of a run that could not begin lists its problems and does not claim any success', () => {
    const page = textOf(pagePieces(resultOf([], failed), extras));
    expect(page).toContain(
      '<ul class="details"><li>one is wrong</li><li>two &lt;i&gt;is&lt;/i&gt; wrong</li></ul>',
    );
    expect(page).not.toMatch(/U\+000A|selected objects|Everything was delivered/);
  });

  it('a line end in the message of a service is shown as a code point', () => {
    const message = 'GET x: HTTP 403 (AccessDenied: a\nb)';
    const one = { ...failed, error: { code: 'no_access' as const, message } };
    expect(textOf(pagePieces(resultOf([], one), extras)).match(/U\+000A/g)).toHaveLength(1);
  });

  it('the page of a preview distinguishes planned removals from objects that would be sent', () => {
    const planned = flawless()
      .items.slice(0, 5)
      .map((item) => ({ ...item, outcome: 'planned' }));
    const removals = planned.slice(0, 3).map((item) => ({ ...item, change: 'remove' }));
    const items = [...planned, ...removals] as Item[];
    const result = resultOf(items, { mode: 'preview', list: null });
    expect(verdict(result)).toMatch(/5 objects would be sent to .*\. 5 to add, 3 to remove/);
    const page = textOf(pagePieces(result, extras));
    expect(page.match(/<tr class="planned">/g)).toHaveLength(5);
    expect(page.match(/<tr class="removed"><td>Planned removal/g)).toHaveLength(3);
    expect(page).not.toContain('Vision One’s own setting');
  });
});

describe('the verdict', () => {
  const base = flawless();

  it('the verdict says how much of the data collection was read, and that there are warnings', () => {
    const collection = { name: 'x', hash: null, total: base.items.length + 500, read_whole: false };
    const warnings = [{ code: 'may_evict' as const, message: 'x' }];
    const text = verdict({ ...base, data_collection: collection, warnings });
    expect(text).toMatch(/has [\d,]+ indicators, of which this run read \d+\. 1 warning below/);
  });

  it('the verdict says that a run was interrupted', () => {
    const reason = { reason: 'interrupted', message: 'the run was interrupted' };
    const item = { ...base.items[0], outcome: 'unsent', change: 'add', ...reason } as Item;
    expect(verdict(resultOf([item]))).toMatch(/^The run was interrupted: /);
  });

  it.each([
    ['Everything was delivered', base],
    ['Not everything was delivered', realistic()],
    ['Nothing was delivered: no indicators were read.', resultOf([])],
    ['This was a preview and nothing was sent.', { ...base, mode: 'preview' as const }],
    ['The check passed', checked(true)],
    ['The check found a problem', checked(false)],
    ['The check could not begin', resultOf([], { mode: 'check', ...failed })],
    ['The run failed and nothing was sent.', resultOf([], { status: 'Failed to Complete' })],
    [
      'Nothing had to be delivered',
      resultOf([
        {
          outcome: 'skipped',
          id: 1,
          type: 'MD5',
          value: 'x',
          score: null,
          reason: 'unsupported_type',
          message: '',
        },
      ]),
    ],
  ])('the verdict begins with "%s"', (start, result) => {
    expect(verdict(result).startsWith(start)).toBe(true);
  });

  it('the verdict names the list of the action', () => {
    expect(verdict(base)).toContain(`Suspicious Object List accepted ${base.items.length} objects`);
    expect(verdict({ ...base, target: 'exceptions' })).toContain('Exception List');
  });
});
