/**
 * Indicator values are written by attackers. Characters that a terminal executes, or that are not
 * visible, are replaced by escapes, so that a text shows all its characters in their true order.
 */

/**
 * Control characters (C0, DEL, C1), format characters (bidirectional controls, zero-width, tags),
 * all other characters that Unicode allows a font to leave out (fillers, variation selectors), line
 * and paragraph separators, and unpaired surrogates.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * Replaces every run of invisible characters.
 * @param text any string; it may contain unpaired surrogates
 * @param replaceRun called with one run of invisible characters; returns its replacement
 * @param replaceRest called with the text between two runs; by default that text does not change
 * @returns the replacements, joined in their order
 */
export function mapInvisible(
  text: string,
  replaceRun: (run: string) => string,
  replaceRest: (rest: string) => string = (rest) => rest,
): string {
  // Most texts have none, and a search is much faster than matchAll.
  if (text.search(INVISIBLE) < 0) return replaceRest(text);
  let out = '';
  let from = 0;
  for (const match of text.matchAll(INVISIBLE)) {
    out += replaceRest(text.slice(from, match.index)) + replaceRun(match[0]);
    from = match.index + match[0].length;
  }
  return out + replaceRest(text.slice(from));
}

/**
 * Makes text safe to print on a terminal or in a log. Each invisible character becomes an escape such
 * as `\u{202e}` (this includes tabs and line ends). All other characters, in any script, stay.
 * @param text any string
 * @returns one line of text; safe text is returned unchanged. A backslash is not doubled, so the
 *   original text cannot be restored with certainty.
 */
export function escapeInvisible(text: string): string {
  return mapInvisible(text, (run) =>
    Array.from(run, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join(''),
  );
}

/**
 * Makes JSON safe to print on a terminal or in a log: invisible characters become JSON escapes such as
 * `\u202e`.
 * @param json one line of JSON: a line feed between tokens would be escaped too
 * @returns the same JSON document
 */
export function escapeInvisibleInJson(json: string): string {
  return mapInvisible(json, (run) => run.split('').map(jsonEscape).join(''));
}

/** JSON escapes UTF-16 units, so a character beyond U+FFFF becomes two escapes. */
export function jsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
