/** All items as a table that a spreadsheet opens correctly, and in which it finds no formula. */
import { stringify } from 'csv-stringify/sync';
import type { Item, Result } from '../result/result.js';
import { sentObject } from './labels.js';

const COLUMNS = [
  'outcome',
  'change',
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
  'score',
  'description',
];

/** Characters that may precede a formula: white space, quotes, invisible characters, which some programs skip, and separators. */
const BEFORE_FORMULA = String.raw`[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}'";|]`;

/**
 * A run of such characters with the first character of a formula after it. It is matched from its first
 * character only, so the time is linear in the length of the cell.
 */
const FORMULA_START = new RegExp(
  String.raw`(?<!${BEFORE_FORMULA})${BEFORE_FORMULA}+[=+\-@\uff1d\uff0b\uff0d\uff20]`,
  'gu',
);

/**
 * Characters after which a program begins a new cell if it opens the file with another separator, as
 * Excel does with `;` in German and French. The quotes around the cell do not protect it then. The line
 * ends are those of Unicode. The comma is not one of them: a program that splits there respects quotes.
 */
const CELL_ENDS = /[;|\t\n\v\f\r\u0085\u2028\u2029]/gu;

/**
 * Puts an apostrophe before each possible formula, except one that begins with the first character of the
 * cell: csv-stringify does that (`escape_formulas`).
 */
function escapeFormulas(cell: string): string {
  return cell.replace(
    FORMULA_START,
    (run: string, at: number) => (at === 0 ? "'" : '') + run.replace(CELL_ENDS, "$&'"),
  );
}

function recordOf(item: Item): (string | number | null | undefined)[] {
  const object = item.object ?? {};
  const sent = sentObject(item);
  return [
    item.outcome,
    'change' in item ? item.change : null,
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
    item.score,
    object['description'],
  ];
}

/** How many items are converted at a time. */
const ITEMS_PER_PIECE = 1_000;

const OPTIONS = {
  cast: { string: escapeFormulas },
  columns: COLUMNS,
  // For a formula at the first character of a cell.
  escape_formulas: true,
  // By default the library quotes a cell with CRLF, but not one with only CR or LF.
  quoted_match: /[\r\n]/,
  record_delimiter: 'windows',
} as const;

/**
 * The items of a result as CSV: RFC 4180 with a header row and CRLF, after a UTF-8 byte order mark. If a
 * spreadsheet could read text as a formula, at the start of a cell or after `;`, `|`, a tab or a line
 * end in a cell, the text gets an apostrophe before it. All other text is exactly that of the result,
 * including control characters. There is no `sep=` line: programs would read it as the header, and it
 * makes Excel ignore the byte order mark.
 * @param result any valid result; without items the table has only the header
 * @returns the pieces of the file, to be written in UTF-8
 */
export function* csvPieces({ items }: Result): Generator<string> {
  yield stringify([], { ...OPTIONS, bom: true, header: true });
  for (let from = 0; from < items.length; from += ITEMS_PER_PIECE) {
    yield stringify(items.slice(from, from + ITEMS_PER_PIECE).map(recordOf), OPTIONS);
  }
}
