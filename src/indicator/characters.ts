/** Invisible characters, which people copy with a value from web pages and spreadsheets. */

/**
 * Control and format characters, all others that Unicode lets a font leave out, and the Braille pattern
 * without dots. Variation selectors are not among them: they belong to the emoji before them.
 */
const NOT_VISIBLE =
  /(?!\p{Variation_Selector})[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What an emoji or a keycap consists of; a variation selector after it belongs to it. */
const EMOJI = /[\p{Extended_Pictographic}\d#*]/u;

/** A text without white space and invisible characters at its ends. */
export function trimInvisible(text: string): string {
  // Most values begin and end with a visible ASCII character.
  if (/^[!-~]/.test(text) && /[!-~]$/.test(text.slice(-1))) return text;
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

/** The first invisible character of a text that is no space; undefined if there is none. */
export function invisibleIn(text: string): string | undefined {
  return NOT_VISIBLE.exec(text)?.[0];
}

function isTrimmed(char: string): boolean {
  return (
    /[\s\p{Variation_Selector}]/u.test(char) || (char.isWellFormed() && NOT_VISIBLE.test(char))
  );
}

function isOfEmoji(char: string, before: string): boolean {
  return /\p{Variation_Selector}/u.test(char) && EMOJI.test(characterBefore(before, before.length));
}

function characterAt(text: string, index: number): string {
  return String.fromCodePoint(text.codePointAt(index) ?? 0);
}

/** The character that ends before an index; one beyond U+FFFF has two units. */
function characterBefore(text: string, index: number): string {
  const pair = text.slice(Math.max(0, index - 2), index);
  return pair.length === 2 && (pair.codePointAt(0) ?? 0) > 0xffff
    ? pair
    : text.slice(index - 1, index);
}

/**
 * A character for a message: its code point, and the character itself if it is visible, as in
 * `"," (U+002C)`.
 */
export function nameOfCharacter(char: string): string {
  const code = `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
  return /\s/.test(char) || NOT_VISIBLE.test(char) ? code : `"${char}" (${code})`;
}
