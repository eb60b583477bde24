/**
 * No secret is ever in stdout, stderr or a report, whatever fails: the built entrypoint against
 * services, and a proxy, that say back every secret they were sent, in every form, everywhere.
 */
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startProxy } from '../sandbox/proxy.js';
import type { Fault, Received } from '../sandbox/server.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import {
  type Finished,
  removeFolder,
  type StartOptions,
  startAction,
  unpack,
} from '../support/bundle.js';
import { madeRows } from '../support/rows.js';

const API_KEY = 'tv1-K3y/+=&%\'"<s3cret>';
const CLIENT_SECRET = 'cl13nt/S3cr+t=&%"<x>';
const PASSWORD = 'pä55 "wörd" <&>/+%\\end';
const PROXY_PASSWORD = 'pr0xy/p@ss:w&rd%+end';
const KNOWN = [API_KEY, CLIENT_SECRET, PASSWORD, PROXY_PASSWORD];

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** A secret as it is, URL-encoded in two ways, in JSON, in HTML, and in base64. */
const formsOf = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  encodeURIComponent(secret).toLowerCase(),
  new URLSearchParams({ '': secret }).toString().slice(1),
  JSON.stringify(secret).slice(1, -1),
  secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  base64(secret),
  Buffer.from(secret).toString('base64url'),
];

let folder: string;
let reports: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
/** Tokens and Basic headers, as they went over the wire. */
let issued: Set<string>;

beforeAll(async () => {
  folder = await unpack();
});
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  reports = await mkdtemp(join(tmpdir(), 'vision-one-report-'));
  const rows = madeRows(6);
  issued = new Set();
  threatq = await startThreatQ({
    clientSecret: CLIENT_SECRET,
    password: PASSWORD,
    collections: [{ name: 'Active C2', hash: 'c2', rows }],
  });
  visionOne = await startVisionOne({ apiKey: API_KEY });
});
afterEach(async () => {
  await Promise.all([threatq.close(), visionOne.close(), removeFolder(reports)]);
});

const documentOf = (threatqSection: object, more: object = {}) => ({
  threatq: { host: threatq.url, client_id: threatq.clientId, ...threatqSection },
  data_collection: { hash: 'c2' },
  time_limit_minutes: 0.03,
  configuration: { api_region: 'United States', api_key: API_KEY, disable_proxies: true },
  ...more,
});
const withSecret = () => documentOf({ client_secret: CLIENT_SECRET });
const withPassword = () => documentOf({ email: threatq.email, password: PASSWORD });

async function run(document: unknown, args: string[] = [], options: StartOptions = {}) {
  const env = { VISION_ONE_BASE_URL: visionOne.url, ...options.env };
  const all = ['--json', '--report', reports, ...args];
  return startAction(folder, 'blocklist', document, all, { ...options, env });
}

/** Where any secret, or a dozen characters of one, stands in anything that a run left behind. */
async function leaksOf({ stdout, stderr }: Finished, more: string[] = []): Promise<string[]> {
  const texts: Record<string, string> = { stdout, stderr };
  for (const name of await readdir(reports))
    texts[name] = await readFile(join(reports, name), 'utf8');
  const needles = [...KNOWN, ...issued, ...more].flatMap(formsOf).flatMap(piecesOf);
  return Object.entries(texts).flatMap(([name, text]) => {
    const low = text.toLowerCase();
    const found = needles.find((needle) => low.includes(needle));
    return found === undefined ? [] : [`${name} holds ${found}`];
  });
}

function piecesOf(form: string): string[] {
  const low = form.toLowerCase();
  const length = Math.min(12, low.length);
  return Array.from({ length: low.length - length + 1 }, (_, at) => low.slice(at, at + length));
}

/** Everything that a service could say back of a request, and of what it knows. */
function echoOf({ headers }: Received): string {
  const authorization = headers.authorization ?? '';
  const credential = authorization.replace(/^\w+ /, '');
  if (credential && credential !== API_KEY) issued.add(credential);
  const said = [authorization, credential, ...KNOWN].flatMap(formsOf);
  return `You sent ${said.join(' and ')}`;
}

/** The same, so long that whoever cuts it cuts a secret in two. */
const longEcho = (request: Received, room: number) =>
  `${'.'.repeat(room)}${(request.headers.authorization ?? '').replace(/^\w+ /, '')}`;

const HEADERS = (text: string) => ({
  'x-echo': encodeURIComponent(text),
  'retry-after': encodeURIComponent(text).slice(0, 200),
});

type Echo = (request: Received) => Fault;

const whole =
  (status: number): Echo =>
  (request) => {
    const text = echoOf(request);
    const body = {
      error: { code: text, message: text, innererror: { code: text } },
      message: text,
      errors: [text, [text]],
      data: { errors: { [text]: [text] } },
    };
    return { status, body, headers: HEADERS(text) };
  };
const EVERYWHERE: [string, Echo][] = [
  ...[400, 401, 403, 404, 407, 408, 409, 413, 422, 429, 500, 502, 503, 504].map(
    (status): [string, Echo] => [`a ${status}`, whole(status)],
  ),
  ['an HTML page', (r) => ({ status: 502, body: `<html>${echoOf(r)}</html>` })],
  ['an HTML 200', (r) => ({ status: 200, body: `<html>${echoOf(r)}</html>` })],
  ['a 200 of its own kind', whole(200)],
  [
    'a redirect',
    (r) => ({
      redirect: `https://x:${encodeURIComponent(API_KEY)}@e.example/${encodeURIComponent(echoOf(r))}`,
    }),
  ],
  ['a broken connection', () => ({ reset: 'after' })],
  ['half an answer', () => ({ cut: true })],
  ...[480, 485, 490, 495].map((room): [string, Echo] => [
    `an error that is cut after ${room} characters`,
    (r) => {
      issued.add((r.headers.authorization ?? 'none').replace(/^\w+ /, ''));
      const message = longEcho(r, room);
      return { status: 400, body: { error: { code: 'X', message }, errors: [message] } };
    },
  ]),
];

for (const [name, echo] of EVERYWHERE) {
  describe(`${name} that says back all it was sent`, () => {
    it('from Vision One', async () => {
      visionOne.faults = echo;
      const finished = await run(withSecret());
      expect(visionOne.requests.length).toBeGreaterThan(0);
      expect(await leaksOf(finished)).toEqual([]);
      expect(finished.code).not.toBe(0);
    });

    it("from ThreatQ's token endpoint", async () => {
      threatq.faults = (request) => (request.path === '/api/token' ? echo(request) : undefined);
      const finished = await run(name.length % 2 ? withPassword() : withSecret());
      expect(await leaksOf(finished)).toEqual([]);
      expect(finished.code).toBe(1);
    });

    it("from ThreatQ's pages", async () => {
      threatq.faults = (request) => (request.path === '/api/token' ? undefined : echo(request));
      const finished = await run(name.length % 2 ? withSecret() : withPassword());
      expect(await leaksOf(finished)).toEqual([]);
    });
  });
}

describe('what a service says of single objects', () => {
  it('holds no secret either', async () => {
    visionOne.faults = (request) => {
      const text = echoOf(request);
      const items = [400, 403, 429, 500, 409].map((status, index) => ({
        index,
        status,
        code: text,
        message: text,
      }));
      return request.method === 'POST' ? { items } : undefined;
    };
    const finished = await run(withSecret());
    expect(finished.code).toBe(2);
    expect(await leaksOf(finished)).toEqual([]);
  });

  it('in a value, a type or a name of a collection holds none', async () => {
    const rows = [API_KEY, CLIENT_SECRET, encodeURIComponent(API_KEY)].map((value, id) => ({
      ...madeRows(1)[0],
      id,
      value,
      type: { id: 1, name: id === 1 ? API_KEY : 'FQDN' },
    }));
    threatq.collections = [{ name: `of ${API_KEY}`, hash: 'c2', rows }];
    expect(await leaksOf(await run(withSecret()))).toEqual([]);
  });
});

describe('without --json', () => {
  it.each([401, 403, 500])('the summary of a %i holds no secret', async (status) => {
    visionOne.faults = whole(status);
    const document = withSecret();
    const finished = await startAction(folder, 'blocklist', document, ['--report', reports], {
      env: { VISION_ONE_BASE_URL: visionOne.url },
    });
    expect(await leaksOf(finished)).toEqual([]);
    expect(finished.stdout.split('\n').length).toBeLessThanOrEqual(16);
  });

  it.each(['--check', '--preview'])(
    '%s against services that refuse holds no secret',
    async (mode) => {
      visionOne.faults = whole(401);
      threatq.faults = (request) =>
        request.path === '/api/token' ? undefined : whole(403)(request);
      expect(await leaksOf(await run(withSecret(), [mode]))).toEqual([]);
    },
  );
});

describe('credentials that are wrong', () => {
  it.each(['client_secret', 'password', 'api_key'])('%s', async (which) => {
    const wrong = 'wr0ng-s3cret-that-nobody-knows';
    const document =
      which === 'client_secret'
        ? documentOf({ client_secret: wrong })
        : which === 'password'
          ? documentOf({ email: threatq.email, password: wrong })
          : documentOf(
              { client_secret: CLIENT_SECRET },
              { configuration: { api_region: 'Japan', api_key: wrong, disable_proxies: true } },
            );
    const finished = await run(document);
    expect(finished.code).toBe(1);
    expect(await leaksOf(finished, [wrong])).toEqual([]);
  });
});

describe('a run document that cannot be used', () => {
  const documents: Record<string, () => unknown> = {
    'with a mistyped key': () =>
      documentOf({ client_secret: CLIENT_SECRET }, { configuration: { apikey: API_KEY } }),
    'with the secret in the wrong place': () => ({
      ...documentOf({ client_secrets: CLIENT_SECRET, passwort: PASSWORD }),
      api_key: API_KEY,
    }),
    'with a secret for a region': () =>
      documentOf(
        { client_secret: CLIENT_SECRET },
        { configuration: { api_region: API_KEY, api_key: API_KEY } },
      ),
    'with a secret as a list': () =>
      documentOf(
        { client_secret: [CLIENT_SECRET] },
        { configuration: { api_key: { a: API_KEY } } },
      ),
    'that is broken YAML': () =>
      `threatq: {client_secret: ${CLIENT_SECRET}\n  api_key: "${API_KEY}`,
    'that is one text': () => JSON.stringify(`${API_KEY} ${CLIENT_SECRET}`),
    'with the password in the address': () =>
      documentOf({
        host: `https://user:${encodeURIComponent(PASSWORD)}@tq.example`,
        client_secret: CLIENT_SECRET,
      }),
  };
  it.each(Object.entries(documents))('%s', async (_, document) => {
    const finished = await run(document());
    expect(finished.code).toBe(1);
    expect(await leaksOf(finished)).toEqual([]);
  });

  it('while the secrets are in the environment', async () => {
    const env = {
      VISION_ONE_API_KEY: API_KEY,
      THREATQ_CLIENT_SECRET: CLIENT_SECRET,
      VISION_ONE_BASE_URL: `https://u:${encodeURIComponent(PASSWORD)}@v1.example`,
      THREATQ_PASSWORD: PASSWORD,
      HTTPS_PROXY: `http://user:${PROXY_PASSWORD}@@bad host`,
    };
    const finished = await run({ configuration: { api_region: API_KEY } }, [], { env });
    expect(finished.code).toBe(1);
    expect(await leaksOf(finished)).toEqual([]);
  });

  it('nor arguments that cannot be read', async () => {
    const env = { VISION_ONE_API_KEY: API_KEY };
    for (const args of [[API_KEY], ['--api-key', API_KEY], [`--${API_KEY}`], ['--run', API_KEY]]) {
      expect(await leaksOf(await run('', args, { env }))).toEqual([]);
    }
  });
});

describe('a proxy with a password', () => {
  it.each([
    ['that it accepts', PROXY_PASSWORD],
    ['that it refuses', 'another-pr0xy-passw0rd'],
  ])('%s', async (_, password) => {
    const proxy = await startProxy({ username: 'user', password: PROXY_PASSWORD });
    try {
      const address = `http://user:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`;
      const document = documentOf(
        { client_secret: CLIENT_SECRET },
        { configuration: { api_region: 'United States', api_key: API_KEY } },
      );
      visionOne.faults = whole(403);
      const finished = await run(document, [], { env: { HTTP_PROXY: address } });
      expect(proxy.requests.length).toBeGreaterThan(0);
      expect(await leaksOf(finished, [password, `user:${password}`])).toEqual([]);
    } finally {
      await proxy.close();
    }
  });
});
