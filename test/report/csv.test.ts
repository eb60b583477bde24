import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderCsv } from '../../src/report/csv.js';
import type { Item } from '../../src/result/result.js';
import { hostile, large, realistic, resultOf } from './samples.js';

const header =
  'outcome,type,value,object_type,object_value,risk_level,scan_action,days_to_expiration,reason,status,message,id,description,removal';

/** RFC 4180 by the letter: CRLF between records, quotes doubled, nothing bare that has to be quoted. */
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

/** What spreadsheets take for a formula, after whatever they skip. */
const formula = /^[\s\p{Cc}\p{Cf}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r]/u;

function cells(item: Item): string[] | undefined {
  return parse(renderCsv(resultOf([item])))[1];
}

const value = (text: string): Item => ({
  outcome: 'skipped',
  id: 1,
  type: 'URL',
  value: text,
  reason: 'duplicate',
  message: '',
});

describe('report.csv', () => {
  it('begins with a byte order mark and the header', () => {
    expect(renderCsv(realistic()).startsWith(`\ufeff${header}\r\n`)).toBe(true);
  });

  it('has the header alone where there are no items', () => {
    expect(renderCsv(resultOf([]))).toBe(`\ufeff${header}\r\n`);
  });

  it('has one record an item, each with all columns', () => {
    for (const result of [realistic(), large(), hostile()]) {
      const records = parse(renderCsv(result));
      expect(records).toHaveLength(result.items.length + 1);
      expect(new Set(records.map(({ length }) => length))).toEqual(new Set([14]));
    }
  });

  it('puts everything into its column', () => {
    expect(
      cells({
        outcome: 'rejected',
        id: 7,
        type: 'URL',
        value: 'a,"b"',
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
      'd',
      '',
    ]);
  });

  it('tells what is taken off the list from what is added', () => {
    const planned = { outcome: 'planned', id: 1, type: 'FQDN', value: 'a', object: {} } as const;
    expect(cells(planned)?.at(-1)).toBe('');
    expect(cells({ ...planned, removal: true })?.at(-1)).toBe('yes');
    expect(cells({ ...planned, outcome: 'removed' })?.at(-1)).toBe('yes');
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
  ])('defuses %j', (text) => {
    expect(cells(value(text))?.[2]).toBe(`'${text}`);
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
  ])('defuses %j where another separator would begin a cell', (text, expected) => {
    expect(cells(value(text))?.[2]).toBe(expected);
  });

  it('takes a time that is linear in the length of a cell', () => {
    const length = 1_000_000;
    for (const text of [';', '\t', ' ;', ';"'].map((part) => part.repeat(length)))
      expect(cells(value(`a${text}`))?.[2]).toBe(`a${text}`);
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
  ])('leaves %j as it is', (text) => {
    expect(cells(value(text))?.[2]).toBe(text);
  });

  const attack = fc.string({
    unit: fc.constantFrom(...'=+-@\uff1d\uff0b ;|\t\r\n,"\u200b\u2028\u0000a\''),
  });

  it('holds no formula in any cell, whatever the text', () => {
    for (const record of parse(renderCsv(hostile())))
      for (const cell of record) expect(cell).not.toMatch(formula);
    fc.assert(
      fc.property(attack, (text) => {
        const cell = cells(value(text))?.[2] ?? '';
        expect(cell).not.toMatch(formula);
        // Apostrophes are all that was added.
        expect(cell.replaceAll("'", '')).toBe(text.replaceAll("'", ''));
      }),
    );
  });

  /** How Excel reads a file: quotes count at the start of a cell alone, and what follows them is text. */
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

  it.each([',', ';', '\t', '|'])(
    'holds no formula for a program that splits at %j',
    (separator) => {
      const ofAttacks = fc.record({
        type: attack,
        value: attack,
        message: attack,
        description: attack,
      });
      const text = renderCsv(hostile());
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
          const csv = renderCsv(resultOf(items));
          for (const cell of readAs(csv, separator)) expect(cell).not.toMatch(started);
          // Nor for one to which quotes are nothing special.
          if (separator === ',') return;
          for (const cell of csv.split(/\r|\n/).flatMap((line) => line.split(separator)))
            expect(cell).not.toMatch(started);
        }),
        { numRuns: 500 },
      );
    },
  );
});
