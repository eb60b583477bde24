/** Renders a result as one page that needs no server, no network and no script. */
import { createHash } from 'node:crypto';
import type { ExchangeRecord } from '../../result/exchange-record.js';
import type { Result } from '../../result/result.js';
import { originLabel } from '../labels.js';
import type { Since } from '../since.js';
import { checkReport } from './checks.js';
import { itemTable } from './item-table.js';
import { type Content, html, type Markup, svg, time, trusted } from './markup.js';
import { overview } from './overview.js';
import { problems, warnings } from './problems.js';
import { runFacts } from './run-facts.js';
import { script } from './script.js';
import { sinceSection } from './since.js';
import { style } from './style.js';
import { type Tone, tiles, toneOf, verdict, verdictDetails } from './verdict.js';

/** What the page shows in addition to the result. It must not contain a secret. */
export interface Extras {
  /** The requests of the run in the order in which they began. */
  exchanges: ExchangeRecord[];
  /** The configuration by label. */
  settings: Record<string, string>;
  /** What changed since an earlier run, or why that is not known; undefined without one. */
  since?: Since | { unusable: string } | undefined;
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
<title>${svg`${result.status}: ${result.action}`}</title>
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

function body(result: Result, extras: Extras): Markup {
  const isCheck = result.mode === 'check';
  const checkSection = checkReport(result);
  const charts = overview(result, extras.exchanges);
  const warningSection = warnings(result);
  const since = sinceSection(extras.since);
  const links = [
    charts && html`<a href="#overview">At a glance</a>`,
    checkSection && html`<a href="#checks">What was checked</a>`,
    warningSection && html`<a href="#warnings">Warnings</a>`,
    since && html`<a href="#since">What changed</a>`,
    !isCheck && html`<a href="#problems">Not accepted</a>`,
    !isCheck && html`<a href="#all">All items</a>`,
    html`<a href="#run">Run and settings</a>`,
  ];
  return html`${header(result, links)}
<main id="main" tabindex="-1">
${verdictSection(result)}
${checkSection}
${!isCheck && html`<section aria-label="Figures">\n${tiles(result)}\n</section>`}
${charts && html`<section id="overview" aria-labelledby="overview-title"><h2 id="overview-title">At a glance</h2><div class="charts">${charts}</div></section>`}
${warningSection}
${since}
${!isCheck && itemSections(result)}
<section id="run" aria-labelledby="run-title">
<h2 id="run-title">Run and settings</h2>
${runFacts(result, extras.settings)}
</section>
</main>`;
}

function header(result: Result, links: Content): Markup {
  const { action, started_at, vision_one, run_id } = result;
  const origin = originLabel(result);
  return html`<header><div class="in">
<p class="product">${PRODUCT}</p>
<h1>${action}</h1>
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

function itemSections(result: Result): Markup {
  return html`<section id="problems" aria-labelledby="problems-title">
<h2 id="problems-title">What was not sent or not accepted</h2>
${problems(result)}
</section>
<section id="all" aria-labelledby="items-title">
<h2 id="items-title" tabindex="-1">All items</h2>
${itemTable(result)}
</section>`;
}
