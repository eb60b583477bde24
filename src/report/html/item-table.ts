/** All items. The page contains the whole table, for readers without scripts and for printing. */
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
import {
  type Attribute,
  attribute,
  type Content,
  html,
  jsonStringContent,
  lazyLines,
  type Markup,
} from './markup.js';
import { mostImportant } from './most-important.js';

/** A page of more items would be slow, and too large to send. */
const MAX_ITEMS = 20_000;

/** Longer values are folded: one of 2,048 characters would push the others out of sight. */
const MAX_UNFOLDED = 200;

interface Column {
  /** Its name for the script, and in the address of a sorted table. */
  key: string;
  label: string;
  cell: (item: Item, end: number) => Content;
  /** The exact text, if it is not the text of the cell. */
  exact?: (item: Item) => Attribute | false;
}

const COLUMNS: readonly Column[] = [
  { key: 'outcome', label: 'Outcome', cell: outcomeLabel },
  { key: 'change', label: 'Change', cell: (item) => labelOf(changeOf(item) ?? '') },
  {
    key: 'type',
    label: 'Type',
    cell: ({ type }) => shownType(type),
    exact: ({ type }) => exactText(type, shownType(type)),
  },
  { key: 'value', label: 'Value', cell: shownValue, exact: exactValue },
  {
    key: 'reason',
    label: 'Reason',
    cell: reasonCell,
    exact: (item) => 'reason' in item && exactText(item.reason, labelOf(item.reason)),
  },
  {
    key: 'risk',
    label: 'Risk',
    cell: ({ object }) => labelOf(String(object?.['riskLevel'] ?? '')),
  },
  { key: 'score', label: 'Score', cell: ({ score }) => formatScore(score) },
  { key: 'expires', label: 'Expires', cell: expiry },
  { key: 'id', label: 'ThreatQ id', cell: ({ id }) => id },
];

/** The columns of a list. Exceptions have no risk level and do not expire. */
function columnsOf({ target }: Result): readonly Column[] {
  if (target !== 'exceptions') return COLUMNS;
  return COLUMNS.filter(({ key }) => key !== 'risk' && key !== 'expires');
}

function formatScore(score: number | null): string {
  return score === null ? '' : score.toLocaleString('en-US', { maximumFractionDigits: 2 });
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

function shownType(type: string): string {
  return truncate(defang(type), 60);
}

function exactText(text: string, shown: string): Attribute | false {
  const isShown = shown === text && /^[!-~]+(?: [!-~]+)*$/.test(text);
  return !isShown && attribute('data-x', jsonStringContent(text));
}

function shownValue(item: Item): Markup {
  const { value } = item;
  const defanged = defang(value);
  const shown = defanged.length > MAX_UNFOLDED ? folded(value, defanged) : unfolded(defanged);
  return html`${shown}${sentNote(value, sentObject(item)?.value)}`;
}

function folded(value: string, defanged: string): Markup {
  return html`<details><summary>${truncate(defanged, 120)} <i>${plural(value.length, 'character')}</i></summary>${defanged}</details>`;
}

/** A hash may only break into parts of equal length: a single digit on a line is easily overlooked. */
function unfolded(defanged: string): Content {
  if (!/^(?:[\da-f]{32}|[\da-f]{40}|[\da-f]{64})$/i.test(defanged)) return defanged || ' ';
  const parts = defanged.match(/.{8}/g) ?? [];
  return html`${parts.map((part, index) => html`${index > 0 && html`<wbr>`}${part}`)}`;
}

/** Without it, the script copies the text of the cell. */
function exactValue({ value }: Item): Attribute | false {
  return (
    (value.length > MAX_UNFOLDED || exactText(value, defang(value)) !== false) &&
    attribute('data-v', jsonStringContent(value))
  );
}

/** How the object that was sent differs from the indicator's value. */
function sentNote(value: string, sent: string | undefined): Markup | undefined {
  if (sent === undefined || sent === value) return undefined;
  return sent.endsWith(value)
    ? html`<small>sent with <code>${truncate(defang(sent.slice(0, -value.length)), MAX_UNFOLDED)}</code> before it</small>`
    : html`<small>sent as <code>${truncate(defang(sent), MAX_UNFOLDED)}</code></small>`;
}

function reasonCell(item: Item): Content {
  const message = truncate(itemMessage(item) ?? '', 300);
  if (!('reason' in item)) return message;
  const status = 'status' in item && item.status > 0 && html` <i>HTTP ${item.status}</i>`;
  return html`<b>${labelOf(item.reason)}</b>${status} ${message}`;
}

/** End tags of cells and rows are optional in HTML; they would add much to 20,000 rows. */
function row(item: Item, columns: readonly Column[], end: number): Markup {
  const cells = columns.map(
    ({ cell, exact }) => html`<td${exact?.(item) ?? false}>${cell(item, end)}`,
  );
  return html`<tr class="${displayedOutcome(item)}">${cells}`;
}

function leftOut(shown: number, all: number): Markup | undefined {
  if (shown === all) return undefined;
  return html`<p class="note">The table has the ${formatCount(shown)} most important of ${formatCount(all)} items: failures first, then changes. <a href="report.csv">report.csv</a> has all of them.</p>\n`;
}

/** The content of a section: the controls (hidden until the script works) and the table. */
export function itemTable(result: Result): Markup {
  const { items } = result;
  if (items.length === 0) return html`<p class="empty">There are no items.</p>`;
  const shown = mostImportant(items, MAX_ITEMS);
  const columns = columnsOf(result);
  const end = Date.parse(result.finished_at);
  return html`<p class="lead">Values are de-fanged for display (<code>hxxp</code>, <code>[.]</code>, <code>[@]</code>), and invisible characters are shown as code points such as <span class="u">U+202E</span>. <span class="scripted" hidden>Copy gives the original value.</span></p>
${leftOut(shown.length, items.length)}<div id="controls" role="search" aria-label="Items" hidden>
<div class="grow"><label for="find">Search</label><input id="find" type="search" maxlength="2100" autocomplete="off" spellcheck="false" placeholder="Value, message or id"></div>
<div><label for="outcome">Outcome</label><select id="outcome"></select></div>
<div><label for="change">Change</label><select id="change"></select></div>
<div><label for="type">Type</label><select id="type"></select></div>
<div><label for="reason">Reason</label><select id="reason"></select></div>
<button type="button" id="reset">Reset</button>
</div>
<div class="pager" hidden>
<p id="shown" role="status">${plural(shown.length, 'item')}</p>
<button type="button" id="copy-found">Copy found values</button>
${pages('Pages')}
</div>
<p id="copied" class="hidden" role="status"></p>
<table id="items" class="${columns === COLUMNS ? 'full' : 'short'}" translate="no">
<caption class="hidden">All items of the run</caption>
<thead><tr>${columns.map(({ key, label }) => html`<th scope="col" data-key="${key}">${label}</th>`)}</tr></thead>
<tbody id="rows">
${lazyLines(shown, (item) => row(item, columns, end))}</tbody>
</table>
<div class="pager below" hidden>${pages('Pages, below the table')}</div>`;
}

function pages(label: string): Markup {
  return html`<div class="pages" role="group" aria-label="${label}"><button type="button" data-to="first">First</button><button type="button" data-to="previous">Previous</button><span class="page"></span><button type="button" data-to="next">Next</button><button type="button" data-to="last">Last</button></div>`;
}
