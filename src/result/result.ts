/**
 * The result of a run: the one document that standard output, report.json, the page and the CSV file
 * are made from. Hosts rely on its shape. The types are inferred from the schema, and the build
 * writes the same schema as JSON Schema for programs in other languages.
 */
import * as z from 'zod/mini';
import {
  CHANGES,
  type Change,
  ERROR_CODES,
  OUTCOMES,
  type Outcome,
  REMOVAL_REASONS,
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
  /** ThreatQ's score of 0 to 10; null if it has none. */
  score: z.nullable(z.number()),
};

/** An object that may be on the list, and what the run does with it. */
const objectKeys = { change: z.enum(CHANGES), ...indicatorKeys, object: sentObject };

/** One item for each object, and for each indicator of which no object was made. */
export const itemSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), ...objectKeys }),
  z.object({
    outcome: z.literal('planned'),
    ...objectKeys,
    /** Why the object would be removed. */
    message: z.optional(text),
  }),
  z.object({
    outcome: z.literal('rejected'),
    ...objectKeys,
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
    ...objectKeys,
    /** Absent if the run ended before it was planned. */
    change: z.optional(z.enum(CHANGES)),
    reason: z.enum(UNSENT_REASONS),
    message: text,
  }),
  /** Removed from the list. If no indicator was read for it, the value is the list's. */
  z.object({
    outcome: z.literal('removed'),
    ...objectKeys,
    reason: z.enum(REMOVAL_REASONS),
    message: text,
  }),
]);

const countOfEach = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, count])) as Record<
  Outcome,
  typeof count
>;

const countOfEachChange = Object.fromEntries(CHANGES.map((change) => [change, count])) as Record<
  Change,
  typeof count
>;

/** One type of object on the list; `all` of a list that has one cap for all types. */
const listFactsSchema = z.object({
  /** How many objects were listed when the run read the list. */
  listed: count,
  /** How many of them this action added from this data collection. */
  ours: count,
  cap: count,
  /** What the run added and removed, or, in a preview, would add and remove. */
  added: count,
  removed: count,
});

export const resultSchema = z.object({
  schema_version: z.literal(2),
  action: text,
  /** The list that the action writes to. */
  target: z.enum(['suspicious_objects', 'exceptions']),
  bundle_version: text,
  run_id: text,
  /** The name that the run document gives the run; null if it gives none. */
  name: z.nullable(text),
  mode: z.enum(['export', 'preview', 'check']),
  status: z.enum(['Completed', 'Incomplete', 'Failed to Complete']),
  /** ISO 8601, UTC. */
  started_at: text,
  finished_at: text,
  /** Base URL of Vision One; null if the configuration could not be read. */
  vision_one: z.nullable(text),
  /** The label of API Region; null if the configuration could not be read or names no region. */
  region: z.nullable(text),
  data_collection: z.nullable(
    z.object({
      name: z.nullable(text),
      hash: z.nullable(text),
      /** ThreatQ's own count, which may be wrong; null if it gave none. */
      total: z.nullable(count),
      /** Whether it is proved that every indicator was read. */
      read_whole: z.boolean(),
    }),
  ),
  counts: z.object({
    /** Indicators read. The counts by outcome are of items. */
    read: count,
    ...countOfEach,
    /** Of accepted, removed and planned items. */
    by_change: z.object(countOfEachChange),
    /** Reasons of skipped, rejected, unsent and removed items. */
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
      /** How many objects or indicators it is about. */
      count: z.optional(count),
      id: z.optional(indicatorKeys.id),
      value: z.optional(text),
    }),
  ),
  /** The types of the list that were read, by Vision One's name; null if none was read. */
  list: z.nullable(z.record(text, listFactsSchema)),
  /** What --approve did with the preview; absent in runs without it. */
  approval: z.optional(
    z.object({
      /** The run id of the preview. */
      run_id: text,
      /** How many changes the preview planned. */
      changes: count,
      /** How many of them this run does not make, because they are not needed any more. */
      no_longer_needed: count,
    }),
  ),
  items: z.array(itemSchema),
  /** What --check found, in the order of the checks; absent in other modes. */
  checks: z.optional(z.array(z.object({ name: text, ok: z.boolean(), message: text }))),
  error: z.nullable(z.object({ code: z.enum(ERROR_CODES), message: text })),
});

export type Item = z.infer<typeof itemSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Warning = Result['warnings'][number];
export type Mode = Result['mode'];
