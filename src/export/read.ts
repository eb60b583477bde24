/** Reads the indicators of a run page by page, and evaluates each of them. */
import { type Indicator, keyForType } from '../indicator/indicator.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import type { Page } from '../threatq/data-collection.js';
import { readRow } from '../threatq/row-parser.js';
import { type CollectionOrigin, openCollection } from './connect.js';
import { ownerTagOf } from './description.js';
import type { PlanContext } from './evaluate.js';
import type { Job } from './job.js';
import { addIndicator, countTowardLimit, type Desired, emptyDesired } from './plan.js';
import type { RunContext } from './run-context.js';
import { areRead, readLists } from './run-lists.js';

/**
 * The most indicators that one run reads if listed ones do not count toward Objects Per Run: more than
 * the list can contain of all types, so that a run reads past everything that is listed.
 */
const MAX_READ = 100_000;

/** What was read, even if the run cannot continue. */
export interface ReadOutcome {
  desired: Desired;
  context: PlanContext;
  collection: Result['data_collection'];
  /** Why the data collection may have indicators that were not read; undefined if all were read. */
  incomplete: string | undefined;
  warnings: Warning[];
  /** Why a list could not be read; nothing was looked up in it since. */
  listError: RunError | undefined;
  /** What ended the reading early; undefined if nothing did. */
  error: unknown;
}

/** Whether objects that left the data collection are to be removed from the list. */
export function removesObjects({ run: { origin, settings } }: Job): boolean {
  return settings.removed_indicators === 'remove' && origin.kind === 'collection';
}

/** The ownership tag of what an action adds from a data collection. */
export function ownerTagFor(action: string, { threatq, by, key }: CollectionOrigin): string {
  return ownerTagOf({ action, threatq: threatq.host.hostname, by, key });
}

export async function readIndicators(run: RunContext): Promise<ReadOutcome> {
  const { origin } = run.job.run;
  const read = beginRead(run);
  try {
    if (origin.kind === 'objects') {
      await addRows(run, read, origin.rows, () => Number.POSITIVE_INFINITY);
    } else {
      await readCollection(run, read, origin);
    }
  } catch (error) {
    // The outcome also has what was read before the error.
    read.error = error;
  }
  return read;
}

function beginRead({ job, lists, protectedHosts }: RunContext): ReadOutcome {
  const { origin, settings, exclusions } = job.run;
  return {
    desired: emptyDesired(),
    context: {
      list: job.list,
      settings,
      collection: undefined,
      ownerTag: origin.kind === 'objects' ? undefined : ownerTagFor(job.action, origin),
      // Needed with all settings: an object that is sent again keeps its ownership tag.
      listIndex: lists.target,
      protectedHosts,
      exclusions,
      exceptions: lists.exceptions?.matcher,
    },
    collection: null,
    incomplete: undefined,
    warnings: [],
    listError: undefined,
    error: undefined,
  };
}

async function readCollection(run: RunContext, read: ReadOutcome, origin: CollectionOrigin) {
  const { job, ledger } = run;
  job.listener.phase?.('reading', null);
  const { name, hash, pages } = await openCollection(run.connections.threatq(origin), origin);
  const collection: NonNullable<Result['data_collection']> = { name, hash, total: null };
  read.collection = collection;
  read.context.collection = name ?? hash ?? '';
  /** The largest size of the data collection that ThreatQ gave. */
  let largestTotal = 0;
  const seemsRead = () => largestTotal <= ledger.read;
  const wanted = () => wantedIndicators(run, read);
  const wantedRows = () => {
    // Request one extra row: only its absence proves that the collection was read completely.
    if (wanted() <= 0) return seemsRead() && removesObjects(job) ? 1 : 0;
    // It is not known how many rows contain the wanted indicators: read whole pages.
    return job.run.settings.existing_objects === 'skip' ? MAX_READ - ledger.read : wanted();
  };
  let isCut = false;
  for await (const page of pages(wantedRows, removesObjects(job))) {
    noteProblems(read, page);
    largestTotal = Math.max(largestTotal, page.total ?? 0);
    if (collection.total === null && page.total !== null) {
      collection.total = page.total;
      job.listener.phase?.('reading', expectedReads(run, read));
    }
    isCut = await addRows(run, read, page.rows, wanted);
    run.reportProgress(ledger.read);
    if (isCut) break;
  }
  if (isCut || wantedRows() === 0) {
    read.incomplete ??=
      'the data collection was not read to its end; raise Objects Per Run above its size';
  } else if (!seemsRead()) {
    read.incomplete ??=
      'ThreatQ says that the data collection has more indicators than it gave; run again';
  }
  if (ledger.read >= MAX_READ) {
    const message = `${MAX_READ} indicators were read and the data collection has more: split it`;
    read.warnings.push({ code: 'read_limit', message });
  }
}

/** How many more indicators the run reads. */
function wantedIndicators({ job, ledger }: RunContext, { desired, context }: ReadOutcome): number {
  const counted = countTowardLimit(desired, context, ledger.read);
  return Math.min(job.run.settings.objects_per_run - counted, MAX_READ - ledger.read);
}

/** Records why a page may be incomplete. */
function noteProblems(read: ReadOutcome, { hasGap, isTruncated }: Page): void {
  if (hasGap) read.incomplete = 'the data collection changed while it was read; run again';
  if (!isTruncated) return;
  read.incomplete =
    'ThreatQ ignored the page size and gave too many indicators at once, so some were not read; tell the administrator of ThreatQ';
  if (read.warnings.some(({ code }) => code === 'read_short')) return;
  read.warnings.push({ code: 'read_short', message: read.incomplete });
}

/** @returns whether rows remain that the run does not read */
async function addRows(
  run: RunContext,
  read: ReadOutcome,
  rows: unknown[],
  wanted: () => number,
): Promise<boolean> {
  const indicators = rows.map(readRow);
  await lookUp(run, read, indicators);
  for (const indicator of indicators) {
    if (wanted() <= 0) return true;
    addIndicator(read.desired, indicator, read.context, run.ledger);
  }
  return false;
}

/** Reads the parts of the lists that these indicators need. After an error the run continues without them. */
async function lookUp(run: RunContext, read: ReadOutcome, indicators: Indicator[]): Promise<void> {
  const { job, lists } = run;
  const keys = new Set(indicators.flatMap(({ type }) => keyForType(type) ?? []));
  if (keys.size === 0 || read.listError || areRead(lists, keys)) return;
  job.listener.phase?.('listing', null);
  try {
    await readLists(lists, keys);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    read.listError = error;
    read.context = { ...read.context, listIndex: undefined, exceptions: undefined };
  }
  job.listener.phase?.('reading', expectedReads(run, read));
}

/** How many indicators will be read; null if that is not known. */
function expectedReads({ job }: RunContext, { collection }: ReadOutcome): number | null {
  const total = collection?.total ?? null;
  return total === null ? null : Math.min(total, job.run.settings.objects_per_run);
}
