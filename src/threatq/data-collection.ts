/** Data collections, page by page. Nothing is kept but the page at hand. */
import * as z from 'zod/mini';
import { RunError } from '../result/run-error.js';
import type { Call, ThreatQ } from './client.js';
import { readRow, rowsIn } from './row-parser.js';

export interface Page {
  rows: unknown[];
  /** The collection's size as ThreatQ gives it, which may be wrong; null where it gives none. */
  total: number | null;
  /** The collection changed while it was read, so that rows between this page and the last may be missing. */
  moved?: true;
  /** ThreatQ gave more rows than a page may have, and those beyond were left out for good. */
  rowsLeftOut?: true;
}

export interface DataCollection {
  name: string | null;
  hash: string | null;
  /**
   * Pages in a stable order, each asked for when the one before was used.
   * @param wanted how many more rows are wanted, asked before each page; reading ends at 0
   * @param proved whether each page has to prove that it goes on where the one before it ended
   * @throws {RunError} where a page cannot be read
   */
  pages(wanted: () => number, proved?: boolean): AsyncGenerator<Page>;
}

/** Rows of the largest page seen in use. ThreatQ may give fewer than it is asked for. */
const LARGEST_PAGE = 1000;
/** If so few rows fail, their number is not the reason. */
const SMALLEST_PAGE = 50;
const PAGE_SIZES = [LARGEST_PAGE, 500, 250, 125, 62, SMALLEST_PAGE];
const LONGEST_CURSOR = 8_192;
/** Saved searches that are looked through for a name, at most. */
const MOST_SAVED_SEARCHES = 100_000;

const pageSchema = z.object({
  total: z.optional(z.nullable(z.union([z.number(), z.string()]))),
  data: z.unknown(),
  nextCursorMark: z.optional(z.nullable(z.union([z.string(), z.number()]))),
});

const savedSearchSchema = z.object({
  name: z.string(),
  hash: z.optional(z.nullable(z.string())),
  json: z.unknown(),
});

const amount = z.catch(z.nullish(z.coerce.number()), undefined);
const link = z.catch(z.nullish(z.string()), undefined);
const pagingSchema = z.catch(
  z.optional(z.object({ total: amount, limit: amount, next: link, next_page_url: link })),
  undefined,
);
const savedSearchesSchema = z.object({
  data: z.unknown(),
  ...{ total: amount, limit: amount, next_page_url: link },
  meta: pagingSchema,
  links: pagingSchema,
});

/** The rows of a page of saved searches, and what it says of others: beside them, or in `meta` and `links`. */
function readSavedSearches(json: unknown) {
  const { data, total, limit, next_page_url, meta, links } =
    z.safeParse(savedSearchesSchema, json).data ?? {};
  return {
    data,
    total: total ?? meta?.total ?? 0,
    limit: limit ?? meta?.limit,
    hasNext: Boolean(next_page_url ?? links?.next),
  };
}

const querySchema = z.object({
  api_query: z.object({
    criteria: z.optional(z.unknown()),
    filters: z.optional(z.unknown()),
  }),
});

/**
 * How many rows are asked for at once. An instance may refuse a limit (400 and 422 have been seen) or
 * fail with it (500 and 504). A size that was refused, or that failed twice and never passed, is not
 * asked for again; after any other failure the next page is larger again.
 */
class PageSize {
  #at = 0;
  #largestAllowed = 0;
  #largestPassed = 0;
  readonly #failed = new Set<number>();

  /** The limit for a page, of so many rows that are wanted. */
  limitFor(rows: number): number {
    return Math.min(PAGE_SIZES[this.#at] ?? rows, rows);
  }

  /** Whether fewer rows may help: not if as many have passed before. */
  canShrink(limit: number): boolean {
    return limit > Math.max(SMALLEST_PAGE, this.#largestPassed);
  }

  passed(limit: number): void {
    this.#largestPassed = Math.max(this.#largestPassed, limit);
    this.#at = Math.max(this.#largestAllowed, this.#at - 1);
  }

  failed(limit: number, isRefused: boolean): void {
    this.#at = PAGE_SIZES.findIndex((size) => size < limit);
    if (isRefused || this.#failed.has(limit)) this.#largestAllowed = this.#at;
    this.#failed.add(limit);
  }
}

/** Reads pages of a collection, in sizes that its ThreatQ can give. */
function pageReader(threatq: ThreatQ): (rows: number, call: (limit: number) => Call) => unknown {
  const size = new PageSize();
  return async (rows, call) => {
    for (;;) {
      const limit = size.limitFor(rows);
      try {
        const json = await threatq.call({ ...call(limit), canAskForLess: size.canShrink(limit) });
        size.passed(limit);
        return json;
      } catch (error) {
        if (!(error instanceof RunError && error.askForLess)) throw error;
        size.failed(limit, error.status !== undefined);
      }
    }
  };
}

/** A page as it was read, cut to the rows that a page may have. */
interface ReadPage extends Page {
  nextCursorMark: string | undefined;
  isCut?: true;
}

function readPage(json: unknown, what: string): ReadPage {
  const read = z.safeParse(pageSchema, json);
  // An empty page is `[]` or `{}`; null is no page, and must not pass for the end of a collection.
  const rows = read.success && read.data.data !== null ? rowsIn(read.data.data) : undefined;
  const nextCursorMark = read.data?.nextCursorMark?.toString();
  if (!read.success || !rows || (nextCursorMark?.length ?? 0) > LONGEST_CURSOR) {
    throw new RunError(
      'threatq_unreadable',
      `${what}: ThreatQ's answer holds no page of indicators`,
    );
  }
  const total = Number(read.data.total ?? Number.NaN);
  return {
    rows: rows.slice(0, LARGEST_PAGE),
    total: Number.isSafeInteger(total) && total >= 0 ? total : null,
    nextCursorMark,
    ...(rows.length > LARGEST_PAGE && { isCut: true }),
  };
}

/**
 * A data collection by its hash. ThreatQ pages it with a cursor; the end is an empty page or a
 * cursor that stays the same, never `total`, which may be wrong.
 */
export function collectionByHash(threatq: ThreatQ, hash: string): DataCollection {
  const path = `/indicators/query/hash/${encodeURIComponent(hash)}`;
  const notFound = `The data collection with the hash ${hash} was not found: check that the hash is right, and that the collection's owner has shared it with the user of this API client`;
  return {
    name: null,
    hash,
    async *pages(wanted) {
      const seen = new Set<string>();
      const isOver = endOf(hash);
      const read = pageReader(threatq);
      let cursorMark = '*';
      while (wanted() > 0) {
        seen.add(cursorMark);
        const json = await read(wanted(), (limit) => ({
          method: 'GET',
          path,
          endpoint: '/indicators/query/hash',
          query: { limit: String(limit), sort: 'updated_at', cursorMark },
          notFound,
        }));
        const page = readPage(json, `the data collection ${hash}`);
        if (isOver(page)) return;
        // A cursor goes on behind the rows that were left out.
        yield page.isCut ? { ...page, rowsLeftOut: true } : page;
        if (!page.nextCursorMark || page.nextCursorMark === cursorMark) return;
        if (seen.has(page.nextCursorMark)) throw goesInCircles(hash);
        cursorMark = page.nextCursorMark;
      }
    },
  };
}

type SavedSearch = z.infer<typeof savedSearchSchema>;

/**
 * Queries for saved searches: the first page, then the ways in which further pages may be asked for.
 * ThreatQ's list can be paged, but how is not documented: if a way gives nothing new, the next is tried.
 */
const WAYS_TO_PAGE: Array<(seen: number, size: number) => Record<string, string>> = [
  () => ({}),
  (seen, size) => ({ limit: String(size), offset: String(seen) }),
  (seen, size) => ({ per_page: String(size), page: String(Math.floor(seen / size) + 1) }),
  (seen) => ({ limit: String(10 * seen) }),
];

/**
 * The saved searches of a name, and how many were looked through. The next ones are asked for if
 * ThreatQ says that there are more, if the page was full, or if the name was not found and ThreatQ does
 * not say how many there are.
 */
async function savedSearchesNamed(threatq: ThreatQ, name: string) {
  const named: SavedSearch[] = [];
  const seen = new Set<string>();
  let size = 0;
  for (let way = 0; way < WAYS_TO_PAGE.length; ) {
    const query = WAYS_TO_PAGE[way]?.(seen.size, size) ?? {};
    const json = await threatq.call({ method: 'GET', path: '/search/query', query });
    const { data, total, limit, hasNext } = readSavedSearches(json);
    const countBefore = seen.size;
    for (const row of rowsIn(data) ?? []) {
      const read = z.safeParse(savedSearchSchema, row);
      const key = JSON.stringify([(row as { id?: unknown } | null)?.id, read.data?.name]);
      if (seen.has(key)) continue;
      seen.add(key);
      if (read.data?.name === name) named.push(read.data);
    }
    const isNew = seen.size > countBefore;
    size ||= seen.size;
    const hasMore = seen.size < total || hasNext || (isNew && seen.size - countBefore === limit);
    const mayHaveMore = hasMore || (named.length === 0 && total === 0);
    if (!mayHaveMore || seen.size > MOST_SAVED_SEARCHES) break;
    if (way === 0 || !isNew) way++;
  }
  return { named, count: seen.size };
}

/**
 * A data collection by its name: the saved search of that name, run with offset paging.
 * @throws {RunError} where no saved search, or more than one, has the name
 */
export async function collectionByName(threatq: ThreatQ, name: string): Promise<DataCollection> {
  const { named, count } = await savedSearchesNamed(threatq, name);
  const [found, ...others] = named;
  if (!found) {
    const message = `No data collection is named "${name}" among the ${count} that this API client sees: check that the name is right, and that the collection's owner has shared it with the user of this API client`;
    throw new RunError('data_collection_not_found', message);
  }
  if (others.length > 0) {
    const message = `${named.length} data collections are named "${name}": give the hash of the one that is meant`;
    throw new RunError('data_collection_ambiguous', message);
  }
  const query = z.safeParse(querySchema, parsedIfText(found.json));
  if (!query.success) {
    const message = `the saved search of the data collection "${name}" holds no query that can be run`;
    throw new RunError('threatq_unreadable', message);
  }
  const { criteria = {}, filters = {} } = query.data.api_query;
  return {
    name,
    hash: found.hash ?? null,
    async *pages(wanted, proved = false) {
      const isOver = endOf(name);
      const read = pageReader(threatq);
      let offset = 0;
      let last: string | undefined;
      while (wanted() > 0) {
        // One row again: an offset says nothing of rows that left before it, and moved the others up.
        const again = proved && offset > 0 ? 1 : 0;
        const from = String(offset - again);
        const json = await read(wanted() + again, (limit) => ({
          method: 'POST',
          path: '/indicators/query',
          query: { limit: String(limit), offset: from, sort: 'id' },
          body: { criteria, filters },
        }));
        const page = readPage(json, `the data collection "${name}"`);
        const [first] = page.rows;
        const moved = again > 0 && (first === undefined || keyOf(first) !== last);
        if (again > 0) page.rows.shift();
        if (moved) page.moved = true;
        else if (isOver(page)) return;
        yield page;
        if (page.rows.length === 0) return;
        last = keyOf(page.rows.at(-1));
        // By what came, not by what was asked for: ThreatQ may cap the size of a page.
        offset += page.rows.length;
      }
    },
  };
}

/**
 * Tells of each page whether the collection ended before it: where it is empty, or where it is the
 * last one again, as some give it past the end. Before the end, a part would pass for the whole.
 * @throws {RunError} for a page that comes again although others are missing
 */
function endOf(which: string): (page: Page) => boolean {
  let before = '';
  let read = 0;
  return ({ rows, total }) => {
    const now = rows.map(keyOf).join('\n');
    if (rows.length > 0 && now === before) {
      if (total === null || read < total) throw goesInCircles(which);
      return true;
    }
    before = now;
    read += rows.length;
    return rows.length === 0;
  };
}

/** What tells a row from others, however deep or large the rest of it may be. */
function keyOf(row: unknown): string {
  const { id, type, value } = readRow(row);
  return JSON.stringify([id, type, value]);
}

function goesInCircles(which: string): RunError {
  const message = `the pages of the data collection ${which} go in circles: ThreatQ gives the same one again`;
  return new RunError('threatq_unreadable', message);
}

/** A saved search's `json` is an object, or a text that holds one. */
function parsedIfText(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
