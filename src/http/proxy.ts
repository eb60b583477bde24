/** Selects the proxy of a request by the environment, and connects through it. */
import http, { type RequestOptions } from 'node:http';
import https, { type AgentOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import ipaddr from 'ipaddr.js';
import { withoutBrackets } from '../indicator/ip.js';
import { percentDecode } from '../text/percent-decode.js';
import { isLoopback } from './address.js';
import {
  CONNECT_TIMEOUT_MS,
  ConnectTimeout,
  limitConnecting,
  markBeforeConnected,
} from './connect-timeout.js';

/**
 * The proxy for a URL: HTTPS_PROXY, otherwise ALL_PROXY, in upper or lower case as in curl.
 * HTTP_PROXY is not read: it applies to plain http, which is accepted only for loopback. A request
 * to loopback never uses a proxy, because the proxy would get the API key in clear text.
 * @returns undefined if the request is sent directly, for example because of NO_PROXY
 * @throws {TypeError} if the proxy's address is not an http or https URL
 */
export function proxyFor(url: URL, environment: NodeJS.ProcessEnv): URL | undefined {
  const address = variable(environment, 'https_proxy') || variable(environment, 'all_proxy');
  if (!address || isLoopback(url.hostname)) return undefined;
  if (isExempt(url, variable(environment, 'no_proxy'))) return undefined;
  // Like curl and Python, treat an address without a scheme as an http URL.
  const proxy = new URL(address.includes('://') ? address : `http://${address}`);
  if (!/^https?:$/.test(proxy.protocol)) throw new TypeError('the proxy is not an HTTP proxy');
  return proxy;
}

/** The proxy as `host:port`, without its credentials. */
export function proxyAddress(proxy: URL): string {
  return `${proxy.hostname}:${portOf(proxy)}`;
}

/** The name of the variable that `proxyFor` reads, as it is set; undefined if none is set. */
export function proxyVariable(environment: NodeJS.ProcessEnv): string | undefined {
  return ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].find((name) =>
    environment[name]?.trim(),
  );
}

function variable(environment: NodeJS.ProcessEnv, name: string): string {
  return (environment[name] || environment[name.toUpperCase()] || '').trim();
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/**
 * Whether NO_PROXY exempts a URL. Its entries are separated by commas or white space, and each may
 * have a port: `*`, an address, a network, or a name. A name also covers its subdomains, with or
 * without a leading dot or `*.`.
 */
function isExempt(url: URL, noProxy: string): boolean {
  const host = withoutBrackets(url.hostname).replace(/\.$/, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (name === '' || (port !== undefined && Number(port) !== portOf(url))) return false;
      return name === '*' || covers(withoutBrackets(name), host);
    });
}

function covers(entry: string, host: string): boolean {
  if (isIP(host) > 0) return coversAddress(entry, host);
  const name = entry.replace(/^\*?\./, '').replace(/\.$/, '');
  return host === name || host.endsWith(`.${name}`);
}

/** Whether an entry that is an address, or a network such as `10.0.0.0/8`, covers an address. */
function coversAddress(entry: string, host: string): boolean {
  const [address = '', length] = entry.split('/');
  if (isIP(address) === 0 || isIP(address) !== isIP(host)) return false;
  const [network, target] = [ipaddr.parse(address), ipaddr.parse(host)];
  const maxLength = network.kind() === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? maxLength : Number(length);
  return /^\d+$/.test(length ?? '0') && prefix <= maxLength && target.match(network, prefix);
}

/** The proxy answered CONNECT without opening a tunnel. The service never received the request. */
export class TunnelRefused extends Error {
  override name = 'TunnelRefused';

  constructor(
    readonly status: number,
    readonly headers: Record<string, string>,
  ) {
    super(`the proxy answered CONNECT with HTTP ${status}`);
  }
}

type Connected = (error: Error | null, socket?: Duplex) => void;

/**
 * An agent that connects through a proxy with CONNECT. It replaces axios' default,
 * https-proxy-agent 5, which presents a refusal by the proxy as an answer of the service, and waits
 * forever if the proxy closes the connection without an answer.
 */
export class TunnelAgent extends https.Agent {
  /** CONNECT requests that the proxy has not answered yet. */
  readonly #pending = new Set<http.ClientRequest>();

  constructor(
    private readonly proxy: URL,
    private readonly settings: AgentOptions,
    private readonly connectTimeoutMs = CONNECT_TIMEOUT_MS,
  ) {
    super(settings);
  }

  /** Called by Node with the target. Passes the TLS connection to the target to `connected`. */
  override createConnection(target: RequestOptions, connected: Connected): undefined {
    const { host, port } = target;
    const authority = `${isIP(host ?? '') === 6 ? `[${host}]` : host}:${port}`;
    const startedAt = performance.now();
    const connect = this.#request(authority);
    this.#pending.add(connect);
    const finish = (error: Error | null, socket?: Duplex) => {
      if (!this.#pending.delete(connect)) return;
      clearTimeout(timer);
      if (error) connect.destroy();
      connected(error && markBeforeConnected(error), socket);
    };
    const timer = setTimeout(() => finish(new ConnectTimeout()), this.connectTimeoutMs);
    connect.once('connect', ({ statusCode = 0, headers }, socket: Socket) => {
      if (statusCode >= 200 && statusCode < 300) {
        const tls = connectTls({ ...(target as TlsOptions), socket });
        const left = this.connectTimeoutMs - (performance.now() - startedAt);
        finish(null, limitConnecting(tls, Math.max(0, left)));
      } else {
        socket.destroy();
        finish(new TunnelRefused(statusCode, plainHeaders(headers)));
      }
    });
    connect.once('error', finish);
    connect.once('close', () => finish(new Error('the proxy closed the connection')));
    connect.end();
  }

  /** Closes all connections, including those that still wait for the proxy's answer. */
  override destroy(): void {
    for (const connect of this.#pending) connect.destroy();
    super.destroy();
  }

  #request(authority: string) {
    const { proxy } = this;
    const credentials = `${percentDecode(proxy.username)}:${percentDecode(proxy.password)}`;
    const options = {
      ...this.settings,
      agent: false as const,
      method: 'CONNECT',
      host: withoutBrackets(proxy.hostname),
      port: portOf(proxy),
      path: authority,
      headers: {
        host: authority,
        ...(proxy.username && {
          'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}`,
        }),
      },
    };
    return proxy.protocol === 'https:' ? https.request(options) : http.request(options);
  }
}

/** The headers' values as text, by their names in lower case. */
export function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}
