import { expect, it } from 'vitest';
import { percentDecode } from '../../src/text/percent-decode.js';

it('percent-encoded text is decoded as UTF-8', () => {
  expect(percentDecode('p%40ss%3A%C3%BC')).toBe('p@ss:ü');
});

it.each(['100%', '%zz', '%ff'])('the malformed text %s is returned unchanged', (text) => {
  expect(percentDecode(text)).toBe(text);
});
