/** The JSON of a result in pieces: the same values as JSON.parse gives. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ItemReader } from '../../src/cli/item-reader.js';

function read(text: string, chunkLength = 7) {
  const items: unknown[] = [];
  const reader = new ItemReader((item) => items.push(item));
  for (let at = 0; at < text.length; at += chunkLength) {
    reader.push(text.slice(at, at + chunkLength));
  }
  return { items, rest: reader.end() };
}

const odd = fc.constantFrom('"items": [{', '}],', '\\', '\\"', '"', '[{"items":[', ']', ',', '\n');
const text = fc.oneof(fc.string(), odd);
const object = fc.dictionary(
  text.filter((key) => key !== 'items'),
  fc.oneof(fc.jsonValue(), text, fc.constant({ items: [{ a: ['}'] }] })),
  { maxKeys: 5 },
);

it('items and the rest are those of JSON.parse, however the text is cut and indented', () => {
  fc.assert(
    fc.property(
      object,
      fc.array(object, { maxLength: 5 }),
      object,
      fc.constantFrom(undefined, 1, 2, '\t'),
      fc.integer({ min: 1, max: 50 }),
      (before, items, after, indent, length) => {
        const document = JSON.stringify({ ...before, items, ...after }, null, indent);
        const expected = JSON.parse(document);
        const found = read(document, length);
        expect(found.items).toEqual(expected.items);
        expect(found.rest).toEqual({ ...expected, items: [] });
      },
    ),
  );
});

it.each(['', '{', '{"items":[{}', '{"items":[{]}', '{"items":[{}]]', '{"items":[{}],}', 'x', '}]'])(
  'what is not JSON is an error: %s',
  (document) => {
    expect(() => read(document)).toThrow(SyntaxError);
  },
);

it.each(['{"items":[1]}', '{"items":["a"]}', '{"items":[[{}]]}', '{"items":{"a":[{}]}}', '[{}]'])(
  'elements that are not objects are never items: %s',
  (document) => {
    const { items, rest } = read(document, 1);
    expect(items).toEqual([]);
    expect(rest).toEqual(JSON.parse(document));
  },
);

it('a document with many arrays before its items is read in time proportional to its length', () => {
  const document = `{${'"a":[],'.repeat(200_000)}"items":[{"b":1}]}`;
  const { items, rest } = read(document, 65_536);
  expect(items).toEqual([{ b: 1 }]);
  expect(rest).toEqual({ a: [], items: [] });
});
