/** TLS and forward proxies with the built entrypoint, set up as an administrator would do it. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Fault } from '../sandbox/faults.js';
import { startProxy } from '../sandbox/proxy.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { throwAwayCertificates } from '../sandbox/tls.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder, unpack } from '../support/bundle.js';
import { startTruthfully } from '../support/export-truthfully.js';
import { madeRows } from '../support/rows.js';

const V1_HOST = 'api.eu.xdr.trendmicro.com';
const certificates = throwAwayCertificates([V1_HOST, 'threatq.example.com']);

let folder: string;
let scratch: string;
let authority: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

beforeAll(async () => {
  folder = await unpack();
  scratch = await mkdtemp(join(tmpdir(), 'vision-one-tls-'));
  authority = join(scratch, 'ca.pem');
  await writeFile(authority, certificates?.ca ?? '');
});
afterAll(() => Promise.all([removeFolder(folder), removeFolder(scratch)]));
beforeEach(async () => {
  const tls = certificates && { tls: certificates };
  const collections = [{ name: 'Active C2', hash: 'c2', rows: ROWS }];
  threatq = await startThreatQ({ ...tls, collections });
  visionOne = await startVisionOne({ ...tls });
});
afterEach(() => Promise.all([threatq.close(), visionOne.close()]));

const ROWS = madeRows(8);

interface Setting {
  host?: string;
  configuration?: object;
  env?: Record<string, string>;
  minutes?: number;
  /** The stand-in that the run sends to. */
  receiver?: VisionOne;
}

function exportOf({
  host = threatq.url,
  configuration = {},
  env = {},
  minutes = 0.5,
  receiver = visionOne,
}: Setting = {}) {
  const document = {
    threatq: { host, client_id: threatq.clientId, client_secret: threatq.clientSecret },
    data_collection: { hash: 'c2' },
    time_limit_minutes: minutes,
    configuration: {
      api_region: 'European Union (EU)',
      api_key: receiver.apiKey,
      ...configuration,
    },
  };
  const ids = ROWS.map(({ id }) => id);
  return startTruthfully({ folder, document, visionOne: receiver, ids, env });
}

const trusted = () => ({ NODE_EXTRA_CA_CERTS: authority });

describe.skipIf(!certificates)('certificates', () => {
  it('a certificate of an unknown authority is rejected with advice and without a retry', async () => {
    const { code, result } = await exportOf();
    expect(code).toBe(1);
    expect(result.error?.message).toMatch(/certificate is not trusted .*NODE_EXTRA_CA_CERTS/);
    expect(result.error?.message).not.toMatch(/is set/);
    expect(result.requests).toMatchObject({ retries: 0, waited_ms: 0 });
    expect([...threatq.requests, ...visionOne.requests]).toEqual([]);
  });

  it('a NODE_EXTRA_CA_CERTS that names a missing file is reported', async () => {
    const missing = join(scratch, 'missing.pem');
    const { result } = await exportOf({ env: { NODE_EXTRA_CA_CERTS: missing } });
    expect(result.error?.message).toMatch(
      /NODE_EXTRA_CA_CERTS names a file that cannot be read \(ENOENT\)/,
    );
  });

  it('a certificate of a private authority is trusted through NODE_EXTRA_CA_CERTS', async () => {
    const { code, result, stderr } = await exportOf({ env: trusted() });
    expect(code).toBe(0);
    expect(result.counts.accepted).toBe(8);
    expect(stderr).not.toMatch(/verify_ssl|NODE_TLS_REJECT_UNAUTHORIZED/);
  });

  it('a certificate for another host name is rejected even if its authority is trusted', async () => {
    const another = throwAwayCertificates(['another.example'], []);
    if (!another) throw new Error('openssl made certificates a moment ago');
    await using elsewhere = await startVisionOne({ tls: another });
    // Both authorities are trusted. Only the name is wrong.
    const both = join(scratch, 'both.pem');
    await writeFile(both, `${certificates?.ca}\n${another.ca}`);
    const { code, result } = await exportOf({
      receiver: elsewhere,
      env: { NODE_EXTRA_CA_CERTS: both },
    });
    expect(code).not.toBe(0);
    const messages = result.warnings.map(({ message }) => message).join();
    expect(messages).toMatch(/for another host name \(ERR_TLS_CERT_ALTNAME_INVALID\)/);
    expect(messages).toMatch(/Check the configured host name/);
    expect(elsewhere.requests).toEqual([]);
  });

  it('verify_ssl: false skips the check of certificates, with a warning and only for the connections of the action', async () => {
    const { code, result, stderr } = await exportOf({ configuration: { verify_ssl: false } });
    expect(code).toBe(0);
    expect(result.counts.accepted).toBe(8);
    expect(stderr).toMatch(/Enable SSL Certificate Verification is off/);
    // Node's own warning would mean that the check is off for the whole process.
    expect(stderr).not.toMatch(/NODE_TLS_REJECT_UNAUTHORIZED/);
  });
});

describe.skipIf(!certificates)('forward proxies', () => {
  /** Names that only a proxy with a route to the stand-ins can reach. */
  const named = { VISION_ONE_BASE_URL: `https://${V1_HOST}` };
  const routes = () => ({
    [`${V1_HOST}:443`]: visionOne.port,
    'threatq.example.com:443': threatq.port,
  });
  const host = 'https://threatq.example.com';

  it('both services are reached through tunnels, and the proxy sees only their names', async () => {
    await using proxy = await startProxy({ routes: routes() });
    const { code, result } = await exportOf({
      host,
      env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url },
    });
    expect(code).toBe(0);
    expect(result.counts.accepted).toBe(8);
    expect(new Set(proxy.connects)).toEqual(new Set(Object.keys(routes())));
    expect(proxy.requests).toEqual([]);
    expect(visionOne.requests.every(({ headers }) => !headers['proxy-authorization'])).toBe(true);
  });

  it.each([
    ['with plain characters', 'user', 'password'],
    ['with characters that a URL must encode', 'corp\\user@example', 'p@ss:w/rd%20#?ü'],
  ])('the proxy gets the credentials from its address, %s', async (_, username, password) => {
    await using proxy = await startProxy({ username, password, routes: routes() });
    const { code } = await exportOf({
      host,
      env: { ...trusted(), ...named, https_proxy: proxy.url },
    });
    expect(code).toBe(0);
    expect(visionOne.suspicious.size).toBe(8);
  });

  it('a proxy address without a scheme means plain http, as in curl', async () => {
    await using proxy = await startProxy({ username: 'user', password: 'pw', routes: routes() });
    const { code } = await exportOf({
      host,
      env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url.replace('http://', '') },
    });
    expect(code).toBe(0);
    expect(proxy.connects.length).toBeGreaterThan(0);
  });

  it('a proxy that rejects the credentials is named in the error, without a retry', async () => {
    await using proxy = await startProxy({ username: 'user', password: 'right', routes: routes() });
    const address = proxy.url.replace('right', 'wrong');
    const { code, result } = await exportOf({
      host,
      env: { ...trusted(), ...named, HTTPS_PROXY: address },
    });
    expect(code).toBe(1);
    expect(result.error?.message).toMatch(/407/);
    expect(result.error?.message).toMatch(/proxy/i);
    expect(result.error?.message).not.toMatch(/wrong|right/);
    expect(result.requests).toMatchObject({ retries: 0, waited_ms: 0 });
  });

  it('no variable makes a request to loopback use a proxy', async () => {
    await using proxy = await startProxy();
    const env = {
      ...trusted(),
      ...Object.fromEntries(
        ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [
          [name, proxy.url],
          [name.toLowerCase(), proxy.url],
        ]),
      ),
    };
    await using plain = await startVisionOne();
    await exportOf({ env });
    await exportOf({ env, receiver: plain });
    expect(visionOne.suspicious.size).toBe(8);
    expect(plain.suspicious.size).toBe(8);
    expect([...proxy.connects, ...proxy.requests]).toEqual([]);
  });

  describe('refusals by a proxy or by a TLS inspection behind it', () => {
    const PROXY_NAMED = /[Tt]he proxy 127\.0\.0\.1:\d+ (or a filter behind it may have )?refused/;
    const KEY_ADVICE = /role of the API Key|complete, not expired/;

    it.each(['ThreatQ', 'Vision One'])(
      'a proxy that refuses the connection to %s is named in the error',
      async (which) => {
        const { [`${V1_HOST}:443`]: v1 = 0, 'threatq.example.com:443': tq = 0 } = routes();
        const allowed: Record<string, number> =
          which === 'ThreatQ' ? { [`${V1_HOST}:443`]: v1 } : { 'threatq.example.com:443': tq };
        await using proxy = await startProxy({ routes: allowed });
        const { code, result } = await exportOf({
          host,
          env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url },
        });
        expect(code).toBe(1);
        expect(result.error?.message).toMatch(PROXY_NAMED);
        expect(result.error?.message).toMatch(/HTTP 403 from the proxy/);
        expect(result.error?.message).not.toMatch(KEY_ADVICE);
      },
    );

    it.each<[string, Fault]>([
      ['with a page', { status: 403, body: '<html>Blocked by policy</html>' }],
      ['with a 407', { status: 407, body: '' }],
      ['with a redirect to a login page', { redirect: 'https://login.proxy.example/' }],
    ])('a proxy that answers a request %s is named in the error', async (_, fault) => {
      visionOne.faults = () => fault;
      await using proxy = await startProxy({ routes: routes() });
      const { code, result } = await exportOf({
        host,
        env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url },
      });
      expect(code).toBe(1);
      expect(result.error?.message).toMatch(PROXY_NAMED);
      expect(result.error?.message).not.toMatch(KEY_ADVICE);
      expect(result.error?.message).toContain(`127.0.0.1:${proxy.port}`);
    });

    it('no proxy is named if Vision One itself refuses the key', async () => {
      visionOne.faults = () => ({
        status: 403,
        body: { error: { code: 'AccessDenied', message: 'Insufficient permissions.' } },
      });
      await using proxy = await startProxy({ routes: routes() });
      const { result } = await exportOf({
        host,
        env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url },
      });
      expect(result.error?.message).not.toMatch(PROXY_NAMED);
      expect(result.error?.message).toMatch(KEY_ADVICE);
    });
  });

  it('disable_proxies sends all requests directly', async () => {
    await using proxy = await startProxy();
    const { code } = await exportOf({
      configuration: { disable_proxies: true },
      env: { ...trusted(), HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url },
    });
    expect(code).toBe(0);
    expect(proxy.connects).toEqual([]);
  });

  it('a certificate is checked through a proxy too, unless Enable SSL Certificate Verification is off', async () => {
    await using proxy = await startProxy({ routes: routes() });
    const env = { ...named, HTTPS_PROXY: proxy.url };
    const refused = await exportOf({ host, env });
    expect(refused.code).toBe(1);
    expect(refused.result.error?.message).toMatch(/NODE_EXTRA_CA_CERTS/);
    const open = await exportOf({ host, env, configuration: { verify_ssl: false } });
    expect(open.code).toBe(0);
  });

  it('a run ends at its time limit although a proxy accepts connections and never answers', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket.on('error', () => {})));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    try {
      const { code, result } = await exportOf({
        host,
        env: { ...trusted(), ...named, HTTPS_PROXY: `http://127.0.0.1:${port}` },
        minutes: 0.03,
      });
      expect(code).toBe(1);
      expect(result.error?.message).toContain(`through the proxy 127.0.0.1:${port}`);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  it('a proxy that cannot be reached is named in the error', async () => {
    const proxy = await startProxy();
    await proxy.close();
    const { code, result } = await exportOf({
      host,
      env: { ...trusted(), ...named, HTTPS_PROXY: proxy.url },
      minutes: 0.02,
    });
    expect(code).toBe(1);
    expect(result.error?.message).toMatch(/\(ECONNREFUSED\), through the proxy 127\.0\.0\.1:\d+/);
  });
});

describe.skipIf(!certificates)('redirects', () => {
  it.each(['ThreatQ', 'Vision One'])(
    'a redirect by %s is an error that names the target host',
    async (which) => {
      const service = which === 'ThreatQ' ? threatq : visionOne;
      service.faults = () => ({ redirect: 'https://user:pw@elsewhere.example:8443/login?next=x' });
      const { code, result } = await exportOf({ env: trusted() });
      expect(code).toBe(1);
      expect(result.error?.message).toContain('elsewhere.example:8443');
      expect(result.error?.message).not.toMatch(/pw|login/);
      // The types of the list are read in parallel, without a retry.
      expect(service.requests.length).toBeLessThanOrEqual(8);
    },
  );
});
