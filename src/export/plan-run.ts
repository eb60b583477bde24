/** Plans a run: collects what the planner needs. */
import type { Result } from '../result/result.js';
import type { Actual, Plan, PlanSettings } from './changes.js';
import { describerFor } from './description.js';
import { desiredOf } from './desired.js';
import type { Job } from './job.js';
import { beginPhase } from './phase.js';
import { planChanges } from './plan.js';
import type { ReadOutcome } from './read.js';
import type { RunContext } from './run-context.js';

export interface PlannedRun {
  plan: Plan;
  /** What the result says about the approved preview; undefined if there is none. */
  approval: Result['approval'];
}

/** Plans with the lists, or as if they were empty if they were not read. */
export function planRun(run: RunContext, read: ReadOutcome, isListRead: boolean): PlannedRun {
  const { job, lists } = run;
  const finished = beginPhase(job, 'planning', read.made.length);
  const desired = desiredOf(read.made, isListRead ? lists.exceptions : undefined);
  const settings = planSettings(run, read);
  const plan = planChanges(desired, isListRead ? lists.target : NOTHING, settings);
  finished(read.made.length);
  return { plan, approval: job.approval?.factsOf(plan, plansRemovals(plan, settings)) };
}

const NOTHING: Actual = { find: () => [], size: () => 0, all: () => [] };

function planSettings(
  { job, ownerTag, beganAt }: RunContext,
  { incomplete, collection }: ReadOutcome,
): PlanSettings {
  const { settings, origin } = job.run;
  const { cap } = job.list;
  return {
    list: job.list,
    ownerTag,
    describe: describerFor(collection ? (collection.name ?? collection.hash ?? '') : undefined),
    existing: settings.existing_objects,
    removes: settings.removed_indicators === 'remove',
    protects: settings.protect_existing ?? true,
    noRemovalReason: noRemovalReason(job, incomplete),
    allowLargeRemoval: job.allowLargeRemoval,
    // Objects Per Run does not apply to selected objects.
    limit: origin.kind === 'objects' ? cap : Math.min(settings.objects_per_run, cap),
    approval: job.approval,
    now: beganAt(),
  };
}

/** Whether the plan has all removals that are needed. */
function plansRemovals({ warnings }: Plan, { removes }: PlanSettings): boolean {
  return removes && warnings.every(({ code }) => code !== 'removal_skipped');
}

/** Why nothing may be removed; undefined if it may. */
function noRemovalReason({ run, limits }: Job, incomplete: string | undefined): string | undefined {
  if (run.origin.kind === 'objects') {
    return 'this run has selected objects, and only a whole data collection shows what left it';
  }
  return limits.stopping.aborted ? 'the run was interrupted' : incomplete;
}
