/**
 * The record of a run: each object gets an entry, and each entry is closed exactly once. No indicator can
 * be lost, because a result cannot be made while an entry is open.
 */
import type { Indicator } from '../indicator/indicator.js';
import { zeroOfEach } from '../result/counts.js';
import type {
  Change,
  Outcome,
  RemovalReason,
  Removing,
  Skip,
  UnsentReason,
} from '../result/reasons.js';
import type { Item } from '../result/result.js';
import type { VisionOneObject } from '../vision-one/payload.js';

/** An object whose outcome is not known yet. */
export interface Entry {
  readonly indicator: Indicator;
  readonly object: VisionOneObject;
  /** Its index in the result's items. */
  readonly line: number;
  /** Undefined until the run is planned. */
  readonly change?: Change;
}

/** An object with what the run does with it. */
export interface PlannedEntry<C extends Change = Change> extends Entry {
  readonly change: C;
}

/** The outcome of an object that the run changes. */
export type Closing =
  | { outcome: 'accepted' }
  | { outcome: 'planned'; message?: string }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | { outcome: 'unsent'; reason: UnsentReason; message: string };

export class Ledger {
  /** Indicators read. */
  read = 0;
  /** By line: the item of an entry that is closed, or the entry. */
  readonly #lines: Array<Item | Entry> = [];
  readonly #tally = zeroOfEach();

  /**
   * Opens an entry for an object; items are in the order in which their entries were opened.
   * @param made becomes the entry. It is not copied: a spread object takes twice the memory in Node 20,
   * because each has a hidden class of its own.
   */
  open<Made extends Omit<Entry, 'line'>>(made: Made): Made & Entry {
    const entry = Object.assign(made, { line: this.#lines.length });
    this.#lines.push(entry);
    return entry;
  }

  /** Replaces an open entry by the same entry with what was planned for it. */
  plan(entry: PlannedEntry): void {
    this.#expectOpen(entry);
    this.#lines[entry.line] = entry;
  }

  /** Records an indicator for which no object was made, or one of two was not. */
  skipIndicator(indicator: Indicator, { reason, message }: Skip): void {
    const { id, type, value, score } = indicator;
    this.#lines.push(this.#count({ outcome: 'skipped', id, type, value, score, reason, message }));
  }

  /** Closes an entry whose object is not sent. */
  skip(entry: Entry, { reason, message }: Skip): void {
    const { id, type, value, score } = entry.indicator;
    const { object } = entry;
    this.#write(entry, { outcome: 'skipped', id, type, value, score, object, reason, message });
  }

  /** Closes an entry whose object was removed from the list. */
  remove(entry: PlannedEntry<Removing>, reason: RemovalReason, message: string): void {
    const { change } = entry;
    this.#write(
      entry,
      Object.assign(itemOf(entry, 'removed'), { change, reason, message }) as Item,
    );
  }

  /** @throws if the entry is closed already: an object has one outcome */
  close(entry: PlannedEntry, { outcome, ...rest }: Closing): void {
    this.#write(entry, Object.assign(itemOf(entry, outcome), rest) as Item);
  }

  /** Closes all entries that are still open, because the run cannot continue. */
  closeAll(reason: UnsentReason, message: string): void {
    for (const line of this.#lines) {
      if (isClosed(line)) continue;
      this.#write(line, Object.assign(itemOf(line, 'unsent'), { reason, message }) as Item);
    }
  }

  /** How many items have an outcome so far. */
  count(outcome: Outcome): number {
    return this.#tally[outcome];
  }

  /** @throws if an entry is still open */
  items(): Item[] {
    return this.#lines.map((line, at) => {
      if (isClosed(line)) return line;
      throw new Error(`entry ${at} of the ledger was never closed`);
    });
  }

  #write(entry: Entry, item: Item): void {
    this.#expectOpen(entry);
    this.#lines[entry.line] = this.#count(item);
  }

  #expectOpen({ line }: Entry): void {
    const found = this.#lines[line];
    if (!found || isClosed(found)) throw new Error(`entry ${line} of the ledger is closed already`);
  }

  #count(item: Item): Item {
    this.#tally[item.outcome]++;
    return item;
  }
}

function isClosed(line: Item | Entry): line is Item {
  return 'outcome' in line;
}

/** What every item has. No object is spread, for the same reason as in `open`. */
function itemOf(
  { change, indicator: { id, type, value, score }, object }: Entry,
  outcome: Outcome,
) {
  return change === undefined
    ? { outcome, id, type, value, score, object }
    : { outcome, change, id, type, value, score, object };
}
