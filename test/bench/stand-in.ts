/**
 * Both services for the benchmark, in a process of their own: each answer is prepared before the run, and
 * is sent after the time that the scenario gives. Nothing is validated. The process sends the address of
 * each scenario to its parent, and ends when the parent does.
 *
 * Each scenario has its own port. `POST /bench/begin` prepares the next run: it forgets the recorded
 * requests, and with `{"keep":true}` the objects that were posted are on the list from now on. `GET
 * /bench/recorded` returns the number of requests and the posts.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OBJECT_KEYS, type ObjectKey } from '../../src/indicator/indicator.js';
import { LISTS } from '../../src/vision-one/lists.js';
import { ONE_OBJECT, SCENARIOS, type Scenario } from './scenarios.js';
import { listedObject, threatqRow } from './values.js';

/** The largest pages that the services give. */
const ROWS_PAGE = 1_000;
const LIST_PAGE = 200;
/** The result of one object that was posted. */
const ITEM = '{"status":201}';

/** About 1 %, of all types: the types of the rows repeat after a number that does not divide it. */
const CHANGED_EVERY = 97;

/** A request that the floor client sends again. */
export interface Posted {
  path: string;
  body: string;
}

export interface Recorded {
  requests: number;
  posts: Posted[];
}

type ListedObject = Record<string, unknown> & { type: ObjectKey };

class PreparedServices {
  #recorded: Recorded = { requests: 0, posts: [] };
  #pages: Buffer[];
  #lists = new Map<string, Buffer[]>();
  #base = '';

  constructor(private readonly scenario: Scenario) {
    this.#pages = this.#rowPages(0);
  }

  async start(): Promise<string> {
    const server = createServer((req, res) => {
      const arrived = performance.now();
      void bodyOf(req).then((body) => {
        const answer = this.#answer(req, body);
        const status = req.method === 'POST' && req.url?.startsWith('/v3.0') ? 207 : 200;
        const delay = req.url?.startsWith('/bench/') ? 0 : this.scenario.answerMs;
        const send = () =>
          res
            .writeHead(status, {
              'content-type': 'application/json',
              'content-length': answer.length,
            })
            .end(answer);
        if (delay === 0) send();
        else setTimeout(send, delay - (performance.now() - arrived));
      });
    });
    server.keepAliveTimeout = 60_000;
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    this.#base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    if (this.scenario.listed === 'full') {
      for (const key of OBJECT_KEYS) {
        const { cap } = LISTS.suspicious_objects;
        this.#list(
          key,
          Array.from({ length: cap }, (_, n) => listedObject(key, n)),
        );
      }
    }
    return this.#base;
  }

  #answer({ method, url = '/', headers }: IncomingMessage, body: string): Buffer {
    const { pathname, searchParams } = new URL(url, this.#base);
    if (pathname === '/bench/recorded') return json(this.#recorded);
    if (pathname === '/bench/begin') return this.#begin(JSON.parse(body));
    this.#recorded.requests++;
    if (pathname === '/api/token') return TOKEN;
    if (pathname.startsWith('/api/indicators/query/hash/')) {
      const cursor = searchParams.get('cursorMark') ?? '*';
      return this.#pages[cursor === '*' ? 0 : Number(cursor)] ?? NOTHING;
    }
    if (method === 'POST') {
      this.#recorded.posts.push({ path: pathname, body });
      return itemResults(body);
    }
    if (pathname !== LISTS.suspicious_objects.path) return NO_OBJECTS;
    const filter = /'(\w+)'/.exec(String(headers['tmv1-filter'] ?? ''))?.[1] ?? '';
    return this.#lists.get(filter)?.[Number(searchParams.get('skipToken') ?? 0)] ?? NO_OBJECTS;
  }

  #begin({ keep = false }: { keep?: boolean }): Buffer {
    if (keep) {
      const objects = this.#recorded.posts.flatMap(
        ({ body }) => JSON.parse(body) as Record<string, unknown>[],
      );
      for (const key of OBJECT_KEYS) {
        const ofType = objects.filter((object) => key in object);
        this.#list(
          key,
          ofType.map((object) => listedAsSent(key, object)),
        );
      }
      this.#pages = this.#rowPages(CHANGED_EVERY);
    }
    this.#recorded = { requests: 0, posts: [] };
    return json({});
  }

  /** @param changedEvery of so many rows, one has another score than at first; 0 for none */
  #rowPages(changedEvery: number): Buffer[] {
    const { rows: total, types } = this.scenario;
    const count = Math.ceil(total / ROWS_PAGE);
    const pages = Array.from({ length: count }, (_, page) => {
      const from = page * ROWS_PAGE;
      const length = Math.min(ROWS_PAGE, total - from);
      const data = Array.from({ length }, (_, index) => {
        const row = threatqRow(from + index, types);
        const isChanged = changedEvery > 0 && row.id % changedEvery === 0;
        // Another risk level.
        return isChanged ? { ...row, score: row.score >= 9 ? 1 : 10 } : row;
      });
      return json({ total, data, nextCursorMark: String(page + 1), limit: ROWS_PAGE });
    });
    // The collection ends with an empty page, whose cursor stays the same.
    return [...pages, json({ total, data: [], nextCursorMark: String(count), limit: ROWS_PAGE })];
  }

  #list(key: ObjectKey, objects: ListedObject[]): void {
    const pages = Array.from({ length: Math.ceil(objects.length / LIST_PAGE) }, (_, page) => {
      const items = objects.slice(page * LIST_PAGE, (page + 1) * LIST_PAGE);
      const isLast = (page + 1) * LIST_PAGE >= objects.length;
      const next = `${this.#base}${LISTS.suspicious_objects.path}?top=${LIST_PAGE}&skipToken=${page + 1}`;
      return json({ items, ...(!isLast && { nextLink: next }) });
    });
    this.#lists.set(key, pages);
  }
}

function listedAsSent(key: ObjectKey, sent: Record<string, unknown>): ListedObject {
  const { daysToExpiration, ...object } = sent;
  const now = Date.now();
  const expires = new Date(now + Number(daysToExpiration) * 86_400_000).toISOString();
  return {
    type: key,
    ...object,
    inExceptionList: false,
    lastModifiedDateTime: new Date(now).toISOString(),
    expiredDateTime: expires,
  };
}

const json = (value: unknown) => Buffer.from(JSON.stringify(value));
const TOKEN = json({ access_token: 'token', expires_in: 3600, token_type: 'bearer' });
const NOTHING = json({ total: 0, data: [] });
const NO_OBJECTS = json({ items: [] });

/** The objects are flat, so each object except the first follows `},{`. */
function itemResults(body: string): Buffer {
  const { length } = body.split('},{');
  return Buffer.from(`[${Array.from({ length }, () => ITEM).join(',')}]`);
}

async function bodyOf(req: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

const wanted = new Set(process.argv.slice(2));
const addresses: Record<string, string> = {};
for (const scenario of [...SCENARIOS, ONE_OBJECT]) {
  if (wanted.has(scenario.name)) {
    addresses[scenario.name] = await new PreparedServices(scenario).start();
  }
}
process.send?.(addresses);
process.on('disconnect', () => process.exit());
