/** One run of an action: read both states, plan, apply, and report the outcome. */
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { applyPlan } from './apply.js';
import type { Plan } from './changes.js';
import type { Job, RunOutcome } from './job.js';
import { finishedOutcome, newFindings, outcomeAfterError } from './outcome.js';
import { planRun } from './plan-run.js';
import { type ReadOutcome, readIndicators } from './read.js';
import { type RunContext, startRun } from './run-context.js';
import { listFacts } from './run-lists.js';
import { sideEffectWarnings, tooWideWarnings } from './warnings.js';

/** Runs an action to its end. It never throws: the outcome says what failed. */
export async function runAction(job: Job): Promise<RunOutcome> {
  const run = startRun(job);
  const warnings: Warning[] = [...(job.run.exclusions?.warnings ?? [])];
  const findings = newFindings(warnings);
  try {
    const read = await readIndicators(run);
    findings.collection = read.collection;
    warnings.push(...read.warnings);
    const isListRead = await finishLists(run, read, warnings);
    findings.list = isListRead ? listFacts(run.lists.target, run.ownerTag) : null;

    const { plan, approval } = planRun(run, read, isListRead);
    findings.approval = approval;
    warnings.push(...plan.warnings, ...tooWideWarnings(job.list, plan.additions));
    if (isListRead) warnings.push(...(await warningsBefore(run, plan)));

    warnings.push(...(await applyPlan(run, plan, findings.applied)));
    return finishedOutcome(run, findings);
  } catch (error) {
    return outcomeAfterError(run, findings, error);
  }
}

/**
 * Waits until the lists are read too.
 * @returns whether they were; a preview can continue without them, with a warning
 * @throws what ended the reading, or why a list could not be read
 */
async function finishLists(
  run: RunContext,
  read: ReadOutcome,
  warnings: Warning[],
): Promise<boolean> {
  const { job, lists } = run;
  if (read.error !== undefined) throw read.error;
  const error = await lists.readError();
  if (error === undefined) return true;
  if (!previewsWithout(job, error)) throw error;
  warnings.push(listsUnread(error));
  return false;
}

/** A preview can continue without lists that cannot be reached now. */
function previewsWithout({ mode }: Job, { code }: RunError): boolean {
  return mode === 'preview' && code !== 'no_access' && code !== 'interrupted';
}

function listsUnread({ text }: RunError): Warning {
  const message = `the lists could not be read, so an export may skip more objects: ${text}`;
  return { code: 'lists_unread', message };
}

/** Warns of what the objects unblock or evict. */
async function warningsBefore(run: RunContext, plan: Plan): Promise<Warning[]> {
  try {
    return await sideEffectWarnings(run, plan);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    // This list is needed only for warnings, so the run continues unless Vision One was given up.
    const isGivenUp = run.connections.visionOne.client.ended !== undefined;
    if (isGivenUp && !previewsWithout(run.job, error)) throw error;
    const message = `what this run unblocks or evicts could not be determined: ${error.text}`;
    return [{ code: 'lists_unread', message }];
  }
}
