/**
 * The books of a run: whatever is read gets a line, and each line is closed exactly once. Nothing can
 * be lost in silence, because a result cannot be made while a line is open.
 */

import type { Indicator } from '../indicator/indicator.js';
import { OUTCOMES, type Outcome, type SkipReason, type UnsentReason } from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';
import type { VisionOneObject } from '../vision-one/payload.js';

/** An object that was made of an indicator and waits for what becomes of it. */
export interface Entry {
  readonly indicator: Indicator;
  readonly object: VisionOneObject;
  /** Its place in the books. */
  readonly line: number;
  /** It is to be taken off the list, not added. */
  readonly removal?: true;
}

/** What may become of an object. */
export type Closing =
  | { outcome: 'accepted' | 'planned' | 'removed' }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | { outcome: 'skipped'; reason: SkipReason; message: string }
  | { outcome: 'unsent'; reason: UnsentReason; message: string };

export class Ledger {
  /** Indicators read. */
  read = 0;
  #lines: Array<Item | undefined> = [];
  #open = new Map<number, Entry>();
  #tally = zeroOfEach();

  /** A line for an object, in reading order. */
  open(indicator: Indicator, object: VisionOneObject, removal?: true): Entry {
    const line = this.#lines.push(undefined) - 1;
    const entry: Entry = { indicator, object, line, ...(removal && { removal }) };
    this.#open.set(entry.line, entry);
    return entry;
  }

  /** A line for an indicator that no object was made of. */
  skip(indicator: Indicator, reason: SkipReason, message: string): void {
    this.#write(this.#lines.length, { outcome: 'skipped', ...keysOf(indicator), reason, message });
  }

  /** @throws where the line is closed already: an object has one outcome */
  close({ indicator, object, line, removal }: Entry, closing: Closing): void {
    if (this.#lines[line]) throw new Error(`line ${line} of the ledger is closed already`);
    const { outcome, ...rest } = closing;
    // What was removed says so by its outcome; of all else one has to be told.
    const told = removal && outcome !== 'removed' ? { removal } : {};
    this.#write(line, { outcome, ...keysOf(indicator), object, ...told, ...rest } as Item);
  }

  /** Closes all lines that are still open. */
  closeAll(closing: Closing): void {
    for (const entry of [...this.#open.values()]) this.close(entry, closing);
  }

  /** How many lines have been closed with an outcome so far. */
  count(outcome: Outcome): number {
    return this.#tally[outcome];
  }

  /** @throws where a line is still open */
  items(): Item[] {
    return this.#lines.map((item, line) => {
      if (!item) throw new Error(`line ${line} of the ledger was never closed`);
      return item;
    });
  }

  #write(line: number, item: Item): void {
    this.#open.delete(line);
    this.#lines[line] = item;
    this.#tally[item.outcome]++;
  }
}

function keysOf({ id, type, value }: Indicator): Pick<Item, 'id' | 'type' | 'value'> {
  return { id, type, value };
}

function zeroOfEach(): Record<Outcome, number> {
  return Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
}

/** The counts of a result, from its items. */
export function countsOf(read: number, items: Item[]): Result['counts'] {
  const counts = zeroOfEach();
  // A map, because a reason may be Vision One's word, and that may be `constructor`.
  const reasons = new Map<string, number>();
  for (const item of items) {
    counts[item.outcome]++;
    if ('reason' in item) reasons.set(item.reason, (reasons.get(item.reason) ?? 0) + 1);
  }
  return { read, ...counts, by_reason: Object.fromEntries(reasons) };
}
