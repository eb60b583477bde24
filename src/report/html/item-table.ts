/** The most important items: a table that can be read without scripts, and the controls of the page's script. */
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount, plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import {
  changeOf,
  displayedOutcome,
  isRemoval,
  labelOf,
  outcomeLabel,
  sentObject,
} from '../labels.js';
import { itemMessage } from '../messages.js';
import { breakable } from './breakable.js';
import { FACETS, type Facets, facetsOf } from './facets.js';
import { asciiJson, attribute, html, jsonStringContent, lazyLines, type Markup } from './markup.js';
import { mostImportant } from './most-important.js';

/** A page of more items would be slow, and too large to send. */
export const MAX_ITEMS = 20_000;

/** Longer values are folded: one of 2,048 characters would push the others out of sight. */
const MAX_UNFOLDED = 200;

type Cell = string | Markup | undefined;

interface Column {
  /** Its name in the URL of a sorted table. */
  key: string;
  label: string;
  cell: (item: Item, end: number) => Cell;
}

const COLUMNS: readonly Column[] = [
  { key: 'outcome', label: 'Outcome', cell: outcomeLabel },
  { key: 'change', label: 'Change', cell: (item) => labelOf(changeOf(item) ?? '') },
  { key: 'type', label: 'Type', cell: ({ type }) => truncate(defang(type), 60) },
  { key: 'value', label: 'Value', cell: shownValue },
  { key: 'reason', label: 'Reason', cell: reasonCell },
  {
    key: 'risk',
    label: 'Risk',
    cell: ({ object }) => truncate(labelOf(String(object?.['riskLevel'] ?? '')), 20),
  },
  { key: 'score', label: 'Score', cell: ({ score }) => formatScore(score) },
  { key: 'expires', label: 'Expires', cell: expiry },
  { key: 'id', label: 'ThreatQ id', cell: ({ id }) => truncate(String(id ?? ''), 40) },
];

/** The columns of a list. Exceptions have no risk level and do not expire. */
function columnsOf({ target }: Result): readonly Column[] {
  if (target !== 'exceptions') return COLUMNS;
  return COLUMNS.filter(({ key }) => key !== 'risk' && key !== 'expires');
}

/** Made once: it takes longer to make than to use, and a table has up to 20,000 scores. */
const SCORE_FORMAT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

function formatScore(score: number | null): string {
  return score === null ? '' : SCORE_FORMAT.format(score);
}

const DAY_MS = 86_400_000;

/**
 * When an object that was sent, or would be sent, expires on the list, counted from the end of the run.
 * Vision One rounds it to a date in UTC. It is not known of an object that was not sent.
 */
function expiry(item: Item, end: number): string | undefined {
  const isOnList = item.outcome === 'accepted' || item.outcome === 'planned';
  if (!isOnList || isRemoval(item)) return undefined;
  const days = item.object['daysToExpiration'];
  if (days === undefined) return 'Customer settings';
  if (Number(days) < 0) return 'Never';
  const at = new Date(end + Number(days) * DAY_MS);
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString().slice(0, 10);
}

function shownValue(item: Item): Markup {
  const defanged = defang(item.value);
  const note = sentNote(item.value, sentObject(item)?.value);
  return html`${defanged.length > MAX_UNFOLDED ? folded(item.value, defanged) : breakable(defanged) || ' '}${note}`;
}

function folded(value: string, defanged: string): Markup {
  return html`<details><summary>${truncate(defanged, 120)} <i>${plural(value.length, 'character')}</i></summary>${defanged}</details>`;
}

/** The exact value, if the script cannot read it from the cell. */
function exactValue({ value }: Item) {
  const isShownUnchanged =
    value.length <= MAX_UNFOLDED && /^[!-~]+$/.test(value) && defang(value) === value;
  return !isShownUnchanged && attribute('data-v', jsonStringContent(value));
}

/** How the object that was sent differs from the indicator's value. */
function sentNote(value: string, sent: string | undefined): Markup | undefined {
  if (sent === undefined || sent === value) return undefined;
  return sent.endsWith(value)
    ? html`<small>sent with <code>${truncate(defang(sent.slice(0, -value.length)), MAX_UNFOLDED)}</code> before it</small>`
    : html`<small>sent as <code>${breakable(truncate(defang(sent), MAX_UNFOLDED))}</code></small>`;
}

function reasonCell(item: Item): Markup | undefined {
  const message = truncate(itemMessage(item) ?? '', 300);
  if (!('reason' in item)) return message ? html`${message}` : undefined;
  const status = 'status' in item && item.status > 0 && html` <i>HTTP ${item.status}</i>`;
  return html`<b>${truncate(labelOf(item.reason), 60)}</b>${status} ${message}`;
}

/**
 * One line of the source. The script (script.ts) reads it as text. End tags of cells and rows are optional
 * in HTML; they would add much to MAX_ITEMS rows.
 */
function row(item: Item, columns: readonly Column[], group: number, end: number): Markup {
  const cells = columns.map(
    ({ key, cell }) => html`<td${key === 'value' && exactValue(item)}>${cell(item, end)}`,
  );
  return html`<tr class="${displayedOutcome(item)}" data-g="${group}">${cells}`;
}

function pages(label: string): Markup {
  return html`<div class="pages" role="group" aria-label="${label}"><button type="button" data-to="first">First</button><button type="button" data-to="previous">Previous</button><span class="page"></span><button type="button" data-to="next">Next</button><button type="button" data-to="last">Last</button></div>`;
}

function leftOut(shown: number, all: number): Markup | undefined {
  if (shown === all) return undefined;
  return html`<p class="note" id="left-out">The table has the ${formatCount(shown)} most important of ${formatCount(all)} items: failures first, then changes. <a href="report.csv">report.csv</a> has all of them.</p>`;
}

/** What the script needs in addition to the rows. */
function scriptData(columns: readonly Column[], { options, groups }: Facets): string {
  return asciiJson({
    columns: columns.map(({ key, label }) => [key, label]),
    facets: FACETS.map(({ key }, at) => [key, options[at]]),
    groups,
  });
}

/**
 * The content of a section: the controls, which are hidden until the script works, and the table. With
 * scripts, a browser reads the content of `<noscript>` as one text. This is several times faster than one
 * element for each cell. The script then makes only the rows that are shown.
 */
export function itemTable(result: Result): Markup {
  const { items } = result;
  if (items.length === 0) return html`<p class="empty">There are no items.</p>`;
  const shown = mostImportant(items, MAX_ITEMS);
  const columns = columnsOf(result);
  const facets = facetsOf(items);
  const end = Date.parse(result.finished_at);
  const kind = columns === COLUMNS ? 'full' : 'short';
  return html`<p class="lead">Values are de-fanged for display (<code>hxxp</code>, <code>[.]</code>, <code>[@]</code>), and invisible characters are shown as code points such as <span class="u">U+202E</span>. <span class="scripted" hidden>Copy gives the original value.</span></p>
${leftOut(shown.length, items.length)}
<div id="controls" role="search" aria-label="Items" hidden>
<div class="grow"><label for="find">Search</label><input id="find" type="search" maxlength="2100" autocomplete="off" spellcheck="false" placeholder="Value, message or id"></div>
${FACETS.map(({ key, label }) => html`<div><label for="${key}">${label}</label><select id="${key}"></select></div>\n`)}<button type="button" id="reset">Reset</button>
</div>
<div class="pager" id="pager" hidden>
<p id="shown" role="status">${plural(shown.length, 'item')}</p>
<button type="button" id="copy-found"></button>
${pages('Pages')}
</div>
<p id="copied" class="hidden" role="status"></p>
<p id="printed"></p>
<p id="no-table" class="note">If no table follows, the browser did not run the script of this page. <a href="report.csv">report.csv</a> has all items.</p>
<div id="table" class="${kind}" data-table="${scriptData(columns, facets)}"><noscript><table id="items" translate="no">
<caption class="hidden">Items of the run</caption>
<thead><tr>${columns.map(({ label }) => html`<th scope="col">${label}</th>`)}</tr></thead>
<tbody id="rows">
${lazyLines(shown, (item) => row(item, columns, facets.groupOf.get(item) ?? 0, end))}</tbody>
</table></noscript></div>
<div class="pager" id="pager-below" hidden>${pages('Pages, below the table')}</div>`;
}
