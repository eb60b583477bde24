/**
 * Runs an action, in this process or out of the built zip, and checks its result against what the
 * stand-ins really did.
 */
import { expect } from 'vitest';
import type { RunOutcome } from '../../src/export/job.js';
import { type Result, resultSchema } from '../../src/result/result.js';
import type { Collection, Rows } from '../sandbox/collections.js';
import type { VisionOne } from '../sandbox/vision-one.js';
import { type ENTRYPOINTS, type Finished, type StartOptions, startAction } from './bundle.js';
import type { RunOptions, Sandbox } from './in-process.js';
import { type Snapshot, snapshotOf, untruthsIn } from './truth.js';

export interface ExportOptions extends RunOptions {
  /** How the data collection differs from the usual one, which is named `Active C2`, with the hash `c2`. */
  source?: Partial<Omit<Collection, 'rows'>>;
  /** The collection changes while it is read, so that rows may be missed. */
  mayMissRows?: boolean;
}

export interface TruthfulOutcome extends RunOutcome {
  /** Milliseconds of virtual time. */
  took: number;
}

/**
 * Exports rows from a data collection, which replaces all others; or, without rows, whatever the sandbox
 * has or `options.objects` name. Previews likewise.
 * @returns the outcome, which was checked against the lists of the stand-in
 */
export async function exportTruthfully(
  sandbox: Sandbox,
  rows: Rows | undefined,
  { source, mayMissRows = false, ...options }: ExportOptions = {},
): Promise<TruthfulOutcome> {
  const { threatq, visionOne, clock } = sandbox;
  if (rows) threatq.collections = [{ name: 'Active C2', hash: 'c2', rows, ...source }];
  const before = snapshotOf(visionOne, options.list === 'exceptions' ? 'exceptions' : 'suspicious');
  const startedAt = clock.now();
  const outcome = await sandbox.run(options);
  const ids = mayMissRows ? [] : idsOf(sandbox, options);
  expect(untruthsIn(outcome, before, ids), 'untruths').toEqual([]);
  if (options.mode === 'preview') expect(outcome.counts).toMatchObject({ accepted: 0, removed: 0 });
  expect([...threatq.violations, ...visionOne.violations], 'violations').toEqual([]);
  return { ...outcome, took: clock.now() - startedAt };
}

export interface BundleRun extends StartOptions {
  /** Where the zip was unpacked. */
  folder: string;
  action?: keyof typeof ENTRYPOINTS;
  /** The run document. */
  document: unknown;
  /** The stand-in that the run sends to. */
  visionOne: VisionOne;
  /** The ids of the indicators that there are to read. */
  ids?: Iterable<number>;
}

/**
 * Starts an action out of the unpacked zip with `--json`. It sends to the stand-in, unless its environment
 * says otherwise.
 * @returns what the process printed, and its result, which was checked against the stand-in
 */
export async function startTruthfully({
  folder,
  action = 'blocklist',
  document,
  visionOne,
  ids = [],
  ...options
}: BundleRun): Promise<Finished & { result: Result }> {
  const before = snapshotOf(visionOne, action === 'exceptions' ? 'exceptions' : 'suspicious');
  const env = { VISION_ONE_BASE_URL: visionOne.url, ...options.env };
  const finished = await startAction(folder, action, document, ['--json'], { ...options, env });
  return { ...finished, result: truthfulResultOf(finished, before, ids) };
}

/** The result that a process printed for `--json`, which was checked against the stand-in. */
export function truthfulResultOf(
  { stdout }: Finished,
  before: Snapshot,
  ids: Iterable<number> = [],
): Result {
  const result = resultSchema.parse(JSON.parse(stdout));
  expect(untruthsIn(result, before, ids), 'untruths').toEqual([]);
  expect(before.visionOne.violations, 'violations').toEqual([]);
  return result;
}

/** The ids of the rows that a run could read, as far as they are known before it reads them. */
function idsOf({ threatq }: Sandbox, { objects, collection }: RunOptions): number[] {
  const [first] = threatq.collections;
  const chosen = threatq.collections.find(
    ({ name, hash }) =>
      collection && ('hash' in collection ? collection.hash === hash : collection.name === name),
  );
  const rows = objects ?? (collection ? chosen : first)?.rows;
  if (!Array.isArray(rows)) return [];
  return (rows as { id?: unknown }[]).flatMap(({ id }) => (typeof id === 'number' ? id : []));
}
