/**
 * Tests of the stand-ins: each fails if a stand-in does not follow a documented rule of its service.
 */
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { seededRandom, virtualClock } from './clock.js';
import type { Row } from './collections.js';
import { excerpt } from './indicators.js';
import { startProxy } from './proxy.js';
import type { StandIn } from './server.js';
import { type Collection, savedQuery, startThreatQ, type ThreatQ } from './threatq.js';
import { throwAwayCertificates } from './tls.js';
import {
  type Item,
  paths,
  refusal,
  startVisionOne,
  type VisionOne,
  type VisionOneOptions,
} from './vision-one.js';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});
const kept = async <T extends { close(): Promise<void> }>(starting: Promise<T>): Promise<T> => {
  const service = await starting;
  open.push(service);
  return service;
};
const visionOne = (options: VisionOneOptions = {}) => kept(startVisionOne(options));

const agent = { 'user-agent': 'sandbox-test/1.0' };
const key = { ...agent, authorization: 'Bearer sandbox-api-key' };
const json = { ...key, 'content-type': 'application/json;charset=utf-8' };
const post = (
  service: StandIn,
  path: string,
  body: unknown,
  headers: Record<string, string> = json,
) => fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
const add = (service: VisionOne, ...items: Item[]) => post(service, paths.suspicious, items);
const addException = (service: VisionOne, ...items: Item[]) =>
  post(service, paths.exceptions, items);
interface Entry {
  status: number;
  body?: { error: { code: string; message: string } };
}
const entries = async (answer: Response) => (await answer.json()) as Entry[];
const statuses = async (answer: Response) => (await entries(answer)).map(({ status }) => status);
const errorOf = async (answer: Response) =>
  ((await answer.json()) as Required<Entry>['body']).error;
const domains = (n: number, prefix = 'd'): Item[] =>
  Array.from({ length: n }, (_, i) => ({ domain: `${prefix}${i}.example` }));

interface Page {
  items: Record<string, unknown>[];
  nextLink?: string;
}
const list = async (
  service: VisionOne,
  query = '?top=200',
  headers: Record<string, string> = {},
) => {
  const answer = await fetch(`${service.url}${paths.suspicious}${query}`, {
    headers: { ...key, ...headers },
  });
  return { status: answer.status, page: (await answer.json()) as Page };
};

describe('adding to Vision One', () => {
  test('a good chunk is a 207 with one 201 an item, and the list holds it', async () => {
    const service = await visionOne();
    const answer = await add(
      service,
      { domain: 'evil.example', scanAction: 'block' },
      { ip: '::1' },
    );
    expect(answer.status).toBe(207);
    expect(await answer.json()).toEqual([{ status: 201 }, { status: 201 }]);
    expect(service.find('suspicious', 'domain', 'EVIL.example')).toMatchObject({
      scanAction: 'block',
    });
    expect([service.accepted.length, service.violations]).toEqual([2, []]);
  });

  test('a repeated item updates in place, whatever its case', async () => {
    const service = await visionOne();
    await add(service, { fileSha1: 'A'.repeat(40), riskLevel: 'low' });
    await add(service, { fileSha1: 'a'.repeat(40), riskLevel: 'high', daysToExpiration: -1 });
    expect([...service.suspicious.values()]).toMatchObject([
      { value: 'A'.repeat(40), riskLevel: 'high', expires: null },
    ]);
  });

  test('one bad item fails alone, is named in violations, and echoes no value', async () => {
    const service = await visionOne();
    const answer = await add(service, { domain: 'good.example' }, { domain: 'bad.example:80' });
    const [good, bad] = await entries(answer);
    expect(good).toEqual({ status: 201 });
    expect(bad).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest', number: 4000102 } },
    });
    expect(JSON.stringify(bad)).not.toContain('bad.example');
    expect(service.violations).toHaveLength(1);
  });

  test.each<[string, unknown]>([
    ['{type, value}', { type: 'domain', value: 'a.example' }],
    ['two type keys', { domain: 'a.example', ip: '192.0.2.1' }],
    ['an unknown key', { domain: 'a.example', note: 'x' }],
    ['a Unicode name', { domain: 'ä.example' }],
    ['spoilt punycode', { domain: 'xn--6frz82g\u2014.example' }],
    ['an address as a name', { domain: '192.0.2.1' }],
    ['a trailing dot', { domain: 'a.example.' }],
    ['a name of 254 characters', { domain: `${'a.'.repeat(123)}examples` }],
    ['a wildcard', { domain: '*.example' }],
    ['a network', { ip: '192.0.2.0/24' }],
    ['a zone', { ip: 'fe80::1%eth0' }],
    ['an odd address', { ip: '0x7f.1' }],
    ['a URL without a scheme', { url: 'a.example/x' }],
    ['a de-fanged scheme', { url: 'hxxp://a.example/x' }],
    ['a URL of 2049 characters', { url: `http://a.example/${'x'.repeat(2032)}` }],
    ['a wildcard URL', { url: 'http://a.example/*' }],
    ['a mail address of 321 characters', { senderMailAddress: `${'a'.repeat(313)}@a.examp` }],
    ['a mail address without a host', { senderMailAddress: 'someone' }],
    ['a SHA-1 under SHA-256', { fileSha256: 'a'.repeat(40) }],
    ['a digit that is none', { fileSha1: `${'a'.repeat(39)}s` }],
    ['a long description', { ip: '192.0.2.1', description: 'x'.repeat(1001) }],
    ['an empty risk level', { ip: '192.0.2.1', riskLevel: '' }],
    ['an unknown scan action', { ip: '192.0.2.1', scanAction: 'Block' }],
    ['zero days', { ip: '192.0.2.1', daysToExpiration: 0 }],
    ['days as text', { ip: '192.0.2.1', daysToExpiration: '30' }],
    ['366 days', { ip: '192.0.2.1', daysToExpiration: 366 }],
  ])('refuses %s', (_name, item) => {
    expect(refusal('suspicious', item)).toBeTypeOf('string');
  });

  test.each<Item>([
    { domain: 'a_b.xn--6frz82g' },
    { domain: 'localhost' },
    { ip: '2001:db8:0:0:0:0:0:1', daysToExpiration: 365 },
    { url: 'HTTP://A.EXAMPLE:8080/x y?q=*&r' },
    { url: 'ftp://[2001:db8::1]/x' },
    { senderMailAddress: 'a.b+c@a.example', riskLevel: 'low', description: 'why' },
    { fileSha256: 'aB'.repeat(32), daysToExpiration: -1 },
  ])('takes %o', (item) => {
    expect(refusal('suspicious', item)).toBeUndefined();
  });

  test('exceptions accept only a description, and wildcards at the ends', () => {
    const taken: Item[] = [
      { domain: '*.example.com', description: 'ours' },
      { url: 'https://*.example.com/path/*' },
      { url: '*.example.com/downloads/*' },
      { ip: '192.0.2.1' },
    ];
    const refused: Item[] = [
      { domain: 'a.example', riskLevel: 'low' },
      { domain: '*.*.example' },
      { domain: 'a.*.example' },
      { domain: '*' },
      { url: 'https://a.example/*/b' },
      { senderMailAddress: '*@a.example' },
    ];
    expect(taken.map((item) => refusal('exceptions', item))).toEqual(taken.map(() => undefined));
    for (const item of refused) expect(refusal('exceptions', item)).toBeTypeOf('string');
  });

  test('more than 1,000 suspicious objects or 100 exceptions are a 400, and none is added', async () => {
    const service = await visionOne();
    expect((await add(service, ...domains(1001))).status).toBe(400);
    expect((await addException(service, ...domains(101))).status).toBe(400);
    expect((await add(service, ...domains(1000))).status).toBe(207);
    expect((await addException(service, ...domains(100))).status).toBe(207);
    expect([service.suspicious.size, service.exceptions.size]).toEqual([1000, 100]);
    expect(service.violations).toHaveLength(2);
  });

  test('no items and no array are a 400', async () => {
    const service = await visionOne();
    expect((await add(service)).status).toBe(400);
    expect((await post(service, paths.suspicious, { domain: 'a.example' })).status).toBe(400);
  });

  test('a body over the bound is a 413, a violation only over Trend’s own megabyte', async () => {
    const service = await visionOne({ maxBytes: 500 });
    expect((await add(service, ...domains(50))).status).toBe(413);
    expect(service.violations).toEqual([]);
    const long = domains(1000).map((item) => ({ ...item, description: 'x'.repeat(1000) }));
    expect((await add(service, ...long)).status).toBe(413);
    expect(service.violations).toHaveLength(1);
  });

  test('one malformed item makes the whole request fail', async () => {
    const service = await visionOne({ poison: ({ domain }) => domain === 'd1.example' });
    const answer = await add(service, ...domains(3));
    expect([answer.status, (await errorOf(answer)).code]).toEqual([400, 'BadRequest']);
    expect(service.suspicious.size).toBe(0);
  });
});

describe('access to Vision One', () => {
  test('a wrong key is a 401 in its verbatim shape', async () => {
    const service = await visionOne();
    const answer = await fetch(service.url + paths.health, {
      headers: { ...agent, authorization: 'Bearer wrong' },
    });
    expect(answer.status).toBe(401);
    expect(await errorOf(answer)).toMatchObject({
      code: 'InvalidCredentials',
      innererror: { code: 'InvalidToken', service: 'svp' },
    });
  });

  test('connectivity proves the key and not the permissions', async () => {
    const service = await visionOne({ permissions: { view: false, manage: false } });
    const health = await fetch(service.url + paths.health, { headers: key });
    expect(await health.json()).toEqual({ status: 'available' });
    expect((await list(service)).status).toBe(403);
    const answer = await add(service, { domain: 'a.example' });
    expect(await errorOf(answer)).toEqual({
      code: 'AccessDenied',
      message: 'Insufficient permissions.',
    });
  });

  test('a key with view permission can list and not add', async () => {
    const service = await visionOne({ permissions: { manage: false } });
    expect((await list(service)).status).toBe(200);
    expect((await add(service, { domain: 'a.example' })).status).toBe(403);
  });

  test('the client must name itself and send JSON', async () => {
    const service = await visionOne();
    await fetch(service.url + paths.health, { headers: { authorization: key.authorization } });
    expect(service.violations.join()).toContain('User-Agent');
    const text = { ...key, 'content-type': 'text/plain' };
    expect((await post(service, paths.suspicious, domains(1), text)).status).toBe(400);
  });

  test('the rate limit is counted for each endpoint and window, with honest headers', async () => {
    let now = Date.UTC(2026, 0, 1, 0, 0, 15);
    const service = await visionOne({ rateLimit: { perMinute: 1, headers: true }, now: () => now });
    const first = await list(service);
    expect(first.status).toBe(200);
    const refused = await fetch(service.url + paths.suspicious, { headers: key });
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('45');
    expect(refused.headers.get('ratelimit-limit')).toBe('1');
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(await errorOf(refused)).toEqual({
      code: 'TooManyRequests',
      message: 'Too many requests',
    });
    expect((await add(service, { domain: 'a.example' })).status).toBe(207);
    now += 45_000;
    expect((await list(service)).status).toBe(200);
  });
});

describe('the caps of Vision One', () => {
  test('above its cap a type loses the objects closest to expiry, and other types lose none', async () => {
    const service = await visionOne({ capPerType: 3 });
    service.seed('suspicious', [
      { type: 'ip', value: '192.0.2.1', expires: '2026-01-01T00:00:00Z' },
      { type: 'domain', value: 'late.example', expires: '2099-02-01T00:00:00Z' },
      { type: 'domain', value: 'soon.example', expires: '2026-02-01T00:00:00Z' },
      { type: 'domain', value: 'never.example', expires: null },
    ]);
    const answer = await add(service, { domain: 'new.example' }, { domain: 'newer.example' });
    expect(await statuses(answer)).toEqual([201, 201]);
    // The second newcomer pushes out the first: 30 days are less than the analyst's.
    expect(service.evicted.map(({ value }) => value)).toEqual(['soon.example', 'new.example']);
    expect(service.suspicious.size).toBe(4);
  });

  test('an update needs no room', async () => {
    const service = await visionOne({ capPerType: 1 });
    await add(service, { domain: 'a.example' });
    await add(service, { domain: 'A.example' });
    expect(service.evicted).toEqual([]);
  });

  test('if no object expires, none is evicted and the new item is refused', async () => {
    const service = await visionOne({ capPerType: 1 });
    service.seed('suspicious', [{ type: 'domain', value: 'never.example', expires: null }]);
    expect(
      await statuses(await add(service, { domain: 'a.example' }, { ip: '192.0.2.1' })),
    ).toEqual([400, 201]);
    expect(service.evicted).toEqual([]);
  });

  test('too many exceptions are a 400 of the whole request, updates are not', async () => {
    const service = await visionOne({ exceptionsCap: 2 });
    await addException(service, ...domains(2));
    const answer = await addException(service, ...domains(3));
    expect([answer.status, (await errorOf(answer)).message]).toEqual([
      400,
      'The number of objects exceeds the maximum limit',
    ]);
    expect((await addException(service, ...domains(2))).status).toBe(207);
    expect(service.exceptions.size).toBe(2);
  });
});

describe('the lists of Vision One', () => {
  test('pages follow nextLink on the same origin until there is none', async () => {
    const service = await visionOne();
    await add(service, ...domains(120));
    const seen = new Set<unknown>();
    let { page } = await list(service, '?top=50');
    for (;;) {
      for (const item of page.items) seen.add(item['domain']);
      if (!page.nextLink) break;
      expect(new URL(page.nextLink).origin).toBe(service.url);
      const { pathname, search } = new URL(page.nextLink);
      expect(pathname).toBe(paths.suspicious);
      ({ page } = await list(service, search));
    }
    expect([seen.size, service.requests.filter(({ method }) => method === 'GET').length]).toEqual([
      120, 3,
    ]);
  });

  test('a page keeps its order while the list changes, 100 items where top is left out', async () => {
    const service = await visionOne();
    await add(service, ...domains(150));
    const { page } = await list(service, '');
    expect(page.items).toHaveLength(100);
    await add(service, ...domains(150)); // all of them move to the front
    const rest = await list(service, new URL(page.nextLink ?? '').search);
    expect(rest.page.items).toHaveLength(50);
  });

  test('other sizes, orders and parameters are a 400', async () => {
    const service = await visionOne();
    for (const query of ['?top=1000', '?orderBy=description', '?skip=2', '?skipToken=x']) {
      expect((await list(service, query)).status).toBe(400);
    }
    expect(service.violations).toHaveLength(4);
  });

  test('TMV1-Filter selects objects, also on the next pages', async () => {
    const service = await visionOne();
    await add(service, ...domains(60), { ip: '192.0.2.1', riskLevel: 'low' });
    const filter = {
      'TMV1-Filter': "type eq 'ip' or (not riskLevel eq 'low' and domain eq 'D7.example')",
    };
    expect((await list(service, '', filter)).page.items).toHaveLength(2);
    const first = await list(service, '?top=50', { 'TMV1-Filter': "type eq 'domain'" });
    const next = new URL(first.page.nextLink ?? '').search;
    expect((await list(service, next)).status).toBe(400);
    expect(
      (await list(service, next, { 'TMV1-Filter': "type eq 'domain'" })).page.items,
    ).toHaveLength(10);
  });

  test.each([
    "description eq 'x'",
    "type ne 'ip'",
    "type eq 'ip",
    "(type eq 'ip'",
    `${"type eq 'ip' or ".repeat(300)}type eq 'ip'`,
  ])('refuses the filter %s', async (filter) => {
    const service = await visionOne();
    expect((await list(service, '', { 'TMV1-Filter': filter })).status).toBe(400);
  });

  test('an item has the fields of the facts, expiry at midnight UTC', async () => {
    const now = Date.UTC(2026, 0, 1, 13, 5, 7, 89);
    const service = await visionOne({ now: () => now });
    await addException(service, { domain: '*.evil.example' });
    await add(service, { domain: 'a.evil.example', daysToExpiration: 7, description: 'why' });
    expect((await list(service)).page.items).toEqual([
      {
        type: 'domain',
        domain: 'a.evil.example',
        description: 'why',
        scanAction: 'log',
        riskLevel: 'high',
        inExceptionList: true,
        lastModifiedDateTime: '2026-01-01T13:05:07Z',
        expiredDateTime: '2026-01-08T00:00:00Z',
      },
    ]);
  });

  test('"never" looks as it is told to', async () => {
    const service = await visionOne();
    await add(service, { domain: 'a.example', daysToExpiration: -1 });
    const seen = async () => (await list(service)).page.items[0];
    expect(await seen()).toMatchObject({ expiredDateTime: null });
    service.neverLooksLike = 'absent';
    expect(await seen()).not.toHaveProperty('expiredDateTime');
    service.neverLooksLike = 'far';
    expect(await seen()).toMatchObject({ expiredDateTime: expect.stringMatching(/^9999/) });
  });

  test('a removal is 204, then 404, and a malformed one 400', async () => {
    const service = await visionOne();
    await add(service, { domain: 'a.example' });
    const answer = await post(service, `${paths.suspicious}/delete`, [
      { domain: 'A.example' },
      { domain: 'a.example' },
      { domain: 'a.example', description: 'x' },
    ]);
    expect([answer.status, await statuses(answer)]).toEqual([207, [204, 404, 400]]);
    expect(service.removed.map(({ object }) => object.value)).toEqual(['a.example']);
  });
});

describe('faults', () => {
  test('a status after applying leaves the object on the list', async () => {
    const service = await visionOne();
    service.script(
      paths.suspicious,
      { status: 504, body: '<html>', applied: true },
      { status: 502 },
    );
    const answer = await add(service, { domain: 'a.example' });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      504,
      'text/html',
      '<html>',
    ]);
    expect((await add(service, { domain: 'b.example' })).status).toBe(502);
    expect(service.suspicious.size).toBe(1);
    expect((await add(service, { domain: 'b.example' })).status).toBe(207);
  });

  test('resets break the connection before or after the work', async () => {
    const service = await visionOne();
    service.script(/suspicious/, { reset: 'before' }, { reset: 'after' });
    await expect(add(service, { domain: 'a.example' })).rejects.toThrow();
    await expect(add(service, { domain: 'b.example' })).rejects.toThrow();
    expect([...service.suspicious.values()].map(({ value }) => value)).toEqual(['b.example']);
    expect(service.requests.map(({ status }) => status)).toEqual([undefined, undefined]);
  });

  test('a cut answer and a garbled one were carried out', async () => {
    const service = await visionOne();
    service.script(paths.suspicious, { cut: true }, { garbage: '<oops>' });
    const cut = await add(service, { domain: 'a.example' });
    await expect(cut.text()).rejects.toThrow();
    const garbled = await add(service, { domain: 'b.example' });
    expect([garbled.status, await garbled.text()]).toEqual([207, '<oops>']);
    expect(service.suspicious.size).toBe(2);
  });

  test('wrong lengths, and items that fail inside a 207', async () => {
    const service = await visionOne();
    service.script(
      paths.suspicious,
      { wrongLength: -1 },
      { wrongLength: 2 },
      {
        items: [
          { index: 0, status: 429, code: 'TooManyRequests' },
          { index: 1, status: 500, code: 'InternalServerError', applied: true },
        ],
      },
    );
    expect(await statuses(await add(service, ...domains(3)))).toHaveLength(2);
    expect(await statuses(await add(service, ...domains(3)))).toHaveLength(5);
    service.suspicious.clear();
    expect(await statuses(await add(service, ...domains(3)))).toEqual([429, 500, 201]);
    expect([...service.suspicious.values()].map(({ value }) => value)).toEqual([
      'd1.example',
      'd2.example',
    ]);
  });

  test('a redirect, and an answer without end', async () => {
    const service = await visionOne();
    service.script(paths.health, { redirect: 'http://127.0.0.1:9/' }, { huge: 1_000_000 });
    const redirected = await fetch(service.url + paths.health, {
      headers: key,
      redirect: 'manual',
    });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([
      302,
      'http://127.0.0.1:9/',
    ]);
    const huge = await fetch(service.url + paths.health, { headers: key });
    expect(huge.headers.get('content-length')).toBeNull();
    expect(await huge.text()).toHaveLength(1_000_000);
  });

  test('a hanging request ends with close(), at once', async () => {
    const service = await startVisionOne();
    service.faults = ({ path }, n) =>
      path === paths.health && n === 0 ? { hang: true } : undefined;
    const hanging = fetch(service.url + paths.health, { headers: key }).then(
      () => 'answered',
      () => 'broken',
    );
    // The next request to the same endpoint is answered, while the first still hangs.
    expect((await fetch(service.url + paths.health, { headers: key })).status).toBe(200);
    await service.close();
    expect(await hanging).toBe('broken');
  });

  test('the number at the same time is counted, and time is the clock’s', async () => {
    const clock = virtualClock();
    const service = await visionOne(clock);
    service.faults = () => ({ slow: 50_000 });
    const before = clock.now();
    await Promise.all([1, 2, 3].map(() => fetch(service.url + paths.health, { headers: key })));
    expect([service.maxConcurrent, clock.now() - before]).toEqual([3, 50_000]);
  });
});

describe('ThreatQ', () => {
  const rows: Row[] = Array.from({ length: 25 }, (_, i) => ({
    id: 100 + ((i * 7) % 25),
    value: `d${i}.example`,
    type: { id: 11, name: 'FQDN', class: 'network' },
    status: { id: 1, name: 'Active' },
    score: 8.5,
    sources: [{ name: 'x' }],
    updated_at: `2026-01-${String(1 + (i % 3)).padStart(2, '0')} 00:00:00`,
  }));
  const collection = (more: Partial<Collection> = {}): Collection => ({
    name: 'Block these',
    hash: 'abc123',
    rows,
    ...more,
  });
  const basic = { authorization: `Basic ${btoa('sandbox-client:sandbox-client-secret')}` };
  const grant = new URLSearchParams({ grant_type: 'client_credentials' });
  const tokenOf = (
    service: ThreatQ,
    headers: Record<string, string> = basic,
    body: URLSearchParams | string = grant,
  ) => fetch(`${service.url}/api/token`, { method: 'POST', headers, body });
  const signedIn = async (service: ThreatQ) => {
    const { access_token } = (await (await tokenOf(service)).json()) as { access_token: string };
    return { authorization: `Bearer ${access_token}` };
  };
  interface Answered {
    total: number;
    data: Row[];
    nextCursorMark: string;
    limit: number;
  }
  const get = async (service: ThreatQ, path: string, headers: Record<string, string>) => {
    const answer = await fetch(service.url + path, { headers });
    return { status: answer.status, body: (await answer.json()) as Answered };
  };
  const byHash = async (service: ThreatQ, query: string, headers: Record<string, string>) =>
    (await get(service, `/api/indicators/query/hash/abc123?${query}`, headers)).body;
  const start = (more: Partial<Collection> = {}, now = Date.now) =>
    kept(startThreatQ({ collections: [collection(more)], now }));

  test('client credentials come as a form with Basic, bad ones are a 401 or a 400', async () => {
    const service = await start();
    expect(await (await tokenOf(service)).json()).toMatchObject({ expires_in: 3600 });
    const wrong = { authorization: `Basic ${btoa('sandbox-client:wrong')}` };
    expect((await tokenOf(service, wrong)).status).toBe(401);
    service.badCredentials = 400;
    expect((await tokenOf(service, wrong)).status).toBe(400);
    expect((await tokenOf(service, {})).status).toBe(400);
  });

  test('a password is taken as a form and as JSON', async () => {
    const service = await start();
    const { clientId: client_id, email, password } = service;
    const body = { grant_type: 'password', client_id, email, password };
    expect((await tokenOf(service, {}, new URLSearchParams(body))).status).toBe(200);
    const typed = { 'content-type': 'application/json' };
    const answer = await tokenOf(service, typed, JSON.stringify(body));
    expect(await answer.json()).toHaveProperty('refresh_token');
    const wrong = JSON.stringify({ ...body, password: 'wrong' });
    expect((await tokenOf(service, typed, wrong)).status).toBe(401);
  });

  test('a token ends with its lifetime or with revokeTokens()', async () => {
    let now = 0;
    const service = await start({}, () => now);
    const first = await signedIn(service);
    now = 3_599_000;
    expect((await get(service, '/api/search/query', first)).status).toBe(200);
    now = 3_600_000;
    expect((await get(service, '/api/search/query', first)).status).toBe(401);
    const second = await signedIn(service);
    service.revokeTokens();
    expect((await get(service, '/api/search/query', second)).status).toBe(401);
  });

  test('a cursor walks every row once in the order of updated_at and id, then stays', async () => {
    const service = await start({ pageCap: 10 });
    const headers = await signedIn(service);
    const seen: Row[] = [];
    let cursorMark = '*';
    for (;;) {
      const query = new URLSearchParams({ limit: '100', sort: 'updated_at', cursorMark });
      const page = await byHash(service, `${query}`, headers);
      expect([page.total, page.limit]).toEqual([25, 10]);
      seen.push(...page.data);
      if (page.nextCursorMark === cursorMark) break;
      cursorMark = page.nextCursorMark;
    }
    const places = seen.map((row) => `${row.updated_at} ${row.id}`);
    expect(places).toEqual(places.toSorted());
    expect(new Set(seen.map((row) => row.id)).size).toBe(25);
    expect(service.requests.filter(({ method }) => method === 'GET')).toHaveLength(4);
  });

  test('rows that are added during paging do not shift others', async () => {
    const mine = rows.toSorted((a, b) => Number(a.id) - Number(b.id));
    const service = await start({ rows: mine });
    const headers = await signedIn(service);
    const first = await byHash(service, 'limit=5&sort=id', headers);
    mine.unshift({ id: 1, value: 'early.example' });
    const second = await byHash(
      service,
      `limit=5&sort=id&cursorMark=${first.nextCursorMark}`,
      headers,
    );
    expect(second.data[0]?.id).toBe(105);
  });

  test('by name: the saved search’s criteria and filters come back unchanged or not at all', async () => {
    const service = await start({ jsonAsString: true });
    const headers = { ...(await signedIn(service)), 'content-type': 'application/json' };
    const { body } = await get(service, '/api/search/query', headers);
    const { api_query } = JSON.parse(String(body.data[0]?.['json'])) as { api_query: object };
    const query = '/api/indicators/query?limit=10&offset=20&sort=id';
    const page = await (await post(service, query, api_query, headers)).json();
    expect(page).toMatchObject({ total: 25, limit: 10, offset: 20, data: { length: 5 } });
    expect((page as Answered).data[0]?.id).toBe(120);
    const changed = { ...savedQuery(collection()), criteria: {} };
    expect((await post(service, query, changed, headers)).status).toBe(400);
    expect(service.violations).toHaveLength(1);
  });

  test('a data collection that is not shared is not found', async () => {
    const service = await start({ shared: false });
    const headers = { ...(await signedIn(service)), 'content-type': 'application/json' };
    expect((await get(service, '/api/indicators/query/hash/abc123', headers)).status).toBe(404);
    expect((await get(service, '/api/search/query', headers)).body.data).toEqual([]);
    const answer = await post(service, '/api/indicators/query', savedQuery(collection()), headers);
    expect(answer.status).toBe(400);
  });

  test('the oddities: {} for nothing, one object for one row, a wrong total', async () => {
    const service = await start({ rows: [], emptyAs: 'object', total: 7 });
    const headers = await signedIn(service);
    expect(await byHash(service, '', headers)).toMatchObject({
      data: {},
      total: 7,
      nextCursorMark: '*',
    });
    service.collections = [collection({ rows: rows.slice(0, 1), singleAsObject: true })];
    expect((await byHash(service, '', headers)).data).toMatchObject({ id: 100 });
  });

  test('a row has three shapes, and `fields` makes it flat', async () => {
    const service = await start({ slim: true });
    const headers = await signedIn(service);
    const row = async (query: string) => (await byHash(service, query, headers)).data[0];
    expect(await row('')).toMatchObject({ type: { name: 'FQDN' }, score: 8.5 });
    expect(await row('')).not.toHaveProperty('sources');
    expect(await row('fields=type,status,sources')).toEqual({
      id: 100,
      type: 'FQDN',
      status: 'Active',
      sources: [{ name: 'x' }],
    });
    service.collections = [collection({ rowShape: 'score-object' })];
    const score = { generated_score: '8.50', manual_score: null };
    expect(await row('')).toMatchObject({ type: { name: 'FQDN' }, score });
    const { body } = await get(service, '/api/indicators/103?with=score', headers);
    expect(body.data).toMatchObject({ id: 103, score });
  });

  test('a million rows cost nothing until they are asked for', async () => {
    let made = 0;
    const at = (i: number) => {
      made += 1;
      return { id: i, value: `d${i}.example` };
    };
    const service = await start({ rows: { length: 1_000_000, at } });
    const headers = await signedIn(service);
    const first = await byHash(service, 'limit=100', headers);
    const second = await byHash(service, `limit=100&cursorMark=${first.nextCursorMark}`, headers);
    expect([first.total, second.data[0]?.id, made]).toEqual([1_000_000, 100, 200]);
  });
});

describe('the clock', () => {
  test('sleeps of the virtual clock end in order, after the work before them', async () => {
    const clock = virtualClock(0);
    const log: string[] = [];
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms);
      log.push(`${name} ${clock.now()}`);
    };
    const chain = sleeper('a', 10).then(() => sleeper('b', 5));
    await Promise.all([sleeper('late', 60_000), chain, sleeper('twelve', 12)]);
    expect(log).toEqual(['a 10', 'twelve 12', 'b 15', 'late 60000']);
    expect(clock.slept).toEqual([10, 60_000, 12, 5]);
  });

  test('requests take no time, and a time-out does not overtake their answers', async () => {
    const clock = virtualClock(0);
    const service = await visionOne(clock);
    clock.watch(service);
    const abort = new AbortController();
    const timeout = clock.sleep(1, abort.signal).catch(() => {});
    for (let i = 0; i < 20; i++) await add(service, ...domains(500));
    expect(clock.now()).toBe(0);
    abort.abort();
    await timeout;
  });

  test('an abort ends a sleep with its reason, and advance() wakes who is due', async () => {
    const clock = virtualClock(0);
    const abort = new AbortController();
    const sleeping = clock.sleep(1000, abort.signal);
    abort.abort(new Error('enough'));
    await expect(sleeping).rejects.toThrow('enough');
    const due = clock.sleep(1000);
    clock.advance(5000);
    await due;
    expect(clock.now()).toBe(5000);
  });

  test('random numbers depend only on the seed', () => {
    const three = (seed: number) => {
      const random = seededRandom(seed);
      return [random(), random(), random()];
    };
    expect(three(1)).toEqual(three(1));
    expect(three(1)).not.toEqual(three(2));
    for (const n of three(3)) expect(n >= 0 && n < 1).toBe(true);
  });
});

describe('TLS and the proxy', () => {
  const certificates = throwAwayCertificates();

  test.skipIf(!certificates)('a certificate is good for its authority alone', async () => {
    const { ca, key: privateKey, cert } = certificates ?? { ca: '', key: '', cert: '' };
    const service = await visionOne({ tls: { key: privateKey, cert } });
    const status = (options: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const url = service.url + paths.health;
        const req = httpsRequest(url, { headers: key, agent: false, ...options }, (res) => {
          res.resume();
          resolve(res.statusCode);
        });
        req.on('error', reject).end();
      });
    expect(await status({ ca })).toBe(200);
    await expect(status({})).rejects.toThrow(/certificate/);
  });

  test('the proxy forwards, tunnels, asks for credentials and stays on loopback', async () => {
    const service = await visionOne();
    const proxy = await kept(startProxy({ username: 'u', password: 'p' }));
    const good = `Basic ${btoa('u:p')}`;
    const through = (line: string, headers: string) =>
      raw(proxy.port, `${line} HTTP/1.1\r\n${headers}`);
    const target = `GET ${service.url}${paths.health}`;
    expect(await through(target, 'Host: x\r\n')).toMatch(/^HTTP\/1.1 407/);
    const headers = `Host: x\r\nProxy-Authorization: ${good}\r\nAuthorization: ${key.authorization}\r\nUser-Agent: test\r\n`;
    expect(await through(target, headers)).toMatch(/^HTTP\/1.1 200/);
    expect(service.requests[0]?.headers).not.toHaveProperty('proxy-authorization');
    const host = `127.0.0.1:${service.port}`;
    expect(await through(`CONNECT ${host}`, headers)).toMatch(/^HTTP\/1.1 200/);
    expect(await through('CONNECT vision.example:443', headers)).toMatch(/^HTTP\/1.1 403/);
    expect(proxy.connects).toEqual([host, 'vision.example:443']);
    expect(proxy.requests).toEqual([target, target]);
  });
});

/** The first lines that come back for a request written by hand. */
function raw(port: number, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${head}\r\n`));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.on('error', reject);
  });
}

describe('the excerpt', () => {
  test('the real indicators have many types and a licence', () => {
    const { eset, benign } = excerpt();
    expect([eset.length > 400, benign.length > 50]).toEqual([true, true]);
    expect(new Set(eset.map(({ type }) => type.name)).size).toBeGreaterThan(12);
    expect(eset.some(({ value }) => value === 'rammenale[.]com')).toBe(true);
  });
});
