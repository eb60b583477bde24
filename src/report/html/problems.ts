/** Warnings, and items that were rejected, left unsent or skipped, with the reason and what to do. */

import { groupBy, largestFirst } from '../../result/group-by.js';
import { OUTCOMES, type Outcome, type SkipReason } from '../../result/reasons.js';
import type { Item, Result, Warning } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount, plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { adviceFor, WARNING_ADVICE } from '../advice.js';
import { ATTENTION, labelOf } from '../labels.js';
import { itemMessage, warningMessage } from '../messages.js';
import { breakable } from './breakable.js';
import { filterLink } from './filter-link.js';
import { html, joinLines, type Markup } from './markup.js';

type ItemWithReason = Extract<Item, { reason: string }>;

/** How many values are listed for a reason. */
const MAX_VALUES = 5;
/** How many different messages are listed for a reason. */
const MAX_MESSAGES = 3;
/** How many warnings of one kind are shown without folding. */
const MAX_UNFOLDED = 5;

/** Skips that follow from a decision, in the settings, in ThreatQ or in Vision One: nothing must be corrected. */
const DECISIONS: ReadonlySet<string> = new Set<SkipReason>([
  'unsupported_type',
  'duplicate',
  'status',
  'expired',
  'excluded',
  'already_listed',
  'listed_by_others',
  'not_approved',
]);

/** The items of one outcome and one reason. */
interface Group {
  outcome: Outcome;
  reason: string;
  items: ItemWithReason[];
}

/** What happened to the items that were not delivered. */
interface Problems {
  /** Rejected and unsent items. */
  failed: Group[];
  /** Skipped items of which a person should correct the value, a setting or a list. */
  toCorrect: Group[];
  /** Skipped items that need nothing. */
  decided: Group[];
}

/** Groups the items by outcome in display order, then the most frequent reason first. */
export function problemsOf({ items }: Result): Problems {
  const withReason = items.filter((item) => 'reason' in item && item.outcome !== 'removed');
  const groups = OUTCOMES.flatMap((outcome) => {
    const members = withReason.filter((item) => item.outcome === outcome);
    return largestFirst(groupBy(members, ({ reason }) => reason as string)).map(
      ([reason, group]): Group => ({ outcome, reason, items: group }),
    );
  });
  const skipped = groups.filter(({ outcome }) => outcome === 'skipped');
  return {
    failed: groups.filter(({ outcome }) => outcome !== 'skipped'),
    toCorrect: skipped.filter(({ reason }) => !DECISIONS.has(reason)),
    decided: skipped.filter(({ reason }) => DECISIONS.has(reason)),
  };
}

function advice(text: string): Markup {
  return html`<p class="advice"><b>What to do:</b> ${text}</p>`;
}

function messages(items: readonly ItemWithReason[]): Markup | undefined {
  const texts = largestFirst(groupBy(items, (item) => itemMessage(item) ?? ''))
    .map(([message]) => message)
    .filter((message) => message.trim());
  if (texts.length === 0) return undefined;
  const listed = texts.slice(0, MAX_MESSAGES).map((text) => html`<li>${truncate(text, 300)}</li>`);
  const more = texts.length - listed.length;
  return html`<div><h4>Messages</h4><ul>${listed}${more > 0 && html`<li>and ${formatCount(more)} more</li>`}</ul></div>`;
}

function values(items: readonly ItemWithReason[]): Markup {
  const listed = items
    .slice(0, MAX_VALUES)
    .map(({ value }) => html`<li><code>${breakable(truncate(defang(value), 120))}</code></li>`);
  const more = items.length - listed.length;
  return html`<div><h4>${more > 0 ? 'Examples' : 'Values'}</h4><ul class="values" translate="no">${listed}${more > 0 && html`<li>and ${formatCount(more)} more in the table</li>`}</ul></div>`;
}

function tableLink({ outcome, reason }: Group): Markup {
  const content = html`Show in the table<span class="hidden">: ${labelOf(reason)}</span>`;
  return filterLink({ outcome, reason }, content, 'show');
}

function groupDetails({ items }: Group): Markup {
  return html`<div class="columns">
${messages(items)}
${values(items)}
</div>`;
}

/** The code, for readers who search for it in report.csv; Vision One's own codes are their own labels. */
function codeOf({ reason }: Group): Markup | false {
  return labelOf(reason) !== reason && html`<code>${truncate(defang(reason), 80)}</code>`;
}

/** Groups that a person should look at; undefined if there are none. */
export function openGroups(groups: readonly Group[]): Markup | undefined {
  if (groups.length === 0) return undefined;
  return joinLines(
    groups.map(
      (group) => html`<article class="problem ${group.outcome}">
<div class="head"><h3><span class="badge">${labelOf(group.outcome)}</span> ${labelOf(group.reason)}</h3>${codeOf(group)}<span class="count">${plural(group.items.length, 'item')}</span>${tableLink(group)}</div>
${advice(adviceFor(group.reason))}
${groupDetails(group)}
</article>`,
    ),
  );
}

/** Groups that need nothing, closed; undefined if there are none. */
export function closedGroups(groups: readonly Group[]): Markup | undefined {
  if (groups.length === 0) return undefined;
  const details = groups.map(
    (group) => html`<details>
<summary><h3>${labelOf(group.reason)}</h3> <span class="count">${plural(group.items.length, 'item')}</span></summary>
<div class="body"><p class="head">${codeOf(group)}${tableLink(group)}</p>
<p class="advice">${adviceFor(group.reason)}</p>
${groupDetails(group)}
</div></details>`,
  );
  return html`<div class="closed">\n${joinLines(details)}\n</div>`;
}

function warningLine(warning: Warning): Markup {
  const { id, value } = warning;
  const code =
    value !== undefined && html`<code translate="no">${truncate(defang(value), 200)}</code> `;
  const indicator = id !== undefined && id !== null && html` (ThreatQ id ${id})`;
  return html`<li>${code}${truncate(warningMessage(warning), 500)}${indicator}</li>`;
}

function warningGroup(code: Warning['code'], members: readonly Warning[]): Markup {
  const lines = members.map(warningLine);
  const folded = lines.slice(MAX_UNFOLDED);
  const details =
    folded.length > 0 &&
    html`<details><summary>${plural(folded.length, 'more', 'more')}<span class="hidden">: ${labelOf(code)}</span></summary><ul>${folded}</ul></details>`;
  return html`<article class="problem warning"><div class="head"><h3><span class="badge">Warning</span> ${labelOf(code)}</h3><span class="count">${plural(members.length, 'warning')}</span></div>${advice(WARNING_ADVICE[code])}<ul>${lines.slice(0, MAX_UNFOLDED)}</ul>${details}</article>`;
}

/** The warnings by kind, those that need a decision first; undefined if there are none. */
export function warnings({ warnings: all }: Result): Markup | undefined {
  if (all.length === 0) return undefined;
  const groups = largestFirst(groupBy(all, ({ code }) => code)).sort(
    ([a], [b]) => Number(ATTENTION.includes(b)) - Number(ATTENTION.includes(a)),
  );
  return joinLines(groups.map(([code, members]) => warningGroup(code, members)));
}
