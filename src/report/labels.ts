/** What readers see for the result's own words, and the order in which they want to see it. */
import type { Outcome } from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import { defang } from '../text/defang.js';

/** @returns `unsupported_type` as "Unsupported type"; Vision One's own codes as they are, de-fanged */
export function label(code: string): string {
  const words = code.replaceAll('_', ' ');
  return defang(/^[a-z]/.test(words) ? words.charAt(0).toUpperCase() + words.slice(1) : words);
}

const settings = new Set(['description', 'scanAction', 'riskLevel', 'daysToExpiration']);

/** @returns whether an item stands for taking an object off the list, not for adding it */
export function isRemoval(item: Item): boolean {
  return item.outcome === 'removed' || ('removal' in item && item.removal === true);
}

/** @returns how an item's outcome is called: what a preview would remove is not what it would send */
export function outcomeOf(item: Item): string {
  return item.outcome === 'planned' && isRemoval(item) ? 'Planned removal' : label(item.outcome);
}

/** @returns the outcome whose colour an item has */
export function styleOf(item: Item): Outcome {
  return item.outcome === 'planned' && isRemoval(item) ? 'removed' : item.outcome;
}

/** @returns how many objects a preview would take off the list */
export function plannedRemovals({ items }: Result): number {
  return items.filter((item) => item.outcome === 'planned' && isRemoval(item)).length;
}

/** @returns an error's problems, one a line where they are our own; a service's line ends are not ours */
export function problemsIn({ code, message }: NonNullable<Result['error']>): string[] {
  return code === 'invalid_input' ? message.split('\n') : [message];
}

/** @returns the key that names what Vision One got, and its value; nothing where no object was made */
export function sentAs(item: Item): { key: string; value: string } | undefined {
  const entry = Object.entries(item.object ?? {}).find(([key]) => !settings.has(key));
  return entry && { key: entry[0], value: String(entry[1]) };
}

/** @returns how the list that the action writes to is called in Vision One */
export function listName(result: Result): string {
  return result.target === 'exceptions' ? 'Exception List' : 'Suspicious Object List';
}

/**
 * @returns what the indicators came from: a data collection's name or else its hash, or hand-picked
 *   objects; undefined where a run failed before that was known
 */
export function originOf(result: Result): string | undefined {
  const { data_collection: collection, status, counts } = result;
  if (collection) return `data collection ${collection.name ?? collection.hash ?? ''}`.trimEnd();
  const unknown = status === 'Failed to Complete' && counts.read === 0;
  return unknown ? undefined : 'hand-picked objects';
}

/** @returns how often each key occurs, most frequent first */
export function tally<T, K extends string>(things: Iterable<T>, key: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const group = groups.get(key(thing));
    if (group) group.push(thing);
    else groups.set(key(thing), [thing]);
  }
  return new Map([...groups].sort((a, b) => b[1].length - a[1].length));
}
