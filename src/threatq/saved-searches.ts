/** Finds a data collection by its name: ThreatQ stores each as a saved search. */
import * as z from 'zod/mini';
import { RunError } from '../result/run-error.js';
import { closest } from '../text/suggest.js';
import type { ThreatQ } from './client.js';
import { rowsIn } from './row-parser.js';

/** How many saved searches are read to find a name. */
const MAX_SAVED_SEARCHES = 100_000;

/**
 * How many names, and of which length in characters, are compared with a name that was not found. Names
 * are written by the users of ThreatQ.
 */
const MAX_COMPARED = 2_000;
const MAX_COMPARED_CHARS = 200;

const savedSearchSchema = z.object({
  name: z.string(),
  hash: z.optional(z.nullable(z.string())),
  json: z.unknown(),
});

type SavedSearch = z.infer<typeof savedSearchSchema>;

const amount = z.catch(z.nullish(z.coerce.number()), undefined);
const link = z.catch(z.nullish(z.string()), undefined);
const pagingSchema = z.catch(
  z.optional(z.object({ total: amount, limit: amount, next: link, next_page_url: link })),
  undefined,
);
const pageSchema = z.object({
  data: z.unknown(),
  ...{ total: amount, limit: amount, next_page_url: link },
  meta: pagingSchema,
  links: pagingSchema,
});

const querySchema = z.object({
  api_query: z.object({
    criteria: z.optional(z.unknown()),
    filters: z.optional(z.unknown()),
  }),
});

/** A query that ThreatQ runs page by page. */
export interface SavedQuery {
  hash: string | null;
  criteria: unknown;
  filters: unknown;
}

/**
 * Finds the query of the data collection with a name.
 * @throws {RunError} if no saved search, or more than one, has the name, or if it has no query
 */
export async function findSavedQuery(threatq: ThreatQ, name: string): Promise<SavedQuery> {
  const { named, count, others: visible } = await searchesNamed(threatq, name);
  const [found, ...others] = named;
  if (!found) throw notFoundError(name, count, visible);
  if (others.length > 0) {
    const message = `${named.length} data collections are named "${name}": give the hash of the right one`;
    throw new RunError('data_collection_ambiguous', message);
  }
  const query = z.safeParse(querySchema, parsedIfText(found.json));
  if (!query.success) {
    const message = `the saved search of the data collection "${name}" has no query that can be run`;
    const advice = 'Save it again in ThreatQ, or give the hash of the data collection.';
    throw new RunError('threatq_unreadable', message, { advice });
  }
  const { criteria = {}, filters = {} } = query.data.api_query;
  return { hash: found.hash ?? null, criteria, filters };
}

type NameAndHash = Pick<SavedSearch, 'name' | 'hash'>;

/** @param visible data collections that this API client sees, whose names may be meant */
function notFoundError(name: string, count: number, visible: NameAndHash[]): RunError {
  const message = `No data collection is named "${name}" among the ${count} that this API client sees: check that the name is right, and that the collection's owner has shared it with the user of this API client`;
  const advice =
    count === 0
      ? 'ThreatQ lists no data collection at all for this client: check also its user and its role.'
      : suggestion(name, visible);
  return new RunError('data_collection_not_found', message, { advice });
}

function suggestion(name: string, visible: NameAndHash[]): string | undefined {
  const byHash = visible.find(({ hash }) => hash === name);
  if (byHash) {
    return `This is the hash of "${byHash.name}": give it as data_collection.hash.`;
  }
  if (name.length > MAX_COMPARED_CHARS) return undefined;
  const meant = closest(
    name,
    visible.map((each) => each.name),
  );
  return meant === undefined
    ? undefined
    : `Did you mean "${meant}"? Upper and lower case and spaces must be the same.`;
}

/**
 * Query parameters for a page of saved searches: those of the first page, then the possible parameters
 * of further pages. How ThreatQ pages this list is not documented, so if one way returns nothing new,
 * the next one is tried.
 */
const PAGING_QUERIES: Array<(seen: number, size: number) => Record<string, string>> = [
  () => ({}),
  (seen, size) => ({ limit: String(size), offset: String(seen) }),
  (seen, size) => ({ per_page: String(size), page: String(Math.floor(seen / size) + 1) }),
  (seen) => ({ limit: String(10 * seen) }),
];

/**
 * The saved searches with a name, how many were read, and the first of the others. Another page is
 * requested if ThreatQ says that there are more, if the page was full, or if the name was not found and
 * ThreatQ does not say how many there are.
 */
async function searchesNamed(threatq: ThreatQ, name: string) {
  const named: SavedSearch[] = [];
  const others: NameAndHash[] = [];
  const seen = new Set<string>();
  let firstPageSize = 0;
  for (let way = 0; way < PAGING_QUERIES.length; ) {
    const query = PAGING_QUERIES[way]?.(seen.size, firstPageSize) ?? {};
    const page = readSearchPage(
      await threatq.call({ method: 'GET', path: '/search/query', query }),
    );
    const fresh = page.rows.filter((row) => recordRow(row, seen));
    const searches = fresh.flatMap((row) => searchIn(row) ?? []);
    named.push(...searches.filter((search) => search.name === name));
    others.push(...comparable(searches).slice(0, MAX_COMPARED - others.length));
    firstPageSize ||= seen.size;
    const isFull = fresh.length > 0 && fresh.length === page.limit;
    const isUnknown = named.length === 0 && page.total === 0;
    const mayHaveMore = seen.size < page.total || page.hasNext || isFull || isUnknown;
    if (!mayHaveMore || seen.size > MAX_SAVED_SEARCHES) break;
    if (way === 0 || fresh.length === 0) way++;
  }
  return { named, count: seen.size, others };
}

function comparable(searches: SavedSearch[]): NameAndHash[] {
  return searches
    .filter(({ name }) => name.length <= MAX_COMPARED_CHARS)
    .map(({ name, hash }) => ({ name, hash }));
}

/** The rows of a page, and its paging data, which is in the page itself or in `meta` and `links`. */
function readSearchPage(json: unknown) {
  const { data, total, limit, next_page_url, meta, links } =
    z.safeParse(pageSchema, json).data ?? {};
  return {
    rows: rowsIn(data) ?? [],
    total: total ?? meta?.total ?? 0,
    limit: limit ?? meta?.limit,
    hasNext: Boolean(next_page_url ?? links?.next),
  };
}

function searchIn(row: unknown): SavedSearch | undefined {
  return z.safeParse(savedSearchSchema, row).data;
}

/** Records a row. @returns whether it was not seen before */
function recordRow(row: unknown, seen: Set<string>): boolean {
  const key = JSON.stringify([(row as { id?: unknown } | null)?.id, searchIn(row)?.name]);
  if (seen.has(key)) return false;
  seen.add(key);
  return true;
}

/** A saved search's `json` is an object, or a text that contains one. */
function parsedIfText(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
