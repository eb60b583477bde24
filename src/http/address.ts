import { isIP } from 'node:net';

/** Whether a URL's host is this machine: the one place where plain http may carry a key. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * Reads the address of a service.
 * @returns the URL, without a trailing slash in its path, or `problem`: what is wrong, in words that
 * never repeat the address, since it might hold a password.
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
      problem: 'must begin with https:// (plain http is accepted for loopback addresses alone)',
    };
  }
  if (url.username || url.password) return { problem: 'must not hold a user name or a password' };
  if (url.search || url.hash) return { problem: 'must not have a query or a fragment' };
  url.pathname = url.pathname.replace(/\/+$/, '');
  return { url };
}

/** The service's address and a path under it, as text that is safe to show. */
export function addressText(url: URL): string {
  return `${url.origin}${url.pathname === '/' ? '' : url.pathname}`;
}
