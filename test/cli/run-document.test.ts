import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { actionOf, readManifest } from '../../src/cli/manifest.js';
import { secretsOfEnvironment } from '../../src/cli/secrets.js';
import { Redactor } from '../../src/text/redact.js';
import { readDocument } from '../support/document.js';

const manifest = await readManifest(new URL('../../manifest.yaml', import.meta.url));
const blocklist = actionOf(manifest, 'add_to_blocklist').fields;
const exceptions = actionOf(manifest, 'add_to_exception_list').fields;

const read = (document: unknown, environment: NodeJS.ProcessEnv = {}, fields = blocklist) =>
  readDocument(typeof document === 'string' ? document : stringify(document), fields, environment);

/** The message of the error that is thrown when the document is read. */
async function errorOf(document: unknown, environment: NodeJS.ProcessEnv = {}, fields = blocklist) {
  try {
    await read(document, environment, fields);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as InvalidInputError).message;
  }
  throw new Error('the document was accepted');
}

const threatq = {
  host: 'https://threatq.example.com',
  client_id: 'exporter',
  client_secret: 'threatq-secret-1',
};
const configuration = { api_region: 'Japan', api_key: 'vision-one-key-1' };
const good = { threatq, data_collection: { hash: '0a1b2c3d' }, configuration };
const selected = { objects: [{ type: 'FQDN', value: 'evil.example' }], configuration };

/** The lists of regions and of fields in messages. They change with each new region or field. */
const regions = (blocklist.find(({ name }) => name === 'api_region')?.options ?? [])
  .map(({ label, value }) => `"${label}" (${value})`)
  .join(', ');
const fieldNames = blocklist.map(({ name }) => name).join(', ');

describe('an invalid run document', () => {
  const folder = new URL('bad-inputs/', import.meta.url);
  const inputs = readdirSync(folder).filter((name) => !name.endsWith('.txt'));

  /** `vitest run -u` updates the text files. */
  it.each(inputs)('%s is refused with the message in its text file', async (name) => {
    const message = (await errorOf(readFileSync(new URL(name, folder), 'utf8')))
      .replaceAll(regions, '<regions>')
      .replaceAll(fieldNames, '<fields>');
    const file = fileURLToPath(new URL(name.replace(/\.\w+$/, '.txt'), folder));
    await expect(`${message}\n`).toMatchFileSnapshot(file);
  });

  it.each(inputs)('the message about %s shows no part of a secret', async (name) => {
    const message = await errorOf(readFileSync(new URL(name, folder), 'utf8'));
    expect(message).not.toMatch(/threatq-secret|vision-one-key|81549300|eyJ/);
  });

  it.each(['', ' \n', '\ufeff', '# nothing but a comment', 'null', '~'])(
    'the text %j is refused because it is empty or not a mapping',
    async (text) => {
      expect(await errorOf(text)).toMatch(/the run document (is empty|must be a mapping)/);
    },
  );
});

describe('a valid run document', () => {
  it('a data collection is read by its hash, from YAML and from JSON', async () => {
    for (const text of [stringify(good), JSON.stringify(good), JSON.stringify(good, null, 2)]) {
      const run = await read(text);
      expect(run.origin).toEqual({
        kind: 'collection',
        by: 'hash',
        key: '0a1b2c3d',
        threatq: {
          host: new URL('https://threatq.example.com'),
          credentials: {
            grant: 'client_credentials',
            clientId: 'exporter',
            clientSecret: 'threatq-secret-1',
          },
        },
      });
      expect(run.visionOne.href).toBe('https://api.xdr.trendmicro.co.jp/');
      expect(run.timeLimitMs).toBe(15 * 60_000);
    }
  });

  it('aliases of texts and mappings, and block scalars, are read', async () => {
    const { settings, name } = await read(
      [
        'name: &region Japan',
        'configuration:',
        '  api_region: *region',
        '  api_key: vision-one-key-1',
        '  high_from_score: 9.000',
        '  never_block: |',
        '    good.example # ours',
        '    *.good.example',
        'objects: [&first { type: FQDN, value: a.example }, *first]',
      ].join('\n'),
    );
    expect(name).toBe('Japan');
    expect(settings).toMatchObject({ api_region: 'api.xdr.trendmicro.co.jp', high_from_score: 9 });
    expect(settings.never_block).toBe('good.example # ours\n*.good.example');
  });

  it('a data collection is read by its name if there is no hash', async () => {
    const { origin } = await read({ ...good, data_collection: { name: 'Active C2', hash: null } });
    expect(origin).toMatchObject({ by: 'name', key: 'Active C2' });
  });

  it('selected objects need no ThreatQ', async () => {
    expect((await read(selected)).origin).toEqual({ kind: 'objects', rows: selected.objects });
  });

  it.each([
    ['a list', [{ value: 'a.example' }], [{ value: 'a.example' }]],
    ['a single object', { value: 'a.example' }, [{ value: 'a.example' }]],
    ['a list with gaps as PHP writes it', { 0: { id: 1 }, 2: { id: 2 } }, [{ id: 1 }, { id: 2 }]],
    ['an empty list', [], []],
    ['an empty list as PHP writes it', {}, []],
  ])('selected objects are read from %s', async (_what, objects, rows) => {
    expect((await read({ configuration, objects })).origin).toEqual({ kind: 'objects', rows });
  });

  it('the password grant is used if there is no client secret', async () => {
    const { origin } = await read({
      ...good,
      threatq: { ...threatq, client_secret: null, email: 'a@example.com', password: ' pass word ' },
    });
    expect(origin).toMatchObject({
      threatq: {
        credentials: {
          grant: 'password',
          clientId: 'exporter',
          email: 'a@example.com',
          password: ' pass word ',
        },
      },
    });
  });

  it('the environment provides values that the document lacks, and the document takes precedence', async () => {
    const environment = {
      THREATQ_HOST: 'https://other.example.com',
      THREATQ_CLIENT_ID: 'other',
      THREATQ_CLIENT_SECRET: 'secret-of-the-environment',
      VISION_ONE_API_KEY: 'key-of-the-environment',
    };
    const { data_collection } = good;
    const bare = await read(
      { data_collection, configuration: { api_region: 'Japan' } },
      environment,
    );
    expect(bare.settings.api_key).toBe('key-of-the-environment');
    expect(bare.origin).toMatchObject({
      threatq: {
        host: new URL('https://other.example.com'),
        credentials: { clientId: 'other', clientSecret: 'secret-of-the-environment' },
      },
    });
    const full = await read(good, environment);
    expect(full.settings.api_key).toBe('vision-one-key-1');
    expect(full.origin).toMatchObject({
      threatq: { credentials: { clientSecret: 'threatq-secret-1' } },
    });
  });

  it('time_limit_minutes is the time limit', async () => {
    expect((await read({ ...good, time_limit_minutes: 0.5 })).timeLimitMs).toBe(30_000);
    expect((await read({ ...good, time_limit_minutes: 1440 })).timeLimitMs).toBe(86_400_000);
  });

  it('the secrets of a refused document are reported to onSecret', async () => {
    const secrets: string[] = [];
    const document = stringify({ ...good, configuration: { api_key: 'vision-one-key-1' } });
    const note = (secret: string) => secrets.push(secret);
    await expect(readDocument(document, blocklist, {}, note)).rejects.toThrow(InvalidInputError);
    expect(secrets.sort()).toEqual(['threatq-secret-1', 'vision-one-key-1']);
  });
});

describe('a secret of more than 8192 characters', () => {
  const long = 'k3y/'.repeat(10_000);
  const most = long.slice(0, 8_192);
  const at = (length: number) =>
    `must be at most 8192 characters long; ${length} characters were given`;

  it.each([
    ['configuration.api_key', { ...selected, configuration: { ...configuration, api_key: long } }],
    ['threatq.client_secret', { ...good, threatq: { ...threatq, client_secret: long } }],
    ['threatq.password', { ...good, threatq: { ...threatq, password: long } }],
  ])(
    'a secret of 40,000 characters in %s is refused with its length, and not shown',
    async (field, document) => {
      for (const text of [stringify(document), JSON.stringify(document)]) {
        const message = await errorOf(text);
        expect(message).toMatch(
          new RegExp(`^${field} \\(line 1?\\d, column \\d+\\): (API Key )?${at(40_000)}$`),
        );
      }
    },
  );

  it.each(['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'])(
    'a secret of more than 8192 characters in %s is refused, even if it is not used',
    async (name) => {
      expect(await errorOf(good, { [name]: long })).toBe(`${name}: ${at(40_000)}`);
      expect(await errorOf(good, { [name]: `${most}x` })).toBe(`${name}: ${at(8_193)}`);
      expect((await read(good, { [name]: ` ${most}\n` })).timeLimitMs).toBe(900_000);
    },
  );

  it.each(['HTTPS_PROXY', 'http_proxy', 'ALL_PROXY'])(
    'a password of more than 8192 characters in %s is refused, unless proxies are disabled',
    async (name) => {
      const address = `http://user:${'p'.repeat(8_193)}@127.0.0.1:3128`;
      expect(await errorOf(selected, { [name]: address })).toBe(`${name}: ${at(8_193)}`);
      const direct = { ...selected, configuration: { ...configuration, disable_proxies: true } };
      expect((await read(direct, { [name]: address })).settings.disable_proxies).toBe(true);
    },
  );

  it('secrets that are too long are reported once each with all other problems; 8192 characters are accepted', async () => {
    const document = {
      threatq: { ...threatq, client_secret: long, password: long },
      data_collection: { hash: 'h' },
      configuration: { api_region: 'nowhere', api_key: long },
    };
    const lines = (await errorOf(document, { THREATQ_PASSWORD: long })).split('\n');
    expect(lines).toHaveLength(5);
    const short = { ...good, configuration: { ...configuration, api_key: most } };
    expect((await read(short)).settings.api_key).toHaveLength(8_192);
  });
});

describe('the addresses of the services', () => {
  it('VISION_ONE_BASE_URL replaces the address of the region', async () => {
    const environment = { VISION_ONE_BASE_URL: 'https://gateway.example.com/vision-one/' };
    expect((await read(good, environment)).visionOne.href).toBe(
      'https://gateway.example.com/vision-one',
    );
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
    'the loopback address %s is accepted without TLS',
    async (address) => {
      const run = await read(
        { ...good, threatq: { ...threatq, host: address } },
        { VISION_ONE_BASE_URL: address },
      );
      expect(run.visionOne.origin).toBe(address);
    },
  );

  it.each([
    'http://api.xdr.trendmicro.com',
    'http://localhost.evil.example',
    'ftp://127.0.0.1',
    'https://key-in-the-address:secret@api.xdr.trendmicro.com',
    'api.xdr.trendmicro.com',
  ])('the address %s is refused with the name of its variable, and not shown', async (address) => {
    const message = await errorOf(good, { VISION_ONE_BASE_URL: address });
    expect(message).toMatch(/^VISION_ONE_BASE_URL: must /);
    expect(message).not.toContain(address);
    expect(message).not.toContain('secret');
  });

  it('a proxy that is not an address is refused, and its password is not shown', async () => {
    const environment = { HTTPS_PROXY: 'http://user:proxy-secret@:3128:x', NO_PROXY: '*' };
    expect(await errorOf(selected, environment)).toMatch(
      /^HTTPS_PROXY: must be the URL of an HTTP proxy, /,
    );
    const direct = { ...selected, configuration: { ...configuration, disable_proxies: true } };
    expect((await read(direct, environment)).settings.disable_proxies).toBe(true);
  });

  it('a SOCKS proxy is refused', async () => {
    const environment = { ALL_PROXY: 'socks5://127.0.0.1:1080' };
    expect(await errorOf(selected, environment)).toMatch(/^ALL_PROXY: .*; SOCKS is not supported$/);
  });
});

describe('exclusion lists', () => {
  it('exclude is a list of file names, which only the blocklist action takes', async () => {
    expect((await read({ ...selected, exclude: 'ours.txt' })).exclude).toEqual(['ours.txt']);
    expect((await read({ ...selected, exclude: ['a.txt', 'b.json'] })).exclude).toEqual([
      'a.txt',
      'b.json',
    ]);
    expect((await read(selected)).exclude).toEqual([]);
    expect(await errorOf({ ...selected, exclude: 'ours.txt' }, {}, exceptions)).toMatch(
      /^exclude .*blocklist/,
    );
    expect(await errorOf({ ...selected, exclude: [{ file: 'ours.txt' }] })).toMatch(
      /^exclude .*list of file/,
    );
  });
});

describe('secrets', () => {
  /** The printed message about a refused document. It is empty if the document is accepted. */
  async function printed(text: string, environment: NodeJS.ProcessEnv): Promise<string> {
    const redactor = new Redactor();
    redactor.add(...secretsOfEnvironment(environment));
    try {
      await readDocument(text, blocklist, environment, (secret) => redactor.add(secret));
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      return redactor.text((error as InvalidInputError).message);
    }
  }

  // Secrets have no words of an ordinary message. They have characters that are special in patterns,
  // URLs and quotes.
  const secret = fc
    .array(fc.constantFrom(...'QZXJqzxj0189+/=._-$^*()[]{}|\\?&%\'"<>#~ é移'), {
      minLength: 12,
      maxLength: 300,
    })
    .map((signs) => `Zq${signs.join('')}qZ`);
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('', null, 45, true, 'Japan'),
  );

  it('no message shows a secret, whatever its place in the document and whatever else is invalid', async () => {
    const section = (keys: string[], secrets: fc.Arbitrary<unknown>, places: string[]) =>
      fc.oneof(
        { weight: 1, arbitrary: junk },
        {
          weight: 6,
          arbitrary: fc.record(
            Object.fromEntries(
              keys.map((key) => [key, places.includes(key) ? secrets : junk] as const),
            ),
            { requiredKeys: [] },
          ),
        },
      );
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(secret, secret, secret, secret).chain(([a, b, c, d]) => {
          // A secret in the correct field may also have a wrong type.
          const wrapped = (text: string) => fc.constantFrom<unknown>(text, [text], { value: text });
          return fc.record({
            secrets: fc.constant([a, b, c, d]),
            document: fc.record(
              {
                threatq: section(
                  ['host', 'client_id', 'email', 'client_secret', 'password', 'token'],
                  fc.oneof(wrapped(a), wrapped(b)),
                  ['host', 'client_secret', 'password', 'token'],
                ),
                data_collection: junk,
                objects: junk,
                configuration: section(
                  [...blocklist.map(({ name }) => name), 'api_kye'],
                  wrapped(c),
                  ['api_key', 'api_kye'],
                ),
                time_limit_minutes: junk,
                nonsense: wrapped(c),
              },
              { requiredKeys: [] },
            ),
            environment: fc.record(
              {
                VISION_ONE_API_KEY: fc.constant(d),
                THREATQ_PASSWORD: fc.constant(d),
                THREATQ_HOST: fc.constant(
                  `https://user:${encodeURIComponent(d)}@threatq.example.com`,
                ),
                VISION_ONE_BASE_URL: fc.constant(`https://threatq.example.com/?key=${d}`),
              },
              { requiredKeys: [] },
            ),
            asYaml: fc.boolean(),
          });
        }),
        async ({ secrets, document, environment, asYaml }) => {
          const text = asYaml ? stringify(document) : JSON.stringify(document);
          const message = await printed(text, environment);
          for (const each of secrets) {
            // A part of a secret is also a secret.
            expect(message).not.toContain(each.slice(0, 12));
            expect(message).not.toContain(each.slice(-12));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('no message about invalid YAML shows a secret, whatever the position at which the text ends', async () => {
    const lines = stringify({ ...good, configuration: { ...configuration, verify_ssl: true } });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: lines.length }),
        fc.constantFrom(
          '',
          '{',
          '[',
          '"',
          "'",
          '\t',
          ': :',
          '&',
          '*',
          '!',
          '%',
          '\n- ',
          '}',
          '|',
          '<<: ',
        ),
        async (at, broken) => {
          const message = await printed(`${lines.slice(0, at)}${broken}${lines.slice(at)}`, {});
          // If the inserted text divides a secret, its halves are not registered as secrets.
          expect(message).not.toMatch(/threatq-secret-1|vision-one-key-1/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('the YAML library emits no warning, which would show a secret', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    await errorOf('configuration: {{ api_key: vision-one-key-1 }}\nobjects: []');
    await errorOf('? [threatq-secret-1]\n: !secret vision-one-key-1');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
