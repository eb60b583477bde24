/** URLs with `*` in them, against a plain slow reading of what a star means. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { normalizeUrl } from '../../src/indicator/url.js';
import { UrlPatterns, urlPattern } from '../../src/safety/url-pattern.js';

const matches = (pattern: string, url: string) => urlPattern(pattern).matches(normalizeUrl(url));

describe('a pattern', () => {
  it.each([
    ['https://*.example.com/path/*', 'https://a.example.com/path/x', true],
    ['https://*.example.com/path/*', 'https://a.b.example.com/path/', true],
    ['https://*.example.com/path/*', 'HTTPS://A.EXAMPLE.COM/PATH/X', true],
    ['https://*.example.com/path/*', 'https://example.com/path/x', false],
    ['https://*.example.com/path/*', 'http://a.example.com/path/x', false],
    ['https://*.example.com/path/*', 'https://a.example.com/other/x', false],
    ['https://*.example.com/path/*', 'https://aXexample.com/path/x', false],
    ['*.example.com/x', 'http://a.example.com/x', true],
    ['*.example.com/x', 'ftp://a.example.com/x', true],
    ['*.example.com/x', 'a.example.com/x', false],
    ['*.example.com/x', 'http://a.example.com/x/y', false],
    ['example.com/*', 'https://example.com/anything?at=all', true],
    ['example.com/*', 'https://example.community/x', false],
    ['https://*.example.com/*', 'https://evil.com/.example.com/x', false],
    ['*example.com/x', 'https://evil.com/example.com/x', false],
    ['https://example.com*', 'https://example.com/any/thing', true],
    ['http://example.com/a+b(c)[d]?e=$1|2^3*', 'http://example.com/a+b(c)[d]?e=$1|2^3', true],
    ['http://example.com/a.b*', 'http://example.com/aXb', false],
    ['*://example.com/x', 'https://example.com/x', true],
    ['http://example.com/*', 'http://example.com/line\nbreak', true],
    // What one star leaves is not taken twice.
    ['http://example.com/ab*ba', 'http://example.com/aba', false],
    ['http://ab*ba.com/', 'http://aba.com/', false],
  ])('%s on %s: %s', (pattern, url, expected) => {
    expect(matches(pattern, url)).toBe(expected);
  });

  it('with many stars comes to an end on a URL that was made to make it try', () => {
    expect(matches(`http://a.com/${'*a'.repeat(20)}b`, `http://a.com/${'a'.repeat(2_000)}`)).toBe(
      false,
    );
  });

  it('keeps its own spelling, to be shown', () => {
    expect(urlPattern('https://*.Example.COM/*').value).toBe('https://*.Example.COM/*');
  });

  it.each([
    ['https://*.example.com/path/*', ['', '.example.com', '/path/', '']],
    ['*example.com/x*y', ['', 'example.com', '/x', 'y']],
    ['http://ex*ple.com', ['ex', 'ple.com', '/', '/']],
    ['http://user@example.com:80/*', ['user@example.com', 'user@example.com', '/', '']],
    // At the very end a star stands for any path too.
    ['http://example.com*', ['example.com', '', '', '']],
    ['*', ['', '', '', '']],
  ])('%s fixes %j', (pattern, ends) => {
    expect(urlPattern(pattern).ends).toEqual(ends);
  });

  it('means behind the host what a slow reading of its stars means', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '/',
      '*',
      'B',
      '?',
      '+',
      'com',
      '\\',
      '|',
      '(',
      ']',
      '$',
    );
    const text = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, text, (pattern, tail) => {
        const url = `http://a.com/${tail}`;
        const whole = `http://a.com/${pattern}`;
        expect(matches(whole, url)).toBe(slowly(whole, url));
      }),
      { numRuns: 5_000 },
    );
  });

  it('finds what its stars were put into', () => {
    const piece = fc.string({ maxLength: 6 }).filter((text) => !text.includes('*'));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), piece, (pieces, filling) => {
        const pattern = `http://a.com/${pieces.join('*')}`;
        expect(matches(pattern, `http://a.com/${pieces.join(filling)}`)).toBe(true);
      }),
    );
  });
});

it('patterns that share their longest part are told apart by another one', () => {
  const patterns = new UrlPatterns();
  for (let n = 0; n < 5_000; n++) patterns.add(`http://host-${n}.com/*/the/same/long/end`);
  const url = normalizeUrl('http://host-4711.com/x/the/same/long/end');
  // Each pattern that is tried compares beginnings.
  const startsWith = vi.spyOn(String.prototype, 'startsWith');
  const found = patterns.find(url);
  const tried = startsWith.mock.calls.length;
  startsWith.mockRestore();
  expect(found).toBe('http://host-4711.com/*/the/same/long/end');
  expect(tried).toBeLessThan(10);
});

/** A star is any text, every other character itself, in either case. */
function slowly(pattern: string, text: string): boolean {
  const [head = '', ...rest] = pattern;
  if (pattern === '') return text === '';
  if (head === '*') {
    const tail = rest.join('');
    for (let from = 0; from <= text.length; from++) if (slowly(tail, text.slice(from))) return true;
    return false;
  }
  return text[0]?.toLowerCase() === head.toLowerCase() && slowly(rest.join(''), text.slice(1));
}
