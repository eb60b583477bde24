/**
 * Tests connect to loopback only: the indicators in them are live malware addresses. A connection to
 * any other host fails, and the test with it.
 */
import { type NetConnectOpts, Socket } from 'node:net';
import { afterEach, expect } from 'vitest';

const LOOPBACK = /^(127\.0\.0\.1|localhost|::1)$/;
const refused: string[] = [];
const { connect } = Socket.prototype;

Socket.prototype.connect = function (this: Socket, ...args: unknown[]): Socket {
  const host = hostIn(args);
  if (host === undefined || LOOPBACK.test(host)) return Reflect.apply(connect, this, args);
  refused.push(host);
  return this.destroy(new Error(`tests do not connect to ${host}`));
};

/** The host of a call of `connect`; undefined if it is this machine. */
function hostIn([first, second]: unknown[]): string | undefined {
  // Node's own modules pass all arguments as one list, which begins with the options.
  const options = Array.isArray(first) ? first[0] : first;
  if (typeof options !== 'object' || options === null) {
    return typeof second === 'string' ? second : undefined;
  }
  const { path, host } = options as NetConnectOpts & { path?: string; host?: string };
  return path ? undefined : host;
}

afterEach(() => {
  expect(refused.splice(0), 'hosts that the test connected to').toEqual([]);
});
