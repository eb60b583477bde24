/**
 * Which texts of a result may hold a secret: names, values and messages that come from elsewhere. The
 * result's own vocabulary, times, ids and counts are never touched, whatever the secrets are.
 */

import { countsOf } from '../export/ledger.js';
import { SUPPORTED_TYPES } from '../indicator/indicator.js';
import type { ExchangeRecord } from './exchange-record.js';
import type { Item, Result } from './result.js';

type Redact = (text: string) => string;

/**
 * A copy of a result without secrets. Everything that is made from a result (JSON, page, table,
 * summary) is made from such a copy.
 * @param redact replaces the secrets in one text
 */
export function redactResult(result: Result, redact: Redact): Result {
  const { vision_one, data_collection, counts, warnings, checks, error } = result;
  const orNull = (text: string | null) => (text === null ? null : redact(text));
  const items = result.items.map((item) => redactItem(item, redact));
  return {
    ...result,
    vision_one: orNull(vision_one),
    data_collection: data_collection && {
      ...data_collection,
      name: orNull(data_collection.name),
      hash: orNull(data_collection.hash),
    },
    // Counted anew: a reason may be Vision One's word, and is a key here.
    counts: { ...counts, by_reason: countsOf(counts.read, items).by_reason },
    items,
    warnings: warnings.map((warning) => ({
      ...warning,
      message: redact(warning.message),
      ...(warning.id !== undefined && { id: redactId(warning.id, redact) }),
      ...(warning.value !== undefined && { value: redact(warning.value) }),
    })),
    ...(checks && { checks: checks.map((row) => ({ ...row, message: redact(row.message) })) }),
    error: error && { ...error, message: redact(error.message) },
  };
}

interface Extras {
  exchanges: ExchangeRecord[];
  /** By the field's label, which is ours. */
  settings: Record<string, string>;
}

/** A copy without secrets of what the page shows beside the result. */
export function redactExtras({ exchanges, settings }: Extras, redact: Redact): Extras {
  return {
    exchanges: exchanges.map((exchange) => ({
      ...exchange,
      path: redact(exchange.path),
      ...(exchange.error !== undefined && { error: redact(exchange.error) }),
    })),
    settings: Object.fromEntries(
      Object.entries(settings).map(([label, value]) => [label, redact(value)]),
    ),
  };
}

function redactItem(item: Item, redact: Redact): Item {
  return {
    ...item,
    id: redactId(item.id, redact),
    type: SUPPORTED_TYPES.includes(item.type) ? item.type : redact(item.type),
    value: redact(item.value),
    ...(item.object && { object: redactObject(item.object, redact) }),
    ...('message' in item && { message: redact(item.message) }),
    ...(item.outcome === 'rejected' && { reason: redactCode(item.reason, redact) }),
  } as Item;
}

/** An id is a number, or digits. Any other text came from ThreatQ, and may be anything. */
function redactId<T extends number | string | null>(id: T, redact: Redact): T | string {
  return typeof id !== 'string' || /^\d+$/.test(id) ? id : redact(id);
}

/** Vision One's own error code; without one, the code is made of the status. */
function redactCode(code: string, redact: Redact): string {
  return /^http_\d+$/.test(code) ? code : redact(code);
}

/** The settings that an object carries, in words that are ours. */
const OBJECT_VOCABULARY = ['scanAction', 'riskLevel'];

function redactObject(object: NonNullable<Item['object']>, redact: Redact) {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => {
      const isText = typeof value === 'string' && !OBJECT_VOCABULARY.includes(key);
      return [key, isText ? redact(value) : value];
    }),
  );
}
