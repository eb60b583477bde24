import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatCount, formatDuration, plural } from '../../src/text/format.js';
import { quote, truncate } from '../../src/text/truncate.js';

it.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [999.4, '999 ms'],
  [999.6, '1 s'],
  [12_345, '12.3 s'],
  [59_949, '59.9 s'],
  [59_950, '1 min 0 s'],
  [250_000, '4 min 10 s'],
  [3_599_499, '59 min 59 s'],
  [3_599_500, '1 h 0 min'],
  [7_500_000, '2 h 5 min'],
  [-1, '–'],
  [Number.NaN, '–'],
  [Number.POSITIVE_INFINITY, '–'],
])('a duration of %d ms is formatted as %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

it('a count is formatted as in English', () => {
  fc.assert(
    fc.property(fc.oneof(fc.maxSafeNat(), fc.nat()), (count) => {
      expect(formatCount(count)).toBe(count.toLocaleString('en-US'));
    }),
  );
});

it('a count has commas, and its noun a singular, a plural or an irregular plural', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
  expect(plural(1, 'object')).toBe('1 object');
  expect(plural(0, 'object')).toBe('0 objects');
  expect(plural(2_000, 'retry', 'retries')).toBe('2,000 retries');
});

it('a text that is longer than the limit ends with an ellipsis', () => {
  expect(truncate('abc', 3)).toBe('abc');
  expect(truncate('abcd', 3)).toBe('abc…');
  expect(quote('x'.repeat(500))).toBe('x'.repeat(500));
  expect(quote('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
});

it('a truncated text does not end with half a character', () => {
  expect(truncate('ab😀c', 3)).toBe('ab…');
  expect(truncate('ab😀c', 4)).toBe('ab😀…');
});
