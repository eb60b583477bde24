import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAllLayers } from '../../src/text/decode.js';
import { Redactor } from '../../src/text/redact.js';

const knowing = (...secrets: string[]) => {
  const redactor = new Redactor();
  redactor.add(...secrets);
  return redactor;
};

/** Redacts the secrets in a text. */
const hide = (text: string, ...secrets: string[]) => knowing(...secrets).text(text);

// Characters that at least one encoding changes.
const secret = 'K3y/+=&%\'"<s3cret>? \\ü移~!*()';

const HTML: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string) => text.replace(/[&<>"']/g, (character) => HTML[character] as string);
const json = (text: string) => JSON.stringify(text).slice(1, -1);
const units = (text: string) => Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
const hex = (code: number, digits: number) => code.toString(16).padStart(digits, '0');
const jsonOfAll = (text: string) =>
  units(text)
    .map((code) => `\\u${hex(code, 4)}`)
    .join('');
const bytesOf = (text: string) => [...Buffer.from(text)];
const form = (text: string) => new URLSearchParams([['', text]]).toString().slice(1);

describe('encoded secrets', () => {
  const base64 = Buffer.from(secret).toString('base64');

  it.each([
    ['unencoded', secret],
    ['URL-encoded', encodeURIComponent(secret)],
    ['URL-encoded in lower case', encodeURIComponent(secret).toLowerCase()],
    [
      'URL-encoded strictly by RFC 3986',
      encodeURIComponent(secret).replace(
        /[!'()*]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
      ),
    ],
    ['URL-encoded except for the slash', encodeURIComponent(secret).replaceAll('%2F', '/')],
    ['URL-encoded twice', encodeURIComponent(encodeURIComponent(secret))],
    ['URL-encoded three times', encodeURIComponent(encodeURIComponent(encodeURIComponent(secret)))],
    [
      'URL-encoded in all characters',
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
    ['in JSON that is escaped for HTML', json(secret).replace(/[&<>]/g, jsonOfAll)],
    ['in JSON with all characters escaped', jsonOfAll(secret)],
    ['in JSON within JSON', json(json(secret))],
    [
      'escaped as in the log of nginx',
      bytesOf(secret)
        .map((byte) => `\\x${hex(byte, 2).toUpperCase()}`)
        .join(''),
    ],
    ['with invisible characters as this program shows them', secret.replace('移', '\\u{79fb}')],
    ['in HTML', 'K3y/+=&amp;%&#39;&quot;&lt;s3cret&gt;? \\ü移~!*()'],
    [
      'in HTML with named entities',
      'K3y&sol;&plus;&equals;&amp;&percnt;&apos;&quot;&lt;s3cret&gt;? &bsol;&uuml;移~!*()',
    ],
    [
      'in HTML with decimal entities',
      [...secret].map((character) => `&#${character.codePointAt(0)};`).join(''),
    ],
    [
      'in HTML with hexadecimal entities',
      [...secret].map((character) => `&#x${hex(character.codePointAt(0) ?? 0, 6)};`).join(''),
    ],
    ['in HTML twice', html(html(secret))],
    ['in JSON within HTML within a URL', encodeURIComponent(html(json(secret)))],
    ['in hexadecimal', Buffer.from(secret).toString('hex')],
    ['in upper-case hexadecimal', Buffer.from(secret).toString('hex').toUpperCase()],
    ['URL-encoded in hexadecimal', Buffer.from(encodeURIComponent(secret)).toString('hex')],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
    ['in base64 within a URL', encodeURIComponent(base64)],
    ['URL-encoded in base64', Buffer.from(encodeURIComponent(secret)).toString('base64')],
    ['in UTF-8 that was read as Latin-1', Buffer.from(secret).toString('latin1')],
    ['in decomposed Unicode (NFD)', secret.normalize('NFD')],
  ])('a secret %s is redacted, and the text around it is kept', (_form, text) => {
    expect(hide(`403: "${text}" is no key`, secret)).toBe('403: "[redacted]" is no key');
  });

  it.each(['base64', 'base64url'] as const)(
    'a secret inside text encoded in %s is redacted at any offset',
    (encoding) => {
      for (const around of ['', 'B', 'Be', 'Bea', 'Bear']) {
        // Contains both characters that base64url writes differently.
        const key = '~~~???~~~???K3y>>>';
        const text = Buffer.from(`${around}${key}${around}`).toString(encoding);
        expect(text).toMatch(encoding === 'base64' ? /[+/]/ : /[-_]/);
        const shown = hide(text, key);
        expect(shown).toContain('[redacted]');
        // One character at each end remains, because it also encodes bits of the text around.
        const maxLength = Buffer.from(around).toString('base64').length * 2 + 2;
        expect(shown.replace('[redacted]', '').length, shown).toBeLessThanOrEqual(maxLength);
      }
    },
  );

  it('a secret given in decomposed Unicode is redacted in composed form too', () => {
    const given = 'pässwörd-é'.normalize('NFD');
    expect(hide(`no ${given.normalize('NFC')} here`, given)).toBe('no [redacted] here');
  });

  it.each(['%', '\\x'])(
    'a secret with a four-byte character is redacted as bytes after %s',
    (prefix) => {
      const bytes = bytesOf('k3y🔑s3cret').map((byte) => `${prefix}${hex(byte, 2)}`);
      expect(hide(`no ${bytes.join('')} here`, 'k3y🔑s3cret')).toBe('no [redacted] here');
    },
  );

  it('each occurrence of a secret is redacted, also directly after another one', () => {
    expect(hide('s3cret-1-s3cret-1 s3cret-1s3cret-1', 's3cret-1')).toBe(
      '[redacted]-[redacted] [redacted][redacted]',
    );
  });

  it('a secret is redacted in any case, even if the text changes its length with its case', () => {
    expect(hide('invalid key TOP-SECRET', 'Top-Secret')).toBe('invalid key [redacted]');
    expect(hide('İİİ Top-Sİcret İ', 'top-sİCRET')).toBe('İİİ [redacted] İ');
    expect(hide('x ΑΣΒΓΔΕΖΗΣ y', 'ασβγδεζησ')).toBe('x [redacted] y');
  });

  it('a secret that contains what looks like an escape is redacted', () => {
    for (const key of ['abc%41bcdefgh', 'ab&amp;cdefgh', 'ab\\\\ncdefgh', 'a%2525b%26amp;c']) {
      for (const encode of [(text: string) => text, encodeURIComponent, html, json]) {
        expect(hide(`< ${encode(key)} >`, key)).toBe('< [redacted] >');
      }
    }
  });
});

describe('truncated secrets', () => {
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
  ])('a truncated secret is redacted before and after the marker %s', (marker) => {
    expect(hide(`key tv1-abcd${marker} is bad`, key)).toBe(`key [redacted]${marker} is bad`);
    expect(hide(`key ${marker}stuvwxyz is bad`, key)).toBe(`key ${marker}[redacted] is bad`);
    expect(hide(`tv1-abcdefgh${marker}rstuvwxyz`, key)).toBe(`[redacted]${marker}[redacted]`);
  });

  it('a part of a secret is kept if it has less than 8 characters or no marker follows', () => {
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

  it('at the end of a text, 16 or more characters of a secret are redacted without a marker', () => {
    expect(hide(`403 tv1-abcdefghijk`, key)).toBe('403 tv1-abcdefghijk');
    expect(hide(`403 tv1-abcdefghijkl`, key)).toBe('403 [redacted]');
    expect(hide(`403 ${encodeURIComponent('/').repeat(16)}%2`, '/'.repeat(20))).toBe(
      '403 [redacted]',
    );
  });

  it('a truncated secret that continues with the characters of the marker is redacted', () => {
    expect(hide('key abcdefgh... bad', 'abcdefgh.ijkl')).toBe('key [redacted]... bad');
    expect(hide('key ...abcdefgh bad', 'xyz.abcdefgh')).toBe('key ...[redacted] bad');
    expect(hide('key abcdefgh.... bad', 'abcdefgh.ijkl')).not.toContain('abcdefgh');
  });

  it.each([
    ['hexadecimal', Buffer.from(key).toString('hex')],
    ['base64', Buffer.from(key).toString('base64')],
    ['base64 inside text', Buffer.from(`x${key}x`).toString('base64').slice(2, -2)],
  ])('a secret truncated in %s is redacted', (_form, text) => {
    expect(hide(`key ${text.slice(0, 8)}... bad`, key)).toBe('key [redacted]... bad');
    expect(hide(`key ...${text.slice(-12)} bad`, key)).not.toContain(text.slice(-11, -3));
  });

  it('8 characters of an encoded secret are redacted even if they represent fewer characters', () => {
    const sharp = '"<s3cret>"/=';
    expect(hide('is &quot;&lt;s3… bad', sharp)).toBe('is [redacted]… bad');
    expect(hide('is …et%3E%22%2F%3D bad', sharp)).toBe('is …[redacted] bad');
    expect(hide('is "<s3cre… bad', sharp)).toBe('is "<s3cre… bad');
    expect(hide('is …ret>"/= bad', sharp)).toBe('is …ret>"/= bad');
    // An ordinary word has the same ending as the secret.
    expect(hide('see ...blocklist.', 'the-secret-of-the-list')).toBe('see ...blocklist.');
  });

  it('a secret that is truncated anywhere inside an escape is redacted', () => {
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

describe('several secrets', () => {
  it('the longer secret is redacted completely if it contains another one', () => {
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

  it('overlapping secrets are redacted together', () => {
    expect(hide('x alphabetagamma y', 'alphabeta', 'betagamma')).toBe('x [redacted] y');
  });

  it('secrets with a long common beginning are distinguished', () => {
    const header = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.';
    const tokens = Array.from({ length: 100 }, (_, at) => `${header}${hex(at * 7919, 12)}`);
    const redactor = knowing(...tokens, `${header}0000`, header);
    for (const token of tokens) expect(redactor.text(`x ${token} y`)).toBe('x [redacted] y');
    expect(redactor.text(`x ${header}ffff y`)).toBe('x [redacted]ffff y');
  });

  it('a secret is redacted from the moment it is added, together with earlier ones', () => {
    const redactor = new Redactor();
    redactor.add('first-secret');
    expect(redactor.text('first-secret second-secret')).toBe('[redacted] second-secret');
    redactor.add(null, undefined, '', 'second-secret');
    expect(redactor.text('first-secret second-secret')).toBe('[redacted] [redacted]');
  });
});

describe('text without secrets', () => {
  it('a text is unchanged if no secret is known', () => {
    expect(new Redactor().text('unchanged')).toBe('unchanged');
  });

  it('secrets of less than 8 characters are ignored, so that ordinary words stay readable', () => {
    expect(hide('an ordinary sentence 1234567', 'a', 'an', '', 'ordinar', '1234567')).toBe(
      'an ordinary sentence 1234567',
    );
    expect(hide('an ordinary sentence', 'ordinary')).toBe('an [redacted] sentence');
    expect(hide('an abcd %41%42%43%44', '%41%42%43%44')).toBe('an abcd [redacted]');
  });

  it('characters of a regular expression in a secret match only themselves', () => {
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

describe('cost', () => {
  /** Comparisons per character of the text. */
  const costOf = (text: string, redactor: Redactor) => {
    const before = redactor.comparisons;
    redactor.text(text);
    return (redactor.comparisons - before) / text.length;
  };

  it.each([16_384, 40_000])('a secret of %i characters is redacted without an error', (length) => {
    const [long = ''] = fc.sample(fc.string({ minLength: length, maxLength: length }), {
      numRuns: 1,
      seed: 1,
    });
    for (const encode of [(text: string) => text, encodeURIComponent, html, json, form]) {
      expect(hide(`x: ${encode(long)} :y`, long)).toBe('x: [redacted] :y');
      expect(hide(`x: ${encode(long.slice(0, 400))}… :y`, long)).toBe('x: [redacted]… :y');
    }
  });

  it('the cost of a text does not grow with the number of tokens', () => {
    const random = fc.sample(fc.stringMatching(/^[a-zA-Z0-9]{16000}$/), { numRuns: 3, seed: 1 });
    const tokens = random.flatMap((text) =>
      Array.from({ length: 33 }, (_, at) => `eyJhbGciOiJIUzI1NiJ9.${at}${text}`),
    );
    const text = 'GET https://threatq.example/api: eyJhbGciOiJIUzI1NiJ9 is 32 letters. '.repeat(
      500,
    );
    const [one, many] = [knowing(tokens[0] ?? ''), new Redactor()];
    for (const token of tokens) {
      const before = many.comparisons;
      many.add(token);
      // Two trees with these forms: the token itself, hexadecimal, and five of base64.
      expect(many.comparisons - before).toBeLessThan(24 * token.length);
    }
    expect(costOf(text, one)).toBeLessThan(1);
    expect(costOf(text, many)).toBeLessThan(2);
    for (const token of tokens) expect(many.text(`x ${token}`)).toBe('x [redacted]');
  });

  it('the cost of a repetitive text with a repetitive secret is bounded, and all of it is redacted', () => {
    const secrets = ['ab'.repeat(8_000), `${'ab'.repeat(8_000)}c`];
    const redactor = knowing(...secrets);
    for (const length of [10_000, 100_000]) {
      const text = `x ${'ab'.repeat(length / 2)}`;
      expect(costOf(text, redactor)).toBeLessThan(100);
      expect(redactor.text(text)).not.toContain('abababab');
    }
  });

  it.each(['%25', '&amp;', '\\\\', '%', '&', '\\', '&#', '\\u', '%u', '&#x0', '.', '…', '%c3'])(
    'the cost of a text that repeats %s is bounded',
    (part) => {
      const redactor = knowing(part.repeat(1000), 'abcdefgh');
      expect(costOf(part.repeat(20_000), redactor)).toBeLessThan(500);
    },
  );
});

describe('redaction of any secret in any text', () => {
  const characters = fc.constantFrom(...'abAB01+/=&%.*[](){}\\^$|?"\'<> -_;#ux25amp ü移');
  const word = fc
    .array(characters, { minLength: 8, maxLength: 30 })
    .map((all) => all.join(''))
    // A secret that looks like an escape may be decoded together with the text around it, and then be
    // too short.
    .filter((text) => decodeAllLayers(text, 9).length >= 8);
  const escapes = [encodeURIComponent, form, html, json, jsonOfAll];
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const base64url = (text: string) => Buffer.from(text).toString('base64url');
  const inHex = (text: string) => Buffer.from(text).toString('hex');
  /** Nested escapes, perhaps of hexadecimal or base64. */
  const encoding = fc
    .tuple(
      fc.constantFrom((text: string) => text, inHex, base64, base64url),
      fc.array(fc.constantFrom(...escapes), { maxLength: 3 }),
    )
    .map(
      ([first, rest]) =>
        (text: string) =>
          rest.reduce((encoded, encode) => encode(encoded), first(text)),
    );
  const around = fc.array(fc.constantFrom(' ', 'x', ': "', '\n', '%', '&', '\\', '"}'), {
    maxLength: 4,
  });

  it('any secret in any nested encodings is redacted', () => {
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(around, fc.nat({ max: 2 }), encoding), { minLength: 1, maxLength: 4 }),
        (secrets, plan) => {
          const parts = plan.map(([before, which, encode]) => ({
            before: before.join(''),
            echoed: encode(secrets[which] ?? ''),
          }));
          const text = parts.map(({ before, echoed }) => `${before} ${echoed} `).join('');
          // The text [redacted] itself may contain what happens to be a secret.
          const rest = hide(text, ...secrets).split('[redacted]');
          for (const { echoed } of parts) {
            if (echoed === '') continue;
            for (const part of rest) expect(part).not.toContain(echoed);
          }
        },
      ),
    );
  });

  it('any secret inside other text in base64 is redacted', () => {
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
            // The characters that the text around the secret accounts for.
            const maxLength = Math.max(Buffer.byteLength(left), Buffer.byteLength(right)) * 2 + 4;
            expect(part.length).toBeLessThanOrEqual(Math.max(maxLength, 4));
            expect(Buffer.from(part, 'base64').includes(bytes)).toBe(false);
          }
        },
      ),
    );
  });

  it('any truncated secret is redacted before and after a marker', () => {
    const key = fc.stringMatching(/^[a-zA-Z0-9/+=_-]{20,40}$/);
    const marker = fc.constantFrom('…', '...', '*****', '•••');
    const plain = fc.constantFrom((text: string) => text, inHex, base64, base64url);
    const layers = fc.array(fc.constantFrom(...escapes), { maxLength: 3 });
    fc.assert(
      fc.property(
        key,
        plain,
        layers,
        marker,
        fc.nat(),
        (secretKey, first, rest, markerText, seed) => {
          const text = first(secretKey);
          const cut = 8 + (seed % (text.length - 16));
          const encode = (part: string) =>
            rest.reduce((encoded, encodeLayer) => encodeLayer(encoded), part);
          const beginning = hide(`at:${encode(text.slice(0, cut))}${markerText}:end`, secretKey);
          const ending = hide(`at:${markerText}${encode(text.slice(cut))}:end`, secretKey);
          expect(beginning).toBe(`at:[redacted]${markerText}:end`);
          expect(ending).toBe(`at:${markerText}[redacted]:end`);
        },
      ),
    );
  });
});
