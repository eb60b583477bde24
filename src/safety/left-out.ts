/** Describes the entries of a list that are left out. Other people wrote them, and there may be a million. */
import { escapeInvisible } from '../text/escape-invisible.js';
import { formatCount, plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';

/** How many entries are described. */
const MAX_DESCRIBED = 3;
/** How much of an entry is shown, in characters. */
const MAX_SHOWN_CHARS = 40;

export class LeftOut {
  count = 0;
  readonly #first: string[] = [];

  /**
   * @param index of the entry in its list
   * @param problem why it is left out, as a predicate
   */
  add(index: number, entry: unknown, problem: string): void {
    this.count++;
    if (this.count > MAX_DESCRIBED) return;
    this.#first.push(`entry ${formatCount(index + 1)} ${shown(entry)} ${problem}`);
  }

  /** The first entries and their problems, and how many more there are. */
  get described(): string {
    const others = this.count - this.#first.length;
    const more = others > 0 ? `; and ${formatCount(others)} more` : '';
    return `${this.#first.join('; ')}${more}`;
  }

  /** @param total the number of entries in the list */
  messageFor(list: string, total: number): string {
    const part = `${formatCount(this.count)} of ${plural(total, 'entry', 'entries')}`;
    return `${part} of the list ${list} ${this.count === 1 ? 'is' : 'are'} left out: ${this.described}`;
  }
}

/** An entry as it is written in JSON, truncated. */
function shown(entry: unknown): string {
  if (typeof entry === 'object' && entry !== null) return Array.isArray(entry) ? '[…]' : '{…}';
  const text = typeof entry === 'string' ? truncate(entry, MAX_SHOWN_CHARS) : entry;
  return escapeInvisible(JSON.stringify(text));
}
