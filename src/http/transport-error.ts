/** Describes a request that got no answer, and what to do about it. */
import { formatDuration } from '../text/format.js';
import { certificateError } from './certificate-error.js';
import { isBeforeConnected } from './connect-timeout.js';

/**
 * Why a request got no answer:
 * - `no_connection`: the service never received it;
 * - `reset`: the connection failed before or during the answer;
 * - `timeout`: no complete answer in time;
 * - `certificate`, `too_large`, `aborted`: a retry cannot help.
 */
export type TransportErrorCause =
  | 'no_connection'
  | 'reset'
  | 'timeout'
  | 'certificate'
  | 'too_large'
  | 'aborted';

/** No answer. Unless there was no connection, the service may have processed the request. */
export interface TransportError {
  kind: 'broken';
  cause: TransportErrorCause;
  /** What happened, without the request's secrets and without a full stop. */
  message: string;
  /** The code of the error, by Node, OpenSSL or this program. */
  code?: string;
  /** `host:port` of the proxy that the request went through. */
  proxy?: string;
  /** What to do about it, if the error alone says so: whole sentences. */
  advice?: string;
}

/** Whether the same request may succeed when it is sent again. */
export function isRetryable({ cause }: TransportError): boolean {
  return cause === 'no_connection' || cause === 'reset' || cause === 'timeout';
}

/**
 * Codes of a connection that was not made, for a reason that usually lasts longer than seconds: no such
 * host, no program at the port, no route, no TLS. EAI_AGAIN is missing: the name server did not answer,
 * which is often temporary.
 */
const REFUSALS = /^(ENOTFOUND|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EPROTO|ERR_SSL_.*)$/;

/** Whether the connection was refused, or another protocol is spoken at the address. */
export function isRefused({ cause, code = '' }: TransportError): boolean {
  return code.startsWith('HPE_') || (cause === 'no_connection' && REFUSALS.test(code));
}

/** What is known about a request apart from the error. */
export interface RequestContext {
  /** This program aborted the request. */
  aborted: boolean;
  timeoutMs: number;
  connectTimeoutMs: number;
  /** `host:port` of the proxy that the request went through. */
  proxy?: string;
  /** NODE_EXTRA_CA_CERTS is read from here. */
  environment: NodeJS.ProcessEnv;
}

/**
 * Converts an error of axios, Node or the proxy tunnel into a value that is safe to show. It does
 * not repeat the original message, which could contain a secret.
 */
export function toTransportError(error: unknown, context: RequestContext): TransportError {
  const { message, ...rest } = describeError(error, context);
  // The address that failed may be the proxy's, so the message always names the proxy.
  const { proxy } = context;
  const via = proxy ? `, through the proxy ${proxy}` : '';
  return { kind: 'broken', ...rest, message: `${message}${via}`, ...(proxy && { proxy }) };
}

function describeError(error: unknown, context: RequestContext): Omit<TransportError, 'kind'> {
  const { aborted, timeoutMs, connectTimeoutMs, environment } = context;
  const code = systemErrorCode(error);
  if (aborted) return { cause: 'aborted', message: 'the request was aborted' };
  if (code === 'ERR_CANCELED') {
    return { cause: 'timeout', message: `no answer within ${formatDuration(timeoutMs)}` };
  }
  if (code === 'CONNECT_TIMEOUT') {
    const message = `no connection within ${formatDuration(connectTimeoutMs)} (${code})`;
    return { cause: 'no_connection', message, code };
  }
  const certificate = certificateError(code, environment);
  if (certificate) return { cause: 'certificate', ...certificate };
  if (isTooLarge(error)) {
    return { cause: 'too_large', message: 'the answer exceeds the size limit' };
  }
  return {
    cause: neverConnected(error, code) ? 'no_connection' : 'reset',
    message: `${connectionErrorText(code)}${code && ` (${code})`}`,
    ...(code && { code }),
  };
}

/**
 * Only the text distinguishes this error of axios: its code, ERR_BAD_RESPONSE, has other uses too.
 */
function isTooLarge(error: unknown): boolean {
  return error instanceof Error && error.message.includes('maxContentLength');
}

function neverConnected(error: unknown, code: string): boolean {
  return NEVER_CONNECTED.includes(code) || [...errorChain(error)].some(isBeforeConnected);
}

/** Codes with which an established connection cannot fail. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'];

const CONNECTION_ERRORS: Record<string, string> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'the connection timed out',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EPROTO: 'TLS failed',
  ECONNRESET: 'the connection was closed unexpectedly',
  EPIPE: 'the connection was closed unexpectedly',
};

function connectionErrorText(code: string): string {
  if (code.startsWith('HPE_')) return 'the answer is not HTTP';
  const known = Object.hasOwn(CONNECTION_ERRORS, code) ? CONNECTION_ERRORS[code] : undefined;
  return known ?? 'the connection failed';
}

/** An error and its causes, five at most. */
export function* errorChain(error: unknown): Generator<Error> {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++)
    yield at;
}

/** Codes that axios gives to many different errors; the cause has the specific code. */
const UNSPECIFIC_CODES = ['ERR_BAD_RESPONSE', 'ERR_NETWORK'];

/** The first specific error code of the error and its causes, or an empty string. */
function systemErrorCode(error: unknown): string {
  for (const { code } of errorChain(error) as Iterable<NodeJS.ErrnoException>) {
    if (typeof code === 'string' && !UNSPECIFIC_CODES.includes(code)) return code;
  }
  return '';
}
