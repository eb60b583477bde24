/** Measures loading exclusion lists and matching objects against them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Exclusions } from '../../src/safety/exclusions.js';
import { type ObjectParts, objectParts } from '../../src/safety/object-parts.js';
import { exclusionsInFiles } from '../support/exclusions.js';
import { madeRow } from '../support/rows.js';
import { markdownTable } from './table.js';

const OBJECTS = 10_000;
const EXCLUSION_FILES = 100;

export async function exclusionTable(): Promise<string> {
  const rows = [await measureExclusions(10_000), await measureExclusions(1_000_000)].map(
    ({ entries, loadMs, heapMb, perObjectUs }) => [
      count(entries),
      `${(loadMs / 1_000).toFixed(2)} s`,
      `${heapMb.toFixed(0)} MB`,
      `${perObjectUs.toFixed(1)} µs`,
    ],
  );
  return markdownTable(
    ['Exclusions in 100 files', 'Loading', 'Memory', 'Matching an object'],
    rows,
  );
}

async function measureExclusions(entries: number) {
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

/** Padded, so that entries have the same length in both measurements. */
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
