/** The one place that talks to a socket, over real ones; nock for what no server would do. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTransport, MAX_ANSWER_BYTES, type Request } from '../../src/http/send.js';
import { describe as told } from '../../src/http/service.js';

const SECRET = 'Bearer s3cret-key-of-vision-one';
const never = new AbortController().signal;

// nock takes requests over while it is active, agents and sockets included.
beforeEach(() => nock.restore());
afterEach(() => {
  if (!nock.isActive()) nock.activate();
});

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
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('an answer', () => {
  it('of any status is an answer, with its headers by lower-case name and its text', async () => {
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

  it('is text as it came, also where it claims to be JSON', async () => {
    await using server = await serve(
      createServer((_, res) =>
        res.writeHead(200, { 'content-type': 'application/json' }).end('{"n": 1.0}'),
      ),
    );
    expect(await send(requestTo(server.url))).toMatchObject({ text: '{"n": 1.0}' });
  });

  it('that redirects is not followed, so that no key goes elsewhere', async () => {
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

  it('larger than the bound is cut off, and not tried again', async () => {
    let sent = 0;
    await using server = await serve(
      createServer((_, res) => {
        const chunk = Buffer.alloc(1_000_000, 'x');
        const more = () => {
          while (!res.destroyed && sent < 3 * MAX_ANSWER_BYTES) {
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
      retryable: false,
      message: `the answer is larger than ${MAX_ANSWER_BYTES} bytes`,
    });
    expect(sent).toBeLessThan(2 * MAX_ANSWER_BYTES);
  });

  it('over connections that are kept open comes over one socket', async () => {
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
  it('where nothing listens', async () => {
    const gone = await serve(createServer());
    await gone[Symbol.asyncDispose]();
    expect(await send(requestTo(gone.url))).toEqual({
      kind: 'broken',
      retryable: true,
      message: 'nothing listens at this address (ECONNREFUSED)',
    });
  });

  it('where the connection is broken off before an answer, or half way through one', async () => {
    await using before = await serve(createTcpServer((socket) => socket.destroy()));
    expect(await send(requestTo(before.url))).toMatchObject({ kind: 'broken', retryable: true });
    await using halfway = await serve(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf', () => socket.destroy());
      }),
    );
    expect(await send(requestTo(halfway.url))).toMatchObject({ kind: 'broken', retryable: true });
  });

  it('where what comes is no HTTP', async () => {
    await using server = await serve(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.end('SSH-2.0-OpenSSH_9.6\r\n');
      }),
    );
    expect(await send(requestTo(server.url))).toMatchObject({ kind: 'broken', retryable: true });
  });

  it.each(['never begins', 'never ends'])('where the answer %s within the time', async (how) => {
    await using server = await serve(
      createServer((_, res) => {
        if (how === 'never ends') setInterval(() => res.destroyed || res.write('x'), 20).unref();
      }),
    );
    expect(await send(requestTo(server.url), 1_000)).toEqual({
      kind: 'broken',
      retryable: true,
      message: 'no answer within 1 s',
    });
  });

  it('where nothing else is alive but the time-out itself, and memory is cleaned up', async () => {
    await using server = await serve(createServer(() => {}));
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const sent = send(requestTo(server.url), 300);
    const cleaning = setInterval(collect, 20);
    expect(await sent.finally(() => clearInterval(cleaning))).toMatchObject({ kind: 'broken' });
  });

  it('where it was broken off from this side', async () => {
    await using server = await serve(createServer(() => {}));
    const breaking = new AbortController();
    setTimeout(() => breaking.abort(), 50);
    expect(await send(requestTo(server.url), 60_000, breaking.signal)).toEqual({
      kind: 'broken',
      retryable: false,
      message: 'broken off',
    });
  });

  it('after the transport was closed, whether under way or new, and without another try', async () => {
    await using server = await serve(createServer(() => {}));
    const transport = createTransport({ verifySsl: true, disableProxies: true });
    const underWay = transport.send(requestTo(server.url), 60_000, never);
    setTimeout(() => transport.close(), 50);
    expect(await underWay).toMatchObject({ kind: 'broken', retryable: false });
    const late = await transport.send(requestTo(server.url), 60_000, never);
    expect(late).toMatchObject({ kind: 'broken', retryable: false });
  });

  it('says why without the key, the query, or anything that a library put beside it', async () => {
    const gone = await serve(createServer());
    await gone[Symbol.asyncDispose]();
    const request = requestTo(`${gone.url}/list?skipToken=s3cret`);
    const outcome = await send(request);
    const text = told(request, outcome);
    expect(text).toBe(`GET ${gone.url}/list: nothing listens at this address (ECONNREFUSED)`);
    for (const shown of [text, inspect(outcome, { depth: 9 }), JSON.stringify(outcome)]) {
      expect(shown).not.toMatch(/s3cret/);
    }
  });
});

describe('what no server in a test would do', () => {
  beforeEach(() => nock.activate());

  it.each([
    ['ENOTFOUND', /host name is not known/, true],
    ['EAI_AGAIN', /could not be looked up/, true],
    ['EHOSTUNREACH', /cannot be reached/, true],
    ['EPROTO', /TLS handshake failed/, true],
    ['ETIMEDOUT', /no answer within/, true],
    ['ESOMETHING', /connection failed \(ESOMETHING\)/, true],
    ['CERT_HAS_EXPIRED', /certificate is not trusted .*NODE_EXTRA_CA_CERTS/, false],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', /NODE_EXTRA_CA_CERTS/, false],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /certificate is not trusted/, false],
  ])('%s is told in words', async (code, words, retryable) => {
    const error = Object.assign(new Error(`${SECRET} ${code}`), { code });
    nock('https://v1.example').get('/').replyWithError(error);
    const outcome = await send(requestTo('https://v1.example/'));
    expect(outcome).toMatchObject({ kind: 'broken', retryable });
    expect(outcome.kind === 'broken' && outcome.message).toMatch(words);
    expect(inspect(outcome, { depth: 9 })).not.toMatch(/s3cret/);
  });
});
