/** The check report of `--check`: what passed, what failed, and what to do about it. */
import type { Result } from '../../result/result.js';
import { truncate } from '../../text/truncate.js';
import { html, joinLines, type Markup } from './markup.js';

/** The content of a section; undefined if the check could not begin. */
export function checkReport({ checks = [] }: Result): Markup | undefined {
  if (checks.length === 0) return undefined;
  const rows = checks.map(
    ({ name, ok, message }) => html`<li class="problem ${ok ? 'ok' : 'failed'}">
<h3><span class="badge">${ok ? 'OK' : 'Failed'}</span> ${name}</h3>
<p class="advice">${truncate(message, 1000)}</p>
</li>`,
  );
  return html`<p class="lead">After a failed check, the other checks of that service are not made.</p>
<ol class="check-list">
${joinLines(rows)}
</ol>`;
}
