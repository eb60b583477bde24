/** Exclusion lists: users' own lists and MISP's warning lists of what must never be blocked. */
import { OBJECT_KEYS } from '../indicator/indicator.js';
import type { Warning } from '../result/result.js';
import { suggestion } from '../text/suggest.js';
import { type EntryProblem, InvalidList } from './entry.js';
import { ExclusionIndex } from './exclusion-index.js';
import { LeftOut } from './left-out.js';
import type { ObjectParts } from './object-parts.js';
import { type ExclusionLine, readLine } from './own-lists.js';
import {
  type ListType,
  meantAttribute,
  readEntry,
  typesOf,
  type WarningList,
} from './warning-lists.js';

export class Exclusions {
  /** One for each list that has no entries, or of which some are left out. */
  readonly warnings: Warning[] = [];
  readonly #names: string[] = [];
  readonly #index = new ExclusionIndex();

  get size(): number {
    return this.#names.length;
  }

  /**
   * Adds a user's own list, which is for objects of every type.
   * @returns the lines that have no meaning, and why, as a predicate; the others are added
   */
  addLines(
    name: string,
    lines: readonly ExclusionLine[],
  ): Array<{ line: ExclusionLine; message: string }> {
    this.#index.begin(this.#names.push(name) - 1, OBJECT_KEYS);
    this.#warnIfEmpty(name, lines);
    return lines.flatMap((line) => {
      const read = readLine(line.text);
      if ('problem' in read) return [{ line, message: read.problem }];
      for (const entry of read) this.#index.add(entry);
      return [];
    });
  }

  /**
   * Adds a warning list. Its entries that have no meaning are left out with a warning, because other
   * people wrote it. A list for none of the types of objects excludes nothing, and its entries are not
   * read: MISP's public lists are used together, and some are for telephone numbers.
   * @throws {InvalidList} if it has entries, and none of them can be used
   */
  async addWarningList(list: WarningList): Promise<void> {
    const { name, type, entries } = list;
    const types = typesOf(list);
    const number = this.#names.push(name) - 1;
    if (types.length === 0) return this.#warnIfMisspelt(list);
    if (type === 'regex') await this.#index.loadExpressions();
    this.#index.begin(number, types);
    this.#warnIfEmpty(name, entries);
    const leftOut = new LeftOut();
    for (const [index, entry] of entries.entries()) {
      const failed = this.#addEntry(type, entry);
      if (failed) leftOut.add(index, entry, failed.problem);
    }
    if (leftOut.count === 0) return;
    if (leftOut.count === entries.length) {
      throw new InvalidList(`has no usable entry: ${leftOut.described}`);
    }
    this.#warn(leftOut.messageFor(name, entries.length));
  }

  /** The name of a list that excludes an object; undefined if none does. */
  find(parts: ObjectParts): string | undefined {
    const list = this.#index.find(parts);
    return list === undefined ? undefined : this.#names[list];
  }

  #addEntry(type: ListType, given: unknown): EntryProblem | undefined {
    const entry = readEntry(type, given);
    return 'problem' in entry ? entry : this.#index.add(entry);
  }

  #warnIfMisspelt(list: WarningList): void {
    const meant = meantAttribute(list);
    if (meant !== undefined) {
      const message = `the list ${list.name} is for none of the types that are exported, so it excludes nothing${suggestion(meant)}`;
      this.#warn(message);
    }
  }

  #warnIfEmpty(name: string, entries: readonly unknown[]): void {
    if (entries.length === 0) {
      this.#warn(`the list ${name} has no entries, so it excludes nothing`);
    }
  }

  #warn(message: string): void {
    this.warnings.push({ code: 'exclusion_entries', message });
  }
}
