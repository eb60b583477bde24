/** Data collections, page by page. Nothing is kept but the page at hand. */
import * as z from 'zod/mini';
import { Failure } from '../http/failure.js';
import type { ThreatQ } from './client.js';
import { readRow, rowsIn } from './rows.js';

export interface Page {
  rows: unknown[];
  /** The collection's size as ThreatQ gives it, which may be wrong; null where it gives none. */
  total: number | null;
  /** The collection changed while it was read, so that rows between this page and the last may be missing. */
  moved?: true;
}

export interface DataCollection {
  name: string | null;
  hash: string | null;
  /**
   * Pages in a stable order, each asked for when the one before was used.
   * @param wanted how many more rows are wanted, asked before each page; reading ends at 0
   * @param proved whether each page has to prove that it goes on where the one before it ended
   * @throws {Failure} where a page cannot be read
   */
  pages(wanted: () => number, proved?: boolean): AsyncGenerator<Page>;
}

/** Rows asked for at once, the largest page seen in use; ThreatQ may give fewer. */
const PAGE_SIZE = 1000;

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

const querySchema = z.object({
  api_query: z.object({
    criteria: z.optional(z.unknown()),
    filters: z.optional(z.unknown()),
  }),
});

function readPage(json: unknown, what: string): Page & { nextCursorMark: string | undefined } {
  const read = z.safeParse(pageSchema, json);
  // An empty page is `[]` or `{}`; null is no page, and must not pass for the end of a collection.
  const rows = read.success && read.data.data !== null ? rowsIn(read.data.data) : undefined;
  if (!read.success || !rows) {
    throw new Failure(
      'threatq_unreadable',
      `${what}: ThreatQ's answer holds no page of indicators`,
    );
  }
  const total = Number(read.data.total ?? Number.NaN);
  return {
    rows,
    total: Number.isInteger(total) && total >= 0 ? total : null,
    nextCursorMark: read.data.nextCursorMark?.toString(),
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
      let cursorMark = '*';
      while (wanted() > 0) {
        seen.add(cursorMark);
        const json = await threatq.call({
          method: 'GET',
          path,
          endpoint: '/indicators/query/hash',
          query: {
            limit: String(Math.min(PAGE_SIZE, wanted())),
            sort: 'updated_at',
            cursorMark,
          },
          notFound,
        });
        const page = readPage(json, `the data collection ${hash}`);
        if (isOver(page)) return;
        yield page;
        if (!page.nextCursorMark || page.nextCursorMark === cursorMark) return;
        if (seen.has(page.nextCursorMark)) throw goesInCircles(hash);
        cursorMark = page.nextCursorMark;
      }
    },
  };
}

/**
 * A data collection by its name: the saved search of that name, run with offset paging.
 * @throws {Failure} where no saved search, or more than one, has the name
 */
export async function collectionByName(threatq: ThreatQ, name: string): Promise<DataCollection> {
  const json = await threatq.call({ method: 'GET', path: '/search/query' });
  const rows = rowsIn((json as { data?: unknown } | null)?.data) ?? [];
  const named = rows.flatMap((row) => {
    const read = z.safeParse(savedSearchSchema, row);
    return read.success && read.data.name === name ? [read.data] : [];
  });
  const [found, ...others] = named;
  if (!found) {
    const message = `No data collection is named "${name}" among the ${rows.length} that this API client sees: check that the name is right, and that the collection's owner has shared it with the user of this API client`;
    throw new Failure('data_collection_not_found', message);
  }
  if (others.length > 0) {
    const message = `${named.length} data collections are named "${name}": give the hash of the one that is meant`;
    throw new Failure('data_collection_ambiguous', message);
  }
  const query = z.safeParse(querySchema, parsedIfText(found.json));
  if (!query.success) {
    const message = `the saved search of the data collection "${name}" holds no query that can be run`;
    throw new Failure('threatq_unreadable', message);
  }
  const { criteria = {}, filters = {} } = query.data.api_query;
  return {
    name,
    hash: found.hash ?? null,
    async *pages(wanted, proved = false) {
      const isOver = endOf(name);
      let offset = 0;
      let last: string | undefined;
      while (wanted() > 0) {
        // One row again: an offset says nothing of rows that left before it, and moved the others up.
        const again = proved && offset > 0 ? 1 : 0;
        const limit = String(Math.min(PAGE_SIZE, wanted() + again));
        const page = readPage(
          await threatq.call({
            method: 'POST',
            path: '/indicators/query',
            query: { limit, offset: String(offset - again), sort: 'id' },
            body: { criteria, filters },
          }),
          `the data collection "${name}"`,
        );
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
 * @throws {Failure} for a page that comes again although others are missing
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

function goesInCircles(which: string): Failure {
  const message = `the pages of the data collection ${which} go in circles: ThreatQ gives the same one again`;
  return new Failure('threatq_unreadable', message);
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
