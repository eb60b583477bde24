/**
 * Indicator values are written by attackers. What a terminal would obey, or nobody would see, is
 * spelled out here, so that text reads in the order and with the characters that it really has.
 */

/**
 * Control characters (C0, DEL, C1), format characters (bidirectional controls, zero-width, tags),
 * whatever else Unicode lets a font leave out (fillers, variation selectors), line and paragraph
 * separators, and halves of surrogate pairs.
 */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]+/gu;

/**
 * Rewrites every run of characters that are obeyed or not seen.
 * @param text any string, lone surrogates included
 * @param spell gets one run of such characters, returns what stands in its place
 * @param rest gets each stretch between the runs; returned as it is where left out
 * @returns the stretches in their order, joined
 */
export function mapUnseen(
  text: string,
  spell: (run: string) => string,
  rest: (stretch: string) => string = (stretch) => stretch,
): string {
  let out = '';
  let from = 0;
  for (const match of text.matchAll(unseen)) {
    out += rest(text.slice(from, match.index)) + spell(match[0]);
    from = match.index + match[0].length;
  }
  return out + rest(text.slice(from));
}

/**
 * Makes text safe to print on a terminal or in a log: what is not seen becomes an escape such as
 * `\u{202e}` (tabs and line ends too), everything else, in any script, stays as it is.
 * @param text any string
 * @returns one line of text; safe text comes back unchanged. A backslash is not doubled, so the
 *   answer is for reading and cannot be turned back with certainty.
 */
export function visible(text: string): string {
  return mapUnseen(text, (run) =>
    Array.from(run, (char) => `\\u{${char.codePointAt(0)?.toString(16)}}`).join(''),
  );
}
