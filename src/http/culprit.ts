/** Who gave an answer that is not the service's own: a proxy, a filter, or another host. Pure. */
import { type Answer, jsonOf } from './send.js';

/** The service that should have answered. */
export interface Expected {
  name: string;
  /** Host and port as they were configured. */
  host: string;
  /** What names this host, so that it can be corrected. */
  setting: string;
  /** Whether an answer's body is one that the service itself writes with an error. */
  isOwn: (json: unknown) => boolean;
}

/** Whether the service itself wrote an answer; a filter on the way answers HTML or something else. */
export function isOwnAnswer(answer: Answer, { isOwn }: Expected): boolean {
  return !answer.tunnelRefused && answer.status !== 407 && isOwn(jsonOf(answer));
}

/**
 * What to do about an answer of somebody else.
 * @returns whole sentences that name the proxy, if there is one; undefined if the service answered
 */
export function adviceOnForeignAnswer(answer: Answer, expected: Expected): string | undefined {
  const { status, tunnelRefused, proxy } = answer;
  const { name, host } = expected;
  const theProxy = proxy ? `The proxy ${proxy}` : 'A proxy';
  if (status === 407) {
    return `${theProxy} refused the request because it wants other credentials: check user name and password in HTTPS_PROXY.`;
  }
  if (tunnelRefused) {
    return `${theProxy} refused the connection to ${host}: have ${host} allowed there, or name it in NO_PROXY.`;
  }
  if (status >= 300 && status < 400) return adviceOnRedirect(answer, expected);
  // A 404 in HTML comes from a web server at a wrong address more often than from a filter.
  if (status === 404 || isOwnAnswer(answer, expected)) return undefined;
  const who = proxy
    ? `${theProxy} refused it, or a filter behind it`
    : 'A filter on the way did it';
  return `This answer is not ${name}'s own. ${who}: have ${host} allowed there.`;
}

function adviceOnRedirect(answer: Answer, { name, setting }: Expected): string {
  const location = answer.headers['location'] ?? '';
  const place = URL.canParse(location) ? new URL(location).host : 'another place';
  const login = answer.proxy
    ? ` If ${place} is not ${name}'s, the proxy ${answer.proxy} refused the request and wants a login there.`
    : '';
  return `It redirects to ${place}, and redirects are not followed: check ${setting}.${login}`;
}
