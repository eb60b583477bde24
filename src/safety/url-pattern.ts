/** A URL with `*` in it, as the Exception List has them: `https://*.example.com/path/*`. */
import { type NormalizedUrl, normalizeUrl } from '../indicator/url.js';

interface Pattern {
  /** As it stands in the list. */
  value: string;
  /** What it fixes: the start and the end of the authority, then of the path. */
  ends: string[];
  matches(url: NormalizedUrl): boolean;
}

/**
 * Reads a pattern. `*` stands for any text, but in a host it ends where the host does: else
 * `*.example.com` would mean `evil.com/.example.com` too. Without a scheme, a pattern holds for all.
 */
export function urlPattern(value: string): Pattern {
  const { scheme, authority, rest, path } = normalizeUrl(value);
  // At the very end a star stands for whatever follows.
  const pathPattern = rest === '' && authority.endsWith('*') ? '*' : path;
  const tests = {
    scheme: glob(scheme ?? '*'),
    authority: glob(authority),
    path: glob(pathPattern),
  };
  return {
    value,
    ends: [...endsOf(authority), ...endsOf(pathPattern)],
    matches: (url) =>
      tests.authority(url.authority) &&
      url.scheme !== undefined &&
      tests.scheme(url.scheme) &&
      tests.path(url.path),
  };
}

/** What a pattern fixes of a text: how it begins, and how it ends. */
function endsOf(pattern: string): [start: string, end: string] {
  const star = pattern.indexOf('*');
  if (star === -1) return [pattern, pattern];
  return [pattern.slice(0, star), pattern.slice(pattern.lastIndexOf('*') + 1)];
}

/** Where a pattern may fix a text, in the order of its `ends`. */
const PLACES = [
  { textOf: ({ authority }: NormalizedUrl) => authority, cut: startOf },
  { textOf: ({ authority }: NormalizedUrl) => authority, cut: endOf },
  { textOf: ({ path }: NormalizedUrl) => path, cut: startOf },
  { textOf: ({ path }: NormalizedUrl) => path, cut: endOf },
];

function startOf(text: string, length: number): string {
  return text.slice(0, length);
}

function endOf(text: string, length: number): string {
  return text.slice(Math.max(0, text.length - length));
}

/** Finds the pattern that a URL matches, without trying all of them. */
export class UrlPatterns {
  /** A place's patterns by the text that they fix there, and the lengths of these texts. */
  #places = PLACES.map((place) => ({
    ...place,
    lengths: new Set<number>(),
    patterns: new Map<string, Pattern[]>(),
  }));

  /** Keeps a pattern in the place where fewest others fix the same text. */
  add(value: string): void {
    const pattern = urlPattern(value);
    const [best] = this.#places
      .map((place, index) => {
        const text = pattern.ends[index] ?? '';
        return { place, text, others: place.patterns.get(text) ?? [] };
      })
      .sort((a, b) => a.others.length - b.others.length || b.text.length - a.text.length);
    if (!best) return;
    best.place.lengths.add(best.text.length);
    best.place.patterns.set(best.text, best.others);
    best.others.push(pattern);
  }

  /** A pattern that matches, as it stands in the list. */
  find(url: NormalizedUrl): string | undefined {
    for (const { textOf, cut, lengths, patterns } of this.#places) {
      for (const length of lengths) {
        const candidates = patterns.get(cut(textOf(url), length));
        const found = candidates?.find(({ matches }) => matches(url));
        if (found) return found.value;
      }
    }
    return undefined;
  }
}

/**
 * A test for texts in which each `*` of a pattern stands for any text. Each piece is taken where it
 * comes first, which is all that has to be tried: as a regular expression, a few stars and a URL
 * made for it would hold up a run for hours.
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
