/**
 * Hides the secrets of a run in all text that leaves the program: a service or a proxy may send one
 * back in an error message, whole, in part, or encoded.
 *
 * No RegExp is made from a secret: V8 puts the whole pattern into the message of an error.
 */
import { decoded, fullyDecoded, isEscapeStart, type View, viewOf } from './decode.js';
import { LEAST_PART, PrefixTree, SHORTEST } from './prefix-tree.js';

const REDACTED = '[redacted]';

/** Layers of escapes that are taken off a text, such as JSON within HTML within a URL. */
const MOST_LAYERS = 6;

/** Units of a secret that are searched for, at most. */
const LONGEST = 100_000;

/**
 * The beginning of a secret at the very end of a text, without a mark of a cut, is hidden only if it
 * has at least so many characters: a shorter one may be an ordinary word.
 */
const SHORTEST_AT_END = 2 * SHORTEST;

export class Redactor {
  readonly #known = new Set<string>();
  readonly #beginnings = new PrefixTree(1);
  readonly #endings = new PrefixTree(-1);

  /**
   * Remembers secrets (API keys, passwords, tokens). It costs their own length, however many are
   * known. Secrets under 8 characters and missing values are ignored.
   */
  add(...secrets: Array<string | null | undefined>): void {
    for (const given of secrets) {
      // A longer one is refused anyway; its beginning is enough to find it.
      const secret = given?.slice(0, LONGEST);
      if (!secret || secret.length < SHORTEST || this.#known.has(secret)) continue;
      this.#known.add(secret);
      for (const form of formsOf(secret)) {
        this.#beginnings.add(form);
        this.#endings.add(form);
      }
    }
  }

  /**
   * Replaces every known secret: in any case; escaped for URLs, HTML or JSON, also several times over;
   * in hexadecimal or base64, also in the middle of other text. Of a secret that was cut, a beginning
   * of 8 characters before a mark such as `…`, `...` or `***` is replaced, and an ending of 8 after
   * one; at the end of the text without a mark, a beginning of 16.
   *
   * Takes time in proportion to the text, and none for the number of secrets.
   */
  text(text: string): string {
    if (this.#known.size === 0) return text;
    const hidden: Span[] = [];
    let view: View | undefined = viewOf(text);
    for (let layer = 0; view && layer <= MOST_LAYERS; layer++) {
      this.#search(view, hidden);
      view = ESCAPE_START.test(text) ? decoded(view) : undefined;
    }
    return hidden.length > 0 ? without(text, hidden) : text;
  }

  /** Comparisons of secrets so far, by which tests hold the cost to the lengths of texts and secrets. */
  get work(): number {
    return this.#beginnings.work + this.#endings.work;
  }

  #search(view: View, hidden: Span[]): void {
    const { units } = view;
    this.#beginnings.scan(units, (at, { whole, common }) => {
      const length = Math.max(whole, cutLength(view, at, common, 1));
      if (length > 0) hidden.push(spanOf(view, at, length, 1));
    });
    if (!hasMark(units)) return;
    this.#endings.scan(units, (at, { whole, common }) => {
      const length = Math.max(whole, cutLength(view, at, common, -1));
      if (length > 0) hidden.push(spanOf(view, at, length, -1));
    });
  }
}

const ESCAPE_START = /[%&\\]/;

/** A part of the original text. */
interface Span {
  from: number;
  to: number;
}

/** Where so many units are in the original text; read backwards from the last of them with step -1. */
function spanOf({ starts }: View, at: number, length: number, step: 1 | -1): Span {
  const from = step > 0 ? at : at + 1 - length;
  return { from: starts?.[from] ?? from, to: starts?.[from + length] ?? from + length };
}

/** The text without these parts. Parts that overlap are one, parts that only touch are two. */
function without(text: string, hidden: Span[]): string {
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
 * The forms of a secret that taking off escapes does not lead to. Form encoding and base64url are not
 * among them, because folding makes them the same as others.
 */
function* formsOf(secret: string): Generator<Uint16Array> {
  const wellFormed = secret.toWellFormed();
  const spellings = new Set([
    wellFormed,
    wellFormed.normalize('NFC'),
    wellFormed.normalize('NFD'),
    // RFC 6749 has client credentials URL-encoded before they go into base64.
    encodeURIComponent(wellFormed),
    JSON.stringify(secret).slice(1, -1),
    // UTF-8 that was read as Latin-1.
    Buffer.from(wellFormed, 'utf8').toString('latin1'),
  ]);
  yield viewOf(secret).units;
  for (const spelling of spellings) {
    yield viewOf(spelling).units;
    // A secret that holds what looks like an escape, in a text whose escapes were all taken off.
    if (ESCAPE_START.test(spelling)) yield fullyDecoded(spelling, MOST_LAYERS);
    const bytes = Buffer.from(spelling, 'utf8');
    yield viewOf(bytes.toString('hex')).units;
    yield* base64Forms(bytes);
  }
}

/** What base64 makes of bytes, by themselves and in the middle of others, such as `Bearer ` before. */
function* base64Forms(bytes: Buffer): Generator<Uint16Array> {
  const whole = viewOf(bytes.toString('base64')).units;
  yield whole;
  yield whole.subarray(0, Math.ceil((bytes.length * 8) / 6));
  for (const before of [0, 1, 2]) {
    const within = before === 0 ? whole : viewOf(base64After(before, bytes)).units;
    // Without the letters at either end, which hold bits of other bytes.
    const from = Math.ceil((before * 8) / 6);
    yield within.subarray(from, Math.floor(((before + bytes.length) * 8) / 6));
  }
}

function base64After(before: number, bytes: Buffer): string {
  return Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
}

/** By what services show that a text was cut: three of one of these, or one ellipsis (see cut.ts). */
const MARKS = new Set(Array.from('.*•·●█#', (sign) => sign.charCodeAt(0)));
const ELLIPSIS = 0x2026;
const SHORTEST_MARK = 3;

/** What may stand between a part and the mark: `abc [...]`. A space is folded to a plus. */
const BETWEEN = new Set(Array.from('+\'"`()[]{}<>', (sign) => sign.charCodeAt(0)));

/** Units of an escape that the cut went through, encoded twice: `%252`, `&amp;#x2`. */
const LONGEST_BROKEN_ESCAPE = 10;

/**
 * How many units are to be hidden of a secret's part, which a cut has left.
 * @param at its first unit; read backwards, its last
 * @param common how many units agree with the secret
 * @returns 0 if it was not cut, or if it takes fewer than SHORTEST characters of the original text
 */
function cutLength(view: View, at: number, common: number, step: 1 | -1): number {
  const unitAt = (depth: number) => view.units[at + depth * step];
  // The secret may go on with what the mark, or the escape that was cut, begins with.
  const least = Math.max(LEAST_PART, common - LONGEST_BROKEN_ESCAPE);
  for (let length = common; length >= least; length--) {
    const end = endOfPart(unitAt, length, step);
    if (end === 0) continue;
    // Read backwards, what is left of an escape cannot be told from other text.
    const { from, to } = spanOf(view, at, step > 0 ? end : length, step);
    if (to - from >= SHORTEST) return end;
  }
  return 0;
}

type UnitAt = (depth: number) => number | undefined;

/** Where a part of so many units ends, with what is left of an escape after it; 0 if it was not cut. */
function endOfPart(unitAt: UnitAt, length: number, step: 1 | -1): number {
  for (let end = length; end <= length + LONGEST_BROKEN_ESCAPE; end++) {
    const unit = unitAt(end);
    if (unit === undefined) return step > 0 && length >= SHORTEST_AT_END ? end : 0;
    if (isMark(unitAt, end) || (BETWEEN.has(unit) && isMark(unitAt, end + 1))) return end;
    const isBroken = end === length && step > 0 ? isBrokenStart(unit) : isEscapeUnit(unit);
    if (!isBroken) return 0;
  }
  return 0;
}

/** An escape begins here, or a character in UTF-8 of which more bytes should follow. */
function isBrokenStart(unit: number): boolean {
  return isEscapeStart(unit) || (unit >= 0xc0 && unit <= 0xff);
}

function hasMark(units: Uint16Array): boolean {
  for (let at = 0; at < units.length; at++) {
    const unit = units[at] as number;
    // What is no mark is told apart cheaply: most text has none.
    if (unit !== ELLIPSIS && unit !== units[at + 1]) continue;
    if (isMark((depth) => units[depth], at)) return true;
  }
  return false;
}

function isMark(unitAt: UnitAt, depth: number): boolean {
  const unit = unitAt(depth) ?? 0;
  if (unit === ELLIPSIS) return true;
  if (!MARKS.has(unit)) return false;
  for (let more = 1; more < SHORTEST_MARK; more++) {
    if (unitAt(depth + more) !== unit) return false;
  }
  return true;
}

function isEscapeUnit(unit: number): boolean {
  if (unit >= 0x80) return unit <= 0xff;
  return ESCAPE_UNITS.has(unit);
}

const ESCAPE_UNITS = new Set(
  Array.from('%&\\#;{}0123456789abcdefghijklmnopqrstuvwxyz', (sign) => sign.charCodeAt(0)),
);
