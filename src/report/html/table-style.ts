/** The part of the page's style that is about the table of all items and its controls. */

const SANS = '-apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif';

/** The columns after the reason, counted from the end: the table of exceptions has two fewer. */
const LABELS = `
  #items td:nth-child(2)::before { content: "Change: " }
  #items td:nth-child(3)::before { content: "Type: " }
  #items td:nth-child(4)::before { content: "Value: " }
  #items td:nth-child(5)::before { content: "Reason: " }
  .full #items td:nth-child(6)::before { content: "Risk: " }
  .full #items td:nth-child(7)::before, .short #items td:nth-child(6)::before { content: "Score: " }
  .full #items td:nth-child(8)::before { content: "Expires: " }
  #items td:last-child::before { content: "ThreatQ id: " }`;

export const tableStyle = `
#controls { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; border-radius: 10px 10px 0 0; padding: 1rem 1.25rem }
#controls > div { flex: 1 1 7rem; min-width: 0 }
#controls .grow { flex: 3 1 12rem }
#controls label { display: block; font-size: .82rem; font-weight: 600; color: var(--soft); margin-bottom: .15rem }
#controls input, #controls select { width: 100% }
#controls select { padding: .35rem .2rem .35rem .4rem }
::placeholder { color: var(--soft); opacity: 1 }
.pager { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; padding: .55rem 1.25rem; font-size: .9rem; scroll-margin-top: .5rem }
.pages { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-left: auto }
.pager button { font-size: .88rem; min-height: 2rem; padding: .15rem .65rem }
.page { padding: 0 .5rem; color: var(--soft) }
#pager-below { border: 1px solid var(--line); border-top: 0; border-radius: 0 0 10px 10px }
#left-out, #no-table { margin-bottom: .9rem }
#printed { display: none }
@media (scripting: none) { #no-table { display: none } }
#items { width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); font-size: .9rem }
#items th { text-align: left; color: var(--soft); font-size: .82rem; background: var(--sunk); padding: .5rem .55rem; border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 1 }
#items th:nth-child(1) { width: 6.3rem } #items th:nth-child(2) { width: 6.3rem } #items th:nth-child(3) { width: 7.1rem } #items th:nth-child(5) { width: 16.8% }
#items th:nth-child(n + 6) { width: 4.4rem } .full #items th:nth-child(8) { width: 5.8rem } #items th:last-child { width: 5.2rem }
#items th button { all: unset; cursor: pointer; font-weight: 600 }
#items th button::after { content: "\\a0\\2195"; opacity: .55 }
#items th[aria-sort=ascending] button::after { content: "\\a0\\2191"; opacity: 1 }
#items th[aria-sort=descending] button::after { content: "\\a0\\2193"; opacity: 1 }
#items th[aria-sort] button { color: var(--accent) }
#items th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
#items td { padding: .5rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; unicode-bidi: isolate }
#items td:nth-child(4) { position: relative; font-family: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .84rem }
#items td:first-child::before { content: ""; display: inline-block; width: .65rem; height: .65rem; border-radius: 3px; margin-right: .4rem; background: var(--c) }
#items tbody tr:hover { background: color-mix(in srgb, var(--sunk) 55%, transparent) }
#items small { display: block; color: var(--soft); font: .92em/1.5 ${SANS} }
#items i { color: var(--soft); font-style: normal }
#items b { font-weight: 600 }
#items summary { color: inherit; font-size: inherit }
#items mark { background: var(--highlight); color: var(--highlight-ink); box-shadow: inset 0 -2px var(--highlight-ink) }
#items td:has(> .copy) { padding-right: 2.5rem }
#items .copy { position: absolute; top: .3rem; right: .4rem; width: 1.75rem; height: 1.75rem; min-height: 0; padding: 0; font: 600 .9rem/1 ${SANS}; border-color: transparent; background: none; color: var(--soft) }
#items .copy:hover { border-color: var(--accent); color: var(--accent) }
#items .copy::before, #items .copy::after { content: ""; position: absolute; width: .62rem; height: .72rem; border: 1.5px solid; border-radius: 2px; top: .34rem; left: .42rem }
#items .copy::after { top: .52rem; left: .64rem; background: var(--paper) }
#items .copy.done::before, #items .copy.failed::before { display: none }
#items .copy.done::after, #items .copy.failed::after { content: "\\2713"; inset: .35rem 0 auto; width: auto; height: auto; border: 0; background: none; color: var(--good) }
#items .copy.failed::after { content: "\\00d7"; color: var(--bad) }

@media screen and (max-width: 75rem) {
  #items, #items tbody { display: block }
  #items thead { display: block; background: var(--sunk); border-bottom: 1px solid var(--line); padding: .3rem .8rem }
  #items thead tr { display: flex; flex-wrap: wrap }
  #items thead:not(:has(button)) { display: none }
  #table #items th:nth-child(n) { width: auto; position: static; border: 0; padding: .3rem .45rem }
  #items tbody tr { display: flex; flex-wrap: wrap; gap: .1rem 1.4rem; padding: .7rem 1rem; border-bottom: 1px solid var(--line); border-left: 4px solid var(--c) }
  #items td { border: 0; padding: 0 }
  #items td:empty { display: none }
  #items td:nth-child(4), #items td:nth-child(5) { flex: 0 0 100% }
  #items td:first-child { font-weight: 600 }
  #items td:not(:first-child)::before { color: var(--soft); font: .84rem/1.5 ${SANS} }${LABELS}
  #items .copy { top: -.2rem; right: -.4rem }
}

@media screen and (max-width: 46rem) {
  #controls { padding: .8rem 1rem } #controls > div { flex-basis: 6.5rem }
  .pager { padding: .55rem 1rem } .pages { margin-left: 0 } .page { order: -1; width: 100%; padding: 0 }
  #items td:nth-child(4)::before { display: block } #items td:has(> .copy) { padding-right: 0 }
}

@media print {
  .pager, #no-table { display: none }
  [data-filtered] #printed { display: block; margin-bottom: 2mm }
  #items { font-size: 8pt; border: 0 }
  #items thead { display: table-header-group }
  #items th { position: static }
  #items th:nth-child(n), #items td { padding: .15rem .3rem }
  #items td:nth-child(4) { font-size: 7pt }
  #items td:first-child::before { width: .5rem; height: .5rem }
  #items td:has(> .copy) { padding-right: .3rem }
  #items td:not(:nth-child(n + 4):nth-child(-n + 5)) { overflow-wrap: normal; hyphens: manual }
  #items th:nth-child(1) { width: 18mm } #items th:nth-child(2) { width: 15mm } #items th:nth-child(3) { width: 15mm } #items th:nth-child(5) { width: 20% }
  #items th:nth-child(n + 6) { width: 11mm } .full #items th:nth-child(8) { width: 16mm } #items th:last-child { width: 13mm }
}
`;
