/** Requests pages of indicators from ThreatQ, and reads what it answers. */
import * as z from 'zod/mini';
import type { Indicator } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import type { ThreatQ, ThreatQCall } from './client.js';
import { readRow, rowsIn } from './row-parser.js';

/** The largest page, in rows, that public clients request. ThreatQ may return fewer. */
const MAX_PAGE_ROWS = 1000;
/** If a page of this size fails, its size is not the reason. */
const MIN_PAGE_ROWS = 50;
const PAGE_SIZES = [MAX_PAGE_ROWS, 500, 250, 125, 62, MIN_PAGE_ROWS];
/** After a page that took longer, in milliseconds, the next one is half as large: it might not be answered in time. */
const SLOW_PAGE_MS = 20_000;
const MAX_CURSOR_CHARS = 8_192;

const pageSchema = z.object({
  total: z.optional(z.nullable(z.union([z.number(), z.string()]))),
  data: z.unknown(),
  nextCursorMark: z.optional(z.nullable(z.union([z.string(), z.number()]))),
});

/**
 * A page as ThreatQ answered it, with at most MAX_PAGE_ROWS rows. Of a row, only the indicator is kept:
 * pages wait in memory until they are planned.
 */
export interface AnsweredPage {
  indicators: Indicator[];
  /** The size of the data collection as ThreatQ gives it, which may be wrong; null if it gives none. */
  total: number | null;
  nextCursorMark: string | undefined;
  /** Whether ThreatQ returned more rows than a page may have. */
  isTruncated: boolean;
}

/**
 * Reads the answer to a request for a page.
 * @param name the data collection, as error messages name it
 * @throws {RunError} if the answer has no page
 */
export function readPage(json: unknown, name: string): AnsweredPage {
  const read = z.safeParse(pageSchema, json);
  // An empty page is `[]` or `{}`. Null is not a page, and must not be read as the end of the collection.
  const rows = read.success && read.data.data !== null ? rowsIn(read.data.data) : undefined;
  const nextCursorMark = read.data?.nextCursorMark?.toString();
  if (!read.success || !rows || (nextCursorMark?.length ?? 0) > MAX_CURSOR_CHARS) {
    const message = `${name}: ThreatQ's answer has no page of indicators`;
    throw new RunError('threatq_unreadable', message);
  }
  const total = Number(read.data.total ?? Number.NaN);
  return {
    indicators: rows.slice(0, MAX_PAGE_ROWS).map(readRow),
    total: Number.isSafeInteger(total) && total >= 0 ? total : null,
    nextCursorMark,
    isTruncated: rows.length > MAX_PAGE_ROWS,
  };
}

/**
 * The number of rows to request. An instance may refuse a limit (400 and 422 have been seen) or fail
 * with it (500 and 504). A size that was refused, or that failed twice and never succeeded, is not
 * requested again. After any other failure the next page is larger again.
 */
class PageSize {
  #index = 0;
  #firstAllowedIndex = 0;
  #largestSuccess = 0;
  readonly #failed = new Set<number>();

  /** The limit of a request for a number of rows. */
  limitFor(rows: number): number {
    return Math.min(PAGE_SIZES[this.#index] ?? rows, rows);
  }

  /** Whether a smaller page may succeed. It does not help if a page of this size has succeeded. */
  canShrink(limit: number): boolean {
    return limit > Math.max(MIN_PAGE_ROWS, this.#largestSuccess);
  }

  /** @param tookMs how long the answer took */
  recordSuccess(limit: number, tookMs: number): void {
    if (tookMs > SLOW_PAGE_MS && limit > MIN_PAGE_ROWS) {
      this.#index = PAGE_SIZES.findIndex((size) => size < limit);
      this.#firstAllowedIndex = this.#index;
      return;
    }
    this.#largestSuccess = Math.max(this.#largestSuccess, limit);
    this.#index = Math.max(this.#firstAllowedIndex, this.#index - 1);
  }

  recordFailure(limit: number, isRefused: boolean): void {
    this.#index = PAGE_SIZES.findIndex((size) => size < limit);
    if (isRefused || this.#failed.has(limit)) this.#firstAllowedIndex = this.#index;
    this.#failed.add(limit);
  }
}

/** Requests a page, with at most as many rows as this instance can answer. @throws {RunError} */
export type RequestPage = (rows: number, call: (limit: number) => ThreatQCall) => Promise<unknown>;

/** @returns a function that requests the pages of one data collection one after the other */
export function createPageRequests(threatq: ThreatQ): RequestPage {
  const size = new PageSize();
  return async (rows, call) => {
    for (;;) {
      const limit = size.limitFor(rows);
      const requestedAt = threatq.now();
      try {
        const json = await threatq.call({ ...call(limit), canAskForLess: size.canShrink(limit) });
        size.recordSuccess(limit, threatq.now() - requestedAt);
        return json;
      } catch (error) {
        if (!(error instanceof RunError && error.askForLess)) throw error;
        size.recordFailure(limit, error.status !== undefined);
      }
    }
  };
}

/**
 * @returns a function that takes each page in turn, with the number of its rows that the page before it
 * ended with, and says whether the data collection ended before it. A collection ends with an empty page, or with the last page once more. The function throws a RunError
 * if a page is repeated although rows are missing: otherwise a part would be read as the whole
 */
export function createEndCheck(name: string): (page: AnsweredPage, overlap?: number) => boolean {
  let previous: readonly Indicator[] = [];
  let rowsRead = 0;
  return ({ indicators, total }, overlap = 0) => {
    const { length } = indicators;
    if (length > 0 && areSame(indicators, previous)) {
      if (total === null || rowsRead < total) throw repeatedPageError(name);
      return true;
    }
    // A copy, because the caller removes the overlap from the page.
    previous = [...indicators];
    rowsRead += Math.max(0, length - overlap);
    return length === 0;
  };
}

function areSame(some: readonly Indicator[], others: readonly Indicator[]): boolean {
  return (
    some.length === others.length &&
    some.every((indicator, at) => {
      const other = others[at];
      return other !== undefined && indicatorKey(indicator) === indicatorKey(other);
    })
  );
}

/** Identifies an indicator by its id, type and value. */
export function indicatorKey({ id, type, value }: Indicator): string {
  return JSON.stringify([id, type, value]);
}

/** ThreatQ returned a page of the data collection twice. */
export function repeatedPageError(name: string): RunError {
  const message = `the pages of the data collection ${name} repeat: ThreatQ returned the same page twice`;
  return new RunError('threatq_unreadable', message);
}
