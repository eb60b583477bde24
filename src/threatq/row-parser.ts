/** ThreatQ's row shapes made one: nested, flat (with `fields`), and with a score object. */

import { CUT } from '../text/truncate.js';

/** An indicator as the rest of the program knows it. */
export interface Indicator {
  /** ThreatQ's id, null where the row has none. */
  id: number | string | null;
  /** The type's exact name; empty where the row has none. Type ids differ between instances. */
  type: string;
  /** As ThreatQ has it; what is longer than anything that can be sent is cut. */
  value: string;
  /** 0 to 10; null where ThreatQ has none. */
  score: number | null;
  /** The status' name, null where the row has none. */
  status: string | null;
  /** When it was last changed, or else made: `YYYY-MM-DD HH:mm:ss`, UTC. */
  updated: string | null;
}

type Row = Record<string, unknown>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Twice what Vision One takes of the longest kind: what is longer is never sent, and only reported. */
const LONGEST_VALUE = 4_096;
/** Longer text is no real type, status, date or id; those that were seen have 60 at most. */
const LONGEST_WORD = 200;

const cutAt = (most: number, text: string) =>
  text.length > most ? `${text.slice(0, most)}${CUT}` : text;

/** A name that stands by itself (`"FQDN"`) or in an object (`{"name":"FQDN"}`). */
function nameIn(value: unknown): string | null {
  const name = isRow(value) ? value['name'] : value;
  return typeof name === 'string' ? cutAt(LONGEST_WORD, name) : null;
}

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A score by itself, or in an object: then a manual one, 0 included, wins over the generated one. */
function scoreIn(value: unknown): number | null {
  if (!isRow(value)) return numberIn(value);
  return numberIn(value['manual_score']) ?? numberIn(value['generated_score']);
}

/** Reads one row; whatever is missing or of a strange kind becomes empty, and nothing is thrown. */
export function readRow(given: unknown): Indicator {
  const row = isRow(given) ? given : {};
  const { id, value } = row;
  return {
    id: typeof id === 'string' ? cutAt(LONGEST_WORD, id) : typeof id === 'number' ? id : null,
    type: nameIn(row['type']) ?? '',
    value: cutAt(
      LONGEST_VALUE,
      typeof value === 'string' || typeof value === 'number' ? String(value) : '',
    ),
    score: scoreIn(row['score']),
    status: nameIn(row['status']),
    updated: nameIn(row['updated_at']) ?? nameIn(row['created_at']),
  };
}

/**
 * The rows of a page's `data`: an array; one row by itself; an object of rows by index, as PHP
 * writes an array with gaps; or nothing, which is `[]`, `{}` or null.
 * @returns undefined where it is none of these, so that nobody takes it for an empty page
 */
export function rowsIn(data: unknown): unknown[] | undefined {
  if (Array.isArray(data)) return data;
  if (data === null) return [];
  if (!isRow(data)) return undefined;
  if ('value' in data || 'type' in data || 'id' in data) return [data];
  const entries = Object.entries(data);
  return entries.every(([key, entry]) => /^\d+$/.test(key) && isRow(entry))
    ? entries.map(([, entry]) => entry)
    : undefined;
}
