/** The style of the table of all items: its controls, its pager and its rows. */
export const tableStyle = `
#controls { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; border-radius: 10px 10px 0 0; padding: 1rem 1.25rem }
#controls > div { flex: 1 1 9rem; min-width: 0 }
#controls .grow { flex: 3 1 16rem }
#controls label { display: block; font-size: .82rem; font-weight: 600; color: var(--soft); margin-bottom: .15rem }
#controls input, #controls select { width: 100% }
::placeholder { color: var(--soft); opacity: 1 }
.pager { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; justify-content: space-between; background: var(--paper); border: 1px solid var(--line); border-bottom: 0; padding: .55rem 1.25rem; font-size: .9rem }
.pages { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center }
.pager button { font-size: .88rem; min-height: 2rem; padding: .15rem .65rem }
.page { padding: 0 .5rem; color: var(--soft) }
#items { width: 100%; table-layout: fixed; border-collapse: collapse; background: var(--paper); border: 1px solid var(--line); font-size: .9rem }
#items th { text-align: left; color: var(--soft); font-size: .82rem; background: var(--sunk); padding: .5rem .55rem; border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 1 }
#items th:nth-child(1) { width: 6.3rem } #items th:nth-child(2) { width: 6.2rem } #items th:nth-child(3) { width: 6.6rem } #items th:nth-child(5) { width: 23% }
.full th:nth-child(6) { width: 4.7rem } .full th:nth-child(7) { width: 4.7rem } .full th:nth-child(8) { width: 6.4rem } .full th:nth-child(9) { width: 5.6rem }
.short th:nth-child(6) { width: 4.7rem } .short th:nth-child(7) { width: 5.6rem }
.below { border-top: 0; border-bottom: 1px solid var(--line); border-radius: 0 0 10px 10px }
.pager .pages { margin-left: auto }
mark { background: #ffe08a; color: #1d1d1d; border-radius: 2px }
#items th button { all: unset; cursor: pointer; font-weight: 600 }
#items th button::after { content: " \\2195"; opacity: .55 }
#items th[aria-sort=ascending] button::after { content: " \\2191"; opacity: 1 }
#items th[aria-sort=descending] button::after { content: " \\2193"; opacity: 1 }
#items th[aria-sort] button { color: var(--accent) }
#items th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
#items td { padding: .5rem .55rem; border-bottom: 1px solid var(--line); vertical-align: top; unicode-bidi: isolate }
#items tbody tr:hover { background: color-mix(in srgb, var(--sunk) 55%, transparent) }
#items small { display: block; color: var(--soft); font: .92em/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif }
#items i { color: var(--soft); font-style: normal }
#items b { font-weight: 600 }
#items summary { color: inherit; font-size: inherit }
.copy { float: right; margin-left: .6rem; min-height: 1.6rem; padding: 0 .5rem; font: 500 .8rem/1.5 -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif; border-color: var(--line); color: var(--soft) }

@media screen and (max-width: 80rem) {
  .copy { float: none; display: block; margin: 0 0 .2rem }
}

@media screen and (max-width: 64rem) {
  #controls { padding: .8rem 1rem } #controls > div { flex-basis: 6.5rem }
  .pager { padding: .55rem 1rem }
  #items, #items thead, #items tbody { display: block; width: auto }
  #items thead tr { display: flex; flex-wrap: wrap; background: var(--sunk); border-bottom: 1px solid var(--line); padding: .25rem .4rem }
  #items thead th:nth-child(n) { width: auto; position: static; border: 0; padding: .3rem .45rem }
  #items tbody tr { display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: .7rem 1rem; border-bottom: 1px solid var(--line) }
  #items td { border: 0; padding: .1rem 0 }
  #items td:nth-child(4), #items td:nth-child(5) { flex: 1 0 100%; min-width: 0 }
  #items td:nth-child(2), #items td:nth-child(3) { color: var(--soft) }
  #items td:empty { display: none }
  #items td:nth-child(n + 6)::before { color: var(--soft) }
  .full td:nth-child(6)::before { content: "Risk: " } .full td:nth-child(7)::before, .short td:nth-child(6)::before { content: "Score: " }
  .full td:nth-child(8)::before { content: "Expires: " } .full td:nth-child(9)::before, .short td:nth-child(7)::before { content: "ThreatQ id: " }
  .copy { float: right; display: inline-block; margin: 0 0 0 .6rem }
}

@media screen and (max-width: 46rem) {
  .page { order: -1; width: 100%; padding: 0 }
  .pager .pages { margin-left: 0 }
}

@media print {
  #items { font-size: 8pt; border: 0 }
  #items thead { display: table-header-group }
  #items th { position: static }
  #items th, #items td { padding: .15rem .3rem }
  #items td:not(:nth-child(n + 4):nth-child(-n + 5)) { overflow-wrap: normal; hyphens: manual }
  #items th:nth-child(1) { width: 19mm } #items th:nth-child(2) { width: 18mm } #items th:nth-child(3) { width: 19mm }
  #items th:nth-child(n + 6) { width: 15mm } .full th:nth-child(8) { width: 17mm }
}
`;
