/** The style of the table of all items: its controls, its pager and its rows. */
export const tableStyle = `
#controls { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; border-radius: 10px 10px 0 0; padding: 1rem 1.25rem }
#controls > div { flex: 1 1 9rem; min-width: 0 }
#controls .grow { flex: 3 1 16rem }
#controls label { display: block; font-size: .82rem; font-weight: 600; color: var(--soft); margin-bottom: .15rem }
#controls input, #controls select { width: 100% }
::placeholder { color: var(--soft); opacity: 1 }
#pager { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; padding: .55rem 1.25rem; font-size: .9rem }
#pager div { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center }
#pager button { font-size: .88rem; min-height: 2rem; padding: .15rem .65rem }
#page { padding: 0 .5rem; color: var(--soft) }
#items { width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); font-size: .9rem }
#items th { text-align: left; color: var(--soft); font-size: .82rem; background: var(--sunk); padding: .5rem .75rem; border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 1 }
#items th:nth-child(1) { width: 7.2rem } #items th:nth-child(2) { width: 8.2rem } #items th:nth-child(4) { width: 27% } #items th:nth-child(5) { width: 5.8rem } #items th:nth-child(6) { width: 7.6rem }
#items th button { all: unset; cursor: pointer; font-weight: 600 }
#items th button::after { content: " \\2195"; opacity: .55 }
#items th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1 }
#items th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1 }
#items th[aria-sort] button { color: var(--accent) }
#items th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
#items td { padding: .5rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; unicode-bidi: isolate }
#items tbody tr:hover { background: color-mix(in srgb, var(--sunk) 55%, transparent) }
#items small { display: block; color: var(--soft); font: .92em/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif }
#items i { color: var(--soft); font-style: normal }
#items b { font-weight: 600 }
#items summary { color: inherit; font-size: inherit }
.copy { float: right; margin-left: .6rem; min-height: 1.6rem; padding: 0 .5rem; font: 500 .8rem/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; border-color: var(--line); color: var(--soft) }

@media screen and (max-width: 46rem) {
  #controls { padding: .8rem 1rem } #controls > div { flex-basis: 6.5rem }
  #pager { padding: .55rem 1rem } #page { order: -1; width: 100%; padding: 0 }
  #items, #items thead, #items tbody, #items tr { display: block; width: auto }
  #items thead tr { display: flex; flex-wrap: wrap; background: var(--sunk); border-bottom: 1px solid var(--line); padding: .25rem .4rem }
  #items thead th:nth-child(n) { width: auto; position: static; border: 0; padding: .3rem .45rem }
  #items tbody tr { display: grid; grid-template-columns: 1fr auto; padding: .7rem 1rem; border-bottom: 1px solid var(--line) }
  #items td { border: 0; padding: .1rem 0 }
  #items td:nth-child(n + 3) { grid-column: 1 / -1 }
  #items td:nth-child(2) { color: var(--soft) }
  #items td:empty { display: none }
  #items td:nth-child(5)::before { content: "Risk: "; color: var(--soft) }
  #items td:nth-child(6)::before { content: "ThreatQ id: "; color: var(--soft) }
}

@media print {
  #items { font-size: 8pt; border: 0 }
  #items thead { display: table-header-group }
  #items th { position: static }
  #items th, #items td { padding: .15rem .4rem }
  #items td:not(:nth-child(n + 3):nth-child(-n + 4)) { overflow-wrap: normal; hyphens: manual }
  #items th:nth-child(1) { width: 23mm } #items th:nth-child(2) { width: 23mm } #items th:nth-child(5) { width: 15mm } #items th:nth-child(6) { width: 19mm }
}
`;
