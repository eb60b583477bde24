/** What changed since an earlier run. */
import { CHANGES, type WarningCode } from '../../result/reasons.js';
import { defang } from '../../text/defang.js';
import { formatCount } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { labelOf } from '../labels.js';
import type { Sample, Since, Unusable } from '../since.js';
import { breakable } from './breakable.js';
import { type Content, html, joinLines, type Markup, time } from './markup.js';

/** The title and the content of a section; without content if there is no earlier run. */
interface Comparison {
  title: Content;
  content: Markup | undefined;
}

/** @param since what changed, or why there is no comparison; undefined without an earlier run */
export function sinceSection(since: Since | Unusable | undefined): Comparison {
  if (since === undefined) return { title: undefined, content: undefined };
  if ('unusable' in since) {
    // The addresses in it are our own, so it is not de-fanged.
    const why = truncate(since.unusable, 600);
    return {
      title: 'What changed since the last run',
      content: html`<p class="empty">The report of the last run cannot be compared: ${why}.</p>`,
    };
  }
  const { before, after } = since;
  return {
    title: html`What changed since ${time(before.startedAt)}`,
    content: html`<p class="lead">Compared with the ${before.mode} that started then. Its status was ${before.status}; now it is ${after.status}.</p>
<div class="two"><div><h3>Figures</h3>
${figures(since)}</div>
<div><h3>Indicators and warnings</h3>
${differences(since)}</div></div>`,
  };
}

function figures({ rows }: Since): Markup {
  const lines = rows.map(
    ({ count, before, after }) =>
      html`<tr><th scope="row">${nameOf(count)}</th><td>${formatCount(before)}</td><td>${formatCount(after)}</td></tr>`,
  );
  return html`<table class="data"><thead><tr><th scope="col">Count</th><th scope="col">Then</th><th scope="col">Now</th></tr></thead><tbody>${lines}</tbody></table>`;
}

function nameOf(count: Since['rows'][number]['count']): string {
  if (count === 'read') return 'Indicators read';
  return CHANGES.some((change) => change === count) ? `Change: ${count}` : labelOf(count);
}

function differences({ failing, collection, reasons, warnings }: Since): Markup {
  const lists = [
    failing && values('Rejected or unsent now, but not then', failing.began),
    failing && values('Rejected or unsent then, but not now', failing.ended),
    collection && values('New in the data collection', collection.entered),
    collection && values('No longer in the data collection', collection.left),
    ...reasons.map(({ from, to, sample }) =>
      values(`Skipped now as “${labelOf(to)}”, and then as “${labelOf(from)}”`, sample),
    ),
    codes('Warnings that are new', warnings.began),
    codes('Warnings that are gone', warnings.ended),
    !collection &&
      html`<p class="note">Not compared: which indicators are new or gone, because one of the runs did not read the whole data collection.</p>`,
  ].filter((list) => list !== undefined && list !== false);
  return lists.length > 0 ? joinLines(lists) : html`<p class="note">No differences.</p>`;
}

/** Undefined if there are none. */
function values(title: string, { count, values: shown }: Sample): Markup | undefined {
  if (count === 0) return undefined;
  const more = count - shown.length;
  const lines = shown.map(
    (value) => html`<li><code>${breakable(truncate(defang(value), 120))}</code></li>`,
  );
  return html`<h4>${title}: ${formatCount(count)}</h4><ul class="values" translate="no">${lines}${more > 0 && html`<li>and ${formatCount(more)} more</li>`}</ul>`;
}

function codes(title: string, list: readonly WarningCode[]): Markup | undefined {
  if (list.length === 0) return undefined;
  return html`<h4>${title}</h4><ul>${list.map((code) => html`<li>${labelOf(code)}</li>`)}</ul>`;
}
