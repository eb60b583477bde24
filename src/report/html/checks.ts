/** The doctor's sheet of `--check`: what is well, what is not, and what to do about it. */
import type { Result } from '../../result/result.js';
import { defang } from '../../text/defang.js';
import { truncate } from '../../text/truncate.js';
import { shown } from './markup.js';

/**
 * @param result of a check
 * @returns a section, markup; an empty string where the check could not begin
 */
export function checkSheet({ checks = [] }: Result): string {
  if (checks.length === 0) return '';
  const rows = checks.map(
    ({ name, ok, message }) => `<li class="problem ${ok ? 'ok' : 'failed'}">
<h3><span class="badge">${ok ? 'OK' : 'Failed'}</span> ${shown(name)}</h3>
<p class="advice">${shown(truncate(defang(message), 1000))}</p>
</li>`,
  );
  return `<section id="checks" aria-labelledby="checks-title">
<h2 id="checks-title">What was checked</h2>
<p class="lead">What comes after something that failed could not be looked at.</p>
<ol class="sheet">
${rows.join('\n')}
</ol>
</section>`;
}
