/** Reads ThreatQ's rows, which have three shapes: nested, flat (with `fields`), and with a score object. */

import type { Indicator } from '../indicator/indicator.js';
import { isMapping } from '../text/mapping.js';
import { truncate } from '../text/truncate.js';

/** Twice what Vision One accepts of the longest type: a longer value is only reported and never sent. */
const MAX_VALUE_CHARS = 4_096;
/** No real type, status, date or id is longer: those that were seen have at most 60 characters. */
const MAX_NAME_CHARS = 200;

/** A name, alone (`"FQDN"`) or in an object (`{"name":"FQDN"}`). */
function nameIn(value: unknown): string | null {
  const name = isMapping(value) ? value['name'] : value;
  return typeof name === 'string' ? truncate(name, MAX_NAME_CHARS) : null;
}

function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}

/** A score, alone or in an object. In an object a manual score, also 0, wins over the generated one. */
function scoreIn(value: unknown): number | null {
  if (!isMapping(value)) return numberIn(value);
  return numberIn(value['manual_score']) ?? numberIn(value['generated_score']);
}

/** Reads one row. A field that is missing or has another type becomes empty. It never throws. */
export function readRow(given: unknown): Indicator {
  const row = isMapping(given) ? given : {};
  const { id, value } = row;
  return {
    id: typeof id === 'string' ? truncate(id, MAX_NAME_CHARS) : typeof id === 'number' ? id : null,
    type: nameIn(row['type']) ?? '',
    value: truncate(
      typeof value === 'string' || typeof value === 'number' ? String(value) : '',
      MAX_VALUE_CHARS,
    ),
    score: scoreIn(row['score']),
    status: nameIn(row['status']),
    updated: nameIn(row['updated_at']) ?? nameIn(row['created_at']),
    // Rows have one of the two. `expires_calculated_at` is when the date was calculated (both seen in
    // Elastic's public integration).
    expires: nameIn(row['expires_at']) ?? nameIn(row['expired_at']),
  };
}

/**
 * The rows of a page's `data`: an array; one row alone; an object of rows by index, as PHP writes an
 * array with gaps; or no rows, which is `[]`, `{}` or null.
 * @returns undefined if it is none of these, so that it is not read as an empty page
 */
export function rowsIn(data: unknown): unknown[] | undefined {
  if (Array.isArray(data)) return data;
  if (data === null) return [];
  if (!isMapping(data)) return undefined;
  if ('value' in data || 'type' in data || 'id' in data) return [data];
  const entries = Object.entries(data);
  return entries.every(([key, entry]) => /^\d+$/.test(key) && isMapping(entry))
    ? entries.map(([, entry]) => entry)
    : undefined;
}
