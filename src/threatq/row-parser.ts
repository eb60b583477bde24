/** ThreatQ's row shapes made one: nested, flat (with `fields`), and with a score object. */

import type { Indicator } from '../indicator/indicator.js';
import { truncate } from '../text/truncate.js';

type Row = Record<string, unknown>;

const isRow = (value: unknown): value is Row =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Twice what Vision One takes of the longest kind: what is longer is never sent, and only reported. */
const LONGEST_VALUE = 4_096;
/** Longer text is no real type, status, date or id; those that were seen have 60 at most. */
const LONGEST_WORD = 200;

/** A name that stands by itself (`"FQDN"`) or in an object (`{"name":"FQDN"}`). */
function nameIn(value: unknown): string | null {
  const name = isRow(value) ? value['name'] : value;
  return typeof name === 'string' ? truncate(name, LONGEST_WORD) : null;
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
    id: typeof id === 'string' ? truncate(id, LONGEST_WORD) : typeof id === 'number' ? id : null,
    type: nameIn(row['type']) ?? '',
    value: truncate(
      typeof value === 'string' || typeof value === 'number' ? String(value) : '',
      LONGEST_VALUE,
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
