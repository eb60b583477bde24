/** Never open or resolve the indicators in this file: some are addresses of live malware. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkDomain } from '../../src/indicator/domain.js';
import { checkValue } from '../../src/indicator/indicator.js';
import { browserHost, hasScheme, normalizeUrl } from '../../src/indicator/url.js';
import { parseUrl } from '../../src/text/parse-url.js';
import { problemOf, sentValue } from '../support/checked.js';

const url = (text: string, defaultScheme = 'http') =>
  checkValue('url', text, { wildcards: false, defaultScheme });
const exception = (text: string) =>
  checkValue('url', text, { wildcards: true, defaultScheme: 'https' });

describe('a URL that browsers open', () => {
  it.each([
    'http:\\\\evil.example',
    'http:\\\\evil.example\\a\\b',
    'http:/evil.example/a',
    'http:/\\evil.example/a',
    'http:///evil.example/a',
    'https:evil.example/a',
    'HTTPS:evil.example',
    'ftp:evil.example/a',
    'http:user@evil.example/a',
    'http://evil.example\\a',
    'http://evil.example\\a\\b?c\\d#e\\f',
    'http://evil.example:8080\\a',
    'http://evil.example\\@hospital.example/',
    'http://evil.example.\\a',
    'http://-evil.example/',
    'http://evil-.example/',
    'http://-.evil.example/',
    'http://ev%69l.example/',
    'http://%65%76%69%6c.example/',
    'http://%31%39%38.51.100.7/',
    'http://\u24d4\u24e5\u24d8\u24db.example/',
    'http://evil.example/*',
    'http://evil.example/a**?b=*',
    'http:[2001:db8::1]/a',
    'http://[2001:0DB8:0:0::1]/A',
    'http://[::ffff:198.51.100.7]:80/',
    'http:_x.evil.example/a',
    'https:@evil.example/a',
    'https:%65vil.example/a',
    'http:\\\\evil.example\\.git',
    'http://evil.example:80\\.git/config',
    'http://[2001:db8::1]\\.git',
    'http://198.51.100.7\\.git',
    'http://evil.example\\(x)',
    'http:3325256711/x',
    'http://)user@evil.example/a',
    'http://user[.]name@evil.example/a',
  ])('%j is sent as a URL that they open likewise', (given) => {
    const sent = sentValue(url(given)) ?? '';
    const [opened, meant] = [new URL(sent), new URL(given)];
    meant.hostname = meant.hostname.replace(/\.$/, '');
    expect(opened.href.replace(/%2A/g, '*')).toBe(meant.href);
    // It is written as browsers write it.
    expect(sent).toMatch(/^[a-z]+:\/\/[^\\/?#]+(?:[/?#]|$)/);
  });

  it('a backslash in a path is a slash, with a scheme and without', () => {
    expect(sentValue(url('http:\\\\evil.example\\a\\b'))).toBe('http://evil.example/a/b');
    expect(sentValue(url('evil.example\\a'))).toBe('http://evil.example/a');
  });

  it('wildcards at the end of a suspicious URL are sent percent-encoded', () => {
    expect(sentValue(url('http://evil.example/*'))).toBe('http://evil.example/%2A');
    expect(sentValue(url('http://evil.example/*/a?b=**'))).toBe('http://evil.example/*/a?b=%2A%2A');
    expect(sentValue(exception('http://good.example/*'))).toBe('http://good.example/*');
  });

  it('a name that DNS has and browsers refuse is sent', () => {
    for (const given of ['http://xn--ildcard-0c2c.evil.example/', 'http://xn--_a-.evil.example/']) {
      expect(sentValue(url(given))).toBe(given);
      expect(browserHost(given)).toBe(given.slice(7, -1));
    }
  });
});

describe('a URL', () => {
  it.each([
    ['HTTP://Evil.Example/F1.PHP', 'http://evil.example/F1.PHP'],
    ['https://evil.example', 'https://evil.example'],
    ['http://evil.example./x', 'http://evil.example/x'],
    ['http://198.51.100.7./x', 'http://198.51.100.7/x'],
    ['http://bücher.example/ü?q=Ä', 'http://xn--bcher-kva.example/ü?q=Ä'],
    ['http://evil.example:8080/x', 'http://evil.example:8080/x'],
    ['https://evil.example:443/', 'https://evil.example:443/'],
    ['http://198.51.100.7\\[.]hospital.example', 'http://198.51.100.7/.hospital.example'],
    ['http:\\\\evil.example\\[.]hospital.example', 'http://evil.example/.hospital.example'],
    ['http://evil.example/a b/(2018).zip', 'http://evil.example/a b/(2018).zip'],
    ['http://evil.example/../%zz/<ID>?u=http://x', 'http://evil.example/../%zz/<ID>?u=http://x'],
    ['http://evil.example?x#y', 'http://evil.example?x#y'],
    ['http://evil.example/a\\b?c\\d', 'http://evil.example/a/b?c\\d'],
    ['http://evil.example/*/x?y=*&z', 'http://evil.example/*/x?y=*&z'],
    ['ftp://user:pass@evil.example/x', 'ftp://user:pass@evil.example/x'],
    ['ftp://a@b.example:pw@Evil.Example/', 'ftp://a@b.example:pw@evil.example/'],
    ['http://good.example@evil.example/', 'http://good.example@evil.example/'],
    ['http://[2001:DB8::1]:80/x', 'http://[2001:db8::1]:80/x'],
    ['http://localhost/x', 'http://localhost/x'],
    ['http://my_host.evil.example/', 'http://my_host.evil.example/'],
    // Attackers write addresses in these forms, and browsers read them.
    ['http://0x7f.1/', 'http://127.0.0.1/'],
    ['http://2130706433/', 'http://127.0.0.1/'],
    ['http://0XC6.0x33.0x64.7/x', 'http://198.51.100.7/x'],
    ['http://198\u300251\u3002100\u30027:8080/x', 'http://198.51.100.7:8080/x'],
  ])('the URL %s is sent as %s', (given, sent) => {
    expect(sentValue(url(given))).toBe(sent);
  });

  it.each([
    ['', /empty/],
    ['http://', /host/],
    ['/path/only', /host/],
    ['javascript://evil.example/%0aalert(1)', /javascript/],
    ['file:///etc/passwd', /file/],
    ['xxxxp://evil.example', /xxxxp/],
    ['javascript:alert(1)', /scheme/],
    ['mailto:someone@hospital.example', /scheme/],
    ['http:8080/x', /host would be http,/],
    ['https:__evil.example', /scheme/],
    ['hxxp__evil.example/a', /hxxp__/],
    ['HTTP__evil.example', /http__/],
    ['evil.example:80:/x', /port/],
    ['http://evil.example:99999/', /port.*65535/],
    ['http://evil.example:65536/', /port.*65535/],
    ['http://0x7f../', /host/],
    ['https://https://evil.example/', /host would be https,/],
    ['http://http./', /host would be http,/],
    ['http://hxtp://evil.example/', /host would be hxtp,/],
    ['http//evil.example', /neither a scheme nor a host/],
    ['hxxp//evil.example', /neither a scheme nor a host/],
    // Words that belong to something else.
    ['2hxxp://evil.example/', /neither a scheme nor a host/],
    ['_hxxps://evil.example/', /neither a scheme nor a host/],
    ['hxxp__://evil.example/', /neither a scheme nor a host/],
    ['wss:/evil.example/', /neither a scheme nor a host/],
    ['hxxp ://evil.example/', /neither a scheme nor a host/],
    ['(hxxps://evil.example/)', /neither a scheme nor a host/],
    ['<hxxps://evil.example/>', /neither a scheme nor a host/],
    ['\u201dhxxp://evil.example/\u201d', /neither a scheme nor a host/],
    ["'' http://evil.example/''", /neither a scheme nor a host/],
    ['"http://evil.example/', /neither a scheme nor a host/],
    ['hxxp://evil.\\com/a', /backslash/],
    ['hxxp://evil\\\\.com/a', /backslash/],
    ['http://b\u00fccher\\x.example/', /backslash/],
    ['http://evil.example\\.hospital.example/', /backslash/],
    ['evil.example\\.hospital.example/', /backslash/],
    ['https://www.evil\\[.\\]example/', /backslash/],
    ['http://x[.]y@evil.example\\.hospital.example/a', /backslash/],
    ['hxxp://evil[.]example\\.git/config', /backslash/],
    ['hxxp://evil.example\\.hospital.example/a', /backslash/],
    ['http:\\\\www[.]evil\\.example/a', /backslash/],
    ['C:\\temp\\x.exe', /backslash/],
    ['\\\\evil.example\\share', /backslash/],
    ['http://evil..example/', /empty label/],
    ['http://evil.example:abc/', /not a port number/],
    ['http://evil.example:80:80/', /not a port number/],
    ['http://[198.51.100.7]/', /brackets and is not an IPv6/],
    ['http://999.1.1.1/', /host/],
    ['http://1.2.3.4.5/', /number/],
    ['http://[2001:db8::zz]/', /IPv6/],
    ['http://[fe80::1%25eth0]/', /IPv6/],
    ['http://2001:db8::1/', /host/],
    ['http://evil\u200b.example/', /U\+200B/],
    ['http://evil.example/a\u200bb', /U\+200B/],
    ['http://evil.example/a\u202egpj.exe', /U\+202E/],
    ['http://us\u2060er@evil.example/a', /U\+2060/],
    ['http://evil.example/a\u{e0041}b', /U\+E0041/],
    ['http://evil.example/a\nb', /U\+000A/],
    ['http://evil.example/\u0000x', /U\+0000/],
    ['http://evil.example/\u2028x', /U\+2028/],
    ['http://evil.example/\ud800', /U\+D800/],
    ['http://*.evil.example/', /wildcard/],
    ['http://%2a.evil.example/', /wildcard/],
    ['http://evil.example*', /wildcard/],
    ['http://ev%2fil.example/', /"%"/],
    ['http://ev%5bil.example/', /"%"/],
    ['https%3A//evil.example/', /neither a scheme nor a host/],
  ])('%j is not accepted as a URL', (given, reason) => {
    expect(problemOf(url(given))).toMatch(reason);
  });

  it('a URL has at most 2048 characters, including a scheme that was put before it', () => {
    const of = (length: number) => 'evil.example/'.padEnd(length, 'x');
    expect(sentValue(url(`http://${of(2041)}`))).toHaveLength(2048);
    expect(problemOf(url(`http://${of(2042)}`))).toMatch(/2049.*2048/);
    expect(sentValue(url(of(2041)))).toHaveLength(2048);
    expect(problemOf(url(of(2041), 'https'))).toMatch(/2049.*2048/);
  });

  it('a URL of the Exception List can have wildcards at both ends and nowhere else', () => {
    expect(sentValue(exception('*.Good.Example/downloads/*'))).toBe(
      'https://*.good.example/downloads/*',
    );
    expect(sentValue(exception('http://good.example/*'))).toBe('http://good.example/*');
    expect(problemOf(exception('http://good.example/*/x'))).toMatch(/Exception List accepts none/);
    for (const bad of [
      '*',
      'http://%2a.good.example/a',
      'https://*',
      'https://*/x',
      '*good.example/',
      '*://good.example/',
    ]) {
      expect(problemOf(exception(bad)), bad).toBeDefined();
    }
  });

  it.each([
    ['http://evil.example', true],
    ['HTTPS://evil.example', true],
    ['hxxp[:]//evil.example', true],
    ['javascript://evil.example', true],
    [' ftp://evil.example', true],
    ['evil.example', false],
    ['evil.example:8080/path', false],
    ['//evil.example/path', false],
    ['evil.example/?u=http://x.example', false],
    ['[2001:db8::1]:80/x', false],
  ])('hasScheme returns for %j: %s', (given, has) => {
    expect(hasScheme(given)).toBe(has);
  });

  it('no text after the host of a URL changes which host is blocked', () => {
    const rest = fc
      .array(fc.constantFrom('/', '?', '#', '@', '\\', ':', '.', 'hospital.example', '[.]', '%2f'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(rest, fc.constantFrom('/', '?', '#'), (tail, border) => {
        const sent = sentValue(url(`http://evil.example${border}${tail}`));
        if (sent !== undefined) expect(new URL(sent).hostname).toBe('evil.example');
      }),
    );
  });
});

it.each([
  ['http://A.Example.com:80/x', 'a.example.com'],
  ['evil.com:8080/x', 'evil.com'],
  ['evil.com/x', 'evil.com'],
  ['//evil.com/x', 'evil.com'],
  ['ftp://evil.com./', 'evil.com'],
  ['http://bücher.example/', 'xn--bcher-kva.example'],
  ['http://0x7f.1/', '127.0.0.1'],
  ['http://[2A00::1]:80/', '2a00::1'],
  ['http://evil.com\\.good.example/', 'evil.com'],
  ['http://', undefined],
])('the host of %s is %s to a browser', (given, host) => {
  expect(browserHost(given)).toBe(host);
});

describe('a normalized URL', () => {
  it.each([
    ['HTTP://A.com', { scheme: 'http', authority: 'a.com', rest: '', path: '/' }],
    ['http://a.com:80?x', { scheme: 'http', authority: 'a.com', rest: '?x', path: '/?x' }],
    ['https://a.com:80/', { scheme: 'https', authority: 'a.com:80', rest: '/', path: '/' }],
    ['a.com:80/', { scheme: undefined, authority: 'a.com:80', rest: '/', path: '/' }],
    [
      'ftp://u@bücher.example:8021/X',
      { scheme: 'ftp', authority: 'u@xn--bcher-kva.example:8021', rest: '/x', path: '/x' },
    ],
  ])('%s is normalized to %j', (given, expected) => {
    expect(normalizeUrl(given)).toEqual(expected);
  });
});

it('the host of a URL is the one that the URL parser of browsers gives, for any host', () => {
  const label = fc.stringMatching(/^[A-Za-z0-9-]{1,8}$/);
  const last = fc.constantFrom('com', 'COM', 'example', '1', '0x1', 'a', 'c-m', 'xn--p1ai');
  const host = fc
    .tuple(fc.array(label, { maxLength: 3 }), last)
    .map(([labels, end]) => [...labels, end].join('.'));
  fc.assert(
    fc.property(host, fc.constantFrom('', ':8080', '/x', '?q'), (name, rest) => {
      const url = `http://${name}${rest}`;
      const parsed = parseUrl(url)?.hostname ?? sentValue(checkDomain(name, { wildcards: false }));
      expect(browserHost(url)).toBe(parsed);
    }),
    { numRuns: 2_000 },
  );
});
