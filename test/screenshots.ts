/**
 * `npm run screenshots`: makes the pictures of the README: the page and the terminal of a run of the
 * built zip against the sandbox, and the user fields of an action. Needs Chromium and `script` of
 * util-linux. The malware addresses in the run are only data: they are not resolved or opened.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { actionOf } from '../src/cli/manifest.js';
import { fieldForm } from './readme/field-form.js';
import { manifest } from './readme/sources.js';
import { excerpt } from './sandbox/indicators.js';
import { startThreatQ } from './sandbox/threatq.js';
import { startVisionOne } from './sandbox/vision-one.js';
import { ENTRYPOINTS, removeFolder, unpack } from './support/bundle.js';
import { launchChromium, noChromium } from './support/chromium.js';
import { madeRows } from './support/rows.js';
import { noTerminal, runInTerminal, screenOf, type TerminalRun } from './support/terminal.js';

const FOLDER = fileURLToPath(new URL('./screenshots/', import.meta.url));
const COLUMNS = 124;
const COMMAND = `node ${ENTRYPOINTS.blocklist} --run blocklist.json --report out`;

/** Starts both stand-ins with enough data and faults to show in the report. */
async function startServices() {
  const rows = [
    ...madeRows(3600),
    ...excerpt().eset.map((row) => ({ ...row, id: row.id + 10_000 })),
  ];
  const threatq = await startThreatQ({
    collections: [{ name: 'Active C2 and malware', hash: 'active', rows }],
  });
  const visionOne = await startVisionOne();
  const inDays = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const seed = (type: 'domain' | 'url', count: number) =>
    visionOne.seed(
      'suspicious',
      Array.from({ length: count }, (_, at) => ({
        type,
        value: type === 'url' ? `http://listed-${at}.example/x` : `listed-${at}.example`,
        expires: inDays,
      })),
    );
  seed('domain', 7400);
  seed('url', 8900);
  const refused = [40, 41, 300, 301, 302, 640].map((index) => ({
    index,
    status: 400,
    code: 'BadRequest',
    message: 'One or more fields are incorrect.',
  }));
  visionOne.faults = ({ method }) => (method === 'GET' ? { slow: 60 } : { slow: 900 });
  visionOne.script(
    'POST /v3.0/threatintel/suspiciousObjects',
    { items: refused },
    undefined,
    { status: 429, headers: { 'retry-after': '6' } },
    { status: 502, body: 'Bad Gateway' },
    undefined,
    { status: 429, headers: { 'retry-after': '4' } },
  );
  return { threatq, visionOne };
}

async function run(folder: string): Promise<TerminalRun> {
  const { threatq, visionOne } = await startServices();
  try {
    const document = {
      threatq: { host: threatq.url, client_id: threatq.clientId },
      data_collection: { name: 'Active C2 and malware' },
      configuration: { api_region: 'European Union (EU)' },
    };
    await writeFile(join(folder, 'blocklist.json'), JSON.stringify(document));
    return await runInTerminal(COMMAND, {
      columns: COLUMNS,
      before: `cd '${folder}'`,
      env: {
        THREATQ_CLIENT_SECRET: threatq.clientSecret,
        VISION_ONE_API_KEY: visionOne.apiKey,
        VISION_ONE_BASE_URL: visionOne.url,
      },
    });
  } finally {
    await Promise.all([threatq.close(), visionOne.close()]);
  }
}

/** The last screen that shows a wait with `left` seconds remaining. */
function whileWaiting({ pieces }: TerminalRun, left: number): string[] {
  const at = pieces.findLastIndex(({ text }) => text.includes(`Vision One, ${left} s left`));
  if (at < 0) throw new Error('the run did not show this wait');
  const output = pieces.slice(0, at + 1).map(({ text }) => text);
  return screenOf(output.join(''), COLUMNS).lines;
}

const escaped = (text: string) =>
  text.replace(/[&<>]/g, (character) => `&#${character.charCodeAt(0)};`);

const COLOURS: Record<string, string> = { '31': '#f08a80', '32': '#8fd18f', '33': '#e8c268' };

/** The codes of the colours become elements. */
function coloured(text: string): string {
  let marked = text.replaceAll('\u001b[39m', '</span>');
  for (const [code, colour] of Object.entries(COLOURS)) {
    marked = marked.replaceAll(`\u001b[${code}m`, `<span style="color: ${colour}">`);
  }
  return marked;
}

/** A terminal window in HTML: the command and the lines of its output. */
function terminalFigure(caption: string, lines: string[]): string {
  const text = [`<b>$ ${escaped(COMMAND)}</b>`, ...lines.map((line) => coloured(escaped(line)))]
    .join('\n')
    .trimEnd();
  return `<figure><figcaption>${caption}</figcaption><pre>${text}</pre></figure>`;
}

const STYLE = `body { margin: 0; padding: 16px; background: #fff; font: 13px/1.5 sans-serif; width: max-content }
figure { margin: 0 0 14px } figure:last-child { margin: 0 }
figcaption { color: #555; margin: 0 0 4px }
pre { margin: 0; padding: 12px 16px; border-radius: 8px; background: #16191d; color: #d6dbe1;
  font: 13px/1.45 'DejaVu Sans Mono', monospace; width: ${COLUMNS}ch; white-space: pre-wrap; word-break: break-all }
b { color: #8fd18f; font-weight: normal }`;

async function screenshotOfTerminal(browser: Browser, ran: TerminalRun): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1200, height: 200 } });
  await page.setContent(
    `<style>${STYLE}</style>${terminalFigure('while the run waits', whileWaiting(ran, 4))}${terminalFigure('after the run', screenOf(ran.output, COLUMNS).lines)}`,
  );
  await page.locator('body').screenshot({ path: join(FOLDER, 'terminal.png') });
  await page.close();
}

async function screenshotOfPage(browser: Browser, file: string): Promise<void> {
  const page = await browser.newPage({
    viewport: { width: 1200, height: 1500 },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  await page.goto(pathToFileURL(file).href);
  const last = await page.locator('#overview').boundingBox();
  const height = last ? Math.round(last.y + last.height + 24) : 1500;
  await page.screenshot({
    path: join(FOLDER, 'report.png'),
    fullPage: true,
    clip: { x: 0, y: 0, width: 1200, height },
  });
  await page.close();
}

async function screenshotOfFields(browser: Browser): Promise<void> {
  const { name, fields } = actionOf(manifest, 'add_to_blocklist');
  const page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  await page.setContent(fieldForm(name, fields));
  await page.screenshot({ path: join(FOLDER, 'configuration.png'), fullPage: true });
  await page.close();
}

const missing = noChromium ?? noTerminal;
if (missing) throw new Error(missing);
await mkdir(FOLDER, { recursive: true });
const folder = await unpack();
const browser = await launchChromium();
try {
  await screenshotOfFields(browser);
  const ran = await run(folder);
  await screenshotOfTerminal(browser, ran);
  await screenshotOfPage(browser, join(folder, 'out', 'report.html'));
  console.log(screenOf(ran.output, COLUMNS).lines.join('\n'));
} finally {
  await Promise.all([browser.close(), removeFolder(folder)]);
}
