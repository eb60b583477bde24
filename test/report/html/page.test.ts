import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adviceFor, WARNING_ADVICE } from '../../../src/report/advice.js';
import { pagePieces } from '../../../src/report/html/page.js';
import { toneOf, verdict } from '../../../src/report/html/verdict.js';
import { changeOf, displayedOutcome } from '../../../src/report/labels.js';
import type { Item, Result } from '../../../src/result/result.js';
import { textOf } from '../../support/text.js';
import {
  daily,
  exchanges,
  extras,
  failedCheck,
  failedRun,
  flawless,
  hostile,
  hostileExtras,
  hostileValues,
  large,
  preview,
  realistic,
  resultOf,
  unknownCode,
} from '../samples.js';

/** The source of a section. */
function sectionOf(html: string, id: string): string {
  return html.match(/<section.*?<\/section>/gs)?.find((one) => one.includes(` id="${id}"`)) ?? '';
}

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
      const targets = Array.from(html.matchAll(/\shref="([^"]*)"/g), ([, to]) => to);
      const files = ['report.csv', 'report.json'];
      expect(targets.filter((to) => !to?.startsWith('#') && !files.includes(to ?? ''))).toEqual([]);
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

  it('what is wrong comes before the charts, what needs nothing is closed, and requests are last', () => {
    const order = Array.from(page.matchAll(/<section[^>]*id="(\w+)"/g), ([, id]) => id);
    expect(order).toEqual([
      'warnings',
      'problems',
      'overview',
      'corrections',
      'decisions',
      'all',
      'run',
      'requests',
    ]);
    const links = Array.from(page.matchAll(/<nav.*?<\/nav>/gs), ([nav]) => nav).join('');
    expect(Array.from(links.matchAll(/href="#(\w+)"/g), ([, id]) => id)).toEqual(order);
    const heads = Array.from(page.matchAll(/<article class="problem (\w+)">/g), ([, kind]) => kind);
    expect(heads).toEqual(['warning', 'rejected', 'rejected', 'unsent', 'skipped']);
    expect(sectionOf(page, 'decisions')).toMatch(
      /<details>\s*<summary><h3>Unsupported type<\/h3> <span class="count">\d+ items/,
    );
    expect(page).not.toContain('<details open');
    expect(sectionOf(page, 'requests')).toMatch(/<details><summary><h2/);
    expect(page).toContain(`<b>What to do:</b> ${adviceFor('service_unavailable')}`);
  });

  it('skips that a person should correct are open, and those that need nothing are closed', () => {
    const page = textOf(pagePieces(daily(), extras));
    const heads = (id: string) =>
      Array.from(
        sectionOf(page, id).matchAll(/<h3>(?:<span.*?<\/span> )?(.*?)<\/h3>/g),
        ([, h]) => h,
      );
    expect(heads('corrections')).toEqual(['No room', 'On exception list', 'Not routable']);
    expect(heads('decisions')).toEqual(['Already listed', 'Excluded']);
    expect(page).not.toContain('id="problems"');
  });

  it('a skip with a reason outside the vocabulary is not hidden in a closed part', () => {
    const [item] = daily().items.filter(({ outcome }) => outcome === 'skipped');
    const odd = resultOf([{ ...item, reason: unknownCode('constructor') } as Item]);
    expect(sectionOf(textOf(pagePieces(odd, extras)), 'corrections')).toContain('Constructor');
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

  it('every chart is readable as text, and a chart without data is left out', () => {
    expect(page.match(/<ul class="bars">/g)).toHaveLength(4);
    expect(page).toMatch(
      />FQDN<\/span> <span class="end">423<\/span><span class="hidden"> \([\d,]+ accepted, /,
    );
    expect(page.match(/<svg role="img" aria-label="([^"]{20,})"/g)).toHaveLength(1);
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
    expect(page).not.toMatch(/Indicators read|Everything was delivered|id="all"|class="tile/);
    const order = Array.from(page.matchAll(/<section[^>]*id="(\w+)"/g), ([, id]) => id);
    expect(order).toEqual(['checks', 'run', 'requests']);
  });

  it('the page of a run that could not begin lists its problems and does not claim any success', () => {
    const page = textOf(pagePieces(resultOf([], failed), extras));
    expect(page).toContain(
      '<ul class="details"><li>one is wrong</li><li>two &lt;i&gt;is&lt;/i&gt; wrong</li></ul>',
    );
    expect(page).not.toMatch(/U\+000A|selected objects|Everything was delivered/);
    expect(page).not.toMatch(/<dt>(?:Indicators read|Added|Rejected|Skipped)|id="all"/);
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
    expect(verdict(result)).toMatch(/5 objects would be sent to .*\. 5 to add, 3 to remove\./);
    const page = textOf(pagePieces(result, extras));
    expect(page.match(/<tr class="planned"/g)).toHaveLength(5);
    expect(page.match(/<tr class="removed"[^>]*><td>Planned removal/g)).toHaveLength(3);
    expect(page).not.toContain('Vision One’s own setting');
  });
});

/** The tiles of a page: name, number, and what the tile shows in the table. */
function tilesOf(result: Result): [name: string, value: string, filter: string | undefined][] {
  const page = textOf(pagePieces(result, extras));
  return Array.from(page.matchAll(/<div class="tile .*?<\/div>/gs), ([tile]) => [
    /<dt>(.*?)</.exec(tile)?.[1] ?? '',
    /<b>(.*?)</.exec(tile)?.[1] ?? '',
    /data-filter="(.*?)"/.exec(tile)?.[1]?.replaceAll('&amp;', '&'),
  ]);
}

describe('the tiles', () => {
  it('each count of an export is there by change, and is a filter of the table', () => {
    const { counts } = daily();
    const { add, change, renew, remove, replace } = counts.by_change;
    expect(tilesOf(daily()).slice(0, -2)).toEqual([
      ['Indicators read', '1,047', undefined],
      ['Added', `${add}`, 'outcome=accepted&change=add'],
      ['Changed', `${change}`, 'outcome=accepted&change=change'],
      ['Renewed', `${renew}`, 'outcome=accepted&change=renew'],
      ['Removed', `${remove}`, 'outcome=removed&change=remove'],
      ['Replaced', `${replace}`, 'outcome=removed&change=replace'],
      ['Unchanged', `${counts.by_reason['already_listed']}`, 'change=unchanged'],
      ['Rejected', '0', undefined],
      ['Unsent', '0', undefined],
      ['Skipped', `${counts.skipped}`, 'outcome=skipped'],
    ]);
  });

  it('a preview has no tiles of what only an export can do', () => {
    const names = tilesOf(preview()).map(([name]) => name);
    expect(names).toEqual([
      'Indicators read',
      'To add',
      'To change',
      'To renew',
      'To remove',
      'To replace',
      'Unchanged',
      'Skipped',
      'Duration',
      'Requests',
    ]);
    expect(tilesOf(preview()).find(([name]) => name === 'To remove')?.[2]).toBe(
      'outcome=removed&change=remove',
    );
  });

  it('each filter of the page finds as many items as its tile or bar counts', () => {
    for (const result of [realistic(), daily(), preview(), hostile()]) {
      const source = textOf(pagePieces(result, extras));
      const links = Array.from(
        source.matchAll(/<a href="#all" data-filter="([^"]*)">(.*?)<\/a>/gs),
      );
      expect(links.length).toBeGreaterThan(5);
      for (const [, filter = '', content = ''] of links) {
        const wanted = [...new URLSearchParams(filter.replaceAll('&amp;', '&'))];
        const found = result.items.filter((item) =>
          wanted.every(([column, value]) => columnsOf(item)[column] === value),
        );
        const count = /(?:<b>|<span class="end">)([\d,]+)</.exec(content)?.[1];
        expect(found.length.toLocaleString('en-US'), filter).toBe(count);
      }
    }
  });

  it('the tile of the indicators says that some made more than one object', () => {
    const [item] = flawless().items;
    if (!item) throw new Error('no sample');
    const two = resultOf([item, { ...item, object: { url: 'https://a.example' } }] as Item[]);
    expect(textOf(pagePieces(two, extras))).toContain('1 of them made 2 objects');
  });
});

/** What the filters of the table compare. */
function columnsOf(item: Item): Record<string, string | undefined> {
  return {
    outcome: displayedOutcome(item),
    change: changeOf(item),
    type: item.type,
    reason: 'reason' in item ? item.reason : undefined,
  };
}

describe('the header', () => {
  const headerOf = (result: Result) =>
    /<header>.*?<\/header>/s.exec(textOf(pagePieces(result, extras)))?.[0];
  const titleOf = (result: Result) => /<title>(.*?)</.exec(textOf(pagePieces(result, extras)))?.[1];

  it('the header and the title name the tenant, and say that it is a preview', () => {
    expect(titleOf(preview())).toMatch(/^PREVIEW Tenant A: Completed: /);
    expect(headerOf(preview())).toMatch(/Tenant A.*<span class="mode">Preview<\/span>/s);
    expect(titleOf(flawless())).toMatch(/^Completed: /);
    expect(headerOf(flawless())).not.toMatch(/class="(?:mode|tenant)"/);
  });
});

describe('run and settings', () => {
  const settingOf = (result: Result, settings: Record<string, string>) =>
    Array.from(
      sectionOf(textOf(pagePieces(result, { ...extras, settings })), 'run').matchAll(
        /<dd>([^<]*)</g,
      ),
      ([, value]) => value,
    ).at(-1);

  it('a Run Mode that the command line overrode does not contradict the mode', () => {
    const export_ = { 'Run Mode': 'Export' };
    expect(settingOf(preview(), export_)).toBe('Export, but the command line asked for: Preview');
    expect(settingOf(daily(), export_)).toBe('Export');
    expect(sectionOf(textOf(pagePieces(preview(), extras)), 'run')).toContain(
      '<dd>Preview (nothing was sent)</dd>',
    );
  });

  it('numbers are formatted as everywhere', () => {
    expect(settingOf(daily(), { 'Objects Per Run': '10000' })).toBe('10,000');
    expect(settingOf(daily(), { 'High Risk From Score': '9' })).toBe('9');
  });
});

describe('the words of the page', () => {
  it('addresses of services, names of files and words about schemes are not de-fanged', () => {
    const check = sectionOf(textOf(pagePieces(failedCheck(), extras)), 'checks');
    expect(check).toContain('<p class="advice">https://threatq.example.com answers</p>');
    const page = textOf(pagePieces(daily(), extras));
    expect(sectionOf(page, 'warnings')).toContain('the list own.txt is left out');
    expect(sectionOf(page, 'decisions')).toContain('the exclusion list own.txt');
    expect(sectionOf(page, 'corrections')).not.toMatch(/https?:|\d\.\d|@\w/);
  });

  it("types of the list have ThreatQ's names", () => {
    const chartOf = (result: Result) => sectionOf(textOf(pagePieces(result, extras)), 'overview');
    expect(chartOf(daily())).not.toContain('senderMailAddress');
    const all = { all: { listed: 5, ours: 5, cap: 10, added: 0, removed: 0 } };
    expect(chartOf({ ...daily(), list: all })).toContain('All types');
  });

  it('the other reports are linked', () => {
    for (const result of [daily(), failedCheck(), failedRun()]) {
      const page = textOf(pagePieces(result, extras));
      expect(page).toContain('<a href="report.csv">report.csv</a>');
      expect(page).toContain('<a href="report.json">report.json</a>');
    }
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

  it('the verdict counts the changes, and how many objects stay as they are', () => {
    const { by_change } = daily().counts;
    expect(verdict(daily())).toContain(
      `${by_change.add} added, ${by_change.change} changed, ${by_change.renew} renewed, ${by_change.remove} removed, ${by_change.replace} replaced; 886 unchanged.`,
    );
    expect(verdict(preview())).toMatch(/ \d+ to add, .*\d+ to replace; 886 unchanged\./);
    expect(verdict(base)).toContain(` ${base.items.length} added.`);
  });

  it('a warning that needs a decision makes the verdict amber, and others do not', () => {
    const toneWith = (code: string) =>
      toneOf({ ...base, warnings: [{ code: unknownCode(code), message: 'x' }] });
    const decisions =
      'no_room read_short still_listed more_to_send read_limit evicted removal_refused';
    for (const code of [...decisions.split(' '), 'file_not_written']) {
      expect(toneWith(code), code).toBe('warn');
    }
    expect(toneWith('exclusion_entries')).toBe('good');
    expect(toneOf({ ...base, status: 'Failed to Complete' })).toBe('bad');
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
