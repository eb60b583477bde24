/** Applies a plan: removes objects from the list, sends objects to it, and records each outcome. */
import { type Indicator, typeForKey } from '../indicator/indicator.js';
import type { Removing } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Addition, Applied, Plan, Removal } from './changes.js';
import { increment } from './count-by-type.js';
import { indicatorIdIn, scoreIn } from './description.js';
import type { Settled } from './interpret.js';
import type { PlannedEntry } from './ledger.js';
import type { RunContext } from './run-context.js';
import { evictedAfter, lookAgain } from './second-look.js';
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
  const removals = plan.removals.map((removal) => openRemoval(run, removal));
  if (job.mode === 'preview') {
    recordPreview(run, plan, removals, applied);
    return [];
  }
  await removeObjects(run, removals, applied);
  const { additions, warnings } = await fitAdditions(run, plan, applied);
  await addObjects(run, additions, applied);
  expectAccess(run);
  return [...warnings, ...(await evictedAfter(run, additions, applied))];
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

function recordPreview(
  { ledger }: RunContext,
  { additions }: Plan,
  removals: PlannedRemoval[],
  { added, removed }: Applied,
): void {
  for (const addition of additions) {
    ledger.close(addition, { outcome: 'planned' });
    if (addition.change === 'add') increment(added, addition.key);
  }
  for (const planned of removals) {
    ledger.close(planned, { outcome: 'planned', message: planned.removal.message });
    increment(removed, planned.removal.listed.key);
  }
}

async function removeObjects(
  run: RunContext,
  removals: PlannedRemoval[],
  { removed }: Applied,
): Promise<void> {
  const { job, ledger } = run;
  if (removals.length === 0) return;
  job.listener.phase?.('removing', removals.length);
  // 404: the object is not listed any more.
  await send(run, removals, `${job.list.path}/delete`, 404, (planned, settled) => {
    const { listed, reason, message } = planned.removal;
    if (settled.outcome !== 'done') return ledger.close(planned, settled);
    increment(removed, listed.key);
    ledger.remove(planned, reason, message);
  });
}

async function addObjects(
  run: RunContext,
  additions: Addition[],
  { added }: Applied,
): Promise<void> {
  const { job, ledger } = run;
  if (additions.length === 0) return;
  job.listener.phase?.('sending', additions.length);
  // 409: the object is listed already.
  await send(run, additions, job.list.path, 409, (addition, settled) => {
    if (settled.outcome !== 'done') return ledger.close(addition, settled);
    if (addition.change === 'add') increment(added, addition.key);
    ledger.close(addition, { outcome: 'accepted' });
  });
}

/** Leaves out what has no room any more: a removal failed, or somebody else added objects meanwhile. */
async function fitAdditions(
  run: RunContext,
  plan: Plan,
  applied: Applied,
): Promise<{ additions: Addition[]; warnings: Warning[] }> {
  const { ledger, job } = run;
  if (!job.list.byType || !job.run.settings.protect_existing) {
    return { additions: plan.additions, warnings: [] };
  }
  const { free, skips } = await lookAgain(run, plan.additions, applied);
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
  entries: T[],
  path: string,
  doneStatus: number,
  settle: (entry: T, settled: Settled) => void,
): Promise<void> {
  let settledCount = 0;
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
        settle(entry, settled);
      },
      onRequest: () => run.reportProgress(settledCount),
    });
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
