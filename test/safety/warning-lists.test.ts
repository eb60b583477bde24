/**
 * MISP's warning lists: what each type of list matches, which types of objects a list is for, and the forms
 * that entries have in the public lists (https://github.com/MISP/misp-warninglists, CC0 1.0).
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { InvalidList } from '../../src/safety/entry.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectParts } from '../../src/safety/object-parts.js';
import type { ListType } from '../../src/safety/warning-lists.js';
import type { VisionOneObject } from '../../src/vision-one/payload.js';
import { exclusionsFrom, exclusionsInFiles } from '../support/exclusions.js';

const SHA1 = 'cd'.repeat(20);
const SHA256 = 'ab'.repeat(32);

const listOf = (type: ListType, ...entries: unknown[]) =>
  exclusionsFrom({ name: 'list', type, entries });

const isExcluded = async (type: ListType, entry: string, object: VisionOneObject) =>
  (await listOf(type, entry)).find(objectParts(object)) !== undefined;

describe('an entry of a warning list', () => {
  it.each<[ListType, string, VisionOneObject]>([
    ['hostname', 'example.com', { domain: 'example.com' }],
    ['hostname', 'example.com', { domain: 'a.b.example.com' }],
    ['hostname', '.example.com', { domain: 'a.example.com' }],
    ['hostname', '.example.com', { domain: 'example.com' }],
    ['hostname', '..example.com..', { domain: 'example.com' }],
    ['hostname', '*.example.com', { domain: 'a.example.com' }],
    ['hostname', 'EXAMPLE.com.', { url: 'https://user@a.Example.COM:8443/x' }],
    ['hostname', 'bücher.example', { domain: 'xn--bcher-kva.example' }],
    ['hostname', 'gov', { domain: 'a.gov' }],
    ['hostname', 'example.com', { senderMailAddress: 'payments@example.com' }],
    ['hostname', 'example.com', { senderMailAddress: 'payments@a.Example.com' }],
    // MISP compares the host of a URL with the entries, also if it is an address.
    ['hostname', '45.1.2.3', { url: 'http://45.1.2.3:8080/x' }],
    ['hostname', '45.1.2.3', { url: 'http://0x2d.1.2.3/x' }],
    ['hostname', '45.1.2.3', { ip: '45.1.2.3' }],
    ['hostname', '[2A00:0::1]', { url: 'http://[2a00::1]/x' }],
    ['cidr', '45.1.0.0/16', { ip: '45.1.255.255' }],
    ['cidr', ' 45.1.0.0/16\n', { ip: '45.1.255.255' }],
    ['cidr', '45.1.2.3', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.3/8', { ip: '45.200.0.1' }],
    ['cidr', '0.0.0.0/0', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.0/24', { ip: '::ffff:45.1.2.9' }],
    ['cidr', '2A00:1450::/29', { ip: '2a00:1457::1' }],
    ['cidr', '2604:a940:300:5b6:0:0:0:0/64', { ip: '2604:a940:300:5b6::7' }],
    ['string', 'Example.com', { domain: 'example.com' }],
    ['string', 'example.com.', { domain: 'example.com' }],
    ['string', ' example.com ', { domain: 'example.com' }],
    ['string', SHA256.toUpperCase(), { fileSha256: SHA256 }],
    ['string', 'http://example.com/a', { url: 'http://example.com/a' }],
    ['string', 'example.com/a', { url: 'https://example.com/a' }],
    ['string', 'example.com/a', { url: 'http://example.com/a' }],
    // The whole value, as ThreatQ stores it, is the host.
    ['string', 'example.com', { url: 'http://example.com' }],
    ['string', 'example.com', { url: 'https://example.com/' }],
    ['string', 'example.com/', { url: 'http://example.com' }],
    ['string', 'http://example.com', { url: 'http://example.com/' }],
    ['string', '45.1.2.3', { ip: '45.1.2.3' }],
    ['string', '45.1.2.3', { ip: '::ffff:45.1.2.3' }],
    ['string', '45.1.2.3', { url: 'http://45.1.2.3/' }],
    ['string', '2A00:0:0::1', { ip: '2a00::1' }],
    ['string', '2a00::1', { ip: '2A00:0:0:0::1' }],
    ['string', 'boss@example.com', { senderMailAddress: 'Boss@example.com' }],
    ['string', 'Boss@bücher.example.', { senderMailAddress: 'boss@xn--bcher-kva.example' }],
    ['string', 'bücher.example/a', { url: 'https://xn--bcher-kva.example/a' }],
    ['string', 'bücher.example', { domain: 'xn--bcher-kva.example' }],
    ['substring', 'ample.c', { domain: 'example.com' }],
    ['substring', '/WP-admin', { url: 'http://evil.com/wp-admin/x' }],
    ['substring', 'boss@', { senderMailAddress: 'boss@example.com' }],
    ['substring', 'abab', { fileSha256: SHA256 }],
    ['regex', '/^.*\\.example\\.com$/i', { domain: 'a.example.com' }],
    ['regex', '^45\\.1\\.', { ip: '45.1.2.3' }],
    ['regex', 'EXAMPLE', { url: 'http://example.com/' }],
    ['regex', '/^(security|abuse)\\@.*\\..*$/i', { senderMailAddress: 'abuse@example.com' }],
  ])('the %s entry %s excludes %j', async (type, entry, object) => {
    expect(await isExcluded(type, entry, object)).toBe(true);
  });

  it.each<[ListType, string, VisionOneObject]>([
    ['hostname', 'example.com', { domain: 'notexample.com' }],
    ['hostname', 'example.com', { domain: 'example.com.evil.com' }],
    ['hostname', 'a.example.com', { domain: 'example.com' }],
    ['hostname', 'example.com', { url: 'http://evil.com/example.com' }],
    ['hostname', 'example.com', { url: 'http://example.com@evil.com/' }],
    ['hostname', 'example.com', { senderMailAddress: 'a@notexample.com' }],
    ['hostname', 'example.com', { senderMailAddress: 'example.com@evil.com' }],
    ['hostname', SHA256, { fileSha256: SHA256 }],
    ['cidr', '45.1.0.0/16', { ip: '45.2.0.0' }],
    ['cidr', '45.1.2.0/23', { ip: '45.1.4.0' }],
    ['cidr', '45.1.2.3', { ip: '45.1.2.4' }],
    ['cidr', '::/0', { ip: '45.1.2.3' }],
    ['cidr', '45.1.2.0/24', { domain: '45.1.2.3.evil.com' }],
    ['cidr', '45.1.2.0/24', { url: 'http://45.1.2.3/x' }],
    ['cidr', '45.1.2.3', { url: 'http://45.1.2.3' }],
    ['cidr', '0.0.0.0/0', { url: 'http://0x2d.1.2.9/' }],
    ['cidr', '2a00::1', { url: 'http://[2a00:0::1]/' }],
    ['string', 'example.com', { domain: 'a.example.com' }],
    ['string', '.example.com', { domain: 'example.com' }],
    ['string', 'example.com/a', { url: 'https://example.com/a/b' }],
    ['string', '*.example.com', { domain: 'a.example.com' }],
    // Lists were made `string` so that malware on such hosts is still blocked (misp-warninglists, pull request 164).
    ['string', 'dropbox.com', { url: 'https://dropbox.com/s/x' }],
    ['string', 'dropbox.com', { url: 'https://dropbox.com?x=1' }],
    ['string', 'dropbox.com', { url: 'https://dropbox.com:8443' }],
    ['string', 'dropbox.com', { url: 'https://user@dropbox.com' }],
    ['string', 'dropbox.com', { url: 'https://www.dropbox.com' }],
    ['string', 'dropbox.com', { senderMailAddress: 'no-reply@dropbox.com' }],
    ['string', '45.1.2.3', { url: 'http://45.1.2.3/x' }],
    ['string', '45.1.2.3', { url: 'http://0x2d.1.2.3:8080/' }],
    ['string', '45.1.2.0/24', { ip: '45.1.2.3' }],
    ['string', '102.165.30.98 # netsystems', { ip: '102.165.30.98' }],
    ['substring', 'ample.org', { domain: 'example.com' }],
    ['regex', '/^example$/', { domain: 'example.com' }],
    ['regex', '/^example\\.com/', { url: 'http://example.com/x' }],
    ['regex', '^mail-\\d+\\.example\\.com$', { senderMailAddress: 'a@mail-7.example.com' }],
  ])('the %s entry %s does not exclude %j', async (type, entry, object) => {
    expect(await isExcluded(type, entry, object)).toBe(false);
  });
});

const ONE_OF_EACH: VisionOneObject[] = [
  { domain: 'a.example.com' },
  { ip: '45.1.2.3' },
  { url: 'http://a.example.com/x' },
  { senderMailAddress: 'boss@a.example.com' },
  { fileSha1: SHA1 },
  { fileSha256: SHA256 },
];
const keysOf = (objects: VisionOneObject[]) => objects.flatMap((object) => Object.keys(object));
const EVERY_TYPE = keysOf(ONE_OF_EACH);

/** The types of the objects that a list excludes, which is for these attributes. */
async function excludedTypes(type: ListType, entries: string[], attributes: string[]) {
  const exclusions = await exclusionsFrom({ name: 'list', type, entries, attributes });
  return keysOf(ONE_OF_EACH.filter((object) => exclusions.find(objectParts(object))));
}

describe('matching_attributes', () => {
  it.each<[string[], string[]]>([
    [[], EVERY_TYPE],
    [['ALL'], EVERY_TYPE],
    [['phone-number', ' all '], EVERY_TYPE],
    [['domain'], ['domain']],
    [['hostname'], ['domain']],
    [['ip-src'], ['ip']],
    [['ip-dst'], ['ip']],
    [['url'], ['url']],
    [['uri'], ['url']],
    [['link'], ['url']],
    // A public list has it in upper case.
    [
      ['domain', 'hostname', 'domain|ip', ' URL '],
      ['domain', 'url'],
    ],
    [['email'], ['senderMailAddress']],
    [['email-src'], ['senderMailAddress']],
    [['email-dst', 'target-email'], ['senderMailAddress']],
    [['email-reply-to'], ['senderMailAddress']],
    [['md5', 'sha1', 'x509-fingerprint-sha256'], ['fileSha1']],
    [['sha256', 'filename|sha1'], ['fileSha256']],
    [
      ['email-src', 'email-dst', 'whois-registrant-email', 'domain|ip', 'dns-soa-email'],
      ['senderMailAddress'],
    ],
    // A composite type is a type of its own.
    [
      ['domain|ip', 'ip-src|port', 'ip-dst|port', 'hostname|port', 'filename|sha256', 'email-body'],
      [],
    ],
    [['phone-number', 'whois-registrant-phone'], []],
    [['azure-application-id'], []],
    [['FQDN', ''], []],
  ])('a list for %j is for %j', async (attributes, types) => {
    expect(await excludedTypes('substring', ['a', '45', 'cd'], attributes)).toEqual(types);
    expect(await excludedTypes('regex', ['/a|45|c/'], attributes)).toEqual(types);
  });

  it.each<[ListType, string[], string[]]>([
    ['hostname', ['example.com', '45.1.2.3'], ['domain', 'ip', 'url', 'senderMailAddress']],
    ['cidr', ['45.1.0.0/16'], ['ip']],
    ['string', ['a.example.com', '45.1.2.3', SHA1], ['domain', 'ip', 'fileSha1']],
  ])('a list of type %s for every type', async (type, entries, types) => {
    expect(await excludedTypes(type, entries, [])).toEqual(types);
  });

  it.each<ListType>(['cidr', 'hostname', 'regex', 'string', 'substring'])(
    'a list of type %s for none of the types is not read: it can have any entries',
    async (type) => {
      const list = { name: 'phones', type, attributes: ['phone-number'], entries: ['/(/', null] };
      const exclusions = await exclusionsFrom(list);
      expect(exclusions.warnings).toEqual([]);
      expect(exclusions.size).toBe(1);
    },
  );

  it('a list for none of the types has a warning if an attribute is misspelt', async () => {
    const list = { name: 'hosts', type: 'hostname', entries: ['a.com'] } as const;
    const { warnings } = await exclusionsFrom({ ...list, attributes: ['phone-number', 'domian'] });
    expect(warnings).toEqual([
      {
        code: 'exclusion_entries',
        message:
          'the list hosts is for none of the types that are exported, so it excludes nothing; did you mean "domain"?',
      },
    ]);
    const composite = { ...list, attributes: ['domain|ip', 'hostname|port', 'filename|sha256'] };
    expect((await exclusionsFrom(composite)).warnings).toEqual([]);
  });

  it('a string entry is the value as ThreatQ has it, which can be sent in another form', async () => {
    for (const [entry, url] of [
      ['http://evil.com/*', 'http://evil.com/%2A'],
      ['http://evil.com\\a', 'http://evil.com/a'],
      ['ev%69l.com/a', 'https://evil.com/a'],
      ['//evil.com/a', 'http://evil.com/a'],
    ] as const) {
      const exclusions = await exclusionsFrom({ name: 'x', type: 'string', entries: [entry] });
      expect(exclusions.find(objectParts({ url }))).toBe('x');
    }
  });

  it('an entry names the first list that has it and is for the type', async () => {
    const exclusions = await exclusionsFrom(
      { name: 'phones', type: 'string', attributes: ['phone-number'], entries: ['a.com'] },
      { name: 'mails', type: 'string', attributes: ['email'], entries: ['a.com'] },
      { name: 'domains', type: 'string', attributes: ['domain'], entries: ['a.com', 'a.com'] },
      { name: 'both', type: 'string', attributes: ['domain', 'url'], entries: ['a.com', 'b.com'] },
      { name: 'all', type: 'string', entries: ['a.com', 'b.com', SHA1] },
    );
    const found = (object: VisionOneObject) => exclusions.find(objectParts(object));
    expect(found({ domain: 'a.com' })).toBe('domains');
    expect(found({ domain: 'b.com' })).toBe('both');
    expect(found({ url: 'http://a.com/' })).toBe('both');
    expect(found({ fileSha1: SHA1 })).toBe('all');
    expect(found({ senderMailAddress: 'x@a.com' })).toBeUndefined();
  });

  it.each<[ListType, string]>([
    ['hostname', 'a.com'],
    ['substring', 'a.c'],
    ['regex', 'a.c'],
  ])('a list of type %s for other types hides no later list', async (type, entry) => {
    const exclusions = await exclusionsFrom(
      { name: 'mails', type, attributes: ['email'], entries: [entry] },
      { name: 'urls', type, attributes: ['url'], entries: [entry] },
      { name: 'own', entries: ['x.a.com'] },
      { name: 'domains', type, attributes: ['domain'], entries: ['unrelated.net', entry] },
    );
    const found = (object: VisionOneObject) => exclusions.find(objectParts(object));
    expect(found({ domain: 'y.a.com' })).toBe('domains');
    expect(found({ url: 'http://y.a.com/' })).toBe('urls');
    expect(found({ senderMailAddress: 'b@y.a.com' })).toBe('mails');
    expect(found({ domain: 'x.a.com' })).toMatch(/own|domains/);
  });

  it("a user's own list is for every type, also behind a warning list with the same entry", async () => {
    const exclusions = await exclusionsFrom(
      { name: 'misp', type: 'cidr', entries: ['45.1.0.0/16'] },
      { name: 'hosts', type: 'string', attributes: ['domain'], entries: ['a.com'] },
      { name: 'own', entries: ['45.1.2.0/24', 'a.com'] },
    );
    const found = (object: VisionOneObject) => exclusions.find(objectParts(object));
    expect(found({ url: 'http://45.1.2.3/x' })).toBe('own');
    expect(found({ url: 'http://45.1.3.3/x' })).toBeUndefined();
    expect(found({ ip: '45.1.3.3' })).toBe('misp');
    expect(found({ url: 'http://a.com/x' })).toBe('own');
    expect(found({ domain: 'a.com' })).toBe('hosts');
  });
});

describe('an entry without a meaning', () => {
  it.each<[ListType, unknown, string]>([
    ['cidr', 'example.com', '"example.com" is not a valid address, network or range'],
    ['cidr', '45.1.2.0/33', '"45.1.2.0/33" is not a valid address, network or range'],
    ['cidr', '2a00::/129', '"2a00::/129" is not a valid address, network or range'],
    ['cidr', '45.1.2.0/-1', '"45.1.2.0/-1" is not a valid address, network or range'],
    ['cidr', '45.1.2/24', '"45.1.2/24" is not a valid address, network or range'],
    ['cidr', '0x7f.1', '"0x7f.1" is not a valid address, network or range'],
    ['cidr', '45.1.2.0/24/8', '"45.1.2.0/24/8" is not a valid address, network or range'],
    ['cidr', 'fe80::1%eth0', '"fe80::1%eth0" is not a valid address, network or range'],
    ['cidr', '45.1.2.3:53', '"45.1.2.3:53" is not a valid address, network or range'],
    // MISP strips a comment only in its own form, not in a file.
    ['cidr', '45.1.2.3 # x', '"45.1.2.3 # x" is not a valid address, network or range'],
    ['regex', '/(unclosed/', '"/(unclosed/" is not a regular expression that RE2 supports'],
    ['regex', '//i', '"//i" is empty'],
    ['regex', '0', '"0" is 0, which MISP leaves out too'],
    ['string', '  ', '"  " is empty'],
    ['string', null, 'null is not text'],
    ['string', true, 'true is not text'],
    ['string', ['x.com'], '[…] is not text'],
    ['string', { value: 'x.com' }, '{…} is not text'],
    ['string', 0, '0 is 0, which MISP leaves out too'],
    // It would be in every value.
    ['substring', '', '"" is empty'],
    ['substring', '\n', '"\\n" is empty'],
    ['hostname', '.', '"." is not a host name'],
    ['hostname', '*.', '"*." is not a host name'],
    ['hostname', '*live.com', '"*live.com" is not a host name'],
    ['hostname', 'no host', '"no host" is not a host name'],
    ['hostname', 'example.com/path', '"example.com/path" is not a host name'],
    ['hostname', 'https://example.com/', '"https://example.com/" is not a host name'],
    ['hostname', 'evil.com\\x', '"evil.com\\\\x" is not a host name'],
    ['hostname', 'a@example.com', '"a@example.com" is not a host name'],
    ['hostname', '77', '"77" is not a host name'],
    ['hostname', '45.1.2.0/24', '"45.1.2.0/24" is not a host name'],
    [
      'hostname',
      'example.com:443',
      '"example.com:443" has a port: give the host or the address without it',
    ],
    ['hostname', `${'a.'.repeat(200)}com`, `"${'a.'.repeat(20)}…" is not a host name`],
    ['hostname', 'a\u202eb\u0007 c', '"a\\u{202e}b\\u0007 c" is not a host name'],
    ['hostname', '"; entry 9 "', '"\\"; entry 9 \\"" is not a host name'],
  ])('in a list of type %s, %j is left out with a warning', async (type, entry, why) => {
    const good = { cidr: '1.2.3.4', regex: 'x', string: 'x', substring: 'x', hostname: 'x.com' };
    const { warnings } = await listOf(type, good[type], entry);
    expect(warnings).toEqual([
      {
        code: 'exclusion_entries',
        message: `1 of 2 entries of the list list is left out: entry 2 ${why}`,
      },
    ]);
    await expect(listOf(type, entry)).rejects.toThrow(
      new InvalidList(`has no usable entry: entry 1 ${why}`),
    );
  });

  it('there is one warning a list, which describes the first three entries and counts the others', async () => {
    const exclusions = await exclusionsFrom(
      { name: 'nets', type: 'cidr', entries: ['a', '1.2.3.4', 'b', '', 'c', 'd'] },
      { name: 'names', type: 'string', entries: ['a.com', null] },
      { name: 'good', type: 'string', entries: ['a.com'] },
    );
    expect(exclusions.warnings.map(({ message }) => message)).toEqual([
      '5 of 6 entries of the list nets are left out: entry 1 "a" is not a valid address, network or range; entry 3 "b" is not a valid address, network or range; entry 4 "" is empty; and 2 more',
      '1 of 2 entries of the list names is left out: entry 2 null is not text',
    ]);
    expect(exclusions.find(objectParts({ ip: '1.2.3.4' }))).toBe('nets');
  });

  it('a number is read as its text', async () => {
    const exclusions = await listOf('substring', 4711);
    expect(exclusions.find(objectParts({ domain: 'a4711.com' }))).toBe('list');
    expect(exclusions.warnings).toEqual([]);
  });

  it('the message about a list of a million meaningless entries is short', async () => {
    const entries = Array.from({ length: 1_000_000 }, (_, n) => `${'x'.repeat(100)} ${n}`);
    const [warning] = (await listOf('hostname', 'a.com', ...entries.slice(0, 10))).warnings;
    expect(warning?.message.length).toBeLessThan(400);
    const adding = new Exclusions().addWarningList({ name: 'list', type: 'hostname', entries });
    await expect(adding).rejects.toThrow(/; and 999,997 more$/);
  });
});

describe('the file of a warning list', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vision-one-misp-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function load(...lists: object[]): Promise<Exclusions> {
    const paths = lists.map((_, index) => join(folder, `list-${index}.json`));
    await Promise.all(
      lists.map((list, index) => writeFile(paths[index] ?? '', JSON.stringify(list))),
    );
    return await exclusionsInFiles(paths);
  }

  it.each<[string, object, VisionOneObject]>([
    ['no type', { list: ['bad.org'] }, { domain: 'bad.org' }],
    ['the type null', { type: null, list: ['bad.org'] }, { domain: 'bad.org' }],
    ['several types', { type: ['hostname', 'string'], list: ['bad.org'] }, { domain: 'a.bad.org' }],
    ['a type in upper case', { type: ' CIDR', list: ['45.1.0.0/16'] }, { ip: '45.1.2.3' }],
    ['no name', { name: null, list: ['bad.org'] }, { domain: 'bad.org' }],
    ['null attributes', { matching_attributes: null, list: ['bad.org'] }, { domain: 'bad.org' }],
    ['one attribute', { matching_attributes: 'domain', list: ['bad.org'] }, { domain: 'bad.org' }],
    ['an empty attribute', { matching_attributes: '', list: ['bad.org'] }, { domain: 'bad.org' }],
    [
      'comments',
      { type: 'string', matching_attributes: ['ip-src'], list: { '102.165.30.98': 'netsystems' } },
      { ip: '102.165.30.98' },
    ],
    [
      'comments that are null',
      { type: 'hostname', list: { 'bad.org': null } },
      { domain: 'bad.org' },
    ],
    [
      'a mapping that PHP reads as a list',
      { list: { 0: 'a.org', 1: 'bad.org' } },
      { domain: 'bad.org' },
    ],
    ['keys that are numbers', { type: 'substring', list: { 4711: 'x' } }, { domain: 'a4711.com' }],
  ])('a list can have %s', async (_, list, object) => {
    const exclusions = await load(list);
    expect(exclusions.find(objectParts(object))).toBe('list-0.json');
    expect(exclusions.warnings).toEqual([]);
  });

  it('the entry __proto__ is an entry like others', async () => {
    const path = join(folder, 'proto.json');
    await writeFile(path, '{"list": {"__proto__": "a comment", "bad.org": "another"}}');
    const exclusions = await exclusionsInFiles([path]);
    expect(exclusions.find(objectParts({ domain: 'bad.org' }))).toBe('proto.json');
  });

  it('lists in the forms of the public repository load together', async () => {
    const exclusions = await load(...PUBLIC_LISTS);
    expect(exclusions.size).toBe(PUBLIC_LISTS.length);
    expect(exclusions.warnings.map(({ message }) => message)).toEqual([
      '1 of 4 entries of the list List of known dax30 webpages is left out: entry 4 "." is not a host name',
      '2 of 3 entries of the list DNS resolvers are left out: entry 1 "77." is not a host name; entry 3 "" is empty',
      '1 of 2 entries of the list SANS ISC Research IPs is left out: entry 2 "102.165.30.99 # netsystems" is not a valid address, network or range',
    ]);
    const found = (object: VisionOneObject) => exclusions.find(objectParts(object));
    expect(found({ domain: 'raw.githubusercontent.com' })).toBe('LOTS');
    expect(found({ url: 'https://x.github.io/payload' })).toBe('LOTS');
    expect(found({ url: 'https://www.google.com/search' })).toBeUndefined();
    expect(found({ url: 'https://www.google.com' })).toBe('Captive portals');
    expect(found({ domain: 'www.google.com' })).toBe('Captive portals');
    expect(found({ domain: 'c2.mcafee.com.evil.net' })).toBe('Malware analysis services');
    expect(found({ domain: 'login.telekom.de' })).toBe('List of known dax30 webpages');
    expect(found({ url: 'https://login.telekom.de/' })).toBeUndefined();
    expect(found({ ip: 'fe80::9' })).toBe('IPv6 link local');
    expect(found({ ip: '89.248.167.133' })).toBe('NetSecScan');
    expect(found({ url: 'http://89.248.167.133/' })).toBeUndefined();
    expect(found({ senderMailAddress: 'abuse@bank.example' })).toBe('Contact addresses');
    expect(found({ senderMailAddress: 'x@99.com' })).toBe('Disposable mail domains');
    expect(found({ domain: 'mailserverru2099.com' })).toBeUndefined();
    expect(found({ fileSha256: `${'a'.repeat(55)}999999999` })).toBeUndefined();
    expect(found({ fileSha1: 'da39a3ee5e6b4b0d3255bfef95601890afd80709' })).toBe('Empty files');
    expect(found({ domain: 'whatismyip.com' })).toBe("What's my IP");
  });
});

/** Excerpts of public lists, and forms that some of their versions have had. */
const PUBLIC_LISTS = [
  {
    name: 'Phone numbers',
    type: 'regex',
    matching_attributes: ['phone-number', 'whois-registrant-phone'],
    list: ['/((?:\\+|00)33?|0?)(999)([0-9]{6})/g', '/((?:\\+|00)61)?1(3|8)00975707|08|09|10|11/g'],
  },
  {
    name: 'Disposable mail domains',
    type: 'substring',
    matching_attributes: [
      'email-src',
      'email-dst',
      'whois-registrant-email',
      'domain|ip',
      'dns-soa-email',
    ],
    list: ['99.com', 'us.to', 'etics.us'],
  },
  {
    name: 'Contact addresses',
    type: 'regex',
    matching_attributes: ['email-dst', 'email-src', 'target-email'],
    list: ['/^(security|noc|soc|abuse)\\@.*\\..*$/i'],
  },
  {
    name: 'LOTS',
    type: 'hostname',
    matching_attributes: ['domain', 'domain|ip', 'hostname', 'hostname|port', 'url'],
    list: ['.github.io', 'raw.githubusercontent.com', 't.co'],
  },
  {
    name: 'List of known dax30 webpages',
    type: 'hostname',
    matching_attributes: ['domain', 'hostname', 'domain|ip'],
    list: ['.telekom.com', '.telekom.de', '.the-linde-group.com', '.'],
  },
  {
    name: 'DNS resolvers',
    type: 'hostname',
    matching_attributes: ['hostname', 'domain', 'url', 'domain|ip'],
    list: ['77.', 's171.HosakaFL1.vectant.ne.jp.', ''],
  },
  {
    name: 'Captive portals',
    type: 'string',
    matching_attributes: ['hostname', 'domain', 'url', 'domain|ip'],
    list: ['connectivitycheck.gstatic.com', 'www.google.com'],
  },
  {
    name: 'Google',
    type: 'string',
    matching_attributes: ['domain', 'hostname', 'domain|ip', 'URL'],
    list: ['.google.com', 'google.com', 'www.google.com'],
  },
  {
    name: 'Malware analysis services',
    type: 'substring',
    matching_attributes: ['domain', 'hostname', 'domain|ip', 'url'],
    list: ['mcafee.com', 'tria.ge'],
  },
  {
    name: 'IPv6 link local',
    type: 'cidr',
    matching_attributes: ['ip-src', 'ip-dst', 'domain|ip', 'ip-dst|port', 'ip-src|port'],
    list: ['FE80::/10'],
  },
  {
    name: 'NetSecScan',
    type: 'cidr',
    matching_attributes: ['ip-src', 'ip-dst', 'domain|ip', 'ip-dst|port', 'ip-src|port'],
    list: ['89.248.167.132/31', '89.248.167.135/32'],
  },
  {
    name: 'SANS ISC Research IPs',
    type: 'cidr',
    matching_attributes: ['ip-src', 'ip-dst', 'ip-dst|port', 'ip-src|port'],
    list: { '102.165.30.98': 'netsystems', '102.165.30.99 # netsystems': '' },
  },
  {
    name: 'Empty files',
    type: 'string',
    matching_attributes: ['md5', 'sha1', 'sha256', 'filename|sha1', 'ssdeep'],
    list: ['d41d8cd98f00b204e9800998ecf8427e', 'da39a3ee5e6b4b0d3255bfef95601890afd80709', '3::'],
  },
  {
    name: 'Azure application ids',
    type: 'string',
    matching_attributes: ['azure-application-id'],
    list: ['f5eaa862-7f08-448c-9c4e-f4047d4d4521'],
  },
  // It has no type.
  {
    name: "What's my IP",
    matching_attributes: ['domain', 'hostname', 'domain|ip', 'uri', 'url'],
    list: ['whatismyip.com', 'ip4.me'],
  },
];
