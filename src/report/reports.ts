/** Renders the files that `--report DIR` writes. */
import type { Result } from '../result/result.js';
import { renderCsv } from './csv.js';
import type { ReportName } from './files.js';
import { type Extras, renderPage } from './html/page.js';
import { resultToJson } from './json.js';

type RenderReport = (result: Result, extras: Extras) => string;

const REPORTS: Record<ReportName, RenderReport> = {
  'report.json': (result) => resultToJson(result),
  'report.html': renderPage,
  'report.csv': renderCsv,
};

/**
 * Renders all reports.
 * @param result must not contain a secret; neither must `extras`
 * @returns the text of each file by its name, to be written in UTF-8
 */
export function renderReports(result: Result, extras: Extras): Record<string, string> {
  return Object.fromEntries(
    Object.entries(REPORTS).map(([name, render]) => [name, render(result, extras)]),
  );
}
