/**
 * What to do about each reason and each warning, for the summary and the page. A code without advice
 * does not compile.
 */
import type { Reason, WarningCode } from '../result/reasons.js';

export const ADVICE: Record<Reason, string> = {
  unsupported_type: 'Vision One does not support this type: leave it out of the data collection.',
  invalid_value:
    'Correct the value or its type in ThreatQ; the message of each item says what is wrong.',
  missing_scheme: 'Choose another URL Scheme Handling to send URLs without a scheme.',
  duplicate: 'Nothing to do: the object is sent once.',
  over_limit: 'Run again, or raise Objects Per Run.',
  already_listed: 'Nothing to do: it is on the list.',
  listed_by_others: 'Nothing to do: it is on the list, and only its owner changes its settings.',
  no_room: 'Remove objects of this type from the list, or raise the score of this one in ThreatQ.',
  not_approved: 'Make a new preview and approve it.',
  left_collection: 'Nothing to do: the object is no longer in the data collection.',
  replaced: 'Nothing to do, or raise its score in ThreatQ to keep it on the list.',
  status: 'Nothing to do, or set the status in ThreatQ back to export it.',
  expired: 'Nothing to do, or set a later expiration date in ThreatQ to export it.',
  empty_file: 'Remove it from the data collection: every machine has empty files.',
  not_routable: 'Correct it in ThreatQ: it is private or reserved, perhaps one of your own.',
  public_suffix: 'Correct it in ThreatQ: many owners have names below it.',
  protected_host: 'Correct it in ThreatQ: it would block ThreatQ or Vision One.',
  on_exception_list:
    'Decide which is right: remove the exception in Vision One, or the indicator in ThreatQ.',
  excluded: 'Nothing to do, or remove it from the list that the message names.',
  list_full: 'Remove objects from the list in Vision One, then run again.',
  service_unavailable:
    'Do what the message says if it names a cause, or run again later; accepted objects stay on the list.',
  rate_limited: 'Run again later, or less often: the service allows no more requests for now.',
  no_answer:
    'Run again; if it happens again, check the proxy or gateway between this machine and the service.',
  time_limit: 'Run again, with a larger time_limit_minutes or a smaller Objects Per Run.',
  interrupted: 'Run again: the run was interrupted.',
  no_access: 'Do what the error or the warning says, then run again.',
};

export const WARNING_ADVICE: Record<WarningCode, string> = {
  no_room: 'Remove objects of this type from the list, or make the data collection smaller.',
  still_listed: 'Set Removed Indicators to "Remove from the list", or remove them in Vision One.',
  more_to_send: 'Run again, or raise Objects Per Run.',
  evicted:
    'Run again, and do not run two exports to the same Vision One at the same time when the list is nearly full.',
  exception_too_wide: 'Check that this exception is meant to cover the names of many owners.',
  read_short: 'Run again; if it happens each time, tell the administrator of ThreatQ.',
  read_limit: 'Split the data collection, so that each part can be read in one run.',
  lists_unread:
    'Run again when Vision One answers: this run did not know everything that is on the lists.',
  may_evict: 'Turn on Protect Existing Objects, or remove objects of this type from the list.',
  unblocks: 'Decide which is right: the exception, or the entry on the Suspicious Object List.',
  removal_refused:
    'Check the data collection; if the removal is intended, run again with --allow-large-removal.',
  removal_skipped:
    'If objects should be removed, do what the message says, and run again with the data collection.',
  exclusion_entries: 'Correct or remove the entries that the message names.',
  file_not_written:
    'Make sure that it can be written, then run again; objects that were sent stay on the list.',
  service_unavailable: 'Do what the message says if it names a cause, or run again later.',
  rate_limited: ADVICE.rate_limited,
  no_answer: ADVICE.no_answer,
  time_limit: ADVICE.time_limit,
  interrupted: 'Run again.',
};

/** Vision One's own codes of rejected objects that are not about the object. */
const SERVICE_ADVICE: Record<string, string> = {
  AccessDenied:
    'Check the role of the API Key: it lacks a permission of Suspicious Object Management.',
  InternalServerError: 'Run again later: Vision One failed, not the object.',
  TooManyRequests: 'Run again later, or less often: Vision One allows no more requests for now.',
};

const KNOWN_ADVICE = new Map<string, string>(Object.entries({ ...SERVICE_ADVICE, ...ADVICE }));

/** What to do about a reason of a result, which may also be an error code of Vision One. */
export function adviceFor(reason: string): string {
  const known = KNOWN_ADVICE.get(reason);
  if (known !== undefined) return known;
  return isFromFilter(reason)
    ? 'A filter (proxy or gateway) between this machine and Vision One refuses it: allow it there.'
    : 'Vision One refused it: correct it in ThreatQ, or leave it out.';
}

/** Of the HTTP statuses that become a reason, only 400 and 413 are Vision One's own answer. */
function isFromFilter(reason: string): boolean {
  return /^http_\d+$/.test(reason) && !['http_400', 'http_413'].includes(reason);
}
