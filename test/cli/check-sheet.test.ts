/** `--check` as a sheet that tells what is well, what is not, and what to do about it. */
import { createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder, resultOf, startAction, unpack } from '../support/bundle.js';
import { startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

let bundle: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

beforeAll(async () => {
  bundle = await unpack();
});
afterAll(() => removeFolder(bundle));

beforeEach(async () => {
  threatq = await startThreatQ({
    collections: [
      { name: 'Active C2', hash: 'c2', rows: madeRows(41) },
      { name: 'Somebody else’s', hash: 'private', rows: madeRows(4), shared: false },
    ],
  });
  visionOne = await startVisionOne();
  return async () => {
    // A check reads, and never changes anything.
    expect(visionOne.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect([...threatq.violations, ...visionOne.violations]).toEqual([]);
    await Promise.all([threatq.close(), visionOne.close()]);
  };
});

interface Options {
  action?: 'blocklist' | 'exceptions';
  args?: string[];
  threatq?: Record<string, string>;
  collection?: object;
  apiKey?: string;
  base?: string;
  minutes?: number;
}

/** Runs a check twice at once, for people and for programs, and holds the two against each other. */
async function check(options: Options = {}) {
  const { host, client_id, client_secret } = {
    host: threatq.url,
    client_id: threatq.clientId,
    client_secret: threatq.clientSecret,
    ...options.threatq,
  };
  const document = {
    threatq: { host, client_id, client_secret },
    data_collection: options.collection ?? { name: 'Active C2' },
    configuration: { api_region: 'Japan', api_key: options.apiKey ?? visionOne.apiKey },
    time_limit_minutes: options.minutes,
  };
  const start = (args: string[]) =>
    startAction(bundle, options.action ?? 'blocklist', document, ['--check', ...args], {
      env: { VISION_ONE_BASE_URL: options.base ?? visionOne.url },
    });
  const [forPeople, forPrograms] = await Promise.all([start([]), start(['--json'])]);
  const result = resultOf(forPrograms);
  const checks = result.checks ?? [];
  const isWell = checks.every(({ ok }) => ok);
  expect([forPeople.code, forPrograms.code]).toEqual(isWell ? [0, 0] : [1, 1]);
  expect(result).toMatchObject({ mode: 'check', items: [], counts: { read: 0 } });
  expect(result.status).toBe(isWell ? 'Completed' : 'Failed to Complete');
  if (!isWell) expect(result.error?.code).toBe('check_failed');
  const [title = '', ...lines] = forPeople.stdout.split('\n');
  expect(title).toBe(`${result.status}: ${result.action} (check)`);
  expect(lines.slice(0, checks.length)).toEqual(
    checks.map(({ name, ok, message }) => `  ${ok ? 'ok    ' : 'FAILED'} ${name}: ${message}`),
  );
  expect(lines.length).toBeLessThan(15);
  return { checks, sheet: Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest])) };
}

/** A port of loopback at which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const VISION_ONE_ROWS = [
  'Vision One reachable',
  'API Key and API Region',
  'view the Suspicious Object List',
];
const ALL_ROWS = ['ThreatQ reachable', 'ThreatQ token', 'data collection', ...VISION_ONE_ROWS];

const names = (checks: { name: string }[]) => checks.map(({ name }) => name);
const failed = (checks: { name: string; ok: boolean }[]) => names(checks.filter(({ ok }) => !ok));

describe('--check', () => {
  it('is well from top to bottom, and tells what the data collection holds', async () => {
    const { checks, sheet } = await check();
    expect(names(checks)).toEqual(ALL_ROWS);
    expect(sheet['ThreatQ reachable']?.message).toContain(threatq.url);
    expect(sheet['data collection']).toEqual({
      ok: true,
      message:
        'Active C2 has 41 indicators; of the first 41: 11 FQDN, 10 URL, 10 SHA-256, 10 IP Address',
    });
    expect(sheet['Vision One reachable']?.message).toContain(visionOne.url);
    expect(sheet['view the Suspicious Object List']?.message).toContain('only an export proves');
  });

  it('looks at the other list for the other action, and finds a collection by its hash', async () => {
    const { checks, sheet } = await check({ action: 'exceptions', collection: { hash: 'c2' } });
    expect(names(checks).at(-1)).toBe('view the Exception List');
    expect(sheet['data collection']?.message).toContain('c2 has 41 indicators');
  });

  it('tells of what does not answer, or not any more', async () => {
    threatq.faults = ({ path }) => (path === '/api/token' ? undefined : { status: 502 });
    const [away, gone] = await Promise.all([
      check({
        threatq: { host: `http://127.0.0.1:${await closedPort()}` },
        base: `http://127.0.0.1:${await closedPort()}`,
        minutes: 0.05,
      }),
      check({ minutes: 0.05 }),
    ]);
    expect(names(away.checks)).toEqual(['ThreatQ reachable', 'Vision One reachable']);
    expect(away.sheet['ThreatQ reachable']?.message).toMatch(
      /nothing listens at this address \(ECONNREFUSED\)\. Check threatq\.host, and that a firewall/,
    );
    expect(away.sheet['Vision One reachable']?.message).toMatch(
      /nothing listens at this address \(ECONNREFUSED\)\. Check API Region \(or VISION_ONE_BASE_URL\), and/,
    );
    expect(failed(gone.checks)).toEqual(['data collection']);
    expect(gone.sheet['data collection']?.message).toMatch(
      /HTTP 502\. It answered a moment ago: check again/,
    );
  });

  it('does not make anybody wait a minute for either', async () => {
    await using sandbox = await startSandbox();
    sandbox.threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: madeRows(4) }];
    for (const service of [sandbox.threatq, sandbox.visionOne]) {
      service.faults = () => ({ status: 503 });
    }
    const startedAt = sandbox.clock.now();
    const { checks = [] } = await sandbox.run({ mode: 'check' });
    expect(failed(checks)).toEqual(['ThreatQ reachable', 'Vision One reachable']);
    expect(sandbox.clock.now() - startedAt).toBeGreaterThan(10_000);
    expect(sandbox.clock.now() - startedAt).toBeLessThanOrEqual(16_000);
  });

  it('gets over a service that stumbles once', async () => {
    threatq.script('POST /api/token', { status: 503 });
    visionOne.script('GET /v3.0/healthcheck/connectivity', { reset: 'before' }, { status: 429 });
    const { checks } = await check();
    expect(failed(checks)).toEqual([]);
  });

  it.each([
    ['client secret', { client_secret: 'wrong' }],
    ['client id', { client_id: 'nobody' }],
  ])('knows a wrong %s from a ThreatQ that is not there', async (_, wrong) => {
    const { checks, sheet } = await check({ threatq: wrong });
    expect(names(checks)).toEqual(['ThreatQ reachable', 'ThreatQ token', ...VISION_ONE_ROWS]);
    expect(failed(checks)).toEqual(['ThreatQ token']);
    expect(sheet['ThreatQ token']?.message).toMatch(
      /HTTP 401 .*does not accept the client id and client secret: check them/,
    );
  });

  it('says what to look at where threatq.host is no ThreatQ', async () => {
    threatq.faults = () => ({ status: 200, body: '<html>a login page</html>' });
    const { checks, sheet } = await check();
    expect(failed(checks)).toEqual(['ThreatQ reachable']);
    expect(sheet['ThreatQ reachable']?.message).toMatch(/no JSON.*Check threatq\.host/);
  });

  it.each([
    ['a name that there is not', { name: 'No such thing' }],
    ['a hash that there is not', { hash: 'none' }],
    ['a name that is not shared', { name: 'Somebody else’s' }],
    ['a hash that is not shared', { hash: 'private' }],
  ])('finds no data collection by %s', async (_, collection) => {
    const { checks, sheet } = await check({ collection });
    expect(names(checks)).toEqual(ALL_ROWS);
    expect(failed(checks)).toEqual(['data collection']);
    expect(sheet['data collection']?.message).toMatch(
      /check that the (name|hash) is right, and that .*owner has shared it/,
    );
  });

  it('wants the hash where two data collections have the name', async () => {
    threatq.collections = [...threatq.collections, ...threatq.collections];
    const { sheet } = await check();
    expect(sheet['data collection']).toMatchObject({ ok: false });
    expect(sheet['data collection']?.message).toContain('give the hash of the one that is meant');
  });

  it('does not wait for as long as a service asks for', async () => {
    visionOne.faults = () => ({ status: 429, headers: { 'retry-after': '600' } });
    const { checks, sheet } = await check();
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(sheet['API Key and API Region']?.message).toMatch(/HTTP 429\. .*check again/);
  });

  it('tells a wrong key', async () => {
    const { checks, sheet } = await check({ apiKey: 'a-key-of-another-region' });
    expect(names(checks)).toEqual(ALL_ROWS.slice(0, -1));
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(sheet['API Key and API Region']?.message).toMatch(
      /HTTP 401 .*Check that the API Key is complete, not expired, and of the same region/,
    );
    expect(JSON.stringify(sheet)).not.toContain('a-key-of-another-region');
  });

  it('tells a wrong region', async () => {
    const { checks, sheet } = await check({ base: `${visionOne.url}/elsewhere` });
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(sheet['API Key and API Region']?.message).toMatch(
      /HTTP 404 .*Check API Region \(or VISION_ONE_BASE_URL\): this API is not there/,
    );
  });

  it('tells a gateway that redirects', async () => {
    visionOne.faults = () => ({ redirect: 'https://login.example/here' });
    const { checks, sheet } = await check();
    // Vision One itself was not reached, so nothing is known of the key.
    expect(failed(checks)).toEqual(['Vision One reachable']);
    expect(sheet['Vision One reachable']?.message).toMatch(
      /redirects to login\.example.*check API Region/,
    );
  });

  it('tells a key that may not view the list', async () => {
    visionOne.permissions.view = false;
    const { checks, sheet } = await check();
    expect(names(checks)).toEqual(ALL_ROWS);
    expect(failed(checks)).toEqual(['view the Suspicious Object List']);
    expect(sheet['view the Suspicious Object List']?.message).toMatch(
      /HTTP 403 .*Check the role of the API Key: it needs .*"View, filter, and search"/,
    );
  });

  it('tells all that is wrong at once', async () => {
    const { checks } = await check({ collection: { hash: 'none' }, apiKey: 'wrong-key' });
    expect(failed(checks)).toEqual(['data collection', 'API Key and API Region']);
  });
});
