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
  ])('%s is read as %s', (given, plain) => {
    expect(refang(given)).toBe(plain);
  });

  it('loses the white space around it, and none within it', () => {
    expect(refang(' \t\r\n evil .example \r\n')).toBe('evil .example');
    expect(refang('\u00a0\ufeffevil.example\u00a0')).toBe('evil.example');
  });

  it('is left alone where it only looks like a mark', () => {
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
  ])('%s is read as %s', (given, plain) => {
    expect(refangUrl(given)).toBe(plain);
  });

  it('is mended behind its host too, where scheme or host show that somebody de-fanged it', () => {
    expect(refangUrl('hxxp://evil.example/a[.]php')).toBe('http://evil.example/a.php');
    expect(refangUrl('evil[.]example/?mail=a[@]b[.]example')).toBe(
      'evil.example/?mail=a@b.example',
    );
  });

  it('keeps brackets in the path and the query of a URL that nobody de-fanged', () => {
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

  it('keeps hxxp where it is no scheme', () => {
    for (const url of ['http://hxxp.example/', 'evil.example/hxxp://other.example']) {
      expect(refangUrl(url)).toBe(url);
    }
  });
});

it('mending never throws, and never adds a character that was not there or stood for one', () => {
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
