/** One run of an action: read both states, plan, apply, and report the outcome. */
import { addressText } from '../http/address.js';
import { countsOf } from '../result/counts.js';
import { ENDED_EARLY, STOP_REASONS } from '../result/reasons.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { applyPlan } from './apply.js';
import type { Actual, Applied, Plan, PlanSettings } from './changes.js';
import { desiredOf } from './desired.js';
import { INTERNAL_ERROR, internalError, type Job, type RunOutcome } from './job.js';
import { planChanges } from './plan.js';
import { type ReadOutcome, readIndicators } from './read.js';
import { type RunContext, startRun } from './run-context.js';
import { listFacts, withChanges } from './run-lists.js';
import { sideEffectWarnings, tooWideWarnings } from './warnings.js';

/** What the steps of a run found out, for its outcome. */
interface Findings {
  collection: Result['data_collection'];
  warnings: Warning[];
  /** The list before the run. */
  list: Result['list'];
  applied: Applied;
  approval?: Result['approval'] | undefined;
}

/** Runs an action to its end. It never throws: the outcome says what failed. */
export async function runAction(job: Job): Promise<RunOutcome> {
  const run = startRun(job);
  const warnings: Warning[] = [...(job.run.exclusions?.warnings ?? [])];
  const applied: Applied = { added: new Map(), removed: new Map() };
  const findings: Findings = { collection: null, warnings, list: null, applied };
  try {
    const read = await readIndicators(run);
    findings.collection = read.collection;
    warnings.push(...read.warnings);
    const isListRead = await finishLists(run, read, warnings);
    findings.list = isListRead ? listFacts(run.lists.target, run.ownerTag) : null;

    const settings = planSettings(run, read);
    const plan = planRun(run, read, isListRead, settings);
    warnings.push(...plan.warnings);
    if (job.list.takesWildcards) warnings.push(...tooWideWarnings(plan.additions));
    findings.approval = job.approval?.factsOf(plan, plansRemovals(plan, settings));
    if (isListRead) warnings.push(...(await warningsBefore(run, plan)));
    warnings.push(...(await applyPlan(run, plan, findings.applied)));
    const failed = run.ledger.count('rejected') + run.ledger.count('unsent');
    return outcomeOf(run, findings, failed > 0 ? 'Incomplete' : 'Completed');
  } catch (error) {
    return error instanceof RunError
      ? failedOutcome(run, findings, error)
      : internalErrorOutcome(run, findings);
  }
}

/**
 * Waits until the lists are read as well.
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
  if (job.run.origin.kind === 'collection') job.listener.phase?.('listing', null);
  run.showsLists = true;
  const error = await lists.error();
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

/** Plans with the lists, or as if they were empty if they were not read. */
function planRun(
  { job, lists }: RunContext,
  read: ReadOutcome,
  isListRead: boolean,
  settings: PlanSettings,
): Plan {
  job.listener.phase?.('planning', read.made.length);
  const desired = desiredOf(read.made, isListRead ? lists.exceptions : undefined);
  return planChanges(desired, isListRead ? lists.target : NOTHING, settings);
}

const NOTHING: Actual = { find: () => [], size: () => 0, all: () => [] };

function planSettings(
  { job, ownerTag, connections }: RunContext,
  { incomplete, collection }: ReadOutcome,
): PlanSettings {
  const { settings, origin } = job.run;
  const { cap } = job.list;
  return {
    list: job.list,
    ownerTag,
    collection: collection ? (collection.name ?? collection.hash ?? '') : undefined,
    existing: settings.existing_objects,
    removes: settings.removed_indicators === 'remove',
    protects: settings.protect_existing ?? true,
    keepsBecause: keepsBecause(job, incomplete),
    allowLargeRemoval: job.allowLargeRemoval,
    // Objects Per Run does not apply to selected objects.
    limit: origin.kind === 'objects' ? cap : Math.min(settings.objects_per_run, cap),
    approval: job.approval,
    now: connections.visionOne.firstAnswerAt ?? job.clock.wallNow(),
  };
}

/** Whether the plan has all removals that are needed. */
function plansRemovals({ warnings }: Plan, { removes }: PlanSettings): boolean {
  return removes && warnings.every(({ code }) => code !== 'removal_skipped');
}

/** Why nothing may be removed; undefined if it may. */
function keepsBecause({ run, limits }: Job, incomplete: string | undefined): string | undefined {
  if (run.origin.kind === 'objects') {
    return 'this run has selected objects, and only a whole data collection shows what left it';
  }
  return limits.stopping.aborted ? 'the run was interrupted' : incomplete;
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

/** The outcome of a run that could not continue. Objects without an outcome are unsent. */
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
