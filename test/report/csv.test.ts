import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvPieces } from '../../src/report/csv.js';
import type { Item } from '../../src/result/result.js';
import { textOf } from '../support/text.js';
import { hostile, large, realistic, resultOf } from './samples.js';

const header =
  'outcome,change,type,value,object_type,object_value,risk_level,scan_action,days_to_expiration,reason,status,message,id,score,description';

/** Strict RFC 4180: CRLF between records, doubled quotes, and quotes where they are required. */
function parse(csv: string): string[][] {
  const records: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/y;
  while (field.lastIndex < csv.length) {
    const at = field.lastIndex;
    const match = field.exec(csv);
    if (!match) throw new Error(`no field at ${at}: ${JSON.stringify(csv.slice(at, at + 40))}`);
    records.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') records.push([]);
  }
  if (records.at(-1)?.length === 0) records.pop();
  return records;
}

/** What spreadsheets read as a formula, after the characters that they skip. */
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/u;

function cells(item: Item): string[] | undefined {
  return parse(textOf(csvPieces(resultOf([item]))))[1];
}

const value = (text: string): Item => ({
  outcome: 'skipped',
  id: 1,
  type: 'URL',
  value: text,
  score: null,
  reason: 'duplicate',
  message: '',
});

describe('report.csv', () => {
  it('a CSV file begins with a byte order mark and the header', () => {
    expect(textOf(csvPieces(realistic())).startsWith(`\ufeff${header}\r\n`)).toBe(true);
  });

  it('a CSV file without items has only the header', () => {
    expect(textOf(csvPieces(resultOf([])))).toBe(`\ufeff${header}\r\n`);
  });

  it('a CSV file has one record with all columns for each item', () => {
    for (const result of [realistic(), large(), hostile()]) {
      const records = parse(textOf(csvPieces(result)));
      expect(records).toHaveLength(result.items.length + 1);
      expect(new Set(records.map(({ length }) => length))).toEqual(new Set([15]));
    }
  });

  it('every field of an item is in its column', () => {
    expect(
      cells({
        outcome: 'rejected',
        change: 'add',
        id: 7,
        type: 'URL',
        value: 'a,"b"',
        score: 9.5,
        status: 400,
        reason: 'BadRequest',
        message: 'No\nway',
        object: {
          url: 'http://a',
          description: 'd',
          riskLevel: 'high',
          scanAction: 'block',
          daysToExpiration: -1,
        },
      }),
    ).toEqual([
      'rejected',
      'add',
      'URL',
      'a,"b"',
      'url',
      'http://a',
      'high',
      'block',
      '-1',
      'BadRequest',
      '400',
      'No\nway',
      '7',
      '9.5',
      'd',
    ]);
  });

  it('the change column distinguishes removals from additions', () => {
    const item = { id: 1, type: 'FQDN', value: 'a', score: null, object: {} };
    expect(cells({ ...item, outcome: 'planned', change: 'remove' })?.[1]).toBe('remove');
    expect(cells({ ...item, outcome: 'accepted', change: 'renew' })?.[1]).toBe('renew');
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(1)',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '\ufeff@x',
    '\uff1d1',
    '\uff0b1',
    '\uff0d1',
    '\uff201',
    ' \uff1d1',
    '"=1',
    '\u0000=1',
  ])('the formula %j gets an apostrophe', (text) => {
    expect(cells(value(text))?.[3]).toBe(`'${text}`);
  });

  it.each([
    ['\t=1', "'\t'=1"],
    ['\r=1', "'\r'=1"],
    ['\n=1', "'\n'=1"],
    ['http://a/;=cmd|x', "http://a/;'=cmd|x"],
    ['a|@SUM(1)', "a|'@SUM(1)"],
    ['a\t-1', "a\t'-1"],
    ['a"\r\n=1', "a\"\r'\n'=1"],
    ['a; "\u200b=1', 'a;\' "\u200b=1'],
    ['a;\uff1d1;b;+1', "a;'\uff1d1;b;'+1"],
  ])('%j gets an apostrophe where another separator would begin a cell', (text, expected) => {
    expect(cells(value(text))?.[3]).toBe(expected);
  });

  it('the time for a cell is linear in its length', () => {
    const length = 1_000_000;
    for (const text of [';', '\t', ' ;', ';"'].map((part) => part.repeat(length)))
      expect(cells(value(`a${text}`))?.[3]).toBe(`a${text}`);
  });

  it.each([
    'http://a/;jsessionid=1?b=c|d',
    'a;b=c',
    'a;',
    'evil.example',
    'a=b',
    'a-b@c',
    "'quoted'",
    ' padded ',
    'nul\u0000',
    'a\u202eb',
    '語,"',
  ])('the harmless text %j does not change', (text) => {
    expect(cells(value(text))?.[3]).toBe(text);
  });

  const attack = fc.string({
    unit: fc.constantFrom(...'=+-@\uff1d\uff0b ;|\t\r\n,"\u200b\u2028\u0000a\''),
  });

  it('no cell contains a formula, for any text', () => {
    for (const record of parse(textOf(csvPieces(hostile()))))
      for (const cell of record) expect(cell).not.toMatch(formula);
    fc.assert(
      fc.property(attack, (text) => {
        const cell = cells(value(text))?.[3] ?? '';
        expect(cell).not.toMatch(formula);
        // Only apostrophes were added.
        expect(cell.replaceAll("'", '')).toBe(text.replaceAll("'", ''));
      }),
    );
  });

  /** Reads a file as Excel does: quotes are special only at the start of a cell, and text may follow them. */
  function readAs(csv: string, separator: string): string[] {
    const cell = new RegExp(
      `(?:"((?:[^"]|"")*)(?:"|$))?([^${separator}\\r\\n]*)(?:[${separator}\\n]|\\r\\n?|$)`,
      'y',
    );
    const found: string[] = [];
    while (cell.lastIndex < csv.length) {
      const [, quoted = '', rest = ''] = cell.exec(csv) ?? [];
      found.push(quoted.replaceAll('""', '"') + rest);
    }
    return found;
  }

  const started =
    /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}"]*[=+\-@\uff1d\uff0b\uff0d\uff20]/u;

  it.each([',', ';', '\t', '|'])('a program that splits at %j finds no formula', (separator) => {
    const ofAttacks = fc.record({
      type: attack,
      value: attack,
      message: attack,
      description: attack,
    });
    const text = textOf(csvPieces(hostile()));
    for (const cell of readAs(text, separator)) expect(cell).not.toMatch(started);
    fc.assert(
      fc.property(fc.array(ofAttacks, { minLength: 1, maxLength: 3 }), (given) => {
        const items = given.map(
          ({ description, ...texts }): Item => ({
            ...value(''),
            ...texts,
            object: { url: texts.value, riskLevel: texts.type, description },
          }),
        );
        const csv = textOf(csvPieces(resultOf(items)));
        for (const cell of readAs(csv, separator)) expect(cell).not.toMatch(started);
        // The same for a program to which quotes are not special.
        if (separator === ',') return;
        for (const cell of csv.split(/\r|\n/).flatMap((line) => line.split(separator)))
          expect(cell).not.toMatch(started);
      }),
      { numRuns: 500 },
    );
  });
});
