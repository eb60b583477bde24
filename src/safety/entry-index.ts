/** What the indexes of exclusion lists share. */

/** Thrown for an invalid entry of an exclusion list. The message is a predicate: `is empty`. */
export class InvalidEntry extends Error {
  override name = 'InvalidEntry';
}

/**
 * Adds an entry to an index, unless an earlier list has the same entry.
 * @throws {InvalidEntry} if the entry is empty
 */
export function addEntry(index: Map<string, number>, entry: string, list: number): void {
  if (entry === '') throw new InvalidEntry('is empty');
  if (!index.has(entry)) index.set(entry, list);
}
