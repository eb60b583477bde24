import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRow, rowsIn } from '../../src/threatq/row-parser.js';

describe('an indicator', () => {
  const expected = { id: 101, type: 'FQDN', value: 'evil.example', score: 9, status: 'Active' };

  it('an indicator is the same in each of the three shapes of rows', () => {
    const nested = {
      id: 101,
      value: 'evil.example',
      type_id: 11,
      type: { id: 11, name: 'FQDN', class: 'network' },
      status_id: 1,
      status: { id: 1, name: 'Active' },
      score: 9,
    };
    const flat = { id: 101, value: 'evil.example', type: 'FQDN', status: 'Active', score: 9 };
    const scored = { ...nested, score: { generated_score: '9.00', manual_score: null } };
    for (const row of [nested, flat, scored]) expect(readRow(row)).toMatchObject(expected);
  });

  it('the type of an indicator is read by name and never by id', () => {
    expect(readRow({ type_id: 11, value: 'evil.example' }).type).toBe('');
    expect(readRow({ type: { id: 11 } }).type).toBe('');
    expect(readRow({ type: { id: 999, name: 'FQDN' } }).type).toBe('FQDN');
  });

  it('an empty row is an empty indicator and not an error', () => {
    const empty = { id: null, type: '', value: '', score: null, status: null };
    for (const row of [{}, null, undefined, [], 'text', 7, [{ value: 'x' }]]) {
      expect(readRow(row)).toMatchObject(empty);
    }
  });

  it('the value of an indicator is unchanged', () => {
    const value = ' Evil[.]Example.\t\n';
    expect(readRow({ value }).value).toBe(value);
    expect(readRow({ value: 64500 }).value).toBe('64500');
  });

  it('the id of an indicator can be a number or text, and can be 0', () => {
    expect(readRow({ id: 0 }).id).toBe(0);
    expect(readRow({ id: 'a-1' }).id).toBe('a-1');
    for (const id of [null, {}, [], true]) expect(readRow({ id }).id).toBeNull();
  });
});

it('a value that is far too long is truncated', () => {
  const { type, value } = readRow({ type: 't'.repeat(10_000), value: 'v'.repeat(100_000) });
  expect([type.length, value.length]).toEqual([201, 4_097]);
});

describe('a score', () => {
  it.each<[unknown, number | null]>([
    [9, 9],
    [0, 0],
    [8.5, 8.5],
    ['8.50', 8.5],
    ['0', 0],
    [null, null],
    [undefined, null],
    ['', null],
    [' ', null],
    ['high', null],
    ['NaN', null],
    ['Infinity', null],
    [true, null],
    [[9], null],
    [{}, null],
    [{ generated_score: '8.50', manual_score: null }, 8.5],
    [{ generated_score: '8.50', manual_score: '' }, 8.5],
    [{ generated_score: '8.50' }, 8.5],
    [{ generated_score: '9.00', manual_score: '0.00' }, 0],
    [{ generated_score: 9, manual_score: 0 }, 0],
    [{ generated_score: null, manual_score: '3' }, 3],
    [{ generated_score: null, manual_score: null }, null],
  ])('%j is read as %j', (score, expected) => {
    expect(readRow({ score }).score).toBe(expected);
  });
});

describe('the rows of a page', () => {
  it('the rows of a page are an array, or an object of rows by index', () => {
    const rows = [{ id: 1 }, { id: 2 }];
    expect(rowsIn(rows)).toEqual(rows);
    expect(rowsIn({ '10': { id: 2 }, '2': { id: 1 } })).toEqual(rows);
  });

  it.each([
    { id: 1, type: 'FQDN', value: 'evil.example' },
    { value: 'evil.example' },
    { id: 1 },
    { type: { name: 'FQDN' } },
  ])('may be one row by itself: %j', (row) => {
    expect(rowsIn(row)).toEqual([row]);
  });

  it.each([[[]], [{}], [null]])('a page can have no rows: %j', (data) => {
    expect(rowsIn(data)).toEqual([]);
  });

  it.each([undefined, 'error', 0, true, { error: 'no' }, { 0: 'text' }, { 0: {}, errors: [] }])(
    'data that has no rows is not read as a page: %j',
    (data) => {
      expect(rowsIn(data)).toBeUndefined();
    },
  );
});

it('any JSON is read without an error, into fields of the right types', () => {
  const key = fc.constantFrom('id', 'value', 'type', 'status', 'score', '__proto__', 'name', '0');
  const score = fc.dictionary(fc.constantFrom('manual_score', 'generated_score'), fc.jsonValue());
  const row = fc.oneof(
    fc.jsonValue(),
    fc.dictionary(key, fc.oneof(fc.jsonValue(), score, fc.record({ name: fc.jsonValue() }))),
  );
  fc.assert(
    fc.property(row, (given) => {
      const { id, type, value, score: points, status } = readRow(given);
      expect(id === null || ['string', 'number'].includes(typeof id)).toBe(true);
      expect(typeof type).toBe('string');
      expect(typeof value).toBe('string');
      expect(points === null || Number.isFinite(points)).toBe(true);
      expect(status === null || typeof status === 'string').toBe(true);
      const rows = rowsIn(given);
      expect(rows === undefined || Array.isArray(rows)).toBe(true);
      for (const one of rows ?? []) expect(() => readRow(one)).not.toThrow();
    }),
    { numRuns: 1000 },
  );
});
