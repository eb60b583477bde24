/** Users' own exclusion lists, the files of all lists, and large lists. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectParts } from '../../src/safety/object-parts.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';
import { exclusionsFrom, exclusionsInFiles, type GivenList } from '../support/exclusions.js';

type Type = GivenList['type'];

async function exclusionsOf(...lists: [type: Type, ...entries: string[]][]): Promise<Exclusions> {
  return await exclusionsFrom(
    ...lists.map(([type, ...entries], index) => ({ name: `list ${index}`, type, entries })),
  );
}

const isExcluded = async (line: string, object: VisionOneObject) =>
  (await exclusionsOf([undefined, line])).find(objectParts(object)) !== undefined;

const HASH = 'ab'.repeat(32);

describe("a line of a user's own list", () => {
  it.each<[string, VisionOneObject]>([
    ['example.com', { domain: 'example.com' }],
    ['Example.com.', { url: 'http://example.com/x' }],
    ['*.example.com', { domain: 'a.example.com' }],
    ['*.bücher.example', { domain: 'a.xn--bcher-kva.example' }],
    ['*.example.com.', { url: 'http://a.example.com/x' }],
    ['bücher.example', { domain: 'xn--bcher-kva.example' }],
    ['45.1.0.0/16', { ip: '45.1.2.3' }],
    ['45.1.2.3', { url: 'http://45.1.2.3/x' }],
    ['2a00::/16', { ip: '2a00::5' }],
    [HASH.toUpperCase(), { fileSha256: HASH }],
    ['http://example.com/a', { url: 'http://example.com/a' }],
    ['boss@example.com', { senderMailAddress: 'boss@Example.com' }],
    ['http://example.com', { url: 'http://example.com/' }],
    ['http://example.com/', { url: 'http://example.com' }],
    ['example.com/', { url: 'https://example.com/' }],
    ['//example.com/a', { url: 'http://example.com/a' }],
    ['http://example.com./a', { url: 'http://example.com/a' }],
    ['example.com/css?family=Roboto:400', { url: 'http://example.com/css?family=Roboto:400' }],
    ['example.com?x=1', { url: 'https://example.com?x=1' }],
    ["http://example.com/?q='", { url: "http://example.com/?q='" }],
    ['example.com/a;', { url: 'http://example.com/a;' }],
    // The domain of a mail address is its host.
    ['example.com', { senderMailAddress: 'payments@example.com' }],
    ['example.com', { senderMailAddress: 'a@b@example.com' }],
    ['*.example.com', { senderMailAddress: 'payments@a.b.example.com' }],
    // An international host is sent in A-labels, in each type.
    ['boss@bücher.example', { senderMailAddress: 'boss@xn--bcher-kva.example' }],
    ['45.1.2.3-45.1.2.9', { ip: '45.1.2.9' }],
    ['2A00::1-2a00::9', { url: 'http://[2a00::5]/' }],
    ['http://bücher.example/ä', { url: 'http://xn--bcher-kva.example/ä' }],
    // A capital sigma and a sharp s have another lower case in IDNA than in JavaScript.
    ['ΟΔΟΣ2.gr', { domain: 'xn--2-4lb6abu.gr' }],
    ['*.ΟΔΟΣ2.gr', { domain: 'a.xn--2-4lb6abu.gr' }],
    ['a@ΟΔΟΣ2.gr', { senderMailAddress: 'a@xn--2-4lb6abu.gr' }],
    ['http://ΟΔΟΣ2.gr/A', { url: 'http://xn--2-4lb6abu.gr/A' }],
    ['STRA\u1e9eE.de', { domain: 'strasse.de' }],
  ])('the line %s excludes %j', async (line, object) => {
    expect(await isExcluded(line, object)).toBe(true);
  });
});

describe("a line of a user's own list, for other objects", () => {
  it.each<[string, VisionOneObject]>([
    ['example.com', { domain: 'a.example.com' }],
    ['*.example.com', { domain: 'example.com' }],
    ['*.example.com', { senderMailAddress: 'a@example.com' }],
    ['example.com', { senderMailAddress: 'a@b.example.com' }],
    ['45.1.0.0/16', { ip: '45.2.2.3' }],
    ['45.1.2.3-45.1.2.9', { ip: '45.1.2.10' }],
    ['ample.com', { domain: 'example.com' }],
  ])('the line %s does not exclude %j', async (line, object) => {
    expect(await isExcluded(line, object)).toBe(false);
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
  'example.com#ours',
  '45.1.2.3#ours',
  'boss@example.com#ours',
  '10.0.0.0\\8',
  'corp.example.com\\alice',
  'xxp:secret@example.com',
  '\u201cexample.com',
  `${'ab'.repeat(19)}a`,
  'a'.repeat(100_000),
  `x${'.a'.repeat(100_000)}`,
];

describe('a line without a meaning', () => {
  it.each<[string, string]>([
    ['*.', 'has no domain after *.'],
    ['45.1.2.9-45.1.2.3', 'is not a valid address, network or range'],
    ['45.1.2.0/64', 'is not a valid address, network or range'],
    ['45.1.2.0/', 'is not a valid address, network or range'],
    ['45.1.2.0-255', 'is not a valid address, network or range'],
    ['45.1.2.0/24,', 'is not a valid address, network or range'],
    ['45.1.2.0/24"', 'is not a valid address, network or range'],
    ['45.1.2.0//24', 'is not a valid address, network or range'],
    ['45.0.0.0/8-45.1.0.0/16', 'is not a valid address, network or range'],
    ['*.example.com,', 'has no domain name after *.'],
    ['*.example.com"', 'has no domain name after *.'],
    ['*.example.com#ours', 'has no domain name after *.'],
    ['*.boss@example.com', 'has no domain name after *.'],
    ['*.example..com', 'has no domain name after *.'],
    ['*.45.1.2.3', 'has no domain name after *.'],
    ['*.*.example.com', 'may have a * only in one *. at its beginning, as in *.example.com'],
    ['45.1.2.0/255.255.255.0', 'is not a valid address, network or range'],
    ['no value at all', 'has white space in it'],
    ['*', 'may have a * only in one *. at its beginning, as in *.example.com'],
    ['https://example.com/*', 'may have a * only in one *. at its beginning, as in *.example.com'],
    ['example.com:443', 'has a port: give the host or the address without it'],
    ['[2a00::1]:443', 'has a port: give the host or the address without it'],
    ['hosts.txt', 'is the name of a file: list files under exclude'],
    ...NO_VALUES.map((line): [string, string] => [
      line,
      'is not a domain, address, network, range, URL, email address or hash',
    ]),
  ])('the line %j %s', async (line, why) => {
    await expect(exclusionsOf([undefined, 'x.com', line])).rejects.toThrow(
      new Error(`entry 2 ${why}`),
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
        matching_attributes: ['domain', 'url', 'ip-dst'],
        type,
        list: [entry],
      };
      const path = await file('list.json', whole);
      expect(await found(path, object as VisionOneObject)).toBe('List of known good');
      const unnamed = await file('unnamed.json', { type, list: [entry] });
      expect(await found(unnamed, object as VisionOneObject)).toBe('unnamed.json');
    },
  );

  it.each<[string, string | Buffer | object, string]>([
    ['broken.json', '{"type":"string",', 'begins like JSON and is not valid JSON'],
    ['list.json', '["good.com"]', 'is not a MISP warning list: it must be a mapping'],
    [
      'type.json',
      { type: 'domains', list: [] },
      'is not a MISP warning list: type must be one of hostname, cidr, string, substring, regex; given: "domains"',
    ],
    [
      'misspelt-type.json',
      { type: 'host name', list: [] },
      'is not a MISP warning list: type must be one of hostname, cidr, string, substring, regex; given: "host name"; did you mean "hostname"?',
    ],
    [
      'types.json',
      { type: 5, list: [] },
      'is not a MISP warning list: type must be one of hostname, cidr, string, substring, regex; given: 5',
    ],
    [
      'no-list.json',
      { type: 'string', list: 'good.com' },
      'is not a MISP warning list: list must be a list of texts, or a mapping of texts to comments',
    ],
    [
      'attributes.json',
      { matching_attributes: { domain: true }, list: ['good.com'] },
      'is not a MISP warning list: matching_attributes must be a list of texts; given: {"domain":true}',
    ],
    [
      'attribute.json',
      { matching_attributes: ['domain', null], list: ['good.com'] },
      'is not a MISP warning list: matching_attributes must be a list of texts; given: ["domain",null]',
    ],
    [
      'name.json',
      { name: 5, type: 'string', list: [] },
      'is not a MISP warning list: name must be text; given: 5',
    ],
    [
      'cidr.json',
      { type: 'cidr', list: ['10.0.0.0/33', 'good.com'] },
      'has no usable entry: entry 1 "10.0.0.0/33" is not a valid address, network or range; entry 2 "good.com" is not a valid address, network or range',
    ],
    [
      'regex.json',
      { type: 'regex', list: ['/(/'] },
      'has no usable entry: entry 1 "/(/" is not a regular expression that RE2 supports',
    ],
    [
      'empty-entry.json',
      { type: 'substring', list: [''] },
      'has no usable entry: entry 1 "" is empty',
    ],
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

  it('an address in brackets at the beginning of a file is a line, not JSON', async () => {
    const path = await file('own.txt', '[2001:db8::1]\n');
    await expect(exclusionsInFiles([path])).rejects.toThrow(/line 1 is not a domain, address/);
  });

  it.each(['', '\n# only a comment\n', '{"list": []}', '{"list": {}}'])(
    'the file %j has no entries, and a warning',
    async (text) => {
      const { warnings } = await exclusionsInFiles([await file('own.txt', text)]);
      expect(warnings).toEqual([
        {
          code: 'exclusion_entries',
          message: 'the list own.txt has no entries, so it excludes nothing',
        },
      ]);
    },
  );

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
