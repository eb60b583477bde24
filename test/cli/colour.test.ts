import { expect, it } from 'vitest';
import { paintFor } from '../../src/cli/colour.js';

const isColoured = (isTTY: boolean | undefined, env: Record<string, string>) =>
  paintFor({ ...(isTTY !== undefined && { isTTY }) }, env)('red', 'x') !== 'x';

it.each<[boolean, string, boolean | undefined, Record<string, string>]>([
  [true, 'a terminal', true, {}],
  [false, 'a file or a pipe', undefined, {}],
  [false, 'a terminal with NO_COLOR', true, { NO_COLOR: '1' }],
  [true, 'a terminal with an empty NO_COLOR', true, { NO_COLOR: '' }],
  [false, 'a dumb terminal', true, { TERM: 'dumb' }],
  [true, 'a pipe with FORCE_COLOR', false, { FORCE_COLOR: '1' }],
  [true, 'a pipe with FORCE_COLOR and NO_COLOR', false, { FORCE_COLOR: 'true', NO_COLOR: '1' }],
  [true, 'a dumb terminal with FORCE_COLOR', true, { FORCE_COLOR: '3', TERM: 'dumb' }],
  [false, 'a terminal with FORCE_COLOR 0', true, { FORCE_COLOR: '0' }],
  [false, 'a terminal with FORCE_COLOR false', true, { FORCE_COLOR: 'false' }],
  [false, 'a pipe with an empty FORCE_COLOR', false, { FORCE_COLOR: '' }],
])('colours are %s for %s', (expected, _, isTTY, env) => {
  expect(isColoured(isTTY, env)).toBe(expected);
});

it('a coloured text ends its colour', () => {
  expect(paintFor({ isTTY: true }, {})('green', 'ok')).toBe('\u001b[32mok\u001b[39m');
});
