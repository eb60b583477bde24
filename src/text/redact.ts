/**
 * Hides the secrets of a run in all text that leaves the program. A service or a proxy may repeat a
 * secret in an error message: completely, truncated, or encoded.
 *
 * No RegExp is built from a secret: V8 puts the whole pattern into the message of an error.
 */
import {
  decodeAllLayers,
  decodeLayer,
  type FoldedText,
  foldText,
  isEscapeStart,
  startOf,
} from './decode.js';
import { type Direction, MIN_MATCH_LENGTH, MIN_SECRET_LENGTH, PrefixTree } from './prefix-tree.js';

const REDACTED = '[redacted]';

/** The most layers of escapes that are decoded, such as JSON within HTML within a URL. */
const MAX_LAYERS = 6;

/** The most units of a secret that are searched for. */
const MAX_SEARCH_LENGTH = 100_000;

/**
 * A beginning of a secret at the very end of a text, without a truncation marker, is hidden only if
 * it has this length. A shorter one may be an ordinary word.
 */
const MIN_LENGTH_AT_END = 2 * MIN_SECRET_LENGTH;

export class Redactor {
  readonly #known = new Set<string>();
  readonly #beginnings = new PrefixTree(1);
  readonly #endings = new PrefixTree(-1);

  /**
   * Adds secrets, such as API keys, passwords and tokens. The cost is proportional to their length,
   * and does not depend on the number of known secrets. Secrets of less than 8 characters and
   * missing values are ignored.
   */
  add(...secrets: Array<string | null | undefined>): void {
    for (const given of secrets) {
      // Longer secrets are rejected elsewhere; their beginning is enough to find them.
      const secret = given?.slice(0, MAX_SEARCH_LENGTH);
      if (!secret || secret.length < MIN_SECRET_LENGTH || this.#known.has(secret)) continue;
      this.#known.add(secret);
      for (const form of formsOf(secret)) {
        this.#beginnings.add(form);
        this.#endings.add(form);
      }
    }
  }

  /**
   * Replaces all known secrets in a text, in any of these forms:
   * - in upper, lower or mixed case;
   * - escaped for URLs, HTML or JSON, also several times;
   * - in hexadecimal or base64, also inside other encoded text;
   * - truncated: at least 8 characters before or after a truncation marker such as `…`, `...` or
   *   `***`, or the first 16 characters or more at the end of the text.
   *
   * The time is proportional to the length of the text, and does not depend on the number of
   * secrets.
   */
  text(text: string): string {
    if (this.#known.size === 0) return text;
    // A result has up to 300,000 texts, and nearly all of them have no secret, no escape and no marker.
    if (!this.#beginnings.mayBeginIn(text) && !ESCAPE_OR_MARKER.test(text)) return text;
    const hidden: Span[] = [];
    let folded: FoldedText | undefined = foldText(text);
    for (let layer = 0; folded && layer <= MAX_LAYERS; layer++) {
      this.#search(folded, hidden);
      folded = ESCAPE_START.test(text) ? decodeLayer(folded) : undefined;
    }
    return hidden.length > 0 ? replaceSpans(text, hidden) : text;
  }

  /** Comparisons made so far. Tests use it to check the cost. */
  get comparisons(): number {
    return this.#beginnings.comparisons + this.#endings.comparisons;
  }

  #search(text: FoldedText, hidden: Span[]): void {
    const { units } = text;
    this.#beginnings.scan(units, (at, { complete, partial }) => {
      const length = Math.max(complete, truncatedLength(text, at, partial, 1));
      if (length > 0) hidden.push(spanOf(text, at, length, 1));
    });
    if (!hasMarker(units)) return;
    this.#endings.scan(units, (at, { complete, partial }) => {
      const length = Math.max(complete, truncatedLength(text, at, partial, -1));
      if (length > 0) hidden.push(spanOf(text, at, length, -1));
    });
  }
}

const ESCAPE_START = /[%&\\]/;

/** A part of the original text. */
interface Span {
  from: number;
  to: number;
}

/** The part of the original text that `length` units cover, from `at` in the given direction. */
function spanOf(text: FoldedText, at: number, length: number, direction: Direction): Span {
  const first = direction > 0 ? at : at + 1 - length;
  return { from: startOf(text, first), to: startOf(text, first + length) };
}

/** Replaces parts of a text. Parts that overlap are replaced together; adjacent parts are not. */
function replaceSpans(text: string, hidden: Span[]): string {
  hidden.sort((a, b) => a.from - b.from);
  let shown = '';
  let hiddenTo = 0;
  for (const { from, to } of hidden) {
    if (from >= hiddenTo) shown += text.slice(hiddenTo, from) + REDACTED;
    hiddenTo = Math.max(hiddenTo, to);
  }
  return shown + text.slice(hiddenTo);
}

/**
 * The forms of a secret that decoding escapes does not reduce to the secret itself. Form encoding
 * and base64url are not among them, because folding makes them equal to other forms.
 */
function* formsOf(secret: string): Generator<Uint16Array> {
  const wellFormed = secret.toWellFormed();
  const spellings = new Set([
    wellFormed,
    wellFormed.normalize('NFC'),
    wellFormed.normalize('NFD'),
    // RFC 6749, section 2.3.1: client credentials are URL-encoded before base64.
    encodeURIComponent(wellFormed),
    JSON.stringify(secret).slice(1, -1),
    // UTF-8 that was read as Latin-1.
    Buffer.from(wellFormed, 'utf8').toString('latin1'),
  ]);
  yield foldText(secret).units;
  for (const spelling of spellings) {
    yield foldText(spelling).units;
    // If the secret itself contains an escape, decoding a text also decodes that part of the
    // secret.
    if (ESCAPE_START.test(spelling)) yield decodeAllLayers(spelling, MAX_LAYERS);
    const bytes = Buffer.from(spelling, 'utf8');
    yield foldText(bytes.toString('hex')).units;
    yield* base64Forms(bytes);
  }
}

/** The base64 of bytes alone, and inside other bytes, for example after `Bearer `. */
function* base64Forms(bytes: Buffer): Generator<Uint16Array> {
  const alone = foldText(bytes.toString('base64')).units;
  yield alone;
  yield alone.subarray(0, Math.ceil((bytes.length * 8) / 6));
  for (const offset of [0, 1, 2]) {
    const inside = offset === 0 ? alone : foldText(base64After(offset, bytes)).units;
    // The characters at both ends also depend on the surrounding bytes, so they are left out.
    const from = Math.ceil((offset * 8) / 6);
    yield inside.subarray(from, Math.floor(((offset + bytes.length) * 8) / 6));
  }
}

function base64After(offset: number, bytes: Buffer): string {
  return Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
}

/** Services mark truncated text with three of one of these characters, or with an ellipsis. */
const MARKERS = '.*•·●█#';
const MARKER_CHARACTERS = new Set(Array.from(MARKERS, (character) => character.charCodeAt(0)));
const ELLIPSIS = 0x2026;
const MARKER_LENGTH = 3;
/** In a text without either, only a secret that begins in it can be found, and nothing is to be decoded. */
const ESCAPE_OR_MARKER = new RegExp(`[%&\\\\\u2026]|([${MARKERS}])\\1\\1`);

/**
 * A part of a secret and a marker may be separated by one of these: `abc [...]`. Folding turns a
 * space into a plus.
 */
const SEPARATORS = new Set(Array.from('+\'"`()[]{}<>', (character) => character.charCodeAt(0)));

/** The most units that truncation leaves of an escape that is encoded twice: `%252`, `&amp;#x2`. */
const MAX_BROKEN_ESCAPE = 10;

/**
 * How many units to hide of a part of a secret that was truncated.
 * @param at the first unit of the part; read backwards, its last unit
 * @param partial how many units agree with the secret
 * @returns 0 if it was not truncated, or if the part has less than MIN_SECRET_LENGTH characters in
 *   the original text
 */
function truncatedLength(
  text: FoldedText,
  at: number,
  partial: number,
  direction: Direction,
): number {
  const unitAt = (depth: number) => text.units[at + depth * direction];
  // The secret may also agree with the first units of the marker or of the broken escape.
  const shortest = Math.max(MIN_MATCH_LENGTH, partial - MAX_BROKEN_ESCAPE);
  for (let length = partial; length >= shortest; length--) {
    const end = endOfTruncated(unitAt, length, direction);
    if (end === 0) continue;
    // Read backwards, the rest of an escape cannot be distinguished from other text.
    const { from, to } = spanOf(text, at, direction > 0 ? end : length, direction);
    if (to - from >= MIN_SECRET_LENGTH) return end;
  }
  return 0;
}

type UnitAt = (depth: number) => number | undefined;

/**
 * Where a truncated part of `length` units ends, including the rest of a broken escape.
 * @returns 0 if the part was not truncated
 */
function endOfTruncated(unitAt: UnitAt, length: number, direction: Direction): number {
  for (let end = length; end <= length + MAX_BROKEN_ESCAPE; end++) {
    const unit = unitAt(end);
    if (unit === undefined) return direction > 0 && length >= MIN_LENGTH_AT_END ? end : 0;
    if (isBeforeMarker(unitAt, end)) return end;
    const isBroken =
      end === length && direction > 0 ? startsBrokenEscape(unit) : isEscapeUnit(unit);
    if (!isBroken) return 0;
  }
  return 0;
}

/** Whether a marker begins at this depth, perhaps after a separator. */
function isBeforeMarker(unitAt: UnitAt, depth: number): boolean {
  if (isMarker(unitAt, depth)) return true;
  return SEPARATORS.has(unitAt(depth) ?? 0) && isMarker(unitAt, depth + 1);
}

/** Whether an escape begins with this unit, or a character in UTF-8 that has more bytes. */
function startsBrokenEscape(unit: number): boolean {
  return isEscapeStart(unit) || (unit >= 0xc0 && unit <= 0xff);
}

function hasMarker(units: Uint16Array): boolean {
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] as number;
    // A cheap test first, because most texts contain no marker.
    if (unit !== ELLIPSIS && unit !== units[at + 1]) continue;
    if (isMarker((depth) => units[depth], at)) return true;
  }
  return false;
}

function isMarker(unitAt: UnitAt, depth: number): boolean {
  const unit = unitAt(depth) ?? 0;
  if (unit === ELLIPSIS) return true;
  if (!MARKER_CHARACTERS.has(unit)) return false;
  for (let more = 1; more < MARKER_LENGTH; more++) {
    if (unitAt(depth + more) !== unit) return false;
  }
  return true;
}

/** Whether a unit can be part of an escape, or is a byte of UTF-8 that was read as Latin-1. */
function isEscapeUnit(unit: number): boolean {
  if (unit >= 0x80) return unit <= 0xff;
  return ESCAPE_UNITS.has(unit);
}

const ESCAPE_UNITS = new Set(
  Array.from('%&\\#;{}0123456789abcdefghijklmnopqrstuvwxyz', (character) =>
    character.charCodeAt(0),
  ),
);
