/** What a person should know before Vision One acts on it: contradictions between the lists. Pure. */
import type { Coverage } from '../safety/coverage.js';
import { targetOf } from '../safety/hosts.js';
import type { Listed } from '../vision-one/listing.js';
import type { ObjectKey } from '../vision-one/objects.js';
import type { Result } from './result.js';

export type Warning = Result['warnings'][number];

/** Adding an exception unblocks what is on the Suspicious Object List at the moment. */
export function unblocked(exceptions: Coverage, suspicious: Iterable<Listed>): Warning[] {
  const warnings: Warning[] = [];
  for (const { key, value, scanAction, inExceptionList } of suspicious) {
    // What an exception outranks already is not blocked at the moment.
    if (inExceptionList) continue;
    const exception = exceptions.covers(targetOf({ [key]: value }));
    if (exception === undefined) continue;
    const action = scanAction ? `, with the scan action ${scanAction}` : '';
    const message = `${value} is on the Suspicious Object List${action}; the exception ${exception} takes precedence over it`;
    warnings.push({ code: 'unblocked', message, value });
  }
  return warnings;
}

const OURS = 'Source=ThreatQ';

/**
 * What a full list may push out: the objects of the type that are closest to expiry. Those without
 * expiry are never pushed out.
 * @param added how many new objects of the type are sent
 */
export function evictions(key: ObjectKey, listed: Listed[], added: number, cap: number): Warning[] {
  const over = listed.length + added - cap;
  if (over <= 0) return [];
  const closest = listed
    .filter(({ expires }) => expires !== undefined)
    .sort((a, b) => (a.expires ?? 0) - (b.expires ?? 0))
    .slice(0, over);
  const ours = closest.filter(({ description }) => description.startsWith(OURS)).length;
  const message = `the list holds ${listed.length} objects of the type ${key} and ${added} are new: up to ${over} may be deleted by Vision One, those closest to expiry first; of these ${ours} came from ThreatQ and ${closest.length - ours} from others`;
  return [{ code: 'eviction', message }];
}
