/** Finds out who wrote an answer that the service did not write: a proxy, a filter, another server. Pure. */
import { type Answer, jsonOf } from './transport.js';

/** The service that should have answered. */
export interface Expected {
  name: string;
  /** Host and port as they were configured. */
  host: string;
  /** The setting that holds this host. */
  setting: string;
  /** Whether an answer's body is one that the service itself writes with an error. */
  isOwn: (json: unknown) => boolean;
}

/** Whether the service itself wrote an answer; a filter on the way answers HTML or something else. */
export function isOwnAnswer(answer: Answer, { isOwn }: Expected): boolean {
  return !answer.tunnelRefused && answer.status !== 407 && isOwn(jsonOf(answer));
}

/**
 * What to do about an answer that the service did not write.
 * @returns whole sentences that name the proxy, if there is one; undefined if the service answered
 */
export function adviceOnForeignAnswer(answer: Answer, expected: Expected): string | undefined {
  const { status, tunnelRefused, proxy } = answer;
  const { name, host } = expected;
  const theProxy = proxy ? `The proxy ${proxy}` : 'A proxy';
  if (status === 407) {
    return `${theProxy} refused the login: check user name and password in its address (HTTPS_PROXY or ALL_PROXY).`;
  }
  if (tunnelRefused) {
    return `${theProxy} refused the connection to ${host}: ask its administrator to allow ${host}, or name ${host} in NO_PROXY if it can be reached directly.`;
  }
  if (status >= 300 && status < 400) return adviceOnRedirect(answer, expected);
  // A 404 in HTML comes from a web server at a wrong address more often than from a filter.
  if (status === 404 || isOwnAnswer(answer, expected)) return undefined;
  const who = proxy
    ? `${theProxy} refused the request, or a filter behind it did`
    : `A filter or firewall between here and ${name} probably wrote it`;
  return `This answer is not ${name}'s own. ${who}: ask its administrator to allow ${host}.`;
}

function adviceOnRedirect(answer: Answer, { name, setting }: Expected): string {
  const location = answer.headers['location'] ?? '';
  const place = URL.canParse(location) ? new URL(location).host : 'another place';
  const login = answer.proxy
    ? ` If ${place} does not belong to ${name}, the proxy ${answer.proxy} refused the request and this is its login page.`
    : '';
  return `It redirects to ${place}, and redirects are not followed: check ${setting}.${login}`;
}
