/**
 * The result of a run: the one document that stdout, report.json, the page and the table are made
 * from. Its shape is a contract with hosts; the types below are inferred from the schema, and the
 * build writes the same schema out as JSON Schema for whoever reads results with another program.
 */
import * as z from 'zod/mini';

const count = z.int().check(z.nonnegative());
const text = z.string();

/** What stands in a list: one key that names the type, and what goes beside it. */
const sentObject = z.record(text, z.union([text, z.number()]));

const indicatorKeys = {
  /** ThreatQ's id, null where the row has none. */
  id: z.union([z.number(), text, z.null()]),
  /** ThreatQ's name of the type, as the row has it. */
  type: text,
  /** The value as ThreatQ has it, before anything was mended. */
  value: text,
};

/** It stands for taking an object off the list, not for adding it. */
const removal = z.optional(z.literal(true));

/** One item an object, or an indicator that no object was made of. */
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
    reason: text,
    message: text,
  }),
  z.object({
    outcome: z.literal('unsent'),
    ...indicatorKeys,
    object: sentObject,
    removal,
    reason: text,
    message: text,
  }),
  /** Taken off the list because the data collection no longer yields it; `value` is the list's. */
  z.object({ outcome: z.literal('removed'), ...indicatorKeys, object: sentObject }),
]);

export const resultSchema = z.object({
  schema_version: z.literal(1),
  action: text,
  bundle_version: text,
  run_id: text,
  mode: z.enum(['export', 'preview', 'check']),
  status: z.enum(['Completed', 'Incomplete', 'Failed to Complete']),
  /** ISO 8601, UTC. */
  started_at: text,
  finished_at: text,
  /** Base URL of Vision One; null where the configuration did not get that far. */
  vision_one: z.nullable(text),
  data_collection: z.nullable(
    z.object({ name: z.nullable(text), hash: z.nullable(text), total: z.nullable(count) }),
  ),
  counts: z.object({
    /** Indicators read; the six after it count items. */
    read: count,
    accepted: count,
    rejected: count,
    skipped: count,
    unsent: count,
    planned: count,
    removed: count,
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
  /** Contradictions and refusals that a person should look at; nothing failed because of them. */
  warnings: z.array(
    z.object({
      code: text,
      message: text,
      id: z.optional(indicatorKeys.id),
      value: z.optional(text),
    }),
  ),
  /** How full the list was when it was read, by Vision One's type; null where no setting needed it. */
  list: z.nullable(z.record(text, z.object({ listed: count, cap: count, added: count }))),
  items: z.array(itemSchema),
  /** What --check found, in the order in which it looked; absent in other modes. */
  checks: z.optional(z.array(z.object({ name: text, ok: z.boolean(), message: text }))),
  error: z.nullable(z.object({ code: text, message: text })),
});

export type Item = z.infer<typeof itemSchema>;
export type Outcome = Item['outcome'];
export type Result = z.infer<typeof resultSchema>;
export type Mode = Result['mode'];
