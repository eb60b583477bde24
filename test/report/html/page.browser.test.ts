/**
 * The page in a real browser, opened from disk. Without a Chromium these tests are skipped with a
 * message.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Extras, pagePieces } from '../../../src/report/html/page.js';
import type { Item, Result } from '../../../src/result/result.js';
import { launchChromium, noChromium } from '../../support/chromium.js';
import { textOf } from '../../support/text.js';
import {
  extras,
  hostile,
  hostileExtras,
  hostileValues,
  large,
  realistic,
  resultOf,
} from '../samples.js';

const missing = noChromium && `browser tests did not run: ${noChromium}`;

/** Rows that the page shows at once, so that its work does not depend on the number of items. */
const ROWS_SHOWN = 100;

if (missing) {
  console.warn(missing);
  it.skip(missing, () => {});
}

describe.skipIf(missing)('the page in Chromium', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-page-'));
  const shots = fileURLToPath(new URL('../../../dist/screenshots/', import.meta.url));
  let browser: Browser;

  /** What a page must not do. */
  interface Seen {
    requests: string[];
    consoleMessages: string[];
    dialogs: string[];
  }

  function write(name: string, result: Result, more: Extras, links = ''): string {
    const file = join(folder, `${name}.html`);
    const page = textOf(pagePieces(result, more));
    writeFileSync(
      file,
      page.replace('</main>', () => `${links}</main>`),
    );
    return pathToFileURL(file).href;
  }

  const filterLinks = `<p><a href="#all" data-filter="outcome=skipped&amp;reason=unsupported_type" id="to-reason">Unsupported</a>
<a href="#all" data-filter="outcome=none&amp;on=1&amp;page=2" id="to-page">Unknown</a>
<svg width="90" height="30" role="img" aria-label="A chart"><a href="#all" data-filter="type=SHA-1&amp;change=add" id="to-type"><text y="20">SHA-1</text></a></svg></p>`;

  let urls: Record<
    'realistic' | 'linked' | 'short' | 'large' | 'huge' | 'exceptions' | 'hostile' | 'empty',
    string
  >;

  /** A window, its page, and what the page did that it must not do. */
  interface Tab {
    page: Page;
    seen: Seen;
    url: string;
  }

  async function newTab(javaScriptEnabled: boolean): Promise<Tab> {
    const context = await browser.newContext({ javaScriptEnabled, reducedMotion: 'reduce' });
    const tab: Tab = { page: await context.newPage(), seen: { ...nothing }, url: '' };
    // On a slow machine only the time limit of the test applies, not one of each step.
    tab.page.setDefaultTimeout(0);
    tab.page.on('request', (request) => {
      if (request.url().split('#')[0] !== tab.url) tab.seen.requests.push(request.url());
    });
    tab.page.on('console', (message) => tab.seen.consoleMessages.push(message.text()));
    tab.page.on('pageerror', (error) => tab.seen.consoleMessages.push(error.message));
    tab.page.on('dialog', (dialog) => {
      tab.seen.dialogs.push(dialog.message());
      return dialog.dismiss();
    });
    return tab;
  }

  async function load(tab: Tab, name: keyof typeof urls, fragment = ''): Promise<Tab> {
    tab.seen = { requests: [], consoleMessages: [], dialogs: [] };
    tab.url = urls[name];
    // From another fragment of the same page, the browser would not load it anew.
    await tab.page.goto('about:blank');
    await tab.page.goto(tab.url + fragment);
    return tab;
  }

  /** The windows are shared by the tests, because opening one is slower than loading a page. */
  const tabs = new Map<boolean, Tab>();

  interface Look {
    javaScriptEnabled?: boolean;
    colorScheme?: 'light' | 'dark';
    width?: number;
    height?: number;
    /** The end of the URL. */
    fragment?: string;
  }

  /** Loads a page in a shared window. */
  async function open(name: keyof typeof urls, look: Look = {}): Promise<Tab> {
    const {
      javaScriptEnabled = true,
      colorScheme = 'light',
      width = 1280,
      height = 900,
      fragment,
    } = look;
    const tab = tabs.get(javaScriptEnabled) ?? (await newTab(javaScriptEnabled));
    tabs.set(javaScriptEnabled, tab);
    await tab.page.emulateMedia({ media: null, colorScheme, reducedMotion: 'reduce' });
    await tab.page.setViewportSize({ width, height });
    return load(tab, name, fragment);
  }

  /** More items than a page holds: 300 failures and 80 routine skips after 20,000 additions. */
  function huge(): Result {
    const [accepted, rejected, skipped] = ['accepted', 'rejected', 'skipped'].map((outcome) =>
      realistic().items.find((one) => one.outcome === outcome),
    ) as [Item, Item, Item];
    return resultOf([
      ...Array.from({ length: 20_000 }, () => ({ ...accepted })),
      ...Array.from({ length: 300 }, () => ({ ...rejected })),
      ...Array.from({ length: 80 }, () => ({ ...skipped })),
    ]);
  }

  const nothing: Seen = { requests: [], consoleMessages: [], dialogs: [] };
  const rowCount = (page: Page) => page.locator('#rows tr').count();
  const run = <T>(page: Page, code: string) => page.evaluate(code) as Promise<T>;

  /** How many rows a script adds to the table. */
  const rowsAdded = (page: Page, code: string) =>
    run<number>(
      page,
      `(() => {
        const listener = new MutationObserver(() => {});
        listener.observe(document.getElementById('rows'), { childList: true });
        ${code};
        return listener.takeRecords().reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
      })()`,
    );

  /** How many digits of the hashes in the table are on each line of their cells. */
  const digitsOfLines = `Array.from(document.querySelectorAll('#rows tr'), (row) => {
    const lines = new Map();
    const range = document.createRange();
    for (const node of row.cells[3].childNodes) {
      for (let at = 0; node.nodeType === 3 && at < node.length; at++) {
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const { top } = range.getBoundingClientRect();
        lines.set(top, (lines.get(top) || 0) + 1);
      }
    }
    return [...lines.values()];
  }).flat()`;

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    urls = {
      realistic: write('realistic', realistic(), extras),
      linked: write('linked', realistic(), extras, filterLinks),
      huge: write('huge', huge(), { ...extras, exchanges: [] }),
      exceptions: write(
        'exceptions',
        resultOf(realistic().items, { target: 'exceptions' }),
        extras,
      ),
      short: write('short', resultOf(realistic().items.slice(0, 300)), extras),
      large: write('large', large(), extras),
      hostile: write('hostile', hostile(), hostileExtras),
      empty: write('empty', resultOf([]), { ...extras, exchanges: [] }),
    };
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(['realistic', 'hostile', 'empty'] as const)(
    'the %s page opens from disk without a request, a console message or a dialog',
    async (name) => {
      const { page, seen } = await open(name);
      await page.waitForLoadState('networkidle');
      expect(seen).toEqual(nothing);
      expect(await page.locator('h1').count()).toBe(1);
    },
  );

  it('the page is complete without scripts, also with a width of 360 px', async () => {
    const { page, seen } = await open('realistic', { javaScriptEnabled: false });
    expect(await rowCount(page)).toBe(realistic().items.length);
    expect(await page.locator('#controls').isVisible()).toBe(false);
    expect(await page.locator('button:visible').count()).toBe(0);
    expect(await page.locator('.verdict').textContent()).toContain('Not everything was delivered');
    await page.setViewportSize({ width: 360, height: 800 });
    expect(await run(page, 'document.documentElement.scrollWidth')).toBe(360);
    expect(seen).toEqual(nothing);
  });

  it('a page of 10,000 items inserts at most 100 rows to sort, filter and search', async () => {
    const { page, seen } = await open('large');
    expect(await page.locator('#shown').textContent()).toBe('1–100 of 10,000 items');
    const head = (at: number) => `document.querySelectorAll('#items th button')[${at}].click()`;
    const find = (text: string) =>
      `const find = document.getElementById('find'); find.value = ${JSON.stringify(text)}; find.dispatchEvent(new Event('input'))`;
    const choose = (id: string, code: string) =>
      `const one = document.getElementById('${id}'); one.value = '=${code}'; one.dispatchEvent(new Event('change'))`;
    const steps: [string, string][] = [
      ['sort by value', head(3)],
      ['sort the other way', head(3)],
      ['sort by type', head(2)],
      ['sort by reason', head(4)],
      ['sort by id', head(8)],
      ['first search', find('example')],
      ['next search', find('examp')],
      ['search without a hit', find('no such thing')],
      ['search cleared', find('')],
      ['filter by outcome', choose('outcome', 'skipped')],
      ['filter by type', choose('type', 'MD5')],
      ['turn the page', "document.querySelector('[data-to=next]').click()"],
    ];
    for (const [what, code] of steps)
      expect(await rowsAdded(page, code), what).toBe(
        what === 'search without a hit' ? 0 : ROWS_SHOWN,
      );
    expect(seen).toEqual(nothing);
  });

  it('a page has the 20,000 most important items and names the file that has all', async () => {
    const { page, seen } = await open('huge');
    expect(await rowCount(page)).toBe(ROWS_SHOWN);
    expect(await page.locator('#shown').textContent()).toBe('1–100 of 20,000 items');
    expect(await page.locator('#left-out').textContent()).toBe(
      'The table has the 20,000 most important of 20,380 items: failures first, then changes. report.csv has all of them.',
    );
    expect(await page.locator('#left-out a').getAttribute('href')).toBe('report.csv');
    const options = await page.locator('#outcome option').allTextContents();
    expect(options).toEqual(['All', 'Accepted (19,700)', 'Rejected (300)', 'Skipped (0)']);
    expect(seen).toEqual(nothing);
  });

  it('the table sorts in both directions and sets aria-sort', async () => {
    const { page } = await open('realistic');
    const risk = page.locator('#items th').nth(5);
    await risk.getByRole('button').click();
    expect(await risk.getAttribute('aria-sort')).toBe('ascending');
    expect(await page.locator('#rows td:nth-child(6)').first().textContent()).toBe('High');
    await risk.getByRole('button').press('Enter');
    expect(await risk.getAttribute('aria-sort')).toBe('descending');
    expect(await page.locator('#items th[aria-sort]').count()).toBe(1);
    const outcome = page.locator('#items th').nth(0);
    await outcome.getByRole('button').click();
    expect(await page.locator('#rows td').first().textContent()).toBe('Rejected');
    expect(await risk.getAttribute('aria-sort')).toBeNull();
    const id = page.locator('#items th').nth(8);
    await id.getByRole('button').click();
    const ids = (await page.locator('#rows td:last-child').allTextContents()).map(Number);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    // Without a score comes last in both directions.
    const score = page.locator('#items th').nth(6).getByRole('button');
    for (const first of ['0', '10']) {
      await score.click();
      expect(await page.locator('#rows td:nth-child(7)').first().textContent()).toBe(first);
      await page.getByRole('button', { name: 'Last' }).first().click();
      expect(await page.locator('#rows td:nth-child(7)').last().textContent()).toBe('');
    }
  });

  it('the table filters, finds both forms of a value, changes pages and resets', async () => {
    const { page } = await open('realistic');
    const range = () => page.locator('#shown').textContent();
    const rejected = realistic().items.filter((item) => item.outcome === 'rejected');
    const denied = rejected.filter(({ reason }) => reason === 'AccessDenied');
    await page.getByLabel('Outcome', { exact: true }).selectOption('=rejected');
    expect(await range()).toBe(
      `1–${rejected.length} of ${rejected.length} found among 3,004 items`,
    );
    await page.getByLabel('Reason', { exact: true }).selectOption('=AccessDenied');
    expect(await rowCount(page)).toBe(denied.length);
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await range()).toBe('1–100 of 3,004 items');
    await page.getByLabel('Change', { exact: true }).selectOption('=remove');
    expect(await rowCount(page)).toBe(1);
    await page.getByRole('button', { name: 'Reset' }).click();
    await page.getByRole('button', { name: 'Last' }).first().click();
    expect(await range()).toBe('3,001–3,004 of 3,004 items');
    for (const form of ['gone.example', 'gone[.]example', 'GONE.EXAMPLE']) {
      await page.getByLabel('Search').fill(form);
      expect(await rowCount(page)).toBe(1);
      expect(await page.locator('mark').allTextContents()).toEqual(['gone[.]example']);
    }
    await page.getByLabel('Search').fill('no such value');
    expect(await range()).toBe('0 found among 3,004 items');
    expect(await page.locator('#copy-found').isDisabled()).toBe(true);
  });

  it('the pager below the rows turns the page, and the focus goes on above the rows', async () => {
    const { page } = await open('realistic');
    const below = page.getByRole('group', { name: 'Pages, below the table' });
    const focused = () =>
      run<string>(
        page,
        "document.activeElement.closest('#pager') ? document.activeElement.dataset.to : 'elsewhere'",
      );
    await below.getByRole('button', { name: 'Next' }).click();
    expect(await page.locator('.page').allTextContents()).toEqual(Array(2).fill('Page 2 of 31'));
    expect(await focused()).toBe('next');
    await below.getByRole('button', { name: 'Last' }).click();
    expect(await focused()).toBe('first');
    expect(
      await run<number>(page, "document.getElementById('pager').getBoundingClientRect().top"),
    ).toBeLessThan(100);
  });

  const fragmentOf = (page: Page) => run<string>(page, 'location.hash');
  const shownRange = (page: Page) => page.locator('#shown').textContent();

  it('filters, order and page are in the URL, so that Back, reload and a link keep the view', async () => {
    const { page } = await open('realistic');
    expect(await fragmentOf(page)).toBe('');
    await page.getByLabel('Outcome', { exact: true }).selectOption('=accepted');
    await page.locator('#items th button').nth(6).click();
    await page.locator('#items th button').nth(6).click();
    await page.getByRole('button', { name: 'Next' }).first().click();
    const link = '#all?outcome=accepted&sort=-score&page=2';
    expect(await fragmentOf(page)).toBe(link);
    const view = async () => [await shownRange(page), await page.locator('#rows').textContent()];
    const before = await view();
    await page.reload();
    expect(await view()).toEqual(before);
    expect(await page.locator('#outcome').inputValue()).toBe('=accepted');
    await page.goBack();
    expect(await fragmentOf(page)).toBe('#all?outcome=accepted&sort=-score');
    await page.waitForFunction("document.querySelector('.page').textContent.startsWith('Page 1 ')");
    await page.goBack();
    await page.goBack();
    await page.waitForFunction("!document.querySelector('#items th[aria-sort]')");
    await page.goBack();
    expect(await fragmentOf(page)).toBe('');
    await page.waitForFunction("document.getElementById('outcome').value === ''");
    expect(await shownRange(page)).toBe('1–100 of 3,004 items');
    await page.goForward();
    await page.waitForFunction("document.getElementById('outcome').value === '=accepted'");
    const { page: another } = await open('realistic', { fragment: link });
    expect([await shownRange(another), await another.locator('#rows').textContent()]).toEqual(
      before,
    );
    expect(await run<number>(another, 'scrollY')).toBeGreaterThan(0);
  });

  it('each letter of a search replaces the last entry of the history', async () => {
    const { page } = await open('realistic');
    await page.getByLabel('Type', { exact: true }).selectOption('=FQDN');
    const entries = await run<number>(page, 'history.length');
    await page.getByLabel('Search').pressSequentially('gone.ex');
    expect(await fragmentOf(page)).toBe('#all?type=FQDN&q=gone.ex');
    expect(await run<number>(page, 'history.length')).toBe(entries);
  });

  it.each([
    ['#all?outcome=%3Cimg%20src=x%20onerror=alert(1)%3E&type=__proto__&sort=constructor&page=-1'],
    ['#all?outcome=Rejected&reason=&sort=--id&page=99999999999999'],
    [`#all?q=${'a'.repeat(30_000)}`],
    ['#all?%E0%A4%A&&&=&page=1e9'],
    ['#allx?outcome=rejected'],
  ])('a fragment that names nothing of the page is ignored', async (fragment) => {
    const { page, seen } = await open('realistic', { fragment });
    expect(await shownRange(page)).toBe('1–100 of 3,004 items');
    expect(await run(page, "document.documentElement.hasAttribute('data-filtered')")).toBe(false);
    expect(await page.locator('#items th[aria-sort]').count()).toBe(0);
    expect(seen).toEqual(nothing);
  });

  it('markup and patterns in the search of a link are only text', async () => {
    const text = '(<img src=x onerror=alert(1)>[';
    const fragment = `#all?q=${encodeURIComponent(text)}`;
    const { page, seen } = await open('hostile', { fragment });
    expect(await page.getByLabel('Search').inputValue()).toBe(text);
    expect(await page.locator('#table img').count()).toBe(0);
    expect(await rowCount(page)).toBe(0);
    expect(seen).toEqual(nothing);
  });

  it('a link with a filter leads to the filtered table and moves the focus to its heading', async () => {
    const { page } = await open('linked');
    const skipped = realistic().items.filter(
      (item) => item.outcome === 'skipped' && item.reason === 'unsupported_type',
    );
    expect(await page.locator('#to-reason').getAttribute('href')).toBe(
      '#all?outcome=skipped&reason=unsupported_type',
    );
    expect(await page.locator('#to-page').getAttribute('href')).toBe('#all?page=2');
    await page.getByLabel('Search').fill('x');
    await page.locator('#to-reason').click();
    expect(await shownRange(page)).toContain(`of ${skipped.length} found among`);
    expect(await page.getByLabel('Search').inputValue()).toBe('');
    expect(await run(page, 'document.activeElement.id')).toBe('items-title');
    expect(await run(page, "document.documentElement.hasAttribute('data-filtered')")).toBe(true);
    const top = "document.getElementById('items-title').getBoundingClientRect().top";
    expect(await run<number>(page, top)).toBeLessThan(100);
    // A link in a chart, used with the keyboard.
    await page.locator('#to-type').focus();
    await page.keyboard.press('Enter');
    expect(await fragmentOf(page)).toBe('#all?change=add&type=SHA-1');
    expect(new Set(await page.locator('#rows td:nth-child(3)').allTextContents())).toEqual(
      new Set(['SHA-1']),
    );
    await page.goBack();
    await page.waitForFunction("document.getElementById('reason').value === '=unsupported_type'");
    await page.getByRole('button', { name: 'Reset' }).click();
    expect(await run(page, "document.documentElement.hasAttribute('data-filtered')")).toBe(false);
  });

  it('a search marks what it finds, also across a break, and changes no copied value', async () => {
    const tab = await newTab(true);
    await tab.page.addInitScript(recordClipboard);
    const { page } = await load(tab, 'realistic');
    const hash = realistic().items.find(({ type }) => type === 'SHA-256')?.value ?? '';
    await page.getByLabel('Search').fill(hash.slice(10, 40).toUpperCase());
    expect(await page.locator('mark').allTextContents()).toEqual([
      hash.slice(10, 16),
      hash.slice(16, 32),
      hash.slice(32, 40),
    ]);
    await page.locator('.copy').click();
    await page.waitForFunction('window.copied.length === 1');
    expect(await run(page, 'window.copied')).toEqual([hash]);
    await page.getByLabel('Search').fill('http://');
    const shown = new Set(await page.locator('mark').allTextContents());
    expect(shown).toEqual(new Set(['hxxp://']));
    await page.getByLabel('Search').fill('');
    expect(await page.locator('mark').count()).toBe(0);
    await page.context().close();
  });

  it('the values of all found rows are copied, one a line, except those with a line end in them', async () => {
    const tab = await newTab(true);
    await tab.page.addInitScript(recordClipboard);
    await load(tab, 'realistic', '#all?outcome=accepted');
    const accepted = realistic().items.filter(({ outcome }) => outcome === 'accepted');
    const total = accepted.length.toLocaleString('en-US');
    const button = tab.page.locator('#copy-found');
    expect(await button.textContent()).toBe(`Copy ${total} values`);
    await button.click();
    await tab.page.waitForFunction('window.copied.length === 1');
    expect(await tab.page.locator('#copied').textContent()).toBe(`${total} values copied.`);
    expect(await run<string[]>(tab.page, 'window.copied')).toEqual([
      accepted.map(({ value }) => value.trim()).join('\n'),
    ]);
    await load(tab, 'hostile', '#all?outcome=skipped');
    await button.click();
    await tab.page.waitForFunction('window.copied.length === 1');
    expect(await tab.page.locator('#copied').textContent()).toBe(
      `${hostileValues.length - 3} values copied; 3 with a line end or without text left out.`,
    );
    const lines = (
      JSON.parse(await run<string>(tab.page, 'JSON.stringify(window.copied)')) as [string]
    )[0].split('\n');
    const whole = hostileValues
      .map((value) => value.trim())
      .filter((value) => value && !/\n/.test(value));
    expect(lines).toEqual(whole);
    await tab.page.context().close();
  });

  it('every row that was found is printed, under the filters that are set', async () => {
    const { page } = await open('realistic', { fragment: '#all?outcome=accepted&q=example' });
    const found = Number(/of ([\d,]+) found/.exec((await shownRange(page)) ?? '')?.[1]);
    expect(found).toBeGreaterThan(ROWS_SHOWN);
    await run(page, "dispatchEvent(new Event('beforeprint'))");
    expect(await rowCount(page)).toBe(found);
    expect(await page.locator('#items th button').count()).toBe(0);
    expect(await page.locator('#printed').textContent()).toBe(
      `Outcome: Accepted; Search: example. ${found} found among 3,004 items.`,
    );
    await run(page, "dispatchEvent(new Event('afterprint'))");
    expect(await rowCount(page)).toBe(100);
    expect(await page.locator('#items th button').count()).toBe(9);
  });

  it('at most 5,000 rows are printed, and without a filter only those that are shown', async () => {
    const { page } = await open('large');
    expect(await rowsAdded(page, "dispatchEvent(new Event('beforeprint'))")).toBe(0);
    await page.getByLabel('Change', { exact: true }).selectOption('=add');
    expect(await rowsAdded(page, "dispatchEvent(new Event('beforeprint'))")).toBe(5000);
    expect(await page.locator('#printed').textContent()).toMatch(
      /^Change: Add\. The first 5,000 of [\d,]+ found among 10,000 items\.$/,
    );
  });

  it('the table of exceptions has no risk level and no expiry', async () => {
    const { page } = await open('exceptions');
    const heads = ['Outcome', 'Change', 'Type', 'Value', 'Reason', 'Score', 'ThreatQ id'];
    expect(await page.locator('#items th').allTextContents()).toEqual(heads);
    await page.locator('#items th button').last().click();
    expect(await fragmentOf(page)).toBe('#all?sort=id');
  });

  const recordClipboard = `window.copied = [];
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied.push(text); } } });`;
  const withoutClipboard = `window.copied = [];
    Object.defineProperty(navigator, 'clipboard', { value: undefined });
    window.addEventListener('copy', (event) => window.copied.push(event.clipboardData.getData('text/plain')));`;
  const refusingClipboard = withoutClipboard.replace(
    'value: undefined',
    "value: { writeText: () => Promise.reject(new Error('not allowed')) }",
  );

  it.each([
    ['by the clipboard', recordClipboard],
    ['by selection without a clipboard', withoutClipboard],
    ['by selection if the clipboard refuses', refusingClipboard],
  ])('every value is copied in its original form %s', async (_, script) => {
    // Its own window, because an init script stays in a window.
    const tab = await newTab(true);
    await tab.page.addInitScript(script);
    const { page, seen } = await load(tab, 'hostile');
    const buttons = page.locator('.copy');
    expect(await buttons.count()).toBe(3 * hostileValues.length);
    // Real clicks: a page may copy only for a few seconds after a real click.
    for (let at = 0; at < hostileValues.length; at++) {
      await buttons.nth(3 * at).click();
      await page.waitForFunction(`window.copied.length === ${at + 1}`);
    }
    // JSON keeps unpaired surrogates when they leave the browser.
    const copied = JSON.parse(await run<string>(page, 'JSON.stringify(window.copied)')) as string[];
    expect(copied).toEqual(hostileValues);
    expect(seen).toEqual(nothing);
    await page.context().close();
  });

  it('hostile text makes no element, no script, no link and no request', async () => {
    const { page, seen } = await open('hostile');
    expect(await run(page, 'typeof window.pwned')).toBe('undefined');
    expect(
      await page.locator('img, iframe, object, embed, link, form, base, bold, template').count(),
    ).toBe(0);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('style').count()).toBe(1);
    expect(await page.locator('body > script').count()).toBe(1);
    const hrefs = await run<string[]>(
      page,
      "Array.from(document.querySelectorAll('[href]'), (a) => a.getAttribute('href'))",
    );
    const others = hrefs.filter((href) => !href.startsWith('#'));
    expect(new Set(others)).toEqual(new Set(['report.csv', 'report.json']));
    const handlers = await run<number>(
      page,
      "Array.from(document.querySelectorAll('*')).filter((e) => Array.from(e.attributes).some((a) => /^(on|style$|src)/.test(a.name))).length",
    );
    expect(handlers).toBe(0);
    expect(await run<string>(page, 'document.body.innerText.replace(/[\\t\\n]/g, "")')).not.toMatch(
      /[\p{Cc}\p{Cf}]/u,
    );
    // Sorting, filtering and searching move the same text; every option must find rows.
    const withoutRows = await run<string[]>(
      page,
      `(() => {
        const empty = [];
        const check = (what) => { if (document.querySelectorAll('#rows tr').length === 0) empty.push(what); };
        for (const button of document.querySelectorAll('#items th button')) { button.click(); check(button.textContent); }
        const reset = document.getElementById('reset');
        for (const select of document.querySelectorAll('#controls select')) {
          for (const option of select.options) { select.value = option.value; select.onchange(); check(option.value); reset.click(); }
        }
        reset.click();
        return empty;
      })()`,
    );
    expect(withoutRows).toEqual([]);
    for (const bad of ['<script>', '"><img', '\\u0022', '[', '(']) {
      await page.getByLabel('Search').fill(bad);
      expect(await rowCount(page)).toBeGreaterThan(0);
    }
    expect(seen).toEqual(nothing);
  });

  it.each([
    ['light', 1280, ['realistic', 'hostile', 'empty']],
    // Colours and the narrow layout are the same in all pages, so the longest one is enough.
    ['dark', 1280, ['realistic']],
    ['light', 360, ['realistic']],
  ] as const)(
    'axe finds no violation in the %s page at %i px',
    async (colorScheme, width, names) => {
      for (const name of names) {
        const { page } = await open(name, { colorScheme, width, height: 800 });
        await run(page, "for (const d of document.querySelectorAll('details')) d.open = true");
        await page.evaluate(axe.source);
        const found = await run<{ id: string; nodes: string[] }[]>(
          page,
          "axe.run({ resultTypes: ['violations'], preload: false }).then(({ violations }) => violations.map(({ id, nodes }) => ({ id, nodes: nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + n.failureSummary) })))",
        );
        expect(found, name).toEqual([]);
      }
    },
  );

  it.each([360, 740, 768, 900, 1024, 1201, 1440])(
    'at %i px the page fits, no row is tall, and no hash ends with a few digits on a line',
    async (width) => {
      for (const name of ['realistic', 'hostile', 'empty'] as const) {
        const { page } = await open(name, { width, height: 800 });
        expect(await run(page, 'document.documentElement.scrollWidth'), name).toBe(width);
        const tallest = await run<number>(
          page,
          "Math.max(0, ...Array.from(document.querySelectorAll('#rows tr'), (row) => row.getBoundingClientRect().height))",
        );
        // A hostile message of 300 characters in a narrow card.
        expect(tallest, name).toBeLessThan(name === 'hostile' ? 700 : 260);
      }
      for (const type of ['SHA-1', 'SHA-256']) {
        const { page } = await open('realistic', { width, fragment: `#all?type=${type}` });
        const lines = await run<number[]>(page, digitsOfLines);
        expect(lines.length).toBeGreaterThan(0);
        expect(Math.min(...lines), type).toBeGreaterThanOrEqual(16);
      }
    },
  );

  it('a card names each of its fields', async () => {
    const { page } = await open('realistic', { width: 768, fragment: '#all?outcome=rejected' });
    const labels = () =>
      run<string>(
        page,
        "Array.from(document.querySelector('#rows tr').cells, (cell) => getComputedStyle(cell, '::before').content.replaceAll('\"', '')).join('')",
      );
    expect(await labels()).toBe('Change: Type: Value: Reason: Risk: Score: Expires: ThreatQ id: ');
    await open('exceptions', { width: 768 });
    expect(await labels()).toBe('Change: Type: Value: Reason: Score: ThreatQ id: ');
  });

  it.each([360, 1024, 1440])('without scripts the table fits into %i px', async (width) => {
    for (const name of ['hostile', 'empty', 'exceptions'] as const) {
      const { page } = await open(name, { width, height: 800, javaScriptEnabled: false });
      expect(await run(page, 'document.documentElement.scrollWidth')).toBe(width);
    }
  });

  it('the first tab stop is the skip link, which leads to the report', async () => {
    const { page } = await open('realistic');
    await page.keyboard.press('Tab');
    expect(await run(page, 'document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await run(page, 'document.activeElement.id')).toBe('main');
  });

  it('screenshots are written: light, dark, narrow, print', async () => {
    const top = async (page: Page, file: string, height: number) => {
      const width = page.viewportSize()?.width ?? 1280;
      await page.screenshot({
        path: join(shots, file),
        fullPage: true,
        clip: { x: 0, y: 0, width, height },
      });
    };
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await open('realistic', { colorScheme });
      await top(page, `report-${colorScheme}.png`, 2000);
      await run(page, "document.getElementById('all').scrollIntoView()");
      await page.screenshot({ path: join(shots, `report-${colorScheme}-table.png`) });
    }
    const { page } = await open('realistic', { width: 360, height: 800 });
    await top(page, 'report-narrow.png', 2600);
    await run(page, "document.getElementById('all').scrollIntoView()");
    await page.screenshot({ path: join(shots, 'report-narrow-table.png') });
    // Printing every row is slow, and fewer rows look the same.
    await open('short', { colorScheme: 'dark' });
    await page.pdf({ path: join(shots, 'report-print.pdf'), format: 'A4', pageRanges: '1-6' });
    await open('realistic', { colorScheme: 'dark', width: 720, height: 1000 });
    await page.emulateMedia({ media: 'print' });
    await top(page, 'report-print.png', 2000);
    for (const file of ['light', 'dark', 'narrow', 'print'])
      expect(existsSync(join(shots, `report-${file}.png`))).toBe(true);
  });
});
