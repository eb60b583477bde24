/**
 * What to do about each reason and each warning, for the summary, the page and the README. A code without
 * advice does not compile. Each text continues a line after a colon: it has no capital at its start and
 * no full stop.
 */
import { SUPPORTED_TYPES } from '../indicator/indicator.js';
import type { Reason, WarningCode } from '../result/reasons.js';

export const ADVICE: Record<Reason, string> = {
  unsupported_type: `no action needed if the type is right: only ${SUPPORTED_TYPES.join(', ')} can be sent`,
  invalid_value:
    'correct the value or its type in ThreatQ; the message of each item says what is wrong',
  missing_scheme: 'to send URLs without a scheme, choose another URL Scheme Handling',
  duplicate: 'no action needed: sent once',
  over_limit: 'run again, or raise Objects Per Run',
  already_listed: 'no action needed: on the list',
  listed_by_others: 'no action needed: on the list, added by another user or collection',
  no_room: 'remove objects of this type from the list, or raise the score of this one in ThreatQ',
  not_approved: 'make a new preview and approve it',
  left_collection: 'no action needed: no longer in the data collection',
  replaced: 'no action needed: an object with a higher score needed its place',
  status: 'no action needed; to export it, change its status in ThreatQ',
  expired: 'no action needed; to export it, set a later expiration date in ThreatQ',
  empty_file: 'remove it from the data collection: every machine has empty files',
  not_routable: 'correct it in ThreatQ: it is private or reserved, perhaps one of your own',
  public_suffix: 'correct it in ThreatQ: many owners have names below it',
  protected_host: 'correct it in ThreatQ: it would block ThreatQ or Vision One',
  on_exception_list:
    'remove what is wrong: the exception in Vision One, or the indicator in ThreatQ',
  excluded: 'no action needed; to export it, remove it from the list that the message names',
  list_full: 'remove objects from the list in Vision One, then run again',
  service_unavailable: 'run again later; if the message names a cause, correct that first',
  rate_limited: 'run again later, or less often: the service allows no more requests for now',
  no_answer:
    'run again; if it happens again, check the proxy or gateway between this machine and the service',
  time_limit: 'run again, with a larger time_limit_minutes or a smaller Objects Per Run',
  interrupted: 'run again: the run was interrupted',
  no_access: 'do what the error or the warning says, then run again',
};

export const WARNING_ADVICE: Record<WarningCode, string> = {
  empty_collection:
    'check the name or hash of the data collection, and that it is shared with the API client’s user; in a manual run, select indicators',
  no_room: 'remove objects of this type from the list, or make the data collection smaller',
  still_listed: 'set Removed Indicators to "Remove from the list", or remove them in Vision One',
  more_to_send: ADVICE.over_limit,
  evicted:
    'run again, and do not run two exports to the same Vision One at the same time when the list is nearly full',
  exception_too_wide: 'check that this exception is meant to cover the names of many owners',
  read_short: 'run again; if it happens each time, tell the administrator of ThreatQ',
  read_limit: 'split the data collection, so that each part can be read in one run',
  lists_unread:
    'run again when Vision One answers: this run did not know everything that is on the lists',
  may_evict: 'turn on Protect Existing Objects, or remove objects of this type from the list',
  unblocks: 'decide which is right: the exception, or the entry on the Suspicious Object List',
  removal_refused:
    'check the data collection; if the removal is intended, run again with --allow-large-removal',
  removal_skipped:
    'if objects should be removed, do what the message says, and run again with the data collection',
  exclusion_entries: 'correct or remove the entries that the message names',
  file_not_written:
    'make sure that it can be written, then run again; objects that were sent stay on the list',
  service_unavailable: ADVICE.service_unavailable,
  rate_limited: ADVICE.rate_limited,
  no_answer: ADVICE.no_answer,
  time_limit: ADVICE.time_limit,
  interrupted: 'run again',
};

/** Vision One's own codes of rejected objects that are not about the object. */
const SERVICE_ADVICE: Record<string, string> = {
  AccessDenied:
    'check the role of the API Key: it lacks a permission of Suspicious Object Management',
  InternalServerError: 'run again later: Vision One failed, not the object',
  TooManyRequests: 'run again later, or less often: Vision One allows no more requests for now',
};

const KNOWN_ADVICE = new Map<string, string>(Object.entries({ ...SERVICE_ADVICE, ...ADVICE }));

/** What to do about a reason of a result, which may also be an error code of Vision One. */
export function adviceFor(reason: string): string {
  const known = KNOWN_ADVICE.get(reason);
  if (known !== undefined) return known;
  return isFromFilter(reason)
    ? 'allow it in the filter (proxy or gateway) between this machine and Vision One, which refuses it'
    : 'correct it in ThreatQ, or leave it out: Vision One refused it';
}

/** Of the HTTP statuses that become a reason, only 400 and 413 are Vision One's own answer. */
function isFromFilter(reason: string): boolean {
  return /^http_\d+$/.test(reason) && !['http_400', 'http_413'].includes(reason);
}
