/** What makes two values of a type the same object. */
import { isIPv6, SocketAddress } from 'node:net';
import { domainToASCII } from 'node:url';
import type { ObjectKey } from './indicator.js';

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
