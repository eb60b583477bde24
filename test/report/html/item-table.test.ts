import { describe, expect, it } from 'vitest';
import { itemTable, MAX_ITEMS } from '../../../src/report/html/item-table.js';
import type { Item, Result } from '../../../src/result/result.js';
import { textOf } from '../../support/text.js';
import { hostile, resultOf } from '../samples.js';

const base = { id: 7, type: 'FQDN', value: 'a.example', score: 8.5 };
const object = { domain: 'a.example', riskLevel: 'high', daysToExpiration: 30 };
const accepted: Item = { ...base, outcome: 'accepted', change: 'add', object };
const skipped: Item = {
  ...base,
  outcome: 'skipped',
  reason: 'already_listed',
  object,
  message: '',
};

const sourceOf = (items: Item[], more?: Partial<Result>) =>
  textOf(itemTable(resultOf(items, more)).source());

/** The text of the cells of each row. */
function cellsOf(items: Item[], more?: Partial<Result>): string[][] {
  return Array.from(sourceOf(items, more).matchAll(/<tr class.*/g), ([row]) =>
    row
      .split(/<td[^>]*>/)
      .slice(1)
      .map((cell) => cell.replace(/<[^>]*>/g, '')),
  );
}

const heads = (source: string) => Array.from(source.matchAll(/<th [^>]*>([^<]*)/g), ([, th]) => th);

describe('the table of all items', () => {
  it('has a cell for each thing that is known of an item', () => {
    expect(heads(sourceOf([accepted]))).toEqual([
      'Outcome',
      'Change',
      'Type',
      'Value',
      'Reason',
      'Risk',
      'Score',
      'Expires',
      'ThreatQ id',
    ]);
    expect(cellsOf([accepted])).toEqual([
      ['Accepted', 'Add', 'FQDN', 'a[.]example', '', 'High', '8.5', '2026-04-01', '7'],
    ]);
  });

  it('has no risk level and no expiry for exceptions', () => {
    const exceptions = { target: 'exceptions' } as const;
    expect(heads(sourceOf([accepted], exceptions))).not.toContain('Risk');
    expect(cellsOf([accepted], exceptions)).toEqual([
      ['Accepted', 'Add', 'FQDN', 'a[.]example', '', '8.5', '7'],
    ]);
  });

  it.each<[string, Partial<Item>]>([
    ['2026-04-01', {}],
    ['2026-04-01', { outcome: 'planned', change: 'renew' }],
    ['Never', { object: { ...object, daysToExpiration: -1 } }],
    ['Customer settings', { object: { domain: 'a.example' } }],
    ['', { outcome: 'planned', change: 'remove' }],
    ['', { outcome: 'rejected', reason: 'BadRequest', status: 400, message: '' }],
  ])('says "%s" of when an object expires, and never guesses', (expires, more) => {
    expect(cellsOf([{ ...accepted, ...more } as Item])[0]?.[7]).toBe(expires);
  });

  it('says that an object on the list is unchanged, and nothing of when it expires there', () => {
    expect(cellsOf([skipped])[0]).toEqual([
      'Skipped',
      'Unchanged',
      'FQDN',
      'a[.]example',
      'Already listed ',
      'High',
      '8.5',
      '',
      '7',
    ]);
  });

  it.each([
    [null, ''],
    [0, '0'],
    [9, '9'],
    [7.256, '7.26'],
  ])('formats the score %s as "%s"', (score, shown) => {
    expect(cellsOf([{ ...accepted, score }])[0]?.[6]).toBe(shown);
  });

  it.each([
    ['SHA-1', 40, [20, 20]],
    ['SHA-256', 64, [16, 16, 16, 16]],
    ['MD5', 32, [16, 16]],
    ['number of 41 digits', 41, [41]],
  ])('breaks a %s only into long parts', (type, digits, parts) => {
    const source = sourceOf([{ ...accepted, type, value: 'a'.repeat(digits), object: {} }]);
    const cell = /<td>(a[a<>wbr]*)<td/.exec(source)?.[1] ?? '';
    expect(cell.split('<wbr>').map(({ length }) => length)).toEqual(parts);
    expect(source).not.toContain('data-v=');
  });

  it('breaks a hash that was sent in another form into the same parts', () => {
    const sent = { ...accepted, value: 'A'.repeat(40), object: { fileSha1: 'a'.repeat(40) } };
    expect(sourceOf([sent])).toContain(
      `sent as <code>${'a'.repeat(20)}<wbr>${'a'.repeat(20)}</code>`,
    );
  });

  it('gives the script each combination of codes once', () => {
    const source = sourceOf([accepted, skipped, { ...accepted, id: 8 }]);
    const data = /data-table="([^"]*)"/.exec(source)?.[1] ?? '';
    const { facets, groups } = JSON.parse(data.replaceAll('&quot;', '"'));
    expect(facets).toEqual([
      [
        'outcome',
        [
          ['accepted', 'Accepted'],
          ['skipped', 'Skipped'],
        ],
      ],
      [
        'change',
        [
          ['add', 'Add'],
          ['unchanged', 'Unchanged'],
        ],
      ],
      ['type', [['FQDN', 'FQDN']]],
      ['reason', [['already_listed', 'Already listed']]],
    ]);
    expect(groups).toEqual([
      [0, 0, 0, -1],
      [1, 1, 0, 0],
    ]);
    expect(Array.from(source.matchAll(/data-g="(\d+)"/g), ([, group]) => group)).toEqual([
      '0',
      '1',
      '0',
    ]);
  });

  it('shows at most 20,000 items, and says where the others are', () => {
    const items = Array.from({ length: MAX_ITEMS + 1 }, () => accepted);
    const source = sourceOf([...items, { ...skipped, reason: 'no_room', value: 'left out' }]);
    expect(source.match(/<tr class/g)).toHaveLength(MAX_ITEMS);
    expect(source).toContain('the 20,000 most important of 20,002 items');
    expect(source).not.toContain('left out<');
    expect(sourceOf([accepted])).not.toContain('most important');
  });

  it('puts each row of hostile text on one line and ends before the end of noscript', () => {
    const source = sourceOf(hostile().items);
    expect(source.match(/<\/noscript/gi)).toHaveLength(1);
    const rows = source.split('<tbody id="rows">\n')[1]?.split('</tbody>')[0] ?? '';
    expect(
      rows
        .trimEnd()
        .split('\n')
        .filter((line) => !line.startsWith('<tr class="')),
    ).toEqual([]);
  });
});
