/** One run of an action: read, plan, send, remove, and report the outcome. */
import { addressText } from '../http/address.js';
import { countsOf } from '../result/counts.js';
import { ENDED_EARLY, STOP_REASONS } from '../result/reasons.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { applyAdditions } from './apply.js';
import type { CountByType } from './count-by-type.js';
import { INTERNAL_ERROR, internalError, type Job, type RunOutcome } from './job.js';
import { type Candidate, planAfterRemoval, planSending, skipWaiting } from './plan.js';
import { type ReadOutcome, readIndicators } from './read.js';
import { removeObjects } from './removal.js';
import { type RunContext, startRun } from './run-context.js';
import { listFacts } from './run-lists.js';
import { sideEffectWarnings } from './warnings.js';

/** What the steps of a run found out, for its outcome. */
interface Findings {
  collection: Result['data_collection'];
  warnings: Warning[];
  /** Objects that were not on the list before. */
  added: CountByType;
}

/** Runs an action to its end. It never throws: the outcome says what failed. */
export async function runAction(job: Job): Promise<RunOutcome> {
  const run = startRun(job);
  const { ledger } = run;
  const warnings: Warning[] = [...(job.run.exclusions?.warnings ?? [])];
  const findings: Findings = { collection: null, warnings, added: new Map() };
  try {
    const read = await readIndicators(run);
    findings.collection = read.collection;
    warnings.push(...read.warnings);
    checkRead(job, read, warnings);

    job.listener.phase?.('planning', read.desired.candidates.length);
    const plan = planSending(read.desired, read.context);
    warnings.push(...(await warningsBefore(run, read, plan.selected)));
    await applyAdditions(run, plan.selected, findings.added);

    const removal = await removeObjects(run, read);
    warnings.push(...removal.warnings);
    const rest = planAfterRemoval(plan, removal.removed);
    await applyAdditions(run, rest.selected, findings.added);
    for (const { candidate, skip } of skipWaiting(rest)) {
      ledger.close(candidate, { outcome: 'skipped', ...skip });
    }

    const failed = ledger.count('rejected') + ledger.count('unsent');
    const status = failed > 0 || removal.wasInterrupted ? 'Incomplete' : 'Completed';
    return outcomeOf(run, findings, status);
  } catch (error) {
    return error instanceof RunError
      ? failedOutcome(run, findings, error)
      : internalErrorOutcome(run, findings);
  }
}

/**
 * Decides what a run does about a read that failed: it continues without the lists, with a warning, or ends.
 * @throws what ended the reading, or why a list could not be read
 */
function checkRead(job: Job, { error, listError }: ReadOutcome, warnings: Warning[]): void {
  if (error !== undefined && !(listError && error instanceof RunError)) throw error;
  if (!listError) return;
  if (error instanceof RunError) {
    // The list failed first, so its error is the one that is reported.
    const message = `the data collection was not read to its end: ${error.text}`;
    warnings.push({ code: 'read_short', message });
    throw listError;
  }
  if (!previewsWithout(job, listError)) throw listError;
  warnings.push(listsUnread(listError));
}

/** A preview can continue without lists that cannot be reached now. */
function previewsWithout({ mode }: Job, { code }: RunError): boolean {
  return mode === 'preview' && code !== 'no_access' && code !== 'interrupted';
}

function listsUnread({ text }: RunError): Warning {
  const message = `the lists could not be read, so an export may skip more objects: ${text}`;
  return { code: 'lists_unread', message };
}

/** Warns of what the objects unblock or evict. Without the lists there is nothing to compare. */
async function warningsBefore(
  run: RunContext,
  { listError }: ReadOutcome,
  candidates: Candidate[],
): Promise<Warning[]> {
  if (listError) return [];
  try {
    return await sideEffectWarnings(run, candidates);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (previewsWithout(run.job, error)) return [listsUnread(error)];
    // Only warnings depend on this list, so objects are sent as long as Vision One accepts any.
    if (run.connections.visionOne.client.ended) throw error;
    const message = `what this run unblocks or evicts could not be determined: ${error.text}`;
    return [{ code: 'lists_unread', message }];
  }
}

/** The outcome of a run that could not continue. Objects without an outcome are unsent. */
function failedOutcome(run: RunContext, findings: Findings, error: RunError): RunOutcome {
  const { code, message, text } = error;
  const reason = STOP_REASONS.find((each) => each === code) ?? 'service_unavailable';
  run.ledger.closeAll({ outcome: 'unsent', reason, message });
  const endedEarly = ENDED_EARLY.find((each) => each === code);
  if (endedEarly === undefined) {
    return outcomeOf(run, findings, 'Failed to Complete', { code, message: text });
  }
  findings.warnings.push({ code: endedEarly, message: text });
  return outcomeOf(run, findings, 'Incomplete');
}

/** The outcome after an internal error. */
function internalErrorOutcome(run: RunContext, findings: Findings): RunOutcome {
  run.ledger.closeAll({ outcome: 'unsent', reason: 'interrupted', message: INTERNAL_ERROR });
  const { status, error } = internalError(run.job.effects);
  return outcomeOf(run, findings, status, error);
}

function outcomeOf(
  { job, ledger, connections, lists }: RunContext,
  { collection, warnings, added }: Findings,
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
    list: listFacts(lists.target, added),
    items,
    error,
  };
}
