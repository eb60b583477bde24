/** What to do about each reason and each warning, in one sentence, for the summary and the page. */
import type { Reason, WarningCode } from '../result/reasons.js';

export const ADVICE: Record<Reason, string> = {
  unsupported_type: 'Vision One has no such type; leave it out of the data collection.',
  invalid_value: 'Correct the value or its type in ThreatQ; each item says what is wrong with it.',
  missing_scheme: 'Choose another URL Scheme Handling to send URLs without a scheme.',
  duplicate: 'Nothing: it is sent once.',
  over_limit: 'Split the data collection: one run sends no more than this to the list.',
  already_listed: 'Nothing: it is on the list; Existing Objects says to leave it untouched.',
  no_room: 'Remove objects of this type from the list, or let them expire, then run again.',
  status: 'Whitelisted or Expired in ThreatQ: nothing, or set its status back to export it.',
  empty_file: 'Remove it from the data collection: every machine has empty files.',
  not_routable: 'Correct it in ThreatQ: a private or reserved address, perhaps one of your own.',
  public_suffix: 'Correct it in ThreatQ: it would block all names below it.',
  protected_host: 'Correct it in ThreatQ: it would cut off ThreatQ or Vision One.',
  on_exception_list: 'Decide which is right: remove the exception in Vision One, or the indicator.',
  excluded: 'Nothing, or take it out of the list that each item names.',
  list_full: 'Remove objects from the list in Vision One, then run again.',
  service_unavailable:
    'Do what the message says if it names a cause, or run again later; what was accepted stays so.',
  rate_limited: 'Run again later, or less often: Vision One allows no more requests for now.',
  no_answer: 'Run again; if it stays so, look at the proxy or gateway between here and Vision One.',
  time_limit: 'Run again, with a larger time_limit_minutes or fewer Objects Per Run.',
  interrupted: 'Run again: the run was told to stop.',
  no_access: 'Do what the error or the warning says, then run again.',
};

/** What to do about each warning. */
export const WARNING_ADVICE: Record<WarningCode, string> = {
  read_short: 'Run again; if it happens each time, tell the administrator of ThreatQ.',
  read_limit: 'Split the data collection, so that each part can be read in one run.',
  lists_unread:
    'Run the preview again once Vision One answers, and trust this one less until then.',
  may_evict: 'Turn on Protect Existing Objects, or remove objects of this type from the list.',
  unblocks: 'Decide which is right: the exception, or the entry on the Suspicious Object List.',
  removal_refused: 'Look at the data collection; --allow-large-removal removes the objects.',
  removal_skipped: 'Do what the message says, then run again.',
  exclusion_entries: 'Correct or remove the entries that the message names.',
  service_unavailable: 'Run again later.',
  rate_limited: 'Run again later, or less often.',
  no_answer:
    'Run again; if it stays so, check the proxy or gateway between this machine and the service.',
  time_limit: 'Run again, with a larger time_limit_minutes or fewer Objects Per Run.',
  interrupted: 'Run again.',
};

/** Vision One's own codes that are not about the object. */
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
    ? 'A filter (proxy, gateway) between here and Vision One refuses it: have it allowed there.'
    : 'Vision One refused it: correct it in ThreatQ, or leave it out.';
}

/** Of the HTTP statuses that become a reason, only 400 and 413 are Vision One's own answer. */
function isFromFilter(reason: string): boolean {
  return /^http_\d+$/.test(reason) && !['http_400', 'http_413'].includes(reason);
}
