import { OUTCOMES } from '../../result/reasons.js';
import { tableStyle } from './table-style.js';

/** The style sheet of the page: light and dark, wide and narrow, screen and print. */

const light = `
  --ground: #f4f6f8; --paper: #fff; --sunk: #eef1f4; --line: #dde2e8; --ink: #17212b; --soft: #55616e;
  --accent: #1a5fb4; --highlight: #fff1d6; --highlight-ink: #7a4300;
  --good: #1f7a5c; --warn: #a85b00; --bad: #b3261e;
  --good-tint: #eaf5f0; --warn-tint: #fdf3e3; --bad-tint: #fcedec;
  --accepted: #2b8a6b; --planned: #3a78c4; --rejected: #c0362c; --unsent: #bd7005; --skipped: #7b8997; --removed: #7a5cb8;
  --high: #b3362d; --medium: #c0740a; --low: #4f86c9;`;

const dark = `
  --ground: #0e141a; --paper: #161e26; --sunk: #1e2832; --line: #2c3843; --ink: #e3e9ef; --soft: #9fadba;
  --accent: #84b7f5; --highlight: #46350f; --highlight-ink: #ffd998;
  --good: #63c7a3; --warn: #eab55f; --bad: #f28b82;
  --good-tint: #13251f; --warn-tint: #2a2113; --bad-tint: #2d1917;
  --accepted: #45a685; --planned: #5d97e0; --rejected: #e0655c; --unsent: #d99a3c; --skipped: #748291; --removed: #a288da;
  --high: #e0655c; --medium: #d99a3c; --low: #6b9bd8;`;

/** Classes with a colour of their own: bars, legends, the square before an outcome. */
const colours = [
  ...OUTCOMES.map((outcome) => [outcome, outcome] as const),
  ['risk-high', 'high'] as const,
  ['risk-medium', 'medium'] as const,
  ['risk-low', 'low'] as const,
  ['risk-none', 'skipped'] as const,
  ['ok', 'accepted'] as const,
  ['retry', 'planned'] as const,
  ['failed', 'rejected'] as const,
  ['wait', 'unsent'] as const,
  ['left', 'line'] as const,
  ['warning', 'unsent'] as const,
]
  .map(([name, colour]) => `.${name} { --c: var(--${colour}) }`)
  .join('\n');

/** The page's policy contains the hash of this text. */
export const style = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
${colours}
*, ::before, ::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; scroll-behavior: smooth }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
h1, h2, h3, h4, p, ul, dl, dd, figure { margin: 0; padding: 0 }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.4vw, 1.9rem); line-height: 1.2; letter-spacing: -.015em; text-wrap: balance }
h2 { font-size: 1.25rem; line-height: 1.3; letter-spacing: -.01em; margin-bottom: .75rem }
h3 { font-size: 1rem; line-height: 1.35 }
h4 { font-size: .8rem; color: var(--soft); font-weight: 600; margin-bottom: .2rem }
code { font-family: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .93em }
a { color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px }
main:focus, h2:focus { outline: none }
summary > h2, summary > h3 { display: inline; margin: 0; color: var(--ink) }
summary:hover > :is(h2, h3) { color: var(--accent) }
#requests figure { margin-top: .75rem }
button, input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--soft); border-radius: 6px; padding: .35rem .7rem; min-height: 2.3rem; max-width: 100% }
button { cursor: pointer; font-weight: 500 }
button:hover:enabled { border-color: var(--accent); color: var(--accent) }
button:disabled { color: var(--soft); border-color: var(--line); cursor: default }
[hidden] { display: none !important }
@media screen { .printed { display: none } }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.skip { position: absolute; left: -999px; top: 0; z-index: 2; background: var(--paper); padding: .6rem 1rem }
.skip:focus { left: .5rem; top: .5rem }
.in, main { max-width: 76rem; margin: 0 auto; padding: 0 clamp(1rem, 3vw, 2rem) }
header { background: var(--paper); border-bottom: 1px solid var(--line); padding: 1.75rem 0 0 }
.tenant::after { content: " \\2013" }
.mode { display: inline-block; vertical-align: .15em; padding: .1em .6em; border-radius: 999px; background: var(--highlight); color: var(--highlight-ink); font-size: .55em; font-weight: 700; letter-spacing: .06em; text-transform: uppercase }
.product { color: var(--soft); font-size: .85rem; font-weight: 500; margin-bottom: .35rem }
.meta { display: flex; flex-wrap: wrap; gap: .15rem 1.25rem; list-style: none; color: var(--soft); font-size: .9rem; margin-top: .6rem }
.meta b { color: var(--ink); font-weight: 600 }
nav { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin-top: 1rem }
nav a { padding: .55rem 0; text-decoration: none; font-weight: 500; font-size: .92rem }
nav a:hover { text-decoration: underline; text-underline-offset: 4px }
main { padding-top: 1.5rem; padding-bottom: 2rem }
section { margin-bottom: 2.25rem; scroll-margin-top: 1rem }
.verdict { display: flex; gap: 1.1rem; align-items: flex-start; padding: 1.25rem 1.4rem; margin-bottom: 1rem; border-radius: 10px; border: 1px solid; border-color: color-mix(in srgb, var(--t) 35%, transparent); background: var(--tint) }
.verdict + section[id] { margin-top: 2.25rem }
.verdict svg { flex: none; fill: var(--t) }
.verdict path { fill: none; stroke: var(--tint); stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round }
.verdict h2 { color: var(--t); margin-bottom: .15rem }
.verdict p { font-size: 1.06rem; max-width: 62rem; text-wrap: pretty }
.details { margin-top: .5rem; padding-left: 1.1rem; font-size: .95rem }
.check-list { list-style: none; margin: 0; padding: 0 }
.good { --t: var(--good); --tint: var(--good-tint) }
.warn { --t: var(--warn); --tint: var(--warn-tint) }
.bad { --t: var(--bad); --tint: var(--bad-tint) }
.tiles { display: flex; flex-wrap: wrap; gap: .75rem }
.tile { position: relative; flex: 1 1 auto; min-width: 7.8rem; background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem .9rem; border-top: 3px solid var(--c, var(--line)) }
.tile.zero { border-top-color: var(--line) }
.tile dt { color: var(--soft); font-size: .85rem; font-weight: 500 }
.tile b { display: block; white-space: nowrap; font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.02em }
.tile.zero b { color: var(--soft) }
.tile a { display: block; color: inherit; text-decoration: none }
.tile a::after { content: ""; position: absolute; inset: -3px -1px -1px; border-radius: 10px }
.tile a b::after { content: " \\203a"; color: var(--accent); font-weight: 500 }
.tile:has(a):hover { border-color: var(--accent) }
.tile a:focus-visible { outline: none }
.tile a:focus-visible::after { outline: 3px solid var(--accent); outline-offset: 2px }
.tile span:not(.hidden) { display: block; width: 0; min-width: 100%; color: var(--soft); font-size: .8rem; line-height: 1.35 }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: .75rem }
.charts > div { display: flex; flex-direction: column; gap: .75rem; min-width: 0 }
.charts > div > :last-child { flex-grow: 1 }
figure { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; min-width: 0; display: flex; flex-direction: column }
figure svg { display: block; overflow: visible; margin: .5rem 0 .75rem }
.bars { list-style: none; margin: .5rem 0 .75rem; font-size: .87rem }
.bars li, .bars a { display: grid; grid-template-columns: 1fr auto; gap: 0 1rem }
.bars li + li { margin-top: .7rem }
.bars a { grid-column: 1 / -1; color: inherit; text-decoration: none; border-radius: 3px }
.bars a .name::after { content: " \\203a"; color: var(--accent) }
.bars a:hover .name { color: var(--accent); text-decoration: underline; text-underline-offset: 3px }
.bars .end { color: var(--soft) }
.bars svg { grid-column: 1 / -1; margin: .2rem 0 0 }
figure text { fill: var(--ink); font-size: 13px }
figure .end { text-anchor: end }
figure .middle { text-anchor: middle }
figure text.end, figure .tick { fill: var(--soft) }
figure .tick { font-size: 12px }
figure rect { fill: var(--c); stroke: var(--paper); stroke-width: .5 }
figure .track { fill: var(--sunk); stroke: none }
figure .wait { fill-opacity: .45 }
figure .left { --c: transparent; stroke: none }
figure details { margin-top: auto }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1rem; list-style: none; font-size: .85rem; color: var(--soft); margin-top: .35rem }
.legend li::before, .badge::before { content: ""; display: inline-block; width: .65rem; height: .65rem; border-radius: 3px; margin-right: .45rem; background: var(--c) }
.legend .left::before { background: var(--sunk); border: 1px solid var(--soft) }
.legend .wait::before { opacity: .45 }
.note, .lead, .empty { color: var(--soft); font-size: .92rem }
.lead { margin: -.35rem 0 .9rem }
.empty { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.25rem }
summary { cursor: pointer; color: var(--accent); font-size: .88rem }
.scroll { overflow: auto; max-height: 22rem; margin-top: .6rem }
.data { border-collapse: collapse; font-size: .85rem; width: 100%; overflow-wrap: normal }
.data th, .data td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top }
.data thead th { color: var(--soft); font-weight: 600; white-space: nowrap }
.data tbody th { font-weight: 500 }
.show { padding: .25rem 0; font-size: .9rem; font-weight: 500 }
.closed { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: .35rem 1.25rem }
.closed details + details { border-top: 1px solid var(--line) }
.closed summary { color: inherit; font-size: inherit; padding: .45rem 0 }
.closed .count { margin-left: .5rem }
.closed .body { padding: 0 0 .9rem 1.05rem }
.closed li::marker { color: var(--soft) }
.closed ul { padding-left: 1.1rem; font-size: .92rem }
.problem { background: var(--paper); border: 1px solid var(--line); border-left: 4px solid var(--c); border-radius: 10px; padding: 1rem 1.25rem; margin-bottom: .75rem }
.head { display: flex; flex-wrap: wrap; gap: .3rem .8rem; align-items: baseline }
.head h3 { font-size: 1.05rem }
.head code { color: var(--soft) }
.badge { margin-right: .4rem; font-size: .85rem; font-weight: 600; color: var(--soft) }
.count { margin-left: auto; color: var(--soft); font-weight: 500; font-size: .92rem }
.problem ul { padding-left: 1.1rem; font-size: .92rem }
.problem li::marker { color: var(--soft) }
.problem.warning > ul { margin-top: .4rem }
.advice { margin: .35rem 0 .2rem; max-width: 62rem; text-wrap: pretty }
.columns { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: .6rem 2rem; margin-top: .6rem }
.closed .advice::first-letter { text-transform: uppercase }
#since h4 { margin-top: .8rem }
#since ul { padding-left: 1.1rem; font-size: .92rem }
.u { background: var(--highlight); color: var(--highlight-ink); border-radius: 3px; padding: 0 .25em; font: 600 .82em/1.4 ui-monospace, Consolas, "Liberation Mono", monospace; white-space: normal; unicode-bidi: isolate }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .75rem }
.two > div { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem }
.facts { margin-top: .5rem }
.facts div { display: grid; grid-template-columns: minmax(7.5rem, 1fr) 2fr; gap: .25rem 1rem; padding: .35rem 0; border-top: 1px solid var(--line) }
.facts dt { color: var(--soft) }
footer { border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; padding: 1.25rem 0 2rem }

@media screen and (max-width: 46rem) {
  .two, .columns { grid-template-columns: minmax(0, 1fr) }
  .tiles { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)) }
  figure .quarter { display: none }
  .verdict { padding: 1rem; gap: .8rem }
  .verdict svg { width: 30px; height: 30px }
}

@media print {
  @page { margin: 14mm 12mm }
  :root { color-scheme: light }
  body { background: #fff; font-size: 9.5pt }
  *, ::before { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  nav, .skip, #controls, .pager, .copy, button, figure details, .scripted { display: none !important }
  header { padding: 0 0 .8rem }
  .in, main { max-width: none; padding: 0 }
  main { padding-top: 1rem }
  section { margin-bottom: 1.2rem }
  #all { break-before: page }
  html:not([data-filtered]) #all, #requests, .show { display: none }
  [data-filtered] .printed { display: none }
  a { color: inherit; text-decoration: none }
  .tile a b::after, .bars a .name::after { content: none }
  h2, h3, h4, .lead { break-after: avoid }
  .verdict, .tile, figure, .problem, #items tr, .facts div { break-inside: avoid }
  .tiles { display: grid; grid-template-columns: repeat(4, 1fr) }
  .charts { display: flow-root }
  .charts > div { display: block }
  .charts > div:not(:only-of-type) { float: left; width: 49% }
  .charts > div + div { margin-left: 2% !important }
  figure { margin-bottom: 3mm }
  .columns { margin-top: .3rem }
  .problem { padding: .6rem .9rem; margin-bottom: 2.5mm }
  .problem ul, .closed ul, .advice, .lead, .count { font-size: 9pt }
}
${tableStyle}`;
