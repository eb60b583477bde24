import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trimValue } from '../../src/indicator/characters.js';
import { refang, refangMail } from '../../src/indicator/refang.js';
import { refangUrl } from '../../src/indicator/refang-url.js';

describe('a de-fanged value', () => {
  it.each([
    ['evil[.]example', 'evil.example'],
    ['evil(.)example', 'evil.example'],
    ['evil[dot]example', 'evil.example'],
    ['evil[DOT]example', 'evil.example'],
    ['evil(dot)example', 'evil.example'],
    ['2001[:]db8[:][:]1', '2001:db8::1'],
    ['a[.]b(.)c[dot]d', 'a.b.c.d'],
    ['www<.>evil<dot>example', 'www.evil.example'],
    ['evil{.}example', 'evil.example'],
    ['evil\u3010.\u3011example', 'evil.example'],
    ['evil[\u3002]example', 'evil.example'],
    ['evil[ . ]example', 'evil.example'],
    ['evil [.] example', 'evil.example'],
    ['evil [dot] example', 'evil.example'],
    ['evil[.example]', 'evil.example'],
    ['evil[.co.example]', 'evil.co.example'],
    ['evil[[.]]example', 'evil.example'],
    // Half brackets, and mistyped ones.
    ['evil[.example', 'evil.example'],
    ['evil.]example', 'evil.example'],
    ['www[.evil.]example', 'www.evil.example'],
    ['evil[.)example', 'evil.example'],
    ['evil[.[example', 'evil.example'],
    ['evil[].]example', 'evil.example'],
    // Expressions and Markdown.
    ['evil\\.example', 'evil.example'],
    ['www\\[.\\]evil\\[.\\]example', 'www.evil.example'],
    ['198.51.100.7[/]32', '198.51.100.7/32'],
  ])('the de-fanged value %s is read as %s', (given, plain) => {
    expect(refang(given)).toBe(plain);
  });

  it('white space is removed around a value and kept within it', () => {
    expect(refang(' \t\r\n evil .example \r\n')).toBe('evil .example');
    expect(refang('\u00a0\ufeffevil.example\u00a0')).toBe('evil.example');
  });

  it('text that only resembles de-fanging is not changed', () => {
    for (const value of [
      'evil[example',
      'evil dot example',
      'dot.example',
      'at(example)',
      '[d0t]',
      'evil\\\\.example',
      '[2001:db8::1]',
    ]) {
      expect(refang(value)).toBe(value);
    }
  });
});

describe('a de-fanged URL', () => {
  it.each([
    ['hxxp://evil.example/', 'http://evil.example/'],
    ['hxxps://evil.example/', 'https://evil.example/'],
    ['hXXps://evil.example/', 'https://evil.example/'],
    ['HXXP://evil.example/', 'http://evil.example/'],
    ['hxxp[:]//evil.example/', 'http://evil.example/'],
    ['hxxps[://]evil.example/', 'https://evil.example/'],
    ['http[:]//evil.example/', 'http://evil.example/'],
    ['https[://]evil.example/', 'https://evil.example/'],
    ['ftp[:]//evil.example/', 'ftp://evil.example/'],
    ['http://evil[.]example:8080/x', 'http://evil.example:8080/x'],
    ['evil[.]example[:]8080/x', 'evil.example:8080/x'],
    ['//evil(.)example/x', '//evil.example/x'],
    ['user[@]evil.example/x', 'user@evil.example/x'],
    // Words for the scheme.
    ...[
      'hxxp',
      'hXXp',
      'htxp',
      'hxtp',
      'htxxp',
      'hxxxp',
      'htp',
      'htttp',
      'htpp',
      'hzzp',
      'xxp',
      'ttp',
      'h**p',
      'h__p',
      'h[tt]p',
      'h[t]tp',
      '[http]',
      'h(xx)p',
      'meow',
    ].flatMap((word) => [
      [`${word}://evil.example/a`, 'http://evil.example/a'],
      [`${word}s://evil.example/a`.replace(']s', 's]'), 'https://evil.example/a'],
    ]),
    ['fxp://evil.example/', 'ftp://evil.example/'],
    ['hxxp[s]://evil.example/', 'https://evil.example/'],
    // What separates it from the host.
    ...[
      '[:]//',
      '[:]///',
      '[:]/',
      ':/',
      ':///',
      ':',
      '[]://',
      '[://]',
      '[:/]/',
      '[:][/][/]',
      '[:/][/]',
      '(:)//',
      '{:}//',
      ':[//]',
      ':\\\\',
      '[:]\\\\',
      ':\\/\\/',
      '\\[:\\]//',
      '\\[://\\]',
    ].map((separator) => [`hxxps${separator}evil[.]example/a`, 'https://evil.example/a']),
    // The host.
    ['hxxps[:]//evil.]example/a', 'https://evil.example/a'],
    ['https://evil[.example/a', 'https://evil.example/a'],
    ['https://evil\\[.\\]example/a', 'https://evil.example/a'],
    ['hxxps://www.evil\\[.\\]example/a', 'https://www.evil.example/a'],
    ['http://evil [.] example/a', 'http://evil.example/a'],
    ['http://evil[.example]/a', 'http://evil.example/a'],
    ['hxxp【:】//evil【.】example/a', 'http://evil.example/a'],
    ['hxxp:1\\.2\\.3\\.4/', 'http://1.2.3.4/'],
    ['https://evil<.>example/a', 'https://evil.example/a'],
    ['http://evil.example[/]a', 'http://evil.example/a'],
    ['http[:]//evil[.]example[/]a[/]b', 'http://evil.example/a/b'],
    ['evil.example\\[/\\]a', 'evil.example/a'],
    ['hxxp://evil[.example/a[.scr?x[.b]=1', 'http://evil.example/a.scr?x[.b]=1'],
    ['hxxp://evil.example/a[.b]/c', 'http://evil.example/a[.b]/c'],
    ['hxxp://evil.example/a[.]b?c[.]d=(dot)', 'http://evil.example/a.b?c.d=.'],
    // Expressions and JSON.
    ['http://evil\\.example/a\\.b', 'http://evil.example/a.b'],
    ['https:\\/\\/evil\\.example\\/a\\.b', 'https://evil.example/a.b'],
    ['evil\\.example\\/a\\.b', 'evil.example/a.b'],
    ['hxxp://evil\\.example\\/a\\.b\\/c', 'http://evil.example/a.b/c'],
    ['evil\\.example/a', 'evil.example/a'],
    ['https:\\/\\/evil.example\\/a\\/b', 'https://evil.example/a/b'],
    ['evil.example\\/a', 'evil.example/a'],
    // The path alone.
    ['https://evil.example/setup[.]iso', 'https://evil.example/setup.iso'],
    ['https://evil.example/[.]well-known/', 'https://evil.example/.well-known/'],
    ['https://evil.example/a\\[.\\]iso[[.]]', 'https://evil.example/a.iso.'],
    ['https://evil.example/a[/]b', 'https://evil.example/a/b'],
    // White space, invisible characters and quotation marks at the ends.
    [' "hxxps://evil[.]example/"', 'https://evil.example/'],
    ["'https://evil.example/?a='", 'https://evil.example/?a='],
    ["https://evil.example/?a='b'", "https://evil.example/?a='b'"],
    [' \u200ehttps://evil.example/a\u200b\u2060\u202e', 'https://evil.example/a'],
    ['https://evil.example/\u2764\ufe0f\u200b', 'https://evil.example/\u2764\ufe0f'],
  ])('the de-fanged URL %s is read as %s', (given, plain) => {
    expect(refangUrl(given)).toBe(plain);
  });

  it('de-fanging after the host is undone if the scheme or the host of the URL was de-fanged', () => {
    expect(refangUrl('hxxp://evil.example/a[.]php')).toBe('http://evil.example/a.php');
    expect(refangUrl('evil[.]example/?mail=a[@]b[.]example')).toBe(
      'evil.example/?mail=a@b.example',
    );
  });

  it('brackets are kept if scheme and host of the URL were not de-fanged, except [.] and [/] in the path', () => {
    for (const url of [
      'http://evil.example/a[]b?x[]=1',
      'http://evil.example/a[.b?x[.c]=1',
      'http://evil.example/?x[.]=1&y=[/]&z=(dot)#[.]',
      'http://user[.]x@evil.example/(dot)',
      'http://user(at)x@evil.example/(dot)',
      'evil.example/wiki/Smile_(.)_(dot)',
      'http://evil.example/?x[at]=1&y[dot]=2',
      'http://[2001:db8::1]/[:]',
      'http://[::]/',
      'http://[::ffff:198.51.100.7]:80/<.>',
    ]) {
      expect(refangUrl(url)).toBe(url);
    }
  });

  it('a word before a colon is kept if it is not the scheme of the URL', () => {
    for (const url of [
      'http://hxxp.example/',
      'evil.example/hxxp://other.example',
      'hxxp__evil.example/a',
      'http:8080/x',
      'ftp:21/x',
      'http:__evil.example',
      'javascript:alert(1)',
      'mailto:someone@evil.example',
      '2hxxp://evil.example/',
    ]) {
      expect(refangUrl(url)).toBe(url);
    }
  });
});

it('the kinds of de-fanging can be mixed', () => {
  const dot = fc.constantFrom(
    '.',
    '[.]',
    '(.)',
    '{.}',
    '<.>',
    '[dot]',
    '[.',
    '.]',
    '[ . ]',
    ' [.] ',
  );
  const scheme = fc.constantFrom('hxxp', 'http', 'htxp', 'h[tt]p', 'HXXP', 'hzzp');
  const separator = fc.constantFrom('://', '[:]//', '[://]', ':/', '[:]///', '\\[:\\]//', ':\\\\');
  const label = fc.constantFrom('evil', 'a-b', 'x1', 'at', 'dot');
  const host = fc.array(fc.tuple(label, dot), { minLength: 1, maxLength: 4 });
  const path = fc.constantFrom('', '/', '/a', '[/]a', '?q', '#f');
  fc.assert(
    fc.property(scheme, separator, host, path, (word, colon, labels, end) => {
      const defanged = labels.map((parts) => parts.join('')).join('');
      const plain = labels.map(([name]) => `${name}.`).join('');
      expect(refang(`${defanged}com`)).toBe(`${plain}com`);
      expect(refangUrl(`${word}${colon}${defanged}com${end}`)).toBe(
        `http://${plain}com${end.replace('[/]', '/')}`,
      );
    }),
  );
});

it('undoing de-fanging never throws and leaves no invisible character at the ends', () => {
  const pieces = fc.constantFrom(
    ...['[.]', '(.)', '[dot]', '[@]', '[:]', '[/]', 'hxxp', 'xxp', '://', ':', '/', '\\', '[', ']'],
    ...['.', '(', '<', 'a', ' ', '\u200b', '?', '@'],
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(pieces).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(text, (value) => {
      for (const result of [refang(value), refangMail(value), refangUrl(value)]) {
        expect(result).toBe(trimValue(result));
      }
    }),
  );
});
