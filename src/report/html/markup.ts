/** The few ways in which text gets into the page. Whatever is not markup of ours passes here. */
import { escape as html } from 'html-escaper';
import { mapUnseen, visible } from '../../text/escape-invisible.js';

/** `U+202E`, or `U+0000 ×2048` for a run of the same, so that a flood stays short. */
function codePoints(run: string): string {
  const runs: { char: string; times: number }[] = [];
  for (const char of run) {
    const last = runs.at(-1);
    if (last?.char === char) last.times += 1;
    else runs.push({ char, times: 1 });
  }
  return runs
    .map(({ char, times }) => {
      const hex = char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
      return `U+${hex}${times > 1 ? ` ×${times}` : ''}`;
    })
    .join(' ');
}

/**
 * @param text anything, from anyone
 * @returns markup that shows it: escaped, with unseen characters as marked code points
 */
export function shown(text: string): string {
  return mapUnseen(text, (run) => `<span class="u">${codePoints(run)}</span>`, html);
}

/**
 * @param text anything, from anyone
 * @returns the same for where no markup may stand: attributes in double quotes, SVG text
 */
export function plain(text: string): string {
  return html(visible(text));
}

/**
 * Text that the page's script can read back exactly: the inside of a JSON string in pure ASCII.
 * A bare attribute would not do, the parser changes NUL, CR and lone surrogates.
 * @param text anything, from anyone
 * @returns the content of an attribute in double quotes
 */
export function exact(text: string): string {
  const ascii = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return html(ascii);
}

/** @returns `<time>` in UTC; the text itself where it is no time */
export function time(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return shown(iso);
  const [day, rest] = at.toISOString().split('T');
  return `<time datetime="${at.toISOString()}">${day} ${rest?.slice(0, 8)} UTC</time>`;
}
