/** What people and tools do to indicators so that nobody clicks them, undone. */

/** `[.]` and its kin are no legal part of a host, so wherever a host may stand they are marks. */
const MARKS: Array<[RegExp, string]> = [
  [/\[\.\]|\(\.\)|\[dot\]|\(dot\)/gi, '.'],
  [/\[@\]|\(@\)|\[at\]|\(at\)/gi, '@'],
  [/\[:\]/g, ':'],
];

/** `hxxp`, `hxxps`, and a bracketed `://` or `:`. */
const SCHEME_MARKS: Array<[RegExp, string]> = [
  [/^h(?:xx|tt)p(s?)\[:\/\/\]/i, 'http$1://'],
  [/^h(?:xx|tt)p(s?)\[:\]\/\//i, 'http$1://'],
  [/^hxxp(s?):\/\//i, 'http$1://'],
];

function replaceAll(text: string, marks: Array<[RegExp, string]>): string {
  return marks.reduce((result, [mark, plain]) => result.replace(mark, plain), text);
}

/** A value without the white space around it and without de-fanging marks. */
export function refang(value: string): string {
  return replaceAll(value.trim(), MARKS);
}

/**
 * A URL without the white space around it and without de-fanging marks. Parentheses and, in practice,
 * brackets do occur in real paths and queries, so those are mended only where the scheme or the host
 * shows that the URL was de-fanged at all.
 */
export function refangUrl(value: string): string {
  const trimmed = value.trim();
  const refanged = replaceAll(trimmed, SCHEME_MARKS);
  const authorityEnd = refanged.replace(/^[a-z][a-z0-9+.-]*:\/\/|^\/\//i, (scheme) =>
    '_'.repeat(scheme.length),
  );
  const end = authorityEnd.search(/[/?#\\]/);
  const head = end === -1 ? refanged : refanged.slice(0, end);
  const mendedHead = replaceAll(head, MARKS);
  const wasDefanged = refanged !== trimmed || mendedHead !== head;
  return wasDefanged ? replaceAll(refanged, MARKS) : refanged;
}
