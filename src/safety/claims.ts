/**
 * Which list has an entry. Lists are for some types of objects only, so an entry of several lists can be
 * of another list for each type. An index keeps one number for each entry, a claim: there are few different
 * claims, and a number takes no memory of its own in a map.
 */
import type { ObjectKey } from '../indicator/indicator.js';

/** The number of the first list that has an entry, for each type. */
type Claim = Partial<Record<ObjectKey, number>>;

export class Claims {
  readonly #claims: Claim[] = [];
  #list = 0;
  #types: readonly ObjectKey[] = [];
  /** What claims become when the current list has their entry too. */
  readonly #extended = new Map<number | undefined, number>();

  /** The types that the current list is for. */
  get types(): readonly ObjectKey[] {
    return this.#types;
  }

  /** Makes a list the current one. The lists are added one after the other. */
  begin(list: number, types: readonly ObjectKey[]): void {
    this.#list = list;
    this.#types = types;
    this.#extended.clear();
  }

  /**
   * The claim of an entry that the current list has.
   * @param claim what earlier lists claim; undefined if none of them has the entry
   */
  extend(claim: number | undefined): number {
    const known = this.#extended.get(claim);
    if (known !== undefined) return known;
    const extended = this.#extend(claim);
    this.#extended.set(claim, extended);
    return extended;
  }

  /** The number of the first list that has an entry and is for a type. */
  find(claim: number | undefined, type: ObjectKey): number | undefined {
    return claim === undefined ? undefined : this.#claims[claim]?.[type];
  }

  #extend(claim: number | undefined): number {
    const earlier = claim === undefined ? undefined : this.#claims[claim];
    const added = this.#types.filter((type) => earlier?.[type] === undefined);
    if (claim !== undefined && added.length === 0) return claim;
    const own = Object.fromEntries(added.map((type) => [type, this.#list]));
    return this.#claims.push({ ...earlier, ...own }) - 1;
  }
}

/** Entries that are compared as a whole, with the claim of each. */
export class EntryIndex {
  readonly #entries = new Map<string, number>();

  constructor(readonly claims: Claims) {}

  /** Adds an entry of the current list. */
  add(entry: string): void {
    const claim = this.#entries.get(entry);
    const extended = this.claims.extend(claim);
    if (extended !== claim) this.#entries.set(entry, extended);
  }

  /** The number of the first list for the type that has a text as an entry. */
  findOne(text: string, type: ObjectKey): number | undefined {
    return this.claims.find(this.#entries.get(text), type);
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
