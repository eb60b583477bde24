/** Finds a substring of a value, with one look-up for each length that occurs and each position. */
import type { ObjectKey } from '../indicator/indicator.js';
import { EntryIndex, type FirstLists } from './first-lists.js';

/** A tree of a million substrings would need gigabytes; this needs as much memory as a set. */
export class SubstringIndex {
  readonly #byLength = new Map<number, EntryIndex>();
  /** The lengths of the entries for each type: a list for mail addresses must not slow down URLs. */
  readonly #lengths = new Map<ObjectKey, Set<number>>();

  constructor(private readonly lists: FirstLists) {}

  /** Adds an entry of the current list. It must not be empty. */
  add(entry: string): void {
    const { length } = entry;
    const index = this.#byLength.get(length) ?? new EntryIndex(this.lists);
    this.#byLength.set(length, index);
    index.add(entry);
    for (const type of this.lists.types) this.#lengthsFor(type).add(length);
  }

  /** The number of a list for the type that has a substring of a value. */
  find(value: string, type: ObjectKey): number | undefined {
    for (const length of this.#lengths.get(type) ?? []) {
      const index = this.#byLength.get(length);
      for (let at = 0; at + length <= value.length; at++) {
        const list = index?.findOne(value.slice(at, at + length), type);
        if (list !== undefined) return list;
      }
    }
    return undefined;
  }

  #lengthsFor(type: ObjectKey): Set<number> {
    const lengths = this.#lengths.get(type) ?? new Set();
    this.#lengths.set(type, lengths);
    return lengths;
  }
}
