/** Reading what is on the lists: how it is asked for, when, and what an answer may do to a run. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ownerTagIn } from '../../src/export/description.js';
import type { ApiClient } from '../../src/http/api-client.js';
import { RunError } from '../../src/result/run-error.js';
import { VisionOne } from '../../src/vision-one/client.js';
import { readList } from '../../src/vision-one/list-reader.js';
import { LISTS } from '../../src/vision-one/lists.js';
import type { Fault, Received } from '../sandbox/server.js';
import { paths, startVisionOne } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows, rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const isRead = ({ method, path }: Received) => method === 'GET' && path === paths.suspicious;
const reads = () => sandbox.visionOne.requests.filter(isRead);
const posts = () => sandbox.visionOne.requests.filter(({ method }) => method === 'POST');

const onRead = (fault: (n: number) => Fault | undefined) => {
  sandbox.visionOne.faults = (request, n) => (isRead(request) ? fault(n) : undefined);
};

const seedDomains = (count: number) =>
  sandbox.visionOne.seed(
    'suspicious',
    Array.from({ length: count }, (_, n) => ({ type: 'domain', value: `analyst-${n}.com` })),
  );

const DOMAIN = rowsOf(['FQDN', 'c2.bad-actor.com']);

const exportRows = (rows: object[], options?: ExportOptions) =>
  exportTruthfully(sandbox, rows, options);

describe('requests for a list', () => {
  it('the list is read in pages of 200 objects of the needed type', async () => {
    seedDomains(450);
    sandbox.visionOne.seed('suspicious', [{ type: 'ip', value: '45.1.2.3' }]);
    const { list } = await exportRows(DOMAIN);
    expect(reads()).toHaveLength(3);
    expect(new Set(reads().map(({ headers }) => headers['tmv1-filter']))).toEqual(
      new Set([`type eq 'domain'`]),
    );
    expect(reads().map(({ query }) => query.get('top'))).toEqual(['200', '200', '200']);
    expect(list).toEqual({ domain: { listed: 450, ours: 0, cap: 10_000, added: 1, removed: 0 } });
  });

  it('a link to the next page is followed unchanged, with the same headers', async () => {
    seedDomains(250);
    sandbox.visionOne.nextLink = (normal) => {
      const link = new URL(normal);
      return `${link.origin}${link.pathname}?skipToken=${link.searchParams.get('skipToken')}&top=50`;
    };
    await exportRows(DOMAIN);
    const [first, ...others] = reads();
    expect(others).toHaveLength(1);
    expect([...(others[0]?.query.keys() ?? [])]).toEqual(['skipToken', 'top']);
    expect(others[0]?.query.get('top')).toBe('50');
    for (const name of ['authorization', 'tmv1-filter', 'user-agent']) {
      expect(others[0]?.headers[name]).toBe(first?.headers[name]);
    }
  });

  it('several types are read at the same time', async () => {
    onRead(() => ({ slow: 1_000 }));
    const { took, counts } = await exportRows(madeRows(8));
    expect(counts.accepted).toBe(8);
    expect(reads()).toHaveLength(4);
    expect(took).toBe(1_000);
  });

  it('each type is read once in a run, before anything is sent', async () => {
    await exportRows(madeRows(3_000));
    const order = sandbox.visionOne.requests.map(({ method }) => method);
    expect(order.lastIndexOf('GET')).toBeLessThan(order.indexOf('POST'));
    expect(posts()).toHaveLength(3);
    expect(reads()).toHaveLength(4);
  });

  it('types that the collection does not have are not read', async () => {
    await exportRows(rowsOf(['MD5', 'd41d8cd98f00b204e9800998ecf8427e'], ['CVE', 'CVE-2026-1']));
    expect(sandbox.visionOne.requests).toEqual([]);
  });

  it('the Exception List is read only if the safety checks need it', async () => {
    const reading = () =>
      sandbox.visionOne.requests.filter(({ path }) => path === paths.exceptions).length;
    await exportRows(DOMAIN, { settings: { safety_checks: false } });
    expect(reading()).toBe(0);
    await exportRows(DOMAIN);
    expect(reading()).toBe(1);
  });

  it('exceptions of a manual run keep the ownership tag of the collection that added them', async () => {
    await exportRows(DOMAIN, { list: 'exceptions' });
    const descriptions = () =>
      [...sandbox.visionOne.exceptions.values()].map(({ description }) =>
        ownerTagIn(description ?? ''),
      );
    const before = descriptions();
    expect(before[0]).toMatch(/^[0-9a-f]{16}$/);
    await exportTruthfully(sandbox, undefined, { list: 'exceptions', objects: DOMAIN });
    expect(descriptions()).toEqual(before);
  });
});

describe('contents of a list', () => {
  const page = (items: object[] | null, nextLink?: string) => ({
    status: 200,
    body: { items, ...(nextLink && { nextLink }) },
  });

  it('spellings on a list that differ only in case are counted separately', async () => {
    const items = Array.from({ length: 5_000 }, (_, n) => [
      { type: 'domain', domain: `a${n}.net` },
      { type: 'domain', domain: `A${n}.NET` },
    ]).flat();
    onRead(() => page(items));
    const { counts, list } = await exportRows(DOMAIN);
    expect(list?.['domain']?.listed).toBe(10_000);
    expect(counts).toMatchObject({ accepted: 0, by_reason: { no_room: 1 } });
  });

  it('a list of 60,000 objects is read in pages of 50', async () => {
    const items = (n: number) =>
      Array.from({ length: 50 }, (_, at) => ({ type: 'ip', ip: `45.${n >> 8}.${n & 255}.${at}` }));
    sandbox.visionOne.faults = (request) => {
      if (!isRead(request)) return undefined;
      if (request.headers['tmv1-filter']) return { status: 400, body: {} };
      const n = Number(request.query.get('n') ?? 0);
      return page(items(n), n < 1_199 ? `${paths.suspicious}?n=${n + 1}` : undefined);
    };
    const { counts, list } = await exportRows(DOMAIN);
    expect(counts.accepted).toBe(1);
    expect(list?.['ip']?.listed).toBe(60_000);
  });

  it('items without a type or with other invalid fields are read', async () => {
    const items = [
      { domain: 'c2.bad-actor.com' },
      { type: 'domain', domain: 'own.com', expiredDateTime: 5, description: [], scanAction: 1 },
    ];
    onRead(() => page(items));
    const { counts, list } = await exportRows(DOMAIN, { settings: { existing_objects: 'skip' } });
    expect(list?.['domain']?.listed).toBe(2);
    expect(counts.by_reason).toEqual({ already_listed: 1 });
  });

  it('a page whose items are null is empty', async () => {
    onRead(() => page(null));
    expect((await exportRows(DOMAIN)).counts.accepted).toBe(1);
  });
});

describe('a service without a filter', () => {
  it('a list of a service without a filter is read once as a whole', async () => {
    seedDomains(250);
    sandbox.visionOne.faults = (request) =>
      isRead(request) && request.headers['tmv1-filter']
        ? { status: 400, body: { error: { code: 'BadRequest', message: 'filter' } } }
        : undefined;
    const rows = rowsOf(['FQDN', 'c2.bad-actor.com'], ['IP Address', '45.1.2.3']);
    const { status, counts, list } = await exportRows(rows);
    expect({ status, accepted: counts.accepted }).toEqual({ status: 'Completed', accepted: 2 });
    expect(list?.['domain']).toEqual({ listed: 250, ours: 0, cap: 10_000, added: 1, removed: 0 });
    expect(reads().filter(({ headers }) => !headers['tmv1-filter'])).toHaveLength(2);
  });
});

describe('a preview without Vision One', () => {
  it('a preview without Vision One plans without the lists, and warns about it', async () => {
    sandbox.visionOne.faults = () => ({ status: 503 });
    const { status, counts, warnings, took } = await exportRows(DOMAIN, { mode: 'preview' });
    expect({ status, planned: counts.planned }).toEqual({ status: 'Completed', planned: 1 });
    expect(warnings.map(({ code }) => code)).toEqual(['lists_unread']);
    expect(took).toBeLessThanOrEqual(60_000);
  });

  it('a preview fails if the key is refused', async () => {
    sandbox.visionOne.permissions = { view: false, manage: true };
    const { status, error, counts } = await exportRows(DOMAIN, { mode: 'preview' });
    expect({ status, code: error?.code }).toEqual({
      status: 'Failed to Complete',
      code: 'no_access',
    });
    expect(counts.planned).toBe(0);
  });
});

it('a preview that is stopped while the lists are read plans nothing, and is Incomplete', async () => {
  const stopping = new AbortController();
  onRead(() => {
    stopping.abort();
    return { status: 503 };
  });
  const { status, counts } = await exportRows(DOMAIN, {
    mode: 'preview',
    stopping: stopping.signal,
  });
  expect(status).toBe('Incomplete');
  expect(counts).toMatchObject({ planned: 0, by_reason: { interrupted: 1 } });
});

describe('a run whose lists cannot be read', () => {
  it('a run whose lists cannot be read reports the error, even if there is nothing to send', async () => {
    sandbox.visionOne.faults = () => ({ status: 503 });
    const { status, warnings } = await exportRows(rowsOf(['FQDN', 'not a name']));
    expect(status).toBe('Incomplete');
    expect(warnings.map(({ code }) => code)).toEqual(['service_unavailable']);
  });
});

it('the texts of a listed object are truncated', async () => {
  const long = 'x'.repeat(1_000_000);
  const items = [{ type: 'url', url: long, description: long, scanAction: long }];
  const visionOne = { get: async () => ({ items }) } as unknown as VisionOne;
  for await (const [listed] of readList(visionOne, LISTS.suspicious_objects)) {
    expect(listed?.value).toHaveLength(4_096);
    expect(listed?.description).toHaveLength(1_000);
    expect(listed?.scanAction).toHaveLength(100);
  }
  expect.assertions(3);
});

describe('invalid links and pages', () => {
  it('a link to another origin is refused and not requested', async () => {
    await using other = await startVisionOneElsewhere();
    seedDomains(250);
    sandbox.visionOne.nextLink = (normal) => normal.replace(/^http:\/\/[^/]+/, other.url);
    const { status, error, counts } = await exportRows(DOMAIN);
    expect(status).toBe('Failed to Complete');
    expect(error?.code).toBe('no_access');
    expect(error?.message).toContain(new URL(other.url).host);
    expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
    expect(other.requests()).toBe(0);
    expect(posts()).toEqual([]);
  });

  it.each([
    'https://evil.example/v3.0/threatintel/suspiciousObjects?skipToken=x',
    '//evil.example/v3.0/threatintel/suspiciousObjects',
    'file:///etc/passwd',
    'http://',
  ])('refuses %s and sends nothing', async (link) => {
    seedDomains(250);
    sandbox.visionOne.nextLink = () => link;
    const { status, counts } = await exportRows(DOMAIN);
    expect(status).toBe('Failed to Complete');
    expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
    expect(posts()).toEqual([]);
    expect(reads()).toHaveLength(1);
  });

  it.each([
    ['another scheme', (url: URL) => `https://${url.host}`],
    ['a user name', (url: URL) => `http://user@${url.host}`],
    ['a password', (url: URL) => `http://:pw@${url.host}`],
    ['another port', (url: URL) => `http://${url.hostname}:${Number(url.port) - 1}`],
    ['another name for the same address', (url: URL) => `http://localhost:${url.port}`],
    ['too many characters', (url: URL) => `${url.origin}/${'x'.repeat(10_000)}`],
  ])('refuses a link with %s, although the rest is the same', async (_, origin) => {
    seedDomains(250);
    sandbox.visionOne.nextLink = (normal) =>
      normal.replace(/^http:\/\/[^/]+/, origin(new URL(normal)));
    const { status, error } = await exportRows(DOMAIN);
    expect({ status, code: error?.code }).toEqual({
      status: 'Failed to Complete',
      code: 'no_access',
    });
    expect(error?.message).toMatch(/it was not followed/);
    expect(error?.message).not.toMatch(/user@|pw@/);
    expect(reads()).toHaveLength(1);
    expect(posts()).toEqual([]);
  });

  it('only links of the same origin without user information are followed, for any link', () => {
    const base = new URL('https://api.example.com:8443/v3');
    const client = new VisionOne({} as ApiClient, base, 'key', 'agent');
    const links = fc.oneof(
      fc.webUrl({ withQueryParameters: true }),
      fc.string(),
      fc
        .tuple(
          fc.constantFrom('https:', 'http:', 'ftp:', ''),
          fc.constantFrom('', 'u@', 'u:p@', ':p@'),
          fc.constantFrom(
            'api.example.com:8443',
            'api.example.com',
            'api.example.com.evil.example',
          ),
          fc.string({ maxLength: 20 }),
        )
        .map(([scheme, user, host, rest]) => `${scheme}//${user}${host}/${rest}`),
    );
    fc.assert(
      fc.property(links, (link) => {
        let followed: URL;
        try {
          followed = client.within(link);
        } catch (error) {
          expect(error).toBeInstanceOf(RunError);
          return;
        }
        expect(followed.protocol).toBe('https:');
        expect(followed.host).toBe('api.example.com:8443');
        expect(followed.username + followed.password).toBe('');
      }),
      { numRuns: 1_000 },
    );
  });

  it('reading stops at a link that was followed before', async () => {
    seedDomains(700);
    let first: string | undefined;
    sandbox.visionOne.nextLink = (normal) => {
      first ??= normal;
      return first;
    };
    const { counts, items } = await exportRows(DOMAIN);
    expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
    expect(items[0]).toMatchObject({ message: expect.stringContaining('do not end') });
    expect(reads().length).toBeLessThanOrEqual(3);
    expect(posts()).toEqual([]);
  });

  it('reading stops if each page has a new link', async () => {
    const item = { type: 'domain', domain: 'same.com' };
    onRead((n) => ({
      status: 200,
      body: {
        items: [item],
        nextLink: `${sandbox.visionOne.url}${paths.suspicious}?skipToken=${n}`,
      },
    }));
    const { counts } = await exportRows(DOMAIN);
    expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
    expect(reads().length).toBeLessThanOrEqual(2_000);
    expect(posts()).toEqual([]);
  });

  it.each([
    ['a million items', { garbage: `{"items":[${'{},'.repeat(1_000_000)}{}]}` }],
    ['more bytes than any page has', { huge: 5_000_000 }],
  ] satisfies [string, Fault][])(
    'a page of %s ends the run, and nothing is sent',
    async (_, fault) => {
      onRead(() => fault);
      const { counts } = await exportRows(DOMAIN);
      expect(counts).toMatchObject({ accepted: 0, by_reason: { no_answer: 1 } });
      expect(posts()).toEqual([]);
    },
  );

  it.each([[{ data: [] }], [[]], [{ items: 'none' }], ['text'], [{ items: [{ value: 'x' }] }]])(
    'an answer of %j is not a page, and nothing is sent',
    async (body) => {
      onRead(() => ({ status: 200, body }));
      const { counts } = await exportRows(DOMAIN);
      expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
      expect(posts()).toEqual([]);
    },
  );

  it('objects of unknown types are ignored, and the others are read', async () => {
    const items = [
      { type: 'fileMd5', fileMd5: 'x' },
      { type: 'domain' },
      { type: 'domain', domain: 'C2.Bad-Actor.com', description: null, expiredDateTime: 'soon' },
    ];
    onRead(() => ({ status: 200, body: { items, nextLink: null } }));
    const { counts } = await exportRows(DOMAIN, { settings: { existing_objects: 'skip' } });
    expect(counts.by_reason).toEqual({ already_listed: 1 });
  });

  it('nothing is sent if the key may not view the list', async () => {
    sandbox.visionOne.permissions.view = false;
    const { status, error } = await exportRows(madeRows(8));
    expect(status).toBe('Failed to Complete');
    expect(error?.message).toContain('"View, filter, and search"');
    expect(posts()).toEqual([]);
  });
});

describe('waits while a list is read', () => {
  it('reading continues after the wait that a 429 requests', async () => {
    seedDomains(900);
    onRead((n) => (n === 2 ? { status: 429, headers: { 'retry-after': '30' } } : undefined));
    const { status, list, took } = await exportRows(DOMAIN);
    expect(status).toBe('Completed');
    expect(list?.['domain']?.listed).toBe(900);
    expect(reads()).toHaveLength(6);
    expect(took).toBe(30_000);
  });

  it('a long list is read in spite of a small rate limit', async () => {
    seedDomains(2_000);
    sandbox.visionOne.rateLimit = { perMinute: 4, headers: true };
    const { status, list } = await exportRows(DOMAIN);
    expect(status).toBe('Completed');
    expect(list?.['domain']?.listed).toBe(2_000);
    expect(reads().filter(({ status: code }) => code === 429)).toEqual([]);
  });

  it.each([
    ['429', { status: 429 }, 'rate_limited'],
    ['503', { status: 503 }, 'service_unavailable'],
    ['broken connections', { reset: 'before' }, 'service_unavailable'],
  ] satisfies [string, Fault, string][])(
    'gives up after a minute of %s; all is unsent and says why',
    async (_, fault, reason) => {
      onRead(() => fault);
      const { status, counts, took } = await exportRows(madeRows(40));
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ read: 40, unsent: 40, by_reason: { [reason]: 40 } });
      expect(took).toBeLessThanOrEqual(61_000);
      expect(posts()).toEqual([]);
    },
  );
});

async function startVisionOneElsewhere() {
  const standIn = await startVisionOne();
  return {
    url: standIn.url,
    requests: () => standIn.requests.length,
    [Symbol.asyncDispose]: () => standIn.close(),
  };
}
