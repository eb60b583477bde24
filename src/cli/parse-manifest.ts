/** Parses the text of manifest.yaml. Loaded only if the text is not the one that the build has parsed. */
import { parse } from 'yaml';
import * as z from 'zod/mini';

const optionSchema = z.strictObject({ label: z.string(), value: z.string() });

const fieldSchema = z.strictObject({
  name: z.string(),
  label: z.string(),
  type: z.enum(['text', 'select', 'number', 'boolean']),
  /** Also says that it is a check box, as public ThreatQ definitions do. */
  boolean: z.optional(z.literal(true)),
  description: z.string(),
  required: z.boolean(),
  default: z.optional(z.union([z.string(), z.number(), z.boolean()])),
  /** Whether it is a secret, whose value ThreatQ masks and no output shows. */
  mask: z.optional(z.boolean()),
  options: z.optional(z.array(optionSchema)),
  min: z.optional(z.number()),
  max: z.optional(z.number()),
});

const actionSchema = z.strictObject({
  feed_type: z.literal('action'),
  namespace: z.string(),
  category: z.string(),
  description: z.string(),
  object_types: z.array(z.strictObject({ name: z.string(), subtypes: z.array(z.string()) })),
  user_fields: z.array(fieldSchema),
  'x-runtime': z.strictObject({ entrypoint: z.string() }),
});

const manifestSchema = z.strictObject({
  version: z.string(),
  required_threatq_version: z.string(),
  name: z.string(),
  author: z.string(),
  description: z.string(),
  'x-runtime': z.strictObject({ language: z.string(), node: z.string() }),
  feeds: z.record(z.string(), actionSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** @throws if the text is not that of a manifest of this bundle */
export function parseManifest(text: string): Manifest {
  return z.parse(manifestSchema, parse(text));
}
