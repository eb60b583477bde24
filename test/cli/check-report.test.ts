/** The check report: which checks pass or fail, and the advice. */
import { createServer } from 'node:net';
import { beforeEach, describe, expect, it } from 'vitest';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { resultOf } from '../support/bundle.js';
import { startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';
import { runCli } from './run-cli.js';

let threatq: ThreatQ;
let visionOne: VisionOne;

beforeEach(async () => {
  threatq = await startThreatQ({
    collections: [
      { name: 'Active C2', hash: 'c2', rows: madeRows(41) },
      { name: 'Somebody else’s', hash: 'private', rows: madeRows(4), shared: false },
    ],
  });
  visionOne = await startVisionOne();
  return async () => {
    // A check only reads. It never changes anything.
    expect(visionOne.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect([...threatq.violations, ...visionOne.violations]).toEqual([]);
    await Promise.all([threatq.close(), visionOne.close()]);
  };
});

interface Options {
  action?: 'blocklist' | 'exceptions';
  threatq?: Record<string, string | undefined>;
  collection?: object;
  apiKey?: string;
  base?: string;
  minutes?: number;
}

/** Runs a check with and without --json at the same time and compares the two outputs. */
async function check(options: Options = {}) {
  const document = {
    threatq: { ...threatq.section, ...options.threatq },
    data_collection: options.collection ?? { name: 'Active C2' },
    configuration: { api_region: 'Japan', api_key: options.apiKey ?? visionOne.apiKey },
    time_limit_minutes: options.minutes,
  };
  const run = (args: string[]) =>
    runCli(options.action ?? 'blocklist', document, ['--check', ...args], {
      env: { VISION_ONE_BASE_URL: options.base ?? visionOne.url },
    });
  const [forPeople, forPrograms] = await Promise.all([run([]), run(['--json'])]);
  const result = resultOf(forPrograms);
  const checks = result.checks ?? [];
  const passed = checks.every(({ ok }) => ok);
  expect([forPeople.code, forPrograms.code]).toEqual(passed ? [0, 0] : [1, 1]);
  expect(result).toMatchObject({ mode: 'check', items: [], counts: { read: 0 } });
  expect(result.status).toBe(passed ? 'Completed' : 'Failed to Complete');
  if (!passed) expect(result.error?.code).toBe('check_failed');
  const [title = '', services = '', ...lines] = forPeople.stdout.split('\n');
  expect(title).toBe(`${result.status}: ${result.action} (check)`);
  expect(services).toMatch(/^from .+ to .+ at 127\.0\.0\.1:\d+$/);
  expect(lines.slice(0, checks.length)).toEqual(
    checks.map(({ name, ok, message }) => `  ${ok ? 'ok    ' : 'FAILED'} ${name}: ${message}`),
  );
  expect(lines.length).toBeLessThan(15);
  return { checks, byName: Object.fromEntries(checks.map(({ name, ...rest }) => [name, rest])) };
}

/** A loopback port on which nothing listens. */
async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const VISION_ONE_CHECKS = [
  'Vision One reachable',
  'API Key and API Region',
  'view the Suspicious Object List',
];
const ALL_CHECKS = ['ThreatQ reachable', 'ThreatQ token', 'data collection', ...VISION_ONE_CHECKS];

const names = (checks: { name: string }[]) => checks.map(({ name }) => name);
const failed = (checks: { name: string; ok: boolean }[]) => names(checks.filter(({ ok }) => !ok));

describe('--check', () => {
  it('--check passes every check, and reports the size and types of the data collection', async () => {
    const { checks, byName } = await check();
    expect(names(checks)).toEqual(ALL_CHECKS);
    expect(byName['ThreatQ reachable']?.message).toContain(threatq.url);
    expect(byName['data collection']).toEqual({
      ok: true,
      message:
        'Active C2 has 41 indicators; of the first 41, 41 have a type that can be exported: 11 FQDN, 10 URL, 10 SHA-256, 10 IP Address',
    });
    expect(byName['Vision One reachable']?.message).toContain(visionOne.url);
    expect(byName['view the Suspicious Object List']?.message).toContain('only an export can show');
  });

  it('--check of the exception action views the Exception List, and finds a collection by its hash', async () => {
    const { checks, byName } = await check({ action: 'exceptions', collection: { hash: 'c2' } });
    expect(names(checks).at(-1)).toBe('view the Exception List');
    expect(byName['data collection']?.message).toContain('c2 has 41 indicators');
  });

  it('--check reports services that do not answer, and one that stopped answering', async () => {
    threatq.faults = ({ path }) => (path === '/api/token' ? undefined : { status: 502 });
    const [unreachable, stopped] = await Promise.all([
      check({
        threatq: { host: `http://127.0.0.1:${await closedPort()}` },
        base: `http://127.0.0.1:${await closedPort()}`,
      }),
      check({ minutes: 0.05 }),
    ]);
    expect(names(unreachable.checks)).toEqual(['ThreatQ reachable', 'Vision One reachable']);
    expect(unreachable.byName['ThreatQ reachable']?.message).toMatch(
      /the connection was refused \(ECONNREFUSED\)\. Check threatq\.host with its port/,
    );
    expect(unreachable.byName['Vision One reachable']?.message).toMatch(
      /the connection was refused \(ECONNREFUSED\)\. Check API Region or API Endpoint \(or VISION_ONE_BASE_URL\) with/,
    );
    expect(failed(stopped.checks)).toEqual(['data collection']);
    expect(stopped.byName['data collection']?.message).toMatch(
      /HTTP 502\. The service answered the request before this one: run --check again/,
    );
  });

  it('--check reports services that answer 503 after about 15 seconds', async () => {
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

  it('--check passes after a single failure of each service', async () => {
    threatq.script('POST /api/token', { status: 503 });
    visionOne.script('GET /v3.0/healthcheck/connectivity', { reset: 'before' }, { status: 429 });
    const { checks } = await check();
    expect(failed(checks)).toEqual([]);
  });

  it.each([
    ['client secret', { client_secret: 'wrong' }],
    ['client id', { client_id: 'nobody' }],
  ])(
    '--check with a wrong %s fails the token, not the reachability of ThreatQ',
    async (_, wrong) => {
      const { checks, byName } = await check({ threatq: wrong });
      expect(names(checks)).toEqual(['ThreatQ reachable', 'ThreatQ token', ...VISION_ONE_CHECKS]);
      expect(failed(checks)).toEqual(['ThreatQ token']);
      expect(byName['ThreatQ token']?.message).toMatch(
        /HTTP 401 .*does not accept the client id and client secret: check them/,
      );
    },
  );

  it('--check names the grant whose credentials are wrong, and the one that was used', async () => {
    const login = { email: threatq.email, password: threatq.password };
    const wrong = { client_secret: undefined, email: threatq.email, password: 'wrong' };
    const [both, password, refused] = await Promise.all([
      check({ threatq: login }),
      check({ threatq: { ...login, client_secret: undefined } }),
      check({ threatq: wrong }),
    ]);
    expect(both.byName['ThreatQ token']?.message).toBe(
      'ThreatQ accepts the client id and client secret',
    );
    expect(password.byName['ThreatQ token']?.message).toBe(
      'ThreatQ accepts the client id, email and password',
    );
    expect(failed(refused.checks)).toEqual(['ThreatQ token']);
    expect(refused.byName['ThreatQ token']?.message).toMatch(
      /does not accept the client id, email and password: .* The client id of this grant is the API password/,
    );
  });

  it('--check advises the user to check threatq.host if a login page answers there', async () => {
    threatq.faults = () => ({ status: 200, body: '<html>a login page</html>' });
    const { checks, byName } = await check();
    expect(failed(checks)).toEqual(['ThreatQ reachable']);
    expect(byName['ThreatQ reachable']?.message).toMatch(/not JSON.*check threatq\.host/);
  });

  it.each([
    ['an unknown name', { name: 'No such thing' }],
    ['an unknown hash', { hash: 'none' }],
    ['a name that is not shared', { name: 'Somebody else’s' }],
    ['a hash that is not shared', { hash: 'private' }],
  ])('--check fails the data collection for %s', async (_, collection) => {
    const { checks, byName } = await check({ collection });
    expect(names(checks)).toEqual(ALL_CHECKS);
    expect(failed(checks)).toEqual(['data collection']);
    expect(byName['data collection']?.message).toMatch(
      /check that the (name|hash) is right, and that .*owner has shared it/,
    );
  });

  it('--check asks for the hash if two data collections have the same name', async () => {
    threatq.collections = [...threatq.collections, ...threatq.collections];
    const { byName } = await check();
    expect(byName['data collection']).toMatchObject({ ok: false });
    expect(byName['data collection']?.message).toContain('give the hash of the right one');
  });

  it('--check does not wait for the ten minutes that a service requests', async () => {
    visionOne.faults = () => ({ status: 429, headers: { 'retry-after': '600' } });
    const { checks, byName } = await check();
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(byName['API Key and API Region']?.message).toMatch(/HTTP 429\. .*check again/);
  });

  it('--check with a wrong API key fails the key, and does not show it', async () => {
    const { checks, byName } = await check({ apiKey: 'a-key-of-another-region' });
    expect(names(checks)).toEqual(ALL_CHECKS.slice(0, -1));
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(byName['API Key and API Region']?.message).toMatch(
      /HTTP 401 .*Check that the API Key is complete, not expired, and of the same region/,
    );
    expect(JSON.stringify(byName)).not.toContain('a-key-of-another-region');
  });

  it('--check with a wrong address of Vision One advises the user to check API Region', async () => {
    const { checks, byName } = await check({ base: `${visionOne.url}/elsewhere` });
    expect(failed(checks)).toEqual(['API Key and API Region']);
    expect(byName['API Key and API Region']?.message).toMatch(
      /HTTP 404 .*Check API Region or API Endpoint \(or VISION_ONE_BASE_URL\): this address does not have the API/,
    );
  });

  it('--check through a gateway that redirects fails the reachability, not the key', async () => {
    visionOne.faults = () => ({ redirect: 'https://login.example/here' });
    const { checks, byName } = await check();
    // Vision One itself was not reached, so nothing is known about the key.
    expect(failed(checks)).toEqual(['Vision One reachable']);
    expect(byName['Vision One reachable']?.message).toMatch(
      /redirects to login\.example.*check API Region/,
    );
  });

  it('--check with a key that may not view the list names the missing permission', async () => {
    visionOne.permissions.view = false;
    const { checks, byName } = await check();
    expect(names(checks)).toEqual(ALL_CHECKS);
    expect(failed(checks)).toEqual(['view the Suspicious Object List']);
    expect(byName['view the Suspicious Object List']?.message).toMatch(
      /HTTP 403 .*Check the role of the API Key: it needs .*"View, filter, and search"/,
    );
  });

  it('--check reports failures of both services at once', async () => {
    const { checks } = await check({ collection: { hash: 'none' }, apiKey: 'wrong-key' });
    expect(failed(checks)).toEqual(['data collection', 'API Key and API Region']);
  });
});
