/** Finds a substring of a value, with one look-up for each length that occurs and each position. */
import { addEntry } from './entry-index.js';

/** A tree of a million substrings would need gigabytes; this needs as much memory as a set. */
export class SubstringIndex {
  /** By length, then by substring, the number of the list. */
  readonly #byLength = new Map<number, Map<string, number>>();

  /** @throws {InvalidEntry} if the entry is empty */
  add(entry: string, list: number): void {
    const entries = this.#byLength.get(entry.length) ?? new Map<string, number>();
    this.#byLength.set(entry.length, entries);
    addEntry(entries, entry, list);
  }

  /** The number of a list that has a substring of a value. */
  find(value: string): number | undefined {
    for (const [length, entries] of this.#byLength) {
      for (let at = 0; at + length <= value.length; at++) {
        const list = entries.get(value.slice(at, at + length));
        if (list !== undefined) return list;
      }
    }
    return undefined;
  }
}
