import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullyDecoded } from '../../src/text/decode.js';
import { Redactor } from '../../src/text/redact.js';

const knowing = (...secrets: string[]) => {
  const redactor = new Redactor();
  redactor.add(...secrets);
  return redactor;
};

/** A text without the secrets. */
const hide = (text: string, ...secrets: string[]) => knowing(...secrets).text(text);

// Everything that one notation or another writes differently.
const secret = 'K3y/+=&%\'"<s3cret>? \\ü移~!*()';

const HTML: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string) => text.replace(/[&<>"']/g, (sign) => HTML[sign] as string);
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const units = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const jsonOfAll = (text: string) =>
  units(text)
    .map((code) => `\\u${hex(code, 4)}`)
    .join('');
const bytesOf = (text: string) => [...Buffer.from(text)];
const form = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

describe('a secret that a service says back', () => {
  const base64 = Buffer.from(secret).toString('base64');

  it.each([
    ['as it is', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in small letters', encodeURIComponent(secret).toLowerCase()],
    [
      'URL-encoded to the letter of RFC 3986',
      encodeURIComponent(secret).replace(
        /[!'()*]/g,
        (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    ],
    ['URL-encoded but for the slash', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['URL-encoded three times', encodeURIComponent(encodeURIComponent(encodeURIComponent(secret)))],
    [
      'URL-encoded in full',
      bytesOf(secret)
        .map((byte) => `%${hex(byte, 2)}`)
        .join(''),
    ],
    ['URL-encoded from Latin-1', 'K3y%2F%2B%3D%26%25%27%22%3Cs3cret%3E%3F%20%5C%FC%u79fb~!*()'],
    ['form-encoded', form(secret)],
    ['form-encoded twice', form(form(secret))],
    ['in JSON', json(secret)],
    ['in JSON as PHP writes it', 'K3y\\/+=&%\'\\"<s3cret>? \\\\\\u00fc\\u79fb~!*()'],
    ['in JSON as Python writes it', 'K3y/+=&%\'\\"<s3cret>? \\\\\\u00fc\\u79fb~!*()'],
    ['in JSON that is safe in HTML', json(secret).replace(/[&<>]/g, jsonOfAll)],
    ['in JSON, all of it escaped', jsonOfAll(secret)],
    ['in JSON within JSON', json(json(secret))],
    [
      'as nginx logs it',
      bytesOf(secret)
        .map((byte) => `\\x${hex(byte, 2).toUpperCase()}`)
        .join(''),
    ],
    ['as this program shows what is not seen', secret.replace('移', '\\u{79fb}')],
    ['in HTML', 'K3y/+=&amp;%&#39;&quot;&lt;s3cret&gt;? \\ü移~!*()'],
    [
      'in HTML by names',
      'K3y&sol;&plus;&equals;&amp;&percnt;&apos;&quot;&lt;s3cret&gt;? &bsol;&uuml;移~!*()',
    ],
    ['in HTML by numbers', [...secret].map((sign) => `&#${sign.codePointAt(0)};`).join('')],
    [
      'in HTML by hexadecimal numbers',
      [...secret].map((sign) => `&#x${hex(sign.codePointAt(0) ?? 0, 6)};`).join(''),
    ],
    ['in HTML twice', html(html(secret))],
    ['in JSON within HTML within a URL', encodeURIComponent(html(json(secret)))],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in hexadecimal capitals', Buffer.from(secret).toString('hex').toUpperCase()],
    ['URL-encoded in hexadecimal', Buffer.from(encodeURIComponent(secret)).toString('hex')],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 within a URL', encodeURIComponent(base64)],
    ['URL-encoded in base64', Buffer.from(encodeURIComponent(secret)).toString('base64')],
    ['in UTF-8 that was read as Latin-1', Buffer.from(secret).toString('latin1')],
    ['with its letters taken apart', secret.normalize('NFD')],
  ])('%s is hidden, and the words around it stay', (_form, text) => {
    expect(hide(`403: "${text}" is no key`, secret)).toBe('403: "[redacted]" is no key');
  });

  it.each(['base64', 'base64url'] as const)(
    'is hidden in %s inside text, wherever it begins',
    (encoding) => {
      for (const around of ['', 'B', 'Be', 'Bea', 'Bear']) {
        // Both signs that base64url writes differently.
        const key = '~~~???~~~???K3y>>>';
        const text = Buffer.from(`${around}${key}${around}`).toString(encoding);
        expect(text).toMatch(encoding === 'base64' ? /[+/]/ : /[-_]/);
        const shown = hide(text, key);
        expect(shown).toContain('[redacted]');
        // What is left of it is a letter at either end, which holds bits of the text around too.
        const left = Buffer.from(around).toString('base64').length * 2 + 2;
        expect(shown.replace('[redacted]', '').length, shown).toBeLessThanOrEqual(left);
      }
    },
  );

  it('is hidden with its letters put together, if it was given with them taken apart', () => {
    const given = 'pässwörd-é'.normalize('NFD');
    expect(hide(`no ${given.normalize('NFC')} here`, given)).toBe('no [redacted] here');
  });

  it.each(['%', '\\x'])(
    'is hidden as bytes after %s, also with a character of four bytes',
    (mark) => {
      const bytes = bytesOf('k3y🔑s3cret').map((byte) => `${mark}${hex(byte, 2)}`);
      expect(hide(`no ${bytes.join('')} here`, 'k3y🔑s3cret')).toBe('no [redacted] here');
    },
  );

  it('is hidden each time, and next to itself', () => {
    expect(hide('s3cret-1-s3cret-1 s3cret-1s3cret-1', 's3cret-1')).toBe(
      '[redacted]-[redacted] [redacted][redacted]',
    );
  });

  it('is hidden in other letters, also where the length of a text changes with its case', () => {
    expect(hide('invalid key TOP-SECRET', 'Top-Secret')).toBe('invalid key [redacted]');
    expect(hide('İİİ Top-Sİcret İ', 'top-sİCRET')).toBe('İİİ [redacted] İ');
    expect(hide('x ΑΣΒΓΔΕΖΗΣ y', 'ασβγδεζησ')).toBe('x [redacted] y');
  });

  it('is hidden where it looks like an escape itself', () => {
    for (const key of ['abc%41bcdefgh', 'ab&amp;cdefgh', 'ab\\\\ncdefgh', 'a%2525b%26amp;c']) {
      for (const encode of [(text: string) => text, encodeURIComponent, html, json]) {
        expect(hide(`< ${encode(key)} >`, key)).toBe('< [redacted] >');
      }
    }
  });
});

describe('a secret that was cut', () => {
  const key = 'tv1-abcdefghijklmnopqrstuvwxyz';

  it.each([
    '…',
    '...',
    '....',
    '***',
    '**********',
    '•••',
    '&hellip;',
    '%E2%80%A6',
    '\\u2026',
    ' ...',
    '[...]',
    '"…',
  ])('is hidden before %s, and after it', (mark) => {
    expect(hide(`key tv1-abcd${mark} is bad`, key)).toBe(`key [redacted]${mark} is bad`);
    expect(hide(`key ${mark}stuvwxyz is bad`, key)).toBe(`key ${mark}[redacted] is bad`);
    expect(hide(`tv1-abcdefgh${mark}rstuvwxyz`, key)).toBe(`[redacted]${mark}[redacted]`);
  });

  it('stays where fewer than 8 characters of it are shown, or no mark shows a cut', () => {
    for (const text of [
      'key tv1-abc... is bad',
      'key ...tuvwxyz is bad',
      'key tv1-abcdefghijk is bad',
      'key tv1-abcdefghijk.. is bad',
      'key tv1-abcdefghijk, is bad...',
      'key ...abc stuvwxyz-2',
      'key tv1-abcdefghijk',
    ]) {
      expect(hide(text, key)).toBe(text);
    }
  });

  it('is hidden at the end of the text from 16 characters on, as a header may be cut there', () => {
    expect(hide(`403 tv1-abcdefghijk`, key)).toBe('403 tv1-abcdefghijk');
    expect(hide(`403 tv1-abcdefghijkl`, key)).toBe('403 [redacted]');
    expect(hide(`403 ${encodeURIComponent('/').repeat(16)}%2`, '/'.repeat(20))).toBe(
      '403 [redacted]',
    );
  });

  it('is hidden where it goes on with the signs of the mark', () => {
    expect(hide('key abcdefgh... bad', 'abcdefgh.ijkl')).toBe('key [redacted]... bad');
    expect(hide('key ...abcdefgh bad', 'xyz.abcdefgh')).toBe('key ...[redacted] bad');
    expect(hide('key abcdefgh.... bad', 'abcdefgh.ijkl')).not.toContain('abcdefgh');
  });

  it.each([
    ['hexadecimal', Buffer.from(key).toString('hex')],
    ['base64', Buffer.from(key).toString('base64')],
    ['base64 inside text', Buffer.from(`x${key}x`).toString('base64').slice(2, -2)],
  ])('is hidden in %s too', (_form, text) => {
    expect(hide(`key ${text.slice(0, 8)}... bad`, key)).toBe('key [redacted]... bad');
    expect(hide(`key ...${text.slice(-12)} bad`, key)).not.toContain(text.slice(-11, -3));
  });

  it('is hidden if 8 characters of its form are shown, though they stand for fewer', () => {
    const sharp = '"<s3cret>"/=';
    expect(hide('is &quot;&lt;s3… bad', sharp)).toBe('is [redacted]… bad');
    expect(hide('is …et%3E%22%2F%3D bad', sharp)).toBe('is …[redacted] bad');
    expect(hide('is "<s3cre… bad', sharp)).toBe('is "<s3cre… bad');
    expect(hide('is …ret>"/= bad', sharp)).toBe('is …ret>"/= bad');
    // What ends like it is an ordinary word.
    expect(hide('see ...blocklist.', 'the-secret-of-the-list')).toBe('see ...blocklist.');
  });

  it('is hidden wherever in an escape the cut went through', () => {
    const sharp = 'Ü/ä&" <移>\\%'.repeat(3);
    const encodings = [encodeURIComponent, html, json, jsonOfAll, form].flatMap((encode) => [
      encode,
      (text: string) => encode(encode(text)),
    ]);
    for (const encode of encodings) {
      const text = encode(sharp);
      for (let at = encode(sharp.slice(0, 9)).length; at < text.length; at++) {
        expect(hide(`is ${text.slice(0, at)}… bad`, sharp)).toBe('is [redacted]… bad');
      }
      for (let at = 1; at < text.length - encode(sharp.slice(-9)).length; at++) {
        expect(hide(`is …${text.slice(at)} bad`, sharp)).toBe('is …[redacted] bad');
      }
    }
  });
});

describe('secrets together', () => {
  it('are hidden whole where one holds the other', () => {
    for (const order of [
      ['hunter2-x', 'hunter2-x-and-more'],
      ['hunter2-x-and-more', 'hunter2-x'],
    ]) {
      expect(hide('a hunter2-x-and-more b hunter2-x c', ...order)).toBe(
        'a [redacted] b [redacted] c',
      );
      expect(hide('a hunter2-x-and… b hunter2-x c', ...order)).toBe('a [redacted]… b [redacted] c');
    }
  });

  it('are hidden whole where they overlap', () => {
    expect(hide('x alphabetagamma y', 'alphabeta', 'betagamma')).toBe('x [redacted] y');
  });

  it('are told apart however long a beginning they share', () => {
    const header = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.';
    const tokens = Array.from({ length: 100 }, (_, at) => `${header}${hex(at * 7919, 12)}`);
    const redactor = knowing(...tokens, `${header}0000`, header);
    for (const token of tokens) expect(redactor.text(`x ${token} y`)).toBe('x [redacted] y');
    expect(redactor.text(`x ${header}ffff y`)).toBe('x [redacted]ffff y');
  });

  it('are known from when they are told, the later with the earlier', () => {
    const redactor = new Redactor();
    redactor.add('first-secret');
    expect(redactor.text('first-secret second-secret')).toBe('[redacted] second-secret');
    redactor.add(null, undefined, '', 'second-secret');
    expect(redactor.text('first-secret second-secret')).toBe('[redacted] [redacted]');
  });
});

describe('what is no secret', () => {
  it('stays as it is where there are none', () => {
    expect(new Redactor().text('as it is')).toBe('as it is');
  });

  it('is not blacked out by a secret too short to be one', () => {
    expect(hide('an ordinary sentence 1234567', 'a', 'an', '', 'ordinar', '1234567')).toBe(
      'an ordinary sentence 1234567',
    );
    expect(hide('an ordinary sentence', 'ordinary')).toBe('an [redacted] sentence');
    expect(hide('an abcd %41%42%43%44', '%41%42%43%44')).toBe('an abcd [redacted]');
  });

  it('is not taken for one by the signs of a pattern', () => {
    expect(
      hide(
        'abcd aXXd 1.2.3.4.5 1a2b3c4d5',
        'a..d....',
        '.*.*.*.*',
        '1.2.3.4.5',
        '[a-z0-9]+',
        '^$|()',
      ),
    ).toBe('abcd aXXd [redacted] 1a2b3c4d5');
  });
});

describe('the cost', () => {
  /** Comparisons per character. */
  const workOn = (text: string, redactor: Redactor) => {
    const before = redactor.work;
    redactor.text(text);
    return (redactor.work - before) / text.length;
  };

  it.each([16_384, 40_000])('of a secret of %i characters is no error', (length) => {
    const [long = ''] = fc.sample(fc.string({ minLength: length, maxLength: length }), {
      numRuns: 1,
      seed: 1,
    });
    for (const encode of [(text: string) => text, encodeURIComponent, html, json, form]) {
      expect(hide(`x: ${encode(long)} :y`, long)).toBe('x: [redacted] :y');
      expect(hide(`x: ${encode(long.slice(0, 400))}… :y`, long)).toBe('x: [redacted]… :y');
    }
  });

  it('of a text is the same with a hundred tokens as with one', () => {
    const random = fc.sample(fc.stringMatching(/^[a-zA-Z0-9]{16000}$/), { numRuns: 3, seed: 1 });
    const tokens = random.flatMap((text) =>
      Array.from({ length: 33 }, (_, at) => `eyJhbGciOiJIUzI1NiJ9.${at}${text}`),
    );
    const text = 'GET https://threatq.example/api: eyJhbGciOiJIUzI1NiJ9 is 32 letters. '.repeat(
      500,
    );
    const [one, many] = [knowing(tokens[0] ?? ''), new Redactor()];
    for (const token of tokens) {
      const before = many.work;
      many.add(token);
      // Twice each form: the token itself, hexadecimal, and base64 five times.
      expect(many.work - before).toBeLessThan(24 * token.length);
    }
    expect(workOn(text, one)).toBeLessThan(1);
    expect(workOn(text, many)).toBeLessThan(2);
    for (const token of tokens) expect(many.text(`x ${token}`)).toBe('x [redacted]');
  });

  it('of a text that repeats what a secret repeats is bounded, and nothing of it is shown', () => {
    const secrets = ['ab'.repeat(8_000), `${'ab'.repeat(8_000)}c`];
    const redactor = knowing(...secrets);
    for (const length of [10_000, 100_000]) {
      const text = `x ${'ab'.repeat(length / 2)}`;
      expect(workOn(text, redactor)).toBeLessThan(100);
      expect(redactor.text(text)).not.toContain('abababab');
    }
  });

  it.each(['%25', '&amp;', '\\\\', '%', '&', '\\', '&#', '\\u', '%u', '&#x0', '.', '…', '%c3'])(
    'of a text of %s alone is bounded',
    (part) => {
      const redactor = knowing(part.repeat(1000), 'abcdefgh');
      expect(workOn(part.repeat(20_000), redactor)).toBeLessThan(500);
    },
  );
});

describe('property: no secret is left, whatever its signs and whatever stands around it', () => {
  const signs = fc.constantFrom(...'abAB01+/=&%.*[](){}\\^$|?"\'<> -_;#ux25amp ü移');
  const word = fc
    .array(signs, { minLength: 8, maxLength: 30 })
    .map((all) => all.join(''))
    // What looks like an escape may be decoded with the text around it, and be too short then.
    .filter((text) => fullyDecoded(text, 9).length >= 8);
  const escapes = [encodeURIComponent, form, html, json, jsonOfAll];
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const inHex = (text: string) => Buffer.from(text).toString('hex');
  /** Escapes over one another, and below them all perhaps hexadecimal or base64. */
  const encoding = fc
    .tuple(
      fc.constantFrom((text: string) => text, inHex, base64, base64url),
      fc.array(fc.constantFrom(...escapes), { maxLength: 3 }),
    )
    .map(
      ([first, rest]) =>
        (text: string) =>
          rest.reduce((so, encode) => encode(so), first(text)),
    );
  const around = fc.array(fc.constantFrom(' ', 'x', ': "', '\n', '%', '&', '\\', '"}'), {
    maxLength: 4,
  });

  it('in one or more encodings', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(around, fc.nat({ max: 2 }), encoding), { minLength: 1, maxLength: 4 }),
        (secrets, plan) => {
          const parts = plan.map(([before, which, encode]) => ({
            before: before.join(''),
            said: encode(secrets[which] ?? ''),
          }));
          const text = parts.map(({ before, said }) => `${before} ${said} `).join('');
          // The mark itself may hold what happens to be a secret.
          const rest = hide(text, ...secrets).split('[redacted]');
          for (const { said } of parts) {
            if (said === '') continue;
            for (const part of rest) expect(part).not.toContain(said);
          }
        },
      ),
    );
  });

  it('in base64 inside other text', () => {
    const text = fc.string({ maxLength: 6 });
    fc.assert(
      fc.property(
        word,
        text,
        text,
        fc.constantFrom(base64, base64url),
        (key, left, right, encode) => {
          const shown = hide(encode(`${left}${key}${right}`), key);
          const bytes = Buffer.from(key);
          for (const part of shown.split('[redacted]')) {
            // As many letters as the text around it explains.
            const explained = Math.max(Buffer.byteLength(left), Buffer.byteLength(right)) * 2 + 4;
            expect(part.length).toBeLessThanOrEqual(Math.max(explained, 4));
            expect(Buffer.from(part, 'base64').includes(bytes)).toBe(false);
          }
        },
      ),
    );
  });

  it('cut before and after a mark', () => {
    const key = fc.stringMatching(/^[a-zA-Z0-9/+=_-]{20,40}$/);
    const mark = fc.constantFrom('…', '...', '*****', '•••');
    const plain = fc.constantFrom((text: string) => text, inHex, base64, base64url);
    const layers = fc.array(fc.constantFrom(...escapes), { maxLength: 3 });
    fc.assert(
      fc.property(key, plain, layers, mark, fc.nat(), (secretKey, first, rest, sign, seed) => {
        const text = first(secretKey);
        const cut = 8 + (seed % (text.length - 16));
        const encode = (part: string) => rest.reduce((so, layer) => layer(so), part);
        const beginning = hide(`at:${encode(text.slice(0, cut))}${sign}:end`, secretKey);
        const ending = hide(`at:${sign}${encode(text.slice(cut))}:end`, secretKey);
        expect(beginning).toBe(`at:[redacted]${sign}:end`);
        expect(ending).toBe(`at:${sign}[redacted]:end`);
      }),
    );
  });
});
