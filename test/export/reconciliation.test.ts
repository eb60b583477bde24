/**
 * The list agrees with the data collection: stories over several nights, in which analysts, other data
 * collections and other runs change the list too.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerTagIn, tagged } from '../../src/export/description.js';
import { paths, type StoredObject } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { rowsOf } from '../support/rows.js';

const CAP = 10;
const DAY = 86_400_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox({ visionOne: { capPerType: CAP } });
});
afterEach(() => sandbox[Symbol.asyncDispose]());

type Made = [type: string, value: string, more?: object];

/** One night: the data collection has these rows, and a run exports them. Then a day passes. */
async function night(rows: Made[], options: ExportOptions = {}) {
  const outcome = await exportTruthfully(sandbox, rowsOf(...rows), {
    listAs: { cap: CAP },
    ...options,
  });
  sandbox.clock.advance(DAY);
  return outcome;
}

const c2 = (from: number, to: number, score: number): Made[] =>
  Array.from({ length: to - from }, (_, n) => [
    'FQDN',
    `c2-${from + n}.bad-actor.com`,
    { score, updated_at: `2026-01-01 00:00:${String(from + n).padStart(2, '0')}` },
  ]);

const find = (value: string): StoredObject | undefined =>
  sandbox.visionOne.find('suspicious', 'domain', value);

const listed = () => [...sandbox.visionOne.suspicious.values()].map(({ value }) => value).sort();

const posts = () => sandbox.visionOne.requests.filter(({ method }) => method === 'POST').length;

describe('a data collection that is larger than a run or the list', () => {
  it('the newest and highest scores are on the list, whatever their place in the collection', async () => {
    const rows = [...c2(0, 20, 1), ...c2(20, 30, 10)];
    const first = await night(rows);
    expect(listed()).toEqual(c2(20, 30, 10).map(([, value]) => value));
    expect(first.counts).toMatchObject({ accepted: 10, by_reason: { no_room: 20 } });
    expect(first.warnings).toMatchObject([{ code: 'no_room', count: 20 }]);
    const second = await night(rows);
    expect(second.counts).toMatchObject({ accepted: 0, by_reason: { already_listed: 10 } });
  });

  it('a list that is full of our low scores lets in each higher score, the next night', async () => {
    await night(c2(0, 10, 2), { settings: { ioc_expiration: 'never' } });
    const rows = [...c2(0, 10, 2), ...c2(10, 13, 10)];
    const { counts, list } = await night(rows, { settings: { ioc_expiration: 'never' } });
    expect(counts.by_change).toMatchObject({ add: 3, replace: 3 });
    expect(list?.['domain']).toMatchObject({ listed: 10, ours: 10, added: 3, removed: 3 });
    expect(listed()).toEqual([...c2(10, 13, 10), ...c2(3, 10, 2)].map(([, value]) => value).sort());
    expect(sandbox.visionOne.evicted).toEqual([]);
    const { counts: next } = await night(rows, { settings: { ioc_expiration: 'never' } });
    expect(next.by_change).toEqual({ add: 0, change: 0, renew: 0, remove: 0, replace: 0 });
  });

  it('an equal score takes no place', async () => {
    await night(c2(0, 10, 5));
    const { counts } = await night([...c2(0, 10, 5), ...c2(20, 25, 5)]);
    expect(counts).toMatchObject({ accepted: 0, removed: 0, by_reason: { no_room: 5 } });
  });

  it('runs of three objects each fill the list with the same objects as one large run', async () => {
    const rows = [...c2(0, 8, 3), ...c2(8, 12, 9)];
    const warned: (number | undefined)[] = [];
    for (let n = 0; n < 4; n++) {
      const { warnings } = await night(rows, { settings: { objects_per_run: 3 } });
      warned.push(warnings.find(({ code }) => code === 'more_to_send')?.count);
    }
    expect(warned).toEqual([7, 4, 1, undefined]);
    const small = listed();
    sandbox.visionOne.suspicious.clear();
    await night(rows);
    expect(listed()).toEqual(small);
  });
});

describe('what a check leaves out', () => {
  const rows = c2(0, 5, 9);
  const whitelisted: Made[] = rows.map(([type, value, more = {}], n) => [
    type,
    value,
    n === 2 ? { ...more, status: { id: 5, name: 'Whitelisted' } } : more,
  ]);

  it('an indicator that an analyst whitelists is unblocked the next night', async () => {
    await night(rows);
    const { counts, items } = await night(whitelisted, {
      settings: { removed_indicators: 'remove' },
    });
    expect(counts).toMatchObject({ removed: 1, by_reason: { status: 1, already_listed: 4 } });
    expect(items.filter(({ value }) => value === 'c2-2.bad-actor.com')).toMatchObject([
      { outcome: 'removed', change: 'remove', id: 3, reason: 'status' },
    ]);
    expect(find('c2-2.bad-actor.com')).toBeUndefined();
  });

  it('with "keep", a warning says each night how many are still blocked', async () => {
    await night(rows);
    for (let n = 0; n < 2; n++) {
      const { status, warnings } = await night(whitelisted);
      expect(status).toBe('Completed');
      expect(warnings).toMatchObject([{ code: 'still_listed', count: 1 }]);
    }
    expect(find('c2-2.bad-actor.com')).toBeDefined();
  });

  it('an exception of the tenant unblocks what is listed, with its reason', async () => {
    await night(rows);
    sandbox.visionOne.seed('exceptions', [{ type: 'domain', value: 'c2-4.bad-actor.com' }]);
    const { counts } = await night(rows, { settings: { removed_indicators: 'remove' } });
    expect(counts).toMatchObject({ removed: 1, by_reason: { on_exception_list: 1 } });
  });
});

it('the warning still_listed does not count replaced objects', async () => {
  await night(c2(0, 10, 1));
  const rows: Made[] = [
    ...c2(0, 1, 1).map(
      ([type, value, more = {}]): Made => [
        type,
        value,
        { ...more, status: { id: 5, name: 'Whitelisted' } },
      ],
    ),
    ...c2(1, 10, 5),
    ...c2(10, 11, 9),
  ];
  const { counts, warnings } = await night(rows);
  expect(counts.by_change).toMatchObject({ add: 1, replace: 1 });
  expect(find('c2-0.bad-actor.com')).toBeUndefined();
  expect(warnings).toEqual([]);
});

it('a run without protection does not warn of evictions for which its removals make room', async () => {
  await night(c2(0, 10, 5));
  const { counts, warnings } = await night(c2(5, 15, 5), {
    settings: { protect_existing: false, removed_indicators: 'remove' },
  });
  expect(counts).toMatchObject({ accepted: 5, removed: 5 });
  expect(warnings).toEqual([]);
  expect(sandbox.visionOne.evicted).toEqual([]);
});

it('if Vision One refuses the filter by type, the whole list is read once', async () => {
  sandbox.visionOne.faults = ({ headers }) =>
    headers['tmv1-filter'] ? { status: 400, body: {} } : undefined;
  const rows: Made[] = [
    ['FQDN', 'a.bad-actor.com'],
    ['IP Address', '45.1.2.3'],
    ['SHA-1', 'ab'.repeat(20)],
  ];
  // With much room, there is no second look.
  sandbox.visionOne.capPerType = 10_000;
  const { counts } = await night(rows, { listAs: { cap: 10_000 } });
  expect(counts.accepted).toBe(3);
  const reads = sandbox.visionOne.requests.filter(
    ({ method, path, headers }) =>
      method === 'GET' && path === paths.suspicious && !headers['tmv1-filter'],
  );
  expect(reads).toHaveLength(1);
});

describe('objects of others', () => {
  it("an analyst's permanent block of high risk stays as it is, for any number of nights", async () => {
    sandbox.visionOne.seed('suspicious', [
      {
        type: 'domain',
        value: 'c2-0.bad-actor.com',
        description: 'Ann: never unblock',
        riskLevel: 'high',
        scanAction: 'block',
        expires: null,
      },
    ]);
    const before = { ...find('c2-0.bad-actor.com') };
    for (const existing_objects of ['changed', 'update', 'skip'] as const) {
      const { counts } = await night(c2(0, 2, 1), { settings: { existing_objects } });
      const reason = existing_objects === 'skip' ? 'already_listed' : 'listed_by_others';
      expect(counts.by_reason[reason]).toBeGreaterThan(0);
      expect(find('c2-0.bad-actor.com')).toEqual(before);
    }
    await night([], { settings: { removed_indicators: 'remove' } });
    expect(find('c2-0.bad-actor.com')).toEqual(before);
  });

  it('without protection, it is rewritten as Existing Objects says, and never gets our tag', async () => {
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'c2-0.bad-actor.com', description: 'Ann', expires: null },
    ]);
    await night(c2(0, 1, 1), { settings: { protect_existing: false } });
    const object = find('c2-0.bad-actor.com');
    expect(object?.expires).not.toBeNull();
    expect(ownerTagIn(object?.description ?? '')).toBeUndefined();
  });

  it('objects of version 1.0.1 become ours if the collection has them, and the others stay', async () => {
    const description = 'Source=ThreatQ';
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'c2-0.bad-actor.com', description },
      { type: 'domain', value: 'old.bad-actor.com', description },
    ]);
    const { counts } = await night(c2(0, 2, 9));
    expect(counts.by_change).toMatchObject({ add: 1, change: 1 });
    expect(ownerTagIn(find('c2-0.bad-actor.com')?.description ?? '')).toBeDefined();
    await night(c2(1, 2, 9), {
      settings: { removed_indicators: 'remove' },
      allowLargeRemoval: true,
    });
    expect(listed()).toEqual(['c2-1.bad-actor.com', 'old.bad-actor.com']);
  });

  it('two data collections with one object settle on the stronger block, without sending it each night', async () => {
    const other = { name: 'Other', hash: 'other' };
    const collections: [ExportOptions, number][] = [
      [{}, 9],
      [{ source: other }, 5],
    ];
    const accepted: number[] = [];
    for (let n = 0; n < 3; n++) {
      for (const [options, score] of collections) {
        const { counts } = await night([['FQDN', 'shared.bad-actor.com', { score }]], options);
        accepted.push(counts.accepted);
        expect(find('shared.bad-actor.com')?.riskLevel).toBe('high');
      }
    }
    expect(accepted).toEqual([1, 0, 0, 0, 0, 0]);
  });

  it('a manual run keeps the tag that is listed, so that the collection can still remove the object', async () => {
    await night(c2(0, 1, 5));
    const tag = ownerTagIn(find('c2-0.bad-actor.com')?.description ?? '');
    await exportTruthfully(sandbox, undefined, {
      objects: rowsOf(['FQDN', 'c2-0.bad-actor.com', { score: 10 }], ['FQDN', 'new.bad-actor.com']),
      listAs: { cap: CAP },
    });
    expect(tag).toBeDefined();
    expect(ownerTagIn(find('c2-0.bad-actor.com')?.description ?? '')).toBe(tag);
    expect(ownerTagIn(find('new.bad-actor.com')?.description ?? '')).toBeUndefined();
  });
});

describe('objects of siblings that could become ours', () => {
  const seed = (value: string, more: object) =>
    sandbox.visionOne.seed('suspicious', [{ type: 'domain', value, expires: null, ...more }]);
  const sibling = tagged('Source=ThreatQ; Collection=Other', 'f'.repeat(16));

  it("a sibling's object is not taken over if a higher score would replace it in the next run", async () => {
    sandbox.visionOne.capPerType = 2;
    const options: ExportOptions = { listAs: { cap: 2 } };
    await night(c2(0, 1, 3), options);
    seed('shared.bad-actor.com', { description: sibling, scanAction: 'log', riskLevel: 'low' });
    const rows: Made[] = [
      ['FQDN', 'shared.bad-actor.com', { score: 1 }],
      ...c2(0, 1, 3),
      ...c2(1, 2, 5),
    ];
    await night(rows, options);
    const after = listed();
    expect(after).toEqual(['c2-1.bad-actor.com', 'shared.bad-actor.com']);
    expect(find('shared.bad-actor.com')?.scanAction).toBe('log');
    const { counts } = await night(rows, options);
    expect(counts.by_change).toEqual({ add: 0, change: 0, renew: 0, remove: 0, replace: 0 });
    expect(listed()).toEqual(after);
  });

  it('without a scan action of its own, a run does not take over a block', async () => {
    seed('shared.bad-actor.com', { description: sibling, scanAction: 'block', riskLevel: 'low' });
    seed('logged.bad-actor.com', { description: sibling, scanAction: 'log', riskLevel: 'low' });
    const { counts } = await night(
      [
        ['FQDN', 'shared.bad-actor.com', { score: 9 }],
        ['FQDN', 'logged.bad-actor.com', { score: 9 }],
      ],
      { settings: { scan_action: 'customer_settings' } },
    );
    expect(counts).toMatchObject({ accepted: 1, by_reason: { listed_by_others: 1 } });
    expect(find('shared.bad-actor.com')).toMatchObject({ scanAction: 'block', riskLevel: 'low' });
  });
});

describe('an object of ours in several spellings', () => {
  const IPV6: Made = ['IPv6 Address', '2a00::1', { score: 9 }];
  const whitelisted: Made = ['IPv6 Address', '2a00::1', { status: { id: 5, name: 'Whitelisted' } }];
  const OWN = ['2a00::1', '2A00:0:0:0:0:0:0:1'];

  /** Puts both spellings on the list, with the tag of the collection. */
  async function listBoth(): Promise<void> {
    await night([IPV6]);
    const description = sandbox.visionOne.find('suspicious', 'ip', '2a00::1')?.description ?? '';
    sandbox.visionOne.seed('suspicious', [{ type: 'ip', value: OWN[1] ?? '', description }]);
    expect(listed()).toEqual(OWN.toSorted());
  }

  it.each<['preview' | 'export', string]>([
    ['preview', 'planned'],
    ['export', 'removed'],
  ])('if a check leaves it out, both are removed with one item each: %s', async (mode, outcome) => {
    await listBoth();
    const { status, items } = await night([whitelisted], {
      mode,
      settings: { removed_indicators: 'remove' },
    });
    expect(status).toBe('Completed');
    expect(items.map((item) => [item.outcome, item.object?.['ip']])).toEqual([
      [outcome, '2a00::1'],
      [outcome, '2A00:0:0:0:0:0:0:1'],
    ]);
    if (mode === 'export') expect(listed()).toEqual([]);
  });

  it('both can make room for a higher score', async () => {
    await listBoth();
    sandbox.visionOne.capPerType = 2;
    const rows: Made[] = [
      IPV6,
      ['IP Address', '45.1.2.3', { score: 10 }],
      ['IP Address', '45.1.2.4', { score: 10 }],
    ];
    const { status, counts } = await night(rows, { listAs: { cap: 2 } });
    expect(status).toBe('Completed');
    expect(counts).toMatchObject({ accepted: 2, removed: 2 });
    expect(listed()).toEqual(['45.1.2.3', '45.1.2.4']);
  });

  it('an address that is listed in another notation is adopted and renewed in that notation', async () => {
    sandbox.visionOne.seed('suspicious', [
      { type: 'ip', value: OWN[1] ?? '', description: 'Source=ThreatQ' },
    ]);
    const { counts } = await night([IPV6]);
    expect(counts).toMatchObject({ accepted: 1, by_change: { change: 1 } });
    expect(listed()).toEqual([OWN[1]]);
    expect(
      ownerTagIn(sandbox.visionOne.find('suspicious', 'ip', OWN[1] ?? '')?.description ?? ''),
    ).toBeDefined();
  });
});

it('adopted objects do not count when a removal is compared with what is ours', async () => {
  const old: Made[] = Array.from({ length: 40 }, (_, n) => ['FQDN', `old-${n}.bad-actor.com`]);
  const options: ExportOptions = { listAs: { cap: 100 } };
  sandbox.visionOne.capPerType = 100;
  await night(c2(0, 30, 9), options);
  sandbox.visionOne.seed(
    'suspicious',
    old.map(([, value]) => ({ type: 'domain', value, description: 'Source=ThreatQ' })),
  );
  const { counts, warnings } = await night(old, {
    ...options,
    settings: { removed_indicators: 'remove' },
  });
  expect(counts).toMatchObject({ removed: 0, by_change: { change: 40 } });
  expect(warnings).toMatchObject([{ code: 'removal_refused', count: 30 }]);
});

it('a URL keeps its place by the best of its indicators, whatever the case of their paths', async () => {
  sandbox.visionOne.capPerType = 1;
  const options: ExportOptions = { listAs: { cap: 1 } };
  await night([['URL', 'http://bad-actor.com/X', { score: 3 }]], options);
  const rows: Made[] = [
    ['URL', 'http://bad-actor.com/X', { score: 3 }],
    ['URL', 'http://bad-actor.com/x', { score: 9 }],
    ['URL', 'http://other-actor.com/', { score: 5 }],
  ];
  const { counts } = await night(rows, options);
  expect(counts.by_change.replace).toBe(0);
  expect(counts.by_reason).toMatchObject({ no_room: 1 });
  expect(listed()).toEqual(['http://bad-actor.com/X']);
  const second = await night(rows, options);
  expect(second.counts).toMatchObject({ accepted: 0, removed: 0 });
  const third = await night([...rows, ['URL', 'http://third-actor.com/', { score: 10 }]], options);
  expect(third.counts.by_reason).toEqual({ no_room: 2, replaced: 1 });
  expect(listed()).toEqual(['http://third-actor.com/']);
});

describe('many nights', () => {
  it('no object expires in 90 nights, and each object is sent once in 15 nights', async () => {
    const rows = c2(0, 5, 9);
    const sent: number[] = [];
    for (let n = 0; n < 90; n++) {
      const { counts, status } = await night(rows);
      expect(status).toBe('Completed');
      if (counts.accepted > 0) sent.push(n);
      for (const [, value] of rows) {
        expect(find(value)?.expires, value).toBeGreaterThan(sandbox.clock.now());
      }
    }
    // Half of 30 days is left after 15 nights; the list rounds the expiry to midnight.
    expect(sent[0]).toBe(0);
    const gaps = sent.slice(1).map((n, index) => n - (sent[index] ?? 0));
    for (const gap of gaps) expect([15, 16]).toContain(gap);
    expect(gaps.length).toBeGreaterThan(4);
  });

  it('a night on which nothing changed sends nothing', async () => {
    const rows = c2(0, 8, 9);
    await night(rows);
    const before = posts();
    const { counts } = await night(rows, { settings: { removed_indicators: 'remove' } });
    expect(posts()).toBe(before);
    expect(counts).toMatchObject({ accepted: 0, by_reason: { already_listed: 8 } });
  });

  it('a night on which one score changed sends that object alone', async () => {
    await night(c2(0, 8, 5));
    const { counts, items } = await night([...c2(0, 7, 5), ...c2(7, 8, 10)]);
    expect(counts.by_change).toMatchObject({ add: 0, change: 1, renew: 0 });
    expect(items.filter(({ outcome }) => outcome === 'accepted')).toMatchObject([
      { change: 'change', value: 'c2-7.bad-actor.com', object: { riskLevel: 'high' } },
    ]);
  });
});

describe('a data collection that is read short', () => {
  const rows = c2(0, 9, 9);

  const listOf = ({ list }: ExportOptions): ExportOptions => (list ? { list } : {});

  it.each<[string, ExportOptions]>([
    ['an export', {}],
    ['an export that removes', { settings: { removed_indicators: 'remove' } }],
    ['an export of the Exception List', { list: 'exceptions' }],
    ['a preview', { mode: 'preview' }],
  ])('%s warns, and removes nothing', async (_, options) => {
    await night([...rows, ['FQDN', 'old.bad-actor.com']], listOf(options));
    const { warnings, counts, data_collection } = await night(rows, {
      ...options,
      source: { total: 12 },
    });
    expect(warnings.map(({ code }) => code)).toContain('read_short');
    expect(data_collection).toMatchObject({ total: 12, read_whole: false });
    expect(counts.by_change).toMatchObject({ remove: 0, replace: 0 });
  });

  it.each<[string, object]>([
    ['an empty page with a total', { total: 5, data: [] }],
    ['an empty page without a total', { data: [] }],
  ])('%s in place of the collection removes nothing', async (_, body) => {
    await night(rows.slice(0, 5));
    sandbox.threatq.faults = ({ path }) =>
      path.includes('query/hash') ? { status: 200, body } : undefined;
    const { warnings, data_collection } = await exportTruthfully(sandbox, undefined, {
      settings: { removed_indicators: 'remove' },
      mayMissRows: true,
      listAs: { cap: CAP },
    });
    expect(listed()).toHaveLength(5);
    expect(data_collection?.read_whole).toBe(false);
    expect(warnings.map(({ code }) => code)).toContain('removal_skipped');
  });

  it('the total of an empty collection is 0, and it was read whole', async () => {
    const { data_collection } = await night([]);
    expect(data_collection).toMatchObject({ total: 0, read_whole: true });
  });

  it('a slow ThreatQ is read for 60 % of the time limit; what was read is sent, and nothing is removed', async () => {
    const many: Made[] = Array.from({ length: 4_000 }, (_, n) => ['FQDN', `c2-${n}.bad-actor.com`]);
    sandbox.visionOne.capPerType = 10_000;
    const all = { listAs: { cap: 10_000 } };
    await night([...many.slice(0, 30), ['FQDN', 'old.bad-actor.com']], all);
    sandbox.threatq.faults = ({ path }) => (path.includes('hash') ? { slow: 50_000 } : undefined);
    const { status, warnings, counts, took } = await night(many, {
      ...all,
      settings: { removed_indicators: 'remove' },
    });
    expect(status).toBe('Completed');
    expect(warnings.map(({ code }) => code)).toEqual(['read_short', 'removal_skipped']);
    expect(counts.read).toBeGreaterThan(1_000);
    expect(counts.read).toBeLessThan(4_000);
    expect(counts.accepted).toBe(counts.read - 30);
    expect(find('old.bad-actor.com')).toBeDefined();
    expect(took).toBeGreaterThanOrEqual(0.5 * 15 * 60_000);
    expect(took).toBeLessThan(0.7 * 15 * 60_000);
    // Each page takes more than 20 s, so the next one has half as many rows, down to the minimum.
    const limits = sandbox.threatq.requests
      .slice(-9)
      .map(({ query }) => Number(query.get('limit')));
    expect(limits).toEqual(limits.toSorted((a, b) => b - a));
    expect(limits.at(-1)).toBeLessThan(limits[0] ?? 0);
  });
});

describe('two spellings of one domain', () => {
  const low: Made = ['FQDN', 'Evil.bad-actor.com', { score: 1 }];
  const high: Made = ['FQDN', 'evil.bad-actor.COM', { score: 10 }];

  it.each([
    ['the low score first', [low, high]],
    ['the high score first', [high, low]],
  ])('the high score wins: %s', async (_, rows) => {
    const { counts, items } = await night(rows);
    expect(counts).toMatchObject({ accepted: 1, by_reason: { duplicate: 1 } });
    expect(items.find(({ outcome }) => outcome === 'accepted')).toMatchObject({ score: 10 });
    expect(find('evil.bad-actor.com')?.riskLevel).toBe('high');
  });
});

describe('runs at the same time', () => {
  /** Does something when the run has read the list and begins to write. */
  function onFirstWrite(act: () => void): void {
    let isDone = false;
    sandbox.visionOne.faults = ({ method }) => {
      if (method === 'POST' && !isDone) {
        isDone = true;
        act();
      }
      return undefined;
    };
  }

  /** Does something after the run has read the list, before it looks for changes. */
  function onSecondLook(act: () => void): void {
    let isDone = false;
    sandbox.visionOne.faults = ({ path, query }) => {
      if (path === paths.suspicious && query.has('startDateTime') && !isDone) {
        isDone = true;
        act();
      }
      return undefined;
    };
  }

  const byAnn = (from: number, to: number) =>
    sandbox.visionOne.seed(
      'suspicious',
      Array.from({ length: to - from }, (_, n) => ({
        type: 'domain' as const,
        value: `ann-${from + n}.com`,
        description: 'Ann',
        expires: sandbox.clock.now() + DAY,
      })),
    );

  /** Exports rows. The list also has what others do meanwhile, so it differs from the result. */
  function exportMeanwhile(rows: Made[], settings: ExportOptions['settings'] = {}) {
    sandbox.threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: rowsOf(...rows) }];
    return sandbox.run({ listAs: { cap: CAP }, settings });
  }

  it('what an analyst adds while a run is planned keeps its place', async () => {
    onSecondLook(() => byAnn(0, 4));
    const { counts, warnings } = await exportMeanwhile(c2(0, 10, 9));
    expect(sandbox.visionOne.evicted).toEqual([]);
    expect(counts).toMatchObject({ accepted: 6, by_reason: { no_room: 4 } });
    expect(warnings).toMatchObject([{ code: 'no_room', count: 4 }]);
    expect(listed().filter((value) => value.startsWith('ann'))).toHaveLength(4);
  });

  it('if another export writes at the same moment, a warning says how many objects were evicted', async () => {
    byAnn(0, 4);
    onFirstWrite(() =>
      sandbox.visionOne.seed(
        'suspicious',
        Array.from({ length: 4 }, (_, n) => ({
          type: 'domain' as const,
          value: `other-${n}.bad-actor.com`,
          description: tagged('Source=ThreatQ; Collection=Other', 'f'.repeat(16)),
        })),
      ),
    );
    const { status, warnings } = await exportMeanwhile(c2(0, 6, 9));
    expect(status).toBe('Completed');
    expect(sandbox.visionOne.evicted.map(({ description }) => description)).toEqual(
      Array(4).fill('Ann'),
    );
    expect(warnings).toMatchObject([{ code: 'evicted', count: 4 }]);
  });

  it('if the objects of this run are evicted, the warning counts them', async () => {
    onFirstWrite(() =>
      sandbox.visionOne.seed(
        'suspicious',
        Array.from({ length: 4 }, (_, n) => ({
          type: 'domain' as const,
          value: `ann-${n}.com`,
          description: 'Ann',
          expires: null,
        })),
      ),
    );
    const { warnings } = await exportMeanwhile(c2(0, 10, 9));
    expect(sandbox.visionOne.evicted).toHaveLength(4);
    expect(warnings).toMatchObject([{ code: 'evicted', count: 4 }]);
  });

  it('if Vision One refuses the filter by time, the second look reads the whole type', async () => {
    sandbox.visionOne.faults = ({ query }) =>
      query.has('startDateTime')
        ? { status: 400, body: { error: { code: 'BadRequest', message: 'no such parameter' } } }
        : undefined;
    const { status, counts } = await exportMeanwhile(c2(0, 10, 9));
    expect({ status, accepted: counts.accepted }).toEqual({ status: 'Completed', accepted: 10 });
  });

  it('if the second look fails after removals, the run is Incomplete and counts them', async () => {
    await night(c2(0, 5, 9));
    let looks = 0;
    // The first look is that before the removal.
    sandbox.visionOne.faults = ({ query }) =>
      query.has('startDateTime') && looks++ > 0 ? { status: 403, body: {} } : undefined;
    const { status, counts, list } = await exportMeanwhile(c2(1, 6, 9), {
      removed_indicators: 'remove',
    });
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ removed: 1, accepted: 0 });
    expect(list?.['domain']).toMatchObject({ added: 0, removed: 1 });
  });

  it.each([
    ['an analyst', 'Ann: keep this'],
    ['another data collection', tagged('Source=ThreatQ; Collection=Other', 'f'.repeat(16))],
  ])('what %s takes over while ThreatQ is still read is not removed', async (_, description) => {
    await night(c2(0, 5, 9));
    let isDone = false;
    sandbox.threatq.faults = ({ path }) => {
      if (!path.includes('query/hash') || isDone) return undefined;
      isDone = true;
      return { slow: 60_000 };
    };
    const { run } = sandbox;
    sandbox.threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: rowsOf(...c2(0, 4, 9)) }];
    const running = run({ listAs: { cap: CAP }, settings: { removed_indicators: 'remove' } });
    void sandbox.clock.delay(30_000).then(() => {
      const object = find('c2-4.bad-actor.com');
      if (object) Object.assign(object, { description, lastModified: sandbox.clock.now() });
    });
    const { counts, warnings } = await running;
    expect(counts.removed).toBe(0);
    expect(warnings).toMatchObject([{ code: 'removal_skipped', count: 1 }]);
    expect(find('c2-4.bad-actor.com')?.description).toBe(description);
  });

  it('an object that an analyst adds again right after its removal keeps its place', async () => {
    sandbox.visionOne.capPerType = 2;
    await night(c2(0, 2, 9), { listAs: { cap: 2 } });
    let isRemoved = false;
    sandbox.visionOne.faults = ({ path, query }) => {
      if (path.endsWith('/delete')) isRemoved = true;
      else if (isRemoved && query.has('startDateTime')) {
        isRemoved = false;
        sandbox.visionOne.seed('suspicious', [
          { type: 'domain', value: 'c2-0.bad-actor.com', description: 'Ann' },
        ]);
      }
      return undefined;
    };
    sandbox.threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: rowsOf(...c2(1, 3, 9)) }];
    const { counts } = await sandbox.run({
      listAs: { cap: 2 },
      settings: { removed_indicators: 'remove' },
    });
    expect(counts).toMatchObject({ removed: 1, accepted: 0, by_reason: { no_room: 1 } });
    expect(sandbox.visionOne.evicted).toEqual([]);
    expect(find('c2-0.bad-actor.com')?.description).toBe('Ann');
  });

  it('an object that a later run added is not removed by a run that began before', async () => {
    await night(c2(0, 5, 9));
    sandbox.clock.advance(DAY);
    const description = find('c2-0.bad-actor.com')?.description ?? '';
    // The other run reads a newer state of the collection, with one indicator more.
    let isDone = false;
    sandbox.visionOne.faults = ({ method, path }) => {
      if (method === 'GET' && path === paths.suspicious && !isDone) {
        isDone = true;
        sandbox.clock.advance(2_000);
        sandbox.visionOne.seed('suspicious', [
          { type: 'domain', value: 'newer.bad-actor.com', description },
        ]);
      }
      return undefined;
    };
    const { warnings } = await exportMeanwhile(c2(0, 5, 9), { removed_indicators: 'remove' });
    expect(find('newer.bad-actor.com')).toBeDefined();
    expect(warnings).toMatchObject([{ code: 'removal_skipped', count: 1 }]);
  });
});

describe("IOC Expiration on ThreatQ's Expiration Date", () => {
  const settings = { ioc_expiration: 'threatq_date', removed_indicators: 'remove' } as const;
  const withDate = (expires_at: string | null, more: object = {}): Made => [
    'FQDN',
    'c2.bad-actor.com',
    { expires_at, ...more },
  ];
  const daysLeft = () => ((find('c2.bad-actor.com')?.expires ?? 0) - sandbox.clock.now()) / DAY;

  it('an object leaves the list on the date, or is removed by the run after it', async () => {
    // The clock begins at 2026-01-01.
    const rows = [withDate('2026-01-04 06:00:00')];
    const first = await night(rows, { settings });
    expect(first.items).toMatchObject([{ outcome: 'accepted', object: { daysToExpiration: 3 } }]);
    const second = await night(rows, { settings });
    expect(second.counts.by_reason).toEqual({ already_listed: 1 });
    sandbox.clock.advance(2 * DAY);
    const last = await night(rows, { settings });
    expect(last.items).toMatchObject([{ outcome: 'removed', reason: 'expired' }]);
    expect(last.items[0]).toMatchObject({
      message: 'its expiration date in ThreatQ is 2026-01-04 06:00:00 (UTC)',
    });
    expect(listed()).toEqual([]);
    expect((await night(rows, { settings })).counts.by_reason).toEqual({ expired: 1 });
  });

  it('with Removed Indicators keep, the object stays, and a warning says so', async () => {
    const keep = { ...settings, removed_indicators: 'keep' } as const;
    await night([withDate(null)], { settings: keep });
    const { warnings } = await night([withDate('2025-12-31 00:00:00')], { settings: keep });
    expect(warnings).toMatchObject([{ code: 'still_listed', count: 1 }]);
    expect(listed()).toEqual(['c2.bad-actor.com']);
  });

  it('a later date in ThreatQ is taken over when fewer than half of the days are left', async () => {
    await night([withDate('2026-01-03 00:00:00')], { settings });
    expect(daysLeft()).toBeLessThanOrEqual(2);
    const later = await night([withDate('2026-03-03 00:00:00')], { settings });
    expect(later.counts.by_change).toMatchObject({ renew: 1 });
    expect(daysLeft()).toBeGreaterThan(50);
  });

  it('an indicator past its date is skipped whatever its status, and another one of the same value is sent', async () => {
    const rows = [
      withDate('2025-12-31 23:59:59', { status: 'Active', score: 10 }),
      withDate('2026-02-01 00:00:00', { status: 'Active', score: 3 }),
    ];
    const { counts } = await night(rows, { settings: { ...settings, safety_checks: false } });
    expect(counts).toMatchObject({ accepted: 1, by_reason: { expired: 1 } });
    const expired = [withDate('2025-12-31 23:59:59', { status: 'Expired' })];
    expect((await night(expired, { settings })).items[0]).toMatchObject({ reason: 'expired' });
  });

  it('an object of one day is not sent again before that would move its expiration', async () => {
    sandbox.clock.advance(13.5 * 3_600_000);
    const rows = [withDate('2026-01-02 12:00:00')];
    const run = () =>
      exportTruthfully(sandbox, rowsOf(...rows), { listAs: { cap: CAP }, settings });
    expect((await run()).counts.by_change).toMatchObject({ add: 1 });
    for (let hours = 0; hours < 3; hours++) {
      sandbox.clock.advance(3_600_000);
      expect((await run()).counts.by_reason).toEqual({ already_listed: 1 });
    }
  });

  it.each(['2020-01-01T00:00:00+02:00', '2020-01-01 00:00', '2020-01-01 00:00:00 UTC'])(
    'an indicator that expired at %s is skipped',
    async (date) => {
      expect((await night([withDate(date)], { settings })).counts.by_reason).toEqual({
        expired: 1,
      });
    },
  );

  it('with another IOC Expiration, the date in ThreatQ does not count', async () => {
    const { items } = await night([withDate('2025-12-31 23:59:59')]);
    expect(items).toMatchObject([{ outcome: 'accepted', object: { daysToExpiration: 30 } }]);
  });
});

describe('Scan Action on the ThreatQ score', () => {
  it('the object is blocked when its score rises, and logged when it falls', async () => {
    const settings = { scan_action: 'threatq_score', high_from_score: 8 } as const;
    const actions: Array<string | undefined> = [];
    for (const score of [7, 8, 7.9]) {
      await night([['FQDN', 'c2.bad-actor.com', { score }]], { settings });
      actions.push(find('c2.bad-actor.com')?.scanAction);
    }
    expect(actions).toEqual(['log', 'block', 'log']);
  });
});

describe('Values With A Port', () => {
  it('indicators that differ only in the port are one object, and each keeps its value', async () => {
    const rows: Made[] = [
      ['IP Address', '45.1.2.3:8080', { score: 5 }],
      ['IP Address', '45.1.2.3:443', { score: 9 }],
      ['FQDN', 'c2.bad-actor.com:443'],
      ['FQDN', 'c2.bad-actor.com:443/x'],
    ];
    const { items } = await night(rows, { settings: { port_handling: 'strip' } });
    expect(items.map(({ outcome, value }) => [outcome, value])).toEqual([
      ['skipped', '45.1.2.3:8080'],
      ['accepted', '45.1.2.3:443'],
      ['accepted', 'c2.bad-actor.com:443'],
      ['skipped', 'c2.bad-actor.com:443/x'],
    ]);
    expect(listed()).toEqual(['45.1.2.3', 'c2.bad-actor.com']);
  });
});
