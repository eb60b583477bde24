/** What a person has to look at: what was not delivered and why, and the warnings. */

import { OUTCOMES } from '../../result/reasons.js';
import type { Item, Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { formatCount, plural } from '../../text/format.js';
import { truncate } from '../../text/truncate.js';
import { WARNING_ADVICE } from '../advice.js';
import { label, tally } from '../labels.js';
import { shown } from './markup.js';

type Undelivered = Extract<Item, { reason: string }>;

const examples = 5;
const messages = 3;

function group(reason: string, items: readonly Undelivered[], advice: string): string {
  const [first] = items;
  if (!first) return '';
  const said = [...tally(items, ({ message }) => message).keys()].filter((text) => text.trim());
  const told = said
    .slice(0, messages)
    .map((text) => `<li>${shown(truncate(defang(text), 300))}</li>`);
  if (said.length > messages) told.push(`<li>and ${formatCount(said.length - messages)} more</li>`);
  const values = items
    .slice(0, examples)
    .map(({ value }) => `<li><code>${shown(truncate(defang(value), 120))}</code></li>`);
  if (items.length > examples) {
    values.push(`<li>and ${formatCount(items.length - examples)} more in the table below</li>`);
  }
  return `<article class="problem ${first.outcome}">
<div class="head"><h3><span class="badge">${label(first.outcome)}</span> <span class="reason">${shown(label(reason))}</span></h3><code>${label(reason) === reason ? '' : shown(truncate(defang(reason), 80))}</code><span class="count">${plural(items.length, 'item')}</span><button type="button" hidden data-outcome="${label(first.outcome)}">Show in the table<span class="hidden">: ${shown(label(reason))}</span></button></div>
${advice.trim() ? `<p class="advice"><b>What to do:</b> ${shown(advice)}</p>` : ''}
<div class="columns">
${told.length > 0 ? `<div><h4>What was said</h4><ul>${told.join('')}</ul></div>` : ''}
<div><h4>${items.length > examples ? 'Examples' : 'Values'}</h4><ul class="values" translate="no">${values.join('')}</ul></div>
</div>
</article>`;
}

/**
 * Rejected first, then unsent, then skipped; within each, the most frequent reason first.
 * @param result any valid result
 * @param advice what to do about a reason, plain text; may be empty
 * @returns markup, a calm sentence where everything was delivered
 */
export function problems(result: Result, advice: (reason: string) => string): string {
  const missing = result.items.filter((item): item is Undelivered => 'reason' in item);
  const groups = OUTCOMES.flatMap((outcome) =>
    [
      ...tally(
        missing.filter((item) => item.outcome === outcome),
        ({ reason }) => reason,
      ),
    ].map(([reason, items]) => group(reason, items, advice(reason))),
  );
  return groups.length > 0
    ? groups.join('\n')
    : `<p class="calm">${
        result.status === 'Failed to Complete'
          ? 'The run failed before it came to single objects.'
          : 'Nothing was left behind: no object was rejected, unsent or skipped.'
      }</p>`;
}

/**
 * @param result any valid result
 * @returns a section, markup; an empty string where there are no warnings
 */
export function warnings({ warnings: all }: Result): string {
  if (all.length === 0) return '';
  const groups = [...tally(all, ({ code }) => code)].map(([code, members]) => {
    const lines = members.map(({ message, id, value }) => {
      const which = id === undefined || id === null ? '' : ` (ThreatQ id ${shown(String(id))})`;
      const what =
        value === undefined
          ? ''
          : `<code translate="no">${shown(truncate(defang(value), 200))}</code> `;
      return `<li>${what}${shown(truncate(defang(message), 500))}${which}</li>`;
    });
    const body = `<ul>${lines.slice(0, 5).join('')}</ul>`;
    const more =
      lines.length > 5
        ? `<details><summary>${plural(lines.length - 5, 'more', 'more')}<span class="hidden">: ${shown(label(code))}</span></summary><ul>${lines.slice(5).join('')}</ul></details>`
        : '';
    return `<article class="problem warning"><h3>${shown(label(code))} <span class="count">${formatCount(members.length)}</span></h3><p class="advice"><b>What to do:</b> ${shown(WARNING_ADVICE[code])}</p>${body}${more}</article>`;
  });
  return `<section id="warnings" aria-labelledby="warnings-title">
<h2 id="warnings-title">Warnings</h2>
<p class="lead">Nothing failed because of these, but a person should look at them.</p>
${groups.join('\n')}
</section>`;
}
