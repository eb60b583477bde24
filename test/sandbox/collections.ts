/**
 * Data collections of the ThreatQ stand-in: pages of rows in a stable order, in one of the three shapes of
 * rows that have been seen.
 */

/** An array, or rows made on demand, so that a collection of a million costs no memory. */
export interface Rows {
  readonly length: number;
  at(index: number): object | undefined;
}
export interface Row {
  id?: unknown;
  name?: unknown;
  score?: unknown;
  created_at?: unknown;
  updated_at?: unknown;
  [key: string]: unknown;
}
export type RowShape = 'nested' | 'flat' | 'score-object';

export interface Collection {
  name: string;
  hash: string;
  /** Arrays are sorted as asked; rows made on demand must be in order already. */
  rows: Rows;
  /** false: others do not see it. */
  shared?: boolean;
  /** Whether the saved search's `json` is a string of JSON. */
  jsonAsString?: boolean;
  /** A wrong total. */
  total?: number;
  /** How `data` of an empty page looks. */
  emptyAs?: 'array' | 'object';
  /** `data` of a page with one row is that row and no array. */
  singleAsObject?: boolean;
  /** The largest number of rows in a page. */
  pageCap?: number;
  rowShape?: RowShape;
  /** A newer platform: `attributes` and `sources` are included only if `fields` requests them. */
  slim?: boolean;
}

/** What identifies a row's place for every order that is known. */
type Place = Record<(typeof sortable)[number], string | number>;
const sortable = ['id', 'updated_at', 'created_at', 'score'] as const;
type Order = (a: Place, b: Place) => number;

/** `updated_at`, `-score`, `updated_at,id`; ties are broken by id. Undefined if it is unknown. */
export function orderOf(sort: string): Order | undefined {
  const keys = `${sort},id`.split(',').map((key) => ({
    name: key.replace(/^-/, '') as (typeof sortable)[number],
    sign: key.startsWith('-') ? -1 : 1,
  }));
  if (keys.some(({ name }) => !sortable.includes(name))) return undefined;
  return (a, b) => {
    for (const { name, sign } of keys) {
      if (a[name] < b[name]) return -sign;
      if (a[name] > b[name]) return sign;
    }
    return 0;
  };
}

const placeOf = (row: Row): Place => ({
  id: Number(row.id ?? 0),
  updated_at: String(row.updated_at ?? ''),
  created_at: String(row.created_at ?? ''),
  score: Number(row.score ?? -1),
});

/** The rows from `offset`. */
export function slice(rows: Rows, order: Order, offset: number, limit: number): Row[] {
  const sorted = Array.isArray(rows) ? inOrder(rows as Row[], order) : rows;
  const found: Row[] = [];
  for (let i = offset; i < Math.min(offset + limit, sorted.length); i++) {
    const row = sorted.at(i);
    if (row) found.push(row as Row);
  }
  return found;
}

/** Where a cursor ends: `*` is the start, else the place of the last row that was handed out. */
export function offsetAfter(rows: Rows, order: Order, cursor: string): number | undefined {
  if (cursor === '*') return 0;
  try {
    const mark = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Place | number;
    if (typeof mark === 'number') return mark;
    if (!Array.isArray(rows)) return undefined;
    // By place and not by number, so that rows that come or go meanwhile do not shift the rest.
    const after = inOrder(rows as Row[], order).findIndex((row) => order(placeOf(row), mark) > 0);
    return after < 0 ? rows.length : after;
  } catch {
    return undefined;
  }
}

/** The cursor after a page; that of an empty page is the one it was asked with. */
export function cursorAfter(rows: Rows, page: Row[], offset: number, cursor: string): string {
  const last = page.at(-1);
  if (!last) return cursor;
  const mark = Array.isArray(rows) ? placeOf(last) : offset + page.length;
  return Buffer.from(JSON.stringify(mark)).toString('base64url');
}

function inOrder(rows: Row[], order: Order): Row[] {
  const places = rows.map(placeOf);
  const sorted = places.every((place, i) => i === 0 || order(places[i - 1] as Place, place) <= 0);
  if (sorted) return rows; // the usual case, and a page of many must not pay for a sort
  return rows.toSorted((a, b) => order(placeOf(a), placeOf(b)));
}

/** A page's `data`, with the oddities that have been seen. */
export function dataOf(collection: Collection, page: Row[], fields: string | null): unknown {
  const rows = page.map((row) => shaped(row, collection, fields));
  if (rows.length === 0) return collection.emptyAs === 'object' ? {} : [];
  return rows.length === 1 && collection.singleAsObject ? rows[0] : rows;
}

export const totalOf = ({ total, rows }: Collection): number => total ?? rows.length;

/** With `fields` a row is flat and has only those fields, unless a shape is set. */
function shaped(row: Row, { rowShape, slim }: Collection, fields: string | null): Row {
  const asked = fields?.split(',').map((field) => field.trim());
  let made = asShape(row, rowShape ?? (asked ? 'flat' : 'nested'));
  if (asked) {
    made = Object.fromEntries(
      Object.entries(made).filter(([key]) => key === 'id' || asked.includes(key)),
    );
  }
  if (!slim) return made;
  return Object.fromEntries(
    Object.entries(made).filter(
      ([key]) => !['attributes', 'sources'].includes(key) || asked?.includes(key),
    ),
  );
}

export function asShape(row: Row, shape: RowShape): Row {
  if (shape === 'nested') return row;
  if (shape === 'flat') {
    const { type, status, ...rest } = row;
    return { ...rest, ...named('type', type), ...named('status', status) };
  }
  const { score } = row;
  if (typeof score !== 'number') return row;
  return { ...row, score: { generated_score: score.toFixed(2), manual_score: null } };
}

function named(key: string, value: unknown): Row {
  if (value === undefined) return {};
  return { [key]: typeof value === 'object' && value ? (value as Row).name : value };
}
