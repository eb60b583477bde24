/** What is sent, and what is left out and why. Pure: it reads indicators and writes the ledger. */
import type { Indicator } from '../threatq/rows.js';
import type { List } from '../vision-one/lists.js';
import type { Entry, Ledger } from './ledger.js';
import { identityOf, mapIndicator } from './map.js';
import type { Settings } from './settings.js';

export class Plan {
  /** What is to be sent, in reading order. */
  readonly entries: Entry[] = [];
  #seen = new Set<string>();

  constructor(
    private readonly ledger: Ledger,
    private readonly list: List,
    private readonly settings: Settings,
    /** As in describe. */
    private readonly collection: string | undefined,
  ) {}

  /** Takes one indicator in. */
  add(indicator: Indicator): void {
    this.ledger.read++;
    const { objects, skipped } = mapIndicator(indicator, this.list, this.settings, this.collection);
    for (const object of objects) {
      const entry = this.ledger.open(indicator, object);
      const reason = this.#reasonToSkip(entry);
      if (reason) this.ledger.close(entry, { outcome: 'skipped', ...reason });
      else this.entries.push(entry);
    }
    if (skipped) this.ledger.skip(indicator, skipped.reason, skipped.message);
  }

  #reasonToSkip({ object }: Entry): { reason: string; message: string } | undefined {
    const identity = identityOf(object);
    if (this.#seen.has(identity)) {
      const message = 'an earlier indicator of this run is the same object';
      return { reason: 'duplicate', message };
    }
    this.#seen.add(identity);
    const { maxPerRun, title } = this.list;
    if (this.entries.length >= maxPerRun) {
      const message = `a run sends at most ${maxPerRun} objects to the ${title}`;
      return { reason: 'over_limit', message };
    }
    return undefined;
  }
}
