/** A limit for connecting, apart from the limit for the answer: it ends long before that. */
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

/** Destroys a socket with ConnectTimeout if it is not connected, over TLS where it is one, in time. */
export function limitConnecting<S extends Socket>(socket: S, timeoutMs: number): S {
  const timer = setTimeout(() => socket.destroy(new ConnectTimeout()), timeoutMs);
  const stop = () => clearTimeout(timer);
  socket.once(socket instanceof TLSSocket ? 'secureConnect' : 'connect', stop);
  socket.once('close', stop);
  return socket;
}
