/** What holds for any text that an indicator can have as its value. */
import fc from 'fast-check';
import { getDomain } from 'tldts';
import { describe, expect, it } from 'vitest';
import { identitiesOf, listIdentity, runIdentity } from '../../src/indicator/identity.js';
import { checkValue, OBJECT_KEYS, type ObjectKey } from '../../src/indicator/indicator.js';
import { hasScheme } from '../../src/indicator/url.js';
import { parseUrl } from '../../src/text/parse-url.js';
import { sentValue } from '../support/checked.js';

const PIECES = [
  ...['http', 'https', 'ftp', 'hxxp', 'htxp', 'xxp', 'h[tt]p', 'meow', 'javascript'],
  ...['://', ':', '[:]//', '[://]', ':/', '/', '//', '\\', '\\\\', '\\/', '__'],
  ...['evil', 'good', 'com', 'org', 'co', 'uk', 'at', 'dot', '1', '0x7f', '127.0.0.1', '[::1]'],
  ...['.', '[.]', '(.)', '[.', '.]', '\\.', '\\[.\\]', '<.>', '[dot]', '[[', ']]', '(', ')'],
  ...['@', '[@]', '[at]', '[/]', '[:]', '?', '#', '%', '%2e', '%2f', '%40', '*', '-', '_', 'xn--'],
  ...[' ', '\t', '\n', '\0', '\u200b', '\u200d', '\u202e', '\ufeff', '\u00ad', '\u2060', '\ufe0f'],
  ...[
    '\u3002',
    '\uff0e',
    '\u24d4',
    'ü',
    'ß',
    'Σ',
    '\ud800',
    '\u{1f4a9}',
    '\u{e0001}',
    'a'.repeat(64),
  ],
  ...['/32', '/128', ':80', ':99999', '2001:db8::1', 'ab'.repeat(20), 'ab'.repeat(32)],
];

const value = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.webUrl({ withFragments: true, withQueryParameters: true }),
);

const check = (key: ObjectKey, text: string, wildcards: boolean, stripsPort: boolean) =>
  checkValue(key, text, {
    wildcards,
    stripsPort,
    defaultScheme: key === 'url' && !hasScheme(text) ? 'http' : undefined,
  });

describe('for any text', () => {
  it('a value that is sent is mapped to itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...OBJECT_KEYS),
        value,
        fc.boolean(),
        fc.boolean(),
        (key, text, wildcards, stripsPort) => {
          const sent = sentValue(check(key, text, wildcards, stripsPort));
          if (sent === undefined) return;
          expect(sentValue(check(key, sent, wildcards, stripsPort))).toBe(sent);
        },
      ),
      { numRuns: 20_000 },
    );
  });

  it('a value that is sent has the same identities as any value of its spelling', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OBJECT_KEYS), value, fc.boolean(), (key, text, wildcards) => {
        const sent = sentValue(check(key, text, wildcards, false));
        if (sent === undefined) return;
        expect(identitiesOf(key, sent)).toEqual({
          identity: runIdentity(key, sent),
          listKey: listIdentity(key, sent),
        });
      }),
      { numRuns: 20_000 },
    );
  });

  it('the registrable domain of a URL that browsers open does not change', () => {
    fc.assert(
      fc.property(value, fc.boolean(), (text, wildcards) => {
        const registrable = registrableDomain(text);
        const sent = sentValue(check('url', text, wildcards, false));
        if (registrable === null || sent === undefined) return;
        expect(registrableDomain(sent.replace('://*.', '://'))).toBe(registrable);
      }),
      { numRuns: 20_000 },
    );
  });

  it('a URL is refused or sent, however many were checked before it', () => {
    // URL.canParse of Node 20 is wrong for such texts once it is compiled.
    for (let n = 0; n < 20_000; n++) check('url', `http://ü${n}.example/`, false, false);
    for (const text of ['http://ß\u00a0.', 'http://ß\u00a0.x/a']) {
      expect(sentValue(check('url', text, false, false))).toBeUndefined();
    }
  });

  it('a value that repeats one character 20,000 times is refused, or sent in an allowed length', () => {
    const pieces = [
      '[',
      '[.',
      '\\[',
      '[:',
      '<',
      '.',
      '\\',
      ' ',
      '\u200b',
      '*',
      '[ ',
      '(dot',
      ':/[',
      'ü.',
    ];
    for (const [key, piece] of OBJECT_KEYS.flatMap((key) => pieces.map((p) => [key, p] as const))) {
      for (const text of [piece.repeat(20_000), `http:${piece.repeat(20_000)}x`]) {
        const sent = sentValue(check(key, text, false, true)) ?? '';
        expect(sent.length).toBeLessThanOrEqual(2_048);
      }
    }
  });
});

/** The registrable domain that a browser would open; null if it opens no name in DNS. */
function registrableDomain(text: string): string | null {
  const url = parseUrl(text);
  if (!url) return null;
  const { protocol, hostname } = url;
  if (!['http:', 'https:', 'ftp:'].includes(protocol)) return null;
  const labels = hostname.replace(/\.$/, '').split('.');
  // Browsers also accept hosts that DNS cannot have.
  return labels.every((label) => /^[a-z\d_-]+$/.test(label)) ? getDomain(hostname) : null;
}
