/** A time limit for connecting, separate from and much shorter than the limit for the answer. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** The limit for name resolution, connecting and the TLS handshake together, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The time after which Node tries the next address of a host, in milliseconds. Node's default of
 * 250 ms is too short for slow networks (https://github.com/nodejs/node/issues/54359).
 */
export const ADDRESS_TIMEOUT_MS = 4_000;

/** The connection was not complete in time. The service never received the request. */
export class ConnectTimeout extends Error {
  override name = 'ConnectTimeout';
  readonly code = 'CONNECT_TIMEOUT';

  constructor() {
    super('no connection in time');
  }
}

/** Errors that occurred before the connection was complete. */
const beforeConnected = new WeakSet<Error>();

/** Remembers that an error occurred before the connection was complete; returns the error. */
export function markBeforeConnected<E extends Error>(error: E): E {
  beforeConnected.add(error);
  return error;
}

/**
 * Whether an error occurred before the connection was complete: the service never received the
 * request.
 */
export function isBeforeConnected(error: Error): boolean {
  return beforeConnected.has(error);
}

/**
 * Destroys a socket with ConnectTimeout if it is not connected in time. A TLS socket must also
 * complete its handshake. Errors until then are marked with `markBeforeConnected`.
 * @returns the socket
 */
export function limitConnecting<S extends Socket>(socket: S, timeoutMs: number): S {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), timeoutMs);
  const stop = () => {
    clearTimeout(timer);
    socket.off('error', markBeforeConnected);
  };
  socket.prependListener('error', markBeforeConnected);
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', stop);
  socket.once('close', stop);
  return socket;
}
