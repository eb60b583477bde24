/** Renders the files that `--report DIR` writes. */
import type { Result } from '../result/result.js';
import { csvPieces } from './csv.js';
import type { ReportName } from './files.js';
import { type Extras, pagePieces } from './html/page.js';
import { jsonPieces } from './json.js';

const REPORTS: Record<ReportName, (result: Result, extras: Extras) => Generator<string>> = {
  'report.json': (result) => jsonPieces(result),
  'report.html': pagePieces,
  'report.csv': csvPieces,
};

/**
 * Renders all reports. The pieces of each are made while it is written.
 * @param result must not contain a secret; neither must `extras`
 * @returns the pieces of each file by its name, to be written in UTF-8
 */
export function renderReports(
  result: Result,
  extras: Extras,
): Array<[name: string, pieces: Iterable<string>]> {
  return Object.entries(REPORTS).map(([name, pieces]) => [name, pieces(result, extras)]);
}
