/** The folder of `--report DIR`. */
import { resolve } from 'node:path';
import { prepareFolder, REPORT_NAMES, writeFiles } from '../report/files.js';
import { redactExtras } from '../result/redact-result.js';
import type { Result } from '../result/result.js';
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
}

/** A run that sent nothing, for example because of a typing error, must not overwrite the approved preview. */
function replacesApproval({ status }: Result, { reportFolder, commandLine }: Context): boolean {
  const { approve } = commandLine;
  if (reportFolder === undefined || approve === undefined) return false;
  const isSame = resolve(approve) === resolve(reportFolder, 'report.json');
  return isSame && status === 'Failed to Complete';
}

/** @returns where the reports are, or that they were not written; undefined if there are none */
export async function writeReports(result: Result, context: Context): Promise<string | undefined> {
  const { reportFolder, runId, exchanges, settings, redact, progress } = context;
  if (reportFolder === undefined) return undefined;
  if (replacesApproval(result, context)) {
    return `NOT written, because they would replace the approved preview: ${reportFolder}`;
  }
  const extras = redactExtras({ exchanges, settings }, redact);
  try {
    // Loaded only by runs that write reports.
    const { renderReports } = await import('../report/reports.js');
    await writeFiles(reportFolder, runId, renderReports(result, extras));
    return `${reportFolder} (open report.html)`;
  } catch (error) {
    // The run has ended, so its result is printed even without reports.
    const message = `NOT written (${systemErrorText(error)}): ${reportFolder}`;
    progress.message('error', `the reports are ${message}`);
    return message;
  }
}
