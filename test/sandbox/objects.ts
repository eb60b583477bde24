/**
 * The objects of the two lists, and what happens at their caps. Objects stay after their expiry: it is not
 * documented when the service removes them, and tests add expired objects.
 */
import { type Item, identity, type ListName, type ObjectType } from './rules.js';

export interface StoredObject {
  type: ObjectType;
  /** As it was first sent or seeded. */
  value: string;
  description?: string;
  scanAction?: 'block' | 'log';
  riskLevel?: 'high' | 'medium' | 'low';
  lastModified: number;
  /** null: never. Exceptions never expire. */
  expires: number | null;
}

/** Times in milliseconds or as ISO text; by default now, and the default expiration of the tenant. */
export interface SeedObject extends Partial<Omit<StoredObject, 'lastModified' | 'expires'>> {
  type: ObjectType;
  value: string;
  lastModified?: number | string;
  expires?: number | string | null;
}

/** What an object gets that leaves a setting out; only the 30 days are documented. */
export interface CustomerSettings {
  scanAction: 'block' | 'log';
  riskLevel: 'high' | 'medium' | 'low';
  daysToExpiration: number;
}

export type ObjectMap = Map<string, StoredObject>;
export const day = 86_400_000;

/** Lists have hashes in upper case. Case is ignored. */
export const keyOf = (type: ObjectType, value: string) => `${type}\n${value.toLowerCase()}`;

const millis = (time: number | string) =>
  typeof time === 'number' ? time : new Date(time).getTime();

export function seeded(
  list: ListName,
  seed: SeedObject,
  now: number,
  customer: CustomerSettings,
): StoredObject {
  const { lastModified = now, expires, ...rest } = seed;
  if (list === 'exceptions') return { ...rest, lastModified: millis(lastModified), expires: null };
  return {
    scanAction: customer.scanAction,
    riskLevel: customer.riskLevel,
    ...rest,
    lastModified: millis(lastModified),
    expires:
      expires === undefined
        ? expiry(customer.daysToExpiration, now)
        : expires === null
          ? null
          : millis(expires),
  };
}

/** A good item as an object; a repeated one replaces all but the spelling of the value. */
export function stored(
  list: ListName,
  item: Item,
  now: number,
  customer: CustomerSettings,
): StoredObject {
  const { type, value } = identity(item) as { type: ObjectType; value: string };
  const { daysToExpiration, description, scanAction, riskLevel } = item as Partial<
    CustomerSettings & { description: string }
  >;
  const about = description === undefined ? {} : { description };
  const common = { type, value, ...about, lastModified: now };
  if (list === 'exceptions') return { ...common, expires: null };
  return {
    ...common,
    scanAction: scanAction ?? customer.scanAction,
    riskLevel: riskLevel ?? customer.riskLevel,
    expires: expiry(daysToExpiration ?? customer.daysToExpiration, now),
  };
}

const expiry = (days: number, now: number) => (days === -1 ? null : now + days * day);

/**
 * Room for new suspicious objects within one request. Past the cap of a type the service silently
 * deletes those of that type closest to expiry, and never those without expiry. The newcomer itself
 * is not a candidate; among equals the one modified longest ago goes first.
 */
export class Room {
  private readonly objects: ObjectMap;
  private readonly cap: number;
  private readonly counts = new Map<ObjectType, number>();
  /** Candidates a type, the next to go last; sorted when first needed, then kept in order. */
  private readonly candidates = new Map<ObjectType, StoredObject[]>();

  constructor(objects: ObjectMap, cap: number) {
    this.objects = objects;
    this.cap = cap;
    for (const { type } of objects.values()) this.count(type, 1);
  }

  /** The objects that were evicted for a new one of the type; undefined if none can be. */
  make(type: ObjectType): StoredObject[] | undefined {
    const gone: StoredObject[] = [];
    while ((this.counts.get(type) ?? 0) >= this.cap) {
      const next = this.nextToGo(type);
      if (!next) return undefined;
      this.objects.delete(keyOf(next.type, next.value));
      this.count(type, -1);
      gone.push(next);
    }
    return gone;
  }

  /** Tells of an object that was stored, `isNew` or updated. */
  note(object: StoredObject, isNew: boolean): void {
    if (isNew) this.count(object.type, 1);
    const list = this.candidates.get(object.type);
    if (!list || object.expires === null) return;
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (goesBefore(list[middle] as StoredObject, object) > 0) low = middle + 1;
      else high = middle;
    }
    list.splice(low, 0, object);
  }

  private nextToGo(type: ObjectType): StoredObject | undefined {
    let list = this.candidates.get(type);
    if (!list) {
      list = [...this.objects.values()].filter((o) => o.type === type && o.expires !== null);
      // Reversed first, so that of equals the one stored first stands last and goes first.
      list.reverse().sort((a, b) => goesBefore(b, a));
      this.candidates.set(type, list);
    }
    for (let next = list.pop(); next; next = list.pop()) {
      if (this.objects.get(keyOf(next.type, next.value)) === next) return next;
    }
    return undefined;
  }

  private count(type: ObjectType, by: number): void {
    this.counts.set(type, (this.counts.get(type) ?? 0) + by);
  }
}

/** Negative if `a` is deleted before `b`. */
const goesBefore = (a: StoredObject, b: StoredObject) =>
  (a.expires ?? 0) - (b.expires ?? 0) || a.lastModified - b.lastModified;
