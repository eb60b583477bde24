/** Users' own lists and MISP's warning lists, against an implementation that tries every entry. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { objectParts } from '../../src/safety/object-parts.js';
import { objectKeyOf, type VisionOneObject } from '../../src/vision-one/payload.js';
import { exclusionsFrom, type GivenList } from '../support/exclusions.js';

type Type = GivenList['type'];
/** The type of a list, the attributes that it is for, and its entries. */
type List = [type: Type, attributes: string[], ...entries: string[]];

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
  const withoutScheme = url.map((text) => text.replace(/^https?:\/\//, ''));
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
  const attributes = fc.subarray(['domain', 'ip-src', 'url', 'email-src', 'domain|ip', 'ALL'], {
    maxLength: 3,
  });
  const listOf = (type: Type, entry: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<List> =>
    fc
      .tuple(type ? attributes : fc.constant<string[]>([]), fc.array(entry, { maxLength }))
      .map(([given, entries]) => [type, given, ...entries]);
  const list = fc.oneof(
    listOf('hostname', fc.oneof(host, address), 5),
    listOf('cidr', network, 5),
    listOf('string', fc.oneof(host, address, v6, url, withoutScheme), 5),
    listOf(
      'substring',
      text.map((parts) => parts.join('')),
      3,
    ),
    listOf('regex', fc.constantFrom('/^a\\./', 'b.*a', '^45', '/com$/'), 2),
    listOf(
      undefined,
      fc.oneof(
        host,
        host.map((name) => `*.${name}`),
        network,
        url,
      ),
      5,
    ),
  );

  it('an object is excluded exactly if a list for its type has an entry that excludes it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(list, { maxLength: 4 }), object, async (lists, asked) => {
        const given = lists.map(([type, names, ...entries], index) => ({
          name: `list ${index}`,
          type,
          attributes: names,
          entries,
        }));
        const found = (await exclusionsFrom(...given)).find(objectParts(asked));
        const all = given.flatMap(({ name, type, attributes: names, entries }) =>
          isFor(names, asked) && entries.some((entry) => excludesSlowly(type, entry, asked))
            ? [name]
            : [],
        );
        if (found === undefined) expect(all).toEqual([]);
        else expect(all).toContain(found);
      }),
      { numRuns: 10_000 },
    );
  });
});

/** Whether a list is for the type of an object. */
function isFor(attributes: string[], object: VisionOneObject): boolean {
  const names = { domain: 'domain', ip: 'ip-src', url: 'url', senderMailAddress: 'email-src' };
  const name = new Map(Object.entries(names)).get(objectKeyOf(object)) ?? '';
  return attributes.length === 0 || attributes.includes('ALL') || attributes.includes(name);
}

/** A simple implementation for comparison. It uses integer arithmetic for networks. */
function excludesSlowly(type: Type, entry: string, object: VisionOneObject): boolean {
  const parts = partsSlowly(object);
  const { value, host, address } = parts;
  const lower = entry.toLowerCase();
  switch (type) {
    case 'hostname':
      if (numberOf(lower)) return containsSlowly(lower, address);
      return host !== undefined && `.${host}`.endsWith(`.${lower}`);
    case 'cidr':
      return 'ip' in object && containsSlowly(lower, address);
    case 'string':
      if ('ip' in object && numberOf(lower)) return containsSlowly(lower, address);
      return parts.wholes.includes(lower);
    case 'substring':
      return value.includes(lower);
    case 'regex':
      return new RegExp(entry.replace(/^\/(.*)\/$/, '$1'), 'i').test(value);
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
  // A URL without a path can end in a slash.
  const wholes = key === 'url' ? [value, withoutScheme].flatMap(withAndWithoutSlash) : [value];
  return {
    value,
    address,
    host: address === undefined && key !== 'ip' ? named : undefined,
    /** The spellings of the whole value. */
    wholes,
    /** The texts that a line of one value can be. */
    names: [...wholes, named],
  };
}

function withAndWithoutSlash(url: string): string[] {
  const hasPath = /\/./.test(url.replace(/^[a-z]+:\/\//, ''));
  return hasPath ? [url] : [url.replace(/\/$/, ''), `${url.replace(/\/$/, '')}/`];
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
