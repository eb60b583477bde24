/** URL patterns with `*`, compared with a slow and simple implementation. */
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
    // Two pieces of a pattern cannot match the same characters.
    ['http://example.com/ab*ba', 'http://example.com/aba', false],
    ['http://ab*ba.com/', 'http://aba.com/', false],
  ])('whether %s matches %s: %s', (pattern, url, expected) => {
    expect(matches(pattern, url)).toBe(expected);
  });

  it('a pattern with many stars is matched in linear time', () => {
    expect(matches(`http://a.com/${'*a'.repeat(20)}b`, `http://a.com/${'a'.repeat(2_000)}`)).toBe(
      false,
    );
  });

  it('a pattern keeps the spelling of the list', () => {
    expect(urlPattern('https://*.Example.COM/*').value).toBe('https://*.Example.COM/*');
  });

  it.each([
    ['https://*.example.com/path/*', ['', '.example.com', '/path/', '']],
    ['*example.com/x*y', ['', 'example.com', '/x', 'y']],
    ['http://ex*ple.com', ['ex', 'ple.com', '/', '/']],
    ['http://user@example.com:80/*', ['user@example.com', 'user@example.com', '/', '']],
    // At the end of the pattern, a star also stands for any path.
    ['http://example.com*', ['example.com', '', '', '']],
    ['*', ['', '', '', '']],
  ])('the anchors of %s are %j', (pattern, anchors) => {
    expect(urlPattern(pattern).anchors).toEqual(anchors);
  });

  it('a pattern matches what a slow implementation matches', () => {
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

  it('a pattern matches each URL that has text in place of its stars', () => {
    const piece = fc.string({ maxLength: 6 }).filter((text) => !/[*\s]/.test(text));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 4 }), piece, (pieces, filling) => {
        const pattern = `http://a.com/${pieces.join('*')}`;
        expect(matches(pattern, `http://a.com/${pieces.join(filling)}`)).toBe(true);
      }),
    );
  });
});

it('patterns with the same longest anchor are found by another anchor', () => {
  const patterns = new UrlPatterns();
  for (let n = 0; n < 5_000; n++) patterns.add(`http://host-${n}.com/*/the/same/long/end`);
  const url = normalizeUrl('http://host-4711.com/x/the/same/long/end');
  // Each pattern that is tried calls startsWith.
  const startsWith = vi.spyOn(String.prototype, 'startsWith');
  const found = patterns.find(url);
  const tried = startsWith.mock.calls.length;
  startsWith.mockRestore();
  expect(found).toBe('http://host-4711.com/*/the/same/long/end');
  expect(tried).toBeLessThan(10);
});

/** A star stands for any text, and every other character for itself, in either case. */
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
