/** A result becomes one page that needs no server, no network and no script. */
import { createHash } from 'node:crypto';
import type { ExchangeRecord } from '../../result/exchange-record.js';
import type { Result } from '../../result/result.js';
import { originOf } from '../labels.js';
import { checkSheet } from './checks.js';
import { itemTable } from './item-table.js';
import { plain, shown, time } from './markup.js';
import { pictures } from './overview.js';
import { problems, warnings } from './problems.js';
import { runFacts } from './run-facts.js';
import { script } from './script.js';
import { style } from './style.js';
import { figures, type Tone, toneOf, verdict, verdictDetails } from './verdict.js';

/** What the page shows beside the result. None of it may hold a secret. */
export interface Extras {
  /** The requests of the run, each with the pause before it. */
  exchanges: ExchangeRecord[];
  settings: Record<string, string>;
  /** What to do about a reason, plain text. */
  advice: (reason: string) => string;
}

const product = 'Trend Micro Vision One Action Bundle for ThreatQ';

function hash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Not even markup that got through the escaping could load, send or run anything. */
const policy = [
  "default-src 'none'",
  `script-src ${hash(script)}`,
  `style-src ${hash(style)}`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const signs: Record<Tone, string> = {
  good: '<path d="m7 12.5 3.5 3.5L17 9"/>',
  warn: '<path d="M12 7v6m0 3.5v.5"/>',
  bad: '<path d="m8.5 8.5 7 7m0-7-7 7"/>',
};

/**
 * Renders `report.html`: self-contained, under a policy that lets nothing load, readable without
 * scripts. Every text in the arguments is taken for hostile and shown, never obeyed.
 * @param result any valid result; 10,000 items of usual length make some 3 MB
 * @param extras the run's requests (at most 2,000 are drawn), its settings and the advice
 * @returns the whole file as text, to be written in UTF-8
 * @throws what `extras.advice` throws, and nothing else for a valid result
 */
export function renderPage(result: Result, extras: Extras): string {
  const tone = toneOf(result);
  const drawn = pictures(result, extras.exchanges).trim();
  const warned = warnings(result);
  const from = originOf(result);
  const isCheck = result.mode === 'check';
  const sheet = checkSheet(result);
  const links = [
    drawn && '<a href="#pictures">At a glance</a>',
    sheet && '<a href="#checks">What was checked</a>',
    warned && '<a href="#warnings">Warnings</a>',
    !isCheck && '<a href="#problems">Not delivered</a>',
    !isCheck && '<a href="#all">All items</a>',
    '<a href="#run">Run and settings</a>',
  ].filter(Boolean);
  const details = verdictDetails(result).map((text) => `<li>${shown(text)}</li>`);
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">
<title>${plain(`${result.status}: ${result.action}`)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#main">Skip to the report</a>
<header><div class="in">
<p class="product">${product}</p>
<h1>${shown(result.action)}</h1>
<ul class="meta"><li>${time(result.started_at)}</li>${from === undefined ? '' : `<li>From <b>${shown(from)}</b></li>`}${result.vision_one === null ? '' : `<li>${shown(result.vision_one.replace(/^https?:\/\//, ''))}</li>`}<li>Run <code>${shown(result.run_id)}</code></li></ul>
<nav aria-label="On this page">${links.join('')}</nav>
</div></header>
<main id="main" tabindex="-1">
<section class="verdict ${tone}" aria-labelledby="verdict-title">
<svg viewBox="0 0 24 24" width="40" height="40" aria-hidden="true"><circle cx="12" cy="12" r="11"/>${signs[tone]}</svg>
<div><h2 id="verdict-title">${shown(result.status)}</h2><p>${shown(verdict(result))}</p>${details.length > 0 ? `<ul class="details">${details.join('')}</ul>` : ''}</div>
</section>
${sheet}
${isCheck ? '' : `<section aria-label="Figures">\n${figures(result)}\n</section>`}
${drawn ? `<section id="pictures" aria-labelledby="pictures-title"><h2 id="pictures-title">At a glance</h2><div class="pictures">${drawn}</div></section>` : ''}
${warned}
${isCheck ? '' : items(result, extras)}
<section id="run" aria-labelledby="run-title">
<h2 id="run-title">Run and settings</h2>
${runFacts(result, extras.settings)}
</section>
</main>
<footer><div class="in">${product} ${shown(result.bundle_version)}. This page holds indicators of live attacks: pass it on with care.</div></footer>
<script>${script}</script>
</body>
</html>
`;
}

function items(result: Result, { advice }: Extras): string {
  return `<section id="problems" aria-labelledby="problems-title">
<h2 id="problems-title">What was not delivered</h2>
${problems(result, advice)}
</section>
<section id="all" aria-labelledby="items-title">
<h2 id="items-title" tabindex="-1">All items</h2>
${itemTable(result)}
</section>`;
}
