/** Undoes de-fanging: the changes that people and tools make to an indicator to prevent clicks on it. */
import { splitUrl } from './split-url.js';

type Replacement = [defanged: RegExp, plain: string];

/** `[.]` and its variants are never part of a host, so they are always replaced where a host can be. */
const CHARACTERS: Replacement[] = [
  [/\[\.\]|\(\.\)|\[dot\]|\(dot\)/gi, '.'],
  [/\[@\]|\(@\)|\[at\]|\(at\)/gi, '@'],
  [/\[:\]/g, ':'],
];

/** `hxxp`, `hxxps`, and `://` or `:` in brackets. */
const SCHEMES: Replacement[] = [
  [/^h(?:xx|tt)p(s?)\[:\/\/\]/i, 'http$1://'],
  [/^h(?:xx|tt)p(s?)\[:\]\/\//i, 'http$1://'],
  [/^hxxp(s?):\/\//i, 'http$1://'],
];

function replaceAll(text: string, replacements: Replacement[]): string {
  return replacements.reduce((result, [defanged, plain]) => result.replace(defanged, plain), text);
}

/** A value without surrounding white space and without de-fanging. */
export function refang(value: string): string {
  return replaceAll(value.trim(), CHARACTERS);
}

/**
 * A URL without surrounding white space and without de-fanging. Paths and queries can contain
 * parentheses and, in practice, brackets: these are replaced only if the scheme or the host shows that
 * the URL was de-fanged.
 */
export function refangUrl(value: string): string {
  const trimmed = value.trim();
  const withScheme = replaceAll(trimmed, SCHEMES);
  const { rest } = splitUrl(withScheme);
  const head = withScheme.slice(0, withScheme.length - rest.length);
  const wasDefanged = withScheme !== trimmed || replaceAll(head, CHARACTERS) !== head;
  return wasDefanged ? replaceAll(withScheme, CHARACTERS) : withScheme;
}
