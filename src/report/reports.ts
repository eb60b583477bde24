/** The files that `--report DIR` leaves, as a plain map from name to renderer. */
import type { Result } from '../result/result.js';
import { adviceOn } from './advice.js';
import { renderCsv } from './csv.js';
import type { ReportName } from './files.js';
import { type Extras, renderPage } from './html/page.js';
import { jsonOf } from './json.js';

type Renderer = (result: Result, extras: Omit<Extras, 'advice'>) => string;

const RENDERERS: Record<ReportName, Renderer> = {
  'report.json': (result) => jsonOf(result),
  'report.html': (result, extras) => renderPage(result, { ...extras, advice: adviceOn }),
  'report.csv': (result) => renderCsv(result),
};

/** All files by name, as text that is written in UTF-8. What goes in must hold no secret. */
export function reportsOf(result: Result, extras: Omit<Extras, 'advice'>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(RENDERERS).map(([name, render]) => [name, render(result, extras)]),
  );
}
