/** The earlier run that the page compares this run with. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Baseline, earlierOf, IndicatorStates } from '../report/since.js';
import type { Result } from '../result/result.js';
import type { Context } from './context.js';
import { InvalidInputError } from './invalid-input.js';
import { differenceFrom, readResult } from './result-file.js';
import type { CheckedDocument } from './run-document.js';

/**
 * Reads the file of `--compare FILE`, or else the report.json that this run will replace.
 * @returns undefined if there is no such report, or if the page has no comparison
 * @throws {InvalidInputError} if FILE cannot be read, or is of another action, Vision One or data collection
 */
export async function readBaseline(
  document: CheckedDocument,
  context: Context,
): Promise<Baseline | undefined> {
  const { mode, reportFolder, commandLine } = context;
  if (reportFolder === undefined || mode === 'check') return undefined;
  const { compare } = commandLine;
  if (compare !== undefined) return await readGiven(compare, document, context);
  const file = join(reportFolder, 'report.json');
  const stats = await stat(file).catch(() => undefined);
  if (!stats) return undefined;
  // A pipe may never end.
  if (!stats.isFile()) return { unusable: 'it is not a regular file' };
  const states = new IndicatorStates();
  const read = await readResult(file, (item) => states.add(item));
  if ('problem' in read) return { unusable: `it ${read.problem}` };
  const problem = foreignTo(read.result, document, context);
  return problem === undefined ? baselineOf(read.result, states) : { unusable: problem };
}

async function readGiven(
  file: string,
  document: CheckedDocument,
  context: Context,
): Promise<Baseline> {
  const states = new IndicatorStates();
  const read = await readResult(file, (item) => states.add(item));
  if ('problem' in read) {
    throw problemOf(file, `${read.problem}; give the report.json of an earlier run`);
  }
  const problem = foreignTo(read.result, document, context);
  if (problem !== undefined) {
    throw problemOf(file, `is not a report that can be compared with this run: ${problem}`);
  }
  return baselineOf(read.result, states);
}

function foreignTo(
  result: Result,
  document: CheckedDocument,
  context: Context,
): string | undefined {
  if (result.mode === 'check') return 'it is the report of a check';
  // A failed run may not know its configuration.
  return result.status === 'Failed to Complete'
    ? undefined
    : differenceFrom(result, document, context);
}

/** A failed run is no error: a job that names the report of its last run must not stop because that run failed. */
function baselineOf(result: Result, states: IndicatorStates): Baseline {
  return result.status === 'Failed to Complete'
    ? { unusable: 'that run failed' }
    : { earlier: earlierOf(result, states) };
}

function problemOf(file: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['--compare'], message: `${message}: ${resolve(file)}` }]);
}
