/**
 * The vocabulary of a result: all words that a program may read. A new reason or warning code does not
 * compile until report/advice.ts has advice for it.
 */

/** Outcomes of indicators and objects, in the order of every display: the worst first. */
export const OUTCOMES = [
  'rejected',
  'unsent',
  'skipped',
  'removed',
  'accepted',
  'planned',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/**
 * What a run does with an object on the list: it adds it, sends it with other settings, sends it again
 * before it expires, removes it, or removes it because an object with a higher score needs its place.
 */
export const CHANGES = ['add', 'change', 'renew', 'remove', 'replace'] as const;
export type Change = (typeof CHANGES)[number];
/** The changes that send an object, in the order in which a run makes them. */
export type Sending = Exclude<Change, Removing>;
/** The changes that remove an object. */
export type Removing = 'remove' | 'replace';

export function isRemoving(change: Change | undefined): change is Removing {
  return change === 'remove' || change === 'replace';
}

/** Why nothing is sent for an indicator, or for one of its objects. */
export const SKIP_REASONS = [
  'unsupported_type',
  'invalid_value',
  'missing_scheme',
  'duplicate',
  'status',
  'expired',
  'not_routable',
  'public_suffix',
  'protected_host',
  'empty_file',
  'on_exception_list',
  'excluded',
  'already_listed',
  'listed_by_others',
  'no_room',
  'over_limit',
  'not_approved',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];

/** Why an object is removed from the list: one of these, or the reason of the check that leaves it out. */
export const REMOVAL_REASONS = ['left_collection', 'replaced', ...SKIP_REASONS] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** The message of `left_collection`. A planned removal has no reason, but it has this message. */
export const LEFT_COLLECTION = 'the data collection no longer has it';

/** Why nothing is sent for one indicator or object. */
export interface Skip {
  reason: SkipReason;
  /** Whole clauses for people, without a full stop at the end. */
  message: string;
}

/** Why a run, or its part at one service, ends early although another run may succeed. */
export const ENDED_EARLY = [
  'service_unavailable',
  'rate_limited',
  'no_answer',
  'time_limit',
  'interrupted',
] as const;

/** Why a request is not sent, or not sent again. */
export const STOP_REASONS = [...ENDED_EARLY, 'no_access'] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** Why an object that should have been sent was not. */
export const UNSENT_REASONS = ['list_full', ...STOP_REASONS] as const;
export type UnsentReason = (typeof UNSENT_REASONS)[number];

/**
 * Every reason that this program gives. A rejected item carries Vision One's own error code instead,
 * or `http_<status>`: these are the only codes that are not listed here.
 */
export type Reason = SkipReason | RemovalReason | UnsentReason;

/** What the user should check although nothing failed because of it. */
export const WARNING_CODES = [
  'empty_collection',
  'no_room',
  'read_short',
  'still_listed',
  'more_to_send',
  'read_limit',
  'lists_unread',
  'evicted',
  'may_evict',
  'unblocks',
  'exception_too_wide',
  'removal_refused',
  'removal_skipped',
  'exclusion_entries',
  'file_not_written',
  ...ENDED_EARLY,
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** Why a run could not continue. */
export const ERROR_CODES = [
  'invalid_input',
  'internal_error',
  'check_failed',
  'threatq_unavailable',
  'threatq_unreadable',
  'threatq_credentials',
  'threatq_refused',
  'data_collection_not_found',
  'data_collection_ambiguous',
  ...STOP_REASONS,
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];
