/**
 * The one place that talks to a socket. An axios error carries the request with its bearer token,
 * so it never leaves this file: what comes out is an answer, or what broke, in words.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios, { AxiosError, type AxiosProxyConfig } from 'axios';
import { getProxyForUrl } from 'proxy-from-env';
import { Link } from './abort.js';

export interface Request {
  method: 'GET' | 'POST';
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

/** What a service said, whatever its status. */
export interface Answer {
  kind: 'answer';
  status: number;
  /** A header's value by its lower-case name. */
  headers: Record<string, string>;
  text: string;
}

/** No answer: nobody knows whether the service carried the request out. */
export interface Broken {
  kind: 'broken';
  /** False where another try cannot help: a certificate that is not trusted, an answer too large. */
  retryable: boolean;
  /** Why, without the request's secrets. */
  message: string;
}

export type Outcome = Answer | Broken;

export interface Transport {
  /** Sends once; never rejects. `timeoutMs` bounds the whole exchange; `signal` breaks it off. */
  send(request: Request, timeoutMs: number, signal: AbortSignal): Promise<Outcome>;
  /** Breaks off whatever is under way and closes all connections, so that the process can end. */
  close(): void;
}

export interface TransportSettings {
  verifySsl: boolean;
  disableProxies: boolean;
}

/** The largest answer that is read, in bytes; what is larger is cut off. */
export const MAX_ANSWER_BYTES = 50_000_000;

/** Certificate errors: OpenSSL's and Node's codes, which no second try changes. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;

/**
 * The proxy for a URL, from HTTPS_PROXY, HTTP_PROXY and NO_PROXY in either case.
 * Credentials are decoded here because axios would send `%40` as it stands.
 * @throws {TypeError} where the proxy's own address is no http or https URL (a run document is only
 * read where it is one)
 */
export function proxyFor(url: URL, disabled: boolean): AxiosProxyConfig | false {
  const address = disabled ? '' : getProxyForUrl(url.href);
  if (!address) return false;
  const proxy = new URL(withScheme(address));
  if (!/^https?:$/.test(proxy.protocol)) throw new TypeError('the proxy speaks no HTTP');
  return {
    protocol: proxy.protocol,
    host: proxy.hostname,
    port: Number(proxy.port || (proxy.protocol === 'https:' ? 443 : 80)),
    ...(proxy.username && {
      auth: {
        username: decodeURIComponent(proxy.username),
        password: decodeURIComponent(proxy.password),
      },
    }),
  };
}

/**
 * Where a variable names no scheme, curl and Python take the proxy for one that speaks plain http;
 * the library puts the target's scheme before it, and nearly no proxy answers TLS.
 */
function withScheme(address: string): string {
  const bare = address.slice(address.indexOf('://') + '://'.length);
  return Object.values(process.env).includes(bare) ? `http://${bare}` : address;
}

/** What went wrong on the way, without anything that axios or Node put into the error beside it. */
function brokenBy(error: unknown, timeoutMs: number, brokenOff: boolean): Broken {
  const code = error instanceof AxiosError || error instanceof Error ? codeOf(error) : '';
  if (brokenOff) return { kind: 'broken', retryable: false, message: 'broken off' };
  if (code === 'ETIMEDOUT' || code === 'ECONNABORTED' || code === 'ERR_CANCELED') {
    const message = `no answer within ${Math.round(timeoutMs / 1000)} s`;
    return { kind: 'broken', retryable: true, message };
  }
  if (CERTIFICATE_CODES.test(code)) {
    const message = `its certificate is not trusted (${code}): give Node the certificate authority in NODE_EXTRA_CA_CERTS`;
    return { kind: 'broken', retryable: false, message };
  }
  if (/maxContentLength/.test(error instanceof Error ? error.message : '')) {
    const message = `the answer is larger than ${MAX_ANSWER_BYTES} bytes`;
    return { kind: 'broken', retryable: false, message };
  }
  const words: Record<string, string> = {
    ECONNREFUSED: 'nothing listens at this address',
    ECONNRESET: 'the connection was broken off',
    EPIPE: 'the connection was broken off',
    ENOTFOUND: 'the host name is not known',
    EAI_AGAIN: 'the host name could not be looked up',
    EHOSTUNREACH: 'the host cannot be reached',
    ENETUNREACH: 'the network cannot be reached',
    EPROTO: 'the TLS handshake failed',
  };
  const message = words[code]
    ? `${words[code]} (${code})`
    : `the connection failed${code && ` (${code})`}`;
  return { kind: 'broken', retryable: true, message };
}

/** The system's error code, at whatever depth of causes. */
function codeOf(error: unknown): string {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const { code, cause } = at as Error & { code?: unknown };
    if (typeof code === 'string' && code !== 'ERR_BAD_RESPONSE' && code !== 'ERR_NETWORK')
      return code;
    at = cause;
  }
  return '';
}

/** The transport of a run. Certificates are checked, or not, for its own connections alone. */
export function createTransport(settings: TransportSettings): Transport {
  const httpAgent = new HttpAgent({ keepAlive: true });
  const httpsAgent = new HttpsAgent({ keepAlive: true, rejectUnauthorized: settings.verifySsl });
  const client = axios.create({
    adapter: 'http',
    httpAgent,
    httpsAgent,
    // Every status is an answer; a redirect is one too, and following it would carry the key along.
    validateStatus: () => true,
    maxRedirects: 0,
    maxContentLength: MAX_ANSWER_BYTES,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: 'text',
    transformRequest: [(body) => body],
    transformResponse: [(body) => body],
  });
  const closing = new AbortController();
  return {
    async send(request, timeoutMs, given) {
      // axios' own timeout ends with the headers; a body that trickles is bounded by the signal.
      const link = new Link([given, closing.signal], Math.max(1, Math.ceil(timeoutMs)));
      let proxy: AxiosProxyConfig | false = false;
      try {
        proxy = proxyFor(request.url, settings.disableProxies);
        const response = await client.request<string>({
          method: request.method,
          url: request.url.href,
          headers: request.headers,
          data: request.body,
          signal: link.signal,
          proxy,
        });
        const headers = Object.fromEntries(
          Object.entries(response.headers).map(([name, value]) => [
            name.toLowerCase(),
            String(value),
          ]),
        );
        return { kind: 'answer', status: response.status, headers, text: response.data ?? '' };
      } catch (error) {
        const broken = brokenBy(error, timeoutMs, given.aborted || closing.signal.aborted);
        if (!proxy) return broken;
        // Whoever reads "nothing listens" has to know that it may be the proxy that is not there.
        const through = `, through the proxy ${proxy.host}:${proxy.port}`;
        return { ...broken, message: `${broken.message}${through}` };
      } finally {
        link.end();
      }
    },
    close() {
      closing.abort();
      httpAgent.destroy();
      httpsAgent.destroy();
    },
  };
}

/** The answer's body as JSON, or undefined where it is none. */
export function jsonOf(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}
