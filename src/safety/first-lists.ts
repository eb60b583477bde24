/**
 * Which list has an entry. Lists are for some types of objects only, so the first list that has an entry
 * can be another one for each type. Equal records are kept once, and an index keeps the number of a record
 * for each entry: a number takes no memory of its own in a map.
 */
import type { ObjectKey } from '../indicator/indicator.js';

/** The number of the first list that has an entry, for each type. */
type FirstList = Partial<Record<ObjectKey, number>>;

export class FirstLists {
  readonly #records: FirstList[] = [];
  #list = 0;
  #types: readonly ObjectKey[] = [];
  /** The record that replaces another one when the current list has the entry too. */
  readonly #replaced = new Map<number | undefined, number>();

  /** The number of the current list. */
  get list(): number {
    return this.#list;
  }

  /** The types that the current list is for. */
  get types(): readonly ObjectKey[] {
    return this.#types;
  }

  /** Makes a list the current one. The lists are added one after the other. */
  begin(list: number, types: readonly ObjectKey[]): void {
    this.#list = list;
    this.#types = types;
    this.#replaced.clear();
  }

  /**
   * The number of the record for an entry that the current list has.
   * @param record for the earlier lists; undefined if none of them has the entry
   */
  withCurrentList(record: number | undefined): number {
    const known = this.#replaced.get(record);
    if (known !== undefined) return known;
    const replaced = this.#extended(record);
    this.#replaced.set(record, replaced);
    return replaced;
  }

  /** The number of the first list that has an entry and is for a type. */
  find(record: number | undefined, type: ObjectKey): number | undefined {
    return record === undefined ? undefined : this.#records[record]?.[type];
  }

  #extended(record: number | undefined): number {
    const earlier = record === undefined ? undefined : this.#records[record];
    const added = this.#types.filter((type) => earlier?.[type] === undefined);
    if (record !== undefined && added.length === 0) return record;
    const own = Object.fromEntries(added.map((type) => [type, this.#list]));
    return this.#records.push({ ...earlier, ...own }) - 1;
  }
}

/** Entries that are compared as a whole, each with the number of its record. */
export class EntryIndex {
  readonly #entries = new Map<string, number>();

  constructor(private readonly lists: FirstLists) {}

  /** Adds an entry of the current list. */
  add(entry: string): void {
    const record = this.#entries.get(entry);
    const extended = this.lists.withCurrentList(record);
    if (extended !== record) this.#entries.set(entry, extended);
  }

  /** The number of the first list for the type that has a text as an entry. */
  findOne(text: string, type: ObjectKey): number | undefined {
    return this.lists.find(this.#entries.get(text), type);
  }

  /** The same for the first of several texts that is an entry. */
  find(texts: readonly string[], type: ObjectKey): number | undefined {
    for (const text of texts) {
      const list = this.findOne(text, type);
      if (list !== undefined) return list;
    }
    return undefined;
  }
}
