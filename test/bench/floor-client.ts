/**
 * The floor of a run: the same requests from bare node:http, each as early as its dependencies allow, and
 * nothing done with the answers but to follow them.
 */
import { Agent, request } from 'node:http';
import { LISTS } from '../../src/vision-one/lists.js';
import type { Addresses } from './services.js';

const { path } = LISTS.suspicious_objects;
/** The types of the generated indicators. */
const TYPES = ['domain', 'url', 'fileSha256', 'ip'];
const LIST_PAGE = 200;
const ROWS_PAGE = 1_000;

interface Call {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

export interface FloorRun {
  threatq: Addresses['threatq'];
  visionOne: string;
  hash: string;
  /** The bodies that the run sends at its end. */
  bodies: string[];
}

/** @returns milliseconds, and the number of requests */
export async function runFloor({ threatq, visionOne, hash, bodies }: FloorRun) {
  const agent = new Agent({ keepAlive: true });
  let requests = 0;
  const call = (url: string, { method = 'GET', headers = {}, body }: Call = {}) => {
    requests++;
    return new Promise<unknown>((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
      request(url, { method, agent, headers: { ...headers, ...length } }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())));
      })
        .on('error', reject)
        .end(body);
    });
  };
  const authorization = `Bearer sandbox-api-key`;
  const readList = async (first: string, filter?: string) => {
    const headers = { authorization, ...(filter && { 'tmv1-filter': filter }) };
    for (let url: string | undefined = first; url; ) {
      const page = (await call(url, { headers })) as { nextLink?: string };
      url = page.nextLink;
    }
  };
  const readLists = () =>
    Promise.all([
      ...TYPES.map((type) => readList(`${visionOne}${path}?top=${LIST_PAGE}`, `type eq '${type}'`)),
      readList(`${visionOne}${LISTS.exceptions.path}?top=${LIST_PAGE}`),
    ]);

  const startedAt = performance.now();
  const credentials = Buffer.from(`${threatq.client_id}:${threatq.client_secret}`);
  const { access_token } = (await call(`${threatq.host}/api/token`, {
    method: 'POST',
    headers: {
      authorization: `Basic ${credentials.toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: 'grant_type=client_credentials',
  })) as { access_token: string };
  let lists: Promise<unknown> | undefined;
  for (let cursor = '*', last = ''; cursor !== last; ) {
    const query = `limit=${ROWS_PAGE}&sort=updated_at&cursorMark=${encodeURIComponent(cursor)}`;
    const page = (await call(`${threatq.host}/api/indicators/query/hash/${hash}?${query}`, {
      headers: { authorization: `Bearer ${access_token}` },
    })) as { nextCursorMark?: string };
    // The rows of the first page say which types are needed.
    lists ??= readLists();
    last = cursor;
    cursor = page.nextCursorMark ?? last;
  }
  await lists;
  const headers = { authorization, 'content-type': 'application/json' };
  await Promise.all(
    bodies.map((body) => call(`${visionOne}${path}`, { method: 'POST', headers, body })),
  );
  const tookMs = performance.now() - startedAt;
  agent.destroy();
  return { tookMs, requests };
}
