/** The indicators here may be those of live malware: text to be compared, never to be opened. */
import { isIP } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Checked,
  checkDomain,
  checkHash,
  checkIp,
  checkMail,
  checkUrl,
  hasScheme,
} from '../../src/indicator/validate.js';

const value = (checked: Checked) => ('value' in checked ? checked.value : undefined);
const why = (checked: Checked) => ('problem' in checked ? checked.problem : undefined);

const domain = (text: string) => checkDomain(text, false);
const url = (text: string) => checkUrl(text, 'http', false);

/** A name of so many characters, in labels that are not too long. */
const nameOf = (length: number) => `${'a.'.repeat(length).slice(0, length - 8)}a.exampl`;

describe('a domain', () => {
  it.each([
    ['Evil.Example', 'evil.example'],
    ['evil.example.', 'evil.example'],
    ['evil.example\u3002', 'evil.example'],
    ['sub.evil[.]example.', 'sub.evil.example'],
    ['_dmarc.evil.example', '_dmarc.evil.example'],
    ['my_host.evil.example', 'my_host.evil.example'],
    ['r3---sn-x.evil.example', 'r3---sn-x.evil.example'],
    ['3g2upl4pq6kufc4m.onion', '3g2upl4pq6kufc4m.onion'],
    ['localhost', 'localhost'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.EXAMPLE', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['faß.example', 'xn--fa-hia.example'],
    ['evil\u3002example', 'evil.example'],
    ['ｅｖｉｌ.example', 'evil.example'],
    ['update.移动', 'update.xn--6frz82g'],
    ['ישראל.example', 'xn--4dbrk0ce.example'],
    ['💩.example', 'xn--ls8h.example'],
  ])('%s is sent as %s', (given, sent) => {
    expect(value(domain(given))).toBe(sent);
  });

  it('in Greek capitals is the name that a browser reads, whatever letter stands at the end', () => {
    for (const name of ['ΛΌΓΟΣ.example', 'ΛΌΓΟΣ-Α.example', 'example.ΛΌΓΟΣ', 'ΣΣ.example']) {
      expect(value(domain(name))).toBe(new URL(`http://${name}`).hostname);
    }
  });

  it.each([
    ['', /empty/],
    ['.', /empty/],
    ['evil.example:8080', /port/],
    ['evil.example:8080/x', /path/],
    ['evil.example/x', /path/],
    ['evil.example?x', /query/],
    ['http://evil.example', /path/],
    ['198.51.100.7', /IP address/],
    ['198.51.100.7.', /IP address/],
    ['[2001:db8::1]', /IP address/],
    ['2001:db8::1', /IP address/],
    ['0x7f.1', /number/],
    ['1.2.3', /number/],
    ['evil.123', /number/],
    ['１９８.51.100.7', /no valid domain/],
    ['evil..example', /no valid domain/],
    ['.evil.example', /no valid domain/],
    ['-evil.example', /no valid domain/],
    ['evil-.example', /no valid domain/],
    ['evil,example', /no valid domain/],
    ['someone@evil.example', /no valid domain/],
    ['evil.example,other.example', /no valid domain/],
    ['server-{1,30}.evil.example', /no valid domain/],
    ['a.*.example', /no valid domain/],
    ['evil .example', /characters/],
    ['evil example', /characters/],
    ['evil.example\u0000', /characters/],
    ['evil\u200b.example', /characters/],
    ['evil\u00ad.example', /characters/],
    ['\u202eevil.example', /characters/],
    ['xn\u20146frz82g.example', /characters/],
    ['xn--a.example', /xn--/],
    ['xn--0.example', /xn--/],
    ['*.evil.example', /wildcard/],
  ])('%j is none', (given, reason) => {
    expect(why(domain(given))).toMatch(reason);
  });

  it('may have 253 characters and no more, and labels of 63 and no more', () => {
    expect(nameOf(253)).toHaveLength(253);
    expect(value(domain(nameOf(253)))).toBe(nameOf(253));
    expect(why(domain(nameOf(254)))).toMatch(/254.*253/);
    expect(value(domain(`${'a'.repeat(63)}.example`))).toBeDefined();
    expect(why(domain(`${'a'.repeat(64)}.example`))).toBeDefined();
  });

  it('may begin with one wildcard on the Exception List alone, which counts as two characters', () => {
    expect(value(checkDomain('*.Evil.Example.', true))).toBe('*.evil.example');
    expect(value(checkDomain('*.bücher.example', true))).toBe('*.xn--bcher-kva.example');
    expect(value(checkDomain(`*.${nameOf(251)}`, true))).toHaveLength(253);
    expect(why(checkDomain(`*.${nameOf(252)}`, true))).toMatch(/254/);
    for (const bad of ['*', '*.', '*.*.example', 'a.*.example', '*evil.example', 'evil.*']) {
      expect(why(checkDomain(bad, true)), bad).toBeDefined();
    }
  });
});

describe('an address', () => {
  it.each([
    ['198.51.100.7', '198.51.100.7'],
    ['198.51.100[.]7', '198.51.100.7'],
    ['10.0.0.1', '10.0.0.1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001[:]db8[:][:]1', '2001:db8::1'],
    ['::', '::'],
    ['::ffff:c633:6407', '::ffff:198.51.100.7'],
  ])('%s is sent as %s', (given, sent) => {
    expect(value(checkIp(given))).toBe(sent);
  });

  it.each([
    ['10.0.0.0/8', /network/],
    ['198.51.100.7/32', /network/],
    ['2001:db8::/32', /network/],
    ['198.51.100.7:8080', /port/],
    ['195.226.218..234:80', /port/],
    ['fe80::1%eth0', /zone/],
    ['', /no valid/],
    ['0x7f.1', /no valid/],
    ['0x7f.0.0.1', /no valid/],
    ['1.2.3', /no valid/],
    ['2130706433', /no valid/],
    ['010.0.0.1', /no valid/],
    ['256.1.1.1', /no valid/],
    ['198.51.100.7-198.51.100.9', /no valid/],
    ['198.51.100.*', /no valid/],
    ['1 98.51.100.7', /no valid/],
    ['１98.51.100.7', /no valid/],
    ['evil.example', /no valid/],
  ])('%j is none', (given, reason) => {
    expect(why(checkIp(given))).toMatch(reason);
  });

  it('has one spelling, which never exceeds the 39 characters that Vision One takes', () => {
    fc.assert(
      fc.property(fc.ipV6(), (given) => {
        const sent = value(checkIp(given)) ?? '';
        expect(isIP(sent)).toBe(6);
        expect(sent.length).toBeLessThanOrEqual(39);
        expect(value(checkIp(sent.toUpperCase()))).toBe(sent);
        // The platform's own opinion of what the address is.
        expect(new URL(`http://[${sent}]`).hostname).toBe(new URL(`http://[${given}]`).hostname);
      }),
    );
  });
});

describe('a mail address', () => {
  it.each([
    ['Some.One+x@Evil.Example', 'Some.One+x@evil.example'],
    ['someone[@]evil[.]example', 'someone@evil.example'],
    ["o'brien@evil.example", "o'brien@evil.example"],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@evil.example.', 'a@evil.example'],
    ['a@mail_out.evil.example', 'a@mail_out.evil.example'],
  ])('%s is sent as %s', (given, sent) => {
    expect(value(checkMail(given))).toBe(sent);
  });

  it.each([
    ['evil.example', /no @/],
    ['@evil.example', /no valid/],
    ['a@', /empty/],
    ['a@@evil.example', /no valid/],
    ['a b@evil.example', /no valid/],
    ['a@evil.example, b@evil.example', /no valid/],
    ['Name <a@evil.example>', /behind the @/],
    ['mailto:a@evil.example', /no valid/],
    ['a@198.51.100.7', /IP address/],
    ['a@evil.example:25', /port/],
    ['*@evil.example', /wildcard/],
    ['a*@evil.example', /wildcard/],
    ['a@*.evil.example', /wildcard/],
    ['ü@evil.example', /no valid/],
    ['a\r\nBcc: b@evil.example', /no valid/],
  ])('%j is none', (given, reason) => {
    expect(why(checkMail(given))).toMatch(reason);
  });

  it('may have 320 characters and no more', () => {
    const of = (length: number) => `${'a'.repeat(length - 13)}@evil.example`;
    expect(value(checkMail(of(320)))).toBe(of(320));
    expect(why(checkMail(of(321)))).toMatch(/321.*320/);
  });
});

describe('a hash', () => {
  it('is sent in lower case, without the white space around it', () => {
    expect(value(checkHash(` ${'Ab'.repeat(20)}\r\n`, 40))).toBe('ab'.repeat(20));
    expect(value(checkHash('AB'.repeat(32), 64))).toBe('ab'.repeat(32));
  });

  it.each([
    ['one digit short', 'a'.repeat(39), /39 .* 40/],
    ['one digit long', 'a'.repeat(41), /41 .* 40/],
    ['a SHA-256', 'a'.repeat(64), /64 .* 40/],
    ['a letter that is no digit', `${'a'.repeat(39)}g`, /not 40/],
    ['a prefix', `0x${'a'.repeat(38)}`, /not 40/],
    ['a full-width digit', `${'a'.repeat(39)}ａ`, /not 40/],
    ['a gap', `${'a'.repeat(20)} ${'a'.repeat(20)}`, /not 40/],
    ['nothing', '', /not 40/],
  ])('is none with %s', (_what, given, reason) => {
    expect(why(checkHash(given, 40))).toMatch(reason);
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
    ['http://evil.example/a b/(2018).zip', 'http://evil.example/a b/(2018).zip'],
    ['http://evil.example/../%zz/<ID>?u=http://x', 'http://evil.example/../%zz/<ID>?u=http://x'],
    ['http://evil.example?x#y', 'http://evil.example?x#y'],
    ['http://evil.example/a\\b', 'http://evil.example/a\\b'],
    ['http://evil.example/*/x?y=*&z', 'http://evil.example/*/x?y=*&z'],
    ['ftp://user:pass@evil.example/x', 'ftp://user:pass@evil.example/x'],
    ['ftp://a@b.example:pw@Evil.Example/', 'ftp://a@b.example:pw@evil.example/'],
    ['http://good.example@evil.example/', 'http://good.example@evil.example/'],
    ['http://[2001:DB8::1]:80/x', 'http://[2001:db8::1]:80/x'],
    ['http://localhost/x', 'http://localhost/x'],
    ['http://my_host.evil.example/', 'http://my_host.evil.example/'],
    // Addresses as attackers write them, and browsers read them.
    ['http://0x7f.1/', 'http://0x7f.1/'],
    ['http://2130706433/', 'http://2130706433/'],
    ['http://0XC6.0x33.0x64.7/x', 'http://0xc6.0x33.0x64.7/x'],
  ])('%s is sent as %s', (given, sent) => {
    expect(value(url(given))).toBe(sent);
  });

  it.each([
    ['', /empty/],
    ['http://', /host/],
    ['http:///evil.example', /host/],
    ['/path/only', /host/],
    ['javascript://evil.example/%0aalert(1)', /javascript/],
    ['file:///etc/passwd', /file/],
    ['hxxxp://evil.example', /hxxxp/],
    ['javascript:alert(1)', /scheme/],
    ['mailto:someone@hospital.example', /scheme/],
    ['http:evil.example', /scheme/],
    ['http:/evil.example', /scheme/],
    ['evil.example:80:/x', /port/],
    ['http://evil.example:99999/', /no valid URL/],
    ['http://0x7f../', /host/],
    ['https://https://evil.example/', /second scheme/],
    ['http://http./', /second scheme/],
    ['http//evil.example', /second scheme/],
    ['hxxp//evil.example', /second scheme/],
    ['hxxp:/evil.example', /second scheme/],
    ['hxxp:\\\\evil.example', /backslash/],
    ['http:\\\\evil.example', /scheme|backslash/],
    ['http://evil.example\\@hospital.example/', /backslash/],
    ['http://evil..example/', /domain/],
    ['http://999.1.1.1/', /host/],
    ['http://1.2.3.4.5/', /number/],
    ['http://[2001:db8::zz]/', /IPv6/],
    ['http://[fe80::1%25eth0]/', /IPv6/],
    ['http://2001:db8::1/', /host/],
    ['http://evil\u200b.example/', /characters/],
    ['http://evil.example/a\nb', /control/],
    ['http://evil.example/\u0000', /control/],
    ['http://evil.example/\u2028x', /control/],
    ['http://evil.example/\ud800', /control/],
    ['http://*.evil.example/', /wildcard/],
    ['http://evil.example/*', /wildcard/],
  ])('%j is none', (given, reason) => {
    expect(why(url(given))).toMatch(reason);
  });

  it('may have 2048 characters and no more, the scheme put before it included', () => {
    const of = (length: number) => 'evil.example/'.padEnd(length, 'x');
    expect(value(url(`http://${of(2041)}`))).toHaveLength(2048);
    expect(why(url(`http://${of(2042)}`))).toMatch(/2049.*2048/);
    expect(value(checkUrl(of(2041), 'http', false))).toHaveLength(2048);
    expect(why(checkUrl(of(2041), 'https', false))).toMatch(/2049.*2048/);
  });

  it('may carry wildcards at either end on the Exception List alone', () => {
    const exception = (text: string) => checkUrl(text, 'https', true);
    expect(value(exception('*.Good.Example/downloads/*'))).toBe(
      'https://*.good.example/downloads/*',
    );
    expect(value(exception('http://good.example/*'))).toBe('http://good.example/*');
    expect(why(exception('http://good.example/*/x'))).toMatch(/middle/);
    for (const bad of ['*', 'https://*', 'https://*/x', '*good.example/', '*://good.example/']) {
      expect(why(exception(bad)), bad).toBeDefined();
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
  ])('%j has a scheme: %s', (given, has) => {
    expect(hasScheme(given)).toBe(has);
  });

  it('keeps its host whatever stands behind it, so that no other site is blocked', () => {
    const rest = fc
      .array(fc.constantFrom('/', '?', '#', '@', '\\', ':', '.', 'hospital.example', '[.]', '%2f'))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(rest, fc.constantFrom('/', '?', '#'), (tail, border) => {
        const sent = value(url(`http://evil.example${border}${tail}`));
        if (sent !== undefined) expect(new URL(sent).hostname).toBe('evil.example');
      }),
    );
  });
});
