import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refang, refangUrl } from '../../src/indicator/refang.js';

describe('a de-fanged value', () => {
  it.each([
    ['evil[.]example', 'evil.example'],
    ['evil(.)example', 'evil.example'],
    ['evil[dot]example', 'evil.example'],
    ['evil[DOT]example', 'evil.example'],
    ['evil(dot)example', 'evil.example'],
    ['someone[@]evil[.]example', 'someone@evil.example'],
    ['someone[at]evil.example', 'someone@evil.example'],
    ['someone(at)evil.example', 'someone@evil.example'],
    ['2001[:]db8[:][:]1', '2001:db8::1'],
    ['a[.]b(.)c[dot]d', 'a.b.c.d'],
  ])('the de-fanged value %s is read as %s', (given, plain) => {
    expect(refang(given)).toBe(plain);
  });

  it('white space is removed around a value and kept within it', () => {
    expect(refang(' \t\r\n evil .example \r\n')).toBe('evil .example');
    expect(refang('\u00a0\ufeffevil.example\u00a0')).toBe('evil.example');
  });

  it('text that only resembles de-fanging is not changed', () => {
    for (const value of ['evil[.example', 'evil.]example', 'dot.example', 'at(example)', '[d0t]']) {
      expect(refang(value)).toBe(value);
    }
  });
});

describe('a de-fanged URL', () => {
  it.each([
    ['hxxp://evil.example/', 'http://evil.example/'],
    ['hxxps://evil.example/', 'https://evil.example/'],
    ['hXXps://evil.example/', 'https://evil.example/'],
    ['HXXP://evil.example/', 'http://evil.example/'],
    ['hxxp[:]//evil.example/', 'http://evil.example/'],
    ['hxxps[://]evil.example/', 'https://evil.example/'],
    ['http[:]//evil.example/', 'http://evil.example/'],
    ['https[://]evil.example/', 'https://evil.example/'],
    ['ftp[:]//evil.example/', 'ftp://evil.example/'],
    ['http://evil[.]example:8080/x', 'http://evil.example:8080/x'],
    ['evil[.]example[:]8080/x', 'evil.example:8080/x'],
    ['//evil(.)example/x', '//evil.example/x'],
    ['user[@]evil.example/x', 'user@evil.example/x'],
  ])('the de-fanged URL %s is read as %s', (given, plain) => {
    expect(refangUrl(given)).toBe(plain);
  });

  it('de-fanging after the host is undone if the scheme or the host of the URL was de-fanged', () => {
    expect(refangUrl('hxxp://evil.example/a[.]php')).toBe('http://evil.example/a.php');
    expect(refangUrl('evil[.]example/?mail=a[@]b[.]example')).toBe(
      'evil.example/?mail=a@b.example',
    );
  });

  it('brackets in the path and query are kept if scheme and host of the URL were not de-fanged', () => {
    for (const url of [
      'http://evil.example/a[.]b',
      'evil.example/wiki/Smile_(.)_(dot)',
      'http://evil.example/?x[at]=1&y[dot]=2',
      'http://evil.example#[.]',
      'http://[2001:db8::1]/[:]',
    ]) {
      expect(refangUrl(url)).toBe(url);
    }
  });

  it('hxxp is kept if it is not the scheme of the URL', () => {
    for (const url of ['http://hxxp.example/', 'evil.example/hxxp://other.example']) {
      expect(refangUrl(url)).toBe(url);
    }
  });
});

it('undoing de-fanging never throws, never makes a value longer and leaves no white space around it', () => {
  const pieces = fc.constantFrom('[.]', '(.)', '[dot]', '[@]', '[:]', 'hxxp', '://', '/', 'a', ' ');
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      for (const result of [refang(value), refangUrl(value)]) {
        expect(result.length).toBeLessThanOrEqual(value.length);
        expect(result).toBe(result.trim());
      }
    }),
  );
});
