/** A URL with `*` in it, as the Exception List has them: `https://*.example.com/path/*`. */
import { isIP } from 'node:net';

export interface Pattern {
  /** As it stands in the list. */
  value: string;
  matches(url: string): boolean;
}

/**
 * Reads a pattern. `*` stands for any text; without a scheme, a pattern holds for all of them.
 * @returns the pattern and its base, by which it is found again: the whole domain behind the last
 * star of its host; empty where there is none, so that the pattern has to be tried on every URL
 */
export function urlPattern(value: string): { pattern: Pattern; base: string } {
  const lower = value.toLowerCase();
  const [, scheme, authority = ''] = /^(?:([a-z*][a-z0-9+.*-]*):\/\/)?([^/?#]*)/.exec(lower) ?? [];
  const source = lower
    .split('*')
    .map((text) => text.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'))
    .join('.*');
  const regex = new RegExp(`^${scheme === undefined ? '[a-z]+:\\/\\/' : ''}${source}$`, 's');
  return {
    pattern: { value, matches: (url) => regex.test(url.toLowerCase()) },
    base: baseOf(authority),
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
