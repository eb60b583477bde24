/** Applies a plan: sends objects to the list, removes objects from it, and records each outcome. */
import { RunError } from '../result/run-error.js';
import { type CountByType, increment } from './count-by-type.js';
import type { Entry } from './ledger.js';
import type { Candidate } from './plan.js';
import type { RunContext } from './run-context.js';
import { sendObjects } from './send.js';

/**
 * Sends objects, or records in a preview what would be sent.
 * @param added receives the count of each type that was not on the list before
 * @throws {RunError} `no_access` if Vision One refuses every request and nothing was sent
 */
export async function applyAdditions(
  run: RunContext,
  candidates: Candidate[],
  added: CountByType,
): Promise<void> {
  if (candidates.length === 0) return;
  const { job, ledger } = run;
  if (job.mode === 'preview') {
    for (const candidate of candidates) ledger.close(candidate, { outcome: 'planned' });
    return;
  }
  job.listener.phase?.('sending', candidates.length);
  // 409: the object is listed already.
  await sendEntries(run, candidates, job.list.path, 409, ({ key, change }) => {
    if (change === 'add') increment(added, key);
    return 'accepted';
  });
  const { ended } = run.connections.visionOne.client;
  if (ended?.reason === 'no_access' && !job.effects.mayHaveSentObjects()) {
    throw new RunError('no_access', ended.message, { advice: ended.advice });
  }
}

/** Removes objects from the list, or records in a preview what would be removed. */
export async function applyRemovals(run: RunContext, entries: Candidate[]): Promise<CountByType> {
  const { job, ledger } = run;
  const removed: CountByType = new Map();
  if (job.mode === 'preview') {
    for (const entry of entries) {
      ledger.close(entry, { outcome: 'planned' });
      increment(removed, entry.key);
    }
  } else if (entries.length > 0) {
    job.listener.phase?.('removing', entries.length);
    // 404: the object is not listed any more.
    await sendEntries(run, entries, `${job.list.path}/delete`, 404, ({ key }) => {
      increment(removed, key);
      return 'removed';
    });
  }
  return removed;
}

async function sendEntries<T extends Entry>(
  run: RunContext,
  entries: T[],
  path: string,
  doneStatus: number,
  onDone: (entry: T) => 'accepted' | 'removed',
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
        const closing = settled.outcome === 'done' ? { outcome: onDone(entry) } : settled;
        run.ledger.close(entry, closing);
      },
      onRequest: () => run.reportProgress(settledCount),
    });
  } finally {
    run.isSending = false;
  }
}
