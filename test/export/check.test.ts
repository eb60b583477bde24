/** What `--check` says about the mistakes of a new installation, and how long it takes, on virtual time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { markBeforeConnected } from '../../src/http/connect-timeout.js';
import type { Transport, TransportResult } from '../../src/http/transport.js';
import { toTransportError } from '../../src/http/transport-error.js';
import { type RunOptions, type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows, rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.threatq.collections = [
    { name: 'Active C2', hash: 'c2', rows: madeRows(4) },
    { name: 'Not shared', hash: 'private', rows: madeRows(4), shared: false },
    { name: 'Empty', hash: 'empty', rows: [] },
    { name: 'Malware', hash: 'malware', rows: rowsOf(['MD5', 'a'], ['MD5', 'b'], ['CVE', 'c']) },
  ];
});
afterEach(async () => {
  expect(sandbox.visionOne.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  await sandbox[Symbol.asyncDispose]();
});

const NAMED: RunOptions = { collection: { name: 'Active C2' } };

/** Runs a check. The messages have fixed addresses instead of those of the stand-ins. */
async function check(options: RunOptions = {}) {
  const { threatq, visionOne, clock } = sandbox;
  const startedAt = clock.now();
  const { checks = [] } = await sandbox.run({ ...NAMED, ...options, mode: 'check' });
  const messages = new Map(
    checks.map(({ name, ok, message }) => [
      name,
      `${ok ? 'ok' : 'FAILED'}: ${message}`
        .replaceAll(threatq.url, 'https://tq')
        .replaceAll(new URL(threatq.url).host, 'tq')
        .replaceAll(visionOne.url, 'https://v1')
        .replaceAll(new URL(visionOne.url).host, 'v1'),
    ]),
  );
  return { messages, took: clock.now() - startedAt };
}

/** Gives every request to a service this result. */
const always =
  (service: 'threatq' | 'visionOne', result: TransportResult, isOver = () => false) =>
  (real: Transport): Transport => ({
    send: async (request, ...rest) =>
      request.url.origin === sandbox[service].url && !isOver()
        ? result
        : real.send(request, ...rest),
    close: () => real.close(),
  });

/** An error before the connection was made. */
function noConnection(code: string, proxy?: string): TransportResult {
  const error = markBeforeConnected(Object.assign(new Error(code), { code }));
  const more = proxy ? { proxy } : {};
  const limits = { timeoutMs: 15_000, connectTimeoutMs: 10_000 };
  return toTransportError(error, { aborted: false, environment: {}, ...limits, ...more });
}

const html = (status: number) => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<html>a page</html>',
});
const refusedTunnel = (status: number): TransportResult => ({
  kind: 'answer',
  status,
  headers: {},
  text: '',
  proxy: '10.0.0.9:3128',
  tunnelRefused: true,
});

const TOKEN = 'POST https://tq/api/token';
const HEALTH = 'GET https://v1/v3.0/healthcheck/connectivity';
const KEY_ADVICE =
  'Check that the API Key is complete, not expired, and of the same region as API Region: a key of the ThreatQ page of the console expires after a year. If the key is restricted to IPv4 addresses, check that they include the public address of this machine.';

interface Situation {
  /** Prepares the stand-ins. */
  given?: () => void;
  run?: () => RunOptions;
  /** The check whose message is compared; the others have to pass. */
  check: string;
  message: string;
}

const SITUATIONS: Record<string, Situation> = {
  'a host name of ThreatQ that does not exist': {
    run: () => ({ transport: always('threatq', noConnection('ENOTFOUND')) }),
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: the host name is not known (ENOTFOUND). Check threatq.host, and the name servers of this machine. If this network requires a proxy, set HTTPS_PROXY and leave Disable Proxies off.`,
  },
  'a port of ThreatQ on which nothing listens': {
    run: () => ({ transport: always('threatq', noConnection('ECONNREFUSED')) }),
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: the connection was refused (ECONNREFUSED). Check threatq.host with its port: the service may not run there, or a firewall may refuse the connection. If this network requires a proxy, set HTTPS_PROXY and leave Disable Proxies off.`,
  },
  'a firewall that drops connections to Vision One': {
    run: () => ({ transport: always('visionOne', noConnection('CONNECT_TIMEOUT')) }),
    check: 'Vision One reachable',
    message: `FAILED: ${HEALTH}: no connection within 10 s (CONNECT_TIMEOUT). Check API Region or API Endpoint (or VISION_ONE_BASE_URL), and the network and the firewalls between this machine and that address. If this network requires a proxy, set HTTPS_PROXY and leave Disable Proxies off.`,
  },
  'a port of ThreatQ without TLS': {
    run: () => ({ transport: always('threatq', noConnection('EPROTO')) }),
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: TLS failed (EPROTO). Check threatq.host with its port: a server without TLS, or with old versions of TLS only, may listen there.`,
  },
  'a proxy address on which nothing listens': {
    run: () => ({
      transport: always('visionOne', noConnection('ECONNREFUSED', '10.0.0.9:3128')),
    }),
    check: 'Vision One reachable',
    message: `FAILED: ${HEALTH}: the connection was refused (ECONNREFUSED), through the proxy 10.0.0.9:3128. There is no connection to the proxy 10.0.0.9:3128: check its address (HTTPS_PROXY or ALL_PROXY). If v1 can be reached without a proxy, add v1 to NO_PROXY.`,
  },
  'a proxy that requires a password': {
    run: () => ({ transport: always('visionOne', refusedTunnel(407)) }),
    check: 'Vision One reachable',
    message: `FAILED: ${HEALTH}: HTTP 407 from the proxy 10.0.0.9:3128. The proxy 10.0.0.9:3128 refused the credentials, or got none: give its user name and password in its address (HTTPS_PROXY or ALL_PROXY), as in http://user:password@proxy.example.com:3128, with special characters percent-encoded.`,
  },
  'a proxy that cannot reach Vision One': {
    run: () => ({ transport: always('visionOne', refusedTunnel(503)) }),
    check: 'Vision One reachable',
    message: `FAILED: ${HEALTH}: HTTP 503 from the proxy 10.0.0.9:3128. The proxy 10.0.0.9:3128 did not connect to v1: check API Region or API Endpoint (or VISION_ONE_BASE_URL), and ask the administrator of the proxy whether it can reach v1.`,
  },
  'a certificate of ThreatQ that is self-signed': {
    run: () => ({ transport: always('threatq', noConnection('DEPTH_ZERO_SELF_SIGNED_CERT')) }),
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: the certificate is self-signed and not trusted (DEPTH_ZERO_SELF_SIGNED_CERT). Save the certificate of this service as a PEM file and name the file in NODE_EXTRA_CA_CERTS.`,
  },
  'a ThreatQ host that answers with a login page': {
    given: () => {
      sandbox.threatq.faults = () => html(200);
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ's answer cannot be read: ${TOKEN}: HTTP 200 with a body that is not JSON. Another server, a filter or a login page may have answered instead of ThreatQ: check threatq.host, and the proxy if there is one.`,
  },
  'a ThreatQ host that redirects to its login page': {
    given: () => {
      sandbox.threatq.faults = () => ({ redirect: '/login' });
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ${TOKEN}: HTTP 302. It redirects to another page of the same server, and redirects are not followed: check threatq.host.`,
  },
  'a ThreatQ host with another product, which has no such page': {
    given: () => {
      sandbox.threatq.faults = () => html(404);
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ${TOKEN}: HTTP 404. This may not be the address of a ThreatQ server: check threatq.host with its port.`,
  },
  'a ThreatQ host with another product, which refuses the method': {
    given: () => {
      sandbox.threatq.faults = () => html(405);
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ${TOKEN}: HTTP 405. This answer is probably not ThreatQ's own: a filter or firewall between this machine and ThreatQ may have refused the request, or threatq.host may be the address of another server. Check threatq.host, and ask the administrator of the filter to allow tq.`,
  },
  'a ThreatQ that is starting': {
    given: () => {
      sandbox.threatq.faults = () => html(503);
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: HTTP 503. A server answered with an error: ThreatQ may be starting, overloaded or in maintenance, or a gateway may not reach it. Run --check again later.`,
  },
  'a ThreatQ that limits requests': {
    given: () => {
      sandbox.threatq.faults = () => ({ status: 429, headers: { 'retry-after': '600' } });
    },
    check: 'ThreatQ reachable',
    message: `FAILED: ThreatQ was given up: ${TOKEN}: HTTP 429. The service limits the requests of this client: run --check again later, and find out which other clients use the same credentials.`,
  },
  'a client secret of another ThreatQ': {
    given: () => {
      sandbox.threatq.faults = () => ({ status: 401, body: { errors: ['Invalid client.'] } });
    },
    check: 'ThreatQ token',
    message: `FAILED: ${TOKEN}: HTTP 401 (Invalid client.). ThreatQ does not accept the client id and client secret: check them, and that the client is still enabled. If email and password are given too, they are not used. Check also that threatq.host is the server that issued them.`,
  },
  'a ThreatQ client without the right to read': {
    given: () => {
      sandbox.threatq.script('/api/search/query', { status: 403, body: { errors: ['No.'] } });
    },
    check: 'data collection',
    message:
      'FAILED: GET https://tq/api/search/query: HTTP 403 (No.). Check the role of this API client in ThreatQ: it must be permitted to read data collections and indicators.',
  },
  'a ThreatQ without a part of the API': {
    given: () => {
      sandbox.threatq.script('/api/search/query', { status: 404, body: { errors: ['No.'] } });
    },
    check: 'data collection',
    message:
      'FAILED: GET https://tq/api/search/query: HTTP 404 (No.). This ThreatQ may be older than the required_threatq_version of manifest.yaml: check its version, and threatq.host.',
  },
  'a data collection in another case': {
    run: () => ({ collection: { name: 'ACTIVE c2' } }),
    check: 'data collection',
    message:
      'FAILED: No data collection is named "ACTIVE c2" among the 3 that this API client sees: check that the name is right, and that the collection\'s owner has shared it with the user of this API client. Did you mean "Active C2"? Upper and lower case and spaces must be the same.',
  },
  'a data collection with a space too many': {
    run: () => ({ collection: { name: 'Active  C2 ' } }),
    check: 'data collection',
    message:
      'FAILED: No data collection is named "Active  C2 " among the 3 that this API client sees: check that the name is right, and that the collection\'s owner has shared it with the user of this API client. Did you mean "Active C2"? Upper and lower case and spaces must be the same.',
  },
  'a data collection that is not shared': {
    run: () => ({ collection: { name: 'Not shared' } }),
    check: 'data collection',
    message:
      'FAILED: No data collection is named "Not shared" among the 3 that this API client sees: check that the name is right, and that the collection\'s owner has shared it with the user of this API client',
  },
  'a client to which no data collection is shared': {
    given: () => {
      sandbox.threatq.collections = [];
    },
    check: 'data collection',
    message:
      'FAILED: No data collection is named "Active C2" among the 0 that this API client sees: check that the name is right, and that the collection\'s owner has shared it with the user of this API client. ThreatQ lists no data collection at all for this client: check also its user and its role.',
  },
  'a hash that is given as a name': {
    run: () => ({ collection: { name: 'c2' } }),
    check: 'data collection',
    message:
      'FAILED: No data collection is named "c2" among the 3 that this API client sees: check that the name is right, and that the collection\'s owner has shared it with the user of this API client. This is the hash of "Active C2": give it as data_collection.hash.',
  },
  'a hash that does not exist': {
    run: () => ({ collection: { hash: 'c3' } }),
    check: 'data collection',
    message:
      "FAILED: The data collection with the hash c3 was not found: check that the hash is right, and that the collection's owner has shared it with the user of this API client; a name is given as data_collection.name (GET https://tq/api/indicators/query/hash/c3: HTTP 404 (The data collection was not found.))",
  },
  'a data collection that is empty': {
    run: () => ({ collection: { name: 'Empty' } }),
    check: 'data collection',
    message:
      'ok: Empty has 0 indicators. Nothing would be exported: check in ThreatQ that this is the right data collection, and that the user of this API client sees its indicators',
  },
  'a data collection with unsupported types only': {
    run: () => ({ collection: { name: 'Malware' }, settings: { removed_indicators: 'remove' } }),
    check: 'data collection',
    message:
      'ok: Malware has 3 indicators; of the first 3, none has a type that can be exported; not supported by Vision One, and skipped: 2 MD5, 1 CVE. Nothing would be exported, and what this action added before may be removed: check that this is the right data collection',
  },
  'a key of another region, mistyped, expired or restricted': {
    run: () => ({ settings: { api_key: 'wrong' } }),
    check: 'API Key and API Region',
    message: `FAILED: ${HEALTH}: HTTP 401 (InvalidCredentials: Invalid credentials.). ${KEY_ADVICE}`,
  },
  'a Vision One address without the API': {
    given: () => {
      sandbox.visionOne.faults = () => html(404);
    },
    check: 'API Key and API Region',
    message: `FAILED: ${HEALTH}: HTTP 404. Check API Region or API Endpoint (or VISION_ONE_BASE_URL): this address does not have the API.`,
  },
  'another server at the address of Vision One, which answers with JSON': {
    given: () => {
      sandbox.visionOne.faults = () => ({ status: 200, body: { hello: 'world' } });
    },
    check: 'view the Suspicious Object List',
    message:
      'FAILED: GET /v3.0/threatintel/suspiciousObjects: the answer has no page of the Suspicious Object List. Another server, a filter or a login page may have answered instead of Vision One: check API Region or API Endpoint (or VISION_ONE_BASE_URL), and the proxy if there is one.',
  },
  'a clock that is wrong': {
    given: () => {
      const date = new Date(sandbox.clock.now() - 20 * 60_000).toUTCString();
      const body = { status: 'available' };
      sandbox.visionOne.script('GET /v3.0/healthcheck/connectivity', {
        ...{ status: 200, headers: { date }, body },
      });
    },
    check: 'Vision One reachable',
    message:
      'ok: https://v1 answers. The clock of this machine is 20 min 0 s ahead of that of the service: correct it, because expiration dates of ThreatQ are compared with it',
  },
  'nothing wrong': {
    check: 'view the Suspicious Object List',
    message: 'ok: permitted; only an export can show whether the key may also add objects',
  },
};

it('a check that is interrupted is Incomplete, and not a failed check', async () => {
  await using sandbox = await startSandbox();
  const stopping = new AbortController();
  sandbox.visionOne.faults = () => {
    stopping.abort();
    return undefined;
  };
  const outcome = await sandbox.run({ mode: 'check', stopping: stopping.signal });
  expect(outcome).toMatchObject({
    status: 'Incomplete',
    error: null,
    warnings: [{ code: 'interrupted', message: 'a signal interrupted the run' }],
  });
});

describe('what --check says', () => {
  it.each(Object.entries(SITUATIONS))('%s', async (_, { given, run, check: name, message }) => {
    given?.();
    const { messages } = await check(run?.());
    expect(messages.get(name)).toBe(message);
    const others = [...messages].filter(([other]) => other !== name);
    expect(others.filter(([, text]) => text.startsWith('FAILED'))).toEqual([]);
  });

  it('a passed token names the credentials that were used', async () => {
    const { messages } = await check();
    expect(messages.get('ThreatQ token')).toBe(
      'ok: ThreatQ accepts the client id and client secret',
    );
  });
});

describe('how long --check takes', () => {
  const LASTING = ['ENOTFOUND', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EPROTO'];
  const MORE = ['ERR_SSL_WRONG_VERSION_NUMBER', 'HPE_INVALID_CONSTANT'];

  it.each([...LASTING, ...MORE])(
    '%s ends --check within three seconds, after several tries',
    async (code) => {
      const { took } = await check({ transport: always('threatq', noConnection(code)) });
      expect(took).toBeGreaterThanOrEqual(2_000);
      expect(took).toBeLessThan(3_000);
    },
  );

  it('a tunnel that a proxy does not open ends --check within three seconds', async () => {
    const { took } = await check({ transport: always('visionOne', refusedTunnel(502)) });
    expect(took).toBeLessThan(3_000);
  });

  it.each(['EAI_AGAIN', 'ECONNRESET', 'ESOMETHING'])(
    '%s may be temporary, so it takes about 15 seconds',
    async (code) => {
      const { took } = await check({ transport: always('threatq', noConnection(code)) });
      expect(took).toBeGreaterThan(14_000);
      expect(took).toBeLessThan(16_000);
    },
  );

  it.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'])(
    'a certificate error (%s) ends --check at once',
    async (code) => {
      const { took } = await check({ transport: always('threatq', noConnection(code)) });
      expect(took).toBe(0);
    },
  );

  it('a service that restarts within two seconds passes', async () => {
    const backAt = sandbox.clock.now() + 1_500;
    const transport = always(
      'threatq',
      noConnection('ECONNREFUSED'),
      () => sandbox.clock.now() >= backAt,
    );
    const { messages, took } = await check({ transport });
    expect([...messages.values()].filter((text) => text.startsWith('FAILED'))).toEqual([]);
    expect(took).toBeLessThanOrEqual(2_000);
  });
});

it('a run gives up a service that refuses connections only after 60 s', async () => {
  const startedAt = sandbox.clock.now();
  const { error, requests } = await sandbox.run({
    ...NAMED,
    transport: always('threatq', noConnection('ECONNREFUSED')),
  });
  expect(error).toMatchObject({
    code: 'threatq_unavailable',
    message: expect.stringContaining('Check threatq.host with its port'),
  });
  expect(sandbox.clock.now() - startedAt).toBeGreaterThanOrEqual(60_000);
  expect(requests.threatq).toBeGreaterThan(3);
});

describe('suggested names', () => {
  const meant = async (name: string) => {
    const { messages } = await check({ collection: { name } });
    return /Did you mean "(.*)"\?/.exec(messages.get('data collection') ?? '')?.[1];
  };

  it('no name is suggested that has little in common with the given one', async () => {
    expect(await meant('Phishing')).toBeUndefined();
  });

  it('names that are too long, or that come after 2,000 others, are not compared', async () => {
    const empty = (name: string, n: number) => ({ name, hash: `h${n}`, rows: [] });
    sandbox.threatq.collections = [empty(`Ransomware${' '.repeat(200)}`, 0)];
    expect(await meant('Ransomware')).toBeUndefined();
    const others = Array.from({ length: 2_000 }, (_, n) => empty(`Campaign no. ${n}`, n));
    sandbox.threatq.collections = [...others, empty('Ransomwares', 2_000)];
    expect(await meant('Ransomware')).toBeUndefined();
    sandbox.threatq.collections = [...others.slice(1), empty('Ransomwares', 2_000)];
    expect(await meant('Ransomware')).toBe('Ransomwares');
  });

  it('no name is suggested for a name of more than 200 characters', async () => {
    expect(await meant(`Active C2${' '.repeat(200)}`)).toBeUndefined();
  });
});
