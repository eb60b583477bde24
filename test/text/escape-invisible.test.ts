import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defang } from '../../src/text/defang.js';
import { escapeInvisible } from '../../src/text/escape-invisible.js';

/** Code points instead of the Unicode property names that the code uses. */
const invisible: [from: number, to: number][] = [
  [0, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0x3164, 0x3164],
  [0xd800, 0xdfff],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff9, 0xfffb],
  [0xe0000, 0xe0fff],
];
const isInvisible = (char: string) =>
  invisible.some(
    ([from, to]) => from <= (char.codePointAt(0) ?? 0) && (char.codePointAt(0) ?? 0) <= to,
  );

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(fc.constantFrom('\u202e', '\u200b', '\ud800', '\u0000', '\u001b[', 'a', '語', '\udbff'))
    .map((parts) => parts.join('')),
);

describe('text for terminals and logs', () => {
  it('escaped text contains no invisible character', () => {
    fc.assert(
      fc.property(anyText, (text) => !Array.from(escapeInvisible(text)).some(isInvisible)),
      { numRuns: 2000 },
    );
  });

  it('each invisible character becomes an escape with its code point', () => {
    for (const [from, to] of invisible) {
      for (let code = from; code <= to; code += 1) {
        const text = `a${String.fromCodePoint(code)}b`;
        expect(escapeInvisible(text)).toBe(`a\\u{${code.toString(16)}}b`);
      }
    }
  });

  it('escaped text and safe text do not change', () => {
    fc.assert(
      fc.property(
        anyText,
        (text) => escapeInvisible(escapeInvisible(text)) === escapeInvisible(text),
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => escapeInvisible(text) === text),
    );
  });

  it.each([
    ['evil\u202egpj.exe', 'evil\\u{202e}gpj.exe'],
    ['a\tb\r\nc', 'a\\u{9}b\\u{d}\\u{a}c'],
    ['\u001b[2J', '\\u{1b}[2J'],
    ['x\ud800y\udc00', 'x\\u{d800}y\\u{dc00}'],
    ['\u{e0041}', '\\u{e0041}'],
    ['\u0085\u2028\u2029\ufeff', '\\u{85}\\u{2028}\\u{2029}\\u{feff}'],
  ])('%j is escaped', (text, seen) => {
    expect(escapeInvisible(text)).toBe(seen);
  });

  it.each(['شبكة.example', 'зеркало.рф', '例え.テスト', 'ไทย', '한국', 'नमस्ते', 'naïve 🦊 ﹫ ～'])(
    'the visible text %s does not change',
    (text) => {
      expect(escapeInvisible(text)).toBe(text);
    },
  );
});

describe('de-fanging', () => {
  it.each([
    ['http://evil.example/a.php', 'hxxp://evil[.]example/a[.]php'],
    ['HTTPS://EVIL.EXAMPLE', 'hxxps://EVIL[.]EXAMPLE'],
    ['evil.example/?u=http://b.example', 'evil[.]example/?u=hxxp://b[.]example'],
    ['ftp://a.example', 'fxp://a[.]example'],
    ['a@b.example', 'a[@]b[.]example'],
    ['javascript:alert(1)', 'javascript[:]alert(1)'],
    ['hxxp://evil[.]example', 'hxxp://evil[.]example'],
    ['a[@]b[.]example', 'a[@]b[.]example'],
    ['evil。example', 'evil[。]example'],
    ['2001:db8::1', '2001:db8::1'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'd41d8cd98f00b204e9800998ecf8427e'],
    ['The value is wrong.', 'The value is wrong.'],
  ])('%s is de-fanged as %s', (value, seen) => {
    expect(defang(value)).toBe(seen);
  });

  it('de-fanged text does not change when it is de-fanged again', () => {
    const parts = fc.constantFrom(
      '.',
      '@',
      '[',
      ']',
      'http:',
      'ftp://',
      'data:',
      'a',
      ' ',
      '[.]',
      '。',
    );
    fc.assert(
      fc.property(fc.array(parts), (list) => {
        const once = defang(list.join(''));
        return defang(once) === once;
      }),
    );
  });
});
