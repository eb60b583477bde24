/**
 * Reads the desired state: the indicators of a run page by page. While a page is evaluated, the next ones
 * are read.
 */
import { setImmediate as eventLoopTurn } from 'node:timers/promises';
import { type Indicator, keyForType, OBJECT_KEYS } from '../indicator/indicator.js';
import type { Result, Warning } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { formatCount, plural } from '../text/format.js';
import type { Page } from '../threatq/data-collection.js';
import { indicatorKey } from '../threatq/page-reader.js';
import { readRow } from '../threatq/row-parser.js';
import { type CollectionOrigin, openCollection } from './connect.js';
import type { MadeObject } from './desired.js';
import { emptyCollection } from './empty-collection.js';
import { type EvaluationContext, evaluate } from './evaluate.js';
import { beginPhase } from './phase.js';
import { readAhead } from './read-ahead.js';
import { READING_SHARE, type RunContext } from './run-context.js';

/** The most indicators that one run reads: more than the Suspicious Object List holds of all types. */
const MAX_READ = 100_000;

/** After so many indicators, answers that arrived are handled, so that the next requests are not late. */
const EVALUATED_AT_ONCE = 200;

/** What was read, even if the run cannot continue. */
export interface ReadOutcome {
  made: MadeObject[];
  collection: Result['data_collection'];
  /** Why the data collection may have indicators that were not read; undefined if all were read. */
  incomplete: string | undefined;
  warnings: Warning[];
  /** What ended the reading; undefined if nothing did. */
  error: unknown;
}

export async function readIndicators(run: RunContext): Promise<ReadOutcome> {
  const { origin, settings } = run.job.run;
  const read: ReadOutcome = {
    made: [],
    collection: null,
    incomplete: undefined,
    warnings: [],
    error: undefined,
  };
  try {
    if (origin.kind === 'objects') {
      const indicators = origin.rows.map(readRow);
      startLists(run, indicators);
      await evaluateAll(run, read, indicators);
    } else {
      const finished = beginPhase(run.job, 'reading', null);
      // An object to remove can have any type, so all types are read.
      if (settings.removed_indicators === 'remove') run.lists.start(new Set(OBJECT_KEYS));
      await readCollection(run, read, origin);
      if (read.warnings.length === 0) finished(run.ledger.read);
    }
    if (run.ledger.read === 0) read.warnings.push(emptyCollection(read.collection));
  } catch (error) {
    // The outcome also has what was read before the error.
    read.error = error;
  }
  return read;
}

async function readCollection(run: RunContext, read: ReadOutcome, origin: CollectionOrigin) {
  const { ledger } = run;
  const { name, hash, pages } = await openCollection(run.connections.threatq(origin), origin);
  const collection = { name, hash, total: null, read_whole: false };
  read.collection = collection;
  const seen: Seen = { ids: new Set(), largestTotal: null, isCut: false };
  try {
    // One row more than the limit shows whether the collection has more.
    for await (const page of readAhead(pages(MAX_READ + 1))) {
      await addPage(run, read, page, seen);
      if (seen.isCut) break;
    }
  } catch (error) {
    if (isInterruption(error) && ledger.read > 0) {
      const message = `the run was interrupted after ${plural(ledger.read, 'indicator')} had been read`;
      read.warnings.push({ code: 'read_short', message });
    }
    if (!endedAtTimeLimit(error, run)) throw error;
    if (ledger.read === 0) throw new RunError('threatq_unavailable', error.message);
    read.incomplete = `reading took ${READING_SHARE * 100} % of the time limit, and ${plural(ledger.read, 'indicator')} had been read by then; raise time_limit_minutes`;
  }
  if (!seen.isCut) read.incomplete ??= missingRows(seen);
  if (read.incomplete !== undefined) {
    read.warnings.push({ code: 'read_short', message: read.incomplete });
  }
  if (seen.isCut) {
    const message = `${formatCount(MAX_READ)} indicators were read and the data collection has more: split it`;
    read.warnings.push({ code: 'read_limit', message });
    read.incomplete ??= message;
  }
  if (seen.largestTotal === null) {
    read.incomplete ??= 'ThreatQ did not say how many indicators the data collection has';
  }
  collection.read_whole = read.incomplete === undefined;
}

/** What was seen of a data collection. */
interface Seen {
  /** The ids of the indicators, each once. */
  ids: Set<string | number>;
  /** The largest size of the collection that ThreatQ gave; null if it gave none. */
  largestTotal: number | null;
  /** Whether the collection has more indicators than a run reads. */
  isCut: boolean;
}

async function addPage(run: RunContext, read: ReadOutcome, page: Page, seen: Seen): Promise<void> {
  const { job, ledger } = run;
  noteProblems(read, page);
  if (page.total !== null) seen.largestTotal = Math.max(seen.largestTotal ?? 0, page.total);
  if (read.collection && read.collection.total === null && page.total !== null) {
    read.collection.total = page.total;
    job.listener.phase?.('reading', Math.min(page.total, MAX_READ));
  }
  seen.isCut = ledger.read + page.indicators.length > MAX_READ;
  const indicators = page.indicators.slice(0, MAX_READ - ledger.read);
  // The next page is requested before the lists, because only one page can be requested at a time.
  await eventLoopTurn();
  startLists(run, indicators);
  await evaluateAll(run, read, indicators);
  for (const indicator of indicators) seen.ids.add(indicator.id ?? indicatorKey(indicator));
  if (indicators.length > 0) run.reportProgress(ledger.read);
}

function missingRows({ ids, largestTotal }: Seen): string | undefined {
  if (largestTotal === null) return undefined;
  const missing = largestTotal - ids.size;
  return missing > 0
    ? `ThreatQ says that the data collection has ${plural(largestTotal, 'indicator')}, and gave ${formatCount(missing)} fewer; run again`
    : undefined;
}

/**
 * Whether reading has used its share of the run's time, and the run has time left. The indicators that were
 * read until then are exported.
 */
function endedAtTimeLimit(error: unknown, { job }: RunContext): error is RunError {
  return (
    error instanceof RunError &&
    error.code === 'time_limit' &&
    job.clock.now() < job.limits.deadline
  );
}

function isInterruption(error: unknown): boolean {
  return error instanceof RunError && error.code === 'interrupted';
}

/** Records why a page may be incomplete. */
function noteProblems(read: ReadOutcome, { hasGap, isTruncated }: Page): void {
  if (hasGap) read.incomplete = 'the data collection changed while it was read; run again';
  if (isTruncated) {
    read.incomplete =
      'ThreatQ ignored the page size and gave too many indicators at once, so some were not read; tell the administrator of ThreatQ';
  }
}

function startLists({ lists }: RunContext, indicators: readonly Indicator[]): void {
  lists.start(new Set(indicators.flatMap(({ type }) => keyForType(type) ?? [])));
}

async function evaluateAll(
  run: RunContext,
  read: ReadOutcome,
  indicators: readonly Indicator[],
): Promise<void> {
  const { ledger } = run;
  const context = evaluationContext(run);
  for (const [at, indicator] of indicators.entries()) {
    if (at % EVALUATED_AT_ONCE === 0) await eventLoopTurn();
    ledger.read++;
    const { objects, skip } = evaluate(indicator, context);
    for (const object of objects) read.made.push(ledger.open(object));
    if (skip) ledger.skipIndicator(indicator, skip);
  }
}

function evaluationContext({ job, startedAt, protectedHosts }: RunContext): EvaluationContext {
  const { settings, exclusions } = job.run;
  return { list: job.list, settings, now: startedAt, protectedHosts, exclusions };
}
