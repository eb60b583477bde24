/** Renders the files that `--report DIR` writes. */
import type { Result } from '../result/result.js';
import { csvPieces } from './csv.js';
import type { ReportName } from './files.js';
import { type Extras, pagePieces } from './html/page.js';
import { jsonPieces } from './json.js';
import { type Monitoring, prometheusPieces } from './prometheus.js';

/** What the files show in addition to the result. It must not contain a secret. */
export interface ReportExtras extends Extras {
  monitoring: Monitoring;
}

const REPORTS: Record<ReportName, (result: Result, extras: ReportExtras) => Generator<string>> = {
  'report.json': (result) => jsonPieces(result),
  'report.html': pagePieces,
  'report.csv': csvPieces,
  'report.prom': (result, { monitoring }) => prometheusPieces(result, monitoring),
};

/**
 * Renders reports. The pieces of each are made while it is written.
 * @param names of the reports
 * @param result must not contain a secret; neither must `extras`
 * @returns the pieces of each file by its name, to be written in UTF-8
 */
export function renderReports(
  names: readonly ReportName[],
  result: Result,
  extras: ReportExtras,
): Array<[name: string, pieces: Iterable<string>]> {
  return names.map((name) => [name, REPORTS[name](result, extras)]);
}
