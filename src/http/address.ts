import { isIP } from 'node:net';
import { withoutBrackets } from '../indicator/ip.js';
import { isInQuotes } from '../text/quotes.js';

/** Whether a URL's host is this machine. Only then may a key be sent over plain http. */
export function isLoopback(hostname: string): boolean {
  const host = withoutBrackets(hostname).toLowerCase();
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/** An address, or why a text is none, as a predicate. */
export type ServiceAddress = { url: URL } | { problem: string };

/**
 * Parses the address of a service.
 * @param example an address for messages
 * @returns the URL, without a trailing slash in its path; or `problem`, a message that never
 *   repeats the address, because it may contain a password
 */
export function serviceAddress(
  text: string,
  example = 'https://threatq.example.com',
): ServiceAddress {
  const given = text.trim();
  if (isInQuotes(given)) return { problem: 'must not be in quotes' };
  let url: URL;
  try {
    url = new URL(given);
  } catch {
    return { problem: isWithoutScheme(given) ? NO_HTTPS : `must be a URL such as ${example}` };
  }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    return { problem: NO_HTTPS };
  }
  if (url.username || url.password) return { problem: 'must not have a user name or a password' };
  if (url.search || url.hash) return { problem: 'must not have a query or a fragment' };
  url.pathname = url.pathname.replace(/\/+$/, '');
  return { url };
}

const NO_HTTPS = 'must begin with https:// (plain http is accepted only for loopback addresses)';

/** Whether a text is probably a host name without its scheme. */
function isWithoutScheme(text: string): boolean {
  return /^[\w-]+(?:\.[\w-]+)+(?:\/.*)?$/.test(text);
}

/**
 * The origin and path of a URL. Credentials, query and fragment are omitted, because they may be secret.
 */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}
