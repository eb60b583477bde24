import fc from 'fast-check';
import { expect, describe as group, it } from 'vitest';
import {
  describerFor,
  indicatorIdIn,
  ownerTagIn,
  scoreIn,
  tagged,
} from '../../src/export/description.js';
import { indicatorOf } from '../support/mapping.js';

const evil = (id: number | string | null = 4711, score: number | null = 8.5) =>
  indicatorOf('FQDN', 'evil.example', { id, score });

group('a description', () => {
  it('a description has source, data collection, id and score', () => {
    expect(describerFor('Active C2')(evil())).toBe(
      'Source=ThreatQ; Collection=Active C2; Id=4711; Score=8.5',
    );
  });

  it('unknown parts are omitted, but not a score or an id of 0', () => {
    expect(describerFor(undefined)(evil(null, null))).toBe('Source=ThreatQ');
    expect(describerFor(undefined)(evil(0, 0))).toBe('Source=ThreatQ; Id=0; Score=0');
  });

  it('the description of an indicator is the same in each run, and differs between indicators', () => {
    expect(describerFor('Active C2')(evil())).toBe(describerFor('Active C2')(evil()));
    expect(describerFor('Active C2')(evil(1))).not.toBe(describerFor('Active C2')(evil(2)));
  });

  it('a long name and a long id are truncated with an ellipsis, and the parts after them are kept', () => {
    const text = describerFor('C'.repeat(5000))(evil('7'.repeat(5000)));
    expect(text.length).toBeLessThanOrEqual(1000);
    expect(text).toMatch(/C…; Id=7+…; Score=8\.5$/);
  });

  it('a description is one line, whatever text a name contains', () => {
    expect(describerFor('Two\r\nlines\u202e\u0000')(evil())).toBe(
      'Source=ThreatQ; Collection=Two lines; Id=4711; Score=8.5',
    );
  });

  it('names in any script are kept', () => {
    expect(describerFor('Опасные домены 🦊 危険')(evil())).toContain(
      'Collection=Опасные домены 🦊 危険;',
    );
  });
});

it('no description has more than 1,000 characters or a control character', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 2000 }),
    fc
      .array(fc.constantFrom('\ud800', '\u0000', '\u202e', '\n', '💩', 'a'), { maxLength: 2000 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(
      fc.option(fc.oneof(fc.double(), name)),
      fc.option(fc.double({ noNaN: true })),
      fc.option(name, { nil: undefined }),
      (id, score, collection) => {
        const text = describerFor(collection)(evil(id, score));
        expect(text.length).toBeLessThanOrEqual(1000);
        expect(text).toMatch(/^Source=ThreatQ/);
        expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      },
    ),
  );
});

it('the id, the score and the ownership tag of a description are those that were written, whatever the name', () => {
  const part = fc.constantFrom(
    '; ',
    'Score=9',
    'Id=5',
    'Mark=0123456789abcdef',
    ';',
    'x',
    ' ',
    '\n',
  );
  const name = fc.array(part).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.option(fc.nat()),
      fc.option(fc.integer({ min: 0, max: 10 })),
      fc.option(name, { nil: undefined }),
      fc.constantFrom(undefined, 'a'.repeat(16)),
      (id, score, collection, tag) => {
        const text = tagged(describerFor(collection)(evil(id, score)), tag);
        expect(indicatorIdIn(text)).toBe(id);
        expect(scoreIn(text)).toBe(score);
        expect(ownerTagIn(text)).toBe(tag);
      },
    ),
  );
});
