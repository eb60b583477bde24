/** From the outcome of a run to reports, a printed result and an exit code. */
import { type Effects, INTERNAL_ERROR, type RunOutcome } from '../export/job.js';
import { systemClock } from '../http/clock.js';
import { jsonPieces } from '../report/json.js';
import { problemsIn } from '../report/labels.js';
import { MAX_ERROR_LINES, type Services, summaryOf } from '../report/summary.js';
import { redactResult } from '../result/redact-result.js';
import type { Result } from '../result/result.js';
import { paintFor } from './colour.js';
import type { Context } from './context.js';
import { internalErrorOutcome } from './outcome.js';
import { writeOutput } from './output.js';
import { withNotWritten, writeReports } from './reports.js';

/** The reader of the result has at least this long, in milliseconds, even after the time limit. */
const MIN_WRITE_MS = 5_000;

const EXIT_CODES: Record<Result['status'], number> = {
  Completed: 0,
  'Failed to Complete': 1,
  Incomplete: 2,
};

/**
 * Writes the reports and prints the result, whatever happens.
 * @returns the exit code of the process
 */
export async function finish(outcome: RunOutcome, context: Context): Promise<number> {
  const { effects, io, shutdown } = context;
  const code = await publish(outcome, context)
    // The result could not be made: the run is reported without its items.
    .catch(() => publish(internalErrorOutcome(effects), context))
    .catch(() => {
      io.stderr.write(`${INTERNAL_ERROR}\n`);
      return exitCodeAfterError(effects);
    });
  // After an internal error during the writing, the output may be incomplete: the exit code must not be 0.
  return shutdown.crashed ? exitCodeAfterError(effects) : code;
}

function exitCodeAfterError(effects: Effects): number {
  return EXIT_CODES[internalErrorOutcome(effects).status];
}

async function publish(outcome: RunOutcome, context: Context): Promise<number> {
  const { commandLine, io, progress } = context;
  reportLongError(outcome, context);
  const complete = redactResult(resultOf(outcome, context), context.redact);
  const { result, reports } = await writeReports(complete, context);
  const output = commandLine.json
    ? jsonPieces(result, io.stdout.isTTY)
    : [
        summaryOf(result, {
          reports,
          services: shownServices(context),
          paint: paintFor(io.stdout, io.env),
        }),
      ];
  if (outcome.error?.code === 'internal_error') progress.message('error', INTERNAL_ERROR);
  const timeLeft = Math.max(MIN_WRITE_MS, context.deadline - systemClock.now());
  const problem = await writeOutput(io.stdout, output, timeLeft);
  if (problem === undefined) return EXIT_CODES[result.status];
  const message = `the result could not be written to standard output (${problem})`;
  progress.message(
    'error',
    `${message}${context.mode === 'export' ? '; objects that were sent stay on the list' : ''}`,
  );
  const unprinted = withNotWritten(result, message);
  // The reports must not say that the run is complete if its exit code says that it is not.
  await writeReports(unprinted, context);
  return EXIT_CODES[unprinted.status];
}

/** A host name may contain a secret, like any other setting. */
function shownServices({ services: { threatq, region, visionOne }, redact }: Context): Services {
  const shown = (host: string | undefined) => host && redact(host);
  return { threatq: shown(threatq), region, visionOne: shown(visionOne) };
}

/** An error with too many problems for the summary is printed in full on standard error. */
function reportLongError({ error }: RunOutcome, { progress }: Context): void {
  const problems = error ? problemsIn(error) : [];
  if (problems.length <= MAX_ERROR_LINES) return;
  for (const problem of problems) progress.message('error', problem);
}

function resultOf({ status, ...rest }: RunOutcome, context: Context): Result {
  const { action, list, runId, mode, startedAt, name, region } = context;
  return {
    schema_version: 2,
    action: action.name,
    target: list,
    bundle_version: action.bundleVersion,
    run_id: runId,
    name,
    mode,
    status,
    started_at: new Date(startedAt).toISOString(),
    // By the same monotonic clock, so that the difference is the duration.
    finished_at: new Date(systemClock.now()).toISOString(),
    region,
    ...rest,
  };
}
