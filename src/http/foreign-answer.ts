/**
 * Recognizes answers that the service itself did not write: a proxy, a filter or another server
 * did.
 */
import { parseUrl } from '../text/parse-url.js';
import { type Answer, parseJsonBody } from './transport.js';

/** The service that a request was meant for. */
export interface ExpectedService {
  name: string;
  /** The configured host and port. */
  host: string;
  /** The setting that contains this host. */
  setting: string;
  /** Whether a body, parsed as JSON, has the form that the service uses for errors. */
  isOwn: (json: unknown) => boolean;
}

/** Whether the service itself wrote an answer. Filters answer with HTML or another format. */
export function isOwnAnswer(answer: Answer, { isOwn }: ExpectedService): boolean {
  return !answer.tunnelRefused && answer.status !== 407 && isOwn(parseJsonBody(answer));
}

/**
 * Advice on an answer that the service did not write.
 * @returns whole sentences that name the proxy, if there is one; undefined if the service itself
 *   answered, or if no other author is likely
 */
export function adviceOnForeignAnswer(
  answer: Answer,
  expected: ExpectedService,
): string | undefined {
  const { status, tunnelRefused, proxy } = answer;
  const { name, host, setting } = expected;
  const theProxy = proxy ? `The proxy ${proxy}` : 'A proxy';
  if (status === 407) {
    return adviceOnProxyLogin(theProxy, answer);
  }
  if (tunnelRefused) {
    // A proxy that cannot reach the host answers with a 5xx.
    if (status >= 500) {
      return `${theProxy} did not connect to ${host}: check ${setting}, and ask the administrator of the proxy whether it can reach ${host}.`;
    }
    return `${theProxy} refused the connection to ${host}: ask its administrator to allow ${host}, or add ${host} to NO_PROXY if it can be reached directly.`;
  }
  if (status >= 300 && status < 400) return adviceOnRedirect(answer, expected);
  // A web server at a wrong address is a more likely author of a 404 in HTML than a filter.
  if (status === 404 || isOwnAnswer(answer, expected)) return undefined;
  const author = proxy
    ? `the proxy ${proxy} or a filter behind it`
    : `a filter or firewall between this machine and ${name}`;
  return `This answer is probably not ${name}'s own: ${author} may have refused the request, or ${setting} may be the address of another server. Check ${setting}, and ask the administrator of the filter to allow ${host}.`;
}

function adviceOnProxyLogin(theProxy: string, { headers }: Answer): string {
  const schemes = headers['proxy-authenticate'];
  if (schemes !== undefined && !/\bbasic\b/i.test(schemes)) {
    return `${theProxy} requires a login, and not with Basic authentication, which is the only kind that this action supports: ask its administrator for access with Basic authentication, or without a login.`;
  }
  return `${theProxy} refused the credentials, or got none: give its user name and password in its address (HTTPS_PROXY or ALL_PROXY), as in http://user:password@proxy.example.com:3128, with special characters percent-encoded.`;
}

function adviceOnRedirect(answer: Answer, { name, setting }: ExpectedService): string {
  const location = answer.headers['location'] ?? '';
  const otherwise = /^\/(?!\/)/.test(location)
    ? 'another page of the same server'
    : 'another address';
  const target = parseUrl(location)?.host ?? otherwise;
  const login = answer.proxy
    ? ` If ${target} does not belong to ${name}, the proxy ${answer.proxy} refused the request and this is its login page.`
    : '';
  return `It redirects to ${target}, and redirects are not followed: check ${setting}.${login}`;
}
