/**
 * The settings of a run. manifest.yaml declares the same fields and options, with labels and defaults;
 * test/cli/manifest.test.ts compares the two.
 */
import * as z from 'zod/mini';

/** The options of the fields whose value decides what the code does. */
export const OPTIONS = {
  url_scheme_handling: ['http', 'https', 'both', 'skip'],
  existing_objects: ['changed', 'update', 'skip'],
  removed_indicators: ['keep', 'remove'],
  scan_action: ['block', 'log', 'customer_settings'],
  risk_level: ['threatq_score', 'high', 'medium', 'low', 'customer_settings'],
  ioc_expiration: ['7', '15', '30', '45', '60', '75', '90', 'never', 'customer_settings'],
} as const;

/** A configuration by user field name, with its defaults filled in. */
export const settingsSchema = z.strictObject({
  api_region: z.string(),
  api_key: z.string(),
  url_scheme_handling: z.enum(OPTIONS.url_scheme_handling),
  /** The most objects that a run sends. */
  objects_per_run: z.int(),
  verify_ssl: z.boolean(),
  disable_proxies: z.boolean(),
  existing_objects: z.enum(OPTIONS.existing_objects),
  removed_indicators: z.enum(OPTIONS.removed_indicators),
  // Only the blocklist action has these.
  scan_action: z.exactOptional(z.enum(OPTIONS.scan_action)),
  risk_level: z.exactOptional(z.enum(OPTIONS.risk_level)),
  ioc_expiration: z.exactOptional(z.enum(OPTIONS.ioc_expiration)),
  safety_checks: z.exactOptional(z.boolean()),
  protect_existing: z.exactOptional(z.boolean()),
});

export type Settings = z.infer<typeof settingsSchema>;
export type RiskLevel = NonNullable<Settings['risk_level']>;
