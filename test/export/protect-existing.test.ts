/** Protect Existing Objects: listed objects are never evicted, and the highest scores get the remaining capacity. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LISTS } from '../../src/vision-one/lists.js';
import type { SeedObject } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows, rowsOf } from '../support/rows.js';

/** A small cap, which both the stand-in and the export use. */
const CAP = 10;
const SMALL = { cap: CAP };
const DAY = 86_400_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ visionOne: { capPerType: CAP } });
});
afterEach(() => sandbox[Symbol.asyncDispose]());

type Made = [type: string, value: string, more?: object];

/** Exports rows to the small list. */
const exportMade = (rows: Made[], options?: ExportOptions) =>
  exportTruthfully(sandbox, rowsOf(...rows), { listAs: SMALL, ...options });

const analysts = (count: number, more: Partial<SeedObject> = {}): SeedObject[] =>
  Array.from({ length: count }, (_, n) => ({ type: 'domain', value: `own-${n}.com`, ...more }));

const domains = (count: number, more: (n: number) => object = () => ({})): Made[] =>
  Array.from({ length: count }, (_, n) => ['FQDN', `c2-${n}.bad-actor.com`, more(n)]);

const addresses = (count: number): Made[] =>
  Array.from({ length: count }, (_, n) => ['IP Address', `45.1.2.${n}`]);

const listed = (type: string) =>
  [...sandbox.visionOne.suspicious.values()].flatMap((object) =>
    object.type === type ? [object.value] : [],
  );

const OFF = { protect_existing: false };

describe('Protect Existing Objects: on', () => {
  it('the capacity is counted for each type', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP));
    const { status, counts } = await exportMade([...domains(4), ...addresses(4)]);
    expect(status).toBe('Completed');
    expect(counts).toMatchObject({ accepted: 4, by_reason: { no_room: 4 } });
    expect(listed('ip')).toHaveLength(4);
    expect(sandbox.visionOne.evicted).toEqual([]);
  });

  it('a type is filled up to its cap and not beyond', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP - 3));
    const { counts, list } = await exportMade(domains(5));
    expect(counts).toMatchObject({ accepted: 3, by_reason: { no_room: 2 } });
    expect(listed('domain')).toHaveLength(CAP);
    expect(list).toEqual({
      domain: { listed: CAP - 3, ours: 0, cap: CAP, added: 3, removed: 0 },
    });
    expect(sandbox.visionOne.evicted).toEqual([]);
  });

  it('objects of others stay as they are, also if the data collection has them', async () => {
    sandbox.visionOne.seed('suspicious', [
      ...analysts(CAP - 2),
      { type: 'domain', value: 'C2-0.bad-actor.com', expires: null, description: 'by Ann' },
      { type: 'domain', value: 'c2-1.BAD-ACTOR.com' },
    ]);
    const before = [...sandbox.visionOne.suspicious.values()];
    const { counts, warnings } = await exportMade(domains(3, (n) => ({ score: n * 4 })));
    expect(counts).toMatchObject({ by_reason: { listed_by_others: 2, no_room: 1 } });
    expect(warnings).toMatchObject([{ code: 'no_room', count: 1 }]);
    expect([...sandbox.visionOne.suspicious.values()]).toEqual(before);
  });

  it('objects of this action make room for higher scores, the lowest first, and only for them', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP - 4));
    await exportMade(domains(4, (n) => ({ score: n + 2 })));
    const next = (score: number): Made => ['FQDN', `new-${score}.bad-actor.com`, { score }];
    const rows = [...domains(4, (n) => ({ score: n + 2 })), next(2), next(4), next(9)];
    const { counts, items, list } = await exportMade(rows);
    expect(counts).toMatchObject({
      accepted: 2,
      removed: 2,
      by_change: { add: 2, replace: 2 },
      by_reason: { already_listed: 2, replaced: 2, no_room: 1 },
    });
    const replaced = items.filter(({ outcome }) => outcome === 'removed');
    expect(replaced.map(({ value }) => value)).toEqual([
      'c2-0.bad-actor.com',
      'c2-1.bad-actor.com',
    ]);
    expect(list?.['domain']).toEqual({ listed: CAP, ours: 4, cap: CAP, added: 2, removed: 2 });
    expect(listed('domain')).toHaveLength(CAP);
    const again = await exportMade(rows);
    expect(again.counts).toMatchObject({ accepted: 0, removed: 0, by_reason: { no_room: 3 } });
  });

  it('capacity is used for the highest scores, and among equal scores for the most recent objects', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP - 3));
    const { items } = await exportMade([
      ['FQDN', 'low.bad-actor.com', { score: 1, updated_at: '2026-06-01 00:00:00' }],
      ['FQDN', 'old.bad-actor.com', { score: 7, updated_at: '2026-01-01 00:00:00' }],
      ['FQDN', 'none.bad-actor.com', { score: null, updated_at: '2026-06-01 00:00:00' }],
      ['FQDN', 'worst.bad-actor.com', { score: 10, updated_at: '2025-01-01 00:00:00' }],
      ['FQDN', 'young.bad-actor.com', { score: 7, updated_at: '2026-01-03 00:00:00' }],
      ['FQDN', 'middle.bad-actor.com', { score: 7, updated_at: '2026-01-02 00:00:00' }],
    ]);
    const kept = ['worst.bad-actor.com', 'young.bad-actor.com', 'middle.bad-actor.com'];
    expect(listed('domain').slice(-3)).toEqual(kept);
    const message = items.find(({ outcome }) => outcome === 'skipped');
    expect(message).toMatchObject({ reason: 'no_room' });
    expect(sandbox.visionOne.accepted.map(({ item }) => item['domain'])).toEqual(kept);
  });

  it('each of the two objects of a URL is reported as no_room', async () => {
    sandbox.visionOne.seed('suspicious', [
      ...Array.from({ length: CAP - 3 }, (_, n): SeedObject => {
        return { type: 'url', value: `http://own-${n}.com/` };
      }),
    ]);
    const { counts, items } = await exportMade(
      [
        ['URL', 'one.bad-actor.com/', { score: 9 }],
        ['URL', 'two.bad-actor.com/', { score: 8 }],
      ],
      { settings: { url_scheme_handling: 'both' } },
    );
    expect(counts).toMatchObject({ read: 2, accepted: 3, by_reason: { no_room: 1 } });
    expect(items.map(({ value, outcome }) => [value, outcome])).toEqual([
      ['one.bad-actor.com/', 'accepted'],
      ['one.bad-actor.com/', 'accepted'],
      ['two.bad-actor.com/', expect.any(String)],
      ['two.bad-actor.com/', expect.any(String)],
    ]);
    expect(listed('url')).toHaveLength(CAP);
  });

  it.each([
    ['never expires', { expires: null }],
    ['expires tonight', { expires: Date.UTC(2026, 0, 1) + DAY / 2 }],
    ['should have expired yesterday', { expires: Date.UTC(2026, 0, 1) - DAY }],
  ])(
    "an analyst's object that %s stays on the list if many new objects are exported",
    async (_, more) => {
      sandbox.visionOne.seed('suspicious', analysts(4, more));
      const before = [...sandbox.visionOne.suspicious.values()];
      await exportMade(domains(40));
      for (const object of before) {
        expect(sandbox.visionOne.find('suspicious', 'domain', object.value)).toEqual(object);
      }
      expect(listed('domain')).toHaveLength(CAP);
      expect(sandbox.visionOne.evicted).toEqual([]);
    },
  );

  it('nothing is added to a type that exceeds its cap already', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP + 5));
    const { counts } = await exportMade(domains(3));
    expect(counts.by_reason).toEqual({ no_room: 3 });
    expect(listed('domain')).toHaveLength(CAP + 5);
  });

  it('an object in two spellings counts as often as on the list, and nothing is evicted', async () => {
    sandbox.visionOne.seed('suspicious', [
      ...analysts(CAP - 2),
      { type: 'domain', value: 'twice.com' },
      { type: 'domain', value: 'twice.com.' },
    ]);
    const { counts } = await exportMade(domains(1));
    expect(counts.by_reason).toEqual({ no_room: 1 });
    expect(sandbox.visionOne.evicted).toEqual([]);
  });

  it('a preview reports objects without capacity', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP - 1));
    const { counts } = await exportMade(domains(3), { mode: 'preview' });
    expect(counts).toMatchObject({ planned: 1, accepted: 0, by_reason: { no_room: 2 } });
    expect(sandbox.visionOne.suspicious.size).toBe(CAP - 1);
  });

  it('the capacity also limits a manual run', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP));
    const { counts } = await exportTruthfully(sandbox, undefined, {
      listAs: SMALL,
      objects: rowsOf(...domains(2)),
    });
    expect(counts).toMatchObject({ accepted: 0, by_reason: { no_room: 2 } });
    expect(sandbox.visionOne.evicted).toEqual([]);
  });

  it('nothing is sent if the remaining capacity cannot be read', async () => {
    sandbox.visionOne.faults = ({ method }) => (method === 'GET' ? { status: 500 } : undefined);
    const { status, counts } = await exportMade(domains(3));
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 0, unsent: 3 });
    expect(sandbox.visionOne.suspicious.size).toBe(0);
  });

  it('at the real cap of 10,000 objects of a type, 200 more are skipped as no_room', async () => {
    await using real = await startSandbox();
    real.visionOne.seed('suspicious', analysts(9_900, { expires: Date.UTC(2026, 0, 2) }));
    const { counts } = await exportTruthfully(real, rowsOf(...domains(200), ...addresses(50)));
    expect(counts).toMatchObject({ accepted: 150, by_reason: { no_room: 100 } });
    expect(real.visionOne.suspicious.size).toBe(LISTS.suspicious_objects.cap + 50);
    expect(real.visionOne.evicted).toEqual([]);
  });
});

describe('Protect Existing Objects: off', () => {
  it('without protection, a warning says how many objects Vision One may evict, and whose', async () => {
    const ours = { description: 'Source=ThreatQ; Collection=Other; Id=1; Mark=0123456789abcdef' };
    sandbox.visionOne.seed('suspicious', [
      ...analysts(3, { expires: Date.UTC(2026, 0, 2) }),
      { type: 'domain', value: 'ours.com', expires: Date.UTC(2026, 0, 3), ...ours },
      ...analysts(2, { expires: null }).map((object, n) => ({
        ...object,
        value: `never-${n}.com`,
      })),
      ...analysts(4, { expires: Date.UTC(2026, 5, 1) }).map((object, n) => ({
        ...object,
        value: `late-${n}.com`,
      })),
    ]);
    const { status, counts, warnings } = await exportMade(domains(4), { settings: OFF });
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(4);
    expect(sandbox.visionOne.evicted.map(({ value }) => value).sort()).toEqual([
      'ours.com',
      'own-0.com',
      'own-1.com',
      'own-2.com',
    ]);
    expect(warnings).toEqual([
      {
        code: 'may_evict',
        count: 4,
        message:
          'the list has 10 objects of the type FQDN and 4 are new: up to 4 may be deleted by Vision One, those closest to expiry first; of these 1 came from ThreatQ and 3 from others',
      },
    ]);
  });

  it('the warning about evictions counts objects of this run if they expire first', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP, { expires: Date.UTC(2099, 0, 1) }));
    const { warnings } = await exportMade(domains(4), { settings: OFF });
    expect(warnings[0]?.message).toMatch(/of these 4 came from ThreatQ and 0 from others$/);
    expect(listed('domain').filter((value) => value.startsWith('own-'))).toHaveLength(CAP - 1);
  });

  it('there is no warning about evictions if there is capacity or nothing is new', async () => {
    sandbox.visionOne.seed('suspicious', [
      ...analysts(CAP - 2),
      { type: 'domain', value: 'c2-0.bad-actor.com' },
      { type: 'domain', value: 'c2-1.bad-actor.com' },
    ]);
    const { warnings, counts } = await exportMade([...domains(2), ...addresses(CAP)], {
      settings: OFF,
      listAs: { cap: CAP * 3 },
    });
    expect(counts.accepted).toBe(CAP + 2);
    expect(warnings).toEqual([]);
    const again = await exportMade(domains(2), { settings: OFF });
    expect(again.warnings).toEqual([]);
  });

  it('a preview warns about evictions', async () => {
    sandbox.visionOne.seed('suspicious', analysts(CAP));
    const { warnings } = await exportMade(domains(1), { settings: OFF, mode: 'preview' });
    expect(warnings).toMatchObject([{ code: 'may_evict' }]);
    expect(sandbox.visionOne.evicted).toEqual([]);
  });
});

it('capacity that a removal of this run freed is used', async () => {
  sandbox.visionOne.seed('suspicious', analysts(2));
  const rows = domains(CAP - 2);
  await exportMade(rows);
  const next: Made[] = [
    ...rows.slice(2),
    ...Array.from({ length: 3 }, (_, n): Made => ['FQDN', `new-${n}.bad-actor.com`]),
  ];
  const { counts, items } = await exportMade(next, {
    settings: { removed_indicators: 'remove' },
  });
  expect(counts).toMatchObject({ accepted: 2, removed: 2, by_reason: { no_room: 1 } });
  expect(items.filter(({ outcome }) => outcome === 'removed')).toHaveLength(2);
  expect(listed('domain')).toHaveLength(CAP);
  expect(sandbox.visionOne.evicted).toEqual([]);
});

it('objects beyond the limit of a run are over_limit, even if a removal freed capacity', async () => {
  await exportMade(domains(4));
  const names = Array.from({ length: 9 }, (_, n): Made => ['FQDN', `new-${n}.bad-actor.com`]);
  // There is capacity for six names. With four addresses, the run reaches its limit. The removal then
  // frees capacity for one more name.
  const { counts } = await exportMade([...domains(4).slice(1), ...names, ...addresses(4)], {
    settings: { existing_objects: 'skip', removed_indicators: 'remove' },
  });
  const by_reason = { already_listed: 3, over_limit: 1, no_room: 2 };
  expect(counts).toMatchObject({ accepted: CAP, removed: 1, by_reason });
  expect(listed('domain')).toHaveLength(CAP - 1);
});

it('a run sends the highest scores first, and the next runs continue with the rest', async () => {
  const rows = domains(8, (n) => ({ score: n }));
  const settings = { objects_per_run: 3 };
  const first = await exportMade(rows, { settings });
  expect(first.counts).toMatchObject({ accepted: 3, by_reason: { over_limit: 5 } });
  expect(first.warnings).toMatchObject([{ code: 'more_to_send', count: 5 }]);
  expect(listed('domain').sort()).toEqual([5, 6, 7].map((n) => `c2-${n}.bad-actor.com`));
  await exportMade(rows, { settings });
  const third = await exportMade(rows, { settings });
  expect(third.counts).toMatchObject({ accepted: 2, by_reason: { already_listed: 6 } });
  expect(third.warnings).toEqual([]);
});

it('if others fill the Exception List while a run writes, the answer of Vision One says that the list is full', async () => {
  sandbox.visionOne.exceptionsCap = 5;
  const rows = madeRows(40).filter(({ type }) => type.name === 'FQDN');
  const { counts } = await exportTruthfully(sandbox, rows, { list: 'exceptions' });
  expect(counts.by_reason).toEqual({ list_full: 10 });
});

it.each(['preview', 'export'] as const)(
  'exceptions beyond the capacity of the list are no_room, in reading order: %s',
  async (mode) => {
    sandbox.visionOne.exceptionsCap = 10;
    const own = Array.from({ length: 8 }, (_, n) => ({
      type: 'domain' as const,
      value: `own-${n}.com`,
      description: 'Ann',
    }));
    sandbox.visionOne.seed('exceptions', own);
    const rows: Made[] = [1, 10, 5].map((score, n) => ['FQDN', `good-${n}.com`, { score }]);
    const options: ExportOptions = { list: 'exceptions', listAs: { cap: 10 }, mode };
    const { status, counts, warnings, list } = await exportMade(rows, options);
    expect(status).toBe('Completed');
    expect(counts.by_change.add).toBe(2);
    expect(counts.by_reason).toEqual({ no_room: 1 });
    expect(warnings).toMatchObject([{ code: 'no_room', count: 1 }]);
    expect(list).toEqual({ all: { listed: 8, ours: 0, cap: 10, added: 2, removed: 0 } });
    if (mode === 'preview') return;
    expect([...sandbox.visionOne.exceptions.values()].map(({ value }) => value)).toEqual([
      ...own.map(({ value }) => value),
      'good-0.com',
      'good-1.com',
    ]);
  },
);
