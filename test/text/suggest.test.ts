/** What a person probably meant by a wrong name. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, suggestion } from '../../src/text/suggest.js';

const REGIONS = [
  'United States',
  'European Union (EU)',
  'Australia',
  'India',
  'Indonesia',
  'United Arab Emirates',
  'United Kingdom',
  'US Government',
];

describe('the closest name', () => {
  it.each([
    ['india', 'India'],
    ['Inda', 'India'],
    ['  INDAI ', 'India'],
    ['Austraila', 'Australia'],
    ['AustraliaX', 'Australia'],
    ['United-Kingdom', 'United Kingdom'],
    ['unitedkingdom', 'United Kingdom'],
    ['Unitde  Kingdm', 'United Kingdom'],
    ['europ', 'European Union (EU)'],
    ['EU', 'European Union (EU)'],
    ['government', 'US Government'],
    // Several names begin like this.
    ['United', undefined],
    // These are other names, not misspelt ones.
    ['Austria', undefined],
    ['United Emirates', undefined],
    ['US Governments of States', undefined],
    ['Ind', undefined],
    ['Germany', undefined],
    ['x', undefined],
    ['', undefined],
    [' ', undefined],
    ['30', undefined],
  ])('the text %j is close to %j', (given, expected) => {
    expect(closest(given, REGIONS)).toBe(expected);
  });

  it('a name of which there are two spellings is returned in the last one', () => {
    expect(closest('activ', ['active', 'Active'])).toBe('Active');
  });

  it.each([
    ['dont remove', ['keep', 'remove', 'Keep on the list', 'Remove from the list']],
    ['not export', ['Export', 'Preview', 'Check']],
    ["Don't block", ['Block', 'Log']],
    ['unblock', ['Block', 'Log']],
    ['Send with the port', ["Don't Send IOC", 'Send without the port']],
    ['send ioc', ["Don't Send IOC", 'Apply http://']],
    ['without http', ['http', 'https', 'Apply http://', 'Apply https://']],
    ['enable_proxies', ['verify_ssl', 'disable_proxies']],
    ['proxies', ['verify_ssl', 'disable_proxies']],
    ['low_from_score', ['high_from_score', 'medium_from_score']],
    ['block', ['never_block', 'run_mode']],
    ['include', ['exclude', 'name']],
    ['--no-preview', ['--preview', '--check']],
    ['--disallow-large-removal', ['--allow-large-removal']],
    ['Inactive C2', ['Active C2']],
    ['Active C3', ['Active C2']],
    ['AU Domains', ['EU Domains']],
    ['Prod Blocklist', ['Test Blocklist']],
    ['After 31 Days', ['After 30 Days', 'After 45 Days']],
    ['7.5', ['7', '75']],
  ])('the opposite of %j, or another name, is not suggested', (given, names) => {
    expect(closest(given, names)).toBeUndefined();
  });

  it.each([
    ['api_kye', ['api_key', 'api_region'], 'api_key'],
    ['apiKey', ['api_key', 'api_region'], 'api_key'],
    ['API Region', ['api_key', 'api_region'], 'api_region'],
    ['expiration', ['ioc_expiration', 'run_mode'], 'ioc_expiration'],
    ['--previw', ['--preview', '--check'], '--preview'],
    ['\u2013preview', ['--preview', '--check'], '--preview'],
    ['--log-fromat', ['--log-format', '--json'], '--log-format'],
    ['blcok', ['Block', 'Log'], 'Block'],
    ['45 days', ['After 30 Days', 'After 45 Days'], 'After 45 Days'],
    ['Nver', ['Never', 'After 7 Days'], 'Never'],
    ['active  c2', ['Active C2', 'Test'], 'Active C2'],
    ['C2', ['Active C2', 'Test'], 'Active C2'],
  ])('the text %j is close to one of %j', (given, names, expected) => {
    expect(closest(given, names)).toBe(expected);
  });

  it('long texts are not compared', () => {
    const name = 'n'.repeat(201);
    expect(closest(name, [name])).toBeUndefined();
    expect(closest('nnn', [name])).toBeUndefined();
  });

  it('the question is empty if no name is close', () => {
    expect(suggestion(closest('blok', ['block', 'log']))).toBe('; did you mean "block"?');
    expect(suggestion(closest('quarantine', ['block', 'log']))).toBe('');
    expect(suggestion(1000)).toBe('; did you mean 1000?');
  });
});

describe('any text and any names', () => {
  const names = fc.array(fc.string({ maxLength: 30 }), { maxLength: 8 });

  it('the result is one of the names, or undefined, and does not depend on their order', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 30 }),
        fc.uniqueArray(fc.string({ maxLength: 30 }), {
          maxLength: 8,
          selector: (name) => name.toLowerCase(),
        }),
        (given, candidates) => {
          const found = closest(given, candidates);
          expect([undefined, ...candidates]).toContain(found);
          expect(closest(given, candidates.toReversed())).toBe(found);
        },
      ),
    );
  });

  it('a name with one wrong letter in a long word is found', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...REGIONS),
        fc.nat(40),
        fc.constantFrom('x', 'q'),
        (name, n, letter) => {
          const places = [...name.matchAll(/\p{L}(?=\p{L}{3})|(?<=\p{L}{3})\p{L}/gu)];
          const at = places[n % places.length]?.index ?? 0;
          const wrong = `${name.slice(0, at)}${letter}${name.slice(at + 1)}`;
          expect(closest(wrong, REGIONS)).toBe(name);
        },
      ),
    );
  });

  it('names that are hostile to regular expressions cause no error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('(', '[a', '\\', '$&', '.*+?^$(){}|[]\\'),
        names,
        (text, more) => {
          expect(closest(text, [text, ...more])).not.toBeNull();
        },
      ),
    );
  });
});
