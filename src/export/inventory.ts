/** What a list holds, read at most once a run and, of the Suspicious Object List, only the types that matter. */
import { isIPv6, SocketAddress } from 'node:net';
import pLimit from 'p-limit';
import type { VisionOne } from '../vision-one/client.js';
import { type Listed, readList } from '../vision-one/listing.js';
import type { List } from '../vision-one/lists.js';
import { keyOf, OBJECT_KEYS, type ObjectKey, type VisionOneObject } from '../vision-one/objects.js';
import { CONCURRENCY } from './deliver.js';

export class Inventory {
  #objects = new Map<ObjectKey, Map<string, Listed>>();
  #reading = new Map<ObjectKey, Promise<void>>();
  readonly #limit = pLimit(CONCURRENCY);

  constructor(
    private readonly visionOne: VisionOne,
    readonly list: List,
  ) {}

  /**
   * Reads the types that have not been read yet; several of them at once.
   * @throws {Failure} where the list cannot be read
   */
  async need(keys: Iterable<ObjectKey>): Promise<void> {
    const wanted = [...new Set(keys)];
    if (this.list.byType) {
      await Promise.all(wanted.map((key) => this.#read([key], key)));
    } else if (wanted.length > 0) {
      await this.#read(OBJECT_KEYS);
    }
  }

  /** Whether these types were all read, or are being read. */
  has(keys: Iterable<ObjectKey>): boolean {
    return [...keys].every((key) => this.#reading.has(key));
  }

  /** The object on the list, found by type and value without regard to case. */
  find(object: VisionOneObject): Listed | undefined {
    const key = keyOf(object);
    return this.#of(key).get(listIdentity(key, object[key] ?? ''));
  }

  /** How many objects of a type there are. */
  size(key: ObjectKey): number {
    return this.#of(key).size;
  }

  /** The types that were read. */
  get keys(): ObjectKey[] {
    return [...this.#objects.keys()];
  }

  /** All that was read. */
  *all(): Generator<Listed> {
    for (const objects of this.#objects.values()) yield* objects.values();
  }

  #of(key: ObjectKey): Map<string, Listed> {
    const objects = this.#objects.get(key);
    if (!objects) throw new Error(`${key} was never read from the ${this.list.title}`);
    return objects;
  }

  #read(keys: readonly ObjectKey[], filter?: ObjectKey): Promise<void> {
    const [first = 'domain'] = keys;
    const started = this.#reading.get(first);
    if (started) return started;
    const reading = this.#limit(async () => {
      const found = new Map(keys.map((key) => [key, new Map<string, Listed>()]));
      for await (const page of readList(this.visionOne, this.list, filter)) {
        for (const listed of page) {
          found.get(listed.key)?.set(listIdentity(listed.key, listed.value), listed);
        }
      }
      for (const [key, objects] of found) this.#objects.set(key, objects);
    });
    for (const key of keys) this.#reading.set(key, reading);
    return reading;
  }
}

/** Live lists hold hashes in capitals, and whatever spelling an analyst chose. */
export function listIdentity(key: ObjectKey, value: string): string {
  const lower = value.trim().toLowerCase();
  if (key === 'ip' && isIPv6(lower)) {
    return new SocketAddress({ address: lower, family: 'ipv6' }).address;
  }
  return key === 'domain' ? lower.replace(/\.$/, '') : lower;
}
