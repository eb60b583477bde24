import type { ObjectKey } from '../indicator/indicator.js';
import type { ListIndex } from './list-index.js';

/** The reading of a list: begun for some of its types, then perhaps for others too. */
export class ListReading {
  readonly #parts: Promise<void>[] = [];
  #objects = 0;
  #begunAt = 0;
  #lastPageAt = 0;

  /** @param now the time in milliseconds */
  constructor(
    readonly index: ListIndex,
    private readonly now: () => number,
  ) {}

  get isBegun(): boolean {
    return this.#parts.length > 0;
  }

  /** How many objects were read. */
  get objects(): number {
    return this.#objects;
  }

  /** How long it took until the last page, in milliseconds. */
  get tookMs(): number {
    return this.#lastPageAt - this.#begunAt;
  }

  /** Counts a page that was read. */
  addPage({ length }: readonly unknown[]): void {
    this.#objects += length;
    this.#lastPageAt = this.now();
  }

  /** Begins to read these types, unless they are read already. An error is kept until `end`. */
  start(keys: Iterable<ObjectKey>): void {
    if (!this.isBegun) this.#begunAt = this.#lastPageAt = this.now();
    const part = this.index.need(keys);
    part.catch(() => {});
    this.#parts.push(part);
  }

  /**
   * Waits until all types that were begun are read.
   * @throws {RunError} if the list cannot be read
   */
  async end(): Promise<void> {
    await Promise.all(this.#parts);
  }
}
