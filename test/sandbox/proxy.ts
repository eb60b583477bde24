/**
 * A forward proxy on loopback: CONNECT tunnels and requests in absolute form, with or without
 * credentials. It never leaves the machine: what is neither loopback nor in `routes` is a 403.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface ProxyOptions {
  username?: string;
  password?: string;
  /** `host:port` as asked for → the loopback port that stands in for it. */
  routes?: Record<string, number>;
}

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** With the credentials in it, as HTTPS_PROXY wants them. */
  readonly url: string;
  /** `host:port` of each CONNECT, refused ones included. */
  readonly connects: string[];
  /** `METHOD url` of each request in absolute form. */
  readonly requests: string[];
  close(): Promise<void>;
}

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

export async function startProxy(options: ProxyOptions = {}): Promise<Proxy> {
  const { username, password = '', routes = {} } = options;
  const connects: string[] = [];
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const isAllowed = (req: IncomingMessage) =>
    username === undefined || req.headers['proxy-authorization'] === wanted;
  const portFor = (host: string, port: string): number | undefined =>
    routes[`${host}:${port}`] ?? (loopback.test(host) ? Number(port) : undefined);
  const keep = (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  };

  const server = createServer((req, res) => {
    requests.push(`${req.method} ${req.url}`);
    if (!isAllowed(req)) {
      res.writeHead(407, { 'proxy-authenticate': 'Basic realm="sandbox"' }).end('who are you?');
      return;
    }
    if (!URL.canParse(req.url ?? '')) {
      res.writeHead(400).end('a proxy takes absolute URLs');
      return;
    }
    const target = new URL(req.url ?? '');
    const port = portFor(target.hostname, target.port || '80');
    if (port === undefined) res.writeHead(403).end('not on loopback');
    else forward(req, res, target, port);
  });
  server.on('connection', keep);
  server.on('connect', (req: IncomingMessage, client: Duplex, head: Buffer) => {
    const authority = req.url ?? '';
    connects.push(authority);
    keep(client);
    if (!isAllowed(req)) {
      client.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="sandbox"\r\nContent-Length: 0\r\n\r\n',
      );
      return;
    }
    const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(authority) ?? [];
    const to = portFor(host, port);
    if (to === undefined) client.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    else keep(tunnel(client, to, head));
  });

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const user =
    username === undefined
      ? ''
      : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
  return {
    port,
    url: `http://${user}127.0.0.1:${port}`,
    connects,
    requests,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function tunnel(client: Duplex, port: number, head: Buffer): Socket {
  const upstream = connect(port, '127.0.0.1', () => {
    client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(client).pipe(upstream);
  });
  upstream.on('error', () => client.destroy());
  client.on('error', () => upstream.destroy());
  client.on('close', () => upstream.destroy());
  return upstream;
}

function forward(req: IncomingMessage, res: ServerResponse, target: URL, port: number): void {
  const { 'proxy-authorization': _mine, ...headers } = req.headers;
  const upstream = request(
    {
      host: '127.0.0.1',
      port,
      method: req.method ?? 'GET',
      path: target.pathname + target.search,
      headers: { ...headers, host: target.host },
    },
    (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(res);
    },
  );
  upstream.on('error', () => res.destroy());
  req.pipe(upstream);
}
