/** All items as a table that a spreadsheet opens right, and cannot be made to run. */
import { stringify } from 'csv-stringify/sync';
import type { Item, Result } from '../result/result.js';
import { isRemoval, sentObject } from './labels.js';

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
 * A run of characters that may precede a formula, with the formula's first sign if there is one:
 * white space, quotes and invisible characters, which some programs skip, and separators. Each run
 * is matched once, so that the time is linear in the length of the cell.
 */
const RUN =
  /[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}'";|]+([=+\-@\uff1d\uff0b\uff0d\uff20])?/gu;

/**
 * After these a program may begin a new cell when it opens the file with another separator, as Excel
 * does with `;` in German and French: the quotes around our cell do not protect it then. The line ends
 * are those of Unicode. A comma is missing, because a program that splits there obeys our quotes.
 */
const CELL_ENDS = /[;|\t\n\v\f\r\u0085\u2028\u2029]/gu;

/** Puts an apostrophe wherever a formula could begin, except at the cell's first character (see below). */
function defused(cell: string): string {
  return cell.replace(RUN, (run: string, sign: string | undefined, at: number) => {
    if (sign === undefined) return run;
    return (at === 0 ? "'" : '') + run.replace(CELL_ENDS, "$&'");
  });
}

function row(item: Item): (string | number | null | undefined)[] {
  const object = item.object ?? {};
  const sent = sentObject(item);
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
 * mark. Wherever a spreadsheet could take text for a formula, at the start of a cell or after `;`, `|`,
 * a tab or a line end in it, an apostrophe is put before it; everything else, control characters too,
 * is exactly what the result holds. There is no `sep=` line: programs that read the file would take
 * it for the header, and Excel ignores the byte order mark when there is one.
 * @param result any valid result; without items, the header alone
 * @returns the whole file as text, to be written in UTF-8
 * @throws never for a valid result
 */
export function renderCsv(result: Result): string {
  return stringify(result.items.map(row), {
    bom: true,
    cast: { string: defused },
    columns,
    // A formula at the cell's first character.
    escape_formulas: true,
    header: true,
    // The library quotes the record's own end, CRLF, and not the halves of it.
    quoted_match: /[\r\n]/,
    record_delimiter: 'windows',
  });
}
