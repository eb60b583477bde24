/** Applies a plan: removes objects from the list, sends objects to it, and records each outcome. */
import { type Indicator, typeForKey } from '../indicator/indicator.js';
import type { Removing, Skip } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Addition, Applied, Plan, Removal } from './changes.js';
import { increment } from './count-by-type.js';
import { indicatorIdIn, scoreIn } from './description.js';
import type { Settled } from './interpret.js';
import type { PlannedEntry } from './ledger.js';
import { beginPhase } from './phase.js';
import { modifiedWarning } from './plan-removals.js';
import type { RunContext } from './run-context.js';
import { evictedAfter, lookAgain, withoutModified } from './second-look.js';
import { sendObjects } from './send.js';
import { noRoom } from './share-capacity.js';

interface PlannedRemoval extends PlannedEntry<Removing> {
  removal: Removal;
}

/**
 * Makes the changes of a plan, the removals first; in a preview it only records them.
 * @param applied counts the changes, also if an error ends them
 * @throws {RunError} `no_access` if Vision One refuses every request and nothing was sent; or why the list
 * could not be read again before objects are added
 */
export async function applyPlan(run: RunContext, plan: Plan, applied: Applied): Promise<Warning[]> {
  const { job, ledger } = run;
  for (const { made, skip } of plan.skips) ledger.skip(made, skip);
  for (const removal of plan.notApproved) {
    const entry = removal.made ?? ledger.open(entryOfRemoval(removal));
    const message = 'the approved preview does not plan its removal';
    ledger.skip(entry, { reason: 'not_approved', message });
  }
  for (const addition of plan.additions) ledger.plan(addition);
  if (job.mode === 'preview') {
    recordPreview(run, plan, applied);
    return [];
  }
  const kept = await keepModified(run, plan.removals);
  await removeObjects(run, kept.removals, applied);
  const fitted = await fitAdditions(run, plan);
  await addObjects(run, fitted.additions, applied);
  expectAccess(run);
  const evicted = await evictedAfter(run, fitted.additions, applied);
  return [...kept.warnings, ...fitted.warnings, ...evicted];
}

/** Leaves out removals of objects that somebody changed since the run began. */
async function keepModified(
  run: RunContext,
  planned: Removal[],
): Promise<{ removals: Removal[]; warnings: Warning[] }> {
  if (planned.length === 0) return { removals: planned, warnings: [] };
  const removals = await withoutModified(run, planned);
  const removed = new Set(removals);
  const modified = planned.filter((removal) => !removed.has(removal));
  for (const { made, change, reason, message } of modified) {
    if (!made) continue;
    const skip = { reason: change === 'replace' ? 'already_listed' : reason, message } as Skip;
    run.ledger.skip(made, skip);
  }
  const warnings = modified.length > 0 ? [modifiedWarning(modified.length)] : [];
  return { removals, warnings };
}

/** The indicator of a listed object that no indicator of the collection makes any more. */
function indicatorOf({ key, value, description }: Listed): Indicator {
  return {
    id: indicatorIdIn(description),
    type: typeForKey(key),
    value,
    score: scoreIn(description),
    status: null,
    updated: null,
    expires: null,
  };
}

function entryOfRemoval({ listed, made }: Removal) {
  return {
    indicator: made?.indicator ?? indicatorOf(listed),
    object: { [listed.key]: listed.value },
  };
}

function openRemoval({ ledger }: RunContext, removal: Removal): PlannedRemoval {
  const { indicator, object } = entryOfRemoval(removal);
  const entry = removal.made ?? ledger.open({ indicator, object });
  const planned = { indicator, object, line: entry.line, change: removal.change };
  ledger.plan(planned);
  return { ...planned, removal };
}

function recordPreview(run: RunContext, plan: Plan, { added, removed }: Applied): void {
  const { ledger } = run;
  for (const addition of plan.additions) {
    ledger.close(addition, { outcome: 'planned' });
    if (addition.change === 'add') increment(added, addition.key);
  }
  for (const removal of plan.removals) {
    ledger.close(openRemoval(run, removal), { outcome: 'planned', message: removal.message });
    increment(removed, removal.listed.key);
  }
}

async function removeObjects(
  run: RunContext,
  planned: Removal[],
  { removed }: Applied,
): Promise<void> {
  const { job, ledger, lists } = run;
  if (planned.length === 0) return;
  const removals = planned.map((removal) => openRemoval(run, removal));
  // 404: the object is not listed any more.
  await send(run, 'removing', removals, `${job.list.path}/delete`, 404, (entry, settled) => {
    const { listed, reason, message } = entry.removal;
    if (settled.outcome !== 'done') return ledger.close(entry, settled);
    increment(removed, listed.key);
    lists.target.delete(listed);
    ledger.remove(entry, reason, message);
  });
}

async function addObjects(
  run: RunContext,
  additions: Addition[],
  { added }: Applied,
): Promise<void> {
  const { job, ledger } = run;
  if (additions.length === 0) return;
  // 409: the object is listed already.
  await send(run, 'sending', additions, job.list.path, 409, (addition, settled) => {
    if (settled.outcome !== 'done') return ledger.close(addition, settled);
    if (addition.change === 'add') increment(added, addition.key);
    ledger.close(addition, { outcome: 'accepted' });
  });
}

/** Leaves out what has no room any more: a removal failed, or somebody else added objects meanwhile. */
async function fitAdditions(
  run: RunContext,
  plan: Plan,
): Promise<{ additions: Addition[]; warnings: Warning[] }> {
  const { ledger, job } = run;
  if (!job.list.byType || !job.run.settings.protect_existing) {
    return { additions: plan.additions, warnings: [] };
  }
  const { free, skips } = await lookAgain(run, plan.additions);
  const skipped = new Map(skips.map(({ addition, skip }) => [addition, skip]));
  const additions: Addition[] = [];
  let withoutRoom = 0;
  for (const addition of plan.additions) {
    const { key, change } = addition;
    const left = free.get(key) ?? 0;
    let skip = skipped.get(addition);
    if (!skip && change === 'add' && left <= 0) {
      skip = noRoom(job.list);
      withoutRoom++;
    }
    if (skip) {
      ledger.skip(addition, skip);
      continue;
    }
    if (change === 'add') free.set(key, left - 1);
    additions.push(addition);
  }
  if (withoutRoom === 0) return { additions, warnings: [] };
  const message = `${withoutRoom} of the planned objects have no room any more: the ${job.list.title} changed, or objects could not be removed`;
  return { additions, warnings: [{ code: 'no_room', message, count: withoutRoom }] };
}

async function send<T extends PlannedEntry>(
  run: RunContext,
  phase: 'removing' | 'sending',
  entries: T[],
  path: string,
  doneStatus: number,
  settle: (entry: T, settled: Settled) => void,
): Promise<void> {
  const finished = beginPhase(run.job, phase, entries.length);
  let settledCount = 0;
  const failed = { rejected: 0, unsent: 0 };
  run.isSending = true;
  try {
    await sendObjects({
      objects: entries,
      payload: ({ object }) => object,
      path,
      maxItems: run.job.list.maxPerRequest,
      doneStatuses: [doneStatus],
      visionOne: run.connections.visionOne,
      settle: (entry, settled) => {
        settledCount++;
        if (settled.outcome !== 'done') failed[settled.outcome]++;
        settle(entry, settled);
      },
      onRequest: () => run.reportProgress(settledCount),
    });
    if (failed.unsent === 0) finished(settledCount, failed.rejected);
  } finally {
    run.isSending = false;
  }
}

function expectAccess({ connections, job }: RunContext): void {
  const { ended } = connections.visionOne.client;
  if (ended?.reason === 'no_access' && !job.effects.mayHaveSentObjects()) {
    throw new RunError('no_access', ended.message, { advice: ended.advice });
  }
}
