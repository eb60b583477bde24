/**
 * GET of the two lists: pages of a snapshot with skip tokens, so that no object is repeated or lost if
 * the list changes during paging. The format is that of Trend's API documentation.
 */
import type { Answer, Received } from './faults.js';
import { parseFilter } from './filter.js';
import { day, keyOf, type ObjectMap, type StoredObject } from './objects.js';
import type { ListName } from './rules.js';

export type NeverLooksLike = 'null' | 'absent' | 'far';
/** A request that the list refuses; the message says why. */
export class BadQuery extends Error {}

interface Snapshot {
  list: ListName;
  filter: string | undefined;
  objects: StoredObject[];
}
export interface ListingView {
  scheme: 'http' | 'https';
  neverLooksLike: NeverLooksLike;
  nextLink: (normal: string) => string;
  exceptions: ObjectMap;
}

const known = ['top', 'orderBy', 'startDateTime', 'endDateTime', 'skipToken'];
const levels = ['low', 'medium', 'high'];
/** Old snapshots are forgotten, so that a long run does not keep all it ever listed. */
const keptSnapshots = 64;

export class Listings {
  private readonly snapshots = new Map<number, Snapshot>();
  private issued = 0;

  page(list: ListName, objects: ObjectMap, request: Received, view: ListingView): Answer {
    const { query, headers } = request;
    const unknown = [...query.keys()].filter((key) => !known.includes(key));
    if (unknown.length > 0) throw new BadQuery(`unknown query parameters: ${unknown.join(', ')}`);
    const top = query.get('top') ?? '100';
    if (!['50', '100', '200'].includes(top)) throw new BadQuery('top must be 50, 100 or 200');
    const filter = headers['tmv1-filter']?.toString();

    const token = query.get('skipToken');
    const [id, from] = token === null ? [this.take(list, objects, request, filter), 0] : at(token);
    const snapshot = this.snapshots.get(id);
    if (!snapshot || snapshot.list !== list) throw new BadQuery('unknown skipToken');
    if (snapshot.filter !== filter) throw new BadQuery('nextLink needs the same TMV1-Filter');

    const to = from + Number(top);
    const isExcepted = exceptedBy(view.exceptions);
    const items = snapshot.objects
      .slice(from, to)
      .map((object) => shown(list, object, view.neverLooksLike, isExcepted));
    if (to >= snapshot.objects.length) return { status: 200, body: { items } };
    const next = new URLSearchParams({ top, skipToken: tokenOf(id, to) });
    // The caller's own name for this host: another one would be another origin.
    const normal = `${view.scheme}://${headers.host}${request.path}?${next}`;
    return { status: 200, body: { items, nextLink: view.nextLink(normal) } };
  }

  private take(
    list: ListName,
    objects: ObjectMap,
    { query }: Received,
    filter: string | undefined,
  ): number {
    const keep = filter === undefined ? () => true : predicate(filter, list);
    const start = time(query, 'startDateTime') ?? Number.NEGATIVE_INFINITY;
    const end = time(query, 'endDateTime') ?? Number.POSITIVE_INFINITY;
    const kept = [...objects.values()].filter(
      (o) => o.lastModified >= start && o.lastModified <= end && keep(o),
    );
    this.issued += 1;
    const order = ordering(query.get('orderBy') ?? 'lastModifiedDateTime desc', list);
    this.snapshots.set(this.issued, { list, filter, objects: kept.sort(order) });
    this.snapshots.delete(this.issued - keptSnapshots);
    return this.issued;
  }
}

const tokenOf = (id: number, from: number) => Buffer.from(`${id}:${from}`).toString('base64url');

function at(token: string): [id: number, from: number] {
  const [id, from] = Buffer.from(token, 'base64url').toString().split(':').map(Number);
  return [id ?? 0, from ?? 0];
}

function predicate(filter: string, list: ListName): (object: StoredObject) => boolean {
  try {
    const matches = parseFilter(filter, list);
    return ({ type, value, scanAction, riskLevel }) =>
      matches({ type, [type]: value, scanAction, riskLevel });
  } catch (error) {
    throw new BadQuery(`TMV1-Filter: ${error instanceof Error ? error.message : error}`);
  }
}

function time(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const millis = new Date(text).getTime();
  if (!/^\d{4}-\d\d-\d\dT.*Z$/.test(text) || Number.isNaN(millis)) {
    throw new BadQuery(`${name} must be an ISO 8601 time in UTC`);
  }
  return millis;
}

function ordering(orderBy: string, list: ListName): (a: StoredObject, b: StoredObject) => number {
  const [field = '', direction = 'asc', ...more] = orderBy.trim().split(/\s+/);
  const fields: Record<string, (o: StoredObject) => number> = {
    lastModifiedDateTime: (o) => o.lastModified,
    ...(list === 'suspicious' && {
      riskLevel: (o: StoredObject) => levels.indexOf(o.riskLevel ?? ''),
      expiredDateTime: (o: StoredObject) => o.expires ?? Number.MAX_SAFE_INTEGER,
    }),
  };
  const by = fields[field];
  if (!by || !['asc', 'desc'].includes(direction) || more.length > 0) {
    throw new BadQuery(`cannot order by ${orderBy}`);
  }
  return direction === 'asc' ? (a, b) => by(a) - by(b) : (a, b) => by(b) - by(a);
}

const iso = (millis: number) => new Date(millis).toISOString().replace(/\.\d{3}Z$/, 'Z');

function shown(
  list: ListName,
  object: StoredObject,
  neverLooksLike: NeverLooksLike,
  isExcepted: IsExcepted,
): Record<string, unknown> {
  const { type, value, description, scanAction, riskLevel, lastModified, expires } = object;
  const common = {
    type,
    [type]: value,
    ...(description === undefined ? {} : { description }),
    lastModifiedDateTime: iso(lastModified),
  };
  if (list === 'exceptions') return common;
  const never = { null: { expiredDateTime: null }, absent: {}, far: { expiredDateTime: farAway } };
  return {
    ...common,
    scanAction,
    riskLevel,
    inExceptionList: isExcepted(object),
    ...(expires === null
      ? never[neverLooksLike]
      : { expiredDateTime: iso(Math.floor(expires / day) * day) }),
  };
}

const farAway = '9999-12-31T00:00:00Z';

type IsExcepted = (object: StoredObject) => boolean;

/** By the same value, or by a wildcard of the same type; made once a page. */
function exceptedBy(exceptions: ObjectMap): IsExcepted {
  const wildcards = [...exceptions.values()]
    .filter(({ value }) => value.includes('*'))
    .map(({ type, value }) => {
      const parts = value.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      return { type, pattern: new RegExp(`^${parts.join('.*')}$`, 'i') };
    });
  return ({ type, value }) =>
    exceptions.has(keyOf(type, value)) ||
    wildcards.some((wildcard) => wildcard.type === type && wildcard.pattern.test(value));
}
