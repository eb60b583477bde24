import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonPieces } from '../../src/report/json.js';
import { textOf } from '../support/text.js';
import { hostile, resultOf } from './samples.js';

/** What a terminal executes or does not show, except the line feeds between lines. */
const INVISIBLE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

const named = (name: string) =>
  resultOf([], { data_collection: { name, hash: null, total: null, read_whole: false } });

describe('the JSON of a result', () => {
  it('JSON for a terminal has escapes for C1, bidirectional and invisible characters', () => {
    const json = textOf(
      jsonPieces(named('a\u009b31m\u202egpj\u200b\u{e0041}\u007f\ufe0f\u2028移\ud83d\ude00'), true),
    );
    expect(json).toContain(
      String.raw`"a\u009b31m\u202egpj\u200b\udb40\udc41\u007f\ufe0f\u2028移😀"`,
    );
  });

  it('JSON for a terminal is the same document without invisible characters', () => {
    const results = [
      fc.constant(hostile()),
      fc.string({ unit: 'binary' }).map(named),
      fc
        .string({ unit: fc.constantFrom('\n', '\\', '"', '\u0085', '\u202e', '\ud800', 'n') })
        .map(named),
    ];
    fc.assert(
      fc.property(fc.oneof(...results), (result) => {
        const json = textOf(jsonPieces(result, true));
        expect(json).not.toMatch(INVISIBLE);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(result)));
        expect(json.split('\n')).toHaveLength(textOf(jsonPieces(result)).split('\n').length);
      }),
    );
  });

  it('JSON for a file or a program is the output of JSON.stringify', () => {
    expect(textOf(jsonPieces(hostile()))).toBe(`${JSON.stringify(hostile(), null, 2)}\n`);
  });
});
