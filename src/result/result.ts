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

const sentObject = z
  .record(text, z.union([text, z.number()]))
  .check(
    z.describe('The object as it is sent: the value under the key of its type, and its settings.'),
  );

const indicatorKeys = {
  id: z
    .union([z.number(), text, z.null()])
    .check(z.describe("ThreatQ's id; null if the row has none.")),
  type: text.check(z.describe("ThreatQ's name of the type, as the row has it.")),
  value: text.check(
    z.describe('The value as ThreatQ has it, before it was refanged and normalized.'),
  ),
  score: z
    .nullable(z.number())
    .check(z.describe("ThreatQ's score of 0 to 10; null if it has none.")),
};

const change = z.enum(CHANGES).check(z.describe('What the run does with the object on the list.'));

/** An object that may be on the list, and what the run does with it. */
const objectKeys = { change, ...indicatorKeys, object: sentObject };

/** One item for each object, and for each indicator of which no object was made. */
export const itemSchema = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), ...objectKeys }),
  z.object({
    outcome: z.literal('planned'),
    ...objectKeys,
    message: z.optional(text).check(z.describe('Why the object would be removed.')),
  }),
  z.object({
    outcome: z.literal('rejected'),
    ...objectKeys,
    status: z
      .int()
      .check(
        z.describe(
          'HTTP status that Vision One gave this object, or the request that held it alone.',
        ),
      ),
    reason: text.check(z.describe("Vision One's own error code.")),
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
    change: z
      .optional(change)
      .check(z.describe('The planned change; absent if the run ended before it was planned.')),
    reason: z.enum(UNSENT_REASONS),
    message: text,
  }),
  z.object({
    outcome: z.literal('removed'),
    ...objectKeys,
    value: text.check(
      z.describe("The value in ThreatQ; the list's if no indicator was read for it."),
    ),
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

const listFactsSchema = z.object({
  listed: count.check(z.describe('How many objects were listed when the run read the list.')),
  ours: count.check(z.describe('How many of them this action added from this data collection.')),
  cap: count.check(z.describe('How many objects the list holds at most.')),
  added: count.check(z.describe('How many the run added, or a preview would add.')),
  removed: count.check(z.describe('How many the run removed, or a preview would remove.')),
});

const status = z.enum(['Completed', 'Incomplete', 'Failed to Complete']);

export const resultSchema = z.object({
  schema_version: z.literal(2),
  action: text,
  target: z
    .enum(['suspicious_objects', 'exceptions'])
    .check(z.describe('The list that the action writes to.')),
  bundle_version: text,
  run_id: text,
  name: z
    .nullable(text)
    .check(z.describe('The name that the run document gives the run; null if it gives none.')),
  mode: z.enum(['export', 'preview', 'check']),
  status,
  started_at: text.check(z.describe('The time of the start, in ISO 8601 and UTC.')),
  finished_at: text.check(z.describe('The time of the end, in ISO 8601 and UTC.')),
  vision_one: z
    .nullable(text)
    .check(z.describe('Base URL of Vision One; null if the configuration could not be read.')),
  region: z
    .nullable(text)
    .check(
      z.describe(
        'The label of API Region; null if the configuration could not be read or names no region.',
      ),
    ),
  data_collection: z.nullable(
    z.object({
      name: z.nullable(text),
      hash: z.nullable(text),
      total: z
        .nullable(count)
        .check(z.describe("ThreatQ's own count, which may be wrong; null if it gave none.")),
      read_whole: z
        .boolean()
        .check(z.describe('Whether it is proved that every indicator was read.')),
    }),
  ),
  counts: z.object({
    read: count.check(z.describe('Indicators read. The counts by outcome are of items.')),
    ...countOfEach,
    by_change: z
      .object(countOfEachChange)
      .check(z.describe('The changes of accepted, removed and planned items.')),
    by_reason: z
      .record(text, count)
      .check(z.describe('The reasons of skipped, rejected, unsent and removed items.')),
  }),
  requests: z.object({
    threatq: count,
    vision_one: count,
    retries: count.check(z.describe('Requests that repeated an earlier one.')),
    waited_ms: count,
  }),
  warnings: z
    .array(
      z.object({
        code: z.enum(WARNING_CODES),
        message: text,
        count: z
          .optional(count)
          .check(z.describe('How many objects or indicators the warning is about.')),
        id: z.optional(indicatorKeys.id),
        value: z.optional(text),
      }),
    )
    .check(z.describe('What a person should look at although nothing failed because of it.')),
  list: z
    .nullable(z.record(text, listFactsSchema))
    .check(
      z.describe(
        "The types of the list that were read, by Vision One's name, or `all` if one cap is for all types; null if none was read.",
      ),
    ),
  approval: z
    .optional(
      z.object({
        run_id: text.check(z.describe('The run id of the preview.')),
        changes: count.check(z.describe('How many changes the preview planned.')),
        no_longer_needed: count.check(
          z.describe(
            'How many of these changes this run does not make, because they are not needed any more.',
          ),
        ),
      }),
    )
    .check(z.describe('What --approve did with the preview; absent in runs without it.')),
  items: z
    .array(itemSchema)
    .check(z.describe('One for each object, and for each indicator of which no object was made.')),
  checks: z
    .optional(z.array(z.object({ name: text, ok: z.boolean(), message: text })))
    .check(z.describe('What --check found, in the order of the checks; absent in other modes.')),
  error: z.nullable(z.object({ code: z.enum(ERROR_CODES), message: text })),
  activity_log: z
    .optional(
      z.object({
        status,
        data_requested: count,
        response_received: count,
        data_enriched: count,
      }),
    )
    .check(z.describe('The row of an activity log, which run_action.py adds.')),
});

export type Item = z.infer<typeof itemSchema>;
export type Result = z.infer<typeof resultSchema>;
export type Warning = Result['warnings'][number];
export type Mode = Result['mode'];
