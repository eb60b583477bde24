/** The treatment of objects that are on the list already, and the progress of repeated runs. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Rows } from '../sandbox/collections.js';
import { startThreatQ } from '../sandbox/threatq.js';
import { paths, startVisionOne } from '../sandbox/vision-one.js';
import { removeFolder, unpack } from '../support/bundle.js';
import {
  type ExportOptions,
  exportTruthfully,
  startTruthfully,
} from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { lazyRows, type MadeRow, madeRow, madeRows, rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const SKIP = { existing_objects: 'skip' } as const;
const posts = () => sandbox.visionOne.requests.filter(({ method }) => method === 'POST');
const pagesRead = () => sandbox.threatq.requests.filter(({ path }) => path.includes('/query/hash'));

/** Returns a function that exports the same rows at each call. */
const exportsOf =
  (rows: Rows) =>
  (options: ExportOptions = {}) =>
    exportTruthfully(sandbox, rows, options);

describe('Existing Objects: send again', () => {
  it('without protection, settings and expiration of a listed object are changed', async () => {
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'c2.bad-actor.com', scanAction: 'log', expires: '2026-01-02' },
    ]);
    const run = exportsOf(rowsOf(['FQDN', 'c2.bad-actor.com', { score: 10 }]));
    const { counts } = await run({ settings: { protect_existing: false } });
    expect(counts).toMatchObject({ accepted: 1, skipped: 0, by_change: { change: 1 } });
    const [object] = [...sandbox.visionOne.suspicious.values()];
    expect(object).toMatchObject({ scanAction: 'block', riskLevel: 'high' });
    expect(object?.expires).toBe(sandbox.clock.now() + 30 * 86_400_000);
  });
});

describe('Existing Objects: leave untouched', () => {
  it('if Existing Objects is skip, listed objects are not sent, and each is reported as already_listed', async () => {
    const run = exportsOf(madeRows(400));
    await run();
    const before = structuredClone(sandbox.visionOne.suspicious);
    const sent = posts().length;
    sandbox.clock.advance(86_400_000);
    const { status, counts, items } = await run({ settings: SKIP });
    expect(status).toBe('Completed');
    expect(counts).toMatchObject({ read: 400, accepted: 0, by_reason: { already_listed: 400 } });
    expect(items[0]).toMatchObject({ message: 'it is on the Suspicious Object List already' });
    expect(posts()).toHaveLength(sent);
    expect(sandbox.visionOne.suspicious).toEqual(before);
  });

  it('an object counts as listed if case, spelling or a trailing dot differ', async () => {
    const hash = createHash('sha256').update('x').digest('hex');
    sandbox.visionOne.seed('suspicious', [
      { type: 'fileSha256', value: hash.toUpperCase() },
      { type: 'domain', value: 'C2.Bad-Actor.COM.' },
      { type: 'ip', value: '2A00:0:0:0:0:0:0:1' },
      { type: 'senderMailAddress', value: 'Boss@Bad-Actor.com' },
      { type: 'url', value: 'HTTP://Bad-Actor.com/A' },
    ]);
    const run = exportsOf(
      rowsOf(
        ['SHA-256', hash],
        ['FQDN', 'c2.bad-actor.com'],
        ['IPv6 Address', '2a00::1'],
        ['Email Address', 'boss@bad-actor.com'],
        ['URL', 'http://bad-actor.com/A'],
      ),
    );
    const { counts } = await run({ settings: SKIP });
    expect(counts.by_reason).toEqual({ already_listed: 5 });
    expect(posts()).toEqual([]);
  });

  it('a listed value of another type does not count as listed', async () => {
    sandbox.visionOne.seed('suspicious', [{ type: 'url', value: 'http://45.1.2.3/' }]);
    const run = exportsOf(rowsOf(['IP Address', '45.1.2.3'], ['URL', '45.1.2.3/']));
    const { counts } = await run({ settings: SKIP });
    expect(counts).toMatchObject({ accepted: 1, by_reason: { already_listed: 1 } });
  });

  it('if Existing Objects is skip, listed objects do not count toward Objects Per Run', async () => {
    const rows = madeRows(30);
    const run = exportsOf(rows);
    await run({ settings: { objects_per_run: 20 } });
    const { counts } = await run({ settings: { ...SKIP, objects_per_run: 5 } });
    expect(counts).toMatchObject({ accepted: 5, by_reason: { already_listed: 20 } });
    expect(sandbox.visionOne.suspicious.size).toBe(25);
  });

  it('an object that was removed from the list by hand is added again', async () => {
    const run = exportsOf(madeRows(20));
    await run();
    sandbox.visionOne.suspicious.delete('domain\nc2-0.bad-actor-0.com');
    const { counts } = await run({ settings: SKIP });
    expect(counts).toMatchObject({ accepted: 1, by_reason: { already_listed: 19 } });
  });

  it('Existing Objects also applies to the Exception List', async () => {
    sandbox.visionOne.seed('exceptions', [{ type: 'domain', value: '*.GOOD.com' }]);
    const run = exportsOf(rowsOf(['FQDN', '*.good.com'], ['FQDN', 'better.com']));
    const outcome = await run({ list: 'exceptions', settings: SKIP });
    expect(outcome.counts).toMatchObject({ accepted: 1, by_reason: { already_listed: 1 } });
    expect(outcome.items[0]).toMatchObject({ message: 'it is on the Exception List already' });
  });
});

describe('repeated runs', () => {
  const runs = async (
    run: (options: ExportOptions) => Promise<unknown>,
    count: number,
    per: number,
  ) => {
    for (let n = 0; n < count; n++) {
      await run({ settings: { ...SKIP, objects_per_run: per } });
      sandbox.clock.advance(60_000);
    }
  };

  it('10 runs of 200 objects put a data collection of 2,000 on the list', async () => {
    const run = exportsOf(lazyRows(2_000));
    await runs(run, 10, 200);
    expect(sandbox.visionOne.suspicious.size).toBe(2_000);
    expect(sandbox.visionOne.evicted).toEqual([]);
    const sent = posts().length;
    const { counts } = await run({ settings: { ...SKIP, objects_per_run: 200 } });
    expect(counts).toMatchObject({ read: 2_000, accepted: 0, skipped: 2_000 });
    expect(posts()).toHaveLength(sent);
  });

  it('repeated runs get past indicators that can never be sent', async () => {
    // The first 3,000 rows cannot be sent, and after that every second row cannot.
    const length = 7_000;
    const at = (index: number): object | undefined => {
      if (index >= length) return undefined;
      const row = madeRow(index);
      if (index % 3 === 0 && (index < 3_000 || index % 2 === 0))
        return { ...row, type: { id: 9, name: 'MD5' } };
      return index < 3_000 || index % 2 === 0 ? { ...row, value: `no value ${index}` } : row;
    };
    const run = exportsOf({ length, at });
    await runs(run, 4, 500);
    expect(sandbox.visionOne.suspicious.size).toBe(2_000);
  });

  it('repeated runs get past objects of a type that is full', async () => {
    sandbox.visionOne.capPerType = 500;
    sandbox.visionOne.seed(
      'suspicious',
      Array.from({ length: 500 }, (_, n) => ({ type: 'domain' as const, value: `own-${n}.com` })),
    );
    // There are 400 objects of each type. All domains come first.
    const rows = [...madeRows(1_600)].sort(
      (a, b) => Number(b.type.name === 'FQDN') - Number(a.type.name === 'FQDN'),
    );
    const run = exportsOf(
      rows.map((row: MadeRow, n) => ({ ...row, updated_at: madeRow(n).updated_at })),
    );
    for (let n = 0; n < 12; n++) {
      await run({ settings: { ...SKIP, objects_per_run: 100 }, listAs: { cap: 500 } });
    }
    expect(sandbox.visionOne.suspicious.size).toBe(500 + 1_200);
    expect(sandbox.visionOne.evicted).toEqual([]);
  });

  it('repeated runs get past objects that the safety checks skip', async () => {
    const inner = rowsOf(
      ...Array.from({ length: 300 }, (_, n): [string, string] => [
        'IP Address',
        `10.0.1.${n % 256}`,
      ]),
    );
    const run = exportsOf([...inner, ...madeRows(340).slice(300)]);
    const { counts } = await run({ settings: { ...SKIP, objects_per_run: 40 } });
    expect(counts.accepted).toBe(40);
  });

  it('if Existing Objects is skip, whole pages are read even if few objects are wanted', async () => {
    const run = exportsOf(madeRows(5_100));
    await run();
    const before = pagesRead().length;
    const { counts } = await run({ settings: { ...SKIP, objects_per_run: 3 } });
    expect(counts.by_reason).toEqual({ already_listed: 5_100 });
    expect(pagesRead().length - before).toBeLessThanOrEqual(7);
  });

  /** Rows that make no objects. */
  const unsupported = (index: number) => ({ ...madeRow(index), type: { id: 9, name: 'MD5' } });

  it('a data collection of exactly 100,000 indicators is read to its end, without a warning', async () => {
    const run = exportsOf({ length: 100_000, at: unsupported });
    const { counts, warnings, data_collection } = await run({ settings: SKIP });
    expect(counts.read).toBe(100_000);
    expect(warnings).toEqual([]);
    expect(data_collection?.read_whole).toBe(true);
  });

  it('a run reads at most 100,000 indicators, and warns about it', async () => {
    const run = exportsOf({ length: 1_000_000, at: unsupported });
    const { counts, warnings } = await run({ settings: SKIP });
    expect(counts.read).toBe(100_000);
    expect(warnings).toMatchObject([{ code: 'read_limit' }]);
    // One more row shows that the collection has more.
    expect(
      pagesRead()
        .map(({ query }) => query.get('limit'))
        .slice(-2),
    ).toEqual(['1000', '1']);
  });
});

it('a run leaves no files', async () => {
  const bundle = await unpack();
  const home = await mkdtemp(join(tmpdir(), 'vision-one-home-'));
  const threatq = await startThreatQ({
    collections: [{ name: 'Active C2', hash: 'c2', rows: madeRows(30) }],
  });
  const visionOne = await startVisionOne();
  const files = async () => (await readdir(bundle, { recursive: true })).sort();
  try {
    const before = await files();
    const document = {
      threatq: threatq.section,
      data_collection: { hash: 'c2' },
      configuration: {
        api_region: 'United States',
        api_key: visionOne.apiKey,
        existing_objects: 'skip',
        objects_per_run: 10,
      },
    };
    const env = { HOME: home, TMPDIR: home };
    const ids = madeRows(30).map(({ id }) => id);
    const run = { folder: bundle, document, visionOne, ids, cwd: home, env };
    for (let n = 1; n <= 3; n++) {
      const { result } = await startTruthfully(run);
      expect(result.counts.accepted).toBe(10);
      expect(visionOne.suspicious.size).toBe(n * 10);
    }
    expect(await readdir(home)).toEqual([]);
    expect(await files()).toEqual(before);
    expect(visionOne.requests.some(({ path }) => path === paths.suspicious)).toBe(true);
  } finally {
    await Promise.all([
      threatq.close(),
      visionOne.close(),
      removeFolder(bundle),
      removeFolder(home),
    ]);
  }
});
