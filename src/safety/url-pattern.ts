/** A URL with `*` in it, as the Exception List has them: `https://*.example.com/path/*`. */
import { asciiHost } from '../indicator/identity.js';

interface Pattern {
  /** As it stands in the list. */
  value: string;
  /** What it fixes: the start and the end of the authority, then of the path. */
  ends: string[];
  matches(url: UrlParts): boolean;
}

/** A URL, or a pattern of one, in lower case. Taken apart once, it is tried on any number of patterns. */
export interface UrlParts {
  /** Before `://`; undefined where there is none. */
  scheme: string | undefined;
  /** Up to the path, its host in A-labels, without the port that its scheme has anyhow. */
  authority: string;
  /** Path, query and fragment as they are written. */
  rest: string;
  /** The same, an empty path as the `/` that it means. */
  path: string;
}

/**
 * Reads a pattern. `*` stands for any text, but in a host it ends where the host does: else
 * `*.example.com` would mean `evil.com/.example.com` too. Without a scheme, a pattern holds for all.
 */
export function urlPattern(value: string): Pattern {
  const { scheme, authority, rest, path } = urlParts(value);
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
  { textOf: ({ authority }: UrlParts) => authority, cut: startOf },
  { textOf: ({ authority }: UrlParts) => authority, cut: endOf },
  { textOf: ({ path }: UrlParts) => path, cut: startOf },
  { textOf: ({ path }: UrlParts) => path, cut: endOf },
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
  find(url: UrlParts): string | undefined {
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

/** The ports that a URL names for nothing. */
const DEFAULT_PORTS: Record<string, string> = { http: ':80', https: ':443', ftp: ':21' };

/** Takes a URL, or a pattern of one, apart. */
export function urlParts(url: string): UrlParts {
  const lower = url.trim().toLowerCase();
  const [head = '', scheme, authority = ''] =
    /^(?:([a-z*][a-z0-9+.*-]*):\/\/)?([^/?#]*)/.exec(lower) ?? [];
  const port = DEFAULT_PORTS[scheme ?? ''];
  const bare = port && authority.endsWith(port) ? authority.slice(0, -port.length) : authority;
  const rest = lower.slice(head.length);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return { scheme, authority: asciiHost(bare), rest, path };
}

/** A URL as exceptions are compared: spelled in one way. */
export function comparableUrl({ scheme, authority, path }: UrlParts): string {
  return `${scheme ?? ''}://${authority}${path}`;
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
