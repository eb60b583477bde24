import { describe, expect, it } from 'vitest';
import { checkHash } from '../../src/indicator/hash-and-email.js';
import { checkValue } from '../../src/indicator/indicator.js';
import { problemOf, sentValue } from '../support/checked.js';

const mail = (text: string) => checkValue('senderMailAddress', text, { wildcards: true });

describe('a mail address', () => {
  it.each([
    ['Some.One+x@Evil.Example', 'Some.One+x@evil.example'],
    ['someone[@]evil[.]example', 'someone@evil.example'],
    ['someone{@}evil{.}example', 'someone@evil.example'],
    ['someone [at] evil [dot] example', 'someone@evil.example'],
    ['some(dot)one(at)evil(dot)example', 'some.one@evil.example'],
    ['someone<@>evil<.>example', 'someone@evil.example'],
    ['someone@evil[.example]', 'someone@evil.example'],
    // Braces are characters of a local part.
    ['{a}.x{.}{y@evil.example', '{a}.x{.}{y@evil.example'],
    ['a{at}b@evil[.]example', 'a{at}b@evil.example'],
    ['some[ dot ]one[ at ]evil[ dot ]example', 'some.one@evil.example'],
    ['\u200esomeone@evil.example\u200b', 'someone@evil.example'],
    ["o'brien@evil.example", "o'brien@evil.example"],
    ['a@bücher.example', 'a@xn--bcher-kva.example'],
    ['a@evil.example.', 'a@evil.example'],
    ['a@mail_out.evil.example', 'a@mail_out.evil.example'],
  ])('the mail address %s is sent as %s', (given, sent) => {
    expect(sentValue(mail(given))).toBe(sent);
  });

  it.each([
    ['evil.example', /no @/],
    ['@evil.example', /not a valid/],
    ['a@', /empty/],
    ['a@@evil.example', /not a valid/],
    ['a b@evil.example', /not a valid/],
    ['a@evil.example, b@evil.example', /not a valid/],
    ['Name <a@evil.example>', /after the @/],
    ['mailto:a@evil.example', /not a valid/],
    ['a@198.51.100.7', /IP address/],
    ['a@evil.example:25', /port/],
    ['*@evil.example', /wildcard/],
    ['a*@evil.example', /wildcard/],
    ['a@*.evil.example', /no list accepts wildcards in mail/],
    ['ü@evil.example', /not a valid/],
    ['a\r\nBcc: b@evil.example', /U\+000D/],
    ['some\u200bone@evil.example', /U\+200B/],
    ['someone@\u200bevil.example', /U\+200B/],
    ['{a}(at)b@evil.example', /not a valid/],
  ])('%j is not accepted as a mail address', (given, reason) => {
    expect(problemOf(mail(given))).toMatch(reason);
  });

  it('a mail address has at most 320 characters', () => {
    const of = (length: number) => `${'a'.repeat(length - 13)}@evil.example`;
    expect(sentValue(mail(of(320)))).toBe(of(320));
    expect(problemOf(mail(of(321)))).toMatch(/321.*320/);
  });
});

describe('a hash', () => {
  it('a hash is sent in lower case and without surrounding white space', () => {
    expect(sentValue(checkHash(` ${'Ab'.repeat(20)}\r\n`, 40))).toBe('ab'.repeat(20));
    expect(sentValue(checkHash(`\u200e${'ab'.repeat(20)}\u200b\u2060`, 40))).toBe('ab'.repeat(20));
    expect(sentValue(checkHash('AB'.repeat(32), 64))).toBe('ab'.repeat(32));
  });

  it.each([
    ['one digit too few', 'a'.repeat(39), /39 .* 40/],
    ['one digit too many', 'a'.repeat(41), /41 .* 40/],
    ['the digits of a SHA-256', 'a'.repeat(64), /64 .* 40/],
    ['a letter that is not a digit', `${'a'.repeat(39)}g`, /not have 40/],
    ['a prefix', `0x${'a'.repeat(38)}`, /not have 40/],
    ['a full-width digit', `${'a'.repeat(39)}ａ`, /not have 40/],
    ['a zero-width space', `${'a'.repeat(20)}\u200b${'a'.repeat(20)}`, /U\+200B/],
    ['a space', `${'a'.repeat(20)} ${'a'.repeat(20)}`, /not have 40/],
    ['no digit', '', /not have 40/],
  ])('a hash with %s is not accepted', (_what, given, reason) => {
    expect(problemOf(checkHash(given, 40))).toMatch(reason);
  });
});
