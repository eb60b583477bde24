/** URLs with `*`, as the Exception List has them: `https://*.example.com/path/*`. */
import { type NormalizedUrl, normalizeUrl, SCHEMES, withoutPrefix } from '../indicator/url.js';

interface UrlPattern {
  /** The pattern as it is listed. */
  value: string;
  /** The text that a URL must have at each of `ANCHORS` to match. */
  anchors: string[];
  matches(url: NormalizedUrl): boolean;
}

/**
 * Reads a pattern. `*` stands for any text. In a host it does not match beyond the host: otherwise `*.example.com`
 * would match `evil.com/.example.com`. A pattern without a scheme matches every scheme.
 */
export function urlPattern(value: string, parts: NormalizedUrl = normalizeUrl(value)): UrlPattern {
  const { scheme, authority, rest, path } = parts;
  // At the end of the whole pattern, a star in the host also stands for any path.
  const pathPattern = rest === '' && authority.endsWith('*') ? '*' : path;
  const matchesScheme = glob(scheme ?? '*');
  const matchesAuthority = glob(authority);
  const matchesPath = glob(pathPattern);
  return {
    value,
    anchors: [...fixedEnds(authority), ...fixedEnds(pathPattern)],
    matches: (url) =>
      matchesAuthority(url.authority) &&
      url.scheme !== undefined &&
      matchesScheme(url.scheme) &&
      matchesPath(url.path),
  };
}

/**
 * The patterns that a listed one means. Without a scheme, `a.com:443` also covers `https://a.com`,
 * because URLs are compared without the default port of their scheme.
 */
function patternsOf(value: string): UrlPattern[] {
  const parts = normalizeUrl(value);
  if (parts.scheme !== undefined) return [urlPattern(value, parts)];
  const withScheme = SCHEMES.map((scheme) =>
    normalizeUrl(`${scheme}://${withoutPrefix(value.trim())}`),
  );
  return [parts, ...withScheme.filter(({ authority }) => authority !== parts.authority)].map(
    (each) => urlPattern(value, each),
  );
}

/** What a pattern requires of a text: how it starts, and how it ends. */
function fixedEnds(pattern: string): [start: string, end: string] {
  const star = pattern.indexOf('*');
  if (star === -1) return [pattern, pattern];
  return [pattern.slice(0, star), pattern.slice(pattern.lastIndexOf('*') + 1)];
}

/** The parts of a URL that a pattern can determine: the first and last characters of authority and path. */
const ANCHORS: Array<(url: NormalizedUrl, length: number) => string> = [
  ({ authority }, length) => authority.slice(0, length),
  ({ authority }, length) => lastChars(authority, length),
  ({ path }, length) => path.slice(0, length),
  ({ path }, length) => lastChars(path, length),
];

function lastChars(text: string, length: number): string {
  return text.slice(Math.max(0, text.length - length));
}

/** Finds the pattern that a URL matches, without trying all patterns. */
export class UrlPatterns {
  /** For each anchor, the patterns by the text that they require there, and the lengths of these texts. */
  readonly #indexes = ANCHORS.map((anchorOf) => ({
    anchorOf,
    lengths: new Set<number>(),
    patterns: new Map<string, UrlPattern[]>(),
  }));

  /** Adds a pattern as it is listed. */
  add(value: string): void {
    for (const pattern of patternsOf(value)) this.#addPattern(pattern);
  }

  /** Adds a pattern to the index in which the fewest other patterns require the same text. */
  #addPattern(pattern: UrlPattern): void {
    const [best] = this.#indexes
      .map((index, at) => {
        const text = pattern.anchors[at] ?? '';
        return { index, text, others: index.patterns.get(text) ?? [] };
      })
      .sort((a, b) => a.others.length - b.others.length || b.text.length - a.text.length);
    if (!best) return;
    best.index.lengths.add(best.text.length);
    best.index.patterns.set(best.text, best.others);
    best.others.push(pattern);
  }

  /** A pattern that a URL matches, as it is listed; undefined if it matches none. */
  find(url: NormalizedUrl): string | undefined {
    for (const { anchorOf, lengths, patterns } of this.#indexes) {
      for (const length of lengths) {
        const candidates = patterns.get(anchorOf(url, length));
        const found = candidates?.find((pattern) => pattern.matches(url));
        if (found) return found.value;
      }
    }
    return undefined;
  }
}

/**
 * A test for texts in which each `*` of a pattern stands for any text. Each piece of
 * the pattern is matched at its first occurrence, without backtracking, so the time is linear. A regular
 * expression with a few stars would run for hours on a URL that was made for it.
 */
function glob(pattern: string): (text: string) => boolean {
  const [first = '', ...others] = pattern.split('*');
  const last = others.pop();
  if (last === undefined) return (text) => text === first;
  return (text) => {
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const piece of others) {
      const found = text.indexOf(piece, at);
      if (found === -1) return false;
      at = found + piece.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}
