/** An indicator becomes the objects that are sent, or a typed reason why not. Pure. */

import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import {
  type Checked,
  checkDomain,
  checkHash,
  checkIp,
  checkMail,
  checkUrl,
  hasScheme,
} from '../indicator/validate.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { describeIndicator } from './description.js';
import type { RiskLevel, Settings } from './settings.js';

export interface Mapped {
  /** One object; two for a URL without a scheme under "both". */
  objects: VisionOneObject[];
  /** Why nothing, or less than was asked for, comes of the indicator. */
  skipped?: { reason: 'unsupported_type' | 'invalid_value' | 'missing_scheme'; message: string };
}

interface Kind {
  key: ObjectKey;
  check: (value: string, wildcards: boolean) => Checked;
}

/** ThreatQ's types, by their exact names, as Vision One has them. */
const KINDS: Record<string, Kind> = {
  FQDN: { key: 'domain', check: checkDomain },
  'IP Address': { key: 'ip', check: checkIp },
  'IPv6 Address': { key: 'ip', check: checkIp },
  // For URLs with a scheme; what is put before the others is a setting.
  URL: { key: 'url', check: (value, wildcards) => checkUrl(value, '', wildcards) },
  'Email Address': { key: 'senderMailAddress', check: checkMail },
  'SHA-1': { key: 'fileSha1', check: (value) => checkHash(value, 40) },
  'SHA-256': { key: 'fileSha256', check: (value) => checkHash(value, 64) },
};

const SCHEMES_APPLIED = { http: ['http'], https: ['https'], both: ['http', 'https'] };

/** ThreatQ's types that can be exported. */
export const SUPPORTED_TYPES = Object.keys(KINDS);

/** Vision One's type for one of ThreatQ's; undefined where it has none. */
export function keyForType(type: string): ObjectKey | undefined {
  return Object.hasOwn(KINDS, type) ? KINDS[type]?.key : undefined;
}

/** Vision One's risk level for a score of 0 to 10. */
function riskLevelOf(score: number): 'high' | 'medium' | 'low' {
  if (score >= 9) return 'high';
  return score >= 7 ? 'medium' : 'low';
}

/** The key left out means: as the customer's settings say. An empty one would be refused. */
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

/**
 * Maps one indicator; it never throws.
 * @param collection as in describe
 */
export function mapIndicator(
  indicator: Indicator,
  list: List,
  settings: Settings,
  collection: string | undefined,
): Mapped {
  const kind = Object.hasOwn(KINDS, indicator.type) ? KINDS[indicator.type] : undefined;
  if (!kind) {
    const message = indicator.type
      ? `Vision One has no list entry for the type ${indicator.type}`
      : 'the indicator has no type name';
    return { objects: [], skipped: { reason: 'unsupported_type', message } };
  }
  const { value } = indicator;
  let checks: Checked[];
  if (kind.key !== 'url' || hasScheme(value)) {
    checks = [kind.check(value, list.takesWildcards)];
  } else if (settings.url_scheme_handling === 'skip') {
    const message = 'the URL has no scheme, and URL Scheme Handling is "Don\'t Send IOC"';
    return { objects: [], skipped: { reason: 'missing_scheme', message } };
  } else {
    const schemes = SCHEMES_APPLIED[settings.url_scheme_handling];
    checks = schemes.map((scheme) => checkUrl(value, scheme, list.takesWildcards));
  }

  const mapped: Mapped = { objects: [] };
  for (const checked of checks) {
    if ('problem' in checked) {
      const message = `not sent as ${indicator.type}: ${checked.problem}`;
      mapped.skipped = { reason: 'invalid_value', message };
    } else {
      mapped.objects.push({
        [kind.key]: checked.value,
        description: describeIndicator(indicator, collection),
        ...objectSettings(list, settings, indicator.score),
      });
    }
  }
  return mapped;
}

/**
 * What makes two objects the same: type and value. Values were mended to one spelling already, but
 * for a mail address, whose local part mail systems in use do not tell apart by case.
 */
export function identityOf(object: VisionOneObject): string {
  const key = objectKeyOf(object);
  const value = object[key] ?? '';
  return `${key}\n${key === 'senderMailAddress' ? value.toLowerCase() : value}`;
}
