/** A URL with `*` in it, as the Exception List has them: `https://*.example.com/path/*`. */
import { isIP } from 'node:net';
import { asciiHost } from '../vision-one/objects.js';

export interface Pattern {
  /** As it stands in the list. */
  value: string;
  matches(url: string): boolean;
}

/**
 * Reads a pattern. `*` stands for any text, but in a host it ends where the host does: else
 * `*.example.com` would mean `evil.com/.example.com` too. Without a scheme, a pattern holds for all.
 * @returns the pattern and its base, by which it is found again: the whole domain behind the last
 * star of its host; empty where there is none, so that the pattern has to be tried on every URL
 */
export function urlPattern(value: string): { pattern: Pattern; base: string } {
  const { scheme, authority, rest } = partsOf(value);
  // At the very end a star stands for whatever follows.
  const openEnd = rest === '' && authority.endsWith('*');
  const tests = {
    scheme: glob(scheme ?? '*'),
    authority: glob(authority),
    rest: glob(openEnd ? '*' : withPath(rest)),
  };
  return {
    pattern: {
      value,
      matches(url) {
        const parts = partsOf(url);
        return (
          parts.scheme !== undefined &&
          tests.scheme(parts.scheme) &&
          tests.authority(parts.authority) &&
          tests.rest(withPath(parts.rest))
        );
      },
    },
    base: baseOf(authority),
  };
}

/** The ports that a URL names for nothing. */
const DEFAULT_PORTS: Record<string, string> = { http: ':80', https: ':443', ftp: ':21' };

/**
 * A URL, or a pattern of one, in lower case: what is before `://`, up to the path, and behind that;
 * its host in A-labels, without the port that its scheme has anyhow.
 */
function partsOf(url: string) {
  const lower = url.trim().toLowerCase();
  const [head = '', scheme, authority = ''] =
    /^(?:([a-z*][a-z0-9+.*-]*):\/\/)?([^/?#]*)/.exec(lower) ?? [];
  const port = DEFAULT_PORTS[scheme ?? ''];
  const bare = port && authority.endsWith(port) ? authority.slice(0, -port.length) : authority;
  return { scheme, authority: asciiHost(bare), rest: lower.slice(head.length) };
}

/** A URL as exceptions are compared: spelled in one way, an empty path as the `/` that it means. */
export function comparableUrl(url: string): string {
  const { scheme, authority, rest } = partsOf(url);
  return `${scheme ?? ''}://${authority}${withPath(rest)}`;
}

function withPath(rest: string): string {
  return rest.startsWith('/') ? rest : `/${rest}`;
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

function baseOf(authority: string): string {
  const host = authority.replace(/^.*@/, '').replace(/:[\d*]*$/, '');
  if (isIP(host.replace(/^\[|\]$/g, ''))) return host.replace(/^\[|\]$/g, '');
  const behindStar = host.slice(host.lastIndexOf('*') + 1);
  if (!host.includes('*')) return host;
  // `*.example.com` has the base example.com; of `*example.com` one cannot say which domain it means.
  return behindStar.startsWith('.') ? behindStar.slice(1) : '';
}
