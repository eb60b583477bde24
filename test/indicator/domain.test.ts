import { describe, expect, it } from 'vitest';
import { parentsOf, withoutTrailingDot } from '../../src/indicator/domain.js';
import { checkValue } from '../../src/indicator/indicator.js';
import { problemOf, sentValue } from '../support/checked.js';

const domain = (text: string) => checkValue('domain', text, { wildcards: false });
const exception = (text: string) => checkValue('domain', text, { wildcards: true });

/** A name of so many characters, with labels that are not too long. */
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
    ['\u2764\ufe0f.example', 'xn--qei.example'],
    ['\u24d4\u24e5\u24d8\u24db.example', 'evil.example'],
    ['evil\uff0done.example', 'evil-one.example'],
    ['b\u00fccher-x_y.example', 'xn--bcher-x_y-q9a.example'],
    ['l\u00b7l.example', 'xn--ll-0ea.example'],
    ['evil.example\u2800', 'evil.example'],
    // DNS has names that are no names of hosts, and odd Punycode.
    ['-evil.example', '-evil.example'],
    ['evil-.example', 'evil-.example'],
    ['xn--ildcard-0c2c.evil.example', 'xn--ildcard-0c2c.evil.example'],
    ['xn--_eamop-.evil.example', 'xn--_eamop-.evil.example'],
    ['XN--0.example', 'xn--0.example'],
    ['http_server.evil.example', 'http_server.evil.example'],
    ['evil.i2p', 'evil.i2p'],
    // Invisible characters at the ends were copied with the name.
    ['evil.example\u200b', 'evil.example'],
    ['\u200eevil.example\u202c', 'evil.example'],
    [' "evil[.]example"', 'evil.example'],
    ['\u200b\u201c evil.example\u200b\u201d', 'evil.example'],
    ['\ufeff \u2060evil.example\u0000\u{e0001}', 'evil.example'],
  ])('the domain %s is sent as %s', (given, sent) => {
    expect(sentValue(domain(given))).toBe(sent);
  });

  it('a domain in Greek capitals is sent as the name that a browser reads', () => {
    for (const name of ['ΛΌΓΟΣ.example', 'ΛΌΓΟΣ-Α.example', 'example.ΛΌΓΟΣ', 'ΣΣ.example']) {
      expect(sentValue(domain(name))).toBe(new URL(`http://${name}`).hostname);
    }
  });

  it.each([
    ['', /empty/],
    ['.', /empty/],
    ['evil.example:8080', /port/],
    ['evil.example:8080/x', /path/],
    ['evil.example/x', /path/],
    ['evil.example?x', /query/],
    ['http://evil.example', /scheme/],
    ['198.51.100.7', /IP address/],
    ['198.51.100.7.', /IP address/],
    ['[2001:db8::1]', /IP address/],
    ['2001:db8::1', /IP address/],
    ['0x7f.1', /number/],
    ['1.2.3', /number/],
    ['evil.123', /number/],
    ['１９８.51.100.7', /number/],
    ['evil..example', /empty label/],
    ['evil.example..', /empty label/],
    ['.evil.example', /empty label/],
    ['evil.-example', /top-level domain/],
    ['evil.example-', /top-level domain/],
    ['evil.exam_ple', /top-level domain/],
    ['evil.xn--a', /top-level domain/],
    ['-', /top-level domain/],
    ['evil,example', /"," \(U\+002C\)/],
    ['someone@evil.example', /"@" \(U\+0040\)/],
    ['evil.example,other.example', /","/],
    ['evil.example\nother.example', /U\+000A/],
    ['server-{1,30}.evil.example', /"\{" \(U\+007B\)/],
    ['example\\org', /"\\" \(U\+005C\)/],
    ['a.*.example', /wildcard/],
    ['evil .example', /" " \(U\+0020, a space\)/],
    ['evil example', /U\+0020/],
    ['evil\u200b.example', /U\+200B/],
    ['evil\u00ad.example', /U\+00AD/],
    ['b\u00fccher\u200d.example', /U\+200D where/],
    ['b\u00fc\u202echer.example', /U\+202E/],
    ['b\u00fcc\u2100er.example', /U\+2100/],
    ['xn\u20146frz82g.example', /"\u2014" \(U\+2014\)/],
    ['b\u00fccher.example\\x.example', /"\\"/],
    ['b\u00fccher%2eexample', /"%"/],
    ['b\u00fccher.example/x', /path/],
    ['\u201cevil.example', /"\u201c"/],
    ['ev\u2022il.example', /"\u2022"/],
    ['http__evil.example', /http__/],
    ['http__b\u00fccher.example', /http__/],
    ['webfee\ufe0fd.example', /U\+FE0F/],
    ['evil\u180b.example', /U\+180B/],
    ['hxxps__evil[.]example', /hxxps__/],
    ['*.evil.example', /wildcard/],
  ])('%j is not accepted as a domain', (given, reason) => {
    expect(problemOf(domain(given))).toMatch(reason);
  });

  it('a domain has at most 253 characters, and each label at most 63', () => {
    expect(nameOf(253)).toHaveLength(253);
    expect(sentValue(domain(nameOf(253)))).toBe(nameOf(253));
    expect(problemOf(domain(nameOf(254)))).toMatch(/254.*253/);
    expect(sentValue(domain(`${'a'.repeat(63)}.example`))).toBeDefined();
    expect(problemOf(domain(`${'a'.repeat(64)}.example`))).toBeDefined();
  });

  it('a domain of the Exception List can begin with one wildcard, which counts as two characters', () => {
    expect(sentValue(exception('*.Evil.Example.'))).toBe('*.evil.example');
    expect(sentValue(exception('*.bücher.example'))).toBe('*.xn--bcher-kva.example');
    expect(sentValue(exception(`*.${nameOf(251)}`))).toHaveLength(253);
    expect(problemOf(exception(`*.${nameOf(252)}`))).toMatch(/254/);
    for (const bad of ['*', '*.', '*.*.example', 'a.*.example', '*evil.example', 'evil.*']) {
      expect(problemOf(exception(bad)), bad).toMatch(/where the Exception List accepts none/);
      expect(problemOf(domain(bad)), bad).toMatch(/Suspicious Object List accepts no wildcards/);
    }
  });
});

describe('a host', () => {
  it('parentsOf returns the parents of a host, the closest first', () => {
    expect([...parentsOf('a.b.c')]).toEqual(['b.c', 'c']);
    expect([...parentsOf('localhost')]).toEqual([]);
  });

  it.each([
    ['evil.example.', 'evil.example'],
    ['evil.example\u3002', 'evil.example'],
    ['evil.example..', 'evil.example.'],
    ['evil.example', 'evil.example'],
    ['.', ''],
  ])('withoutTrailingDot(%j) is %j', (given, expected) => {
    expect(withoutTrailingDot(given)).toBe(expected);
  });
});
