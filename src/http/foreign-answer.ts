/**
 * Recognizes answers that the service itself did not write: a proxy, a filter or another server
 * did.
 */
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
  const { name, host } = expected;
  const theProxy = proxy ? `The proxy ${proxy}` : 'A proxy';
  if (status === 407) {
    return `${theProxy} refused the credentials: check the user name and the password in its address (HTTPS_PROXY or ALL_PROXY).`;
  }
  if (tunnelRefused) {
    return `${theProxy} refused the connection to ${host}: ask its administrator to allow ${host}, or add ${host} to NO_PROXY if it can be reached directly.`;
  }
  if (status >= 300 && status < 400) return adviceOnRedirect(answer, expected);
  // A web server at a wrong address is a more likely author of a 404 in HTML than a filter.
  if (status === 404 || isOwnAnswer(answer, expected)) return undefined;
  const author = proxy
    ? `${theProxy} refused the request, or a filter behind it did`
    : `A filter or firewall between this machine and ${name} probably wrote it`;
  return `This answer is not ${name}'s own. ${author}: ask its administrator to allow ${host}.`;
}

function adviceOnRedirect(answer: Answer, { name, setting }: ExpectedService): string {
  const location = answer.headers['location'] ?? '';
  const target = URL.canParse(location) ? new URL(location).host : 'another address';
  const login = answer.proxy
    ? ` If ${target} does not belong to ${name}, the proxy ${answer.proxy} refused the request and this is its login page.`
    : '';
  return `It redirects to ${target}, and redirects are not followed: check ${setting}.${login}`;
}
