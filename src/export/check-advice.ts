/** What to do about a service that is not available to `--check`. */
import type { ExpectedService } from '../http/foreign-answer.js';
import type { RunError } from '../result/run-error.js';

/** Error codes of a service that did not answer a request with success. */
const UNAVAILABLE = ['threatq_unavailable', 'service_unavailable', 'time_limit'];

/**
 * Advice on an error that has none of its own.
 * @param hasAnswered whether the service answered a request before
 * @returns undefined if the error does not mean that the service is unavailable
 */
export function adviceOnUnavailable(
  { code, status = 0 }: RunError,
  { name, setting }: ExpectedService,
  hasAnswered: boolean,
): string | undefined {
  if (code === 'rate_limited' || status === 429) {
    return 'The service limits the requests of this client: run --check again later, and find out which other clients use the same credentials.';
  }
  if (code === 'threatq_unreadable' || code === 'no_answer') {
    return `Another server, a filter or a login page may have answered instead of ${name}: check ${setting}, and the proxy if there is one.`;
  }
  if (!UNAVAILABLE.includes(code)) return undefined;
  if (hasAnswered) {
    return 'The service answered the request before this one: run --check again, and look at the load of the service and at the proxy.';
  }
  if (status >= 500) {
    return `A server answered with an error: ${name} may be starting, overloaded or in maintenance, or a gateway may not reach it. Run --check again later.`;
  }
  return `Check ${setting} with its scheme and port, and that this machine can reach it: DNS, a firewall and a proxy (HTTPS_PROXY, NO_PROXY) can prevent it.`;
}
