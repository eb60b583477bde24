/** What Vision One takes, from Trend's public description of the v3.0 threat-intelligence API. */
import { isIPv6, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';

/** The keys that name an object's type; a payload has exactly one of them. */
export const OBJECT_KEYS = [
  'domain',
  'ip',
  'url',
  'senderMailAddress',
  'fileSha1',
  'fileSha256',
] as const;

export type ObjectKey = (typeof OBJECT_KEYS)[number];

/** The longest value of each type, in characters. */
export const LONGEST_VALUE: Record<ObjectKey, number> = {
  domain: 253,
  ip: 39,
  url: 2048,
  senderMailAddress: 320,
  fileSha1: 40,
  fileSha256: 64,
};

/** The longest description, in characters. */
export const LONGEST_DESCRIPTION = 1000;

/** An object of either list: the value under its type's key, and what goes beside it. */
export type VisionOneObject = Partial<Record<ObjectKey, string>> & {
  description?: string;
  scanAction?: 'block' | 'log';
  riskLevel?: 'high' | 'medium' | 'low';
  /** Whole days, or −1 for never. */
  daysToExpiration?: number;
};

/** The type's key that an object has. */
export function keyOf(object: VisionOneObject): ObjectKey {
  const key = OBJECT_KEYS.find((name) => object[name] !== undefined);
  if (!key) throw new Error('an object without a type key');
  return key;
}

/**
 * What makes values of a type the same on a list: live lists hold hashes in capitals, and whatever
 * spelling an analyst chose. URLs that differ by more than case and the script of their host are told
 * apart, since nobody says whether Vision One takes `http://a.com` and `http://a.com/` for one.
 */
export function listIdentity(key: ObjectKey, value: string): string {
  const lower = value.trim().toLowerCase();
  // A zone would be dropped, and two addresses be one.
  if (key === 'ip' && isIPv6(lower) && !lower.includes('%')) {
    return new SocketAddress({ address: lower, family: 'ipv6' }).address;
  }
  if (key === 'domain') return asciiHost(lower).replace(/\.$/, '');
  if (key === 'senderMailAddress') {
    const at = lower.lastIndexOf('@') + 1;
    return `${lower.slice(0, at)}${listIdentity('domain', lower.slice(at))}`;
  }
  if (key !== 'url' || ASCII.test(lower)) return lower;
  return lower.replace(/^(?:[a-z][a-z0-9+.-]*:\/\/)?[^/?#]*/, (head) => {
    const at = /^(?:[^@]*:\/\/)?(?:.*@)?/s.exec(head)?.[0].length ?? 0;
    const [, host = '', port = ''] = /^(.*?)(:\d*)?$/s.exec(head.slice(at)) ?? [];
    return `${head.slice(0, at)}${asciiHost(host)}${port}`;
  });
}

const LONGEST_HOST = 1_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what is no ASCII is looked for
const ASCII = /^[\x00-\x7f]*$/;

/** A host in A-labels, where it has any; a wildcard before it stays. */
export function asciiHost(host: string): string {
  // What is longer is no host, and would cost more than its length to convert.
  if (ASCII.test(host) || host.length > LONGEST_HOST) return host;
  const wildcard = /^\*?\.?/.exec(host)?.[0] ?? '';
  return `${wildcard}${domainToASCII(host.slice(wildcard.length)) || host.slice(wildcard.length)}`;
}
