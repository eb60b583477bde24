/** Maps an indicator to the objects that are sent, or to a reason to skip it. Pure functions. */

import type { Checked } from '../indicator/checked.js';
import { checkValue, type Indicator, keyForType, type ObjectKey } from '../indicator/indicator.js';
import { hasScheme } from '../indicator/url.js';
import type { Skip } from '../result/reasons.js';
import type { List } from '../vision-one/lists.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import type { RiskLevel, Settings } from './settings.js';

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

/** Vision One's risk level for a score of 0 to 10. */
function riskLevelOf(score: number): 'high' | 'medium' | 'low' {
  if (score >= 9) return 'high';
  return score >= 7 ? 'medium' : 'low';
}

/** If a setting is omitted, the one of the tenant applies. Vision One refuses an empty value. */
function riskLevel(setting: RiskLevel | undefined, score: number | null) {
  if (setting === 'customer_settings' || setting === undefined) return {};
  if (setting !== 'threatq_score') return { riskLevel: setting };
  return score === null ? {} : { riskLevel: riskLevelOf(score) };
}

/** Scan action, risk level and expiration, which an exception does not take. */
function objectSettings(list: List, settings: Settings, score: number | null) {
  if (!list.takesSettings) return {};
  const { scan_action: scanAction, ioc_expiration: expiration } = settings;
  return {
    ...(scanAction && scanAction !== 'customer_settings' && { scanAction }),
    ...riskLevel(settings.risk_level, score),
    ...(expiration &&
      expiration !== 'customer_settings' && {
        daysToExpiration: expiration === 'never' ? -1 : Number(expiration),
      }),
  };
}

/** Maps one indicator to objects without a description. It never throws. */
export function mapIndicator(indicator: Indicator, list: List, settings: Settings): Mapped {
  const key = keyForType(indicator.type);
  if (!key) {
    const message = indicator.type
      ? `Vision One has no list entry for the type ${indicator.type}`
      : 'the indicator has no type name';
    return { objects: [], skipped: { reason: 'unsupported_type', message } };
  }
  const checks = checkedValues(key, indicator.value, list, settings);
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
      mapped.objects.push({
        [key]: checked.value,
        ...objectSettings(list, settings, indicator.score),
      });
    }
  }
  return mapped;
}

/** One value, or one for each scheme that is put before a URL that has none. */
function checkedValues(key: ObjectKey, value: string, list: List, settings: Settings): Checked[] {
  const { takesWildcards: wildcards } = list;
  if (key !== 'url' || hasScheme(value)) return [checkValue(key, value, { wildcards })];
  return schemesFor(value, list, settings).map((defaultScheme) =>
    checkValue(key, value, { wildcards, defaultScheme }),
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
