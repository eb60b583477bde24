/** A time limit for connecting, separate from and much shorter than the limit for the answer. */
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** Looking up the name, connecting and the TLS handshake may take so long, in milliseconds. */
export const CONNECT_TIMEOUT_MS = 10_000;

/**
 * How long Node tries one address of several before it tries the next one, in milliseconds. Node's own
 * 250 ms are too short for slow networks (https://github.com/nodejs/node/issues/54359).
 */
export const ADDRESS_TIMEOUT_MS = 4_000;

/** No connection came about in time: the service never saw the request. */
export class ConnectTimeout extends Error {
  override name = 'ConnectTimeout';
  readonly code = 'CONNECT_TIMEOUT';

  constructor() {
    super('no connection in time');
  }
}

/** Errors of connections that were never complete. */
const beforeConnected = new WeakSet<Error>();

/** Notes that an error came before the connection was complete; returns the error. */
export function markBeforeConnected<E extends Error>(error: E): E {
  beforeConnected.add(error);
  return error;
}

/** Whether an error came before the connection was complete: the service never saw the request. */
export function isBeforeConnected(error: Error): boolean {
  return beforeConnected.has(error);
}

/**
 * Destroys a socket with ConnectTimeout if it is not connected in time; for a TLS socket the handshake
 * must be complete too. Errors until then are marked.
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
