import { isIP } from 'node:net';
import { withoutBrackets } from '../indicator/ip.js';

/** Whether a URL's host is this machine. Only then may a key be sent over plain http. */
export function isLoopback(hostname: string): boolean {
  const host = withoutBrackets(hostname).toLowerCase();
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Parses the address of a service.
 * @returns the URL, without a trailing slash in its path; or `problem`, a message that never
 *   repeats the address, because it may contain a password
 */
export function serviceAddress(text: string): { url: URL } | { problem: string } {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    return { problem: 'must be a URL such as https://threatq.example.com' };
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return {
      problem: 'must begin with https:// (plain http is accepted only for loopback addresses)',
    };
  }
  if (url.username || url.password) return { problem: 'must not have a user name or a password' };
  if (url.search || url.hash) return { problem: 'must not have a query or a fragment' };
  url.pathname = url.pathname.replace(/\/+$/, '');
  return { url };
}

/**
 * The origin and path of a URL. Credentials, query and fragment are omitted, because they may be secret.
 */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}
