/** Compares an object that a data collection asks for with the same object on the list. Pure functions. */
import type { Sending, Skip } from '../result/reasons.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import { isOfVersion1, ownerTagIn } from './description.js';
import { DAY_MS } from './expiration.js';
import type { Settings } from './settings.js';

/**
 * Whose object it is on the list: ours (this action added it from this data collection), a sibling's
 * (this bundle added it from another collection or with another action), adoptable (version 1.0.1 added it), or somebody else's.
 */
export type Owner = 'ours' | 'adoptable' | 'sibling' | 'other';

/** @param ownerTag the data collection's ownership tag; undefined for a manual run, which owns nothing */
export function ownerOf({ description }: Listed, ownerTag: string | undefined): Owner {
  const tag = ownerTagIn(description);
  if (tag !== undefined) return tag === ownerTag ? 'ours' : 'sibling';
  return isOfVersion1(description) && ownerTag !== undefined ? 'adoptable' : 'other';
}

const PREFERENCE: readonly Owner[] = ['ours', 'adoptable', 'sibling', 'other'];

/**
 * The listed spelling of an object that a run compares it with: ours, else an adoptable one, else a
 * sibling's; of several with the same kind of owner, the one with the same spelling.
 */
export function chooseListed(
  spellings: readonly Listed[],
  value: string,
  ownerTag: string | undefined,
): Listed | undefined {
  if (spellings.length <= 1) return spellings[0];
  const order = (listed: Listed) => [
    PREFERENCE.indexOf(ownerOf(listed, ownerTag)),
    Number(listed.value !== value),
    Number(listed.value.toLowerCase() !== value.toLowerCase()),
  ];
  const [first] = spellings.toSorted((a, b) => {
    const [left, right] = [order(a), order(b)];
    const at = left.findIndex((each, index) => each !== right[index]);
    return at === -1 ? (a.value < b.value ? -1 : 1) : (left[at] ?? 0) - (right[at] ?? 0);
  });
  return first;
}

/** The default of a Vision One tenant. Whether it was changed cannot be read. */
const CUSTOMER_DAYS = 30;
/** Vision One accepts at most 365 days: a later date probably means "never". */
const PERMANENT_AFTER_MS = 400 * DAY_MS;

export interface CompareContext {
  list: List;
  existing: Settings['existing_objects'];
  /** Whether objects of somebody else are left as they are. */
  protects: boolean;
  ownerTag: string | undefined;
  /** Milliseconds since the epoch, by Vision One's clock. */
  now: number;
}

/** What the run does with an object that is listed. */
export type Comparison = { change: Exclude<Sending, 'add'> } | { skip: Skip };

export function compare(
  object: VisionOneObject,
  listed: Listed,
  { list, existing, protects, ownerTag, now }: CompareContext,
): Comparison {
  const unchanged: Comparison = {
    skip: { reason: 'already_listed', message: `it is on the ${list.title} already` },
  };
  if (existing === 'skip') return unchanged;
  switch (ownerOf(listed, ownerTag)) {
    case 'adoptable':
      return { change: 'change' };
    case 'sibling':
      if (isStronger(object, listed)) return { change: 'change' };
      return leftToOthers(`another action or data collection added it to the ${list.title}`);
    case 'other':
      if (protects)
        return leftToOthers(`somebody else or a manual run added it to the ${list.title}`);
      break;
    case 'ours':
      break;
  }
  if (differs(object, listed, now)) return { change: 'change' };
  return existing === 'update' || isHalfExpired(object, listed, now)
    ? { change: 'renew' }
    : unchanged;
}

function leftToOthers(message: string): Comparison {
  return { skip: { reason: 'listed_by_others', message: `${message}, so it is left as it is` } };
}

/** Whether the scan action, the risk level, or whether it expires at all, is not as asked for. */
function differs(object: VisionOneObject, listed: Listed, now: number): boolean {
  const { scanAction, riskLevel, daysToExpiration: days } = object;
  return (
    (scanAction !== undefined && scanAction !== listed.scanAction?.toLowerCase()) ||
    (riskLevel !== undefined && riskLevel !== listed.riskLevel?.toLowerCase()) ||
    (days !== undefined && days < 0 !== isPermanent(listed, now))
  );
}

const ACTIONS: readonly (string | undefined)[] = ['log', 'block'];
const LEVELS: readonly (string | undefined)[] = ['low', 'medium', 'high'];

/** Whether an object asks for more than what is listed: block instead of log, else a higher risk level. */
function isStronger({ scanAction, riskLevel }: VisionOneObject, listed: Listed): boolean {
  // The default of the tenant may be weaker than what is listed, except if that is the weakest action.
  if (scanAction === undefined && listed.scanAction?.toLowerCase() !== ACTIONS[0]) return false;
  const action = strength(ACTIONS, scanAction, listed.scanAction);
  return action === 0 ? strength(LEVELS, riskLevel, listed.riskLevel) > 0 : action > 0;
}

/** More than 0 if the asked word is stronger than the listed one; 0 if one of them is not known. */
function strength(
  order: readonly (string | undefined)[],
  asked: string | undefined,
  listed: string | undefined,
): number {
  const [a, b] = [order.indexOf(asked), order.indexOf(listed?.toLowerCase())];
  return a === -1 || b === -1 ? 0 : a - b;
}

/** Whether an object never expires. It is not documented how the list shows that. */
function isPermanent({ expires }: Listed, now: number): boolean {
  return expires === undefined || expires > now + PERMANENT_AFTER_MS;
}

/**
 * Whether fewer than half of the days that are asked for are left, and sending it again would move its
 * expiration. The list shows it rounded to midnight (Trend's public description of the API), so of one day
 * a moment is left at once.
 */
function isHalfExpired(
  { daysToExpiration: days = CUSTOMER_DAYS }: VisionOneObject,
  listed: Listed,
  now: number,
): boolean {
  if (listed.expires === undefined || isPermanent(listed, now)) return false;
  const renewed = Math.floor((now + days * DAY_MS) / DAY_MS) * DAY_MS;
  return listed.expires - now < (days * DAY_MS) / 2 && renewed > listed.expires;
}

/** When an object that is sent now expires, in milliseconds since the epoch; undefined if it never does. */
export function expiryOf({ daysToExpiration: days = CUSTOMER_DAYS }: VisionOneObject, now: number) {
  return days < 0 ? undefined : now + days * DAY_MS;
}
