/** Reads data collections page by page. */
import type { Indicator } from '../indicator/indicator.js';
import type { ThreatQ } from './client.js';
import {
  type AnsweredPage,
  createEndCheck,
  createPageRequests,
  indicatorKey,
  readPage,
  repeatedPageError,
} from './page-reader.js';
import { findSavedQuery, type SavedQuery } from './saved-searches.js';

export interface Page {
  indicators: Indicator[];
  /** The size of the data collection as ThreatQ gives it, which may be wrong; null if it gives none. */
  total: number | null;
  /** The collection changed while it was read, so that rows before this page may be missing. */
  hasGap?: true;
  /** ThreatQ returned more rows than a page may have; the excess rows are lost. */
  isTruncated?: true;
}

export interface DataCollection {
  name: string | null;
  hash: string | null;
  /**
   * Pages in a stable order. Each is requested when the next one is asked for.
   * @param maxRows how many rows are wanted in all
   * @throws {RunError} if a page cannot be read
   */
  pages(maxRows: number): AsyncGenerator<Page>;
}

/**
 * A data collection by its hash. ThreatQ pages it with a cursor. It ends with an empty page or a cursor
 * that stays the same, and never by `total`, which may be wrong.
 */
export function collectionByHash(threatq: ThreatQ, hash: string): DataCollection {
  return { name: null, hash, pages: (maxRows) => cursorPages(threatq, hash, maxRows) };
}

async function* cursorPages(threatq: ThreatQ, hash: string, maxRows: number): AsyncGenerator<Page> {
  const path = `/indicators/query/hash/${encodeURIComponent(hash)}`;
  const notFound = `The data collection with the hash ${hash} was not found: check that the hash is right, and that the collection's owner has shared it with the user of this API client; a name is given as data_collection.name`;
  const requestPage = createPageRequests(threatq);
  const hasEnded = createEndCheck(hash);
  const usedCursors = new Set<string>();
  let cursorMark = '*';
  let rowsRead = 0;
  while (rowsRead < maxRows) {
    usedCursors.add(cursorMark);
    const json = await requestPage(maxRows - rowsRead, (limit) => ({
      method: 'GET',
      path,
      endpoint: '/indicators/query/hash',
      query: { limit: String(limit), sort: 'updated_at', cursorMark },
      notFound,
    }));
    const page = readPage(json, `the data collection ${hash}`);
    if (hasEnded(page)) {
      yield endOf(page);
      return;
    }
    // The next cursor continues after the rows that were cut off.
    yield { ...contentOf(page), ...(page.isTruncated && { isTruncated: true }) };
    rowsRead += page.indicators.length;
    const { nextCursorMark } = page;
    if (!nextCursorMark || nextCursorMark === cursorMark) return;
    if (usedCursors.has(nextCursorMark)) throw repeatedPageError(hash);
    cursorMark = nextCursorMark;
  }
}

/**
 * A data collection by its name: the saved search with that name, read with offset paging.
 * @throws {RunError} if no saved search, or more than one, has the name, or if it has no query
 */
export async function collectionByName(threatq: ThreatQ, name: string): Promise<DataCollection> {
  const query = await findSavedQuery(threatq, name);
  return {
    name,
    hash: query.hash,
    pages: (maxRows) => offsetPages(threatq, name, query, maxRows),
  };
}

async function* offsetPages(
  threatq: ThreatQ,
  name: string,
  { criteria, filters }: SavedQuery,
  maxRows: number,
): AsyncGenerator<Page> {
  const requestPage = createPageRequests(threatq);
  const hasEnded = createEndCheck(name);
  let offset = 0;
  let lastKey: string | undefined;
  while (offset < maxRows) {
    // If rows before the offset leave the collection, the others move up and a page would miss some.
    // So the last row is requested again: it must still be in its place.
    const overlap = offset > 0 ? 1 : 0;
    const from = String(offset - overlap);
    const json = await requestPage(maxRows - offset + overlap, (limit) => ({
      method: 'POST',
      path: '/indicators/query',
      query: { limit: String(limit), offset: from, sort: 'id' },
      body: { criteria, filters },
    }));
    const page = readPage(json, `the data collection "${name}"`);
    const hasNoRow = hasEnded(page, overlap);
    const overlapping = page.indicators.splice(0, overlap).map(indicatorKey);
    const hasGap = overlap > 0 && overlapping[0] !== lastKey;
    if (hasNoRow && !(hasGap && overlapping.length === 0)) {
      yield endOf(page);
      return;
    }
    yield { ...contentOf(page), ...(hasGap && { hasGap }) };
    const last = page.indicators.at(-1);
    if (!last) return;
    lastKey = indicatorKey(last);
    // By the rows returned and not by the limit: ThreatQ may return fewer.
    offset += page.indicators.length;
  }
}

/** A page that ends the collection has no new rows, and its total may have changed. */
function endOf({ total }: AnsweredPage): Page {
  return { indicators: [], total };
}

function contentOf({ indicators, total }: AnsweredPage): Page {
  return { indicators, total };
}
