import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderPage } from '../../../src/report/html/page.js';
import { verdict } from '../../../src/report/html/verdict.js';
import type { Item, Result } from '../../../src/result/result.js';
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

const page = renderPage(realistic(), extras);
const attacked = renderPage(hostile(), hostileExtras);

/** Tags, by name; what stands in script and style is cut out first. */
function tags(html: string): string[] {
  const bare = html.replace(/<(script|style)>.*?<\/\1>/gs, '');
  return Array.from(bare.matchAll(/<([a-z!][^\s>]*)/gi), ([, name]) => name?.toLowerCase() ?? '');
}

function attributes(html: string): string[] {
  const bare = html.replace(/<(script|style)>.*?<\/\1>/gs, '');
  return Array.from(bare.matchAll(/<[a-z][^\s>]*((?:\s+[\w-]+(?:="[^"]*"|=\w+)?)*)/gi), ([, all]) =>
    Array.from((all ?? '').matchAll(/\s([\w-]+)(?:="[^"]*"|=\w+)?/g), ([, name]) => name ?? ''),
  ).flat();
}

describe('the page', () => {
  it('lets nothing load and only its own script and style in', () => {
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

  it('has no inline style, no handler and no link out', () => {
    for (const html of [page, attacked]) {
      expect(attributes(html).filter((name) => name === 'style' || name.startsWith('on'))).toEqual(
        [],
      );
      expect(attributes(html)).not.toContain('src');
      const targets = Array.from(html.matchAll(/\shref="([^"]*)"/g), ([, to]) => to);
      expect(targets.every((to) => to?.startsWith('#'))).toBe(true);
    }
  });

  it('says what the indicators came from, and nothing where a run failed before that was known', () => {
    const headOf = (more: Partial<Result>) =>
      /<ul class="meta">(.*?)<\/ul>/s.exec(renderPage(resultOf([], more), extras))?.[1] ?? '';
    const collection = { name: null, hash: 'a1b2c3', total: 3 };
    expect(headOf({ data_collection: collection })).toContain('data collection a1b2c3');
    expect(headOf({ data_collection: null })).toContain('selected objects');
    expect(headOf(failed)).not.toMatch(/From|selected objects|collection/);
  });

  it('gains no kind of element from hostile text', () => {
    const usual = new Set(tags(page));
    expect(tags(attacked).filter((name) => !usual.has(name))).toEqual([]);
    const count = (html: string, name: string) => tags(html).filter((tag) => tag === name).length;
    expect(count(attacked, 'meta')).toBe(count(page, 'meta'));
    expect(Array.from(attacked.matchAll(/<script/gi))).toHaveLength(1);
    expect(attacked.match(/<!--/g)).toBeNull();
  });

  it('shows what cannot be seen, and never holds it', () => {
    expect(attacked).toContain('<span class="u">U+202E</span>');
    expect(attacked).toContain('U+0000 ×2048');
    // Line feeds are the page's own.
    expect(attacked.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  });

  it('is the same whole page whatever a value holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (bad) => {
        const html = renderPage(
          resultOf([
            {
              outcome: 'rejected',
              id: bad,
              type: bad,
              value: bad,
              object: { url: bad },
              status: 400,
              reason: bad,
              message: bad,
            },
          ]),
          { exchanges: [], settings: { [bad]: bad } },
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

  it('has a row an item, also without scripts, and no live address among them', () => {
    const rows = /<tbody id="rows">(.*?)<\/tbody>/s.exec(page)?.[1] ?? '';
    expect(rows.match(/<tr /g)).toHaveLength(realistic().items.length);
    expect(rows.replace(/ data-v="[^"]*"/g, '')).not.toMatch(/https?:\/\//i);
  });

  it('names what was not delivered worst first, with what to do', () => {
    const heads = Array.from(page.matchAll(/<article class="problem (\w+)">/g), ([, kind]) => kind);
    expect(heads).toEqual([
      'warning',
      'rejected',
      'rejected',
      'unsent',
      'skipped',
      'skipped',
      'skipped',
    ]);
    expect(page).toContain(
      '<b>What to do:</b> Do what the message says if it names a cause, or run again later',
    );
    expect(renderPage(flawless(), extras)).toContain('Nothing was left behind');
  });

  it('has every picture with a text alternative, and none where there is nothing to draw', () => {
    const pictures = Array.from(page.matchAll(/<svg role="img" aria-label="([^"]{20,})"/g));
    expect(pictures).toHaveLength(5);
    const empty = renderPage(resultOf([]), { exchanges: [], settings: {} });
    expect(empty).not.toContain('role="img"');
    expect(empty).not.toContain('id="pictures"');
    const exception = resultOf(flawless().items, { target: 'exceptions' });
    expect(renderPage(exception, extras)).not.toContain('Risk levels of');
  });

  it('draws at most 2,000 requests, the telling ones first', () => {
    const [one] = exchanges;
    if (!one) throw new Error('no sample');
    const many = [
      ...Array.from({ length: 3000 }, () => one),
      { ...one, status: 503, error: 'Unavailable' },
    ];
    const html = renderPage(resultOf([]), { ...extras, exchanges: many });
    expect(html).toContain('2,000 of 3,001 requests are shown');
    expect(html).toContain('503 Unavailable');
    const odd = [
      { ...one, at: 'never' },
      { ...one, took_ms: 0 },
    ];
    expect(
      renderPage(resultOf([], { finished_at: 'x' }), { ...extras, exchanges: odd }),
    ).not.toMatch(/NaN|Infinity"/);
  });

  it('never shows a setting that sounds secret', () => {
    const html = renderPage(resultOf([]), {
      ...extras,
      settings: { 'API Key': 'hush-1', client_secret: 'hush-2', 'Risk Level': 'High' },
    });
    expect(html).not.toContain('hush-');
    expect(html).toContain('<dd>High</dd>');
  });

  it('stays small: 10,000 items in under 6 MB', () => {
    expect(Buffer.byteLength(renderPage(large(), extras))).toBeLessThan(6_000_000);
  });

  it('copes with hostile text in every place', () => {
    expect(hostileValues.some(({ length }) => length === 2048)).toBe(true);
    expect(attacked).toMatch(/^<!DOCTYPE html>/);
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

describe('a page of', () => {
  it('a check holds its sheet, and no figures of an export', () => {
    const page = renderPage(checked(false), extras);
    expect(page.match(/<li class="problem (ok|failed)">/g)).toHaveLength(2);
    expect(page).toContain('&lt;b&gt;check&lt;/b&gt; the client secret');
    expect(page).not.toMatch(/Indicators read|Nothing was left behind|id="all"/);
  });

  it('a run that could not begin lists what is wrong, and claims nothing', () => {
    const page = renderPage(resultOf([], failed), extras);
    expect(page).toContain(
      '<ul class="details"><li>one is wrong</li><li>two &lt;i&gt;is&lt;/i&gt; wrong</li></ul>',
    );
    expect(page).not.toMatch(/U\+000A|selected objects|Nothing was left behind/);
  });

  it('a service that failed shows its line ends, and does not obey them', () => {
    const message = 'GET x: HTTP 403 (AccessDenied: a\nb)';
    const one = { ...failed, error: { code: 'no_access' as const, message } };
    expect(renderPage(resultOf([], one), extras).match(/U\+000A/g)).toHaveLength(1);
  });

  it('a preview tells what would be removed from what would be sent', () => {
    const planned = flawless()
      .items.slice(0, 5)
      .map((item) => ({ ...item, outcome: 'planned' }));
    const removals = planned.slice(0, 3).map((item) => ({ ...item, removal: true }));
    const items = [...planned, ...removals] as Item[];
    const result = resultOf(items, { mode: 'preview', list: null });
    expect(verdict(result)).toMatch(/5 objects would go to .*\. 3 outdated objects would come off/);
    const page = renderPage(result, extras);
    expect(page.match(/<tr class="planned">/g)).toHaveLength(5);
    expect(page.match(/<tr class="removed"><td>Planned removal/g)).toHaveLength(3);
    expect(page).not.toContain('Left to Vision One');
  });
});

describe('the verdict', () => {
  const base = flawless();

  it('says how much of a collection was not read, and that there are warnings', () => {
    const collection = { name: 'x', hash: null, total: base.items.length + 500 };
    const warnings = [{ code: 'may_evict' as const, message: 'x' }];
    const told = verdict({ ...base, data_collection: collection, warnings });
    expect(told).toMatch(/has [\d,]+ indicators, of which this run read \d+\. 1 warning below/);
  });

  it('says that a run was told to stop', () => {
    const reason = { reason: 'interrupted', message: 'the run was interrupted' };
    const item = { ...base.items[0], outcome: 'unsent', ...reason } as Item;
    expect(verdict(resultOf([item]))).toMatch(/^The run was told to stop before it was done/);
  });

  it.each([
    ['Everything that was to be delivered has been', base],
    ['Not everything was delivered', realistic()],
    ['There was nothing to deliver', resultOf([])],
    ['A preview, nothing was sent', { ...base, mode: 'preview' as const }],
    ['The check passed', checked(true)],
    ['The check found something', checked(false)],
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
          reason: 'unsupported_type',
          message: '',
        },
      ]),
    ],
  ])('%s', (start, result) => {
    expect(verdict(result).startsWith(start)).toBe(true);
  });

  it('names the list of the action', () => {
    expect(verdict(base)).toContain(
      'Suspicious Object List took 346 objects'.replace(/\d+/, String(base.items.length)),
    );
    expect(verdict({ ...base, target: 'exceptions' })).toContain('Exception List');
  });
});
