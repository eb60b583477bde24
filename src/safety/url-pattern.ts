/** A URL with `*` in it, as the Exception List has them: `https://*.example.com/path/*`. */
import { isIP } from 'node:net';

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
    rest: glob(openEnd ? '*' : rest),
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
          tests.rest(parts.rest)
        );
      },
    },
    base: baseOf(authority),
  };
}

/** A URL, or a pattern of one, in lower case: what is before `://`, up to the path, and behind that. */
function partsOf(url: string) {
  const lower = url.toLowerCase();
  const [head = '', scheme, authority = ''] =
    /^(?:([a-z*][a-z0-9+.*-]*):\/\/)?([^/?#]*)/.exec(lower) ?? [];
  return { scheme, authority, rest: lower.slice(head.length) };
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
