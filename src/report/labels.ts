/** What readers see for the codes of a result. */
import { OBJECT_KEYS, typeForKey } from '../indicator/indicator.js';
import {
  CHANGES,
  type Change,
  isRemoving,
  type Outcome,
  type WarningCode,
} from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import { defang } from '../text/defang.js';
import { formatCount, plural } from '../text/format.js';

/** `unsupported_type` becomes "Unsupported type". Vision One's own codes are only de-fanged. */
export function labelOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return defang(/^[a-z]/.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words);
}

/** The keys of an object as it is sent, except the key that names its type. */
const SETTING_KEYS = new Set(['description', 'scanAction', 'riskLevel', 'daysToExpiration']);

/** Whether an item is about removing an object from the list, not about adding it. */
export function isRemoval(item: Item): boolean {
  return 'change' in item && isRemoving(item.change);
}

/** The label of an item's outcome; a removal in a preview has its own. */
export function outcomeLabel(item: Item): string {
  return item.outcome === 'planned' && isRemoval(item) ? 'Planned removal' : labelOf(item.outcome);
}

/** The outcome whose colour and rank an item has: a planned removal is shown as a removal. */
export function displayedOutcome(item: Item): Outcome {
  return item.outcome === 'planned' && isRemoval(item) ? 'removed' : item.outcome;
}

/** How many objects a preview would remove from the list. */
export function countPlannedRemovals({ items }: Result): number {
  return items.filter((item) => item.outcome === 'planned' && isRemoval(item)).length;
}

/** Reasons of objects that are on the list and stay as they are. */
const UNCHANGED: readonly string[] = ['already_listed', 'listed_by_others'];

/**
 * What the run does, or would do, with the object of an item: a change, or `unchanged` for an object that is
 * on the list and stays as it is. Undefined for an item that is about no object on the list.
 */
export function changeOf(item: Item): Change | 'unchanged' | undefined {
  if ('change' in item && item.change !== undefined) return item.change;
  return 'reason' in item && UNCHANGED.includes(item.reason) ? 'unchanged' : undefined;
}

/** The plan of a run in one line, as `terraform plan` has it: `3 to add, 5 to change, …; 9,947 unchanged`. */
export function planLine({ items, counts }: Result): string {
  const count = (change: Change) =>
    items.filter((item) => 'change' in item && item.change === change).length;
  const shown = CHANGES.filter((change) => change !== 'replace' || count(change) > 0);
  const parts = shown.map((change) => `${formatCount(count(change))} to ${change}`);
  return `${parts.join(', ')}; ${formatCount(countUnchanged(counts))} unchanged`;
}

/** How many objects are on the list and stay as they are. */
export function countUnchanged({ by_reason }: Result['counts']): number {
  return UNCHANGED.reduce((sum, code) => sum + (by_reason[code] ?? 0), 0);
}

/** How many changes the approved preview has, and how many are not needed; undefined without one. */
export function approvalLine({ approval }: Result): string | undefined {
  if (!approval) return undefined;
  const { run_id, changes, no_longer_needed } = approval;
  const rest =
    no_longer_needed > 0
      ? `, of which ${formatCount(no_longer_needed)} ${no_longer_needed === 1 ? 'is' : 'are'} no longer needed`
      : '';
  return `approved: the preview ${run_id} with ${plural(changes, 'change')}${rest}`;
}

/** Warnings that a run can have although nothing failed, and that need a decision: they come first. */
export const ATTENTION: readonly WarningCode[] = [
  'file_not_written',
  'evicted',
  'removal_refused',
  'empty_collection',
  'no_room',
  'read_short',
  'read_limit',
  'still_listed',
  'more_to_send',
];

/** Whether a run has a warning that needs a decision. */
export function needsAttention({ warnings }: Result): boolean {
  return warnings.some(({ code }) => ATTENTION.includes(code));
}

/**
 * The problems of an error. Only `invalid_input` has one on each line: in the message of any other
 * error, line ends may come from a service.
 */
export function problemsIn({ code, message }: NonNullable<Result['error']>): string[] {
  return code === 'invalid_input' ? message.split('\n') : [message];
}

/** The type and the value of the object that was made for an item; undefined if none was made. */
export function sentObject(item: Item): { key: string; value: string } | undefined {
  const entry = Object.entries(item.object ?? {}).find(([key]) => !SETTING_KEYS.has(key));
  return entry && { key: entry[0], value: String(entry[1]) };
}

/** A type of the facts about the list, by ThreatQ's name. The list with one cap for all types has `all`. */
export function listTypeLabel(type: string): string {
  if (type === 'all') return 'All types';
  const key = OBJECT_KEYS.find((one) => one === type);
  return key === undefined ? defang(type) : typeForKey(key);
}

/** Vision One's name of the list that the action writes to. */
export function listName({ target }: Result): string {
  return target === 'exceptions' ? 'Exception List' : 'Suspicious Object List';
}

/**
 * Where the indicators came from: the name of the data collection (its hash if it has no name), or
 * selected objects; undefined if the run failed before that was known.
 */
export function originLabel(result: Result): string | undefined {
  const { data_collection: collection, status, counts, vision_one } = result;
  if (collection) return `data collection ${collection.name ?? collection.hash ?? ''}`.trimEnd();
  const isUnknown = vision_one === null || (status === 'Failed to Complete' && counts.read === 0);
  return isUnknown ? undefined : 'selected objects';
}
