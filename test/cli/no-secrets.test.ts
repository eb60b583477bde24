/**
 * No secret is ever in standard output, standard error or a report, whatever fails. The services and
 * the proxy of these tests repeat every secret that they received, in every form and place. Effects
 * that need a process (output of libraries, arguments, a proxy) are tested with the built entrypoint.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { startProxy } from '../sandbox/proxy.js';
import type { Fault, Received } from '../sandbox/server.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { type Finished, removeFolder, startAction, unpack } from '../support/bundle.js';
import { madeRows } from '../support/rows.js';
import { runCli } from './run-cli.js';

const API_KEY = 'tv1-K3y/+=&%\'"<s3cret>';
const CLIENT_SECRET = 'cl13nt/S3cr+t=&%"<x>';
const PASSWORD = 'pä55 "wörd" <&>/+%\\end';
const PROXY_PASSWORD = 'pr0xy/p@ss:w&rd%+end';

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

const url = encodeURIComponent;
const hex = (text: string) => Buffer.from(text, 'utf8').toString('hex');
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const numbered = (text: string, base: 10 | 16) =>
  text.replace(/[^a-z0-9]/gi, (sign) => {
    const code = sign.codePointAt(0) ?? 0;
    return base === 10 ? `&#${code};` : `&#x${code.toString(16).padStart(2, '0')};`;
  });
const html = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The forms in which a service may repeat a text. */
const formsOf = (text: string) => [
  text,
  url(text),
  url(text).toLowerCase(),
  new URLSearchParams({ '': text }).toString().slice(1),
  url(url(text)),
  url(url(url(text))),
  json(text),
  json(json(text)),
  json(text).replaceAll('/', '\\/'),
  url(json(text)),
  html(text),
  html(html(text)),
  html(json(text)),
  numbered(text, 10),
  numbered(text, 16),
  url(numbered(text, 16)),
  html(text).replaceAll('/', '&sol;').replaceAll('+', '&plus;').replaceAll('=', '&equals;'),
  base64(text),
  url(base64(text)),
  base64(url(text)),
  Buffer.from(text).toString('base64url'),
  base64(`Bearer ${text}:`),
  base64(`x ${text}.`),
  hex(text),
  hex(text).toUpperCase(),
  hex(url(text)),
];

/** Truncated versions of a form: the whole form, its beginning, its ending, or both. */
const cutsOf = (form: string) => {
  const [half, most] = [Math.ceil(form.length / 2), Math.ceil(form.length * 0.75)];
  return [
    form,
    ...['...', '…', '***', '•••', '[...]'].flatMap((mark) => [
      `${form.slice(0, -2)}${mark}`,
      `${form.slice(0, half)}${mark}`,
      `${mark}${form.slice(2)}`,
      `${mark}${form.slice(-most)}`,
      `${form.slice(0, half)}${mark}${form.slice(-most)}`,
    ]),
  ];
};

/** The base64 of a secret inside other text, without the characters that depend on that text. */
const withinBase64 = (secret: string) =>
  ['', 'x', 'xx'].map((before) => base64(`${before}${secret}`).slice(before.length + 1, -4));

let folder: string;
beforeAll(async () => {
  folder = await unpack();
});
afterAll(() => removeFolder(folder));

/** Both services, a folder for reports, and the secrets of one run. */
class Case implements AsyncDisposable {
  /** The secrets in the input of the run. It cannot redact others. */
  known = [API_KEY, CLIENT_SECRET];
  /** Keys, tokens and Basic credentials in the form in which they were sent. */
  readonly issued = new Set<string>();

  private constructor(
    readonly threatq: ThreatQ,
    readonly visionOne: VisionOne,
    private readonly reports: string,
  ) {}

  static async start(): Promise<Case> {
    const collections = [{ name: 'Active C2', hash: 'c2', rows: madeRows(6) }];
    const secrets = { clientSecret: CLIENT_SECRET, password: PASSWORD };
    return new Case(
      await startThreatQ({ ...secrets, collections }),
      await startVisionOne({ apiKey: API_KEY }),
      await mkdtemp(join(tmpdir(), 'vision-one-report-')),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.threatq.close(), this.visionOne.close(), removeFolder(this.reports)]);
  }

  document(credentials: object, more: object = {}) {
    return {
      threatq: { host: this.threatq.url, client_id: this.threatq.clientId, ...credentials },
      data_collection: { hash: 'c2' },
      // Some of these services never recover.
      time_limit_minutes: 0.08,
      configuration: { api_region: 'United States', api_key: API_KEY, disable_proxies: true },
      ...more,
    };
  }

  withSecret(more: object = {}) {
    return this.document({ client_secret: CLIENT_SECRET }, more);
  }

  withPassword() {
    this.known = [API_KEY, PASSWORD];
    return this.document({ email: this.threatq.email, password: PASSWORD });
  }

  /** Runs in this process. */
  run(document: unknown, args: string[] = ['--json'], env: Record<string, string> = {}) {
    return runCli('blocklist', document, this.#args(args), { env: this.#env(env) });
  }

  /** Starts the built entrypoint. */
  start(document: unknown, args: string[] = ['--json'], env: Record<string, string> = {}) {
    return startAction(folder, 'blocklist', document, this.#args(args), { env: this.#env(env) });
  }

  #args = (args: string[]) => ['--report', this.reports, ...args];

  #env = (env: Record<string, string>) => ({ VISION_ONE_BASE_URL: this.visionOne.url, ...env });

  read(name: string): Promise<string> {
    return readFile(join(this.reports, name), 'utf8');
  }

  async report(): Promise<Result> {
    return JSON.parse(await this.read('report.json')) as Result;
  }

  /** All outputs of a run that contain a secret or 12 characters of one. */
  async leaks({ stdout, stderr }: Finished): Promise<string[]> {
    const texts: Record<string, string> = { stdout, stderr };
    for (const name of await readdir(this.reports)) {
      texts[name] = await readFile(join(this.reports, name), 'utf8');
    }
    const needles = [...this.known, ...this.issued].flatMap((secret) => [
      ...formsOf(secret),
      ...withinBase64(secret),
    ]);
    return Object.entries(texts).flatMap(([name, text]) => {
      const found = pieceIn(textsIn(text).join('\n').toLowerCase(), needles);
      return found === undefined ? [] : [`${name} holds ${found}`];
    });
  }

  /** The key, token or Basic credentials of a request. After this call, no output may contain them. */
  credentialOf({ headers }: Received): string {
    const credential = (headers.authorization ?? '').replace(/^\w+ /, '');
    if (credential) this.issued.add(credential);
    return credential;
  }

  /** A text with all secrets of a request that a service could repeat. */
  echoOf(request: Received): string {
    const authorization = request.headers.authorization ?? '';
    const said = [authorization, this.credentialOf(request), ...this.known].flatMap(formsOf);
    return `You sent ${said.join(' and ')}`;
  }
}

/** The text itself, and all strings in it if the text or a line of it is JSON. */
function textsIn(text: string): string[] {
  const strings: string[] = [];
  const collect = (_key: string, value: unknown) => {
    if (typeof value === 'string') strings.push(value);
    return value;
  };
  for (const part of [text, ...text.split('\n')]) {
    if (!/^[[{].*[\]}]\s*$/s.test(part)) continue;
    try {
      JSON.parse(part, collect);
    } catch {
      // A line with brackets is not always JSON.
    }
  }
  return [text, ...strings];
}

const PIECE = 12;
const GRAM = 6;
/** Each piece of a text contains one of the grams that begin at multiples of this number. */
const GRAM_STEP = PIECE - GRAM + 1;

/** A part of a needle that the text contains: 12 characters, or the whole needle if it is shorter. */
function pieceIn(text: string, needles: string[]): string | undefined {
  const grams = new Set<string>();
  for (let at = 0; at + GRAM <= text.length; at += GRAM_STEP) grams.add(text.slice(at, at + GRAM));
  for (const needle of new Set(needles.map((each) => each.toLowerCase()))) {
    const found = piecesToFind(needle, grams).find((piece) => text.includes(piece));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The pieces of a needle that a text with these grams can contain. */
function piecesToFind(needle: string, grams: ReadonlySet<string>): string[] {
  if (needle.length < PIECE) return [needle];
  const starts = new Set<number>();
  for (let at = 0; at + GRAM <= needle.length; at++) {
    if (!grams.has(needle.slice(at, at + GRAM))) continue;
    for (let before = 0; before < GRAM_STEP; before++) starts.add(at - before);
  }
  return [...starts]
    .filter((at) => at >= 0 && at + PIECE <= needle.length)
    .map((at) => needle.slice(at, at + PIECE));
}

const headersOf = (text: string) => ({
  'x-echo': encodeURIComponent(text),
  'retry-after': encodeURIComponent(text).slice(0, 200),
});

type Echo = (request: Received, at: Case) => Fault;

/** An answer that repeats all secrets in every field that can contain text. */
const whole =
  (status: number): Echo =>
  (request, at) => {
    const text = at.echoOf(request);
    const body = {
      error: { code: text, message: text, innererror: { code: text } },
      message: text,
      errors: [text, [text]],
      data: { errors: { [text]: [text] } },
    };
    return { status, body, headers: headersOf(text) };
  };

const ECHOES: [string, Echo][] = [
  ...[400, 401, 404, 407, 413, 429, 500, 503].map((status): [string, Echo] => [
    `a ${status}`,
    whole(status),
  ]),
  ['an HTML page', (r, at) => ({ status: 502, body: `<html>${at.echoOf(r)}</html>` })],
  ['an HTML 200', (r, at) => ({ status: 200, body: `<html>${at.echoOf(r)}</html>` })],
  ['a 200 with JSON of another kind', whole(200)],
  [
    'a redirect',
    (r, at) => ({
      redirect: `https://x:${encodeURIComponent(API_KEY)}@e.example/${encodeURIComponent(at.echoOf(r))}`,
    }),
  ],
  ['a broken connection', () => ({ reset: 'after' })],
  ['half an answer', () => ({ cut: true })],
  ...[480, 490, 495].map((length): [string, Echo] => [
    `a message of ${length} characters before the secret`,
    (r, at) => {
      const message = `${'.'.repeat(length)}${at.credentialOf(r)}`;
      return { status: 400, body: { error: { code: 'X', message }, errors: [message] } };
    },
  ]),
];

const isToken = ({ path }: Received) => path === '/api/token';

describe.concurrent.each(ECHOES)('%s that repeats what was sent', (name, echo) => {
  const half = name.length % 2 === 0;

  it(`${name} from Vision One that repeats what was sent leaks no secret`, async ({ expect }) => {
    await using at = await Case.start();
    at.visionOne.faults = (request) => echo(request, at);
    const finished = await at.run(at.withSecret());
    expect(at.visionOne.requests.length).toBeGreaterThan(0);
    expect(await at.leaks(finished)).toEqual([]);
    expect(finished.code).not.toBe(0);
  });

  it(`${name} from ThreatQ that repeats what was sent leaks no secret`, async ({ expect }) => {
    await using at = await Case.start();
    // Either the token request or the page requests fail, because pages need a token.
    at.threatq.faults = (request) => (isToken(request) === half ? echo(request, at) : undefined);
    const quarter = name.length % 4 < 2;
    const finished = await at.run(quarter ? at.withPassword() : at.withSecret());
    expect(await at.leaks(finished)).toEqual([]);
    expect(finished.code).toBe(1);
  });
});

describe.concurrent('what a service says about single objects', () => {
  it('codes and messages of single objects leak no secret', async ({ expect }) => {
    await using at = await Case.start();
    at.visionOne.faults = (request) => {
      const text = at.echoOf(request);
      const items = [400, 403, 429, 500, 409].map((status, index) => ({
        index,
        status,
        code: text,
        message: text,
      }));
      return request.method === 'POST' ? { items } : undefined;
    };
    const finished = await at.start(at.withSecret());
    expect(finished.code).toBe(2);
    expect(await at.leaks(finished)).toEqual([]);
  });

  it('values, types and the name of a collection leak no secret', async ({ expect }) => {
    await using at = await Case.start();
    const rows = [API_KEY, CLIENT_SECRET, encodeURIComponent(API_KEY)].map((value, id) => ({
      ...madeRows(1)[0],
      id,
      value,
      type: { id: 1, name: id === 1 ? API_KEY : 'FQDN' },
    }));
    at.threatq.collections = [{ name: `of ${API_KEY}`, hash: 'c2', rows }];
    expect(await at.leaks(await at.start(at.withSecret()))).toEqual([]);
  });
});

const OUTPUTS = ['--json', '--log-format json', '--quiet', '--preview --json'];

describe.each(OUTPUTS)('each form of a secret with %s', (output) => {
  const args = output.split(' ');

  it(`each form of a secret, whole or truncated, in an object's code or message is hidden with ${output}`, async () => {
    await using at = await Case.start();
    const said = [API_KEY, CLIENT_SECRET].flatMap(formsOf).flatMap(cutsOf);
    at.threatq.collections = [{ name: 'C2', hash: 'c2', rows: madeRows(said.length) }];
    at.visionOne.faults = ({ method, body }) => {
      const count = Array.isArray(body) ? body.length : 0;
      const items = said.slice(0, count).map((text, index) => ({
        index,
        status: 400,
        code: `E ${text}`,
        message: `the key "${text}" is bad`,
      }));
      said.splice(0, count);
      return method === 'POST' ? { items } : undefined;
    };
    const finished = await at.run(at.withSecret({ time_limit_minutes: 1 }), args);
    expect(await at.leaks(finished)).toEqual([]);
    if (!args.includes('--preview')) expect(said).toEqual([]);
  });

  it(`each form of a secret, whole or truncated, in a value, type, id or name is hidden with ${output}`, async () => {
    await using at = await Case.start();
    const said = [API_KEY, CLIENT_SECRET].flatMap(formsOf).flatMap(cutsOf);
    const rows = said.map((text, index) => ({
      ...madeRows(1)[0],
      id: index % 2 === 0 ? `id ${text}` : index,
      value: `v ${text}`,
      type: { id: 1, name: index % 3 === 0 ? text : 'URL' },
    }));
    at.threatq.collections = [{ name: `of ${url(url(API_KEY))}`, hash: 'c2', rows }];
    const byName = { data_collection: { name: `of ${url(url(API_KEY))}` }, time_limit_minutes: 1 };
    expect(await at.leaks(await at.run(at.withSecret(byName), args))).toEqual([]);
  });
});

describe.concurrent('secrets of any length', () => {
  const random = (length: number) =>
    createHash('shake256', { outputLength: length }).update('a').digest('base64').slice(0, length);

  it.each(['--json', '--quiet', '--log-format json'])(
    'an answer with a token of 32 KB is unreadable, and the token is not shown with %s',
    async (output) => {
      await using at = await Case.start();
      const token = random(32_768);
      at.known.push(token);
      at.threatq.faults = () => ({
        status: 200,
        body: { access_token: token, refresh_token: token, token_type: 'Bearer', expires_in: 3600 },
      });
      const finished = await at.run(at.withSecret(), output.split(' '));
      expect(finished.code).toBe(1);
      expect(await at.leaks(finished)).toEqual([]);
      const result = await at.report();
      expect(result.error?.code).toBe('threatq_unreadable');
      expect(at.visionOne.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    },
  );

  it('a token of 16,384 characters that ThreatQ repeats in full is hidden', async ({ expect }) => {
    await using at = await Case.start();
    const token = random(12_000);
    at.known.push(token);
    at.threatq.faults = (request) =>
      isToken(request)
        ? { status: 200, body: { access_token: token, refresh_token: random(16_384) } }
        : { status: 403, body: { errors: [`Bearer ${token} and ${random(16_384)}`] } };
    const finished = await at.run(at.withSecret());
    expect(finished.code).toBe(1);
    expect(await at.leaks(finished)).toEqual([]);
  });

  it.each([
    ['configuration.api_key', { api_key: random(40_000) }, {}],
    ['VISION_ONE_API_KEY', {}, { VISION_ONE_API_KEY: random(40_000) }],
  ])(
    'a key of 40,000 characters in %s causes an error that does not show the key',
    async (name, key, env) => {
      await using at = await Case.start();
      at.known.push(random(40_000));
      const configuration = { api_region: 'Japan', disable_proxies: true, ...key };
      for (const args of [['--json'], ['--quiet'], []]) {
        const finished = await at.run(at.withSecret({ configuration }), args, env);
        expect(finished.code).toBe(1);
        expect(finished.stdout).toContain(name);
        expect(finished.stdout).toContain(
          'at most 8192 characters long; 40000 characters were given',
        );
        expect(await at.leaks(finished)).toEqual([]);
      }
      expect(at.threatq.requests).toEqual([]);
      expect(at.visionOne.requests).toEqual([]);
    },
  );
});

describe('a secret that is a word of the result', () => {
  const month = new Date().toISOString().slice(0, 8);

  /** The outputs of a run with this password and token, without the values that differ between runs. */
  async function outputsWith(password: string, token: string) {
    await using threatq = await startThreatQ({ password });
    await using at = await Case.start();
    const rows = [...madeRows(8), { ...madeRows(1)[0], id: 9, type: { id: 9, name: 'MD5' } }];
    threatq.faults = (request) => {
      if (isToken(request)) return { status: 200, body: { access_token: token } };
      const data = request.query.get('cursorMark') === '*' ? rows : [];
      return { status: 200, body: { total: rows.length, data, nextCursorMark: 'end' } };
    };
    const items = [{ index: 1, status: 400, code: 'BadRequest', message: 'no such thing' }];
    at.visionOne.faults = ({ method }) => (method === 'POST' ? { items } : undefined);
    const access = { host: threatq.url, client_id: threatq.clientId, email: threatq.email };
    const document = at.withSecret({ threatq: { ...access, password } });
    const { stdout, stderr, code } = await at.run(document, ['--log-format', 'json']);
    const result = await at.report();
    expect(result.run_id).toMatch(/^[\da-f-]{36}$/);
    for (const time of [result.started_at, result.finished_at]) {
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(600_000);
    }
    const withoutTimes = (text: string) =>
      text
        .replaceAll(result.run_id, 'RUN')
        .replace(/took [^,;]+/, 'took')
        .replace(/127\.0\.0\.1:\d+/g, 'HOST')
        .replace(/vision-one-report-\w+/, 'DIR');
    const withoutTimesOfEvent = (line: string) =>
      line
        .replace(/"time":"[^"]+"/, '')
        .replace(/"took_ms":\d+/, '"took_ms":0')
        .replace(/ in [\d.]+ m?s/, ' in …');
    return {
      code,
      summary: withoutTimes(stdout),
      // Whether a page of a list is reported depends on whether it comes before the data collection.
      events: [...new Set(stderr.split('\n').map(withoutTimesOfEvent))],
      counts: result.counts,
      items: result.items.map((item) => ({ ...item, message: '' })),
      list: result.list,
      head: [result.status, result.mode, result.action, result.data_collection],
      table: (await at.read('report.csv')).split('\r\n').map((line) => line.split(',')[0]),
    };
  }

  it.each([
    ['accepted', 'rejected'],
    ['Completed', 'Incomplete'],
    ['IP Address', 'suspicious_objects'],
    [month, `${month}0`],
    ['unsupported_type', 'riskLevel'],
    ['Vision One', 'indicators'],
    ['2026', '207'],
  ])(
    'the password %s and the token %s change no output, although they are words of the result',
    async (password, token) => {
      const plain = await outputsWith('pa55-word', 'some-token');
      expect(plain.summary).toContain('accepted 7, rejected 1, unsent 0, skipped 1');
      expect(await outputsWith(password, token)).toEqual(plain);
    },
  );
});

describe.concurrent('without --json', () => {
  it.each([401, 403, 500])('the summary after a %i leaks no secret', async (status) => {
    await using at = await Case.start();
    at.visionOne.faults = (request) => whole(status)(request, at);
    const finished = await at.run(at.withSecret(), []);
    expect(await at.leaks(finished)).toEqual([]);
    expect(finished.stdout.split('\n').length).toBeLessThanOrEqual(16);
  });

  it.each(['--check', '--preview'])(
    '%s against services that refuse every request leaks no secret',
    async (mode) => {
      await using at = await Case.start();
      at.visionOne.faults = (request) => whole(401)(request, at);
      at.threatq.faults = (request) => (isToken(request) ? undefined : whole(403)(request, at));
      expect(await at.leaks(await at.run(at.withSecret(), [mode]))).toEqual([]);
    },
  );
});

describe.concurrent('credentials that are wrong', () => {
  const wrong = 'wr0ng-s3cret-that-nobody-knows';
  const documents: Record<string, (at: Case) => object> = {
    'client secret': (at) => at.document({ client_secret: wrong }),
    password: (at) => at.document({ email: at.threatq.email, password: wrong }),
    'API key': (at) =>
      at.withSecret({
        configuration: { api_region: 'Japan', api_key: wrong, disable_proxies: true },
      }),
  };
  it.each(Object.entries(documents))('a wrong %s is not shown', async (_, document) => {
    await using at = await Case.start();
    at.known = [wrong];
    const finished = await at.run(document(at));
    expect(finished.code).toBe(1);
    expect(await at.leaks(finished)).toEqual([]);
  });
});

describe.concurrent('a run document that cannot be used', () => {
  const documents: Record<string, (at: Case) => unknown> = {
    'with a mistyped key': (at) => at.withSecret({ configuration: { apikey: API_KEY } }),
    'with the secret in the wrong place': (at) => ({
      ...at.document({ client_secrets: CLIENT_SECRET, passwort: PASSWORD }),
      api_key: API_KEY,
    }),
    'with a secret as its region': (at) =>
      at.withSecret({ configuration: { api_region: API_KEY, api_key: API_KEY } }),
    'with a secret as a list': (at) =>
      at.document({ client_secret: [CLIENT_SECRET] }, { configuration: { api_key: [API_KEY] } }),
    'that is invalid YAML': () => `threatq: {client_secret: ${CLIENT_SECRET}\n  k: "${API_KEY}`,
    'that is a string': () => JSON.stringify(`${API_KEY} ${CLIENT_SECRET}`),
    'with the password in the address': (at) =>
      at.withSecret({
        threatq: { host: `https://user:${encodeURIComponent(PASSWORD)}@tq.example` },
      }),
  };
  it.each(Object.entries(documents))('a run document %s leaks no secret', async (_, document) => {
    await using at = await Case.start();
    at.known = [API_KEY, CLIENT_SECRET, PASSWORD];
    const finished = await at.start(document(at));
    expect(finished.code).toBe(1);
    expect(await at.leaks(finished)).toEqual([]);
  });

  it('invalid input leaks no secret of the environment', async ({ expect }) => {
    await using at = await Case.start();
    at.known = [API_KEY, CLIENT_SECRET, PASSWORD, PROXY_PASSWORD];
    const finished = await at.start({ configuration: { api_region: API_KEY } }, ['--json'], {
      VISION_ONE_API_KEY: API_KEY,
      THREATQ_CLIENT_SECRET: CLIENT_SECRET,
      VISION_ONE_BASE_URL: `https://u:${encodeURIComponent(PASSWORD)}@v1.example`,
      THREATQ_PASSWORD: PASSWORD,
      HTTPS_PROXY: `http://user:${PROXY_PASSWORD}@@bad host`,
    });
    expect(finished.code).toBe(1);
    expect(await at.leaks(finished)).toEqual([]);
  });

  it.each([
    ['a key', [API_KEY]],
    ['a key as the value of an unknown option', ['--api-key', API_KEY]],
    ['a key as the name of an option', [`--${API_KEY}`]],
    ['a key as the name of a file', ['--run', API_KEY]],
  ])('invalid arguments with %s leak no secret', async (_, args) => {
    await using at = await Case.start();
    const finished = await at.start('', args, { VISION_ONE_API_KEY: API_KEY });
    expect(await at.leaks(finished)).toEqual([]);
  });
});

describe.concurrent('a proxy with a password', () => {
  it.each([
    ['accepts', PROXY_PASSWORD],
    ['refuses', 'another-pr0xy-passw0rd'],
  ])('a password that the proxy %s is not shown', async (_, password) => {
    await using at = await Case.start();
    await using proxy = await startProxy({ username: 'user', password: PROXY_PASSWORD });
    at.known = [API_KEY, CLIENT_SECRET, password, `user:${password}`];
    at.visionOne.faults = (request) => whole(403)(request, at);
    const address = `http://user:${encodeURIComponent(password)}@127.0.0.1:${proxy.port}`;
    const configuration = { api_region: 'United States', api_key: API_KEY };
    const document = { ...at.withSecret(), objects: madeRows(3), data_collection: null };
    const finished = await at.start({ ...document, configuration }, ['--json'], {
      HTTPS_PROXY: address,
      VISION_ONE_BASE_URL: 'https://v1.example',
    });
    expect(proxy.connects.length).toBeGreaterThan(0);
    const { error } = JSON.parse(finished.stdout) as Result;
    expect(error?.message).toContain(`The proxy 127.0.0.1:${proxy.port} refused`);
    expect(await at.leaks(finished)).toEqual([]);
  });
});
