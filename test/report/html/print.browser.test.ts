/**
 * The page around the table in a real browser: paper, widths and links. Without a Chromium these tests are
 * skipped with a message.
 */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pagePieces } from '../../../src/report/html/page.js';
import type { Result } from '../../../src/result/result.js';
import { launchChromium, noChromium } from '../../support/chromium.js';
import { textOf } from '../../support/text.js';
import { daily, extras, failedCheck, failedRun, large, preview, realistic } from '../samples.js';

const missing = noChromium && `browser tests did not run: ${noChromium}`;
const WIDTHS = [360, 740, 768, 900, 1024, 1440];
const SAMPLES = { daily, failedCheck, failedRun, preview, realistic };

if (missing) it.skip(missing, () => {});

describe.skipIf(missing)('the page around the table in Chromium', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ reducedMotion: 'reduce' });
    // On a slow machine only the time limit of the test applies, not one of each step.
    page.setDefaultTimeout(0);
  });

  afterAll(async () => {
    await browser?.close();
  });

  async function show(result: Result): Promise<void> {
    // The policy of a page forbids that its document is written again.
    await page.goto('about:blank');
    await page.setContent(textOf(pagePieces(result, extras)));
  }

  async function sheets(): Promise<number> {
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  }

  it('a report of 10,000 items is printed on at most 12 sheets, and says where its table is', async () => {
    await show(large());
    const count = await sheets();
    expect(count).toBeGreaterThan(1);
    expect(count).toBeLessThanOrEqual(12);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#all').isVisible()).toBe(false);
    expect(await page.getByText('The table of all items is not printed').isVisible()).toBe(true);
    expect(await page.locator('#run').isVisible()).toBe(true);
    await page.emulateMedia({ media: null });
    expect(await page.getByText('The table of all items is not printed').isVisible()).toBe(false);
  });

  it('the table is printed if it is filtered', async () => {
    await show(realistic());
    await page.evaluate("document.documentElement.setAttribute('data-filtered', '')");
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#all').isVisible()).toBe(true);
    expect(await page.getByText('The table of all items is not printed').isVisible()).toBe(false);
    await page.emulateMedia({ media: null });
  });

  it('decisions and requests are closed on screen; decisions are printed as headings with counts', async () => {
    await show(realistic());
    const decision = page.locator('#decisions details').first();
    expect(await decision.locator('.body').isVisible()).toBe(false);
    expect(await page.locator('#requests figure').isVisible()).toBe(false);
    await page.locator('#requests summary').first().click();
    expect(await page.locator('#requests figure').isVisible()).toBe(true);
    await page.emulateMedia({ media: 'print' });
    expect(await decision.locator('summary').isVisible()).toBe(true);
    expect(await decision.locator('.body').isVisible()).toBe(false);
    expect(await page.locator('#requests').isVisible()).toBe(false);
    await page.emulateMedia({ media: null });
  });

  it.each(Object.entries(SAMPLES))('the %s page fits into every width', async (_, sample) => {
    await show(sample());
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${width}`).toBe(width);
    }
  });

  it.each(Object.entries({ daily, failedCheck, failedRun, preview }))(
    'axe finds no violation in the %s page, light and dark',
    async (_, sample) => {
      await show(sample());
      await page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true");
      await page.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const found = await page.evaluate(
          "axe.run({ resultTypes: ['violations'], preload: false }).then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html]))",
        );
        expect(found, colorScheme).toEqual([]);
      }
      await page.emulateMedia({ colorScheme: null });
    },
  );

  it('tiles and bars are reached by keyboard, and lead to the table', async () => {
    await show(daily());
    const links = page.locator('main a[data-filter]:visible');
    expect(await links.count()).toBeGreaterThan(10);
    await page.getByRole('link', { name: /^\d+ › Added: show in the table/ }).focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate('location.hash')).toBe('#all?outcome=accepted&change=add');
    const bar = page.getByRole('link', { name: /^FQDN/ });
    expect(await bar.getAttribute('data-filter')).toBe('type=FQDN');
    await bar.focus();
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe(
      'solid',
    );
  });
});
