/** The objects of a list. A run reads each type at most once, and only the types that it needs. */
import { type ListIdentity, listIdentity } from '../indicator/identity.js';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { RunError } from '../result/run-error.js';
import type { VisionOne } from '../vision-one/client.js';
import { type Listed, readList } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';

/** The objects of one type on a list. */
interface TypeIndex {
  /** How many objects there are. Each spelling counts. */
  size: number;
  /** An object can be listed in several spellings: it is not documented which of them are the same. */
  byIdentity: Map<ListIdentity, Listed[]>;
}

export class ListIndex {
  readonly #types = new Map<ObjectKey, TypeIndex>();
  readonly #reading = new Map<ObjectKey, Promise<void>>();
  /** The reading of all types without a filter; undefined if filters work. */
  #unfiltered: Promise<void> | undefined;

  /** @param onPage called with each page that was read */
  constructor(
    private readonly visionOne: VisionOne,
    readonly list: List,
    private readonly onPage: (page: Listed[]) => void = () => {},
  ) {}

  /**
   * Reads the types that have not been read yet, all at the same time.
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
      this.#unfiltered ??= this.#readNow(OBJECT_KEYS, undefined);
      for (const key of OBJECT_KEYS) this.#reading.set(key, this.#unfiltered);
      await this.#unfiltered;
    }
  }

  /** The listed spellings of an object; case and notation are ignored. */
  find(key: ObjectKey, identity: ListIdentity): readonly Listed[] {
    return this.#types.get(key)?.byIdentity.get(identity) ?? [];
  }

  /** How many objects of a type are listed. */
  size(key: ObjectKey): number {
    return this.#types.get(key)?.size ?? 0;
  }

  /** The types that were read, always in the same order. */
  get keys(): ObjectKey[] {
    return OBJECT_KEYS.filter((key) => this.#types.has(key));
  }

  /** All objects of the types that were read, each with its identity. */
  *all(): Generator<[ListIdentity, Listed]> {
    for (const key of this.keys) {
      for (const [identity, spellings] of this.#types.get(key)?.byIdentity ?? []) {
        for (const listed of spellings) yield [identity, listed];
      }
    }
  }

  /** Adds an object that was listed after its type was read. @returns whether it was not known yet */
  add(listed: Listed): boolean {
    const index = this.#types.get(listed.key);
    return index !== undefined && addTo(index, listed);
  }

  /** Removes an object that is not listed any more. */
  delete({ key, value }: Listed): void {
    const index = this.#types.get(key);
    const identity = listIdentity(key, value);
    const spellings = index?.byIdentity.get(identity) ?? [];
    const others = spellings.filter((listed) => listed.value !== value);
    if (!index || others.length === spellings.length) return;
    index.size--;
    if (others.length > 0) index.byIdentity.set(identity, others);
    else index.byIdentity.delete(identity);
  }

  #read(keys: readonly ObjectKey[], filter?: ObjectKey): Promise<void> {
    const [first = 'domain'] = keys;
    const started = this.#reading.get(first);
    if (started) return started;
    const reading = this.#readNow(keys, filter);
    for (const key of keys) this.#reading.set(key, reading);
    return reading;
  }

  async #readNow(keys: readonly ObjectKey[], filter: ObjectKey | undefined): Promise<void> {
    const read = new Map<ObjectKey, TypeIndex>(
      keys.map((key) => [key, { size: 0, byIdentity: new Map() }]),
    );
    for await (const page of readList(this.visionOne, this.list, { key: filter })) {
      this.onPage(page);
      for (const listed of page) {
        const index = read.get(listed.key);
        if (index) addTo(index, listed);
      }
    }
    for (const [key, index] of read) this.#types.set(key, index);
  }
}

/** @returns whether the list had no object with exactly this spelling */
function addTo(index: TypeIndex, listed: Listed): boolean {
  const identity = listIdentity(listed.key, listed.value);
  const spellings = index.byIdentity.get(identity);
  const at = spellings?.findIndex(({ value }) => value === listed.value) ?? -1;
  if (spellings && at !== -1) {
    spellings[at] = listed;
    return false;
  }
  if (spellings) spellings.push(listed);
  else index.byIdentity.set(identity, [listed]);
  index.size++;
  return true;
}
