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
  const lower = value.toLowerCase();
  const [head = '', scheme, authority = ''] =
    /^(?:([a-z*][a-z0-9+.*-]*):\/\/)?([^/?#]*)/.exec(lower) ?? [];
  const rest = lower.slice(head.length);
  // At the very end a star stands for whatever follows.
  const openEnd = rest === '' && head.endsWith('*');
  const source = `${regexSource(openEnd ? head.slice(0, -1) : head, '[^/?#]*')}${openEnd ? '.*' : regexSource(rest, '.*')}`;
  const regex = new RegExp(`^${scheme === undefined ? '[a-z]+:\\/\\/' : ''}${source}$`, 's');
  return {
    pattern: { value, matches: (url) => regex.test(url.toLowerCase()) },
    base: baseOf(authority),
  };
}

function regexSource(text: string, star: string): string {
  return text
    .split('*')
    .map((part) => part.replace(/[\\^$.+?()[\]{}|/]/g, '\\$&'))
    .join(star);
}

function baseOf(authority: string): string {
  const host = authority.replace(/^.*@/, '').replace(/:[\d*]*$/, '');
  if (isIP(host.replace(/^\[|\]$/g, ''))) return host.replace(/^\[|\]$/g, '');
  const behindStar = host.slice(host.lastIndexOf('*') + 1);
  if (!host.includes('*')) return host;
  // `*.example.com` has the base example.com; of `*example.com` one cannot say which domain it means.
  return behindStar.startsWith('.') ? behindStar.slice(1) : '';
}
