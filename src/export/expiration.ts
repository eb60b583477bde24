/** When an object leaves the list by itself. Pure functions. */
import type { Indicator } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import type { Settings } from './settings.js';

export const DAY_MS = 86_400_000;
/** The most days that Vision One accepts (Trend's public description of the v3.0 API). */
const MAX_DAYS = 365;
/** For an indicator without an expiration date: the default of IOC Expiration. */
const DAYS_WITHOUT_DATE = 30;
/** What Vision One takes for "never". */
const NEVER = -1;

/**
 * An object's days to expiration.
 * @param now in milliseconds since the epoch
 * @returns whole days, −1 for never; undefined if the setting of the tenant applies
 */
export function daysToExpiration(
  setting: Settings['ioc_expiration'],
  indicator: Indicator,
  now: number,
): number | undefined {
  switch (setting) {
    case undefined:
    case 'customer_settings':
      return undefined;
    case 'never':
      return NEVER;
    case 'threatq_date':
      return daysUntilDate(indicator, now);
    default:
      return Number(setting);
  }
}

/** The whole days until ThreatQ's date. Vision One accepts from 1 day; what 0 days mean is not documented. */
function daysUntilDate({ expires }: Indicator, now: number): number {
  const date = timeOf(expires);
  if (date === undefined) return DAYS_WITHOUT_DATE;
  return Math.min(MAX_DAYS, Math.max(1, Math.floor((date - now) / DAY_MS)));
}

/** Why an indicator whose date has passed is not sent; undefined if ThreatQ's date does not count, or has not passed. */
export function expiredSkip(
  { ioc_expiration }: Settings,
  { expires }: Indicator,
  now: number,
): Skip | undefined {
  if (ioc_expiration !== 'threatq_date') return undefined;
  const date = timeOf(expires);
  if (date === undefined || date > now) return undefined;
  return { reason: 'expired', message: `its expiration date in ThreatQ is ${expires} (UTC)` };
}

const TIME =
  /^(?<date>\d{4}-\d\d-\d\d)(?:[T ](?<time>\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)?(?: ?(?:Z|UTC|(?<offset>[+-]\d\d(?::?\d\d)?)))?$/i;

/** ThreatQ's times are UTC without a zone. Any other text, such as a date of zeros, is no time. */
function timeOf(text: string | null): number | undefined {
  const { date, time = '00:00', offset } = TIME.exec(text?.trim() ?? '')?.groups ?? {};
  if (date === undefined) return undefined;
  const zone = offset ? `${offset.replace(':', '')}00`.slice(0, 5) : '+0000';
  const milliseconds = Date.parse(`${date}T${time}${zone.slice(0, 3)}:${zone.slice(3)}`);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}
