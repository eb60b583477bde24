/** Renders a result as one page that needs no server, no network and no script. */
import { createHash } from 'node:crypto';
import type { ExchangeRecord } from '../../result/exchange-record.js';
import type { Result } from '../../result/result.js';
import { originLabel } from '../labels.js';
import type { Since, Unusable } from '../since.js';
import { checkReport } from './checks.js';
import { itemTable } from './item-table.js';
import { type Content, html, joinLines, type Markup, svg, time, trusted } from './markup.js';
import { overview } from './overview.js';
import { closedGroups, openGroups, problemsOf, warnings } from './problems.js';
import { fileLinks, runFacts } from './run-facts.js';
import { script } from './script.js';
import { sinceSection } from './since.js';
import { style } from './style.js';
import { tiles } from './tiles.js';
import { timeline } from './timeline.js';
import { type Tone, toneOf, verdict, verdictDetails } from './verdict.js';

/** What the page shows in addition to the result. It must not contain a secret. */
export interface Extras {
  /** The requests of the run in the order in which they began. */
  exchanges: ExchangeRecord[];
  /** The configuration by label. */
  settings: Record<string, string>;
  /** What changed since an earlier run, or why that is not known; undefined without one. */
  since?: Since | Unusable | undefined;
}

const PRODUCT = 'Trend Micro Vision One Action Bundle for ThreatQ';

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Even markup that was not escaped could not load, send or run anything. */
const DIRECTIVES = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');
const POLICY = trusted(`<meta http-equiv="Content-Security-Policy" content="${DIRECTIVES}">`);

const ICONS: Record<Tone, Markup> = {
  good: svg`<path d="m7 12.5 3.5 3.5L17 9"/>`,
  warn: svg`<path d="M12 7v6m0 3.5v.5"/>`,
  bad: svg`<path d="m8.5 8.5 7 7m0-7-7 7"/>`,
};

/**
 * Renders `report.html`: self-contained, readable without scripts, with a policy that forbids loading
 * anything. All texts in the arguments are treated as hostile: they are shown and never executed.
 * @param result any valid result; 10,000 items of usual length make a page of some 2 MB
 * @param extras at most 2,000 of the requests are drawn
 * @returns the pieces of the file, to be written in UTF-8
 */
export function pagePieces(result: Result, extras: Extras): Generator<string> {
  return page(result, extras).source();
}

function page(result: Result, extras: Extras): Markup {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
${POLICY}
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${svg`${pageTitle(result)}`}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
${body(result, extras)}
<footer><div class="in">${PRODUCT} ${result.bundle_version}. This page contains indicators of live attacks: share it with care.</div></footer>
<script>${trusted(script)}</script>
</body>
</html>
`;
}

/** The first words are the ones that a narrow tab shows. */
function pageTitle({ mode, name, status, action }: Result): string {
  const badge = BADGES[mode] && `${BADGES[mode].toUpperCase()} `;
  return `${badge}${name === null ? '' : `${name}: `}${status}: ${action}`;
}

/** Shown in the header of a page that is not about an export. */
const BADGES: Record<Result['mode'], string> = { export: '', preview: 'Preview', check: 'Check' };

/** A part of the page with a heading and a link in the header. */
interface Section {
  id: string;
  title: Content;
  /** The text of the link in the header; by default the title. */
  link?: string;
  /** The id of the heading. */
  titleId?: string;
  /** The section is left out without it. */
  content: Markup | undefined;
  lead?: string;
  /** Whether the reader must open it. */
  isClosed?: boolean;
}

function draw(section: Section): Markup {
  const { id, title, titleId = `${id}-title`, content, lead, isClosed } = section;
  const heading = html`<h2 id="${titleId}" tabindex="-1">${title}</h2>`;
  const text = html`${lead !== undefined && html`<p class="lead">${lead}</p>\n`}${content}`;
  return html`<section id="${id}" aria-labelledby="${titleId}">
${isClosed ? html`<details><summary>${heading}</summary>\n${text}\n</details>` : html`${heading}\n${text}`}
</section>`;
}

function body(result: Result, extras: Extras): Markup {
  const isCheck = result.mode === 'check';
  const sections = isCheck ? checkSections(result) : exportSections(result, extras);
  const shown = [...sections, ...runSections(result, extras)].filter(({ content }) => content);
  const links = shown.map(({ id, title, link }) => html`<a href="#${id}">${link ?? title}</a>`);
  return html`${header(result, links)}
<main id="main" tabindex="-1">
${verdictSection(result)}
${!isCheck && html`<section aria-label="Figures">\n${tiles(result)}\n</section>`}
${joinLines(shown.map(draw))}
</main>`;
}

function header(result: Result, links: Content): Markup {
  const { action, started_at, vision_one, run_id, mode, name } = result;
  const origin = originLabel(result);
  const badge = BADGES[mode];
  return html`<header><div class="in">
<p class="product">${PRODUCT}</p>
<h1>${name !== null && html`<span class="tenant">${name}</span> `}${action}${badge && html` <span class="mode">${badge}</span>`}</h1>
<ul class="meta"><li>${time(started_at)}</li>${origin !== undefined && html`<li>From <b>${origin}</b></li>`}${vision_one !== null && html`<li>${vision_one.replace(/^https?:\/\//, '')}</li>`}<li>Run <code>${run_id}</code></li></ul>
<nav aria-label="On this page">${links}</nav>
</div></header>`;
}

function verdictSection(result: Result): Markup {
  const tone = toneOf(result);
  const details = verdictDetails(result).map((text) => html`<li>${text}</li>`);
  return html`<section class="verdict ${tone}" aria-labelledby="verdict-title">
<svg viewBox="0 0 24 24" width="40" height="40" aria-hidden="true"><circle cx="12" cy="12" r="11"/>${ICONS[tone]}</svg>
<div><h2 id="verdict-title">${result.status}</h2><p>${verdict(result)}</p>${details.length > 0 && html`<ul class="details">${details}</ul>`}</div>
</section>`;
}

function warningSection(result: Result): Section {
  return {
    id: 'warnings',
    title: 'Warnings',
    lead: 'Nothing failed because of these, but a person should look at them.',
    content: warnings(result),
  };
}

function checkSections(result: Result): Section[] {
  return [
    { id: 'checks', title: 'What was checked', content: checkReport(result) },
    warningSection(result),
  ];
}

/** What is wrong comes first, what needs nothing last. */
function exportSections(result: Result, { since }: Extras): Section[] {
  const { failed, toCorrect, decided } = problemsOf(result);
  const charts = overview(result);
  return [
    warningSection(result),
    { id: 'problems', title: 'Rejected and unsent', content: openGroups(failed) },
    { id: 'since', link: 'What changed', ...sinceSection(since) },
    {
      id: 'overview',
      title: 'At a glance',
      content: charts && html`<div class="charts">${charts}</div>`,
    },
    {
      id: 'corrections',
      title: 'Skipped: needs attention',
      lead: 'Nothing is sent for these until a person corrects a value, a setting or a list.',
      content: openGroups(toCorrect),
    },
    {
      id: 'decisions',
      title: 'Skipped on purpose',
      lead: 'Nothing has to be done about these.',
      content: closedGroups(decided),
    },
    { id: 'all', title: 'All items', titleId: 'items-title', content: allItems(result) },
  ];
}

function allItems(result: Result): Markup | undefined {
  if (result.items.length === 0 && result.status === 'Failed to Complete') return undefined;
  return html`<p class="lead">In the same folder, with every item: ${fileLinks}.</p>
${itemTable(result)}`;
}

function runSections(result: Result, { exchanges, settings }: Extras): Section[] {
  const note =
    result.items.length > 0 &&
    html`<p class="lead printed">The table of all items is not printed. It is in report.csv, in the same folder as this report.</p>\n`;
  return [
    {
      id: 'run',
      title: 'Run and settings',
      content: html`${note}${runFacts(result, settings)}`,
    },
    {
      id: 'requests',
      title: 'Requests over time',
      content: timeline(result, exchanges),
      isClosed: true,
    },
  ];
}
