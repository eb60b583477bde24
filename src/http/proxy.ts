/** Chooses the proxy of a request from the environment, and connects through it. */
import http, { type RequestOptions } from 'node:http';
import https, { type AgentOptions } from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, type ConnectionOptions as TlsOptions } from 'node:tls';
import ipaddr from 'ipaddr.js';
import { isLoopback } from './address.js';
import {
  CONNECT_TIMEOUT_MS,
  ConnectTimeout,
  limitConnecting,
  markBeforeConnected,
} from './connect-timeout.js';

type Environment = Record<string, string | undefined>;

/**
 * The proxy for a URL: HTTPS_PROXY, otherwise ALL_PROXY; in upper or lower case, as in curl.
 * HTTP_PROXY is for plain http, which is accepted for loopback alone, and loopback never goes through
 * a proxy: the proxy would get the API key in clear text.
 * @returns undefined if the request goes directly, also because of NO_PROXY
 * @throws {TypeError} if the proxy's address is no http or https URL
 */
export function proxyFor(url: URL, environment: Environment): URL | undefined {
  const address = variable(environment, 'https_proxy') || variable(environment, 'all_proxy');
  if (!address || isLoopback(url.hostname)) return undefined;
  if (isExempt(url, variable(environment, 'no_proxy'))) return undefined;
  // curl and Python take an address without a scheme for a proxy that speaks plain http.
  const proxy = new URL(address.includes('://') ? address : `http://${address}`);
  if (!/^https?:$/.test(proxy.protocol)) throw new TypeError('the proxy speaks no HTTP');
  return proxy;
}

/** The proxy as `host:port`, without its credentials. */
export function proxyAddress(proxy: URL): string {
  return `${proxy.hostname}:${portOf(proxy)}`;
}

/** The name of the variable that `proxyFor` reads; undefined if there is none. */
export function proxyVariable(environment: Environment): string | undefined {
  return ['https_proxy', 'all_proxy'].find((name) => variable(environment, name))?.toUpperCase();
}

function variable(environment: Environment, name: string): string {
  return (environment[name] || environment[name.toUpperCase()] || '').trim();
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === 'https:' ? 443 : 80));
}

/**
 * NO_PROXY: `*`, names, which cover their subdomains with or without a leading dot or `*.`, addresses
 * and networks; each with a port or without. Separated by commas or white space.
 */
function isExempt(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = entry, port] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
      if (name === '' || (port !== undefined && Number(port) !== portOf(url))) return false;
      return name === '*' || covers(name.replace(/^\[|\]$/g, ''), host);
    });
}

function covers(entry: string, host: string): boolean {
  if (isIP(host) > 0) return coversAddress(entry, host);
  const name = entry.replace(/^\*?\./, '').replace(/\.$/, '');
  return host === name || host.endsWith(`.${name}`);
}

/** An address or a network, as `10.0.0.0/8`, against an address. */
function coversAddress(entry: string, host: string): boolean {
  const [address = '', length] = entry.split('/');
  if (isIP(address) === 0 || isIP(address) !== isIP(host)) return false;
  const [network, target] = [ipaddr.parse(address), ipaddr.parse(host)];
  const most = network.kind() === 'ipv4' ? 32 : 128;
  const prefix = length === undefined ? most : Number(length);
  return /^\d+$/.test(length ?? '0') && prefix <= most && target.match(network, prefix);
}

/** The proxy answered CONNECT, and opened no tunnel: the service never saw the request. */
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
 * An agent whose connections go through a proxy, by CONNECT. Node's own client reads the answer of the
 * proxy. The agent that axios uses by default (https-proxy-agent 5) shows a refusal as if the service
 * had answered, and waits forever if the proxy closes the connection without an answer.
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

  /** Called by Node with the target; `connected` gets the TLS connection to it. */
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

  /** Closes all connections, those to the proxy included that are still waiting for its answer. */
  override destroy(): void {
    for (const connect of this.#pending) connect.destroy();
    super.destroy();
  }

  #request(authority: string) {
    const { proxy } = this;
    const credentials = `${decoded(proxy.username)}:${decoded(proxy.password)}`;
    const options = {
      ...this.settings,
      agent: false as const,
      method: 'CONNECT',
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
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

/** A header's value by its lower-case name, as text. */
export function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
