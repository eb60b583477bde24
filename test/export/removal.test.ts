/** Removed Indicators: objects that the collection no longer has are removed, and no others. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerTagIn, ownerTagOf, tagged } from '../../src/export/description.js';
import type { RunOutcome } from '../../src/export/job.js';
import type { Rows } from '../sandbox/collections.js';
import type { Received } from '../sandbox/server.js';
import { paths } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows, rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const OTHER: ExportOptions = { source: { name: 'Another one', hash: 'other' } };
const REMOVE = { removed_indicators: 'remove' } as const;
const isDelete = ({ method, path }: Received) => method === 'POST' && path.endsWith('/delete');
const deletes = () => sandbox.visionOne.requests.filter(isDelete);
const values = () => [...sandbox.visionOne.suspicious.values()].map(({ value }) => value);
const codes = ({ warnings }: RunOutcome) => warnings.map(({ code }) => code);

/** Exports rows, and removes objects that are no longer in the collection. */
const exportAndRemove = (rows: Rows | undefined, options: ExportOptions = {}) =>
  exportTruthfully(sandbox, rows, { ...options, settings: { ...REMOVE, ...options.settings } });

describe('removed objects', () => {
  it('objects that are no longer in the collection are removed, with the id of their indicator', async () => {
    const rows = madeRows(40);
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(rows.slice(3));
    expect(outcome.status).toBe('Completed');
    expect(outcome.counts).toMatchObject({
      read: 37,
      accepted: 0,
      removed: 3,
      by_reason: { already_listed: 37, left_collection: 3 },
    });
    expect(outcome.list?.['domain']).toMatchObject({ listed: 10, ours: 10, added: 0, removed: 1 });
    expect(outcome.items.slice(37)).toEqual([
      {
        outcome: 'removed',
        change: 'remove',
        id: 1,
        type: 'FQDN',
        value: 'c2-0.bad-actor-0.com',
        score: 0,
        object: { domain: 'c2-0.bad-actor-0.com' },
        reason: 'left_collection',
        message: 'the data collection no longer has it',
      },
      expect.objectContaining({ outcome: 'removed', id: 2, type: 'URL' }),
      expect.objectContaining({ outcome: 'removed', id: 3, type: 'SHA-256' }),
    ]);
    expect(sandbox.visionOne.suspicious.size).toBe(37);
    expect(deletes()).toHaveLength(1);
  });

  it('objects of a type that the collection no longer has are removed', async () => {
    await exportAndRemove(rowsOf(['IP Address', '45.1.2.3'], ['SHA-1', 'a'.repeat(40)]));
    const { counts } = await exportAndRemove(rowsOf(['FQDN', 'c2.bad-actor.com']));
    expect(counts).toMatchObject({ accepted: 1, removed: 2 });
    expect(values()).toEqual(['c2.bad-actor.com']);
  });

  it('objects are removed in chunks of 1,000, and each gets its own answer', async () => {
    const rows = madeRows(5_000);
    await exportAndRemove(rows);
    const { counts } = await exportAndRemove(rows.slice(2_300));
    expect(counts).toMatchObject({ accepted: 0, removed: 2_300 });
    expect(deletes().map(({ body }) => (body as unknown[]).length)).toEqual([1_000, 1_000, 300]);
    expect(sandbox.visionOne.suspicious.size).toBe(2_700);
  });

  it('nothing is removed if Removed Indicators is keep', async () => {
    const rows = madeRows(20);
    await exportAndRemove(rows);
    const { counts } = await exportAndRemove(rows.slice(5), {
      settings: { removed_indicators: 'keep' },
    });
    expect(counts.removed).toBe(0);
    expect(sandbox.visionOne.suspicious.size).toBe(20);
  });

  it('the few objects of a collection that became empty are removed', async () => {
    await exportAndRemove(madeRows(20));
    expect((await exportAndRemove([])).counts.removed).toBe(20);
    expect(values()).toEqual([]);
  });

  it('an object is removed by the spelling of the list', async () => {
    await exportAndRemove(rowsOf(['SHA-256', 'ab'.repeat(32)]));
    const [object] = [...sandbox.visionOne.suspicious.values()];
    if (object) object.value = object.value.toUpperCase();
    const { counts } = await exportAndRemove(rowsOf(['SHA-256', 'AB'.repeat(32)]));
    expect(counts).toMatchObject({ accepted: 0, removed: 0 });
    const { items } = await exportAndRemove([]);
    expect(items).toMatchObject([{ outcome: 'removed', object: { fileSha256: 'AB'.repeat(32) } }]);
  });

  it('objects are also removed from the Exception List', async () => {
    const rows = madeRows(8);
    await exportAndRemove(rows, { list: 'exceptions' });
    const { counts } = await exportAndRemove(rows.slice(2), { list: 'exceptions' });
    expect(counts).toMatchObject({ accepted: 0, removed: 2 });
    expect(sandbox.visionOne.exceptions.size).toBe(6);
    expect(deletes().map(({ path }) => path)).toEqual([`${paths.exceptions}/delete`]);
  });

  it('an object that a check now leaves out is removed, with the reason of the check', async () => {
    const rows = rowsOf(['FQDN', 'c2.bad-actor.com'], ['FQDN', 'c3.bad-actor.com']);
    await exportAndRemove(rows);
    const [first, ...rest] = rows;
    const outcome = await exportAndRemove([
      { ...first, status: { id: 5, name: 'Whitelisted' } },
      ...rest,
    ]);
    expect(outcome.items[0]).toMatchObject({ outcome: 'removed', id: 1, reason: 'status' });
    expect(outcome.counts).toMatchObject({ read: 2, removed: 1, by_reason: { status: 1 } });
    expect(values()).toEqual(['c3.bad-actor.com']);
  });

  it('the URL with the other scheme is removed after a change of URL Scheme Handling', async () => {
    const rows = rowsOf(['URL', 'bad-actor.com/a'], ['URL', 'https://bad-actor.com/b']);
    await exportAndRemove(rows);
    const { counts } = await exportAndRemove(rows, { settings: { url_scheme_handling: 'https' } });
    expect(counts).toMatchObject({ accepted: 1, removed: 1 });
    expect(values().sort()).toEqual(['https://bad-actor.com/a', 'https://bad-actor.com/b']);
  });

  it('a change of URL Scheme Handling does not remove thousands of objects', async () => {
    const rows = rowsOf(
      ...Array.from({ length: 30 }, (_, n): [string, string] => ['URL', `bad-actor.com/${n}`]),
    );
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(rows, { settings: { url_scheme_handling: 'skip' } });
    expect(codes(outcome)).toEqual(['removal_refused']);
    expect(values()).toHaveLength(30);
  });
});

describe('owners of objects', () => {
  const dropped = rowsOf(['FQDN', 'c2.bad-actor.com']);

  it('an object of an analyst is never removed, even after an export without protection has updated it', async () => {
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'C2.bad-actor.com', description: 'last night, Ann' },
      { type: 'domain', value: 'elsewhere.com' },
    ]);
    const off = { settings: { protect_existing: false } };
    await exportAndRemove(dropped, off);
    expect(sandbox.visionOne.find('suspicious', 'domain', 'c2.bad-actor.com')).toMatchObject({
      description: expect.stringMatching(/^Source=ThreatQ/),
    });
    await exportAndRemove(dropped, off);
    const { counts } = await exportAndRemove([], off);
    expect(counts.removed).toBe(0);
    expect(values()).toEqual(['C2.bad-actor.com', 'elsewhere.com']);
    expect(deletes()).toEqual([]);
  });

  it('an object whose description an analyst has changed is never removed', async () => {
    await exportAndRemove(dropped);
    const [object] = [...sandbox.visionOne.suspicious.values()];
    if (object) object.description += ' (kept by Ann)';
    expect((await exportAndRemove([])).counts.removed).toBe(0);
  });

  it('an object of another data collection is never removed', async () => {
    await exportAndRemove(dropped, OTHER);
    await exportAndRemove(dropped);
    expect((await exportAndRemove([])).counts.removed).toBe(0);
    expect((await exportAndRemove([], OTHER)).counts.removed).toBe(1);
  });

  it('a run by hash does not remove objects that a run by name of the same collection has added', async () => {
    await exportAndRemove(dropped, { collection: { name: 'Active C2' } });
    expect((await exportAndRemove([])).counts.removed).toBe(0);
  });

  it('objects of another action, another ThreatQ or a manual run are never removed', async () => {
    const source = {
      action: 'threatq.actions.test.suspicious_objects',
      threatq: '127.0.0.1',
      by: 'hash' as const,
      key: 'c2',
    };
    const foreignTags = [
      ownerTagOf({ ...source, action: 'threatq.actions.test.exceptions' }),
      ownerTagOf({ ...source, threatq: 'other.threatq.example' }),
      ownerTagOf({ ...source, key: 'C2' }),
    ];
    sandbox.visionOne.seed(
      'suspicious',
      foreignTags.map((tag, n) => ({
        type: 'domain',
        value: `foreign-${n}.com`,
        description: tagged('Source=ThreatQ; Collection=c2', tag),
      })),
    );
    await exportTruthfully(sandbox, undefined, { objects: dropped });
    expect((await exportAndRemove([])).counts.removed).toBe(0);
    expect(values()).toHaveLength(4);
    // An object with the right tag is removed. This proves that the others are kept because of their tags.
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'ours.com', description: tagged('x', ownerTagOf(source)) },
    ]);
    expect((await exportAndRemove([])).counts.removed).toBe(1);
  });

  it('text in a name or an id that looks like an ownership tag is not one', async () => {
    const ownTag = ownerTagOf({
      action: 'threatq.actions.test.suspicious_objects',
      threatq: '127.0.0.1',
      by: 'hash',
      key: 'c2',
    });
    const forged = `x; Mark=${ownTag}`;
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: 'one.com', description: 'an analyst' },
      { type: 'domain', value: 'two.com', description: `Source=ThreatQ; Mark=${ownTag}; Id=5` },
      { type: 'domain', value: 'three.com', description: `Mark=${ownTag.toUpperCase()}` },
      { type: 'domain', value: 'four.com', description: 'an analyst' },
    ]);
    const bare = { id: null, score: null };
    const rows = rowsOf(
      ['FQDN', 'one.com', bare],
      ['FQDN', 'four.com', { id: forged, score: null }],
    );
    sandbox.threatq.collections = [{ name: forged, hash: 'y', rows }];
    await exportTruthfully(sandbox, undefined, {
      collection: { name: forged },
      settings: { protect_existing: false },
    });
    expect(sandbox.visionOne.find('suspicious', 'domain', 'one.com')?.description).toContain(
      forged.replace(';', ','),
    );
    expect((await exportAndRemove([])).counts.removed).toBe(0);
    expect(values()).toHaveLength(4);
  });
});

describe('when nothing is removed', () => {
  it('nothing is removed after fewer rows than the total of ThreatQ', async () => {
    const rows = madeRows(40);
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(rows.slice(15), { source: { total: 40 } });
    expect(codes(outcome)).toEqual(['read_short', 'removal_skipped']);
    expect(outcome.warnings[0]?.message).toContain('has 40 indicators, and gave 15 fewer');
    expect(outcome.data_collection).toMatchObject({ total: 40, read_whole: false });
    expect(deletes()).toEqual([]);
  });

  it.each([
    ['errors without text', { errors: [{ code: 500 }], data: [], total: 0 }],
    ['a boolean as its errors', { errors: true, data: [] }],
    ['deeply nested errors', { errors: [[[[[['x']]]]]], data: [] }],
    ['null as its data', { data: null, total: 0 }],
  ])(
    'nothing is removed if a page has %s, because that is not an empty collection',
    async (_, body) => {
      await exportAndRemove(madeRows(15));
      sandbox.threatq.faults = ({ path }) =>
        path.startsWith('/api/indicators/query') ? { status: 200, body } : undefined;
      expect((await exportAndRemove(undefined)).status).toBe('Failed to Complete');
      expect(deletes()).toEqual([]);
    },
  );

  it('nothing is removed if the collection changed between two pages', async () => {
    const rows = madeRows(2_003);
    const collection = { name: 'Active C2', hash: 'c2', rows: rows.slice(0, 2_000) };
    const way = { collection: { name: 'Active C2' } };
    sandbox.threatq.collections = [collection];
    expect((await exportAndRemove(undefined, way)).counts.accepted).toBe(2_000);
    // Three rows are removed at the start and three are added at the end. The size stays the same, and
    // all other rows move up.
    let pages = 0;
    sandbox.threatq.faults = ({ path }) => {
      if (path === '/api/indicators/query' && ++pages === 2) collection.rows = rows.slice(3);
      return undefined;
    };
    const outcome = await exportAndRemove(undefined, { ...way, mayMissRows: true });
    expect(codes(outcome)).toEqual(['read_short', 'removal_skipped']);
    expect(outcome.warnings[0]?.message).toContain('changed while it was read');
    expect(deletes()).toEqual([]);
  });

  it('nothing is removed if the collection cannot be read', async () => {
    const rows = madeRows(30);
    await exportAndRemove(rows);
    for (const fault of [{ status: 404 }, { status: 200, body: { data: 'none' } }]) {
      sandbox.threatq.faults = ({ path }) => (path.includes('/query/hash') ? fault : undefined);
      expect((await exportAndRemove(rows.slice(20))).error).not.toBeNull();
    }
    sandbox.threatq.faults = () => undefined;
    expect((await exportAndRemove(rows, { collection: { hash: 'gone' } })).error?.code).toBe(
      'data_collection_not_found',
    );
    expect(sandbox.visionOne.suspicious.size).toBe(30);
    expect(deletes()).toEqual([]);
  });

  it('nothing is removed if the second page cannot be read', async () => {
    const rows = madeRows(2_500);
    await exportAndRemove(rows);
    sandbox.threatq.faults = ({ path }, n) =>
      path.includes('/query/hash') && n > 3 ? { status: 500 } : undefined;
    const outcome = await exportAndRemove(rows.slice(100));
    expect(outcome.counts.removed).toBe(0);
    expect(deletes()).toEqual([]);
  });

  it('nothing is removed in a manual run', async () => {
    const rows = madeRows(20);
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(undefined, { objects: rows.slice(0, 1) });
    expect(outcome.counts).toMatchObject({ removed: 0, by_reason: { listed_by_others: 1 } });
    expect(codes(outcome)).toEqual(['removal_skipped']);
    expect(sandbox.visionOne.suspicious.size).toBe(20);
  });

  it('a run that is interrupted before the removal is Incomplete', async () => {
    const rows = madeRows(30);
    await exportAndRemove(rows);
    const stop = new AbortController();
    const phase = (name: string) => {
      if (name === 'removing') stop.abort();
    };
    const listener = { phase };
    const outcome = await exportAndRemove(rows.slice(10), { stopping: stop.signal, listener });
    expect(outcome).toMatchObject({ status: 'Incomplete', counts: { unsent: 10, removed: 0 } });
    expect(outcome.counts.by_reason).toMatchObject({ interrupted: 10 });
    expect(deletes()).toEqual([]);
  });

  it('nothing is removed after the time limit or after the service was given up', async () => {
    const rows = madeRows(30);
    await exportAndRemove(rows);
    sandbox.visionOne.faults = ({ method }) => (method === 'POST' ? { status: 503 } : undefined);
    const outcome = await exportAndRemove(rows.slice(5));
    expect(outcome).toMatchObject({ status: 'Incomplete', counts: { removed: 0, unsent: 5 } });
    expect(sandbox.visionOne.suspicious.size).toBe(30);
  });

  it('nothing is sent or removed if another type of the list cannot be read', async () => {
    const rows = rowsOf(['FQDN', 'c2.bad-actor.com']);
    sandbox.visionOne.faults = ({ headers }) =>
      headers['tmv1-filter'] === `type eq 'ip'` ? { status: 200, body: {} } : undefined;
    const outcome = await exportAndRemove(rows);
    expect(outcome).toMatchObject({ status: 'Incomplete', counts: { unsent: 1, removed: 0 } });
    expect(sandbox.visionOne.suspicious.size).toBe(0);
  });
});

it('a run whose key is refused after a removal is Incomplete and not Failed to Complete', async () => {
  const CAP = 3;
  sandbox.visionOne.capPerType = CAP;
  const others = ['one.com', 'two.com'].map((value) => ({ type: 'domain' as const, value }));
  sandbox.visionOne.seed('suspicious', others);
  const options = { listAs: { cap: CAP } };
  await exportAndRemove(rowsOf(['FQDN', 'gone.bad-actor.com']), options);
  sandbox.visionOne.faults = ({ method, path }) =>
    method === 'POST' && path === paths.suspicious ? { status: 401 } : undefined;
  const outcome = await exportAndRemove(rowsOf(['FQDN', 'new.bad-actor.com']), options);
  expect(outcome).toMatchObject({ status: 'Incomplete', counts: { removed: 1, unsent: 1 } });
});

describe('large removals', () => {
  const rows = madeRows(60);

  it('a removal of more than half of the tagged objects is refused with a warning', async () => {
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(rows.slice(31));
    expect(outcome.status).toBe('Completed');
    expect(outcome.counts).toMatchObject({ accepted: 0, removed: 0 });
    expect(codes(outcome)).toEqual(['removal_refused']);
    expect(outcome.warnings[0]?.message).toMatch(
      /^31 of the 60 objects .* more than half, so they stay .*; --allow-large-removal/,
    );
    expect(deletes()).toEqual([]);
  });

  it('a removal of more than half is done if it is allowed', async () => {
    await exportAndRemove(rows);
    const outcome = await exportAndRemove(rows.slice(31), { allowLargeRemoval: true });
    expect(outcome.counts.removed).toBe(31);
    expect(outcome.warnings).toEqual([]);
  });

  it('half is counted of the tagged objects and not of the list', async () => {
    sandbox.visionOne.seed(
      'suspicious',
      Array.from({ length: 500 }, (_, n) => ({ type: 'domain', value: `own-${n}.com` })),
    );
    await exportAndRemove(rows);
    expect(codes(await exportAndRemove(rows.slice(31)))).toEqual(['removal_refused']);
  });

  it('the refusal names examples, and a hostile value of the list cannot make it long', async () => {
    await exportAndRemove(rows.slice(0, 21));
    const [first] = sandbox.visionOne.suspicious.values();
    sandbox.visionOne.seed('suspicious', [
      { type: 'domain', value: '\u001b[2J'.repeat(1_000), description: first?.description ?? '' },
    ]);
    const { warnings } = await exportAndRemove([]);
    const refusals = warnings.filter(({ code }) => code === 'removal_refused');
    expect(refusals).toMatchObject([{ code: 'removal_refused', count: 22 }]);
    expect(refusals[0]?.message).toMatch(/ \(.*\.bad-actor-\d+\.com, .*…\)/s);
    expect(refusals[0]?.message.length).toBeLessThan(700);
  });

  it('a removal of exactly half is not refused', async () => {
    await exportAndRemove(rows);
    expect((await exportAndRemove(rows.slice(30))).counts.removed).toBe(30);
  });

  it('a removal of all 21 objects is refused, and one of all 20 is not', async () => {
    await exportAndRemove(rows.slice(0, 21));
    const refused = await exportAndRemove([]);
    expect(codes(refused)).toEqual(['empty_collection', 'removal_refused']);
    expect(sandbox.visionOne.suspicious.size).toBe(21);
    await exportAndRemove(rows.slice(0, 20));
    expect((await exportAndRemove([])).counts.removed).toBe(20);
  });

  it('a preview also refuses a removal of more than half', async () => {
    await exportAndRemove(rows);
    const outcome = await exportAndRemove([], { mode: 'preview' });
    expect(codes(outcome)).toEqual(['empty_collection', 'removal_refused']);
    expect(outcome.counts.planned).toBe(0);
  });
});

it('a preview shows what would be removed, and removes nothing', async () => {
  const rows = madeRows(12);
  await exportAndRemove(rows);
  const outcome = await exportAndRemove(rows.slice(2), { mode: 'preview' });
  expect(outcome.counts).toMatchObject({ planned: 2, removed: 0, accepted: 0 });
  expect(outcome.list?.['domain']).toMatchObject({ listed: 3, removed: 1 });
  const going = outcome.items.filter(({ outcome }) => outcome === 'planned');
  expect(going.map(({ value }) => value)).toEqual(
    expect.arrayContaining(['c2-0.bad-actor-0.com', expect.stringContaining('c2-1.bad-actor-1')]),
  );
  expect(going).toHaveLength(2);
  expect(sandbox.visionOne.suspicious.size).toBe(12);
  expect(deletes()).toEqual([]);
});

describe('while deleting', () => {
  const rows = madeRows(30);
  const onDelete = (fault: (n: number) => ReturnType<typeof sandbox.visionOne.faults>) => {
    sandbox.visionOne.faults = (request, n) => (isDelete(request) ? fault(n) : undefined);
  };

  it('a 404 for an object counts as removed', async () => {
    await exportAndRemove(rows);
    onDelete(() => ({ items: [{ index: 0, status: 404, code: 'NotFound', applied: true }] }));
    const outcome = await exportAndRemove(rows.slice(4));
    expect(outcome).toMatchObject({ status: 'Completed', counts: { removed: 4 } });
  });

  it('only objects that failed temporarily are removed again', async () => {
    await exportAndRemove(rows);
    onDelete((n) =>
      n === 0 ? { items: [{ index: 1, status: 500, code: 'InternalServerError' }] } : undefined,
    );
    const outcome = await exportAndRemove(rows.slice(4));
    expect(outcome).toMatchObject({ status: 'Completed', counts: { removed: 4 } });
    expect(deletes().map(({ body }) => (body as unknown[]).length)).toEqual([4, 1]);
  });

  it('an object that Vision One refuses to remove is rejected', async () => {
    await exportAndRemove(rows);
    onDelete(() => ({ items: [{ index: 1, status: 403, code: 'AccessDenied', message: 'No.' }] }));
    const outcome = await exportAndRemove(rows.slice(4));
    expect(outcome.status).toBe('Incomplete');
    expect(outcome.counts).toMatchObject({ removed: 3, rejected: 1 });
    expect(outcome.items.find((item) => item.outcome === 'rejected')).toMatchObject({
      reason: 'AccessDenied',
      message: 'No.',
    });
    expect(sandbox.visionOne.suspicious.size).toBe(27);
  });

  it('removals are unsent if the service was given up', async () => {
    await exportAndRemove(rows);
    onDelete(() => ({ status: 503 }));
    const outcome = await exportAndRemove(rows.slice(4));
    expect(outcome.status).toBe('Incomplete');
    expect(outcome.counts).toMatchObject({ accepted: 0, removed: 0, unsent: 4 });
    expect(sandbox.visionOne.suspicious.size).toBe(30);
  });

  it('the run after an interrupted removal removes the rest', async () => {
    await exportAndRemove(rows);
    const stop = new AbortController();
    onDelete(() => {
      stop.abort();
      return { status: 503 };
    });
    const outcome = await exportAndRemove(rows.slice(4), { stopping: stop.signal });
    expect(outcome.status).toBe('Incomplete');
    expect(outcome.counts).toMatchObject({ removed: 0, unsent: 4 });
    sandbox.visionOne.faults = () => undefined;
    expect((await exportAndRemove(rows.slice(4))).counts.removed).toBe(4);
  });
});

describe('the ownership tag', () => {
  it('the ownership tag is kept at the end of the longest description', () => {
    const description = tagged('x'.repeat(1_000), '0123456789abcdef');
    expect(description).toHaveLength(1_000);
    expect(ownerTagIn(description)).toBe('0123456789abcdef');
  });

  it('an ownership tag counts only at the end of a description', () => {
    expect(ownerTagIn('Source=ThreatQ; Mark=0123456789abcdef; Id=1')).toBeUndefined();
    expect(ownerTagIn('Source=ThreatQ; Mark=0123456789abcde')).toBeUndefined();
    expect(ownerTagIn('NoMark=0123456789abcdef')).toBeUndefined();
    expect(ownerTagIn('Mark=0123456789abcdef')).toBe('0123456789abcdef');
    expect(tagged('Source=ThreatQ; Id=1', undefined)).toBe('Source=ThreatQ; Id=1');
    // It would look like a description of version 1.0.1, which a run adopts.
    expect(tagged('Source=ThreatQ', undefined)).toBe('Source=ThreatQ;');
  });

  it('the ownership tag differs for each action, ThreatQ and collection', () => {
    const sources = [
      { action: 'a', threatq: 'b', by: 'hash', key: 'c' },
      { action: 'a', threatq: 'b', by: 'name', key: 'c' },
      { action: 'a","b', threatq: '', by: 'hash', key: 'c' },
      { action: 'a', threatq: 'bc', by: 'hash', key: '' },
      { action: 'ab', threatq: '', by: 'hash', key: 'c' },
    ] as const;
    expect(new Set(sources.map(ownerTagOf)).size).toBe(sources.length);
  });
});
