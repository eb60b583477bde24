/**
 * The result of a run: the one document that standard output, report.json, the page and the CSV file
 * are made from. Hosts rely on its shape. The types are inferred from the schema, and the build
 * writes the same schema as JSON Schema for programs in other languages.
 */
import * as z from 'zod/mini';
import {
  ERROR_CODES,
  OUTCOMES,
  type Outcome,
  SKIP_REASONS,
  UNSENT_REASONS,
  WARNING_CODES,
} from './reasons.js';

const count = z.int().check(z.nonnegative());
const text = z.string();

/** An object as it is sent: the value under the key of its type, and its settings. */
const sentObject = z.record(text, z.union([text, z.number()]));

const indicatorKeys = {
  /** ThreatQ's id; null if the row has none. */
  id: z.union([z.number(), text, z.null()]),
  /** ThreatQ's name of the type, as the row has it. */
  type: text,
  /** The value as ThreatQ has it, before it was refanged and normalized. */
  value: text,
};

/** The item is about removing an object from the list. */
const removal = z.optional(z.literal(true));

/** One item for each object, and for each indicator of which no object was made. */
export const itemSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), ...indicatorKeys, object: sentObject }),
  z.object({
    outcome: z.literal('planned'),
    ...indicatorKeys,
    object: sentObject,
    removal,
  }),
  z.object({
    outcome: z.literal('rejected'),
    ...indicatorKeys,
    object: sentObject,
    removal,
    /** HTTP status that Vision One gave this object, or the request that held it alone. */
    status: z.int(),
    /** Vision One's own error code. */
    reason: text,
    message: text,
  }),
  z.object({
    outcome: z.literal('skipped'),
    ...indicatorKeys,
    object: z.optional(sentObject),
    reason: z.enum(SKIP_REASONS),
    message: text,
  }),
  z.object({
    outcome: z.literal('unsent'),
    ...indicatorKeys,
    object: sentObject,
    removal,
    reason: z.enum(UNSENT_REASONS),
    message: text,
  }),
  /** Removed from the list because it left the data collection; `value` is the list's. */
  z.object({ outcome: z.literal('removed'), ...indicatorKeys, object: sentObject }),
]);

const countOfEach = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])) as Record<
  Outcome,
  typeof count
>;

export const resultSchema = z.object({
  schema_version: z.literal(1),
  action: text,
  /** The list that the action writes to. */
  target: z.enum(['suspicious_objects', 'exceptions']),
  bundle_version: text,
  run_id: text,
  mode: z.enum(['export', 'preview', 'check']),
  status: z.enum(['Completed', 'Incomplete', 'Failed to Complete']),
  /** ISO 8601, UTC. */
  started_at: text,
  finished_at: text,
  /** Base URL of Vision One; null if the configuration could not be read. */
  vision_one: z.nullable(text),
  data_collection: z.nullable(
    z.object({ name: z.nullable(text), hash: z.nullable(text), total: z.nullable(count) }),
  ),
  counts: z.object({
    /** Indicators read. The counts by outcome are of items. */
    read: count,
    ...countOfEach,
    /** Reasons of skipped, rejected and unsent items. */
    by_reason: z.record(text, count),
  }),
  requests: z.object({
    threatq: count,
    vision_one: count,
    /** Requests that repeated an earlier one. */
    retries: count,
    waited_ms: count,
  }),
  /** What a person should look at although nothing failed because of it. */
  warnings: z.array(
    z.object({
      code: z.enum(WARNING_CODES),
      message: text,
      id: z.optional(indicatorKeys.id),
      value: z.optional(text),
    }),
  ),
  /** How full the list was when it was read, by Vision One's type; null if it was not read. */
  list: z.nullable(z.record(text, z.object({ listed: count, cap: count, added: count }))),
  items: z.array(itemSchema),
  /** What --check found, in the order of the checks; absent in other modes. */
  checks: z.optional(z.array(z.object({ name: text, ok: z.boolean(), message: text }))),
  error: z.nullable(z.object({ code: z.enum(ERROR_CODES), message: text })),
});

export type Item = z.infer<typeof itemSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Warning = Result['warnings'][number];
export type Mode = Result['mode'];
