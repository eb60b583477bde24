/** All items. The table stands in the page in full, for readers without scripts and for printing. */
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { label, outcomeOf, sentAs, styleOf } from '../labels.js';
import { exact, shown } from './markup.js';

/** Longer values are folded, so that one of 2,048 characters does not push the others out of sight. */
const folded = 200;

function valueCell({ value }: Item, sent: string | undefined): string {
  const safe = defang(value);
  // The script takes the cell's own text for the true form where nothing had to be changed.
  const same = safe === value && /^[!-~]+$/.test(value) && value.length <= folded;
  const text =
    safe.length <= folded
      ? shown(safe)
      : `<details><summary>${shown(truncate(safe, 120))} <i>${plural(value.length, 'character')}</i></summary>${shown(safe)}</details>`;
  let other = '';
  if (sent !== undefined && sent !== value) {
    other = sent.endsWith(value)
      ? `<small>sent with <code>${shown(truncate(defang(sent.slice(0, -value.length)), folded))}</code> before it</small>`
      : `<small>sent as <code>${shown(truncate(defang(sent), folded))}</code></small>`;
  }
  return `<td${same ? '' : ` data-v="${exact(value)}"`}>${text || ' '}${other}`;
}

/** End tags of cells and rows may be left out in HTML; with 10,000 rows that is worth it. */
function row(item: Item): string {
  const risk = item.object?.['riskLevel'];
  const status = 'status' in item && item.status > 0 ? ` <i>HTTP ${item.status}</i>` : '';
  const why =
    'reason' in item
      ? `<b>${shown(label(item.reason))}</b>${status} ${shown(truncate(defang(item.message), 300))}`
      : '';
  const cells = [
    outcomeOf(item),
    shown(truncate(defang(item.type), 60)),
    why,
    risk === undefined ? '' : shown(label(String(risk))),
    item.id === null ? '' : shown(String(item.id)),
  ];
  const [outcome, type, ...rest] = cells;
  return `<tr class=${styleOf(item)}><td>${outcome}<td>${type}${valueCell(item, sentAs(item)?.value)}${rest.map((cell) => `<td>${cell}`).join('')}`;
}

/**
 * @param result any valid result
 * @returns the section's content, markup: the controls (hidden until the script works) and the table
 */
export function itemTable({ items }: Result): string {
  if (items.length === 0) return '<p class="calm">There are no items.</p>';
  const head = ['Outcome', 'Type', 'Value', 'Reason', 'Risk', 'ThreatQ id'];
  return `<p class="lead">Values are de-fanged for display (<code>hxxp</code>, <code>[.]</code>, <code>[@]</code>), and characters that cannot be seen are spelled out, as <span class="u">U+202E</span>. <span class="scripted" hidden>Copy gives the true form.</span></p>
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
<thead><tr>${head.map((name) => `<th scope="col">${name}</th>`).join('')}</tr></thead>
<tbody id="rows">
${items.map(row).join('\n')}
</tbody>
</table>`;
}
