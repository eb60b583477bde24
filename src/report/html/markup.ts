/**
 * The only module that makes markup. Text and markup have different types: a string in a template is
 * always escaped, and only `html`, `svg` and the functions below return `Markup`.
 */
import { escape as escapeHtml } from 'html-escaper';
import { escapeInvisible, jsonEscape, mapInvisible } from '../../text/escape-invisible.js';

/** A part of the source: a text, or texts that are made when they are written. */
type Piece = string | (() => Iterable<string>);

/** HTML or SVG source that is safe to insert between tags. */
class Markup {
  readonly #pieces: readonly Piece[];

  constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  /** The source in pieces, so that a large table is never in memory as one text. */
  *source(): Generator<string> {
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') yield piece;
      else yield* piece();
    }
  }
}

/** An attribute that is safe to insert in a start tag, with the space before it. */
class Attribute {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  get source(): string {
    return this.#source;
  }
}

// The constructors are not exported: no other module can declare a text to be markup.
export type { Attribute, Markup };

type Nothing = undefined | null | false;

/** What a template accepts between tags: strings are escaped, arrays joined. */
export type Content = string | number | Markup | Nothing | readonly Content[];

/**
 * A template for HTML. A value is inserted according to its place:
 * - between tags: `Content`; invisible characters of strings become highlighted code points
 * - in an attribute value in double quotes: a string or number; invisible characters become escapes
 * - elsewhere in a start tag: an `Attribute`
 *
 * `undefined`, `null`, `false` and `''` insert nothing.
 * @throws {TypeError} if the type of a value does not fit its place
 */
export function html(strings: TemplateStringsArray, ...values: (Content | Attribute)[]): Markup {
  return fillTemplate(strings, values, highlightInvisible);
}

/**
 * A template for SVG, and for the content of `<title>`: like `html`, but invisible characters are
 * escapes everywhere, because no element can highlight them there.
 * @throws {TypeError} if the type of a value does not fit its place
 */
export function svg(strings: TemplateStringsArray, ...values: (Content | Attribute)[]): Markup {
  return fillTemplate(strings, values, escapeText);
}

/** Joins markup with a line feed between the parts. */
export function joinLines(parts: readonly Markup[]): Markup {
  return new Markup(parts.flatMap(({ pieces }, index) => (index > 0 ? ['\n', ...pieces] : pieces)));
}

/** A line for each element of a list. Each line is made when it is written. */
export function lazyLines<Element>(
  list: readonly Element[],
  line: (one: Element) => Markup,
): Markup {
  const source = function* () {
    for (const one of list) {
      yield* line(one).source();
      yield '\n';
    }
  };
  return new Markup([source]);
}

/**
 * An attribute that is only sometimes there, for a place in a start tag outside quotes.
 * @param name a constant of this program
 */
export function attribute(name: string, value: string): Attribute {
  return new Attribute(` ${name}="${escapeText(value)}"`);
}

/**
 * A constant of this program that is inserted unchanged: a script, a style sheet, the page's policy.
 * @throws {Error} if it contains something that could end a `<script>` or `<style>` element
 */
export function trusted(constant: string): Markup {
  if (/<\/|<!--/.test(constant)) throw new Error('a trusted text must not contain "</" or "<!--"');
  return new Markup([constant]);
}

/** `<time>` in UTC; the text itself if it is not a time. */
export function time(iso: string): Markup {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return html`${iso}`;
  const utc = at.toISOString();
  return html`<time datetime="${utc}">${utc.slice(0, 10)} ${utc.slice(11, 19)} UTC</time>`;
}

/**
 * JSON in pure ASCII, for the page's script, which must read it back exactly: in an attribute, the HTML
 * parser changes NUL, CR and unpaired surrogates.
 */
export function asciiJson(data: unknown): string {
  return JSON.stringify(data).replace(/[^ -~]/g, jsonEscape);
}

/** The inside of a JSON string in pure ASCII. */
export function jsonStringContent(text: string): string {
  return asciiJson(text).slice(1, -1);
}

/** Where in a template a value is inserted. */
type Place = 'content' | 'attribute value' | 'start tag';

/** The places of a template's values. They depend on its constant strings only. */
const placesOfTemplates = new WeakMap<TemplateStringsArray, Place[]>();

function placesIn(strings: TemplateStringsArray): Place[] {
  const known = placesOfTemplates.get(strings);
  if (known) return known;
  let place: Place = 'content';
  const places = strings.slice(0, -1).map((string) => {
    place = placeAfter(string, place);
    return place;
  });
  placesOfTemplates.set(strings, places);
  return places;
}

/** The place at the end of a constant string that begins at the given place. */
function placeAfter(string: string, start: Place): Place {
  let place = start;
  for (const [char] of string.matchAll(/[<>"]/g)) {
    if (char === '"') {
      if (place === 'start tag') place = 'attribute value';
      else if (place === 'attribute value') place = 'start tag';
    } else if (place !== 'attribute value') {
      place = char === '<' ? 'start tag' : 'content';
    }
  }
  return place;
}

function fillTemplate(
  strings: TemplateStringsArray,
  values: readonly (Content | Attribute)[],
  escapeContent: (text: string) => string,
): Markup {
  const places = placesIn(strings);
  const source = new Source();
  source.add(strings[0] ?? '');
  // The page has some 100,000 values: an index is faster than an iterator.
  for (let index = 0; index < values.length; index++) {
    insert(source, values[index], places[index], escapeContent);
    source.add(strings[index + 1] ?? '');
  }
  return new Markup(source.pieces);
}

/** Collects pieces, and joins texts that follow each other. */
class Source {
  readonly pieces: Piece[] = [''];

  add(piece: Piece): void {
    const last = this.pieces.length - 1;
    const before = this.pieces[last];
    if (typeof piece === 'string' && typeof before === 'string') this.pieces[last] = before + piece;
    else this.pieces.push(piece);
  }
}

function insert(
  source: Source,
  value: Content | Attribute,
  place: Place | undefined,
  escapeContent: (text: string) => string,
): void {
  if (value === undefined || value === null || value === false || value === '') return;
  if (place === 'content' && !(value instanceof Attribute)) {
    insertContent(source, value, escapeContent);
  } else if (place === 'start tag' && value instanceof Attribute) {
    source.add(value.source);
  } else if (
    place === 'attribute value' &&
    (typeof value === 'string' || typeof value === 'number')
  ) {
    source.add(escapeText(String(value)));
  } else {
    throw new TypeError(`a value in a template does not fit its place (${place})`);
  }
}

function insertContent(
  source: Source,
  value: Content,
  escapeContent: (text: string) => string,
): void {
  if (value === undefined || value === null || value === false) return;
  if (value instanceof Markup) {
    for (const piece of value.pieces) source.add(piece);
  } else if (typeof value === 'object') {
    for (const part of value) insertContent(source, part, escapeContent);
  } else {
    source.add(escapeContent(String(value)));
  }
}

/** Text with invisible characters as escapes: safe between tags and in double quotes. */
function escapeText(text: string): string {
  return escapeHtml(escapeInvisible(text));
}

/** Text with invisible characters as highlighted code points: safe between tags only. */
function highlightInvisible(text: string): string {
  return mapInvisible(text, (run) => `<span class="u">${codePoints(run)}</span>`, escapeHtml);
}

/** The most code points that are shown of a run of invisible characters. */
const MAX_CODE_POINTS = 4;

/**
 * `U+202E`; a run of the same character is `U+0000 ×2048`, and one of many different characters is
 * `U+200B U+200C U+200B U+200C +2044`, so that both stay short.
 */
function codePoints(run: string): string {
  const groups: { char: string; times: number }[] = [];
  for (const char of run) {
    const last = groups.at(-1);
    if (last?.char === char) last.times += 1;
    else groups.push({ char, times: 1 });
  }
  const shown = groups.slice(0, MAX_CODE_POINTS).map(({ char, times }) => {
    const hex = char.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `U+${hex}${times > 1 ? ` ×${times}` : ''}`;
  });
  const more = groups.slice(MAX_CODE_POINTS).reduce((sum, { times }) => sum + times, 0);
  return [...shown, ...(more > 0 ? [`+${more}`] : [])].join(' ');
}
