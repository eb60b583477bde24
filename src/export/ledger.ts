/**
 * The record of a run: each object gets an entry, and each entry is closed exactly once. No indicator can
 * be lost, because a result cannot be made while an entry is open.
 */
import type { Indicator } from '../indicator/indicator.js';
import { zeroOfEach } from '../result/counts.js';
import type { Change, Outcome, Skip, UnsentReason } from '../result/reasons.js';
import type { Item } from '../result/result.js';
import type { VisionOneObject } from '../vision-one/payload.js';

/** An object whose outcome is not known yet. */
export interface Entry {
  readonly indicator: Indicator;
  readonly object: VisionOneObject;
  readonly change: Change;
  /** Its index in the result's items. */
  readonly line: number;
}

/** The outcome of an object. */
export type Closing =
  | { outcome: 'accepted' | 'planned' | 'removed' }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | ({ outcome: 'skipped' } & Skip)
  | { outcome: 'unsent'; reason: UnsentReason; message: string };

export class Ledger {
  /** Indicators read. */
  read = 0;
  #lines: Array<Item | undefined> = [];
  #open = new Map<number, Entry>();
  #tally = zeroOfEach();

  /** Opens an entry for an object; items are in the order in which their entries were opened. */
  open(indicator: Indicator, object: VisionOneObject, change: Change): Entry {
    const line = this.#lines.push(undefined) - 1;
    const entry: Entry = { indicator, object, change, line };
    this.#open.set(entry.line, entry);
    return entry;
  }

  /** Records an indicator of which no object was made. */
  skip(indicator: Indicator, { reason, message }: Skip): void {
    this.#write(this.#lines.length, {
      outcome: 'skipped',
      ...identify(indicator),
      reason,
      message,
    });
  }

  /** @throws if the entry is closed already: an object has one outcome */
  close({ indicator, object, change, line }: Entry, closing: Closing): void {
    if (this.#lines[line]) throw new Error(`entry ${line} of the ledger is closed already`);
    const { outcome, ...rest } = closing;
    // The outcome `removed` says it already; other outcomes need the flag.
    const removal = change === 'remove' && outcome !== 'removed' && { removal: true };
    this.#write(line, { outcome, ...identify(indicator), object, ...removal, ...rest } as Item);
  }

  /** Closes all entries that are still open. */
  closeAll(closing: Closing): void {
    for (const entry of [...this.#open.values()]) this.close(entry, closing);
  }

  /** How many items have an outcome so far. */
  count(outcome: Outcome): number {
    return this.#tally[outcome];
  }

  /** @throws if an entry is still open */
  items(): Item[] {
    return this.#lines.map((item, line) => {
      if (!item) throw new Error(`entry ${line} of the ledger was never closed`);
      return item;
    });
  }

  #write(line: number, item: Item): void {
    this.#open.delete(line);
    this.#lines[line] = item;
    this.#tally[item.outcome]++;
  }
}

function identify({ id, type, value }: Indicator): Pick<Item, 'id' | 'type' | 'value'> {
  return { id, type, value };
}
