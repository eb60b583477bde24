/** Maps an indicator to the objects that are sent, or to a reason to skip it. Pure functions. */

import type { Checked } from '../indicator/checked.js';
import { checkValue, type Indicator, keyForType, type ObjectKey } from '../indicator/indicator.js';
import { meantType } from '../indicator/meant-type.js';
import { hasScheme } from '../indicator/url.js';
import type { Skip } from '../result/reasons.js';
import { suggestion } from '../text/suggest.js';
import type { List } from '../vision-one/lists.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import { daysToExpiration } from './expiration.js';
import type { Settings } from './settings.js';

/** What an indicator is mapped with. */
export interface MappingContext {
  list: List;
  settings: Settings;
  /** When the run began, in milliseconds since the epoch. */
  now: number;
}

export interface Mapped {
  /** One object, or two for a URL without a scheme if the settings ask for both schemes. */
  objects: VisionOneObject[];
  /** Why there is no object, or fewer than the settings ask for. */
  skipped?: Skip;
}

/** The schemes that a URL without one gets. */
const DEFAULT_SCHEMES = {
  http: ['http'],
  https: ['https'],
  both: ['http', 'https'],
  skip: [],
} as const;

type RiskLevel = NonNullable<VisionOneObject['riskLevel']>;

/** The risk level of a score; undefined without a score, or if the action has no such settings. */
function riskOf(score: number | null, settings: Settings): RiskLevel | undefined {
  const { high_from_score: high, medium_from_score: medium } = settings;
  if (score === null || high === undefined || medium === undefined) return undefined;
  if (score >= high) return 'high';
  return score >= medium ? 'medium' : 'low';
}

function riskLevel(settings: Settings, score: number | null): RiskLevel | undefined {
  const { risk_level: setting } = settings;
  if (setting === 'customer_settings') return undefined;
  return setting === 'threatq_score' ? riskOf(score, settings) : setting;
}

function scanAction(settings: Settings, score: number | null): VisionOneObject['scanAction'] {
  const { scan_action: setting } = settings;
  if (setting === 'customer_settings') return undefined;
  if (setting !== 'threatq_score') return setting;
  return riskOf(score, settings) === 'high' ? 'block' : 'log';
}

/**
 * An object with scan action, risk level and expiration, which an exception does not take. Instead of a
 * setting that is omitted, that of the tenant applies; Vision One refuses an empty value. Its fields are set one by
 * one, because an object that is made by spreading others takes more time and memory in Node 20.
 */
function objectOf(
  key: ObjectKey,
  value: string,
  indicator: Indicator,
  { list, settings, now }: MappingContext,
): VisionOneObject {
  const object: VisionOneObject = { [key]: value };
  if (!list.takesSettings) return object;
  const action = scanAction(settings, indicator.score);
  const risk = riskLevel(settings, indicator.score);
  const days = daysToExpiration(settings.ioc_expiration, indicator, now);
  if (action) object.scanAction = action;
  if (risk) object.riskLevel = risk;
  if (days !== undefined) object.daysToExpiration = days;
  return object;
}

/** Maps one indicator to objects without a description. It never throws. */
export function mapIndicator(indicator: Indicator, context: MappingContext): Mapped {
  const key = keyForType(indicator.type);
  if (!key) {
    const message = indicator.type
      ? `Vision One has no list entry for the type ${indicator.type}${suggestion(meantType(indicator.type))}`
      : 'the row has no type name, such as FQDN';
    return { objects: [], skipped: { reason: 'unsupported_type', message } };
  }
  const checks = checkedValues(key, indicator.value, context);
  // `checks` is empty only if a URL has no scheme and URL Scheme Handling is `skip`.
  if (checks.length === 0) {
    const message = 'the URL has no scheme, and URL Scheme Handling is "Don\'t Send IOC"';
    return { objects: [], skipped: { reason: 'missing_scheme', message } };
  }
  const mapped: Mapped = { objects: [] };
  for (const checked of checks) {
    if ('problem' in checked) {
      const message = `it cannot be sent as ${indicator.type}: ${checked.problem}`;
      mapped.skipped = { reason: 'invalid_value', message };
    } else {
      mapped.objects.push(objectOf(key, checked.value, indicator, context));
    }
  }
  return mapped;
}

/** One value, or one for each scheme that is put before a URL that has none. */
function checkedValues(
  key: ObjectKey,
  value: string,
  { list, settings }: MappingContext,
): Checked[] {
  const options = {
    wildcards: list.takesWildcards,
    stripsPort: settings.port_handling === 'strip',
  };
  if (key !== 'url' || hasScheme(value)) return [checkValue(key, value, options)];
  return schemesFor(value, list, settings).map((defaultScheme) =>
    checkValue(key, value, { ...options, defaultScheme }),
  );
}

/**
 * The schemes that a URL without one gets. As an exception with a wildcard it gets both, because in Trend
 * Micro's console an exception without a scheme covers every scheme.
 */
function schemesFor(value: string, list: List, settings: Settings): readonly string[] {
  const schemes = DEFAULT_SCHEMES[settings.url_scheme_handling];
  const isWildcard = list.takesWildcards && value.includes('*');
  return isWildcard && schemes.length > 0 ? DEFAULT_SCHEMES.both : schemes;
}
