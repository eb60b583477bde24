/**
 * Prepares text for the search for secrets: folds differences of case, and decodes escapes one
 * layer at a time. Each unit keeps its position in the original text.
 */

/** A folded text, possibly with some layers of escapes decoded. */
export interface FoldedText {
  /** UTF-16 units, folded. */
  units: Uint16Array;
  /**
   * The position of each unit in the original text, followed by the length of that text. Undefined
   * if each unit is at its original position.
   */
  starts: Int32Array | undefined;
}

/** The folded form of each unit; 0 if it has not been computed yet. */
export const FOLDED = new Uint16Array(0x10000);

/** Form encoding writes a space as `+`; base64url writes `+` as `-` and `/` as `_`. */
const EQUIVALENT: Record<string, string> = { ' ': '+', '-': '+', _: '/' };

/** Folds unit by unit, so that no position changes. */
export function fold(unit: number): number {
  return FOLDED[unit] || computeFold(unit);
}

function computeFold(unit: number): number {
  const character = String.fromCharCode(unit);
  const folded = (EQUIVALENT[character] ?? character.toLowerCase()).charCodeAt(0);
  FOLDED[unit] = folded;
  return folded;
}

/** Folds a text without decoding anything. */
export function foldText(text: string): FoldedText {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < units.length; at++) units[at] = fold(text.charCodeAt(at));
  return { units, starts: undefined };
}

/** The position in the original text of a unit, or of the end of the text. */
export function startOf({ starts }: FoldedText, at: number): number {
  return starts ? (starts[at] as number) : at;
}

/**
 * Decodes one layer of percent-encoding, HTML entities and backslash escapes, all in one pass. It
 * takes time in proportion to the text, and never returns more units than it was given.
 * @returns undefined if the text contains no escape
 */
export function decodeLayer(text: FoldedText): FoldedText | undefined {
  const { units } = text;
  const end = units.length;
  const first = firstEscape(units);
  if (first === undefined) return undefined;

  const decoded = new Uint16Array(end);
  const starts = new Int32Array(end + 1);
  let length = 0;
  for (let at = 0; at < end; ) {
    const found = at < first ? undefined : escapeAt(units, at);
    const written = writeFolded(decoded, length, found ? found.code : (units[at] as number));
    const start = startOf(text, at);
    starts[length] = start;
    starts[length + written - 1] = start;
    length += written;
    at += found ? found.length : 1;
  }
  starts[length] = startOf(text, end);
  return { units: decoded.subarray(0, length), starts: starts.subarray(0, length + 1) };
}

function firstEscape(units: Uint16Array): number | undefined {
  for (let at = 0; at < units.length; at++) {
    if (escapeAt(units, at)) return at;
  }
  return undefined;
}

/** @returns the number of units that the code point takes */
function writeFolded(units: Uint16Array, at: number, code: number): 1 | 2 {
  if (code < 0x10000) {
    units[at] = fold(code);
    return 1;
  }
  units[at] = 0xd800 + ((code - 0x10000) >> 10);
  units[at + 1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
  return 2;
}

/** Folds a text and decodes its escapes, up to a number of layers. */
export function decodeAllLayers(text: string, maxLayers: number): Uint16Array {
  let folded = foldText(text);
  for (let layer = 0; layer < maxLayers; layer++) {
    const decoded = decodeLayer(folded);
    if (!decoded) break;
    folded = decoded;
  }
  return folded.units;
}

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;
const SEMICOLON = 0x3b;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const LETTER_U = 0x75;
const LETTER_X = 0x78;

/** Whether an escape can begin with this unit. */
export function isEscapeStart(unit: number): boolean {
  return unit === PERCENT || unit === AMPERSAND || unit === BACKSLASH;
}

interface Escape {
  /** The code point that the escape represents. */
  code: number;
  /** The number of units of the escape, at least two. */
  length: number;
}

function escapeAt(units: Uint16Array, at: number): Escape | undefined {
  if (!isEscapeStart(units[at] as number)) return undefined;
  if (units[at] === AMPERSAND) return entityAt(units, at);
  return (
    utf8At(units, at) ??
    unicodeAt(units, at) ??
    (units[at] === BACKSLASH ? characterAt(units, at) : undefined)
  );
}

/** The value of exactly `digits` hexadecimal digits; -1 if they are not all digits. */
function hexAt(units: Uint16Array, at: number, digits: number): number {
  let value = 0;
  for (let end = at + digits; at < end; at++) {
    const digit = digitOf(units[at]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function digitOf(unit = 0): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30;
  return unit >= 0x61 && unit <= 0x66 ? unit - 0x57 : -1;
}

/** The byte of `%2f`, or of `\x2f` as Python and nginx write it; -1 if there is none. */
function byteAt(units: Uint16Array, at: number): number {
  if (units[at] === PERCENT) return hexAt(units, at + 1, 2);
  return units[at] === BACKSLASH && units[at + 1] === LETTER_X ? hexAt(units, at + 2, 2) : -1;
}

/** A character written as its bytes in UTF-8. A byte that is not UTF-8 is read as Latin-1. */
function utf8At(units: Uint16Array, at: number): Escape | undefined {
  const first = byteAt(units, at);
  if (first < 0) return undefined;
  const width = units[at] === PERCENT ? 3 : 4;
  const more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : first >= 0xc0 ? 1 : 0;
  let code = more === 0 ? first : first & (0x3f >> more);
  for (let count = 1; count <= more; count++) {
    const next = byteAt(units, at + count * width);
    if (next >> 6 !== 2) return { code: first, length: width };
    code = (code << 6) | (next & 0x3f);
  }
  return code > 0x10ffff ? { code: first, length: width } : { code, length: width * (more + 1) };
}

/** `\u002f`, `\u{2f}`, or `%u002f` as JavaScript's old escape() writes it. */
function unicodeAt(units: Uint16Array, at: number): Escape | undefined {
  if (units[at + 1] !== LETTER_U) return undefined;
  const code = hexAt(units, at + 2, 4);
  if (code >= 0) return { code, length: 6 };
  if (units[at + 2] !== OPEN_BRACE) return undefined;
  for (let digits = 1; digits <= 6; digits++) {
    if (units[at + 3 + digits] !== CLOSE_BRACE) continue;
    const braced = hexAt(units, at + 3, digits);
    return braced < 0 || braced > 0x10ffff ? undefined : { code: braced, length: digits + 4 };
  }
  return undefined;
}

/**
 * Characters by the letter after the backslash: those of JSON, and `'` of JavaScript, PHP and
 * Python.
 */
const CHARACTER_ESCAPES: Record<string, string> = {
  '"': '"',
  "'": "'",
  '/': '/',
  '\\': '\\',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

function characterAt(units: Uint16Array, at: number): Escape | undefined {
  const character = CHARACTER_ESCAPES[String.fromCharCode(units[at + 1] ?? 0)];
  return character === undefined ? undefined : { code: character.charCodeAt(0), length: 2 };
}

/**
 * Code points by their names in HTML 5, in lower case like the units: ASCII, truncation markers,
 * and Latin-1, which PHP's htmlentities() writes by name.
 */
const ENTITIES = new Map<string, number>([
  ...named(
    'tab:9 newline:10 excl:33 quot:34 num:35 dollar:36 percnt:37 amp:38 apos:39 lpar:40 rpar:41 ast:42 plus:43 comma:44 period:46 sol:47 colon:58 semi:59 lt:60 equals:61 gt:62 quest:63 commat:64 lsqb:91 lbrack:91 bsol:92 rsqb:93 rbrack:93 hat:94 lowbar:95 grave:96 lcub:123 lbrace:123 verbar:124 vert:124 rcub:125 rbrace:125 hellip:8230 mldr:8230 bull:8226',
  ),
  ...inOrder(
    0xa0,
    'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest',
  ),
  ...inOrder(
    0xdf,
    'szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml',
  ),
]);

function named(list: string): [string, number][] {
  return list.split(' ').map((pair) => {
    const [name = '', code] = pair.split(':');
    return [name, Number(code)];
  });
}

function inOrder(first: number, list: string): [string, number][] {
  return list.split(' ').map((name, index) => [name, first + index]);
}

/** The most digits of a numeric entity, including leading zeros, and the most letters of a name. */
const MAX_ENTITY_LENGTH = 10;

/** `&sol;`, `&#47;` or `&#x2f;`. */
function entityAt(units: Uint16Array, at: number): Escape | undefined {
  const end = units.subarray(at, at + MAX_ENTITY_LENGTH + 3).indexOf(SEMICOLON);
  if (end < 0) return undefined;
  const name = String.fromCharCode(...units.subarray(at + 1, at + end));
  const number = /^#(?:x([\da-f]+)|(\d+))$/.exec(name);
  const code = number
    ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10)
    : ENTITIES.get(name);
  return code === undefined || code > 0x10ffff ? undefined : { code, length: end + 1 };
}
