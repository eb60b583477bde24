/** Delivering 10,000 objects: against a plain loop in the style of the official SDK, and the floor. */
import { Agent, request } from 'node:http';
import { mapIndicator } from '../../src/export/map.js';
import { CONCURRENCY, deliver } from '../../src/export/send.js';
import { Service } from '../../src/http/api-client.js';
import { systemClock } from '../../src/http/clock.js';
import { createTransport } from '../../src/http/transport.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { VisionOne } from '../../src/vision-one/client.js';
import { LISTS, MAX_BODY_BYTES } from '../../src/vision-one/lists.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';
import { type MadeRow, madeRow, madeRows } from '../support/rows.js';
import { REQUEST_MS } from './plain-list.js';
import { median, ms, type Row, times } from './table.js';

const OBJECTS = 10_000;
const ROUNDS = 5;
const list = LISTS.suspicious_objects;

/** Of four made-up indicators the second is a URL. */
const longUrls = () => Array.from({ length: OBJECTS }, (_, n) => madeRow(4 * n + 1, 2_000));

function objectsOf(rows: MadeRow[]): VisionOneObject[] {
  return rows.flatMap(
    (row) => mapIndicator(readRow(row), list, BLOCKLIST_SETTINGS, 'Active C2').objects,
  );
}

/** Bodies that the two bounds force: closed by items or by bytes, whichever comes first. */
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

/** One chunk after another, one fetch each. */
async function plainLoop(base: string, objects: VisionOneObject[]): Promise<number> {
  const startedAt = performance.now();
  for (const body of bodiesOf(objects)) {
    const headers = { authorization: 'Bearer key', 'content-type': 'application/json' };
    const answer = await fetch(`${base}${list.path}`, { method: 'POST', headers, body });
    await answer.json();
  }
  return performance.now() - startedAt;
}

/** Node's own client and nothing else, as many at once as ours: what this machine allows. */
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

async function ours(base: string, objects: VisionOneObject[]) {
  const startedAt = performance.now();
  const transport = createTransport({ verifySsl: true, disableProxies: true });
  const never = new AbortController().signal;
  const limits = { deadline: Date.now() + 60_000, stopping: never, breaking: never };
  const service = new Service('Vision One', transport, systemClock, limits);
  let done = 0;
  await deliver({
    objects,
    payload: (object) => object,
    path: list.path,
    maxItems: list.maxPerRequest,
    alsoDone: [409],
    visionOne: new VisionOne(service, new URL(base), 'key', 'bench'),
    settle: (_, { outcome }) => {
      if (outcome === 'done') done++;
    },
  });
  const took = performance.now() - startedAt;
  transport.close();
  if (done !== objects.length) throw new Error(`${done} of ${objects.length} were accepted`);
  return { took, requests: service.requests.sent };
}

async function compared(what: string, base: string, objects: VisionOneObject[]): Promise<Row[]> {
  const needed = bodiesOf(objects).length;
  const floor = Math.ceil(needed / CONCURRENCY) * REQUEST_MS;
  const loops: number[] = [];
  const runs: number[] = [];
  const bare: number[] = [];
  let requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    loops.push(await plainLoop(base, objects));
    bare.push(await bareNode(base, objects));
    const run = await ours(base, objects);
    runs.push(run.took);
    requests = run.requests;
  }
  const [loop, run, allowed] = [median(loops), median(runs), median(bare)];
  return [
    {
      what: `${what}: time, against a plain loop`,
      measured: ms(run),
      against: ms(loop),
      ratio: times(run / loop),
    },
    {
      what: `${what}: time, against the floor at ${CONCURRENCY} at once`,
      measured: ms(run),
      against: ms(floor),
      ratio: times(run / floor),
      aim: '≤ 1.3 ×',
    },
    {
      what: `${what}: time, against bare node:http with the same requests`,
      measured: ms(run),
      against: ms(allowed),
      ratio: times(run / allowed),
    },
    {
      what: `${what}: requests, against what the two bounds force`,
      measured: String(requests),
      against: String(needed),
      ratio: times(requests / needed),
      aim: '1 ×',
    },
  ];
}

export async function benchDelivery(base: string): Promise<Row[]> {
  // Once before, so that what is measured is no cold start.
  await ours(base, objectsOf(madeRows(2_000)));
  return [
    ...(await compared('10,000 objects', base, objectsOf(madeRows(OBJECTS)))),
    ...(await compared('10,000 URLs of 2,000 characters', base, objectsOf(longUrls()))),
  ];
}
