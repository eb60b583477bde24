/** The outcome of a run, however it ended. */
import { addressText } from '../http/address.js';
import { countsOf } from '../result/counts.js';
import { ENDED_EARLY, STOP_REASONS } from '../result/reasons.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import type { Applied } from './changes.js';
import { INTERNAL_ERROR, INTERRUPTED, internalError, type RunOutcome } from './job.js';
import type { RunContext } from './run-context.js';
import { withChanges } from './run-lists.js';

/** What the steps of a run found out, for its outcome. */
export interface Findings {
  collection: Result['data_collection'];
  warnings: Warning[];
  /** The list before the run. */
  list: Result['list'];
  applied: Applied;
  approval?: Result['approval'] | undefined;
}

export function newFindings(warnings: Warning[]): Findings {
  const applied: Applied = { added: new Map(), removed: new Map() };
  return { collection: null, warnings, list: null, applied };
}

/** The outcome of a run whose steps were all done. A signal may have made some of them shorter. */
export function finishedOutcome(run: RunContext, findings: Findings): RunOutcome {
  const { warnings } = findings;
  const isInterrupted = run.job.limits.stopping.aborted;
  if (isInterrupted && warnings.every(({ code }) => code !== 'interrupted')) {
    warnings.push({ code: 'interrupted', message: INTERRUPTED });
  }
  const failed = run.ledger.count('rejected') + run.ledger.count('unsent');
  return outcomeOf(run, findings, failed > 0 || isInterrupted ? 'Incomplete' : 'Completed');
}

/** The outcome of a run that an error ended. Objects without an outcome are unsent. */
export function outcomeAfterError(run: RunContext, findings: Findings, error: unknown): RunOutcome {
  return error instanceof RunError
    ? failedOutcome(run, findings, error)
    : internalErrorOutcome(run, findings);
}

function failedOutcome(run: RunContext, findings: Findings, error: RunError): RunOutcome {
  const { code, message, text } = error;
  const reason = STOP_REASONS.find((each) => each === code) ?? 'service_unavailable';
  run.ledger.closeAll(reason, message);
  const endedEarly = ENDED_EARLY.find((each) => each === code);
  if (endedEarly === undefined) {
    const status = run.job.effects.mayHaveSentObjects() ? 'Incomplete' : 'Failed to Complete';
    return outcomeOf(run, findings, status, { code, message: text });
  }
  findings.warnings.push({ code: endedEarly, message: text });
  return outcomeOf(run, findings, 'Incomplete');
}

/** The outcome after an internal error. */
function internalErrorOutcome(run: RunContext, findings: Findings): RunOutcome {
  run.ledger.closeAll('interrupted', INTERNAL_ERROR);
  const { status, error } = internalError(run.job.effects);
  return outcomeOf(run, findings, status, error);
}

function outcomeOf(
  { job, ledger, connections }: RunContext,
  { collection, warnings, list, applied, approval }: Findings,
  status: Result['status'],
  error: Result['error'] = null,
): RunOutcome {
  const items = ledger.items();
  return {
    status,
    vision_one: addressText(job.run.visionOne),
    data_collection: collection,
    counts: countsOf(ledger.read, items),
    requests: connections.requests(),
    warnings,
    list: list && withChanges(list, job.list, applied),
    ...(approval && { approval }),
    items,
    error,
  };
}
