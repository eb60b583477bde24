/**
 * Measures the delivery of 10,000 objects, and compares it with a plain loop and with lower bounds.
 */
import { Agent, request } from 'node:http';
import { describeIndicator } from '../../src/export/description.js';
import { mapIndicator } from '../../src/export/map.js';
import { sendObjects } from '../../src/export/send.js';
import { ApiClient } from '../../src/http/api-client.js';
import { systemClock } from '../../src/http/clock.js';
import { createTransport } from '../../src/http/transport.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { CONCURRENCY, VisionOne } from '../../src/vision-one/client.js';
import { LISTS, MAX_BODY_BYTES } from '../../src/vision-one/lists.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';
import { type MadeRow, madeRow, madeRows } from '../support/rows.js';
import { REQUEST_MS } from './plain-list.js';
import { median, ms, type Row, times } from './table.js';

const OBJECTS = 10_000;
const ROUNDS = 5;
const list = LISTS.suspicious_objects;

/** The second of each four generated indicators is a URL. */
const longUrls = () => Array.from({ length: OBJECTS }, (_, n) => madeRow(4 * n + 1, 2_000));

function objectsOf(rows: MadeRow[]): VisionOneObject[] {
  return rows.flatMap((row) => {
    const indicator = readRow(row);
    const description = describeIndicator(indicator, 'Active C2');
    const { objects } = mapIndicator(indicator, { list, settings: BLOCKLIST_SETTINGS, now: 0 });
    return objects.map((object) => ({ ...object, description }));
  });
}

/** The fewest bodies that the two limits of a request (items and bytes) allow. */
function bodiesOf(objects: VisionOneObject[]): string[] {
  const bodies: string[] = [];
  let texts: string[] = [];
  let bytes = 2;
  for (const object of objects) {
    const text = JSON.stringify(object);
    const more = Buffer.byteLength(text) + 1;
    if (
      texts.length === list.maxPerRequest ||
      (texts.length > 0 && bytes + more > MAX_BODY_BYTES)
    ) {
      bodies.push(`[${texts.join(',')}]`);
      [texts, bytes] = [[], 2];
    }
    texts.push(text);
    bytes += more;
  }
  return [...bodies, `[${texts.join(',')}]`];
}

/** Sends the bodies one after another with fetch, in the style of the official SDK. */
async function plainLoop(base: string, objects: VisionOneObject[]): Promise<number> {
  const startedAt = performance.now();
  for (const body of bodiesOf(objects)) {
    const headers = { authorization: 'Bearer key', 'content-type': 'application/json' };
    const answer = await fetch(`${base}${list.path}`, { method: 'POST', headers, body });
    await answer.json();
  }
  return performance.now() - startedAt;
}

/**
 * Sends the bodies with node:http alone, and with the same concurrency: what this machine allows.
 */
async function bareNode(base: string, objects: VisionOneObject[]): Promise<number> {
  const startedAt = performance.now();
  const agent = new Agent({ keepAlive: true });
  const bodies = bodiesOf(objects);
  const post = (body: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = { 'content-length': Buffer.byteLength(body) };
      request(`${base}${list.path}`, { method: 'POST', agent, headers }, (answer) =>
        answer.resume().on('end', resolve),
      )
        .on('error', reject)
        .end(body);
    });
  const worker = async () => {
    for (let body = bodies.shift(); body !== undefined; body = bodies.shift()) await post(body);
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  agent.destroy();
  return performance.now() - startedAt;
}

async function bundle(base: string, objects: VisionOneObject[]) {
  const startedAt = performance.now();
  const transport = createTransport({ verifySsl: true, disableProxies: true });
  const never = new AbortController().signal;
  const limits = { deadline: Date.now() + 60_000, stopping: never, aborting: never };
  const client = new ApiClient('Vision One', transport, systemClock, limits);
  let done = 0;
  await sendObjects({
    objects,
    payload: (object) => object,
    path: list.path,
    maxItems: list.maxPerRequest,
    doneStatuses: [409],
    visionOne: new VisionOne(client, new URL(base), 'key', 'bench'),
    settle: (_, { outcome }) => {
      if (outcome === 'done') done++;
    },
  });
  const took = performance.now() - startedAt;
  transport.close();
  if (done !== objects.length) throw new Error(`${done} of ${objects.length} were accepted`);
  return { took, requests: client.requests.sent };
}

async function compared(what: string, base: string, objects: VisionOneObject[]): Promise<Row[]> {
  const needed = bodiesOf(objects).length;
  const minimum = Math.ceil(needed / CONCURRENCY) * REQUEST_MS;
  const loops: number[] = [];
  const runs: number[] = [];
  const bare: number[] = [];
  let requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    loops.push(await plainLoop(base, objects));
    bare.push(await bareNode(base, objects));
    const run = await bundle(base, objects);
    runs.push(run.took);
    requests = run.requests;
  }
  const [loop, run, bareTime] = [median(loops), median(runs), median(bare)];
  return [
    {
      what: `${what}: time, against a plain loop`,
      measured: ms(run),
      reference: ms(loop),
      ratio: times(run / loop),
    },
    {
      what: `${what}: time, against the minimum with ${CONCURRENCY} concurrent requests`,
      measured: ms(run),
      reference: ms(minimum),
      ratio: times(run / minimum),
      target: '≤ 1.3 ×',
    },
    {
      what: `${what}: time, against bare node:http with the same requests`,
      measured: ms(run),
      reference: ms(bareTime),
      ratio: times(run / bareTime),
    },
    {
      what: `${what}: requests, against the fewest that the limits allow`,
      measured: String(requests),
      reference: String(needed),
      ratio: times(requests / needed),
      target: '1 ×',
    },
  ];
}

export async function benchDelivery(base: string): Promise<Row[]> {
  // A first run, so that no cold start is measured.
  await bundle(base, objectsOf(madeRows(2_000)));
  return [
    ...(await compared('10,000 objects', base, objectsOf(madeRows(OBJECTS)))),
    ...(await compared('10,000 URLs of 2,000 characters', base, objectsOf(longUrls()))),
  ];
}
