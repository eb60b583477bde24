/**
 * The base of both stand-ins: a real HTTP server on a loopback port that records its requests and can
 * cause faults. It knows neither service.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import {
  type Answer,
  answerUnder,
  type Fault,
  type FaultSource,
  type FaultWithoutAnswer,
  hasNoAnswer,
  type ItemFault,
  isCarriedOut,
  type Received,
  Script,
} from './faults.js';
import { cut, reset, send, sendHuge } from './sending.js';

export type { Answer, Fault, FaultSource, ItemFault, Received } from './faults.js';

export interface StandInOptions {
  tls?: { key: string; cert: string };
  now?: () => number;
  delay?: (ms: number) => Promise<void>;
}

const realDelay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export abstract class StandIn {
  readonly requests: Received[] = [];
  /** Whatever a client must never send; a test asserts that this stays empty. */
  readonly violations: string[] = [];
  /** The most requests that were in flight at the same time. */
  maxConcurrent = 0;
  faults: FaultSource = () => undefined;
  readonly scheme: 'http' | 'https';

  protected readonly now: () => number;
  private readonly delay: (ms: number) => Promise<void>;
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  private readonly counts = new Map<string, number>();
  private readonly scripts = new Script();
  private inFlight = 0;
  private held = 0;

  constructor(options: StandInOptions) {
    this.now = options.now ?? Date.now;
    this.delay = options.delay ?? realDelay;
    this.scheme = options.tls ? 'https' : 'http';
    const listener: RequestListener = (req, res) => void this.receive(req, res);
    this.server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
    // A client that reuses a connection must not lose a race against the server's own 5 s.
    this.server.keepAliveTimeout = 600_000;
    this.server.requestTimeout = 0;
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {}); // a client may hang up at any moment
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('tlsClientError', () => {});
  }

  /** Carries a request out, in one step, so that state never changes half way. */
  protected abstract answer(request: Received, itemFaults: ItemFault[]): Answer;

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The origin, without a slash at its end. */
  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  /** Requests being received or answered right now; those held by a delay or a hang not counted. */
  get busy(): number {
    return this.inFlight - this.held;
  }

  /**
   * Queues one-shot faults for matching requests, in order; `undefined` is a normal answer.
   * A string is a path or `METHOD /path`; a RegExp is searched in both, with the query.
   */
  script(path: string | RegExp, ...faults: (Fault | undefined)[]): void {
    this.scripts.add(path, faults);
  }

  async listen(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  /** Ends at once, and destroys open connections. */
  async close(): Promise<void> {
    if (!this.server.listening) return;
    const closed = once(this.server, 'close');
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  private async receive(req: IncomingMessage, res: ServerResponse): Promise<void> {
    this.inFlight += 1;
    this.maxConcurrent = Math.max(this.maxConcurrent, this.inFlight);
    res.on('close', () => {
      this.inFlight -= 1;
    });
    res.setHeader('date', new Date(this.now()).toUTCString());
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of req) chunks.push(chunk as Buffer);
    } catch {
      return; // the client went away before it had sent all
    }
    const request = received(req, Buffer.concat(chunks), this.now());
    this.requests.push(request);
    try {
      const fault = this.nextFault(request);
      if (fault) request.fault = fault;
      await this.respond(request, res, fault);
    } catch (error) {
      this.violations.push(`the sandbox itself failed: ${String(error)}`);
      send(res, request, { status: 500, body: 'sandbox failure' });
    }
  }

  private nextFault(request: Received): Fault | undefined {
    const endpoint = `${request.method} ${request.path}`;
    const n = this.counts.get(endpoint) ?? 0;
    this.counts.set(endpoint, n + 1);
    const { scripted, fault } = this.scripts.next(request);
    return scripted ? fault : this.faults(request, n);
  }

  private async respond(
    request: Received,
    res: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    if (fault && 'slow' in fault) await this.holding(this.delay(fault.slow), res);
    if (fault && hasNoAnswer(fault)) {
      if (isCarriedOut(fault)) this.answer(request, []);
      return this.leaveWithoutAnswer(request, res, fault);
    }
    const answer = answerUnder(fault, (itemFaults) => this.answer(request, itemFaults));
    if (fault && 'cut' in fault) return cut(res, request, answer);
    if (fault && 'after' in fault) await this.holding(this.delay(fault.after ?? 0), res);
    send(res, request, answer);
  }

  private leaveWithoutAnswer(
    request: Received,
    res: ServerResponse,
    fault: FaultWithoutAnswer,
  ): void | Promise<void> {
    if ('reset' in fault) return reset(res, this.scheme);
    if ('huge' in fault) return sendHuge(res, request, fault.huge);
    return this.holding(new Promise<void>(() => {}), res);
  }

  /** Until `wait` or the client's end, the request counts as held: it makes no progress. */
  private async holding(wait: Promise<void>, res: ServerResponse): Promise<void> {
    const gone = new Promise<void>((resolve) => res.once('close', resolve));
    this.held += 1;
    let over = false;
    const release = () => {
      if (!over) this.held -= 1;
      over = true;
    };
    void gone.then(release);
    await wait; // and not the race: a slow service carries out what its client has given up
    release();
  }
}

function received(req: IncomingMessage, body: Buffer, at: number): Received {
  const url = new URL(req.url ?? '/', 'http://sandbox');
  return {
    at,
    method: req.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: req.headers,
    body: parsed(body.toString('utf8'), req.headers['content-type'] ?? ''),
    bytes: body.length,
  };
}

function parsed(text: string, contentType: string): unknown {
  if (text === '') return undefined;
  if (contentType.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(text));
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
