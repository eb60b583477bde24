/**
 * The settings of a run. manifest.yaml declares the same fields and options, with labels and defaults;
 * test/cli/manifest.test.ts compares the two.
 */
import * as z from 'zod/mini';

/** The options of the fields whose value decides what the code does. */
export const OPTIONS = {
  url_scheme_handling: ['http', 'https', 'both', 'skip'],
  port_handling: ['skip', 'strip'],
  existing_objects: ['changed', 'update', 'skip'],
  removed_indicators: ['keep', 'remove'],
  run_mode: ['export', 'preview', 'check'],
  scan_action: ['block', 'log', 'threatq_score', 'customer_settings'],
  risk_level: ['threatq_score', 'high', 'medium', 'low', 'customer_settings'],
  ioc_expiration: [
    '7',
    '15',
    '30',
    '45',
    '60',
    '75',
    '90',
    'never',
    'threatq_date',
    'customer_settings',
  ],
} as const;

/** The API Region whose address is that of API Endpoint. */
export const CUSTOM_REGION = 'custom';

/** A configuration by user field name, with its defaults filled in. */
export const settingsSchema = z.strictObject({
  api_region: z.string(),
  /** The address of Vision One; used only if the region is CUSTOM_REGION. */
  api_endpoint: z.exactOptional(z.string()),
  api_key: z.string(),
  url_scheme_handling: z.enum(OPTIONS.url_scheme_handling),
  /** The most objects that a run sends. */
  objects_per_run: z.int(),
  port_handling: z.enum(OPTIONS.port_handling),
  run_mode: z.enum(OPTIONS.run_mode),
  verify_ssl: z.boolean(),
  disable_proxies: z.boolean(),
  existing_objects: z.enum(OPTIONS.existing_objects),
  removed_indicators: z.enum(OPTIONS.removed_indicators),
  // Only the blocklist action has these.
  scan_action: z.exactOptional(z.enum(OPTIONS.scan_action)),
  risk_level: z.exactOptional(z.enum(OPTIONS.risk_level)),
  ioc_expiration: z.exactOptional(z.enum(OPTIONS.ioc_expiration)),
  /** The lowest scores of high and of medium risk. */
  high_from_score: z.exactOptional(z.number()),
  medium_from_score: z.exactOptional(z.number()),
  safety_checks: z.exactOptional(z.boolean()),
  protect_existing: z.exactOptional(z.boolean()),
  /** What is never exported; entries as in an exclusion file. */
  never_block: z.exactOptional(z.string()),
});

export type Settings = z.infer<typeof settingsSchema>;
