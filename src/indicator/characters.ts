/** What people copy with a value from web pages and spreadsheets: invisible characters and quotation marks. */
import { isInQuotes } from '../text/quotes.js';

/**
 * Control and format characters, line and paragraph separators, unpaired surrogates, all others that Unicode lets a font leave out, and the Braille pattern
 * without dots. A variation selector after an emoji is not among them: it belongs to the emoji.
 */
const NOT_VISIBLE =
  /(?!(?<=\p{Extended_Pictographic})\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** A variation selector after one of these belongs to it. */
const EMOJI = /\p{Extended_Pictographic}/u;

/** A value without white space, invisible characters and a pair of quotation marks at its ends. */
export function trimValue(text: string): string {
  // Most values need no trimming.
  if (/^\w/.test(text) && /[!-~]$/.test(text.slice(-1))) return text;
  const trimmed = trimInvisible(text);
  return isInQuotes(trimmed) ? trimInvisible(trimmed.slice(1, -1)) : trimmed;
}

function trimInvisible(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end) {
    const char = characterAt(text, start);
    if (!isTrimmed(char)) break;
    start += char.length;
  }
  while (end > start) {
    const char = characterBefore(text, end);
    if (!isTrimmed(char) || isOfEmoji(char, text.slice(start, end - char.length))) break;
    end -= char.length;
  }
  return text.slice(start, end);
}

/** Why a text with an invisible character is refused; undefined if it has none. Spaces do not count. */
export function invisibleProblem(text: string): string | undefined {
  const char = NOT_VISIBLE.exec(text)?.[0];
  return char && `it has the invisible character ${nameOfCharacter(char)}`;
}

function isTrimmed(char: string): boolean {
  // A surrogate may be half of a character that was cut off: that value is refused.
  return /\s/.test(char) || (char.isWellFormed() && NOT_VISIBLE.test(char));
}

function isOfEmoji(char: string, before: string): boolean {
  return /\p{Variation_Selector}/u.test(char) && EMOJI.test(characterBefore(before, before.length));
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0);
}

/** The character that ends before an index; one beyond U+FFFF has two units. */
function characterBefore(text: string, index: number): string {
  return Array.from(text.slice(Math.max(0, index - 2), index)).at(-1) ?? '';
}

/**
 * A character for a message: its code point, and if it is visible the character itself, as in
 * `"," (U+002C)`.
 */
export function nameOfCharacter(char: string): string {
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  if (char === ' ') return `" " (${code}, a space)`;
  return /\s/.test(char) || NOT_VISIBLE.test(char) ? code : `"${char}" (${code})`;
}
