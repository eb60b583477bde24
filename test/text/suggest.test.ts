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
    ['Austria', 'Australia'],
    ['europ', 'European Union (EU)'],
    ['EU', 'European Union (EU)'],
    ['US', 'United States'],
    ['uae', 'United Arab Emirates'],
    ['government', 'US Government'],
    ['United Kingdom (London)', 'United Kingdom'],
    // Two names begin like this.
    ['United', undefined],
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

  it('a name with one wrong letter is found if no other name is as close', () => {
    fc.assert(
      fc.property(fc.constantFrom(...REGIONS), fc.nat(40), (name, at) => {
        const wrong = `${name.slice(0, at % name.length)}#${name.slice((at % name.length) + 1)}`;
        expect(closest(wrong, REGIONS)).toBe(name);
      }),
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
