/** All items. The page contains the whole table, for readers without scripts and for printing. */
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { displayedOutcome, labelOf, outcomeLabel, sentObject } from '../labels.js';
import { attribute, html, jsonStringContent, lazyLines, type Markup } from './markup.js';

/** Longer values are folded: one of 2,048 characters would push the others out of sight. */
const MAX_UNFOLDED = 200;

function valueCell({ value }: Item, sent: string | undefined): Markup {
  const defanged = defang(value);
  // Without data-v, the script copies the text of the cell.
  const isShownUnchanged =
    defanged === value && /^[!-~]+$/.test(value) && value.length <= MAX_UNFOLDED;
  const exact = !isShownUnchanged && attribute('data-v', jsonStringContent(value));
  const shown =
    defanged.length <= MAX_UNFOLDED
      ? defanged || ' '
      : html`<details><summary>${truncate(defanged, 120)} <i>${plural(value.length, 'character')}</i></summary>${defanged}</details>`;
  return html`<td${exact}>${shown}${sentNote(value, sent)}`;
}

/** How the object that was sent differs from the indicator's value. */
function sentNote(value: string, sent: string | undefined): Markup | undefined {
  if (sent === undefined || sent === value) return undefined;
  return sent.endsWith(value)
    ? html`<small>sent with <code>${truncate(defang(sent.slice(0, -value.length)), MAX_UNFOLDED)}</code> before it</small>`
    : html`<small>sent as <code>${truncate(defang(sent), MAX_UNFOLDED)}</code></small>`;
}

function reasonCell(item: Item): Markup | undefined {
  const message = 'message' in item && item.message && truncate(defang(item.message), 300);
  if (!('reason' in item)) return message ? html`${message}` : undefined;
  const status = 'status' in item && item.status > 0 && html` <i>HTTP ${item.status}</i>`;
  return html`<b>${labelOf(item.reason)}</b>${status} ${message}`;
}

/** End tags of cells and rows are optional in HTML; they would add much to 10,000 rows. */
function row(item: Item): Markup {
  const risk = item.object?.['riskLevel'];
  const type = truncate(defang(item.type), 60);
  return html`<tr class="${displayedOutcome(item)}"><td>${outcomeLabel(item)}<td>${type}${valueCell(item, sentObject(item)?.value)}<td>${reasonCell(item)}<td>${risk !== undefined && labelOf(String(risk))}<td>${item.id}`;
}

const HEAD = ['Outcome', 'Type', 'Value', 'Reason', 'Risk', 'ThreatQ id'];

/** The content of a section: the controls (hidden until the script works) and the table. */
export function itemTable({ items }: Result): Markup {
  if (items.length === 0) return html`<p class="empty">There are no items.</p>`;
  return html`<p class="lead">Values are de-fanged for display (<code>hxxp</code>, <code>[.]</code>, <code>[@]</code>), and invisible characters are shown as code points such as <span class="u">U+202E</span>. <span class="scripted" hidden>Copy gives the original value.</span></p>
<div id="controls" role="search" aria-label="Items" hidden>
<div class="grow"><label for="find">Search</label><input id="find" type="search" autocomplete="off" spellcheck="false" placeholder="Value, message or id"></div>
<div><label for="outcome">Outcome</label><select id="outcome"></select></div>
<div><label for="type">Type</label><select id="type"></select></div>
<div><label for="reason">Reason</label><select id="reason"></select></div>
<button type="button" id="reset">Reset</button>
</div>
<div id="pager" hidden>
<p id="shown" role="status">${plural(items.length, 'item')}</p>
<div role="group" aria-label="Pages"><button type="button" id="first">First</button><button type="button" id="previous">Previous</button><span id="page"></span><button type="button" id="next">Next</button><button type="button" id="last">Last</button></div>
</div>
<p id="copied" class="hidden" role="status"></p>
<table id="items" translate="no">
<caption class="hidden">All items of the run</caption>
<thead><tr>${HEAD.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody id="rows">
${lazyLines(items, row)}</tbody>
</table>`;
}
