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
import type { Result } from '../../../src/result/result.js';
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

  function write(name: string, result: Result, more: Extras): string {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, textOf(pagePieces(result, more)));
    return pathToFileURL(file).href;
  }

  let urls: Record<'realistic' | 'short' | 'large' | 'hostile' | 'empty', string>;

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
      if (request.url() !== tab.url) tab.seen.requests.push(request.url());
    });
    tab.page.on('console', (message) => tab.seen.consoleMessages.push(message.text()));
    tab.page.on('pageerror', (error) => tab.seen.consoleMessages.push(error.message));
    tab.page.on('dialog', (dialog) => {
      tab.seen.dialogs.push(dialog.message());
      return dialog.dismiss();
    });
    return tab;
  }

  async function load(tab: Tab, name: keyof typeof urls): Promise<Tab> {
    tab.seen = { requests: [], consoleMessages: [], dialogs: [] };
    tab.url = urls[name];
    await tab.page.goto(tab.url);
    return tab;
  }

  /** The windows are shared by the tests, because opening one is slower than loading a page. */
  const tabs = new Map<boolean, Tab>();

  interface Look {
    javaScriptEnabled?: boolean;
    colorScheme?: 'light' | 'dark';
    width?: number;
    height?: number;
  }

  /** Loads a page in a shared window. */
  async function open(name: keyof typeof urls, look: Look = {}): Promise<Tab> {
    const { javaScriptEnabled = true, colorScheme = 'light', width = 1280, height = 900 } = look;
    const tab = tabs.get(javaScriptEnabled) ?? (await newTab(javaScriptEnabled));
    tabs.set(javaScriptEnabled, tab);
    await tab.page.emulateMedia({ media: null, colorScheme, reducedMotion: 'reduce' });
    await tab.page.setViewportSize({ width, height });
    return load(tab, name);
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

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    urls = {
      realistic: write('realistic', realistic(), extras),
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
    const choose = (id: string, start: string) =>
      `const one = document.getElementById('${id}'); one.value = '=${start}'; one.dispatchEvent(new Event('change'))`;
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
    const found = Number(
      / ([\d,]+) found/
        .exec((await page.locator('#shown').textContent()) ?? '')?.[1]
        ?.replace(',', ''),
    );
    expect(found).toBeGreaterThan(ROWS_SHOWN);
    expect(await rowsAdded(page, "dispatchEvent(new Event('beforeprint'))")).toBe(found);
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
    const ids = (await page.locator('#rows td:nth-child(9)').allTextContents()).map(Number);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
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
    await page.getByRole('button', { name: 'Last' }).first().click();
    expect(await range()).toBe('3,001–3,004 of 3,004 items');
    for (const form of ['gone.example', 'gone[.]example', 'GONE.EXAMPLE']) {
      await page.getByLabel('Search').fill(form);
      expect(await rowCount(page)).toBe(1);
    }
    await page.getByLabel('Search').fill('no such value');
    expect(await range()).toBe('0 found among 3,004 items');
    await page.locator('.closed summary', { hasText: 'Unsupported type' }).click();
    await page.getByRole('link', { name: /^Show in the table.*Unsupported type/ }).click();
    expect(await page.locator('#find').inputValue()).toBe('');
    expect(await page.locator('#reason').inputValue()).toBe('=unsupported_type');
    expect(await run(page, 'document.activeElement.id')).toBe('items-title');
    expect(await range()).toMatch(/^1–100 of \d+ found/);
  });

  it('every row that was found is printed if a filter is set', async () => {
    const { page } = await open('realistic');
    const isFiltered = () => run(page, "document.documentElement.hasAttribute('data-filtered')");
    expect(await isFiltered()).toBe(false);
    await run(page, "dispatchEvent(new Event('beforeprint'))");
    expect(await rowCount(page)).toBe(100);
    await run(page, "dispatchEvent(new Event('afterprint'))");
    const skipped = realistic().items.filter(({ outcome }) => outcome === 'skipped').length;
    await page.getByLabel('Outcome', { exact: true }).selectOption('=skipped');
    expect(await isFiltered()).toBe(true);
    await run(page, "dispatchEvent(new Event('beforeprint'))");
    expect(await rowCount(page)).toBe(skipped);
    expect(await page.locator('#items th button').count()).toBe(0);
    await run(page, "dispatchEvent(new Event('afterprint'))");
    expect(await rowCount(page)).toBe(100);
    expect(await page.locator('#items th button').count()).toBe(9);
  });

  it('the view is in the address, and the back button restores it', async () => {
    const { page, seen, url } = await open('realistic');
    const shown = () => page.locator('#shown').textContent();
    const hash = () => run<string>(page, 'location.hash');
    await page.getByLabel('Outcome', { exact: true }).selectOption('=skipped');
    expect(await hash()).toBe('#all?outcome=skipped');
    const filtered = await shown();
    await page.getByRole('button', { name: 'Score' }).click();
    await page.getByRole('button', { name: 'Score' }).click();
    await page.getByRole('button', { name: 'Next' }).last().click();
    expect(await hash()).toBe('#all?outcome=skipped&sort=-score&page=2');
    const first = () => page.locator('#rows td:nth-child(4)').first().textContent();
    const value = await first();
    // Each key replaces the entry, so that one step back leaves the search.
    await page.getByLabel('Search').pressSequentially('exa');
    expect(await hash()).toBe('#all?outcome=skipped&q=exa&sort=-score');
    for (let back = 0; back < 3; back++) await page.goBack();
    await page.waitForFunction("location.hash === '#all?outcome=skipped'");
    await page.waitForFunction(
      `document.getElementById('shown').textContent === ${JSON.stringify(filtered)}`,
    );
    expect(await page.locator('#find').inputValue()).toBe('');
    await page.goBack();
    await page.waitForFunction("document.getElementById('outcome').value === ''");
    expect(await shown()).toBe('1–100 of 3,004 items');
    await page.goto(`${url}#all?outcome=skipped&sort=-score&page=2&type=none&colour=red`);
    await page.waitForFunction("document.getElementById('outcome').value === '=skipped'");
    expect(await first()).toBe(value);
    await page.reload();
    expect(await first()).toBe(value);
    await page.goto(`${url}#all?sort=nothing&page=x`);
    await page.waitForFunction("document.getElementById('outcome').value === ''");
    expect(await shown()).toBe('1–100 of 3,004 items');
    expect(seen).toEqual(nothing);
  });

  it('every link to the table shows rows', async () => {
    const { page } = await open('realistic');
    const links = await run<[string, string, number][]>(
      page,
      `Array.from(document.querySelectorAll('[data-filter]'), (link) => {
        link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
        return [link.getAttribute('href'), location.hash, document.querySelectorAll('#rows tr').length];
      })`,
    );
    expect(links.length).toBeGreaterThan(5);
    for (const [href, hash, count] of links) {
      expect(hash).toBe(href);
      expect(count, href).toBeGreaterThan(0);
    }
  });

  it('hits are marked in both forms of a value, and the marks leave no trace', async () => {
    const { page } = await open('realistic');
    const cells = () => run<string>(page, "document.getElementById('rows').innerHTML");
    const before = await cells();
    const marks = () => page.locator('#rows mark').allTextContents();
    await page.getByLabel('Search').fill('gone.example');
    expect(await marks()).toEqual(['gone[.]example']);
    await page.getByLabel('Search').fill('GONE[.]Example');
    expect(await marks()).toEqual(['gone[.]example']);
    const sha256 = realistic().items.find(({ value }) => /^[0-9a-f]{64}$/.test(value))?.value ?? '';
    await page.getByLabel('Search').fill(sha256);
    expect((await marks()).join('')).toBe(sha256);
    expect((await marks()).length).toBe(8);
    await page.getByLabel('Search').fill('');
    expect(await cells()).toBe(before);
  });

  const recordClipboard = `window.copied = [];
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied.push(text); } } });`;

  it('the values that were found are copied, one on each line', async () => {
    const tab = await newTab(true);
    await tab.page.addInitScript(recordClipboard);
    const { page } = await load(tab, 'realistic');
    await page.getByLabel('Outcome', { exact: true }).selectOption('=rejected');
    await page.getByRole('button', { name: 'Copy found values' }).click();
    const rejected = realistic().items.filter(({ outcome }) => outcome === 'rejected');
    await page.waitForFunction('window.copied.length === 1');
    expect(await run(page, 'window.copied[0]')).toBe(rejected.map(({ value }) => value).join('\n'));
    await page.waitForFunction(
      `document.getElementById('copied').textContent === '${rejected.length} values copied.'`,
    );
    await page.context().close();
  });

  it('rows stay low and nothing overflows at any width', async () => {
    for (const width of [360, 740, 768, 900, 1024, 1440]) {
      const { page } = await open('realistic', { width });
      expect(await run(page, 'document.documentElement.scrollWidth'), `${width}`).toBe(width);
      const sha256 =
        realistic().items.find(({ value }) => /^[0-9a-f]{64}$/.test(value))?.value ?? '';
      await page.getByLabel('Search').fill(sha256);
      const height = await run<number>(page, "document.querySelector('#rows tr').offsetHeight");
      expect(height, `${width}`).toBeLessThan(250);
      // Each part between two places to break is on one line.
      const lines = await run<number[]>(
        page,
        `Array.from(document.querySelectorAll('#rows mark'), (mark) => mark.getClientRects().length)`,
      );
      expect(lines, `${width}`).toEqual(Array(8).fill(1));
    }
  });

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
    // Other links are to the files in the folder of the report.
    expect(hrefs.filter((href) => !/^(?:#|report\.(?:csv|json)$)/.test(href))).toEqual([]);
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
        for (const link of document.querySelectorAll('[data-filter]')) { link.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true })); check(link.dataset.filter); }
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

  it.each(['realistic', 'hostile', 'empty'] as const)(
    'the %s page fits into 360 px',
    async (name) => {
      // The longest page without scripts is tested above.
      for (const javaScriptEnabled of name === 'realistic' ? [true] : [true, false]) {
        const { page } = await open(name, { width: 360, height: 800, javaScriptEnabled });
        expect(await run(page, 'document.documentElement.scrollWidth')).toBe(360);
      }
    },
  );

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
