/** The one place that talks to a socket, over real ones; nock for what no server would do. */
import { getEventListeners, once } from 'node:events';
import { createServer, Agent as HttpAgent, type Server } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeExchange } from '../../src/http/api-client.js';
import { createTransport, type Request } from '../../src/http/transport.js';
import { toTransportError } from '../../src/http/transport-error.js';

const circumstances = {
  aborted: false,
  timeoutMs: 65_000,
  connectTimeoutMs: 10_000,
  environment: {},
};
const SECRET = 'Bearer s3cret-key-of-vision-one';
const never = new AbortController().signal;
/** The largest answer that is read. */
const MOST_BYTES = 16_000_000;

// nock takes requests over while it is active, agents and sockets included.
beforeEach(() => nock.restore());

const requestTo = (url: string, more: Partial<Request> = {}): Request => ({
  method: 'GET',
  url: new URL(url),
  headers: { Authorization: SECRET },
  ...more,
});

/** Sends once over connections of its own. */
async function send(request: Request, timeoutMs = 5_000, signal = never) {
  const transport = createTransport({ verifySsl: true, disableProxies: true });
  try {
    return await transport.send(request, timeoutMs, signal);
  } finally {
    transport.close();
  }
}

/** A server for one test. */
async function serve(server: Server | ReturnType<typeof createTcpServer>) {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('an answer', () => {
  it('a response of any status is an answer, with lower-case header names and its text', async () => {
    await using server = await serve(
      createServer((_, res) =>
        res.writeHead(418, { 'Retry-After': '7', 'X-A': 'b' }).end('no tea'),
      ),
    );
    expect(await send(requestTo(server.url))).toMatchObject({
      kind: 'answer',
      status: 418,
      headers: { 'retry-after': '7', 'x-a': 'b' },
      text: 'no tea',
    });
  });

  it('the body of an answer is unchanged text, even if its type is JSON', async () => {
    await using server = await serve(
      createServer((_, res) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end('{"n": 1.0}'),
      ),
    );
    expect(await send(requestTo(server.url))).toMatchObject({ text: '{"n": 1.0}' });
  });

  it('a redirect is not followed', async () => {
    let requests = 0;
    await using server = await serve(
      createServer((_, res) => {
        requests++;
        res.writeHead(302, { location: '/elsewhere' }).end();
      }),
    );
    expect(await send(requestTo(server.url))).toMatchObject({ status: 302 });
    expect(requests).toBe(1);
  });

  it('an answer of more than 50 MB is cut off and not requested again', async () => {
    let sent = 0;
    await using server = await serve(
      createServer((_, res) => {
        const chunk = Buffer.alloc(1_000_000, 'x');
        const more = () => {
          while (!res.destroyed && sent < 3 * MOST_BYTES) {
            sent += chunk.length;
            if (!res.write(chunk)) return void res.once('drain', more);
          }
          res.end();
        };
        res.writeHead(200, { 'content-type': 'application/json' });
        more();
      }),
    );
    const outcome = await send(requestTo(server.url), 30_000);
    expect(outcome).toEqual({
      kind: 'broken',
      cause: 'too_large',
      message: 'the answer exceeds the size limit',
    });
    expect(sent).toBeLessThan(2 * MOST_BYTES);
  });

  it('requests one after the other use the same connection', async () => {
    let connections = 0;
    const server = createServer((_, res) => res.end('ok'));
    server.on('connection', () => connections++);
    await using served = await serve(server);
    const transport = createTransport({ verifySsl: true, disableProxies: true });
    for (let n = 0; n < 3; n++) await transport.send(requestTo(served.url), 5_000, never);
    transport.close();
    expect(connections).toBe(1);
  });
});

describe('no answer', () => {
  it('a port on which nothing listens is a transport error', async () => {
    const gone = await serve(createServer());
    await gone[Symbol.asyncDispose]();
    expect(await send(requestTo(gone.url))).toEqual({
      kind: 'broken',
      cause: 'no_connection',
      message: 'the connection was refused (ECONNREFUSED)',
      code: 'ECONNREFUSED',
    });
  });

  it('a connection that is closed before or during an answer is a transport error', async () => {
    await using before = await serve(createTcpServer((socket) => socket.destroy()));
    expect(await send(requestTo(before.url))).toMatchObject({ kind: 'broken', cause: 'reset' });
    await using halfway = await serve(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf', () => socket.destroy());
      }),
    );
    expect(await send(requestTo(halfway.url))).toMatchObject({ kind: 'broken', cause: 'reset' });
  });

  it('an answer that is not HTTP is a transport error', async () => {
    await using server = await serve(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.end('SSH-2.0-OpenSSH_9.6\r\n');
      }),
    );
    expect(await send(requestTo(server.url))).toMatchObject({ kind: 'broken', cause: 'reset' });
  });

  it.each(['never begins', 'never ends'])(
    'an answer that %s within the time limit is a timeout',
    async (how) => {
      await using server = await serve(
        createServer((_, res) => {
          if (how === 'never ends') setInterval(() => res.destroyed || res.write('x'), 20).unref();
        }),
      );
      expect(await send(requestTo(server.url), 1_000)).toEqual({
        kind: 'broken',
        cause: 'timeout',
        message: 'no answer within 1 s',
      });
    },
  );

  it('a connect timeout has a message of its own', async () => {
    // It accepts the connection and never answers the TLS handshake.
    await using server = await serve(createTcpServer((socket) => socket.on('error', () => {})));
    const transport = createTransport({
      verifySsl: true,
      disableProxies: true,
      connectTimeoutMs: 1_000,
    });
    const request = requestTo(server.url.replace('http:', 'https:'));
    expect(await transport.send(request, 60_000, never)).toEqual({
      kind: 'broken',
      cause: 'no_connection',
      message: 'no connection within 1 s (CONNECT_TIMEOUT)',
      code: 'CONNECT_TIMEOUT',
    });
    transport.close();
  });

  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
    ['answered with something else', (socket: Socket) => socket.end('HTTP/1.1 400 Bad\r\n\r\n')],
  ])('where the TLS handshake is %s: the service never saw the request', async (_, react) => {
    await using server = await serve(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => react(socket));
      }),
    );
    const request = requestTo(server.url.replace('http:', 'https:'));
    expect(await send(request)).toMatchObject({ kind: 'broken', cause: 'no_connection' });
  });

  it('an unusable proxy variable is a transport error and not an exception', async () => {
    const environment = { HTTPS_PROXY: 'socks5://127.0.0.1:1' };
    const transport = createTransport({ verifySsl: true, disableProxies: false, environment });
    const outcome = await transport.send(requestTo('https://v1.example/'), 1_000, never);
    expect(outcome).toMatchObject({ kind: 'broken' });
    transport.close();
  });

  it('a connection attempt ends after 10 s, or after another limit that is set', async () => {
    await using server = await serve(createTcpServer((socket) => socket.on('error', () => {})));
    const connected = once(server.server, 'connection');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const sending = send(requestTo(server.url.replace('http:', 'https:')), 65_000);
      await connected;
      vi.advanceTimersByTime(64_000);
      expect(await sending).toMatchObject({
        message: 'no connection within 10 s (CONNECT_TIMEOUT)',
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('an answer larger than the limit of the request is a transport error', async () => {
    await using server = await serve(createServer((_, res) => res.end('x'.repeat(1_000))));
    const limited = requestTo(server.url, { maxAnswerBytes: 999 });
    expect(await send(limited)).toMatchObject({ kind: 'broken', cause: 'too_large' });
    const enough = requestTo(server.url, { maxAnswerBytes: 1_000 });
    expect(await send(enough)).toMatchObject({ kind: 'answer' });
  });

  it('a time-out ends a request even if only the timer keeps the process alive', async () => {
    await using server = await serve(createServer(() => {}));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const sent = send(requestTo(server.url), 300);
    const cleaning = setInterval(collect, 20);
    expect(await sent.finally(() => clearInterval(cleaning))).toMatchObject({ kind: 'broken' });
  });

  it('an aborted request is a transport error', async () => {
    await using server = await serve(createServer(() => {}));
    const aborting = new AbortController();
    setTimeout(() => aborting.abort(), 50);
    expect(await send(requestTo(server.url), 60_000, aborting.signal)).toEqual({
      kind: 'broken',
      cause: 'aborted',
      message: 'the request was aborted',
    });
  });

  it('after the transport was closed, requests in flight and new ones are transport errors', async () => {
    await using server = await serve(createServer(() => {}));
    const transport = createTransport({ verifySsl: true, disableProxies: true });
    // Longer than any test may take: only closing can end them.
    const underWay = transport.send(requestTo(server.url), 3_600_000, never);
    setTimeout(() => transport.close(), 50);
    expect(await underWay).toMatchObject({ kind: 'broken', cause: 'aborted' });
    const late = await transport.send(requestTo(server.url), 3_600_000, never);
    expect(late).toMatchObject({ kind: 'broken', cause: 'aborted' });
  });

  it('no request leaves a listener on its abort signal', async () => {
    await using server = await serve(createServer((_, res) => res.end('ok')));
    const { signal } = new AbortController();
    await send(requestTo(server.url), 5_000, signal);
    await send(requestTo('http://127.0.0.1:1/'), 5_000, signal);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('a transport error has no key, no query and no other property of the library', async () => {
    const gone = await serve(createServer());
    await gone[Symbol.asyncDispose]();
    const request = requestTo(`${gone.url}/list?skipToken=s3cret`);
    const outcome = await send(request);
    const text = describeExchange(request, outcome);
    expect(text).toBe(`GET ${gone.url}/list: the connection was refused (ECONNREFUSED)`);
    for (const shown of [text, inspect(outcome, { depth: 9 }), JSON.stringify(outcome)]) {
      expect(shown).not.toMatch(/s3cret/);
    }
  });
});

it.each(['http:', 'https:'])(
  'each address of a host is tried for 4 s before the next one (%s)',
  async (scheme) => {
    // Node tries the next address after this time; its own 250 ms are too short for slow networks.
    const { prototype } = scheme === 'http:' ? HttpAgent : HttpsAgent;
    const connecting = vi.spyOn(prototype, 'createConnection');
    await using server = await serve(createTcpServer((socket) => socket.destroy()));
    await send(requestTo(server.url.replace('http:', scheme)));
    expect(connecting.mock.lastCall?.[0]).toMatchObject({ autoSelectFamilyAttemptTimeout: 4_000 });
    connecting.mockRestore();
  },
);

describe('rare transport errors', () => {
  beforeEach(() => nock.activate());
  afterEach(() => {
    expect(nock.pendingMocks()).toEqual([]);
    nock.restore();
  });

  it.each([
    ['ENOTFOUND', 'no_connection', /host name is not known/],
    ['EAI_AGAIN', 'no_connection', /could not be looked up/],
    ['ECONNREFUSED', 'no_connection', /was refused/],
    // On a connection that was complete: the request may have been carried out.
    ['EHOSTUNREACH', 'reset', /cannot be reached/],
    ['EPROTO', 'reset', /TLS failed/],
    ['ETIMEDOUT', 'reset', /timed out \(ETIMEDOUT\)/],
    ['EPIPE', 'reset', /closed unexpectedly/],
    ['ESOMETHING', 'reset', /connection failed \(ESOMETHING\)/],
    ['CERT_HAS_EXPIRED', 'certificate', /has expired/],
    ['CERT_NOT_YET_VALID', 'certificate', /not valid yet/],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'certificate', /is not trusted/],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate', /is not trusted/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate', /for another host name/],
    ['HOSTNAME_MISMATCH', 'certificate', /for another host name/],
  ])('%s is %s, in words', async (code, cause, words) => {
    const error = Object.assign(new Error(`${SECRET} ${code}`), { code });
    nock('https://v1.example').get('/').replyWithError(error);
    const outcome = await send(requestTo('https://v1.example/'));
    expect(outcome).toMatchObject({ kind: 'broken', cause });
    expect(outcome.kind === 'broken' && outcome.message).toMatch(words);
    expect(inspect(outcome, { depth: 9 })).not.toMatch(/s3cret/);
  });

  it('a code is found in the causes of an error', () => {
    const cause = Object.assign(new Error('x'), { code: 'ECONNREFUSED' });
    const error = new Error('y', { cause: new Error('z', { cause }) });
    expect(toTransportError(error, circumstances)).toMatchObject({ cause: 'no_connection' });
  });

  it('each kind of certificate error has its own advice', () => {
    const adviceOn = (code: string) =>
      toTransportError(Object.assign(new Error(code), { code }), circumstances).advice;
    expect(adviceOn('CERT_HAS_EXPIRED')).toMatch(/renewed/);
    expect(adviceOn('CERT_NOT_YET_VALID')).toMatch(/clock/);
    expect(adviceOn('ERR_TLS_CERT_ALTNAME_INVALID')).toMatch(/host name/);
    expect(adviceOn('SELF_SIGNED_CERT_IN_CHAIN')).toMatch(/certificate authority.*NODE_EXTRA_CA/);
    expect(adviceOn('DEPTH_ZERO_SELF_SIGNED_CERT')).toMatch(
      /^Save the certificate of this service as a PEM file and name the file in NODE_EXTRA_CA_CERTS/,
    );
    const all = ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID', 'ERR_TLS_CERT_ALTNAME_INVALID'];
    for (const code of all) expect(adviceOn(code)).not.toMatch(/NODE_EXTRA_CA_CERTS/);
  });

  it.each([
    ['/nowhere/ca.pem', /names a file that cannot be read \(ENOENT\)/],
    [fileURLToPath(import.meta.url), /names a file that contains no PEM certificate/],
    [undefined, /name the file in NODE_EXTRA_CA_CERTS/],
  ])('a NODE_EXTRA_CA_CERTS of %s is named in the advice', (file, words) => {
    const error = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    const environment = { NODE_EXTRA_CA_CERTS: file };
    expect(toTransportError(error, { ...circumstances, environment }).advice).toMatch(words);
  });
});
