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
    ['http://evil.example', /path/],
    ['198.51.100.7', /IP address/],
    ['198.51.100.7.', /IP address/],
    ['[2001:db8::1]', /IP address/],
    ['2001:db8::1', /IP address/],
    ['0x7f.1', /number/],
    ['1.2.3', /number/],
    ['evil.123', /number/],
    ['１９８.51.100.7', /not a valid domain/],
    ['evil..example', /not a valid domain/],
    ['.evil.example', /not a valid domain/],
    ['-evil.example', /not a valid domain/],
    ['evil-.example', /not a valid domain/],
    ['evil,example', /not a valid domain/],
    ['someone@evil.example', /not a valid domain/],
    ['evil.example,other.example', /not a valid domain/],
    ['server-{1,30}.evil.example', /not a valid domain/],
    ['a.*.example', /not a valid domain/],
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
      expect(problemOf(exception(bad)), bad).toBeDefined();
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
