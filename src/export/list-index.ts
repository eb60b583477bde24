/** The objects of a list. A run reads each type at most once, and only the types that it needs. */
import pLimit from 'p-limit';
import { type ListIdentity, listIdentity } from '../indicator/identity.js';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import { CONCURRENCY, type VisionOne } from '../vision-one/client.js';
import { type Listed, readList } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';

/** The objects of one type on a list. An object that is listed in several spellings is found once. */
interface TypeIndex {
  /** By exact spelling: it is not documented whether the service counts `A.com` and `a.com` as one. */
  exact: Map<string, Listed>;
  byLowerCase: Map<string, Listed>;
  byIdentity: Map<ListIdentity, Listed>;
}

export class ListIndex {
  readonly #types = new Map<ObjectKey, TypeIndex>();
  readonly #reading = new Map<ObjectKey, Promise<void>>();
  readonly #limit = pLimit(CONCURRENCY);

  /** @param onPage called with each page that was read */
  constructor(
    private readonly visionOne: VisionOne,
    readonly list: List,
    private readonly onPage: (page: Listed[]) => void = () => {},
  ) {}

  /**
   * Reads the types that have not been read yet, several at once.
   * @throws {RunError} if the list cannot be read
   */
  async need(keys: Iterable<ObjectKey>): Promise<void> {
    const wanted = [...new Set(keys)];
    if (wanted.length === 0) return;
    if (!this.list.byType) return this.#read(OBJECT_KEYS);
    try {
      await Promise.all(wanted.map((key) => this.#read([key], key)));
    } catch (error) {
      if (!(error instanceof RunError && error.status === 400)) throw error;
      // The service refuses the filter: without it, it gives the same objects.
      this.#reading.clear();
      await this.#read(OBJECT_KEYS);
    }
  }

  /** Whether all of these types were read, or are being read. */
  has(keys: Iterable<ObjectKey>): boolean {
    return [...keys].every((key) => this.#reading.has(key));
  }

  /**
   * The listed object with the type and value of an object; case and spelling are ignored. If several
   * spellings are listed, it is the one that Vision One would update.
   */
  find(object: VisionOneObject): Listed | undefined {
    const key = objectKeyOf(object);
    const value = object[key] ?? '';
    const { byLowerCase, byIdentity } = this.#of(key);
    return byLowerCase.get(value.toLowerCase()) ?? byIdentity.get(listIdentity(key, value));
  }

  /**
   * Whether the list grows if an object is sent, because no listed value equals it when case is ignored.
   * It is not documented whether Vision One treats `2001:db8::1` and `2001:0db8::1` as one object.
   */
  needsCapacity(object: VisionOneObject): boolean {
    const key = objectKeyOf(object);
    return !this.#of(key).byLowerCase.has((object[key] ?? '').toLowerCase());
  }

  /** How many objects of a type are listed. */
  size(key: ObjectKey): number {
    return this.#of(key).exact.size;
  }

  /** The types that were read, always in the same order. */
  get keys(): ObjectKey[] {
    return OBJECT_KEYS.filter((key) => this.#types.has(key));
  }

  *all(): Generator<Listed> {
    for (const key of this.keys) yield* this.#of(key).exact.values();
  }

  #of(key: ObjectKey): TypeIndex {
    const index = this.#types.get(key);
    if (!index) throw new Error(`${key} was never read from the ${this.list.title}`);
    return index;
  }

  #read(keys: readonly ObjectKey[], filter?: ObjectKey): Promise<void> {
    const [first = 'domain'] = keys;
    const started = this.#reading.get(first);
    if (started) return started;
    const reading = this.#limit(async () => {
      const read = new Map(keys.map((key) => [key, emptyIndex()]));
      for await (const page of readList(this.visionOne, this.list, filter)) {
        this.onPage(page);
        for (const listed of page) addTo(read.get(listed.key), listed);
      }
      for (const [key, index] of read) this.#types.set(key, index);
    });
    for (const key of keys) this.#reading.set(key, reading);
    return reading;
  }
}

function emptyIndex(): TypeIndex {
  return { exact: new Map(), byLowerCase: new Map(), byIdentity: new Map() };
}

function addTo(index: TypeIndex | undefined, listed: Listed): void {
  index?.exact.set(listed.value, listed);
  index?.byLowerCase.set(listed.value.toLowerCase(), listed);
  index?.byIdentity.set(listIdentity(listed.key, listed.value), listed);
}
