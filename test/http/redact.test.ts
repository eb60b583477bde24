import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Redactor } from '../../src/http/redact.js';

/** A text without the secrets, and a copy of data likewise. */
const hide = (text: string, ...secrets: string[]) => {
  const redactor = new Redactor();
  redactor.add(...secrets);
  return redactor.text(text);
};

// Everything that one notation or another writes differently.
const secret = 'K3y/+=&%\'"<s3cret>? \\ü移~!*()';

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
    ['form-encoded', new URLSearchParams([['', secret]]).toString().slice(1)],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON as PHP writes it', 'K3y\\/+=&%\'\\"<s3cret>? \\\\\\u00fc\\u79fb~!*()'],
    ['in JSON as Python writes it', 'K3y/+=&%\'\\"<s3cret>? \\\\\\u00fc\\u79fb~!*()'],
    ['in HTML', 'K3y/+=&amp;%&#39;&quot;&lt;s3cret&gt;? \\ü移~!*()'],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
  ])('%s is hidden, and the words around it stay', (_form, text) => {
    expect(hide(`403: "${text}" is no key`, secret)).toBe('403: "[redacted]" is no key');
  });

  it('is hidden each time, and next to itself', () => {
    expect(hide('s3cret-s3cret s3crets3cret', 's3cret')).toBe(
      '[redacted]-[redacted] [redacted][redacted]',
    );
  });

  it('is hidden in other letters', () => {
    expect(hide('invalid key TOP-SECRET', 'Top-Secret')).toBe('invalid key [redacted]');
  });
});

describe('secrets together', () => {
  it('are hidden whole where one holds the other', () => {
    for (const order of [
      ['hunter2', 'hunter2-and-more'],
      ['hunter2-and-more', 'hunter2'],
    ]) {
      expect(hide('a hunter2-and-more b hunter2 c', ...order)).toBe('a [redacted] b [redacted] c');
    }
  });

  it('are hidden whole where they overlap', () => {
    expect(hide('x alphabetagamma y', 'alphabeta', 'betagamma')).toBe('x [redacted] y');
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
    const data = { text: 'as it is', list: [1, null] };
    expect(new Redactor().data(data)).toEqual(data);
    expect(new Redactor().text('as it is')).toBe('as it is');
  });

  it('is not blacked out by a secret too short to be one', () => {
    expect(hide('an ordinary sentence', 'a', 'an', '', 'sen')).toBe('an ordinary sentence');
  });

  it('is not taken for one by the signs of a pattern', () => {
    expect(hide('abcd aXXd 1.2.3.4 1a2b3c4', 'a..d', '.*.*', '1.2.3.4', '[a-z]+', '^$|()')).toBe(
      'abcd aXXd [redacted] 1a2b3c4',
    );
  });
});

it('a copy of a result is redacted in its values, not in its keys, and the result stays as it was', () => {
  const redactor = new Redactor();
  redactor.add('s3cret');
  const result = { s3cret: 1, items: [{ message: 'no s3cret', id: null, ok: true }] };
  const before = structuredClone(result);
  expect(redactor.data(result)).toEqual({
    s3cret: 1,
    items: [{ message: 'no [redacted]', id: null, ok: true }],
  });
  expect(result).toEqual(before);
});

it('no secret is left in any text, whatever its signs and whatever stands around it', () => {
  const signs = fc.constantFrom(...'abAB01+/=&%.*[](){}\\^$|?"\'<> ü移');
  const word = fc.array(signs, { minLength: 4, maxLength: 12 }).map((all) => all.join(''));
  const forms = [
    (text: string) => text,
    encodeURIComponent,
    (text: string) => JSON.stringify(text).slice(1, -1),
    (text: string) => Buffer.from(text).toString('base64'),
    (text: string) => Buffer.from(text).toString('base64url'),
  ];
  fc.assert(
    fc.property(
      fc.array(word, { minLength: 1, maxLength: 3 }),
      fc.array(fc.oneof(fc.nat({ max: 2 }), fc.constantFrom(' ', '-', 'x'))),
      fc.constantFrom(...forms),
      (secrets, plan, form) => {
        const text = plan
          .map((part) => (typeof part === 'number' ? form(secrets[part] ?? '') : part))
          .join('');
        const shown = hide(text, ...secrets);
        // The mark itself may hold what happens to be a secret.
        const rest = shown.split('[redacted]');
        for (const each of secrets) {
          for (const part of rest) expect(part).not.toContain(form(each));
        }
      },
    ),
  );
});
