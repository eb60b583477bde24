import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { stringify } from 'yaml';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { actionOf, readManifest } from '../../src/cli/manifest.js';
import { readRunDocument } from '../../src/cli/run-document.js';
import { secretsOfEnvironment } from '../../src/cli/secrets.js';
import { Redactor } from '../../src/text/redact.js';

const manifest = readManifest(new URL('../../manifest.yaml', import.meta.url));
const blocklist = actionOf(manifest, 'add_to_blocklist').fields;
const exceptions = actionOf(manifest, 'add_to_exception_list').fields;

const read = (document: unknown, environment: NodeJS.ProcessEnv = {}, fields = blocklist) =>
  readRunDocument(
    typeof document === 'string' ? document : stringify(document),
    fields,
    environment,
    () => {},
  );

/** The message of the error that a document is. */
function complaint(document: unknown, environment: NodeJS.ProcessEnv = {}, fields = blocklist) {
  try {
    read(document, environment, fields);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInputError);
    return (error as InvalidInputError).message;
  }
  throw new Error('the document was taken');
}

const threatq = {
  host: 'https://threatq.example.com',
  client_id: 'exporter',
  client_secret: 'threatq-secret-1',
};
const configuration = { api_region: 'Japan', api_key: 'vision-one-key-1' };
const good = { threatq, data_collection: { hash: '0a1b2c3d' }, configuration };
const picked = { objects: [{ type: 'FQDN', value: 'evil.example' }], configuration };

describe('a bad run document', () => {
  const folder = new URL('bad-inputs/', import.meta.url);
  const inputs = readdirSync(folder).filter((name) => !name.endsWith('.txt'));

  it.each(inputs)('%s is refused with the message beside it', (name) => {
    const document = readFileSync(new URL(name, folder), 'utf8');
    const expected = readFileSync(new URL(name.replace(/\.\w+$/, '.txt'), folder), 'utf8');
    expect(`${complaint(document)}\n`).toBe(expected);
  });

  it.each(inputs)('%s is refused without a piece of a secret in the message', (name) => {
    const message = complaint(readFileSync(new URL(name, folder), 'utf8'));
    expect(message).not.toMatch(/threatq-secret|vision-one-key|81549300|eyJ/);
  });

  it.each(['', ' \n', '\ufeff', '# nothing but a comment', 'null', '~'])(
    '%j is refused as empty or as no mapping',
    (text) => {
      expect(complaint(text)).toMatch(/the run document (is empty|must be a mapping)/);
    },
  );
});

describe('a good run document', () => {
  it('reads a data collection by its hash, from YAML and from JSON alike', () => {
    for (const text of [stringify(good), JSON.stringify(good), JSON.stringify(good, null, 2)]) {
      const run = read(text);
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

  it('reads a data collection by its name', () => {
    const { origin } = read({ ...good, data_collection: { name: 'Active C2', hash: null } });
    expect(origin).toMatchObject({ by: 'name', key: 'Active C2' });
  });

  it('takes hand-picked objects, for which ThreatQ is not asked', () => {
    expect(read(picked).origin).toEqual({ kind: 'objects', rows: picked.objects });
  });

  it.each([
    ['a list', [{ value: 'a.example' }], [{ value: 'a.example' }]],
    ['one by itself', { value: 'a.example' }, [{ value: 'a.example' }]],
    ['a list as PHP writes one with gaps', { 0: { id: 1 }, 2: { id: 2 } }, [{ id: 1 }, { id: 2 }]],
    ['an empty list', [], []],
    ['an empty list as PHP writes it', {}, []],
  ])('takes hand-picked objects as %s', (_what, objects, rows) => {
    expect(read({ configuration, objects }).origin).toEqual({ kind: 'objects', rows });
  });

  it('takes the password grant where there is no client secret', () => {
    const { origin } = read({
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

  it('takes what it does not say from the environment, and says it last', () => {
    const environment = {
      THREATQ_HOST: 'https://other.example.com',
      THREATQ_CLIENT_ID: 'other',
      THREATQ_CLIENT_SECRET: 'secret-of-the-environment',
      VISION_ONE_API_KEY: 'key-of-the-environment',
    };
    const { data_collection } = good;
    const bare = read({ data_collection, configuration: { api_region: 'Japan' } }, environment);
    expect(bare.settings.api_key).toBe('key-of-the-environment');
    expect(bare.origin).toMatchObject({
      threatq: {
        host: new URL('https://other.example.com'),
        credentials: { clientId: 'other', clientSecret: 'secret-of-the-environment' },
      },
    });
    const full = read(good, environment);
    expect(full.settings.api_key).toBe('vision-one-key-1');
    expect(full.origin).toMatchObject({
      threatq: { credentials: { clientSecret: 'threatq-secret-1' } },
    });
  });

  it('may set a time limit', () => {
    expect(read({ ...good, time_limit_minutes: 0.5 }).timeLimitMs).toBe(30_000);
    expect(read({ ...good, time_limit_minutes: 1440 }).timeLimitMs).toBe(86_400_000);
  });

  it('tells of its secrets, even where it is refused', () => {
    const secrets: string[] = [];
    const document = stringify({ ...good, configuration: { api_key: 'vision-one-key-1' } });
    const note = (secret: string) => secrets.push(secret);
    expect(() => readRunDocument(document, blocklist, {}, note)).toThrow(InvalidInputError);
    expect(secrets.sort()).toEqual(['threatq-secret-1', 'vision-one-key-1']);
  });
});

describe('a secret of more than 8192 characters', () => {
  const long = 'k3y/'.repeat(10_000);
  const most = long.slice(0, 8_192);
  const at = (length: number) =>
    `must be at most 8192 characters long; ${length} characters were given`;

  it.each([
    ['configuration.api_key', { ...picked, configuration: { ...configuration, api_key: long } }],
    ['threatq.client_secret', { ...good, threatq: { ...threatq, client_secret: long } }],
    ['threatq.password', { ...good, threatq: { ...threatq, password: long } }],
  ])('as %s is refused, with its length and without itself', (field, document) => {
    for (const text of [stringify(document), JSON.stringify(document)]) {
      const message = complaint(text);
      expect(message).toMatch(
        new RegExp(`^${field} \\(line 1?\\d, column \\d+\\): ${at(40_000)}$`),
      );
    }
  });

  it.each(['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'])(
    'in %s is refused, used or not',
    (name) => {
      expect(complaint(good, { [name]: long })).toBe(`${name}: ${at(40_000)}`);
      expect(complaint(good, { [name]: `${most}x` })).toBe(`${name}: ${at(8_193)}`);
      expect(read(good, { [name]: ` ${most}\n` }).timeLimitMs).toBe(900_000);
    },
  );

  it.each(['HTTPS_PROXY', 'http_proxy', 'ALL_PROXY'])(
    'as the password in %s is refused, unless proxies are disabled',
    (name) => {
      const address = `http://user:${'p'.repeat(8_193)}@127.0.0.1:3128`;
      expect(complaint(picked, { [name]: address })).toBe(`${name}: ${at(8_193)}`);
      const direct = { ...picked, configuration: { ...configuration, disable_proxies: true } };
      expect(read(direct, { [name]: address }).settings.disable_proxies).toBe(true);
    },
  );

  it('is told with all other problems at once, once each; one of 8192 is taken', () => {
    const document = {
      threatq: { ...threatq, client_secret: long, password: long },
      data_collection: { hash: 'h' },
      configuration: { api_region: 'nowhere', api_key: long },
    };
    const lines = complaint(document, { THREATQ_PASSWORD: long }).split('\n');
    expect(lines).toHaveLength(5);
    const short = { ...good, configuration: { ...configuration, api_key: most } };
    expect(read(short).settings.api_key).toHaveLength(8_192);
  });
});

describe('where the services are', () => {
  it('may be said by VISION_ONE_BASE_URL, whatever the region', () => {
    const environment = { VISION_ONE_BASE_URL: 'https://gateway.example.com/vision-one/' };
    expect(read(good, environment).visionOne.href).toBe('https://gateway.example.com/vision-one');
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080', 'http://[::1]:8080'])(
    'may be %s, without TLS, for that never leaves this machine',
    (address) => {
      const run = read(
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
  ])('may not be %s, and the message names the variable but not its value', (address) => {
    const message = complaint(good, { VISION_ONE_BASE_URL: address });
    expect(message).toMatch(/^VISION_ONE_BASE_URL: must /);
    expect(message).not.toContain(address);
    expect(message).not.toContain('secret');
  });

  it('may not be reached through a proxy that is no address; its password is not shown', () => {
    const environment = { HTTPS_PROXY: 'http://user:proxy-secret@:3128:x', NO_PROXY: '*' };
    expect(complaint(picked, environment)).toMatch(/^HTTPS_PROXY: must be a URL such as \S+$/);
    const direct = { ...picked, configuration: { ...configuration, disable_proxies: true } };
    expect(read(direct, environment).settings.disable_proxies).toBe(true);
  });

  it('may not be reached through a proxy that speaks no HTTP', () => {
    const environment = { ALL_PROXY: 'socks5://127.0.0.1:1080' };
    expect(complaint(picked, environment)).toMatch(/^ALL_PROXY: must be a URL such as \S+$/);
  });
});

describe('lists of what is never exported', () => {
  it('are named by the blocklist action alone', () => {
    expect(read({ ...picked, exclude: 'ours.txt' }).exclude).toEqual(['ours.txt']);
    expect(read({ ...picked, exclude: ['a.txt', 'b.json'] }).exclude).toEqual(['a.txt', 'b.json']);
    expect(read(picked).exclude).toEqual([]);
    expect(complaint({ ...picked, exclude: 'ours.txt' }, {}, exceptions)).toMatch(
      /^exclude .*blocklist/,
    );
    expect(complaint({ ...picked, exclude: [{ file: 'ours.txt' }] })).toMatch(
      /^exclude .*list of file/,
    );
  });
});

describe('secrets', () => {
  /** What main.ts would print of a document that is refused; nothing where it is taken. */
  function printed(text: string, environment: NodeJS.ProcessEnv): string {
    const redactor = new Redactor();
    redactor.add(...secretsOfEnvironment(environment));
    try {
      readRunDocument(text, blocklist, environment, (secret) => redactor.add(secret));
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidInputError);
      return redactor.text((error as InvalidInputError).message);
    }
  }

  // Nothing that an ordinary message says, and the signs that break patterns, URLs and quotes.
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

  it('never stand in a message, wherever in a document they belong and whatever else is wrong', () => {
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
    fc.assert(
      fc.property(
        fc.tuple(secret, secret, secret, secret).chain(([a, b, c, d]) => {
          // In a place of its own, a secret may also be wrapped where it must not be.
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
        ({ secrets, document, environment, asYaml }) => {
          const text = asYaml ? stringify(document) : JSON.stringify(document);
          const message = printed(text, environment);
          for (const each of secrets) {
            // Part of a secret is one too.
            expect(message).not.toContain(each.slice(0, 12));
            expect(message).not.toContain(each.slice(-12));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never stand in a message about text that is no YAML, wherever it breaks off', () => {
    const lines = stringify({ ...good, configuration: { ...configuration, verify_ssl: true } });
    fc.assert(
      fc.property(
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
        (at, broken) => {
          const message = printed(`${lines.slice(0, at)}${broken}${lines.slice(at)}`, {});
          // Cut in two by what was put in, the halves of a secret are no secret that anyone knows.
          expect(message).not.toMatch(/threatq-secret-1|vision-one-key-1/);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('are not printed by the YAML library behind our back either', () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    complaint('configuration: {{ api_key: vision-one-key-1 }}\nobjects: []');
    complaint('? [threatq-secret-1]\n: !secret vision-one-key-1');
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
