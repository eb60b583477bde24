/**
 * Redacts the texts of a result that may contain a secret: names, values and messages that come
 * from other systems. The result's own vocabulary, times, ids and counts are never changed.
 */
import { SUPPORTED_TYPES } from '../indicator/indicator.js';
import { countsOf } from './counts.js';
import type { ExchangeRecord } from './exchange-record.js';
import type { Item, Result } from './result.js';

type Redact = (text: string) => string;

/**
 * Copies a result without its secrets. JSON, page, table and summary are all made from such a copy.
 * @param redact replaces the secrets in a text
 */
export function redactResult(result: Result, redact: Redact): Result {
  const { name, approval, vision_one, data_collection, counts, warnings, checks, error } = result;
  const orNull = (text: string | null) => (text === null ? null : redact(text));
  const redactMessage = remembering(redact);
  const items = result.items.map((item) => redactItem(item, redact, redactMessage));
  return {
    ...result,
    name: orNull(name),
    ...(approval && { approval: { ...approval, run_id: redact(approval.run_id) } }),
    vision_one: orNull(vision_one),
    data_collection: data_collection && {
      ...data_collection,
      name: orNull(data_collection.name),
      hash: orNull(data_collection.hash),
    },
    // Counted again, because Vision One's own codes are keys here, and one may have been redacted.
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
  /** The settings by their labels, which contain no secrets. */
  settings: Record<string, string>;
}

/** Copies what the page shows in addition to the result, without secrets. */
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

/** Remembers the results for the first texts: most items of a run have one of a few messages. */
function remembering(redact: Redact): Redact {
  const known = new Map<string, string>();
  return (text) => {
    const shown = known.get(text) ?? redact(text);
    if (known.size < MAX_REMEMBERED) known.set(text, shown);
    return shown;
  };
}

const MAX_REMEMBERED = 100;

/** A copy of an item without its secrets. If it has none, it is not copied: a result has up to 100,000 items. */
function redactItem(item: Item, redact: Redact, redactMessage: Redact): Item {
  const changes: Record<string, unknown> = {};
  const note = (key: string, before: unknown, after: unknown) => {
    if (after !== before) changes[key] = after;
  };
  note('id', item.id, redactId(item.id, redact));
  if (!SUPPORTED_TYPES.includes(item.type)) note('type', item.type, redact(item.type));
  const value = redact(item.value);
  note('value', item.value, value);
  // Most objects have the value of the indicator.
  const redactOther: Redact = (text) => (text === item.value ? value : redact(text));
  if (item.object) note('object', item.object, redactObject(item.object, redactOther));
  if ('message' in item && item.message !== undefined) {
    note('message', item.message, redactMessage(item.message));
  }
  if (item.outcome === 'rejected') note('reason', item.reason, redactCode(item.reason, redact));
  return Object.keys(changes).length === 0 ? item : { ...item, ...changes };
}

/** An id is a number or digits. Any other text comes from ThreatQ, and may contain a secret. */
function redactId<T extends number | string | null>(id: T, redact: Redact): T | string {
  return typeof id !== 'string' || /^\d+$/.test(id) ? id : redact(id);
}

/** A code of Vision One is redacted. `http_<status>` is this program's own. */
function redactCode(code: string, redact: Redact): string {
  return /^http_\d+$/.test(code) ? code : redact(code);
}

/** Keys of an object whose values are this program's own words. */
const OBJECT_VOCABULARY = ['scanAction', 'riskLevel'];

/** The same object if it contains no secret. */
function redactObject(object: NonNullable<Item['object']>, redact: Redact) {
  let redacted = object;
  for (const key in object) {
    const value = object[key];
    if (typeof value !== 'string' || OBJECT_VOCABULARY.includes(key)) continue;
    const shown = redact(value);
    if (shown !== value) redacted = { ...redacted, [key]: shown };
  }
  return redacted;
}
