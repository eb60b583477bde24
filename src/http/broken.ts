/** Describes a request that got no answer, and what to do about it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isBeforeConnected } from './connect-timeout.js';

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
  /** Where NODE_EXTRA_CA_CERTS is read. */
  environment: Record<string, string | undefined>;
}

/** Describes the failure in our own words: the text of axios or Node could hold a secret. */
export function brokenBy(error: unknown, circumstances: Circumstances): Broken {
  const broken = { kind: 'broken' as const, ...describeError(error, circumstances) };
  const { proxy } = circumstances;
  // The address that refused may be the proxy's, so the message always names the proxy.
  return proxy ? { ...broken, message: `${broken.message}, through the proxy ${proxy}` } : broken;
}

function describeError(error: unknown, circumstances: Circumstances): Omit<Broken, 'kind'> {
  const { aborted, timeoutMs, connectTimeoutMs, environment } = circumstances;
  const code = errorCodeInCauses(error);
  if (aborted) return { cause: 'aborted', message: 'the request was aborted' };
  if (code === 'ERR_CANCELED') {
    return { cause: 'timeout', message: `no answer within ${seconds(timeoutMs)}` };
  }
  if (code === 'CONNECT_TIMEOUT') {
    const message = `no connection within ${seconds(connectTimeoutMs)} (${code})`;
    return { cause: 'no_connection', message };
  }
  const certificate = certificateError(code, environment);
  if (certificate) return { cause: 'certificate', ...certificate };
  if (/maxContentLength/.test(error instanceof Error ? error.message : '')) {
    return { cause: 'too_large', message: 'the answer is larger than any that is expected' };
  }
  const never = NEVER_CONNECTED.includes(code) || [...causesOf(error)].some(isBeforeConnected);
  const words = code.startsWith('HPE_') ? 'the answer is no HTTP' : wordsFor(code);
  return {
    cause: never ? 'no_connection' : 'reset',
    message: `${words ?? 'the connection failed'}${code && ` (${code})`}`,
  };
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;

const CONNECTION_ERRORS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens at this address',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPROTO: 'TLS failed',
  ECONNRESET: 'the connection was broken off',
  EPIPE: 'the connection was broken off',
};

function wordsFor(code: string): string | undefined {
  return Object.hasOwn(CONNECTION_ERRORS, code) ? CONNECTION_ERRORS[code] : undefined;
}

/** Codes that a connection which was complete cannot end with. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

/** The codes of OpenSSL and Node for certificate errors; retrying cannot help. */
const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|ERR_TLS_CERT_ALTNAME_INVALID|HOSTNAME_MISMATCH|INVALID_CA)/;

function certificateError(
  code: string,
  environment: Circumstances['environment'],
): Pick<Broken, 'message' | 'advice'> | undefined {
  if (code === 'CERT_HAS_EXPIRED') {
    return {
      message: `the certificate has expired (${code})`,
      advice: 'Have the certificate renewed, and check the clock of this machine.',
    };
  }
  if (code === 'CERT_NOT_YET_VALID') {
    return {
      message: `the certificate is not valid yet (${code})`,
      advice: 'Check the clock of this machine.',
    };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return {
      message: `the certificate is for another host name (${code})`,
      advice:
        'Check the host name that was configured: it must be one that the certificate names, and not an address or an alias.',
    };
  }
  if (!CERTIFICATE_CODES.test(code)) return undefined;
  return {
    message: `the certificate is not trusted (${code})`,
    advice: authorityAdvice(environment),
  };
}

/** What to do about an authority that is not known; a wrong NODE_EXTRA_CA_CERTS is named as such. */
function authorityAdvice(environment: Circumstances['environment']): string {
  const file = environment['NODE_EXTRA_CA_CERTS'];
  const problem = file ? certificateFileProblem(file) : undefined;
  if (problem)
    return `NODE_EXTRA_CA_CERTS ${problem}: let it name a readable file of PEM certificates, or unset it.`;
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

/** An error and its causes, five at most. */
export function* causesOf(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    yield at;
}

/** The system's error code, of the error itself or of a cause. */
function errorCodeInCauses(error: unknown): string {
  for (const { code } of causesOf(error) as Iterable<NodeJS.ErrnoException>) {
    if (typeof code === 'string' && !['ERR_BAD_RESPONSE', 'ERR_NETWORK'].includes(code)) {
      return code;
    }
  }
  return '';
}
