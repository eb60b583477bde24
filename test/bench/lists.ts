/**
 * Measures reading a full Suspicious Object List, planning against it, and matching against
 * exclusion lists. All services are on loopback.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { desiredOf } from '../../src/export/desired.js';
import { evaluate } from '../../src/export/evaluate.js';
import { Ledger } from '../../src/export/ledger.js';
import { ListIndex } from '../../src/export/list-index.js';
import { planChanges } from '../../src/export/plan.js';
import { ApiClient } from '../../src/http/api-client.js';
import { systemClock } from '../../src/http/clock.js';
import { createTransport } from '../../src/http/transport.js';
import { OBJECT_KEYS } from '../../src/indicator/indicator.js';
import { ExceptionMatcher } from '../../src/safety/exception-matcher.js';
import type { Exclusions } from '../../src/safety/exclusions.js';
import { type ObjectParts, objectParts } from '../../src/safety/object-parts.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { VisionOne } from '../../src/vision-one/client.js';
import { LISTS } from '../../src/vision-one/lists.js';
import { startVisionOne } from '../sandbox/vision-one.js';
import { exclusionsInFiles } from '../support/exclusions.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';
import { evaluationContext } from '../support/mapping.js';
import { madeRow } from '../support/rows.js';
import { OWN_TAG } from '../support/world.js';
import { FULL_LIST, seedFullList } from './full-list.js';

const PLANNED = [10_000, 100_000];
const OBJECTS = 10_000;
const EXCLUSION_FILES = 100;

/** The measurements by their names. */
export async function listRows(): Promise<Array<[what: string, measured: string]>> {
  const rows: Array<[string, string]> = [];
  const { listIndex, tookMs, requests } = await readFullList();
  rows.push([
    `reading a list of ${count(FULL_LIST)} objects (${requests} requests)`,
    seconds(tookMs),
  ]);
  for (const indicators of PLANNED) {
    const took = plan(listIndex, indicators);
    rows.push([`planning ${count(indicators)} indicators against it`, seconds(took)]);
  }
  const few = await match(10_000);
  const many = await match(1_000_000);
  for (const { entries, loadMs, heapMb, perObjectUs } of [few, many]) {
    const what = `${count(entries)} exclusions in ${EXCLUSION_FILES} files`;
    rows.push([`loading ${what}`, `${seconds(loadMs)}, ${heapMb.toFixed(0)} MB`]);
    rows.push([
      `matching ${count(OBJECTS)} objects against ${what}`,
      `${perObjectUs.toFixed(1)} µs per object`,
    ]);
  }
  const ratio = many.perObjectUs / few.perObjectUs;
  rows.push([
    `matching: ${count(many.entries)} exclusions compared with ${count(few.entries)}`,
    `${ratio.toFixed(1)} times the time`,
  ]);
  return rows;
}

async function readFullList() {
  const standIn = await startVisionOne();
  const transport = createTransport({ verifySsl: true, disableProxies: true });
  try {
    seedFullList(standIn, OWN_TAG);
    const never = new AbortController().signal;
    const limits = { deadline: Date.now() + 600_000, stopping: never, aborting: never };
    const client = new ApiClient('Vision One', transport, systemClock, limits);
    const visionOne = new VisionOne(client, new URL(standIn.url), standIn.apiKey, 'bench/1');
    const listIndex = new ListIndex(visionOne, LISTS.suspicious_objects);
    const tookMs = await timed(() => listIndex.need(OBJECT_KEYS));
    return { listIndex, tookMs, requests: standIn.requests.length };
  } finally {
    transport.close();
    await standIn.close();
  }
}

/** Measures the comparison of both states. The indicators were evaluated while they were read. */
function plan(listIndex: ListIndex, indicators: number): number {
  const ledger = new Ledger();
  const exceptions = new ExceptionMatcher();
  for (let n = 0; n < LISTS.exceptions.cap; n++) exceptions.add('domain', `*.good-${n}.com`);
  const context = evaluationContext({
    list: LISTS.suspicious_objects,
    settings: BLOCKLIST_SETTINGS,
    protectedHosts: ['threatq.example.com', 'api.xdr.trendmicro.com'],
  });
  const made = Array.from({ length: indicators }, (_, n) => readRow(madeRow(n))).flatMap(
    (indicator) => evaluate(indicator, context).objects.map((object) => ledger.open(object)),
  );
  const started = performance.now();
  planChanges(desiredOf(made, exceptions), listIndex, {
    list: LISTS.suspicious_objects,
    existing: 'changed',
    removes: true,
    protects: true,
    ownerTag: OWN_TAG,
    collection: 'Active C2',
    noRemovalReason: undefined,
    allowLargeRemoval: true,
    limit: LISTS.suspicious_objects.cap,
    approval: undefined,
    now: Date.now(),
  });
  return performance.now() - started;
}

async function match(entries: number) {
  const folder = await mkdtemp(join(tmpdir(), 'vision-one-bench-'));
  try {
    const paths = await writeLists(folder, entries / EXCLUSION_FILES);
    const before = heapUsed();
    let exclusions: Exclusions | undefined;
    const loadMs = await timed(async () => {
      exclusions = await exclusionsInFiles(paths);
    });
    const heapMb = (heapUsed() - before) / 1e6;
    const targets = Array.from({ length: OBJECTS }, (_, n) => objectOf(n));
    // One round to warm up, then the fastest of three.
    const times = [0, 1, 2, 3].map(() => {
      const started = performance.now();
      for (const one of targets) exclusions?.find(one);
      return performance.now() - started;
    });
    const perObjectUs = (Math.min(...times.slice(1)) * 1_000) / OBJECTS;
    return { entries, loadMs, heapMb, perObjectUs };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All entries have the same length, whatever their number is. */
const digits = (n: number) => String(n).padStart(7, '0');

/** All kinds of entries except regular expressions, which are not looked up in an index. */
const KINDS: Array<[type: string | undefined, entry: (n: number) => string]> = [
  ['hostname', (n) => `host-${digits(n)}.example.com`],
  ['cidr', (n) => `${60 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/${20 + (n % 5)}`],
  ['string', (n) => `https://www.string-${digits(n)}.com/a/path`],
  ['substring', (n) => `substring-${digits(n)}-`],
  [undefined, (n) => `*.line-${digits(n)}.com`],
];

async function writeLists(folder: string, perList: number): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 0; index < EXCLUSION_FILES; index++) {
    const [type, entry] = KINDS[index % KINDS.length] ?? [undefined, String];
    const from = Math.floor(index / KINDS.length) * perList;
    const list = Array.from({ length: perList }, (_, n) => entry(from + n));
    const path = join(folder, `list-${index}`);
    await writeFile(path, type ? JSON.stringify({ name: path, type, list }) : list.join('\n'));
    paths.push(path);
  }
  return paths;
}

/** No object is on any list, so that each look-up is done. */
function objectOf(n: number): ObjectParts {
  const { type, value } = madeRow(n);
  if (type.name === 'URL') return objectParts({ url: value });
  if (type.name === 'FQDN') return objectParts({ domain: value });
  return type.name === 'IP Address'
    ? objectParts({ ip: value })
    : objectParts({ fileSha256: value });
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The size of the heap after a garbage collection. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

const count = (number: number) => number.toLocaleString('en-US');
const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
