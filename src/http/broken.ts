/** What is known of a request that brought no answer, in words, and what to do about it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * How a request broke:
 * - `no_connection`: the service never saw it;
 * - `reset`: the connection broke, before an answer or half way through one;
 * - `timeout`: no answer in time;
 * - `certificate`, `too_large`, `aborted`: another try cannot help.
 */
export type BrokenCause =
  | 'no_connection'
  | 'reset'
  | 'timeout'
  | 'certificate'
  | 'too_large'
  | 'aborted';

/** No answer. Unless there was no connection, the service may have carried the request out. */
export interface Broken {
  kind: 'broken';
  cause: BrokenCause;
  /** Why, without the request's secrets. */
  message: string;
  /** What to do about it, where that follows from the error alone. */
  advice?: string;
}

/** Whether the same request may succeed at another try. */
export function isRetryable({ cause }: Broken): boolean {
  return cause === 'no_connection' || cause === 'reset' || cause === 'timeout';
}

export interface Circumstances {
  /** The request was aborted from this side. */
  aborted: boolean;
  timeoutMs: number;
  connectTimeoutMs: number;
  /** `host:port` of the proxy that it went through. */
  proxy?: string;
}

/** What went wrong on the way, without anything that axios or Node put into the error. */
export function brokenBy(error: unknown, circumstances: Circumstances): Broken {
  const broken = { kind: 'broken' as const, ...describeError(error, circumstances) };
  const { proxy } = circumstances;
  // "Nothing listens" may mean the proxy: it is always named.
  return proxy ? { ...broken, message: `${broken.message}, through the proxy ${proxy}` } : broken;
}

function describeError(error: unknown, circumstances: Circumstances): Omit<Broken, 'kind'> {
  const { aborted, timeoutMs, connectTimeoutMs } = circumstances;
  const code = codeOf(error);
  if (aborted) return { cause: 'aborted', message: 'the request was aborted' };
  if (code === 'ERR_CANCELED') {
    return { cause: 'timeout', message: `no answer within ${seconds(timeoutMs)}` };
  }
  if (code === 'CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    const limit = code === 'CONNECT_TIMEOUT' ? ` within ${seconds(connectTimeoutMs)}` : '';
    return { cause: 'no_connection', message: `no connection${limit} (${code})` };
  }
  const certificate = certificateError(code);
  if (certificate) return { cause: 'certificate', ...certificate };
  if (/maxContentLength/.test(error instanceof Error ? error.message : '')) {
    return { cause: 'too_large', message: 'the answer is larger than any that is expected' };
  }
  const known = Object.hasOwn(CONNECTION_ERRORS, code) ? CONNECTION_ERRORS[code] : undefined;
  if (known) return { cause: known[0], message: `${known[1]} (${code})` };
  return { cause: 'reset', message: `the connection failed${code && ` (${code})`}` };
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

const CONNECTION_ERRORS: Record<string, [BrokenCause, string]> = {
  ECONNREFUSED: ['no_connection', 'nothing listens at this address'],
  ENOTFOUND: ['no_connection', 'the host name is not known'],
  EAI_AGAIN: ['no_connection', 'the host name could not be looked up'],
  EHOSTUNREACH: ['no_connection', 'the host cannot be reached'],
  ENETUNREACH: ['no_connection', 'the network cannot be reached'],
  EPROTO: ['no_connection', 'the TLS handshake failed'],
  ECONNRESET: ['reset', 'the connection was broken off'],
  EPIPE: ['reset', 'the connection was broken off'],
};

/** The error codes of OpenSSL and Node for certificates that no other try will make valid. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;

function certificateError(code: string): Pick<Broken, 'message' | 'advice'> | undefined {
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      message: `its certificate has expired (${code})`,
      advice: 'Have the certificate renewed, and check the clock of this machine.',
    };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      message: `its certificate is not valid yet (${code})`,
      advice: 'Check the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      message: `its certificate is for another host name (${code})`,
      advice:
        'Check the host name that was configured: it must be one that the certificate names, and not an address or an alias.',
    };
  }
  if (!CERTIFICATE_CODES.test(code)) return undefined;
  return { message: `its certificate is not trusted (${code})`, advice: authorityAdvice() };
}

/** What to do about an authority that is not known; a wrong NODE_EXTRA_CA_CERTS is named as such. */
function authorityAdvice(): string {
  const file = process.env['NODE_EXTRA_CA_CERTS'];
  const problem = file ? certificateFileProblem(file) : undefined;
  if (problem) return `NODE_EXTRA_CA_CERTS ${problem}: it must name a file of PEM certificates.`;
  return file
    ? 'NODE_EXTRA_CA_CERTS is set, but the certificate authority of this service is not in its file: add it. A proxy that inspects TLS has an authority of its own.'
    : 'Save the certificate authority of this service, or of a proxy that inspects TLS, as a PEM file and name the file in NODE_EXTRA_CA_CERTS.';
}

function certificateFileProblem(file: string): string | undefined {
  try {
    new X509Certificate(readFileSync(file));
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code && /^E[A-Z]+$/.test(code)
      ? `names a file that cannot be read (${code})`
      : 'names a file that holds no PEM certificate';
  }
}

/** The system's error code, at whatever depth of causes. */
function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === 'string' && !['ERR_BAD_RESPONSE', 'ERR_NETWORK'].includes(code)) {
      return code;
    }
  }
  return '';
}
