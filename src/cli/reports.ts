/** The folder of `--report DIR`. */
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { prepareFolder, REPORT_NAMES, type ReportName, writeFiles } from '../report/files.js';
import { changesSince } from '../report/since.js';
import { redactExtras } from '../result/redact-result.js';
import type { Result } from '../result/result.js';
import { readRegularFile } from './bounded-read.js';
import type { Context } from './context.js';
import { InvalidInputError } from './invalid-input.js';
import { systemErrorText } from './system-error.js';

/**
 * Makes the folder and checks that it can be written, before anything is sent. From then on reports are
 * written however the process ends, so that those of an earlier run cannot be mistaken for its own.
 * @throws {InvalidInputError} if it cannot be written
 */
export async function prepareReports(context: Context): Promise<void> {
  const { runId, commandLine } = context;
  if (commandLine.report === undefined) return;
  try {
    await prepareFolder(commandLine.report, runId, REPORT_NAMES);
  } catch (error) {
    const message = `cannot be written (${systemErrorText(error)}): ${commandLine.report}`;
    throw new InvalidInputError([{ path: ['--report'], message }]);
  }
  context.reportFolder = commandLine.report;
  context.lastSuccess = await readLastSuccess(commandLine.report, context);
}

/** report.prom has some kilobytes. */
const MAX_PROM_BYTES = 1_000_000;

/** A file that cannot be read is the same as none. */
async function readLastSuccess(folder: string, { list }: Context) {
  try {
    const text = await readRegularFile(join(folder, 'report.prom'), MAX_PROM_BYTES);
    const { lastSuccessIn } = await import('../report/prometheus.js');
    return lastSuccessIn(text, list);
  } catch {
    return undefined;
  }
}

/** A run that sent nothing, for example because of a typing error, must not overwrite the approved preview. */
async function replacesApproval(
  { status }: Result,
  { reportFolder, commandLine }: Context,
): Promise<boolean> {
  const { approve } = commandLine;
  if (reportFolder === undefined || approve === undefined) return false;
  if (status !== 'Failed to Complete') return false;
  const [approved, replaced] = await Promise.all(
    [approve, join(reportFolder, 'report.json')].map((file) => realpath(file).catch(() => '')),
  );
  return approved !== '' && approved === replaced;
}

/** The result of a run of which a file, or standard output, could not be written: with one warning of it. */
export function withNotWritten(result: Result, message: string): Result {
  const others = result.warnings.filter((warning) => warning.message !== message);
  return {
    ...result,
    status: result.status === 'Completed' ? 'Incomplete' : result.status,
    warnings: [...others, { code: 'file_not_written', message }],
  };
}

export interface Written {
  /** With a warning if the reports could not be written. */
  result: Result;
  /** Where the reports are; undefined if there are none. */
  reports?: string;
}

/**
 * Writes all reports. If that fails, writes each that can be written, with a warning, so that no file
 * contradicts what is printed. It never rejects: the run has ended, and its result is printed even without
 * reports.
 */
export async function writeReports(result: Result, context: Context): Promise<Written> {
  const { reportFolder: folder, progress, redact } = context;
  if (folder === undefined) return { result };
  const keepsApproval = await replacesApproval(result, context);
  const problem = keepsApproval
    ? 'they would replace the approved preview'
    : await tryToWrite(REPORT_NAMES, result, context);
  if (problem === undefined) return { result, reports: `${folder} (open report.html)` };
  const message = `not all reports were written to ${redact(folder)} (${problem})`;
  progress.message('error', message);
  const unwritten = withNotWritten(result, message);
  const names = keepsApproval ? (['report.prom'] as const) : REPORT_NAMES;
  for (const name of names) await tryToWrite([name], unwritten, context);
  return { result: unwritten };
}

/** @returns why the files could not be written; undefined if they were */
async function tryToWrite(
  names: readonly ReportName[],
  result: Result,
  context: Context,
): Promise<string | undefined> {
  const { reportFolder: folder = '', runId, exchanges, settings, redact } = context;
  const { collection, lastSuccess, baseline } = context;
  const extras = {
    ...redactExtras({ exchanges, settings }, redact),
    since: baseline && changesSince(baseline, result, redact),
    monitoring: { collection: collection && redact(collection), lastSuccess },
  };
  try {
    // Loaded only by runs that write reports.
    const { renderReports } = await import('../report/reports.js');
    await writeFiles(folder, runId, renderReports(names, result, extras));
    return undefined;
  } catch (error) {
    return systemErrorText(error);
  }
}
