/**
 * The settings that the code switches on. Their options are declared in manifest.yaml; a test holds
 * the two together and fails when either side gains one.
 */
export const URL_SCHEME_HANDLING = ['http', 'https', 'both', 'skip'] as const;
export const SCAN_ACTION = ['block', 'log', 'customer_settings'] as const;
export const RISK_LEVEL = ['threatq_score', 'high', 'medium', 'low', 'customer_settings'] as const;
export const IOC_EXPIRATION = [
  '7',
  '15',
  '30',
  '45',
  '60',
  '75',
  '90',
  'never',
  'customer_settings',
] as const;

export const EXISTING_OBJECTS = ['update', 'skip'] as const;
export const REMOVED_INDICATORS = ['keep', 'remove'] as const;

export type UrlSchemeHandling = (typeof URL_SCHEME_HANDLING)[number];
export type ScanAction = (typeof SCAN_ACTION)[number];
export type RiskLevel = (typeof RISK_LEVEL)[number];
export type IocExpiration = (typeof IOC_EXPIRATION)[number];
export type ExistingObjects = (typeof EXISTING_OBJECTS)[number];
export type RemovedIndicators = (typeof REMOVED_INDICATORS)[number];

/** A configuration by user field name, checked and with its defaults filled in. */
export interface Settings {
  api_region: string;
  api_key: string;
  url_scheme_handling: UrlSchemeHandling;
  /** How many indicators a run reads from its data collection; 1 to 10,000. */
  objects_per_run: number;
  verify_ssl: boolean;
  disable_proxies: boolean;
  existing_objects: ExistingObjects;
  removed_indicators: RemovedIndicators;
  /** These five are the blocklist's alone. */
  scan_action?: ScanAction;
  risk_level?: RiskLevel;
  ioc_expiration?: IocExpiration;
  safety_checks?: boolean;
  protect_existing?: boolean;
}
