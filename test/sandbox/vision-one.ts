/**
 * A stateful stand-in for Vision One's two lists. It is strict: what Trend's limits forbid is refused and
 * recorded in `violations`.
 */
import type { Answer, ItemFault, Received } from './faults.js';
import { BadQuery, Listings, type NeverLooksLike } from './listing.js';
import { failure, itemNumber, multi } from './multi-status.js';
import {
  type CustomerSettings,
  keyOf,
  type ObjectMap,
  Room,
  type SeedObject,
  type StoredObject,
  seeded,
  stored,
} from './objects.js';
import { type RateLimit, RateWindows } from './rate-limit.js';
import { type Item, identity, type ListName, type ObjectType, refusal } from './rules.js';
import { StandIn, type StandInOptions } from './server.js';

export type { SeedObject, StoredObject } from './objects.js';
export type { RateLimit } from './rate-limit.js';
export { type Item, type ListName, type ObjectType, objectTypes, refusal } from './rules.js';

/** All options except the key can be changed while the stand-in runs. */
export interface VisionOneOptions extends StandInOptions {
  apiKey?: string;
  /** "View, filter, and search" and "Manage lists and configure settings"; both by default. */
  permissions?: { view?: boolean; manage?: boolean };
  maxItems?: Partial<Record<ListName, number>>;
  maxBytes?: number;
  capPerType?: number;
  exceptionsCap?: number;
  rateLimit?: RateLimit;
  customer?: Partial<CustomerSettings>;
  neverLooksLike?: NeverLooksLike;
  /** Points a page's link elsewhere, or back. */
  nextLink?: (normal: string) => string;
  /** One such item makes a whole request of adds a 400. */
  poison?: (item: Item) => boolean;
}

interface Target {
  list: ListName;
  remove: boolean;
}

/** A change that was made to a list. */
export interface CarriedOut {
  list: ListName;
  at: number;
  request: Received;
  /** The item's own entry in the answer says that it failed. */
  isDenied: boolean;
}

export const paths = {
  health: '/v3.0/healthcheck/connectivity',
  suspicious: '/v3.0/threatintel/suspiciousObjects',
  exceptions: '/v3.0/threatintel/suspiciousObjectExceptions',
} as const;

/** No limit of items is published; these are the safe upper bounds in use (Seen). */
const safeItems: Record<ListName, number> = { suspicious: 1000, exceptions: 100 };
const safeBytes = 1_000_000;

export class VisionOne extends StandIn {
  readonly apiKey: string;
  readonly suspicious: ObjectMap = new Map();
  readonly exceptions: ObjectMap = new Map();
  /** Every item that was carried out, in order, as sent. */
  readonly accepted: (CarriedOut & { item: Item })[] = [];
  readonly removed: (CarriedOut & { object: StoredObject })[] = [];
  readonly evicted: StoredObject[] = [];

  permissions: { view: boolean; manage: boolean };
  maxItems: Record<ListName, number>;
  maxBytes: number;
  capPerType: number;
  exceptionsCap: number;
  rateLimit: RateLimit | undefined;
  customer: CustomerSettings;
  neverLooksLike: NeverLooksLike;
  nextLink: (normal: string) => string;
  poison: (item: Item) => boolean;

  private readonly windows = new RateWindows();
  private readonly listings = new Listings();

  constructor(options: VisionOneOptions) {
    super(options);
    this.apiKey = options.apiKey ?? 'sandbox-api-key';
    this.permissions = { view: true, manage: true, ...options.permissions };
    this.maxItems = { ...safeItems, ...options.maxItems };
    this.maxBytes = options.maxBytes ?? safeBytes;
    this.capPerType = options.capPerType ?? 10_000;
    this.exceptionsCap = options.exceptionsCap ?? 5_000;
    this.rateLimit = options.rateLimit;
    this.customer = {
      scanAction: 'log',
      riskLevel: 'high',
      daysToExpiration: 30,
      ...options.customer,
    };
    this.neverLooksLike = options.neverLooksLike ?? 'null';
    this.nextLink = options.nextLink ?? ((normal) => normal);
    this.poison = options.poison ?? (() => false);
  }

  /** Puts objects on a list as if an analyst had; caps and rules do not apply. */
  seed(list: ListName, objects: readonly SeedObject[]): void {
    for (const seed of objects) {
      const object = seeded(list, seed, this.now(), this.customer);
      this[list].set(keyOf(object.type, object.value), object);
    }
  }

  /** The object of a list with a value; case is ignored. */
  find(list: ListName, type: ObjectType, value: string): StoredObject | undefined {
    return this[list].get(keyOf(type, value));
  }

  protected override answer(request: Received, itemFaults: ItemFault[]): Answer {
    this.checkHeaders(request);
    const refused = this.refuseAccess(request);
    if (refused) return refused;
    if (!this.rateLimit) return this.carryOut(request, itemFaults);
    const endpoint = `${request.method} ${request.path}`;
    const { headers, refused: tooMany } = this.windows.take(endpoint, this.rateLimit, this.now());
    if (tooMany) return tooMany;
    const answer = this.carryOut(request, itemFaults);
    return { ...answer, headers: { ...answer.headers, ...headers } };
  }

  private carryOut(request: Received, itemFaults: ItemFault[]): Answer {
    if (request.path === paths.health) return { status: 200, body: { status: 'available' } };
    const target = targetOf(request);
    if (!target) return failure(404, 'NotFound', 'The requested resource was not found.');
    try {
      if (request.method === 'GET') {
        return this.listings.page(target.list, this[target.list], request, this);
      }
      return this.change(request, target, itemFaults);
    } catch (error) {
      if (error instanceof BadQuery) return this.bad(error.message);
      throw error;
    }
  }

  /** Every request names its client and its key; these say nothing about access. */
  private checkHeaders({ method, path, headers }: Received): void {
    const note = (what: string) => this.violations.push(`${method} ${path}: ${what}`);
    const agent = headers['user-agent'] ?? '';
    if (agent === '') note('no User-Agent');
    else if (/^(axios|node|undici)\b/i.test(agent)) note(`the User-Agent names only ${agent}`);
    if (!/^Bearer \S/.test(headers.authorization ?? '')) note('no bearer token');
  }

  private refuseAccess(request: Received): Answer | undefined {
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) {
      const innererror = { code: 'InvalidToken', service: 'svp' };
      const error = { code: 'InvalidCredentials', message: 'Invalid credentials.', innererror };
      return { status: 401, body: { error } };
    }
    if (request.path === paths.health) return undefined; // proves the key, not the permission
    const allowed = request.method === 'GET' ? this.permissions.view : this.permissions.manage;
    return allowed ? undefined : failure(403, 'AccessDenied', 'Insufficient permissions.');
  }

  private change(request: Received, { list, remove }: Target, itemFaults: ItemFault[]): Answer {
    const { body, bytes, headers } = request;
    if (bytes > this.maxBytes) {
      if (bytes > safeBytes) this.violations.push(`a body of ${bytes} bytes`);
      return { status: 413, body: { message: 'Request Too Long' } };
    }
    if (!/^application\/json(;\s*charset=utf-8)?$/i.test(headers['content-type'] ?? '')) {
      return this.bad(`Content-Type ${headers['content-type']}`);
    }
    if (!Array.isArray(body) || body.length === 0) return this.bad('the body is no array of items');
    const items = body as Item[];
    if (items.length > this.maxItems[list]) {
      const message = `${items.length} items, ${this.maxItems[list]} at most`;
      return items.length > safeItems[list]
        ? this.bad(message)
        : failure(400, 'BadRequest', message);
    }
    const change = (isDenied: boolean) => ({ list, at: this.now(), request, isDenied });
    if (remove) {
      return multi(items, itemFaults, (item, isDenied) => this.remove(item, change(isDenied)));
    }
    if (items.some((item) => this.poison(item))) {
      return failure(400, 'BadRequest', 'One or more items are malformed.');
    }
    if (list === 'exceptions' && this.exceptionsWouldOverflow(items)) {
      return failure(400, 'BadRequest', 'The number of objects exceeds the maximum limit');
    }
    const room = list === 'suspicious' ? new Room(this.suspicious, this.capPerType) : undefined;
    return multi(items, itemFaults, (item, isDenied) => this.add(item, room, change(isDenied)));
  }

  private add(item: Item, room: Room | undefined, change: CarriedOut): Answer {
    const { list } = change;
    const wrong = refusal(list, item);
    if (wrong) return this.bad(wrong, itemNumber);
    const objects = this[list];
    const object = stored(list, item, this.now(), this.customer);
    const key = keyOf(object.type, object.value);
    const present = objects.get(key);
    if (!present) {
      const gone = room ? room.make(object.type) : [];
      if (!gone) return failure(400, 'BadRequest', 'The list is full and nothing on it expires.');
      this.evicted.push(...gone);
    }
    const kept = present ? { ...object, value: present.value } : object;
    objects.set(key, kept);
    room?.note(kept, !present);
    this.accepted.push({ ...change, item });
    return { status: 201 };
  }

  private remove(item: Item, change: CarriedOut): Answer {
    const { list } = change;
    const named = identity(item);
    if (typeof named === 'string') return this.bad(named, itemNumber);
    if (Object.keys(item).length > 1)
      return this.bad('a removal names a value and no more', itemNumber);
    const key = keyOf(named.type, named.value);
    const object = this[list].get(key);
    if (!object) return failure(404, 'NotFound', 'The object was not found.');
    this[list].delete(key);
    this.removed.push({ ...change, object });
    return { status: 204 };
  }

  private exceptionsWouldOverflow(items: Item[]): boolean {
    const added = new Set<string>();
    for (const item of items) {
      if (refusal('exceptions', item)) continue;
      const { type, value } = identity(item) as { type: ObjectType; value: string };
      const key = keyOf(type, value);
      if (!this.exceptions.has(key)) added.add(key);
    }
    return added.size > 0 && this.exceptions.size + added.size > this.exceptionsCap;
  }

  /** A 400 for what a client must not send. */
  private bad(message: string, number?: number): Answer {
    this.violations.push(message);
    return failure(400, 'BadRequest', message, number);
  }
}

function targetOf({ method, path }: Received): Target | undefined {
  for (const list of ['suspicious', 'exceptions'] as const) {
    if (path === paths[list] && (method === 'GET' || method === 'POST'))
      return { list, remove: false };
    if (path === `${paths[list]}/delete` && method === 'POST') return { list, remove: true };
  }
  return undefined;
}

export const startVisionOne = (options: VisionOneOptions = {}): Promise<VisionOne> =>
  new VisionOne(options).listen();
