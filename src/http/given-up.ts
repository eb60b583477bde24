/** What an administrator can do about a service that was given up, by its last answer or error. */
import type { GivenUp } from './api-client.js';
import { adviceOnForeignAnswer, type ExpectedService } from './foreign-answer.js';
import type { TransportError } from './transport-error.js';

/** @returns the HTTP status of the service's last answer, and advice if the reason is known */
export function detailsOf(
  { advice, last }: Pick<GivenUp, 'advice' | 'last'>,
  expected: ExpectedService,
): { status?: number; advice?: string | undefined } {
  if (advice !== undefined || !last) return { advice };
  if (last.kind === 'broken') return { advice: adviceOnError(last, expected) };
  return last.tunnelRefused
    ? { advice: adviceOnForeignAnswer(last, expected) }
    : { status: last.status };
}

/** Whole sentences; undefined for an error without a known cause, such as a connection that was reset. */
function adviceOnError(
  { code = '', proxy }: TransportError,
  expected: ExpectedService,
): string | undefined {
  const kind = KINDS.find(([codes]) => codes.test(code));
  if (!kind) return undefined;
  const [, direct, throughProxy] = kind;
  return proxy ? throughProxy(proxy, expected) : direct(expected);
}

type Advice = (expected: ExpectedService) => string;
type ProxyAdvice = (proxy: string, expected: ExpectedService) => string;

const NEEDS_PROXY =
  'If this network requires a proxy, set HTTPS_PROXY and leave Disable Proxies off.';

const checkNetwork: Advice = ({ setting }) =>
  `Check ${setting}, and the network and the firewalls between this machine and that address. ${NEEDS_PROXY}`;

/** The proxy is the host to which no connection was made. */
const checkProxy: ProxyAdvice = (proxy, { host }) =>
  `There is no connection to the proxy ${proxy}: check its address (HTTPS_PROXY or ALL_PROXY). If ${host} can be reached without a proxy, add ${host} to NO_PROXY.`;

const checkTlsOfProxy: ProxyAdvice = (proxy, { setting }) =>
  `If the proxy ${proxy} does not use TLS itself, its address must begin with http://: check HTTPS_PROXY or ALL_PROXY. If the address is right, check the port of ${setting}.`;

/** It is not known which of the two did not answer. */
const checkBoth: ProxyAdvice = (proxy, { name, setting }) =>
  `The proxy ${proxy} did not answer in time, or did not reach ${name}: check HTTPS_PROXY or ALL_PROXY, and ${setting}.`;

/** Error codes, and the advice on them without and with a proxy. */
const KINDS: ReadonlyArray<[codes: RegExp, direct: Advice, throughProxy: ProxyAdvice]> = [
  [
    /^(ENOTFOUND|EAI_AGAIN)$/,
    ({ setting }) => `Check ${setting}, and the name servers of this machine. ${NEEDS_PROXY}`,
    checkProxy,
  ],
  [
    /^ECONNREFUSED$/,
    ({ setting }) =>
      `Check ${setting} with its port: the service may not run there, or a firewall may refuse the connection. ${NEEDS_PROXY}`,
    checkProxy,
  ],
  [/^(EHOSTUNREACH|ENETUNREACH)$/, checkNetwork, checkProxy],
  [/^(ETIMEDOUT|CONNECT_TIMEOUT)$/, checkNetwork, checkBoth],
  [
    /^(EPROTO$|ERR_SSL_)/,
    ({ setting }) =>
      `Check ${setting} with its port: a server without TLS, or with old versions of TLS only, may listen there.`,
    checkTlsOfProxy,
  ],
  [
    /^HPE_/,
    ({ name, setting }) =>
      `Check ${setting} with its port: a program other than ${name} may answer there.`,
    (proxy, { setting }) =>
      `The proxy ${proxy}, or the server behind it, does not speak HTTP: check HTTPS_PROXY or ALL_PROXY, and ${setting}.`,
  ],
];
