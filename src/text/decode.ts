/**
 * Reads text as a search for secrets needs it: without differences of case, and with escapes decoded
 * one layer at a time. Each character keeps its place in the original text.
 */

/** A text, possibly with some layers of escapes decoded. */
export interface View {
  /** UTF-16 units, folded. */
  units: Uint16Array;
  /**
   * Where each unit begins in the original text, and at the end that text's length. Undefined if
   * each is at its own place.
   */
  starts: Int32Array | undefined;
}

/** 0 for what has not been looked up yet. */
const FOLDED = new Uint16Array(0x10000);

/**
 * A unit without its case. Form encoding writes a space as `+`, base64url writes `+` as `-` and `/`
 * as `_`: these count as the same. Folding unit by unit keeps every offset.
 */
function fold(unit: number): number {
  return FOLDED[unit] || foldNew(unit);
}

function foldNew(unit: number): number {
  const sign = String.fromCharCode(unit);
  const same: Record<string, string> = { ' ': '+', '-': '+', _: '/' };
  const folded = (same[sign] ?? sign.toLowerCase()).charCodeAt(0);
  FOLDED[unit] = folded;
  return folded;
}

/** @returns the text, folded, with nothing decoded */
export function viewOf(text: string): View {
  const units = new Uint16Array(text.length);
  for (let at = 0; at < units.length; at++) units[at] = fold(text.charCodeAt(at));
  return { units, starts: undefined };
}

/**
 * Decodes one layer of percent-encoding, HTML entities and backslash escapes, all at once. Takes time
 * in proportion to the view, and returns no more units than it was given.
 * @returns undefined if there is nothing to decode
 */
export function decoded({ units, starts }: View): View | undefined {
  const { length: end } = units;
  let at = 0;
  while (at < end && !startsEscape(units, at)) at++;
  if (at === end) return undefined;

  const into = new Uint16Array(end);
  const places = new Int32Array(end + 1);
  let length = 0;
  for (let next = 0; next < end; ) {
    const place = starts ? (starts[next] as number) : next;
    const found = next < at ? undefined : escapeAt(units, next);
    const code = found ? found.code : (units[next] as number);
    places[length] = place;
    into[length++] = fold(code < 0x10000 ? code : 0xd800 + ((code - 0x10000) >> 10));
    if (code >= 0x10000) {
      places[length] = place;
      into[length++] = 0xdc00 + ((code - 0x10000) & 0x3ff);
    }
    next += found ? found.length : 1;
  }
  places[length] = starts ? (starts[end] as number) : end;
  return { units: into.subarray(0, length), starts: places.subarray(0, length + 1) };
}

function startsEscape(units: Uint16Array, at: number): boolean {
  return isEscapeStart(units[at] as number) && escapeAt(units, at) !== undefined;
}

/** @returns a text with at most `mostLayers` layers of escapes decoded, folded */
export function fullyDecoded(text: string, mostLayers: number): Uint16Array {
  let view = viewOf(text);
  for (let layer = 0; layer < mostLayers; layer++) {
    const next = decoded(view);
    if (!next) break;
    view = next;
  }
  return view.units;
}

const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;

/** @returns whether an escape can begin with this unit */
export function isEscapeStart(unit: number): boolean {
  return unit === PERCENT || unit === AMPERSAND || unit === BACKSLASH;
}

interface Escape {
  /** The code point that it stands for. */
  code: number;
  /** Units that it takes, at least two. */
  length: number;
}

function escapeAt(units: Uint16Array, at: number): Escape | undefined {
  if (!isEscapeStart(units[at] as number)) return undefined;
  if (units[at] === AMPERSAND) return entityAt(units, at);
  return (
    bytesAt(units, at) ??
    unicodeAt(units, at) ??
    (units[at] === BACKSLASH ? signAt(units, at) : undefined)
  );
}

/** The value of exactly so many hexadecimal digits; -1 if they are anything else. */
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

/** The byte of `%2f` or, as Python and nginx write it, `\x2f`. */
function byteAt(units: Uint16Array, at: number): number {
  if (units[at] === PERCENT) return hexAt(units, at + 1, 2);
  return units[at] === BACKSLASH && units[at + 1] === 0x78 ? hexAt(units, at + 2, 2) : -1;
}

/** A character as its bytes in UTF-8; a byte that is none of those, as Latin-1. */
function bytesAt(units: Uint16Array, at: number): Escape | undefined {
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

/** `\u002f`, `\u{2f}`, and `%u002f` as JavaScript's old escape() writes it. */
function unicodeAt(units: Uint16Array, at: number): Escape | undefined {
  if (units[at + 1] !== 0x75) return undefined;
  const code = hexAt(units, at + 2, 4);
  if (code >= 0) return { code, length: 6 };
  if (units[at + 2] !== 0x7b) return undefined;
  for (let digits = 1; digits <= 6; digits++) {
    if (units[at + 3 + digits] !== 0x7d) continue;
    const braced = hexAt(units, at + 3, digits);
    return braced < 0 || braced > 0x10ffff ? undefined : { code: braced, length: digits + 4 };
  }
  return undefined;
}

/** What stands after a backslash in JSON, and the quote that JavaScript, PHP and Python escape too. */
const SIGNS: Record<string, string> = {
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

function signAt(units: Uint16Array, at: number): Escape | undefined {
  const sign = SIGNS[String.fromCharCode(units[at + 1] ?? 0)];
  return sign === undefined ? undefined : { code: sign.charCodeAt(0), length: 2 };
}

/**
 * Names of HTML 5 for what stands in secrets: the signs of ASCII, the marks of a cut, and Latin-1,
 * which PHP's htmlentities() writes by name. In lower case, as the units are.
 */
const NAMES = new Map<string, number>([
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

/** Digits of the longest numeric entity, zeros before it included, and letters of a name. */
const LONGEST_ENTITY = 10;

/** `&sol;`, `&#47;` or `&#x2f;`. */
function entityAt(units: Uint16Array, at: number): Escape | undefined {
  const end = units.subarray(at, at + LONGEST_ENTITY + 3).indexOf(0x3b);
  if (end < 0) return undefined;
  const name = String.fromCharCode(...units.subarray(at + 1, at + end));
  const number = /^#(?:x([\da-f]+)|(\d+))$/.exec(name);
  const code = number
    ? Number.parseInt(number[1] ?? number[2] ?? '', number[1] ? 16 : 10)
    : NAMES.get(name);
  return code === undefined || code > 0x10ffff ? undefined : { code, length: end + 1 };
}
