import type { Answer } from './send.js';

/**
 * What an answer says that is not the service's own: the proxy's, or one that leads to another place.
 * @param check what names the service's address, for whoever has to put it right
 * @returns a sentence with what to do; undefined where the service itself has answered
 */
export function detour({ status, headers }: Answer, check: string): string | undefined {
  if (status === 407) return 'The proxy wants other credentials: check HTTPS_PROXY.';
  if (status < 300 || status >= 400) return undefined;
  const location = headers['location'] ?? '';
  const host = URL.canParse(location) ? new URL(location).host : 'another place';
  return `It redirects to ${host}, and redirects are not followed: check ${check}.`;
}
