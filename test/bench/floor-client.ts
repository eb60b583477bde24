/**
 * The floor of a run, as a program of its own: the same requests with bare node:http, each as early as its
 * dependencies allow, and no more posts at once than the action sends. Nothing is done with an answer but
 * to parse it and to follow it. With `sequential` it is what a plain script does: one request after another.
 *
 * Reads a FloorRun as JSON from standard input.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { FloorRun } from './floor.js';

const { base, collection, types, listPath, exceptionsPath, posts, postsAtOnce, sequential } =
  JSON.parse(await text(process.stdin)) as FloorRun;
const agent = new Agent({ keepAlive: true });

interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

function call<T>(url: string, { method = 'GET', headers = {}, body }: Call = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
    })
      .on('error', reject)
      .end(body);
  });
}

/** Calls `work` for each value: `atOnce` at a time, or one after another. */
async function each<T>(
  values: T[],
  atOnce: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const waiting = values.values();
  const worker = async () => {
    for (const value of waiting) await work(value);
  };
  await Promise.all(Array.from({ length: sequential ? 1 : atOnce }, worker));
}

const headers = { authorization: 'Bearer sandbox-api-key', 'content-type': 'application/json' };

async function readList(path: string, filter: string): Promise<void> {
  for (let url: string | undefined = `${base}${path}?top=200`; url; ) {
    const page: { nextLink?: string } = await call(url, {
      headers: { ...headers, 'tmv1-filter': filter },
    });
    url = page.nextLink;
  }
}

const parts = [...types.map((type) => [listPath, `type eq '${type}'`]), [exceptionsPath, '']];
const readLists = () =>
  each(parts, parts.length, ([path = '', filter = '']) => readList(path, filter));

const { access_token } = await call<{ access_token: string }>(`${base}/api/token`, {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
  body: 'grant_type=client_credentials',
});
let lists: Promise<void> | undefined;
for (let cursor = '*', last = ''; cursor !== last; ) {
  const query = `limit=1000&sort=updated_at&cursorMark=${encodeURIComponent(cursor)}`;
  const url = `${base}/api/indicators/query/hash/${collection}?${query}`;
  const page = await call<{ nextCursorMark: string }>(url, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  // The rows of the first page say which types are needed.
  if (!sequential) lists ??= readLists();
  last = cursor;
  cursor = page.nextCursorMark;
}
await (lists ?? readLists());
await each(posts, postsAtOnce, async ({ path, body }) => {
  await call(`${base}${path}`, { method: 'POST', headers, body });
});
agent.destroy();
