/** All items as a table that a spreadsheet opens right, and cannot be made to run. */
import { stringify } from 'csv-stringify/sync';
import type { Item, Result } from '../export/result.js';
import { isRemoval, sentAs } from './words.js';

const columns = [
  'outcome',
  'type',
  'value',
  'object_type',
  'object_value',
  'risk_level',
  'scan_action',
  'days_to_expiration',
  'reason',
  'status',
  'message',
  'id',
  'description',
  'removal',
];

/**
 * The library defuses a formula that starts the cell. Some programs look for one past white space,
 * quotes of their own and characters that are not seen, so those cells get the apostrophe here.
 */
const hiddenFormula =
  /^[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}'"]+[=+\-@\uff1d\uff0b\uff0d\uff20]/u;

function defused(cell: string): string {
  return hiddenFormula.test(cell) ? `'${cell}` : cell;
}

function row(item: Item): (string | number | null | undefined)[] {
  const object = item.object ?? {};
  const sent = sentAs(item);
  return [
    item.outcome,
    item.type,
    item.value,
    sent?.key,
    sent?.value,
    object['riskLevel'],
    object['scanAction'],
    object['daysToExpiration'],
    'reason' in item ? item.reason : null,
    'status' in item ? item.status : null,
    'message' in item ? item.message : null,
    item.id,
    object['description'],
    isRemoval(item) ? 'yes' : null,
  ];
}

/**
 * Writes the items of a result as CSV: RFC 4180 with a header row and CRLF, after a UTF-8 byte order
 * mark. A cell that a spreadsheet could take for a formula has an apostrophe before it; everything
 * else, control characters too, is exactly what the result holds.
 * @param result any valid result; without items, the header alone
 * @returns the whole file as text, to be written in UTF-8
 * @throws never for a valid result
 */
export function renderCsv(result: Result): string {
  return stringify(result.items.map(row), {
    bom: true,
    cast: { string: defused },
    columns,
    escape_formulas: true,
    header: true,
    // The library quotes the record's own end, CRLF, and not the halves of it.
    quoted_match: /[\r\n]/,
    record_delimiter: 'windows',
  });
}
