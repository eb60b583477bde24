/** What a person should know before Vision One acts on it: contradictions between the lists. Pure. */

import type { ObjectKey } from '../indicator/indicator.js';
import type { Warning } from '../result/result.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import { targetOf } from '../safety/target.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { VisionOneObject } from '../vision-one/payload.js';

/** Adding an exception unblocks what is on the Suspicious Object List at the moment. */
export function unblocked(exceptions: ExceptionMatcher, suspicious: Iterable<Listed>): Warning[] {
  const warnings: Warning[] = [];
  for (const { key, value, scanAction, inExceptionList } of suspicious) {
    // What an exception outranks already is not blocked at the moment.
    if (inExceptionList) continue;
    // That the exception of a domain unblocks the senders in it is documented nowhere.
    const isMail = key === 'senderMailAddress';
    const exception = exceptions.covers(isMail ? { key, value } : targetOf({ [key]: value }));
    if (exception === undefined) continue;
    const action = scanAction ? `, with the scan action ${scanAction}` : '';
    const message = `${value} is on the Suspicious Object List${action}; the exception ${exception} takes precedence over it`;
    warnings.push({ code: 'unblocks', message, value });
  }
  return warnings;
}

const OURS = 'Source=ThreatQ';
const DAY_MS = 86_400_000;
/** What a tenant whose settings were never changed gives an object; where they were, nobody here knows. */
const CUSTOMER_DAYS = 30;

/**
 * What a full list may push out: the objects of the type that are closest to expiry, what the run
 * itself adds among them. Those without expiry are never pushed out.
 * @param listed the objects of the type that are on the list
 * @param sent what the run sends of the type
 * @param now milliseconds since the epoch
 */
export function evictions(
  key: ObjectKey,
  listed: Listed[],
  sent: Array<{ object: VisionOneObject; isNew: boolean }>,
  cap: number,
  now: number,
): Warning[] {
  const added = sent.filter(({ isNew }) => isNew).length;
  const over = listed.length + added - cap;
  if (over <= 0) return [];
  const refreshed = new Set(sent.map(({ object }) => object[key]?.toLowerCase()));
  const closest = [
    ...listed
      .filter(({ value }) => !refreshed.has(value.toLowerCase()))
      .map(({ expires, description }) => ({ expires, ours: description.startsWith(OURS) })),
    ...sent.map(({ object }) => ({ expires: expiryOf(object, now), ours: true })),
  ]
    .filter(({ expires }) => expires !== undefined)
    .sort((a, b) => (a.expires ?? 0) - (b.expires ?? 0))
    .slice(0, over);
  const ours = closest.filter((object) => object.ours).length;
  const message = `the list holds ${listed.length} objects of the type ${key} and ${added} are new: up to ${over} may be deleted by Vision One, those closest to expiry first; of these ${ours} came from ThreatQ and ${closest.length - ours} from others`;
  return [{ code: 'may_evict', message }];
}

/** When an object that is sent now expires; undefined where it never does. */
function expiryOf({ daysToExpiration: days = CUSTOMER_DAYS }: VisionOneObject, now: number) {
  return days < 0 ? undefined : now + days * DAY_MS;
}
