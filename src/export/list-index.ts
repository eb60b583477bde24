/** What a list holds, read at most once a run and, of the Suspicious Object List, only the types that matter. */
import pLimit from 'p-limit';
import { listIdentity } from '../indicator/identity.js';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import type { VisionOne } from '../vision-one/client.js';
import { type Listed, readList } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { CONCURRENCY } from './send.js';

/** What a list holds of one type. */
class TypeIndex {
  /** By their very spelling: nobody says whether the service counts `A.com` and `a.com` as one. */
  readonly objects = new Map<string, Listed>();
  /** Of one object in several spellings, one. */
  readonly byLowerCase = new Map<string, Listed>();
  readonly byIdentity = new Map<string, Listed>();

  put(listed: Listed): void {
    this.objects.set(listed.value, listed);
    this.byLowerCase.set(listed.value.toLowerCase(), listed);
    this.byIdentity.set(listIdentity(listed.key, listed.value), listed);
  }
}

export class ListIndex {
  #objects = new Map<ObjectKey, TypeIndex>();
  #reading = new Map<ObjectKey, Promise<void>>();
  readonly #limit = pLimit(CONCURRENCY);

  constructor(
    private readonly visionOne: VisionOne,
    readonly list: List,
    /** Told of each page, how many objects it holds. */
    private readonly onPage: (objects: number) => void = () => {},
  ) {}

  /**
   * Reads the types that have not been read yet; several of them at once.
   * @throws {RunError} where the list cannot be read
   */
  async need(keys: Iterable<ObjectKey>): Promise<void> {
    const wanted = [...new Set(keys)];
    if (wanted.length === 0) return;
    if (!this.list.byType) return this.#read(OBJECT_KEYS);
    try {
      await Promise.all(wanted.map((key) => this.#read([key], key)));
    } catch (error) {
      if (!(error instanceof RunError && error.status === 400)) throw error;
      // The filter itself was refused: then all of the list is read, which says the same.
      this.#reading.clear();
      await this.#read(OBJECT_KEYS);
    }
  }

  /** Whether these types were all read, or are being read. */
  has(keys: Iterable<ObjectKey>): boolean {
    return [...keys].every((key) => this.#reading.has(key));
  }

  /**
   * The object on the list, found by type and value without regard to case or spelling. Where it is
   * there in several spellings, the one that sending it would update.
   */
  find(object: VisionOneObject): Listed | undefined {
    const key = objectKeyOf(object);
    const value = object[key] ?? '';
    const { byLowerCase, byIdentity } = this.#of(key);
    return byLowerCase.get(value.toLowerCase()) ?? byIdentity.get(listIdentity(key, value));
  }

  /**
   * Whether sending an object takes room: unless it is there in the same spelling, but for case. Nobody
   * says whether Vision One takes `2001:db8::1` and `2001:0db8::1` for one.
   */
  takesRoom(object: VisionOneObject): boolean {
    const key = objectKeyOf(object);
    return !this.#of(key).byLowerCase.has((object[key] ?? '').toLowerCase());
  }

  /** How many objects of a type there are. */
  size(key: ObjectKey): number {
    return this.#of(key).objects.size;
  }

  /** The types that were read, in an order that does not depend on which was read first. */
  get keys(): ObjectKey[] {
    return OBJECT_KEYS.filter((key) => this.#objects.has(key));
  }

  /** All that was read. */
  *all(): Generator<Listed> {
    for (const key of this.keys) yield* this.#of(key).objects.values();
  }

  #of(key: ObjectKey): TypeIndex {
    const shelf = this.#objects.get(key);
    if (!shelf) throw new Error(`${key} was never read from the ${this.list.title}`);
    return shelf;
  }

  #read(keys: readonly ObjectKey[], filter?: ObjectKey): Promise<void> {
    const [first = 'domain'] = keys;
    const started = this.#reading.get(first);
    if (started) return started;
    const reading = this.#limit(async () => {
      const found = new Map(keys.map((key) => [key, new TypeIndex()]));
      for await (const page of readList(this.visionOne, this.list, filter)) {
        this.onPage(page.length);
        for (const listed of page) found.get(listed.key)?.put(listed);
      }
      for (const [key, shelf] of found) this.#objects.set(key, shelf);
    });
    for (const key of keys) this.#reading.set(key, reading);
    return reading;
  }
}
