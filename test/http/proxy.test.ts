/** The selection of a request's proxy, and the tunnel through it, against a proxy on loopback. */
import { once } from 'node:events';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proxyAddress, proxyFor } from '../../src/http/proxy.js';
import { createTransport, type Request } from '../../src/http/transport.js';
import { startProxy } from '../sandbox/proxy.js';
import { throwAwayCertificates } from '../sandbox/tls.js';

const PROXY = 'http://proxy.example:3128';
const goesThrough = (url: string, environment: Record<string, string>) =>
  proxyFor(new URL(url), environment)?.host;

describe('the proxy of a URL', () => {
  it.each([
    [{ HTTPS_PROXY: PROXY }, 'proxy.example:3128'],
    [{ https_proxy: PROXY }, 'proxy.example:3128'],
    [{ ALL_PROXY: PROXY }, 'proxy.example:3128'],
    [{ HTTPS_PROXY: 'proxy.example:3128' }, 'proxy.example:3128'],
    [{ HTTP_PROXY: PROXY }, undefined],
    [{}, undefined],
  ])('with the variables %j the proxy is %s', (environment: Record<string, string>, host) => {
    expect(goesThrough('https://api.example.com/', environment)).toBe(host);
  });

  it.each(['socks5://proxy.example:1080', 'ftp://proxy.example', 'http://', 'not a url'])(
    'a proxy variable of %s is an error',
    (address) => {
      expect(() => goesThrough('https://api.example.com/', { HTTPS_PROXY: address })).toThrow(
        TypeError,
      );
    },
  );

  it.each([
    ['http://proxy.example', 'proxy.example:80'],
    ['https://proxy.example', 'proxy.example:443'],
    ['http://user:password@proxy.example:3128', 'proxy.example:3128'],
    ['http://[2001:db8::1]:3128', '[2001:db8::1]:3128'],
  ])('the proxy %s is shown as %s', (address, shown) => {
    expect(proxyAddress(new URL(address))).toBe(shown);
  });

  const exempt: [string, string, boolean][] = [
    ['*', 'https://api.example.com', true],
    ['example.com', 'https://example.com', true],
    ['example.com', 'https://api.example.com', true],
    ['.example.com', 'https://api.example.com', true],
    ['*.example.com', 'https://api.example.com', true],
    ['example.com.', 'https://api.example.com', true],
    ['example.com', 'https://api.example.com.', true],
    ['EXAMPLE.com', 'https://api.example.COM', true],
    ['example.com', 'https://badexample.com', false],
    ['example.com:443', 'https://api.example.com', true],
    ['example.com:8443', 'https://api.example.com', false],
    ['other.com, example.com', 'https://api.example.com', true],
    ['other.com example.com', 'https://api.example.com', true],
    ['', 'https://api.example.com', false],
    ['10.0.0.0/8', 'https://10.1.2.3', true],
    ['10.0.0.0/8', 'https://11.1.2.3', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:443', 'https://10.1.2.3', true],
    ['10.0.0.0/99', 'https://10.1.2.3', false],
    ['2001:db8::/32', 'https://[2001:db8::1]', true],
    ['[2001:db8::1]:443', 'https://[2001:db8::1]', true],
    ['2001:db8::/32', 'https://[2001:db9::1]', false],
    ['10.0.0.0/8', 'https://api.example.com', false],
  ];
  it.each(exempt)('with NO_PROXY=%s, %s is requested directly: %s', (noProxy, url, directly) => {
    const host = goesThrough(url, { HTTPS_PROXY: PROXY, NO_PROXY: noProxy });
    expect(host).toBe(directly ? undefined : 'proxy.example:3128');
  });

  it('no proxy is used for loopback, whatever the variables and NO_PROXY are', () => {
    const names = [
      'HTTP_PROXY',
      'http_proxy',
      'HTTPS_PROXY',
      'https_proxy',
      'ALL_PROXY',
      'all_proxy',
    ];
    const environments = fc.dictionary(fc.constantFrom(...names), fc.constant(PROXY));
    const hosts = fc.oneof(
      fc.constantFrom('localhost', '[::1]', 'LOCALHOST'),
      fc.nat({ max: 0xff_ff_ff }).map((n) => `127.${n >> 16}.${(n >> 8) & 255}.${n & 255}`),
    );
    fc.assert(
      fc.property(
        environments,
        fc.constantFrom('', 'example.com', '10.0.0.0/8'),
        fc.constantFrom('http', 'https'),
        hosts,
        fc.integer({ min: 1, max: 65_535 }),
        (environment, NO_PROXY, scheme, host, port) => {
          const url = new URL(`${scheme}://${host}:${port}/`);
          expect(proxyFor(url, { ...environment, NO_PROXY })).toBeUndefined();
        },
      ),
    );
  });

  it('the proxy is selected without an error for any NO_PROXY', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.webUrl(), (NO_PROXY, url) => {
        proxyFor(new URL(url), { HTTPS_PROXY: PROXY, NO_PROXY });
      }),
    );
  });
});

const HOST = 'service.example';
const certificates = throwAwayCertificates([HOST]);

describe.skipIf(!certificates)('tunnels', () => {
  const never = new AbortController().signal;
  const request: Request = {
    method: 'GET',
    url: new URL(`https://${HOST}/list`),
    headers: { Authorization: 'Bearer s3cret-key' },
  };

  /** Sends requests through a proxy, one after another. */
  async function through(proxy: string, count = 1, connectTimeoutMs = 10_000, sent = request) {
    const environment = { HTTPS_PROXY: proxy };
    const settings = { verifySsl: false, disableProxies: false, environment, connectTimeoutMs };
    const transport = createTransport(settings);
    const outcomes = [];
    for (let n = 0; n < count; n++) outcomes.push(await transport.send(sent, 30_000, never));
    transport.close();
    return outcomes;
  }

  /** A proxy that calls `onSocket` with the socket of each connection. */
  async function rawProxy(onSocket: (socket: Socket) => void) {
    const sockets = new Set<Socket>();
    const server = createTcpServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      address: `127.0.0.1:${port}`,
      url: `http://127.0.0.1:${port}`,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  it('a tunnel is reused for the next request, and closed with the transport', async () => {
    const service = createHttpsServer(certificates ?? {}, (_, res) => res.end('ok'));
    // The service does not close idle connections.
    service.keepAliveTimeout = 0;
    const closed: Promise<unknown>[] = [];
    service.on('connection', (socket) => closed.push(once(socket, 'close')));
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    await using proxy = await startProxy({ routes: { [`${HOST}:443`]: port } });
    const outcomes = await through(proxy.url, 3);
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ kind: 'answer', status: 200, text: 'ok' });
      expect(outcome).toMatchObject({ proxy: `127.0.0.1:${proxy.port}` });
    }
    expect(proxy.connects).toEqual([`${HOST}:443`]);
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
    await new Promise((resolve) => service.close(resolve));
  });

  it('a tunnel to an IPv6 address is requested with brackets', async () => {
    await using proxy = await startProxy();
    const url = new URL('https://[2001:db8::1]:8443/list');
    await through(proxy.url, 1, 10_000, { ...request, url });
    expect(proxy.connects).toEqual(['[2001:db8::1]:8443']);
  });

  it('a tunnel is opened through a proxy that uses TLS', async () => {
    await using behind = await startProxy();
    const server = createHttpsServer(certificates ?? {});
    server.on('connect', (_, client: Socket) => {
      client.on('error', () => {});
      const inner = connect(behind.port, '127.0.0.1');
      inner.on('error', () => client.destroy());
      inner.write(`CONNECT ${HOST}:443 HTTP/1.1\r\nHost: ${HOST}:443\r\n\r\n`);
      inner.pipe(client);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    // The inner proxy has no route to the host.
    expect(await through(`https://127.0.0.1:${port}`)).toMatchObject([
      { kind: 'answer', status: 403, tunnelRefused: true, proxy: `127.0.0.1:${port}` },
    ]);
    expect(behind.connects).toEqual([`${HOST}:443`]);
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['refuses', (socket: Socket) => socket.write('HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n')],
    ['never answers', () => {}],
  ])('no connection stays open to a proxy that %s', async (_, react) => {
    const closed: Promise<unknown>[] = [];
    await using proxy = await rawProxy((socket) => {
      closed.push(once(socket, 'close'));
      socket.once('data', () => react(socket));
    });
    await through(proxy.url, 1, 1_000);
    expect(closed).toHaveLength(1);
    await Promise.all(closed);
  });

  it.each([403, 407, 502])(
    'a refusal of the tunnel with status %i is the answer of the proxy, even if its body never ends',
    async (status) => {
      await using proxy = await rawProxy((socket) => {
        socket.once('data', () => {
          socket.write(
            `HTTP/1.1 ${status} No\r\nContent-Length: 9000\r\nX-Why: policy\r\n\r\n<html>`,
          );
        });
      });
      expect(await through(proxy.url)).toEqual([
        {
          kind: 'answer',
          status,
          headers: { 'content-length': '9000', 'x-why': 'policy' },
          text: '',
          proxy: proxy.address,
          tunnelRefused: true,
        },
      ]);
    },
  );

  it.each([
    ['closes the connection', (socket: Socket) => socket.end()],
    ['resets the connection', (socket: Socket) => socket.resetAndDestroy()],
    ['sends something that is not HTTP', (socket: Socket) => socket.end('SSH-2.0\r\n')],
  ])('a tunnel fails at once if the proxy %s during CONNECT', async (_, react) => {
    await using proxy = await rawProxy((socket) => socket.once('data', () => react(socket)));
    const [outcome] = await through(proxy.url);
    expect(outcome).toMatchObject({ kind: 'broken', cause: 'no_connection' });
    expect(outcome).toMatchObject({
      message: expect.stringContaining(`through the proxy ${proxy.address}`),
    });
  });

  it('a tunnel is abandoned after the connect timeout if the proxy never answers CONNECT', async () => {
    await using proxy = await rawProxy(() => {});
    expect(await through(proxy.url, 1, 1_000)).toEqual([
      {
        kind: 'broken',
        cause: 'no_connection',
        message: `no connection within 1 s (CONNECT_TIMEOUT), through the proxy ${proxy.address}`,
        code: 'CONNECT_TIMEOUT',
        proxy: proxy.address,
      },
    ]);
  });

  it.each([200, 299])(
    'a tunnel opened with status %i is abandoned after the connect timeout if the target is silent',
    async (status) => {
      await using proxy = await rawProxy((socket) => {
        socket.once('data', () => socket.write(`HTTP/1.1 ${status} OK\r\n\r\n`));
      });
      const [outcome] = await through(proxy.url, 1, 1_000);
      expect(outcome).toMatchObject({ kind: 'broken', cause: 'no_connection' });
    },
  );
});
