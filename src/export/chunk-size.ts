/** Learns how large a request may be from the answers of the service. */
import { bytesOf, type Chunk, type RequestLimits } from './send-queue.js';

/** After a 413, how much larger than the larger half a later request may be. */
const MARGIN = 1.05;

export class ChunkSize implements RequestLimits {
  /** The most objects with which a request succeeded. */
  #largestSuccess = 0;
  /** The fewest objects of a chunk that failed and whose halves both succeeded. */
  #doubtedSize = Number.POSITIVE_INFINITY;

  /** The largest number of objects, and of bytes, in one request. */
  constructor(
    public maxItems: number,
    public maxBytes: number,
  ) {}

  /**
   * Records that a chunk succeeded. If both halves of a chunk succeed, the chunk may have been too large.
   * If that happens to two chunks of a size, and none that large has succeeded, later chunks are no larger
   * than the largest that succeeded. Otherwise the failure had another reason, and the size is kept.
   */
  recordSuccess({ objects, split }: Chunk<unknown>): void {
    this.#largestSuccess = Math.max(this.#largestSuccess, objects.length);
    if (!split) return;
    split.succeeded++;
    if (split.succeeded < 2 || split.size <= this.#largestSuccess) return;
    if (split.size < this.#doubtedSize) this.#doubtedSize = split.size;
    else this.maxItems = Math.min(this.maxItems, this.#largestSuccess);
  }

  /** Records that a chunk was too large (413), and that its halves are sent instead. */
  recordTooLarge(chunk: Chunk<unknown>, halves: ReadonlyArray<Chunk<unknown>>): void {
    const largest = Math.max(...halves.map(({ objects }) => bytesOf(objects)));
    // With a margin: otherwise a half that is hardly larger would need a request more.
    const limit = Math.ceil(largest * MARGIN);
    this.maxBytes = Math.min(this.maxBytes, limit, bytesOf(chunk.objects) - 1);
  }
}
