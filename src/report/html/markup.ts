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

/**
 * @param text any string
 * @param limit how many characters (code points) may stay
 * @returns the text, cut with an ellipsis where it is longer
 */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const chars = Array.from(text.slice(0, 2 * limit));
  return chars.length <= limit && text.length <= 2 * limit
    ? text
    : `${chars.slice(0, limit).join('')}…`;
}

/** @returns 12,345 */
export function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** @returns 1 object, 2 objects */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`;
}

/** @returns a length of time for reading: 850 ms, 12.3 s, 4 min 10 s, 2 h 5 min; – where unknown */
export function span(ms: number): string {
  if (!Number.isFinite(ms) || ms < 0) return '–';
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** @returns `<time>` in UTC; the text itself where it is no time */
export function time(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return shown(iso);
  const [day, rest] = at.toISOString().split('T');
  return `<time datetime="${at.toISOString()}">${day} ${rest?.slice(0, 8)} UTC</time>`;
}
