/**
 * The only module that sends requests. An axios error contains the request with its bearer token, so it
 * never leaves this module: callers get an answer, or a transport error without secrets.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import axios, { type AxiosInstance } from 'axios';
import { ADDRESS_TIMEOUT_MS, CONNECT_TIMEOUT_MS, limitConnecting } from './connect-timeout.js';
import { LinkedAbort } from './linked-abort.js';
import { plainHeaders, proxyAddress, proxyFor, TunnelAgent, TunnelRefused } from './proxy.js';
import { errorChain, type TransportError, toTransportError } from './transport-error.js';

export interface Request {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
  /** Maximum size of the answer in bytes; MAX_ANSWER_BYTES if omitted. */
  maxAnswerBytes?: number;
}

/** An answer of a service, with any status. */
export interface Answer {
  kind: 'answer';
  status: number;
  /** A header's value by its lower-case name. */
  headers: Record<string, string>;
  text: string;
  /** The proxy that the request went through, as `host:port`. */
  proxy?: string;
  /** The proxy itself answered and opened no tunnel: the service never saw the request. */
  tunnelRefused?: true;
}

export type TransportResult = Answer | TransportError;

export interface Transport {
  /** Sends once. It never rejects. `timeoutMs` limits the whole request; `signal` aborts it. */
  send(request: Request, timeoutMs: number, signal: AbortSignal): Promise<TransportResult>;
  /** Aborts all requests and closes all connections, so that the process can end. */
  close(): void;
}

export interface TransportSettings {
  verifySsl: boolean;
  disableProxies: boolean;
  /** Where the proxy variables are read. */
  environment?: Record<string, string | undefined>;
  /** Limit for one connection, in milliseconds. */
  connectTimeoutMs?: number;
}

/**
 * The largest answer that is read, in bytes; a larger one is cut off. It is the size of a page of 1,000
 * rows of ThreatQ with 16 KB each: rows that were seen have 0.3 to 2 KB.
 */
const MAX_ANSWER_BYTES = 16_000_000;

/** The transport of a run. `verifySsl` concerns only its own connections. */
export function createTransport(settings: TransportSettings): Transport {
  const { connectTimeoutMs = CONNECT_TIMEOUT_MS, environment = process.env } = settings;
  const options = {
    keepAlive: true,
    autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    rejectUnauthorized: settings.verifySsl,
  };
  const httpAgent = withConnectTimeout(new HttpAgent(options), connectTimeoutMs);
  const httpsAgent = withConnectTimeout(new HttpsAgent(options), connectTimeoutMs);
  const tunnels = new Map<string, TunnelAgent>();
  const tunnelThrough = (proxy: URL) => {
    const agent = tunnels.get(proxy.href) ?? new TunnelAgent(proxy, options, connectTimeoutMs);
    tunnels.set(proxy.href, agent);
    return agent;
  };
  const client = axiosClient(httpAgent);
  const closing = new AbortController();
  return {
    async send(request, timeoutMs, given) {
      // The time-out of axios ends with the headers, so the signal limits the time of the body.
      const link = new LinkedAbort([given, closing.signal], Math.max(1, Math.ceil(timeoutMs)));
      let through: { proxy?: string } = {};
      try {
        const proxy = settings.disableProxies ? undefined : proxyFor(request.url, environment);
        if (proxy) through = { proxy: proxyAddress(proxy) };
        const response = await client.request<string>({
          method: request.method,
          url: request.url.href,
          headers: request.headers,
          data: request.body,
          maxContentLength: request.maxAnswerBytes ?? MAX_ANSWER_BYTES,
          signal: link.signal,
          httpsAgent: proxy ? tunnelThrough(proxy) : httpsAgent,
        });
        const { status, data } = response;
        const headers = plainHeaders(response.headers);
        return { kind: 'answer', status, headers, text: data ?? '', ...through };
      } catch (error) {
        const refused = tunnelRefusedIn(error);
        if (refused) {
          const { status, headers } = refused;
          return { kind: 'answer', status, headers, text: '', ...through, tunnelRefused: true };
        }
        const aborted = given.aborted || closing.signal.aborted;
        return toTransportError(error, {
          aborted,
          timeoutMs,
          connectTimeoutMs,
          environment,
          ...through,
        });
      } finally {
        link.end();
      }
    },
    close() {
      closing.abort();
      for (const agent of [httpAgent, httpsAgent, ...tunnels.values()]) agent.destroy();
    },
  };
}

function axiosClient(httpAgent: HttpAgent): AxiosInstance {
  return axios.create({
    adapter: 'http',
    httpAgent,
    // The agents of this module handle proxies.
    proxy: false,
    // Every status is an answer. Redirects are not followed, because that would send the key elsewhere.
    validateStatus: () => true,
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: 'text',
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
  });
}

/** Limits how long the agent may take for one connection. */
function withConnectTimeout<A extends HttpAgent>(agent: A, timeoutMs: number): A {
  const create = agent.createConnection.bind(agent);
  agent.createConnection = (...given: Parameters<typeof create>): Duplex | null | undefined => {
    const socket = create(...given);
    if (socket) limitConnecting(socket as Parameters<typeof limitConnecting>[0], timeoutMs);
    return socket;
  };
  return agent;
}

function tunnelRefusedIn(error: unknown): TunnelRefused | undefined {
  for (const cause of errorChain(error)) if (cause instanceof TunnelRefused) return cause;
  return undefined;
}

/** Parses the body of an answer. @returns undefined if it is not JSON */
export function parseJsonBody(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}
