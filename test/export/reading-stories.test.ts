/** The reaction of a run to each answer of ThreatQ while the data collection is read. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Transport, TransportResult } from '../../src/http/transport.js';
import type { Fault, Received } from '../sandbox/server.js';
import type { Collection } from '../sandbox/threatq.js';
import { exportTruthfully, type TruthfulOutcome } from '../support/export-truthfully.js';
import { type RunOptions, type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows, rowsOf } from '../support/rows.js';

const MINUTE = 60_000;

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const isPage = ({ path }: Received) => path.startsWith('/api/indicators/query');
const pages = () => sandbox.threatq.requests.filter(isPage);
const tokens = () => sandbox.threatq.requests.filter(({ path }) => path === '/api/token');
const adds = () => sandbox.visionOne.requests.filter(({ method }) => method === 'POST');

/** Applies the fault that `fault` returns to each page request. */
function onPage(fault: (n: number) => Fault | undefined): void {
  sandbox.threatq.faults = (request, n) => (isPage(request) ? fault(n) : undefined);
}

/** Exports a collection of 2,001 valid indicators, or the given rows. */
const exportOf = ({ rows, ...source }: Partial<Collection> = {}, options: RunOptions = {}) =>
  exportTruthfully(sandbox, rows ?? madeRows(2_001), { ...options, source });

/** A transport whose time-outs use the clock of the sandbox, because real ones would take a minute. */
const timedOut = (real: Transport): Transport => ({
  ...real,
  send: (request, timeoutMs, signal) =>
    Promise.race([
      real.send(request, timeoutMs, signal),
      sandbox.clock.delay(timeoutMs).then((): TransportResult => {
        const message = `no answer within ${Math.round(timeoutMs / 1000)} s`;
        return { kind: 'broken', cause: 'timeout', message };
      }),
    ]),
});

/** Expects that a run failed before any object was sent. */
function expectFailure(outcome: TruthfulOutcome, words: RegExp): void {
  expect(outcome.status).toBe('Failed to Complete');
  expect(outcome.error?.message).toMatch(words);
  expect(outcome.counts.accepted).toBe(0);
  expect(adds()).toEqual([]);
}

const tooManyRows = async (way: RunOptions) => {
  const rows = madeRows(1_500);
  onPage((n) => (n === 0 ? { status: 200, body: { total: 1_500, data: rows } } : undefined));
  return exportOf({ rows }, { ...way, settings: { removed_indicators: 'remove' } });
};

const limits = () => pages().map(({ query }) => Number(query.get('limit')));

const ways: [string, RunOptions][] = [
  ['by hash', { collection: { hash: 'c2' } }],
  ['by name', { collection: { name: 'Active C2' } }],
];

it('a page with too many rows of a collection by hash causes the warning read_short', async () => {
  const { warnings } = await tooManyRows({ collection: { hash: 'c2' } });
  expect(warnings.map(({ code }) => code)).toEqual(['read_short', 'removal_skipped']);
});

it('a page with too many rows of a collection by name is followed by a page with the remaining rows', async () => {
  const { counts, warnings } = await tooManyRows({ collection: { name: 'Active C2' } });
  expect(counts).toMatchObject({ read: 1_500, accepted: 1_500 });
  expect(warnings).toEqual([]);
});

describe.each(ways)('a collection %s', (by, way) => {
  it.each([
    ['a 400', { status: 400, body: { errors: ['limit'] } }],
    ['a 413', { status: 413 }],
    ['a 422', { status: 422, body: { errors: { limit: ['too large'] } } }],
    ['a 500', { status: 500 }],
    ['a 504', { status: 504 }],
    ['an incomplete answer', { cut: true }],
    ['an answer that is too large', { huge: 17_000_000 }],
  ] satisfies [string, Fault][])(
    `a collection ${by} is read in smaller pages if requests for more than 100 rows get %s`,
    async (_name, fault) => {
      sandbox.threatq.faults = (request) =>
        isPage(request) && Number(request.query.get('limit')) > 100 ? fault : undefined;
      const { status, counts, took } = await exportOf({ rows: madeRows(400) }, way);
      expect(status).toBe('Completed');
      expect(counts).toMatchObject({ read: 400, accepted: 400 });
      expect([...new Set(limits())]).toEqual([1_000, 500, 250, 125, 62]);
      // Each size fails twice. The last size fails once more if the failure may be temporary.
      expect(limits().filter((limit) => limit > 100).length).toBeLessThanOrEqual(10);
      expect(limits().slice(-3)).toEqual([62, 62, 62]);
      expect(took).toBeLessThan(MINUTE);
    },
  );

  it('a data collection of an instance with occasional 504s is still read in full pages', async () => {
    onPage((n) => ([0, 3].includes(n) ? { status: 504 } : undefined));
    const { counts } = await exportOf({ rows: madeRows(4_000) }, way);
    expect(counts).toMatchObject({ read: 4_000, accepted: 4_000 });
    // The first page is halved. A size that succeeded is requested again.
    expect(limits().slice(0, 6)).toEqual([1_000, 500, 1_000, 1_000, 1_000, 1_000]);
    expect(limits().length).toBeLessThanOrEqual(10);
  });

  it('an instance that refuses each page gets requests of at least 50 rows, and the run fails', async () => {
    onPage(() => ({ status: 400, body: { errors: ['No.'] } }));
    const outcome = await exportOf({}, way);
    expectFailure(outcome, /HTTP 400 \(No\.\)/);
    expect(limits()).toEqual([1_000, 500, 250, 125, 62, 50]);
  });

  it('a page that never ends is not read into memory, and the run fails with a message', async () => {
    onPage(() => ({ huge: 48_000_000 }));
    expectFailure(await exportOf({}, way), /the answer exceeds the size limit/);
  });

  it('a data collection is read in pages of 1,000 with one token, and no page twice', async () => {
    const { status, counts } = await exportOf({}, way);
    expect(status).toBe('Completed');
    expect(counts).toMatchObject({ read: 2_001, accepted: 2_001 });
    expect(tokens()).toHaveLength(1);
    // Three pages have rows. The fourth page is empty and proves the end, because the total may be wrong.
    expect(pages()).toHaveLength(4);
  });

  it.each([
    ['too small', 7],
    ['too large', 1_000_000],
    ['zero', 0],
    ['the length of a page', 1_000],
  ])(`a collection ${by} is read completely if its total is %s`, async (_name, total) => {
    const { status, counts } = await exportOf({ total }, way);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(2_001);
  });

  it('a data collection is read completely if the server limits the size of its pages', async () => {
    const { counts } = await exportOf({ pageCap: 100 }, way);
    expect(counts.accepted).toBe(2_001);
    expect(pages()).toHaveLength(22);
  });

  it('an empty page can be {}, and a page of one row can be the row itself', async () => {
    const odd: Partial<Collection> = { emptyAs: 'object', singleAsObject: true };
    expect((await exportOf({ ...odd, rows: madeRows(1_001) }, way)).counts.accepted).toBe(1_001);
    expect((await exportOf({ ...odd, rows: madeRows(1) }, way)).counts.read).toBe(1);
    expect((await exportOf({ ...odd, rows: [] }, way)).status).toBe('Completed');
  });

  it('a data collection that is not shared is an error that says so, and nothing is sent', async () => {
    const outcome = await exportOf({ shared: false }, way);
    expectFailure(outcome, /check that the (hash|name) is right, and that .* shared it/);
    expect(outcome.error?.code).toBe('data_collection_not_found');
    expect(outcome.took).toBe(0);
  });

  it.each([
    ['a 429', { status: 429, headers: { 'retry-after': '20' } }],
    ['a 429 without Retry-After', { status: 429 }],
    ['a 500', { status: 500 }],
    ['an HTML page with 502', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['an HTML page with 200', { status: 200, body: '<html>Maintenance</html>' }],
    ['errors inside a 200', { status: 200, body: { errors: ['Query timed out.'] } }],
    ['field errors inside a 200', { status: 200, body: { data: { errors: { q: ['no'] } } } }],
    ['a broken connection', { reset: 'after' }],
    ['an incomplete answer', { cut: true }],
  ] satisfies [string, Fault][])(
    `a collection ${by} is read completely if the first request for each page gets %s`,
    async (_name, fault) => {
      onPage((n) => (n % 2 === 0 ? fault : undefined));
      const { status, counts } = await exportOf({}, way);
      expect(status).toBe('Completed');
      expect(counts.accepted).toBe(2_001);
      expect(pages()).toHaveLength(8);
    },
  );

  it.each([
    ['a 503', { status: 503 }, /HTTP 503/],
    ['a broken connection', { reset: 'before' }, /closed unexpectedly/],
    ['an HTML page', { status: 200, body: '<html></html>' }, /a body that is not JSON/],
    ['errors inside a 200', { status: 200, body: { errors: [['Bad query.']] } }, /Bad query\./],
    ['a 400', { status: 400, body: { errors: ['Bad filter.'] } }, /HTTP 400 \(Bad filter\.\)/],
    ['data of another kind', { status: 200, body: { data: 'x' } }, /no page of indicators/],
    ['a redirect', { redirect: 'https://elsewhere.example/x' }, /elsewhere\.example/],
  ] satisfies [string, Fault, RegExp][])(
    `a run sends nothing if all requests for the second page of a collection ${by} get %s`,
    async (_name, fault, words) => {
      onPage((n) => (n === 0 ? undefined : fault));
      const outcome = await exportOf({}, way);
      expectFailure(outcome, words);
      expect(outcome.counts.unsent).toBe(1_000);
      expect(outcome.took).toBeLessThanOrEqual(MINUTE + 1_000);
      expect(pages().length).toBeLessThan(30);
    },
  );

  it('a run continues after ThreatQ was down for 40 s', async () => {
    const from = sandbox.clock.now();
    sandbox.threatq.faults = () =>
      sandbox.clock.now() < from + 40_000 ? { reset: 'before' } : undefined;
    const { status, counts } = await exportOf({}, way);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(2_001);
  });

  it('a token that expires between two pages is renewed before it is refused', async () => {
    // Two pages are read with the first token. The third request would begin before the token expires and
    // end after that.
    sandbox.threatq.tokenLifetime = 65;
    onPage(() => ({ slow: 30_000 }));
    const { counts } = await exportOf({}, way);
    expect(counts.accepted).toBe(2_001);
    expect(sandbox.threatq.requests.filter(({ status }) => status === 401)).toEqual([]);
    expect(tokens().length).toBeGreaterThan(1);
  });

  it('a token that is revoked between two pages is replaced by one new token', async () => {
    onPage((n) => {
      if (n === 1) sandbox.threatq.revokeTokens();
      return undefined;
    });
    const { counts } = await exportOf({}, way);
    expect(counts.accepted).toBe(2_001);
    expect(tokens()).toHaveLength(2);
    expect(sandbox.threatq.requests.filter(({ status }) => status === 401)).toHaveLength(1);
  });

  it('a run fails if the new token is refused too', async () => {
    onPage(() => ({ status: 401, body: { errors: ['Unauthenticated.'] } }));
    expectFailure(await exportOf({}, way), /refuses a token that it has just issued/);
    expect(pages()).toHaveLength(2);
    expect(tokens()).toHaveLength(2);
  });
});

describe.each(ways)('a collection %s that repeats its last page', (_, way) => {
  const repeatLastPage = (total: number) =>
    onPage((n) => ({
      status: 200,
      body: { total, data: madeRows(400), nextCursorMark: `c${n}` },
    }));

  it('a data collection that repeats its last page ends when its total was read', async () => {
    repeatLastPage(400);
    const { status, counts } = await exportOf({}, way);
    expect(status).toBe('Completed');
    expect(counts).toMatchObject({ read: 400, accepted: 400 });
    expect(pages()).toHaveLength(2);
  });

  it('a repeated page before the end is an error and not the end of the data collection', async () => {
    repeatLastPage(401);
    expectFailure(await exportOf({}, way), /repeat: ThreatQ returned the same page twice/);
    expect(pages()).toHaveLength(2);
  });
});

describe('a collection by hash', () => {
  it.each([
    [8_192, 'Completed'],
    [8_193, 'Failed to Complete'],
  ])(
    'a run whose page has a cursor of %i characters has the status %s',
    async (length, expected) => {
      onPage((n) => {
        if (n > 0) return { status: 200, body: { total: 1, data: [] } };
        const nextCursorMark = 'c'.repeat(length);
        return { status: 200, body: { total: 1, data: madeRows(1), nextCursorMark } };
      });
      const { status, error } = await exportOf();
      expect(status).toBe(expected);
      if (error) expect(error.message).toMatch(/no page of indicators/);
    },
  );

  it('rows beyond the maximum of a page are not read', async () => {
    onPage(() => ({ status: 200, body: { total: 1_500, data: madeRows(1_500) } }));
    expect((await exportOf()).counts.read).toBe(1_000);
  });

  it('a data collection that ThreatQ refuses with 403 is reported as not shared', async () => {
    onPage(() => ({ status: 403, body: { errors: ['Forbidden.'] } }));
    expect((await exportOf()).error?.code).toBe('data_collection_not_found');
  });

  it('a very long text of a refusal is truncated', async () => {
    onPage(() => ({ status: 403, body: { errors: ['x'.repeat(1_000_000)] } }));
    expect((await exportOf()).error?.message.length).toBeLessThan(1_500);
  });

  it('a run that is interrupted when it has nothing left to send is Incomplete too', async () => {
    sandbox.threatq.collections = [
      { name: 'C2', hash: 'c2', rows: rowsOf(['MD5', 'a'.repeat(32)]) },
    ];
    const stopping = new AbortController();
    const listener = { phase: (phase: string) => phase === 'planning' && stopping.abort() };
    const outcome = await sandbox.run({ stopping: stopping.signal, listener });
    expect(outcome).toMatchObject({
      status: 'Incomplete',
      counts: { unsent: 0, skipped: 1 },
      warnings: [{ code: 'interrupted', message: 'a signal interrupted the run' }],
    });
  });

  it('a run that is interrupted while it reads is Incomplete, and its rows are interrupted', async () => {
    const stopping = new AbortController();
    onPage((n) => {
      if (n === 1) stopping.abort();
      return undefined;
    });
    const { status, counts, error, warnings } = await exportOf({}, { stopping: stopping.signal });
    expect(status).toBe('Incomplete');
    expect(error).toBeNull();
    expect(counts.by_reason).toEqual({ interrupted: counts.read });
    expect(adds()).toEqual([]);
    expect(warnings.map(({ code }) => code)).toEqual(['read_short', 'interrupted']);
  });
});

it('a collection by name whose pages are all too large is read in full, without a warning', async () => {
  const rows = madeRows(2_001);
  sandbox.threatq.faults = (request) => {
    if (!isPage(request)) return undefined;
    const offset = Number(request.query.get('offset'));
    return { status: 200, body: { total: 2_001, data: rows.slice(offset, offset + 1_500) } };
  };
  const { counts, warnings } = await exportOf({ rows }, { collection: { name: 'Active C2' } });
  expect(counts.read).toBe(2_001);
  expect(warnings).toEqual([]);
});

it('a cursor that leads back to an earlier page is an error and not the end of the data collection', async () => {
  const page = (id: number, nextCursorMark: string): Fault => ({
    status: 200,
    body: { total: 3, data: [{ ...madeRows(3)[id] }], nextCursorMark },
  });
  onPage((n) => page(n % 3, ['a', 'b', 'a'][n % 3] ?? 'a'));
  expectFailure(await exportOf(), /repeat: ThreatQ returned the same page twice/);
});

describe('credentials', () => {
  it.each([400, 401, 403, 422] as const)(
    'credentials that ThreatQ refuses with %i are not sent a second time',
    async (status) => {
      sandbox.threatq.script('/api/token', { status, body: { errors: ['Invalid client.'] } });
      expectFailure(
        await exportOf(),
        /does not accept the client id and client secret: check them/,
      );
      expect(sandbox.threatq.requests).toHaveLength(1);
    },
  );

  it('an answer to valid credentials needs no other field than the token', async () => {
    const body = { access_token: 'token-of-a-client', expires_in: null, refresh_token: null };
    sandbox.threatq.script('/api/token', { status: 200, body });
    sandbox.threatq.faults = ({ path, headers }) =>
      path !== '/api/token' && headers.authorization === 'Bearer token-of-a-client'
        ? { status: 200, body: { total: 0, data: [] } }
        : undefined;
    expect((await exportOf()).status).toBe('Completed');
  });

  it('credentials and tokens are redacted before they are used', async () => {
    const body = { access_token: 'the-access-token', refresh_token: 'the-refresh-token' };
    sandbox.threatq.script('/api/token', { status: 200, body });
    onPage(() => ({ status: 200, body: { total: 0, data: [] } }));
    const secrets: string[] = [];
    await exportOf({}, { onSecret: (secret) => secrets.push(secret) });
    const { clientId, clientSecret } = sandbox.threatq;
    const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64');
    expect(secrets).toEqual([basic, 'the-access-token', 'the-refresh-token']);
  });

  it('a token is requested again after a 429 and a broken connection', async () => {
    sandbox.threatq.script(
      '/api/token',
      { status: 429, headers: { 'retry-after': '7' } },
      { reset: 'after' },
      { status: 200, body: '<html></html>' },
    );
    const { status } = await exportOf();
    expect(status).toBe('Completed');
    expect(tokens()).toHaveLength(4);
  });

  it('an answer without a token is an error that says what to check', async () => {
    sandbox.threatq.script('/api/token', { status: 200, body: { hello: 'world' } });
    expectFailure(
      await exportOf(),
      /the answer has no access_token that can be used\. Check that threatq\.host is the address of a ThreatQ server/,
    );
  });
});

describe('saved searches', () => {
  const named = (count: number) =>
    Array.from({ length: count }, (_, n) => ({
      name: n === count - 1 ? 'Active C2' : `Search ${n}`,
      hash: `c${n}`,
      rows: madeRows(n === count - 1 ? 3 : 0),
    }));
  const byName: RunOptions = { collection: { name: 'Active C2' } };

  const PAGES = [
    ['offset', 'total'],
    ['offset', 'limit'],
    ['offset', 'meta'],
    ['offset', 'nothing'],
    ['page', 'total'],
    ['page', 'next'],
    ['page', 'links'],
    ['page', 'nothing'],
    ['limit', 'total'],
  ] as const;
  it.each(PAGES)(
    'saved searches in pages by %s that indicate more pages by %s are all read',
    async (by, says) => {
      sandbox.threatq.savedSearchPage = { size: 25, by, says };
      sandbox.threatq.collections = named(70);
      const { counts } = await exportTruthfully(sandbox, undefined, byName);
      expect(counts.accepted).toBe(3);
      const asked = sandbox.threatq.requests.filter(({ path }) => path === '/api/search/query');
      expect(asked.length).toBeLessThanOrEqual(5);
    },
  );

  it('two saved searches with the same name on two pages are reported as ambiguous', async () => {
    sandbox.threatq.savedSearchPage = { size: 25, by: 'offset', says: 'total' };
    sandbox.threatq.collections = named(70);
    sandbox.threatq.collections[0] = { name: 'Active C2', hash: 'first', rows: madeRows(1) };
    const { error } = await exportTruthfully(sandbox, undefined, byName);
    expect(error?.code).toBe('data_collection_ambiguous');
  });

  it('at most 100,000 saved searches are read', async () => {
    sandbox.threatq.faults = ({ path }, n) => {
      if (path !== '/api/search/query') return undefined;
      const data = Array.from({ length: 5_000 }, (_, row) => ({ id: n * 5_000 + row }));
      return { status: 200, body: n < 50 ? { data } : { data: [] } };
    };
    const { error } = await exportTruthfully(sandbox, undefined, byName);
    expect(error?.message).toMatch(/among the 105000 that this API client sees/);
  });

  it('saved searches of an instance without paging are requested once', async () => {
    sandbox.threatq.collections = named(3);
    const asked = () =>
      sandbox.threatq.requests.filter(({ path }) => path === '/api/search/query').length;
    await exportTruthfully(sandbox, undefined, byName);
    expect(asked()).toBe(1);
    const { error } = await exportTruthfully(sandbox, undefined, {
      collection: { name: 'Missing' },
    });
    expect(error?.message).toMatch(/No data collection is named "Missing" among the 3/);
    expect(asked()).toBe(2);
  });
});

it('a token with a lifetime of 20 s is renewed after 18 s, and not before', async () => {
  sandbox.threatq.tokenLifetime = 20;
  const startedAt = sandbox.clock.now();
  onPage(() => ({ slow: 6_000 }));
  const { status } = await exportOf({ rows: madeRows(3_001) });
  expect(status).toBe('Completed');
  expect(tokens().map(({ at }) => at - startedAt)).toEqual([0, 18_000]);
  expect(pages().every((page) => page.status === 200)).toBe(true);
});

it('a token with a lifetime of 400 s is renewed 30 s before its end, and not before', async () => {
  sandbox.threatq.tokenLifetime = 400;
  const startedAt = sandbox.clock.now();
  // The lifetime begins with the request and not with the answer.
  sandbox.threatq.script('/api/token', { slow: 10_000 });
  // The second page is requested after 365 s and the third one after 371 s.
  onPage((n) => ({ slow: [355_000, 6_000][n] ?? 0 }));
  const { status } = await exportOf();
  expect(status).toBe('Completed');
  expect(tokens().map(({ at }) => at - startedAt)).toEqual([0, 371_000]);
});

it('a Vision One whose list does not answer is reported as the cause, even if the time limit is reached afterwards', async () => {
  sandbox.visionOne.faults = ({ method }) => (method === 'GET' ? { slow: 10 * MINUTE } : undefined);
  onPage((n) => (n > 0 ? { slow: 10 * MINUTE } : undefined));
  const { warnings, error, counts } = await exportOf(
    {},
    { timeLimitMs: MINUTE, transport: timedOut },
  );
  expect(error).toBeNull();
  const [first, ...others] = warnings.toReversed();
  expect(first?.message).toMatch(/suspiciousObject.*no answer within 60 s/i);
  expect(others.map(({ code }) => code)).toEqual(['read_short']);
  expect(counts.by_reason).toEqual({ time_limit: counts.read });
});

it('a check gives services that do not answer 15 s each, and not the 65 s of a run', async () => {
  for (const service of [sandbox.threatq, sandbox.visionOne]) {
    service.faults = () => ({ slow: 10 * MINUTE });
  }
  const startedAt = sandbox.clock.now();
  const { checks = [] } = await sandbox.run({ mode: 'check', transport: timedOut });
  expect(sandbox.clock.now() - startedAt).toBe(15_000);
  expect(checks.filter(({ ok }) => ok)).toEqual([]);
  expect(checks[0]?.message).toMatch(/no answer within 15 s/);
});
