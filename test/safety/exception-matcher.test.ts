/** What exceptions cover: examples, and a comparison with a simple implementation that tries each exception. */

import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OBJECT_KEYS, type ObjectKey } from '../../src/indicator/indicator.js';
import { ExceptionMatcher } from '../../src/safety/exception-matcher.js';
import { objectParts } from '../../src/safety/object-parts.js';
import { objectKeyOf, type VisionOneObject } from '../../src/vision-one/payload.js';

type Exception = [key: ObjectKey, value: string];

function matcherOf(...exceptions: Exception[]): ExceptionMatcher {
  const matcher = new ExceptionMatcher();
  for (const [key, value] of exceptions) matcher.add(key, value);
  return matcher;
}

const covers = (exception: Exception, object: VisionOneObject) =>
  matcherOf(exception).find(objectParts(object));

describe('an exception covers', () => {
  it.each<[Exception, VisionOneObject]>([
    [['domain', 'example.com'], { domain: 'example.com' }],
    [['domain', 'Example.COM.'], { domain: 'example.com' }],
    [['domain', '*.example.com'], { domain: 'a.example.com' }],
    [['domain', '*.example.com'], { domain: 'c.b.a.example.com' }],
    [['domain', '*.EXAMPLE.com'], { domain: 'A.Example.com' }],
    [['domain', 'example.com'], { url: 'http://example.com/x' }],
    [['domain', 'example.com'], { url: 'https://user@EXAMPLE.com.:8443/x' }],
    [['domain', '*.example.com'], { url: 'http://a.example.com/x' }],
    [['ip', '45.1.2.3'], { ip: '45.1.2.3' }],
    [['ip', '45.1.2.3'], { url: 'http://45.1.2.3:8080/x' }],
    [['ip', '45.1.2.3'], { url: 'http://0x2d.1.2.3/' }],
    [['ip', '2A00:0:0:0:0:0:0:1'], { ip: '2a00::1' }],
    [['ip', '2A00:0:0:0:0:0:0:1'], { url: 'http://[2a00::1]/' }],
    [['url', 'http://example.com/x'], { url: 'http://example.com/x' }],
    [['url', 'HTTP://Example.com/X'], { url: 'http://example.com/x' }],
    [['url', 'https://*.example.com/path/*'], { url: 'https://a.example.com/path/x' }],
    [['url', '*.example.com/*'], { url: 'http://a.b.example.com/x' }],
    [['url', 'http://45.1.2.3/*'], { url: 'http://45.1.2.3/x' }],
    [['url', '*example.com/x'], { url: 'http://myexample.com/x' }],
    [['url', 'http://example.com/*'], { url: 'http://example.com' }],
    [['url', 'http://example.com'], { url: 'http://example.com/' }],
    [['url', 'https://*.example.com/path/*'], { url: 'https://a.example.com:443/path/x' }],
    [['url', 'http://example.com:80/x'], { url: 'http://example.com/x' }],
    [['url', 'http://münchen.example/*'], { url: 'http://xn--mnchen-3ya.example/x' }],
    [['url', 'http://u@münchen.example:8080/*'], { url: 'http://u@xn--mnchen-3ya.example:8080/x' }],
    [['url', 'http://münchen.example:8080/x'], { url: 'http://xn--mnchen-3ya.example:8080/x' }],
    [['domain', 'münchen.example'], { domain: 'xn--mnchen-3ya.example' }],
    [['domain', '*.münchen.example'], { domain: 'a.xn--mnchen-3ya.example' }],
    [['ip', '45.1.2.3'], { ip: '::ffff:45.1.2.3' }],
    // The forms of Trend Micro's console: networks, ranges, and URLs without a scheme.
    [['ip', '93.184.216.0/24'], { ip: '93.184.216.255' }],
    [['ip', '93.184.216.77/24'], { ip: '93.184.216.0' }],
    [['ip', '93.184.216.34/32'], { ip: '93.184.216.34' }],
    [['ip', '0.0.0.0/0'], { ip: '93.184.216.34' }],
    [['ip', '2606:4700::/32'], { ip: '2606:4700:ffff::1' }],
    [['ip', '2606:4700::/32'], { url: 'http://[2606:4700::1]:8080/x' }],
    [['ip', '93.184.216.0/24'], { ip: '::ffff:93.184.216.7' }],
    [['ip', '93.184.216.0/24'], { url: 'http://93.184.216.7/x' }],
    [['ip', '93.184.216.0/24'], { url: 'https://0x5d.184.216.7/x' }],
    [['ip', '93.184.217.1-93.184.217.20'], { ip: '93.184.217.1' }],
    [['ip', '93.184.217.1-93.184.217.20'], { ip: '93.184.217.20' }],
    [['ip', '93.184.217.1 - 93.184.217.20'], { ip: '93.184.217.9' }],
    [['ip', '93.184.217.1-93.184.217.20'], { url: 'http://93.184.217.9/' }],
    [['ip', '93.184.217.1-93.184.217.20'], { ip: '::ffff:93.184.217.9' }],
    [['ip', '2606:4700::1-2606:4700::FF'], { ip: '2606:4700::fe' }],
    [['ip', '9.0.0.0-100.0.0.0'], { ip: '45.1.2.3' }],
    [['url', 'abc.example.com/path1/path2'], { url: 'http://abc.example.com/path1/path2' }],
    [['url', 'abc.example.com/path1/path2'], { url: 'https://abc.example.com/path1/path2' }],
    [['url', '//abc.example.com/x'], { url: 'https://ABC.example.com/x' }],
    [['url', 'abc.example.com'], { url: 'ftp://abc.example.com/' }],
    [['url', 'abc.example.com/*'], { url: 'https://abc.example.com/x/y' }],
    [['url', 'abc.example.com:443/x'], { url: 'https://abc.example.com/x' }],
    [['url', 'abc.example.com:443/x'], { url: 'http://abc.example.com:443/x' }],
    [['url', 'abc.example.com:80/*'], { url: 'http://abc.example.com/x' }],
    [['url', '93.184.216.7/*'], { url: 'http://93.184.216.7/x' }],
    [['url', 'münchen.example/x'], { url: 'http://xn--mnchen-3ya.example/x' }],
    [['ip', '45.1.2.3'], { url: 'http://[::ffff:45.1.2.3]/x' }],
    [['ip', '2A00::1%eth0'], { ip: '2a00::1%eth0' }],
    [['senderMailAddress', 'Boss@Example.com'], { senderMailAddress: 'boss@example.com' }],
    [
      ['senderMailAddress', 'boss@bücher.example.'],
      { senderMailAddress: 'boss@xn--bcher-kva.example' },
    ],
    [['domain', 'Example.com'], { senderMailAddress: 'a@example.com' }],
    [['domain', '*.example.com'], { senderMailAddress: 'a@c.b.example.com' }],
    [['domain', 'bücher.example'], { senderMailAddress: 'a@xn--bcher-kva.example' }],
    [['fileSha256', 'AB'.repeat(32)], { fileSha256: 'ab'.repeat(32) }],
    [['fileSha1', 'ab'.repeat(20)], { fileSha1: 'AB'.repeat(20) }],
  ])('the exception %j covers %j', (exception, object) => {
    expect(covers(exception, object)).toBe(exception[1]);
  });

  it.each<[Exception, VisionOneObject]>([
    [['domain', '*.example.com'], { domain: 'example.com' }],
    [['domain', '*.example.com'], { domain: 'notexample.com' }],
    [['domain', '*.example.com'], { domain: 'a.example.com.evil.com' }],
    [['domain', '*.example.com'], { url: 'http://example.com/' }],
    [['domain', 'example.com'], { domain: 'a.example.com' }],
    [['domain', 'example.com'], { url: 'http://a.example.com/' }],
    [['domain', 'example.com'], { url: 'http://example.com@evil.com/' }],
    [['domain', 'example.com'], { url: 'http://evil.com/example.com' }],
    [['domain', 'example.com'], { senderMailAddress: 'a@b.example.com' }],
    [['domain', 'example.com'], { senderMailAddress: 'example.com@evil.com' }],
    [['domain', '*.example.com'], { senderMailAddress: 'a@example.com' }],
    [['url', 'http://example.com/*'], { senderMailAddress: 'a@example.com' }],
    [['senderMailAddress', 'boss@example.com'], { domain: 'example.com' }],
    // An address with a zone is another address.
    [['ip', '2a00::1'], { ip: '2a00::1%eth0' }],
    [['ip', '2a00::1%eth0'], { ip: '2a00::1' }],
    [['ip', '2a00::1%eth0'], { ip: '2a00::1%eth1' }],
    [['url', 'http://example.com/x'], { domain: 'example.com' }],
    [['url', 'http://example.com/x'], { url: 'https://example.com/x' }],
    [['url', 'https://*.example.com/path/*'], { url: 'https://evil.com/.example.com/path/x' }],
    [['url', 'https://*.example.com/path/*'], { url: 'https://evil.com/?.example.com/path/x' }],
    [['url', 'https://*.example.com/path/*'], { url: 'https://x.example.com@evil.com/path/x' }],
    [['url', 'https://*.example.com/*'], { domain: 'a.example.com' }],
    [['ip', '45.1.2.3'], { ip: '45.1.2.30' }],
    [['ip', '45.1.2.3'], { domain: 'a45.1.2.3.com' }],
    [['fileSha1', 'ab'.repeat(20)], { fileSha256: 'ab'.repeat(32) }],
    [['ip', '93.184.216.0/24'], { ip: '93.184.217.0' }],
    [['ip', '93.184.216.0/24'], { ip: '93.184.215.255' }],
    [['ip', '93.184.216.0/24'], { domain: '93.184.216.7.example.com' }],
    [['ip', '93.184.216.0/24'], { ip: '93.184.216.7%eth0' }],
    [['ip', '93.184.217.1-93.184.217.20'], { ip: '93.184.217.21' }],
    [['ip', '93.184.217.1-93.184.217.20'], { ip: '93.184.217.0' }],
    [['ip', '2606:4700::1-2606:4700::ff'], { ip: '2606:4700::100' }],
    // What is neither an address, a network nor a range covers no address.
    [['ip', '93.184.217.20-93.184.217.1'], { ip: '93.184.217.9' }],
    [['ip', '93.184.217.1-2606:4700::'], { ip: '93.184.217.9' }],
    [['ip', '93.184.217.0/33'], { ip: '93.184.217.0' }],
    [['ip', '1-93.184.217.20'], { ip: '93.184.217.9' }],
    [['url', 'abc.example.com/path1'], { url: 'http://abc.example.com/path1/path2' }],
    [['url', 'abc.example.com'], { url: 'http://abc.example.com/x' }],
    [['url', '*.example.com'], { url: 'https://abc.example.com/x' }],
    [['url', 'abc.example.com/x'], { url: 'http://evil.com/abc.example.com/x' }],
    [['url', 'abc.example.com:443/x'], { url: 'http://abc.example.com/x' }],
    [['url', 'abc.example.com:8080/x'], { url: 'http://abc.example.com/x' }],
    [['url', 'abc.example.com/x'], { domain: 'abc.example.com' }],
  ])('the exception %j does not cover %j', (exception, object) => {
    expect(covers(exception, object)).toBeUndefined();
  });

  it('without exceptions, nothing is covered', () => {
    expect(
      new ExceptionMatcher().find(objectParts({ url: 'http://example.com/' })),
    ).toBeUndefined();
  });

  // Patterns are found by their anchors, so that no URL is tried on all of them.
  it.each([
    ['the end of the host', (n: number) => `*bad-${n}.example/x`, 'http://bad-17.example/x'],
    [
      'the start of the host',
      (n: number) => `http://bad-${n}.example*`,
      'http://bad-17.example.com/x',
    ],
    ['the start of the path', (n: number) => `https://*/p-${n}/*`, 'https://a.com/p-17/x'],
    ['the end of the path', (n: number) => `*/*-${n}.exe`, 'https://a.com/x/mal-17.exe'],
    ['the path, on one host', (n: number) => `https://a.com/p-${n}/*`, 'https://a.com/p-17/x'],
  ])('a pattern is found among 5,000 that differ in %s', (_, pattern, url) => {
    const matcher = matcherOf(
      ...Array.from({ length: 5_000 }, (__, n): Exception => ['url', pattern(n)]),
    );
    expect(matcher.find(objectParts({ url }))).toBe(pattern(17));
    expect(matcher.find(objectParts({ url: url.replace('17', '5000') }))).toBeUndefined();
  });

  it('the range that has an address is found among 5,000, also inside and behind other ranges', () => {
    const ranges = Array.from({ length: 5_000 }, (_, n): Exception => {
      const net = `45.${n >> 8}.${n & 255}`;
      return ['ip', n % 2 ? `${net}.0/28` : `${net}.100-${net}.120`];
    });
    const matcher = matcherOf(['ip', '44.0.0.0-45.0.200.0'], ...ranges);
    const find = (ip: string) => matcher.find(objectParts({ ip }));
    expect(find('45.0.3.7')).toBe('44.0.0.0-45.0.200.0');
    expect(find('45.19.3.7')).toBe('45.19.3.0/28');
    expect(find('45.19.4.120')).toBe('45.19.4.100-45.19.4.120');
    expect(find('45.19.4.121')).toBeUndefined();
    expect(find('45.19.3.16')).toBeUndefined();
  });

  it('each of 5,000 wildcards is found', () => {
    const matcher = matcherOf(
      ...Array.from({ length: 5_000 }, (_, n): Exception => {
        return n % 2 ? ['domain', `*.good-${n}.com`] : ['url', `https://*.good-${n}.com/*`];
      }),
    );
    for (let n = 4_000; n < 6_000; n++) {
      const url = `https://a.good-${n}.com/x`;
      expect(matcher.find(objectParts({ url })) !== undefined).toBe(n < 5_000);
    }
  });
});

describe('a simple implementation that tries every exception', () => {
  const label = fc.constantFrom('a', 'b', 'example', 'A');
  const host = fc
    .array(label, { minLength: 1, maxLength: 3 })
    .map((labels) => [...labels, 'com'].join('.'));
  const address = fc.constantFrom('45.1.2.3', '45.1.2.4', '45.9.0.0', '2a00::1', '2a00::7');
  const path = fc.constantFrom('', '/', '/a', '/a/b', '/.a.com/', '?a', '/A');
  const scheme = fc.constantFrom('http', 'https', 'ftp');
  const hostInUrl = fc.oneof(
    host,
    address.map((text) => (text.includes(':') ? `[${text}]` : text)),
  );
  const url = fc
    .tuple(scheme, fc.constantFrom('', 'a.com@'), hostInUrl, path)
    .map(([s, user, h, p]) => `${s}://${user}${h}${p}`);
  const object: fc.Arbitrary<VisionOneObject> = fc.oneof(
    host.map((domain) => ({ domain })),
    address.map((ip) => ({ ip })),
    url.map((text) => ({ url: text })),
    host.map((text) => ({ senderMailAddress: `a@${text}` })),
  );
  const exception: fc.Arbitrary<Exception> = fc.oneof(
    host.map((value): Exception => ['domain', value]),
    host.map((value): Exception => ['domain', `*.${value}`]),
    address.map((value): Exception => ['ip', value]),
    fc
      .tuple(address, fc.constantFrom(8, 24, 30, 31, 32))
      .map(([value, length]): Exception => ['ip', `${value}/${length}`]),
    fc.tuple(address, address).map(([from, to]): Exception => ['ip', `${from}-${to}`]),
    fc.tuple(host, path).map(([h, p]): Exception => ['url', `${h}${p}`]),
    url.map((value): Exception => ['url', value]),
    url.map((value): Exception => ['url', `${value}*`]),
    fc.tuple(scheme, host, path).map(([s, h, p]): Exception => ['url', `${s}://*.${h}${p}`]),
    fc.tuple(host, path).map(([h, p]): Exception => ['url', `*.${h}${p}*`]),
    fc.tuple(host, path).map(([h, p]): Exception => ['url', `*${h}${p}`]),
  );

  it('an object is covered exactly if a simple implementation that tries every exception says so', () => {
    fc.assert(
      fc.property(fc.array(exception, { maxLength: 8 }), object, (exceptions, asked) => {
        const found = matcherOf(...exceptions).find(objectParts(asked));
        const all = exceptions.filter((one) => coversSlowly(one, asked)).map(([, value]) => value);
        if (found === undefined) expect(all).toEqual([]);
        else expect(all).toContain(found);
      }),
      { numRuns: 10_000 },
    );
  });

  it('any text can be an exception and an object', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: fc.constantFrom('1', '.', '-', '/', ':', '*', 'a', '%', '[', ']', ' ') }),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...OBJECT_KEYS),
        fc.constantFrom(...OBJECT_KEYS),
        fc.array(text),
        text,
        (key, asked, exceptions, value) => {
          const matcher = matcherOf(...exceptions.map((each): Exception => [key, each]));
          const found = matcher.find(objectParts({ [asked]: value }));
          if (found !== undefined) expect(exceptions).toContain(found);
        },
      ),
      { numRuns: 5_000 },
    );
  });
});

/** A simple implementation for comparison: it splits hosts by hand and matches stars character by character. */
function coversSlowly([key, value]: Exception, object: VisionOneObject): boolean {
  const asked = objectKeyOf(object);
  // An empty path is `/`. If a host ends with a star, any path can follow.
  const slashed = (url: string) =>
    url.replace(/^((?:[a-z]+:\/\/)?[^/?#]*[^/?#*])(?=[?#]|$)/, '$1/');
  const text = (asked === 'url' ? slashed : String)((object[asked] ?? '').toLowerCase());
  const lower = (key === 'url' ? slashed : String)(value.toLowerCase());
  if (key === asked && lower === text) return true;
  if (key === 'domain') return domainCoversSlowly(lower, asked, hostSlowly(asked, text));
  if (key === 'ip')
    return addressCoversSlowly(lower, asked === 'ip' ? text : hostSlowly(asked, text));
  const isPattern = lower.includes('*') || !/^[a-z]+:/.test(lower);
  return key === 'url' && asked === 'url' && isPattern && patternCoversSlowly(lower, text);
}

function addressCoversSlowly(lower: string, address: string | undefined): boolean {
  if (address === undefined) return false;
  const family = (text: string) => (text.includes(':') ? 'ipv6' : 'ipv4');
  const block = new BlockList();
  const [network = '', length] = lower.split('/');
  const [from = '', to] = lower.split('-');
  try {
    if (length) block.addSubnet(network, Number(length), family(network));
    else if (to) block.addRange(from, to, family(from));
    else block.addAddress(lower, family(lower));
  } catch {
    return false;
  }
  return isIP(address) !== 0 && block.check(address, family(address));
}

function domainCoversSlowly(lower: string, asked: ObjectKey, host: string | undefined): boolean {
  if (host === undefined) return false;
  return lower.startsWith('*.')
    ? host.endsWith(lower.slice(1)) && host.length > lower.length - 1
    : asked !== 'domain' && host === lower;
}

function patternCoversSlowly(lower: string, text: string): boolean {
  const whole = /^[a-z]+:\/\//.test(lower) ? lower : null;
  const schemes = whole ? [whole] : ['http', 'https', 'ftp'].map((s) => `${s}://${lower}`);
  return schemes.some((pattern) => starsSlowly(pattern, endOfHost(pattern), text));
}

/** The index at which the host of a pattern ends. */
function endOfHost(pattern: string): number {
  const from = pattern.indexOf('://') + 3;
  const length = pattern.slice(from).search(/[/?#]/);
  return length === -1 ? pattern.length : from + length;
}

function hostSlowly(key: ObjectKey, text: string): string | undefined {
  if (key === 'domain') return text;
  if (key === 'senderMailAddress') return text.replace(/^.*@/, '');
  if (key !== 'url') return undefined;
  const authority = (text.split('://')[1] ?? '').split(/[/?#]/)[0] ?? '';
  return (authority.split('@').at(-1) ?? '').replace(/^\[|\]$/g, '');
}

/** Character by character. A star in the host ends with the host, unless it ends the pattern. */
function starsSlowly(pattern: string, hostEnds: number, text: string): boolean {
  if (pattern === '') return text === '';
  const rest = pattern.slice(1);
  if (!pattern.startsWith('*')) {
    const same = text !== '' && pattern.startsWith(text.slice(0, 1));
    return same && starsSlowly(rest, hostEnds - 1, text.slice(1));
  }
  for (let from = 0; from <= text.length; from++) {
    if (starsSlowly(rest, hostEnds - 1, text.slice(from))) return true;
    if (hostEnds > 0 && rest !== '' && '/?#'.includes(text.slice(from, from + 1))) return false;
  }
  return false;
}
