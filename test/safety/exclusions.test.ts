/** Users' exclusion lists: the meaning of each kind of entry, invalid files, and large lists. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { InvalidEntry } from '../../src/safety/entry-index.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { objectKeyOf, type VisionOneObject } from '../../src/vision-one/payload.js';
import { exclusionsFrom, exclusionsInFiles, type GivenList } from '../support/exclusions.js';

type Type = GivenList['type'];

async function exclusionsOf(...lists: [type: Type, ...entries: string[]][]): Promise<Exclusions> {
  return await exclusionsFrom(
    ...lists.map(([type, ...entries], index) => ({ name: `list ${index}`, type, entries })),
  );
}

const isExcluded = async (type: Type, entry: string, object: VisionOneObject) =>
  (await exclusionsOf([type, entry])).find(objectParts(object)) !== undefined;

const HASH = 'ab'.repeat(32);

describe('an exclusion list', () => {
  it.each<[Type, string, VisionOneObject]>([
    ['hostname', 'example.com', { domain: 'example.com' }],
    ['hostname', 'example.com', { domain: 'a.b.example.com' }],
    ['hostname', '.example.com', { domain: 'a.example.com' }],
    ['hostname', '.example.com', { domain: 'example.com' }],
    ['hostname', '*.example.com', { domain: 'a.example.com' }],
    ['hostname', 'EXAMPLE.com.', { url: 'https://user@a.Example.COM:8443/x' }],
    ['hostname', 'bücher.example', { domain: 'xn--bcher-kva.example' }],
    ['cidr', '45.1.0.0/16', { ip: '45.1.255.255' }],
    ['cidr', '45.1.2.3', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.3/8', { ip: '45.200.0.1' }],
    ['cidr', '0.0.0.0/0', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.0/23', { url: 'http://45.1.3.9/x' }],
    ['cidr', '45.1.2.0/24', { url: 'http://0x2d.1.2.9/' }],
    ['cidr', '45.1.2.0/24', { ip: '::ffff:45.1.2.9' }],
    ['cidr', '2A00:1450::/29', { ip: '2a00:1457::1' }],
    ['cidr', '2a00::1', { url: 'http://[2a00:0::1]/' }],
    ['string', 'Example.com', { domain: 'example.com' }],
    ['string', 'example.com', { url: 'http://example.com/x' }],
    ['string', HASH.toUpperCase(), { fileSha256: HASH }],
    ['string', 'http://example.com/a', { url: 'http://example.com/a' }],
    ['string', 'example.com/a', { url: 'https://example.com/a' }],
    ['string', '45.1.2.3', { ip: '45.1.2.3' }],
    ['string', '45.1.2.3', { url: 'http://45.1.2.3/x' }],
    ['string', '45.1.2.3', { url: 'http://0x2d.1.2.3:8080/' }],
    ['string', 'boss@example.com', { senderMailAddress: 'Boss@example.com' }],
    ['substring', 'ample.c', { domain: 'example.com' }],
    ['substring', '/WP-admin', { url: 'http://evil.com/wp-admin/x' }],
    ['substring', 'boss@', { senderMailAddress: 'boss@example.com' }],
    ['regex', '/^.*\\.example\\.com$/i', { domain: 'a.example.com' }],
    ['regex', '^45\\.1\\.', { ip: '45.1.2.3' }],
    ['regex', 'EXAMPLE', { url: 'http://example.com/' }],
    [undefined, 'example.com', { domain: 'example.com' }],
    [undefined, 'Example.com.', { url: 'http://example.com/x' }],
    [undefined, '*.example.com', { domain: 'a.example.com' }],
    [undefined, '*.bücher.example', { domain: 'a.xn--bcher-kva.example' }],
    [undefined, '*.example.com.', { url: 'http://a.example.com/x' }],
    [undefined, 'bücher.example', { domain: 'xn--bcher-kva.example' }],
    [undefined, '45.1.0.0/16', { ip: '45.1.2.3' }],
    [undefined, '45.1.2.3', { url: 'http://45.1.2.3/x' }],
    [undefined, '2a00::/16', { ip: '2a00::5' }],
    [undefined, HASH.toUpperCase(), { fileSha256: HASH }],
    [undefined, 'http://example.com/a', { url: 'http://example.com/a' }],
    [undefined, 'boss@example.com', { senderMailAddress: 'boss@Example.com' }],
    [undefined, 'http://example.com', { url: 'http://example.com/' }],
    [undefined, 'http://example.com/', { url: 'http://example.com' }],
    [undefined, 'example.com/', { url: 'https://example.com/' }],
    [undefined, '//example.com/a', { url: 'http://example.com/a' }],
    [undefined, 'http://example.com./a', { url: 'http://example.com/a' }],
    [
      undefined,
      'example.com/css?family=Roboto:400',
      { url: 'http://example.com/css?family=Roboto:400' },
    ],
    [undefined, 'example.com?x=1', { url: 'https://example.com?x=1' }],
    [undefined, "http://example.com/?q='", { url: "http://example.com/?q='" }],
    [undefined, 'example.com/a;', { url: 'http://example.com/a;' }],
    // The domain of a mail address is its host.
    ['hostname', 'example.com', { senderMailAddress: 'payments@example.com' }],
    ['hostname', 'example.com', { senderMailAddress: 'payments@a.Example.com' }],
    ['string', 'example.com', { senderMailAddress: 'payments@example.com' }],
    ['regex', '^mail-\\d+\\.example\\.com$', { senderMailAddress: 'a@mail-7.example.com' }],
    [undefined, 'example.com', { senderMailAddress: 'payments@example.com' }],
    [undefined, 'example.com', { senderMailAddress: 'a@b@example.com' }],
    [undefined, '*.example.com', { senderMailAddress: 'payments@a.b.example.com' }],
    // An international host is sent in A-labels, in each type.
    [undefined, 'boss@bücher.example', { senderMailAddress: 'boss@xn--bcher-kva.example' }],
    ['string', 'Boss@bücher.example.', { senderMailAddress: 'boss@xn--bcher-kva.example' }],
    [undefined, '45.1.2.3-45.1.2.9', { ip: '45.1.2.9' }],
    [undefined, '2A00::1-2a00::9', { url: 'http://[2a00::5]/' }],
    [undefined, 'http://bücher.example/ä', { url: 'http://xn--bcher-kva.example/ä' }],
    ['string', 'bücher.example/a', { url: 'https://xn--bcher-kva.example/a' }],
    ['string', 'bücher.example', { domain: 'xn--bcher-kva.example' }],
  ])('the %s entry %s excludes %j', async (type, entry, object) => {
    expect(await isExcluded(type, entry, object)).toBe(true);
  });
});

describe('an exclusion list, for other objects', () => {
  it.each<[Type, string, VisionOneObject]>([
    ['hostname', 'example.com', { domain: 'notexample.com' }],
    ['hostname', 'example.com', { domain: 'example.com.evil.com' }],
    ['hostname', 'a.example.com', { domain: 'example.com' }],
    ['hostname', 'example.com', { url: 'http://evil.com/example.com' }],
    ['hostname', 'example.com', { url: 'http://example.com@evil.com/' }],
    ['hostname', 'example.com', { senderMailAddress: 'a@notexample.com' }],
    ['hostname', 'example.com', { senderMailAddress: 'example.com@evil.com' }],
    ['cidr', '45.1.0.0/16', { ip: '45.2.0.0' }],
    ['cidr', '45.1.2.0/23', { ip: '45.1.4.0' }],
    ['cidr', '45.1.2.3', { ip: '45.1.2.4' }],
    ['cidr', '::/0', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.0/24', { domain: '45.1.2.3.evil.com' }],
    ['cidr', '45.1.2.0/24', { url: 'http://evil.com/45.1.2.3' }],
    ['string', 'example.com', { domain: 'a.example.com' }],
    ['string', 'example.com/a', { url: 'https://example.com/a/b' }],
    ['string', '*.example.com', { domain: 'a.example.com' }],
    ['substring', 'ample.org', { domain: 'example.com' }],
    ['regex', '/^example$/', { domain: 'example.com' }],
    [undefined, 'example.com', { domain: 'a.example.com' }],
    [undefined, '*.example.com', { domain: 'example.com' }],
    [undefined, '*.example.com', { senderMailAddress: 'a@example.com' }],
    [undefined, 'example.com', { senderMailAddress: 'a@b.example.com' }],
    [undefined, '45.1.0.0/16', { ip: '45.2.2.3' }],
    [undefined, '45.1.2.3-45.1.2.9', { ip: '45.1.2.10' }],
    [undefined, 'ample.com', { domain: 'example.com' }],
  ])('the %s entry %s does not exclude %j', async (type, entry, object) => {
    expect(await isExcluded(type, entry, object)).toBe(false);
  });

  it('without a list, nothing is excluded', () => {
    expect(new Exclusions().find(objectParts({ domain: 'example.com' }))).toBeUndefined();
  });
});

it('an object is excluded by the first list that has its entry', async () => {
  const exclusions = await exclusionsOf(
    ['string', 'a.com'],
    ['string', 'b.com'],
    [undefined, 'b.com'],
  );
  expect(exclusions.size).toBe(3);
  expect(exclusions.find(objectParts({ domain: 'b.com' }))).toBe('list 1');
});

/** Lines that a user may write in the belief that they protect something. */
const NO_VALUES = [
  '/etc/vision-one/hosts.txt',
  'example.com,ours',
  'example.com;ours',
  '"example.com"',
  "'example.com'",
  '.example.com',
  '||example.com^',
  '@@||example.com^',
  '300.1.1.1',
  '45.1.2',
  'https://',
  '@example.com',
  'boss@',
  'ab'.repeat(80),
  '45.1.2.1\u201345.1.2.9',
  'example.com\uff0cexample.org',
  '[45.1.2.3]',
  '<example.com>',
  'https//example.com',
  'a'.repeat(100_000),
  `x${'.a'.repeat(100_000)}`,
];

describe('an entry without a meaning', () => {
  it.each<[Type, string, string]>([
    ['cidr', 'example.com', 'is not a valid address, network or range'],
    ['cidr', '45.1.2.0/33', 'is not a valid address, network or range'],
    ['cidr', '2a00::/129', 'is not a valid address, network or range'],
    ['cidr', '45.1.2.0/-1', 'is not a valid address, network or range'],
    ['cidr', '45.1.2/24', 'is not a valid address, network or range'],
    ['cidr', '0x7f.1', 'is not a valid address, network or range'],
    ['cidr', '45.1.2.0/24/8', 'is not a valid address, network or range'],
    ['cidr', 'fe80::1%eth0', 'is not a valid address, network or range'],
    ['regex', '/(unclosed/', 'is not a regular expression'],
    ['regex', '', 'is empty'],
    ['regex', '//i', 'is empty'],
    ['string', '  ', 'is empty'],
    // It would be in every value.
    ['substring', '', 'is empty'],
    ['hostname', '.', 'is empty'],
    [undefined, '*.', 'has no domain after *.'],
    [undefined, '45.1.2.9-45.1.2.3', 'is not a valid address, network or range'],
    [undefined, '45.1.2.0/64', 'is not a valid address, network or range'],
    [undefined, '45.1.2.0/', 'is not a valid address, network or range'],
    [undefined, '45.1.2.0-255', 'is not a valid address, network or range'],
    [undefined, '45.1.2.0/24,', 'is not a valid address, network or range'],
    [undefined, '45.1.2.0/255.255.255.0', 'is not a valid address, network or range'],
    [undefined, 'no value at all', 'has white space in it'],
    [undefined, '*', 'may have a * only at its beginning, as in *.example.com'],
    [undefined, 'https://example.com/*', 'may have a * only at its beginning, as in *.example.com'],
    ['hostname', 'no host', 'is not a host name'],
    ['hostname', 'example.com/path', 'is not a host name'],
    [undefined, 'example.com:443', 'has a port: give the host or the address without it'],
    [undefined, '[2a00::1]:443', 'has a port: give the host or the address without it'],
    [undefined, 'hosts.txt', 'is the name of a file: list files under exclude'],
    ...NO_VALUES.map((line): [Type, string, string] => [
      undefined,
      line,
      'is not a domain, address, network, range, URL, email address or hash',
    ]),
  ])('in a list of type %s, the entry %j %s', async (type, entry, why) => {
    const good = { cidr: '1.2.3.4', regex: 'x', string: 'x', substring: 'x', hostname: 'x.com' };
    const first = type ? good[type] : 'x.com';
    await expect(exclusionsOf([type, first, entry])).rejects.toThrow(
      new InvalidEntry(`entry 2 ${why}`),
    );
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vision-one-lists-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function file(name: string, content: string | Buffer | object): Promise<string> {
    const path = join(folder, name);
    const isText = typeof content === 'string' || Buffer.isBuffer(content);
    await writeFile(path, isText ? content : JSON.stringify(content));
    return path;
  }

  const found = async (path: string, object: VisionOneObject) =>
    (await exclusionsInFiles([path])).find(objectParts(object));

  it('a file of lines can have comments, blank lines, any line end, a BOM and de-fanged values', async () => {
    const text =
      '\ufeff# our own\r\n\r\n  good.com \t# ours\r\n#bad.com\n*.better[.]com\r45.1.0.0/16\nhxxp://best[.]com/a#b';
    const path = await file('own.txt', text);
    expect(await found(path, { domain: 'good.com' })).toBe('own.txt');
    expect(await found(path, { domain: 'a.better.com' })).toBe('own.txt');
    expect(await found(path, { ip: '45.1.2.3' })).toBe('own.txt');
    expect(await found(path, { url: 'http://best.com/a#b' })).toBe('own.txt');
    expect(await found(path, { domain: 'bad.com' })).toBeUndefined();
    expect(await found(path, { url: 'http://other.com/a' })).toBeUndefined();
  });

  it.each([
    ['hostname', 'good.com', { domain: 'a.good.com' }],
    ['cidr', '45.1.0.0/16', { ip: '45.1.2.3' }],
    ['string', 'good.com', { domain: 'good.com' }],
    ['substring', 'good', { domain: 'the-good-one.com' }],
    ['regex', '/good/i', { domain: 'the-good-one.com' }],
  ])(
    'an object on a MISP warning list of type %s is excluded with the name of the list',
    async (type, entry, object) => {
      const whole = {
        name: 'List of known good',
        version: 20260101,
        description: 'x',
        matching_attributes: ['domain', 'url'],
        type,
        list: [entry],
      };
      const path = await file('list.json', whole);
      expect(await found(path, object as VisionOneObject)).toBe('List of known good');
      const unnamed = await file('unnamed.json', { type, list: [entry] });
      expect(await found(unnamed, object as VisionOneObject)).toBe('unnamed.json');
    },
  );

  it('an exclusion file can be empty', async () => {
    expect(await found(await file('empty.txt', ''), { domain: 'good.com' })).toBeUndefined();
    expect(
      await found(await file('empty.json', { type: 'string', list: [] }), { domain: 'good.com' }),
    ).toBeUndefined();
  });

  it.each<[string, string | Buffer | object, string]>([
    ['broken.json', '{"type":"string",', 'begins like JSON and is not valid JSON'],
    ['list.json', '["good.com"]', 'is not a MISP warning list: it must be a mapping'],
    [
      'type.json',
      { type: 'domains', list: [] },
      'is not a MISP warning list: type must be one of hostname, cidr, string, substring, regex; given: "domains"',
    ],
    [
      'no-type.json',
      { list: [] },
      'is not a MISP warning list: type must be one of hostname, cidr, string, substring, regex; nothing was given',
    ],
    [
      'no-list.json',
      { type: 'string', list: 'good.com' },
      'is not a MISP warning list: list must be a list of texts',
    ],
    [
      'number.json',
      { type: 'string', list: ['good.com', 5] },
      'is not a MISP warning list: an entry must be text; given: 5',
    ],
    [
      'name.json',
      { name: 5, type: 'string', list: [] },
      'is not a MISP warning list: name must be text; given: 5',
    ],
    [
      'cidr.json',
      { type: 'cidr', list: ['45.0.0.0/8', 'good.com'] },
      'entry 2 is not a valid address, network or range',
    ],
    ['regex.json', { type: 'regex', list: ['/(/'] }, 'entry 1 is not a regular expression'],
    ['empty-entry.json', { type: 'substring', list: [''] }, 'entry 1 is empty'],
    ['binary.txt', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0x00, 0x00]), 'is not a text file'],
  ])('the invalid file %s is an error that says what is wrong', async (name, content, message) => {
    const path = await file(name, content);
    const error: unknown = await exclusionsInFiles([path]).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(InvalidInputError);
    expect((error as InvalidInputError).message).toBe(`exclude.0: ${path}: ${message}`);
  });

  it('a MISP warning list can start with a BOM', async () => {
    const text = `\ufeff${JSON.stringify({ type: 'hostname', list: ['good.com'] })}`;
    expect(await found(await file('bom.json', text), { domain: 'a.good.com' })).toBe('bom.json');
  });

  it('pipes and devices are refused without being read', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const paths = [pipe, '/dev/zero', '/dev/null'];
    const error: unknown = await exclusionsInFiles(paths).catch((thrown) => thrown);
    expect((error as InvalidInputError).message.split('\n')).toEqual([
      `exclude.0: ${pipe}: is not a regular file, but a named pipe`,
      'exclude.1: /dev/zero: is not a regular file, but a device',
      'exclude.2: /dev/null: is not a regular file, but a device',
    ]);
  });

  it('a symbolic link to an exclusion file is followed', async () => {
    const path = join(folder, 'link');
    await symlink(await file('own.txt', 'good.com'), path);
    expect(await found(path, { domain: 'good.com' })).toBe('link');
  });

  it('a file of more than 256 MB is refused without being read', async () => {
    const path = await file('large.txt', '');
    await truncate(path, 256_000_001);
    const error: unknown = await exclusionsInFiles([path]).catch((thrown) => thrown);
    expect((error as InvalidInputError).message).toBe(
      `exclude.0: ${path}: is larger than 256000000 bytes`,
    );
  });

  it('the name of a list is truncated, because each message about an object repeats it', async () => {
    const list = { name: 'n'.repeat(100_000), type: 'string', list: ['good.com'] };
    const path = await file('named.json', list);
    expect(await found(path, { domain: 'good.com' })).toBe('n'.repeat(200));
  });

  it('a list with expressions that are not supported has a warning', async () => {
    const path = await file('list.json', { type: 'regex', list: ['^good', 'a(?=b)'] });
    const { warnings } = await exclusionsInFiles([path]);
    expect(warnings).toEqual([
      {
        code: 'exclusion_entries',
        message:
          '1 of 2 expressions of the list list.json are ignored: entry 2 has look-arounds such as (?=, which are not supported',
      },
    ]);
  });

  it('an address in brackets at the beginning of a file is a line, not JSON', async () => {
    const path = await file('own.txt', '[2001:db8::1]\n');
    await expect(exclusionsInFiles([path])).rejects.toThrow(/line 1 is not a domain, address/);
  });

  it('a file without entries has a warning', async () => {
    for (const text of ['', '\n# only a comment\n']) {
      const { warnings } = await exclusionsInFiles([await file('own.txt', text)]);
      expect(warnings).toEqual([
        {
          code: 'exclusion_entries',
          message: 'the list own.txt has no entries, so it excludes nothing',
        },
      ]);
    }
  });

  it('all files that cannot be read are reported at once', async () => {
    const good = await file('good.txt', 'good.com');
    const missing = join(folder, 'missing.txt');
    const error: unknown = await exclusionsInFiles([good, missing, folder]).catch(
      (thrown) => thrown,
    );
    expect((error as InvalidInputError).message).toBe(
      `exclude.1: ${missing}: cannot be read (no such file or directory)\nexclude.2: ${folder}: is not a regular file, but a folder`,
    );
  });
});

describe('a simple implementation that tries every entry', () => {
  const label = fc.constantFrom('a', 'b', 'ab', 'com', 'A');
  const host = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
  const address = fc
    .tuple(fc.constantFrom(45, 46), fc.constantFrom(0, 1, 127, 128), fc.nat(3), fc.nat(255))
    .map((bytes) => bytes.join('.'));
  const v6 = fc.constantFrom('2a00::1', '2a00:1::1', '2a01::ffff', '::ffff:45.1.2.3');
  const url = fc
    .tuple(
      fc.constantFrom('http', 'https'),
      fc.oneof(host, address),
      fc.constantFrom('', '/', '/a'),
    )
    .map(([s, h, p]) => `${s}://${h.toLowerCase()}${p}`);
  const object: fc.Arbitrary<VisionOneObject> = fc.oneof(
    host.map((text) => ({ domain: text.toLowerCase() })),
    fc.oneof(address, v6).map((ip) => ({ ip })),
    url.map((text) => ({ url: text })),
    host.map((text) => ({ senderMailAddress: `a@${text.toLowerCase()}` })),
  );
  const network = fc.oneof(
    fc.tuple(address, fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
    fc.tuple(v6, fc.integer({ min: 0, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`),
    address,
    v6,
  );
  const text = fc.array(fc.constantFrom('a', 'b', '.', '/', 'com', 'A'), {
    minLength: 1,
    maxLength: 4,
  });
  const list: fc.Arbitrary<[Type, ...string[]]> = fc.oneof(
    fc
      .array(host, { maxLength: 5 })
      .map((entries): [Type, ...string[]] => ['hostname', ...entries]),
    fc.array(network, { maxLength: 5 }).map((entries): [Type, ...string[]] => ['cidr', ...entries]),
    fc
      .array(fc.oneof(host, address, url), { maxLength: 5 })
      .map((entries): [Type, ...string[]] => ['string', ...entries]),
    fc
      .array(
        text.map((parts) => parts.join('')),
        { maxLength: 3 },
      )
      .map((entries): [Type, ...string[]] => ['substring', ...entries]),
    fc
      .array(fc.constantFrom('/^a\\./', 'b.*a', '^45'), { maxLength: 2 })
      .map((entries): [Type, ...string[]] => ['regex', ...entries]),
    fc
      .array(
        fc.oneof(
          host,
          host.map((name) => `*.${name}`),
          network,
          url,
        ),
        { maxLength: 5 },
      )
      .map((entries): [Type, ...string[]] => [undefined, ...entries]),
  );

  it('an object is excluded exactly if a simple implementation that tries every entry excludes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(list, { maxLength: 4 }), object, async (lists, asked) => {
        const found = (await exclusionsOf(...lists)).find(objectParts(asked));
        const all = lists.flatMap(([type, ...entries], index) =>
          entries.some((entry) => excludesSlowly(type, entry, asked)) ? [`list ${index}`] : [],
        );
        if (found === undefined) expect(all).toEqual([]);
        else expect(all).toContain(found);
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('large lists', () => {
  /** Lists of each type except regex, whose entries are not looked up. */
  const sized = (perList: number) => {
    const kinds = [
      ['hostname', (n: number) => `host-${n}.com`],
      ['cidr', (n: number) => `${60 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.0/24`],
      ['string', (n: number) => `http://string-${n}.com/a`],
      ['substring', (n: number) => `substring-${n}-`],
      [undefined, (n: number) => `*.line-${n}.com`],
    ] as const;
    return exclusionsOf(
      ...Array.from({ length: 100 }, (_, list): [Type, ...string[]] => {
        const [type, entry] = kinds[list % 5] ?? kinds[0];
        const from = Math.floor(list / 5) * perList;
        return [type, ...Array.from({ length: perList }, (__, n) => entry(from + n))];
      }),
    );
  };

  it('an entry is found among 200,000 entries in 100 lists', async () => {
    const many = await sized(2_000);
    expect(many.find(objectParts({ domain: 'x.host-39999.com' }))).toBe('list 95');
    expect(many.find(objectParts({ url: 'http://x/substring-39999-' }))).toBe('list 98');
    expect(many.find(objectParts({ domain: 'x.host-40000.com' }))).toBeUndefined();
  });
});

/** A simple implementation for comparison. It uses integer arithmetic for networks. */
function excludesSlowly(type: Type, entry: string, object: VisionOneObject): boolean {
  const parts = partsSlowly(object);
  const { value, host, address } = parts;
  const lower = entry.toLowerCase();
  switch (type) {
    case 'hostname':
      return host !== undefined && `.${host}`.endsWith(`.${lower}`);
    case 'cidr':
      return containsSlowly(lower, address);
    case 'string':
      return parts.names.includes(lower);
    case 'substring':
      return value.includes(lower);
    case 'regex':
      return [value, host ?? value].some((text) =>
        new RegExp(entry.replace(/^\/(.*)\/$/, '$1'), 'i').test(text),
      );
    case undefined:
      if (numberOf(lower.split('/')[0] ?? '') && /^[\d.:a-f]+(\/\d+)?$/.test(lower)) {
        return containsSlowly(lower, address);
      }
      if (lower.startsWith('*.')) return host?.endsWith(lower.slice(1)) ?? false;
      return parts.names.includes(lower);
  }
}

function partsSlowly(object: VisionOneObject) {
  const key = objectKeyOf(object);
  const value = (object[key] ?? '').toLowerCase();
  const withoutScheme = key === 'url' ? value.slice(value.indexOf('://') + 3) : value;
  const hasHost = ['url', 'domain', 'ip', 'senderMailAddress'].includes(key);
  const named = hasHost ? (withoutScheme.split('/')[0] ?? '').replace(/^.*@/, '') : '';
  const address = numberOf(named);
  return {
    value,
    address,
    host: address === undefined && key !== 'ip' ? named : undefined,
    /** The texts that an entry of one value can be. */
    names: [value, named, withoutScheme],
  };
}

function containsSlowly(network: string, address: Numbered | undefined): boolean {
  const [base = '', bits] = network.split('/');
  const first = numberOf(base);
  if (first === undefined || address === undefined) return false;
  return [address, embedded(address)].some((one) => {
    if (one?.size !== first.size) return false;
    const shift = BigInt(bits === undefined ? 0 : one.size - Number(bits));
    return first.number >> shift === one.number >> shift;
  });
}

interface Numbered {
  number: bigint;
  size: 32 | 128;
}

function numberOf(text: string): Numbered | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) {
    const number = text.split('.').reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
    return { number, size: 32 };
  }
  if (!/^[\d.:a-f]*:[\d.:a-f]*$/.test(text)) return undefined;
  const [, front = '', v4] = /^(.*?)(\d+\.\d+\.\d+\.\d+)?$/.exec(text) ?? [];
  const inner = v4 ? numberOf(v4)?.number : undefined;
  const plain =
    inner === undefined
      ? front
      : `${front}${(inner >> 16n).toString(16)}:${(inner & 0xffffn).toString(16)}`;
  const [left = '', right = ''] = plain.split('::');
  const groups = (half: string) => (half === '' ? [] : half.split(':'));
  const [before, after] = [groups(left), groups(right)];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0');
  const number = [...before, ...zeros, ...after].reduce(
    (sum, group) => sum * 65_536n + BigInt(`0x${group}`),
    0n,
  );
  return { number, size: 128 };
}

/** The only embedding that the addresses of this test use is ::ffff:a.b.c.d. */
function embedded({ number, size }: Numbered): Numbered | undefined {
  if (size !== 128 || number >> 32n !== 0xffffn) return undefined;
  return { number: number & 0xffff_ffffn, size: 32 };
}
