/** Items that were skipped, rejected or left unsent, with the reason; and the warnings. */

import { groupBy, largestFirst } from '../../result/group-by.js';
import { OUTCOMES, type Outcome } from '../../result/reasons.js';
import type { Item, Result, Warning } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount, plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { adviceFor, WARNING_ADVICE } from '../advice.js';
import { ATTENTION, labelOf } from '../labels.js';
import { html, joinLines, type Markup } from './markup.js';

type ItemWithReason = Extract<Item, { reason: string }>;

/** How many values are listed for a reason. */
const MAX_VALUES = 5;
/** How many different messages are listed for a reason. */
const MAX_MESSAGES = 3;
/** How many warnings of one kind are shown without folding. */
const MAX_UNFOLDED = 5;

function advice(text: string): Markup {
  return html`<p class="advice"><b>What to do:</b> ${text}</p>`;
}

function messages(items: readonly ItemWithReason[]): Markup | undefined {
  const texts = largestFirst(groupBy(items, ({ message }) => message))
    .map(([message]) => message)
    .filter((message) => message.trim());
  if (texts.length === 0) return undefined;
  const listed = texts
    .slice(0, MAX_MESSAGES)
    .map((text) => html`<li>${truncate(defang(text), 300)}</li>`);
  const more = texts.length - listed.length;
  return html`<div><h4>Messages</h4><ul>${listed}${more > 0 && html`<li>and ${formatCount(more)} more</li>`}</ul></div>`;
}

function values(items: readonly ItemWithReason[]): Markup {
  const listed = items
    .slice(0, MAX_VALUES)
    .map(({ value }) => html`<li><code>${truncate(defang(value), 120)}</code></li>`);
  const more = items.length - listed.length;
  return html`<div><h4>${more > 0 ? 'Examples' : 'Values'}</h4><ul class="values" translate="no">${listed}${more > 0 && html`<li>and ${formatCount(more)} more in the table below</li>`}</ul></div>`;
}

function reasonGroup(outcome: Outcome, reason: string, items: readonly ItemWithReason[]): Markup {
  const label = labelOf(reason);
  const code = label !== reason && truncate(defang(reason), 80);
  return html`<article class="problem ${outcome}">
<div class="head"><h3><span class="badge">${labelOf(outcome)}</span> <span class="reason">${label}</span></h3><code>${code}</code><span class="count">${plural(items.length, 'item')}</span><button type="button" hidden data-outcome="${labelOf(outcome)}">Show in the table<span class="hidden">: ${label}</span></button></div>
${advice(adviceFor(reason))}
<div class="columns">
${messages(items)}
${values(items)}
</div>
</article>`;
}

/** Grouped by outcome in display order, then the most frequent reason first. */
export function problems({ items, status }: Result): Markup {
  const withReason = items.filter((item) => 'reason' in item && item.outcome !== 'removed');
  const groups = OUTCOMES.flatMap((outcome) => {
    const members = withReason.filter((item) => item.outcome === outcome);
    return largestFirst(groupBy(members, ({ reason }) => reason)).map(([reason, group]) =>
      reasonGroup(outcome, reason, group),
    );
  });
  if (groups.length > 0) return joinLines(groups);
  return status === 'Failed to Complete'
    ? html`<p class="empty">The run failed before it processed any object.</p>`
    : html`<p class="empty">No object was rejected, unsent or skipped.</p>`;
}

function warningLine({ message, id, value }: Warning): Markup {
  const code =
    value !== undefined && html`<code translate="no">${truncate(defang(value), 200)}</code> `;
  const indicator = id !== undefined && id !== null && html` (ThreatQ id ${id})`;
  return html`<li>${code}${truncate(defang(message), 500)}${indicator}</li>`;
}

function warningGroup(code: Warning['code'], members: readonly Warning[]): Markup {
  const lines = members.map(warningLine);
  const folded = lines.slice(MAX_UNFOLDED);
  const details =
    folded.length > 0 &&
    html`<details><summary>${plural(folded.length, 'more', 'more')}<span class="hidden">: ${labelOf(code)}</span></summary><ul>${folded}</ul></details>`;
  return html`<article class="problem warning"><h3>${labelOf(code)} <span class="count">${formatCount(members.length)}</span></h3>${advice(WARNING_ADVICE[code])}<ul>${lines.slice(0, MAX_UNFOLDED)}</ul>${details}</article>`;
}

/** A section; undefined if there are no warnings. */
export function warnings({ warnings: all }: Result): Markup | undefined {
  if (all.length === 0) return undefined;
  const groups = largestFirst(groupBy(all, ({ code }) => code)).sort(
    ([a], [b]) => Number(ATTENTION.includes(b)) - Number(ATTENTION.includes(a)),
  );
  return html`<section id="warnings" aria-labelledby="warnings-title">
<h2 id="warnings-title">Warnings</h2>
<p class="lead">Nothing failed because of these, but a person should look at them.</p>
${joinLines(groups.map(([code, members]) => warningGroup(code, members)))}
</section>`;
}
