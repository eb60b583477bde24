/**
 * Users' own lists of what is never to be exported: matched by look-ups, never by going through a
 * list for each object, so that a million entries cost no more than a few.
 */
import { isIP } from 'node:net';
import type ipaddr from 'ipaddr.js';
import { normalizeHost, parentsOf } from '../indicator/domain.js';
import { normalizeSpelling } from '../indicator/identity.js';
import { splitUrl } from '../indicator/split-url.js';
import type { Expressions } from './expressions.js';
import { embeddedIpv4, parseAddress } from './routable.js';
import type { Target } from './target.js';

/** How the entries of a list are meant; the types of MISP's warning lists. */
export const LIST_TYPES = ['hostname', 'cidr', 'string', 'substring', 'regex'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** A list as it was read from a file. */
export interface ExclusionList {
  name: string;
  /** Undefined for a file with one value a line, where each line says by itself what it is. */
  type: ListType | undefined;
  entries: string[];
}

/** @throws {InvalidEntry} */
type Adder = (entry: string, list: number) => void;

/** An entry that means nothing in its list. */
export class InvalidEntry extends Error {}

export class Exclusions {
  /** Of lists that were taken in only in part, one a list. */
  readonly warnings: Array<{ code: 'exclusion_entries'; message: string }> = [];
  #names: string[] = [];
  /** Each look-up answers with the number of a list. */
  #strings = new Map<string, number>();
  #hosts = new Map<string, number>();
  #below = new Map<string, number>();
  #networks = new Networks();
  #substrings = new Substrings();
  /** Loaded if a list holds expressions. */
  #expressions: Expressions | undefined;

  readonly #adders: Record<Exclude<ListType, 'regex'>, Adder> = {
    string: (entry, list) => keepFirst(this.#strings, asSent(entry), list),
    // A host name of a warning list means what is below it too, with or without a leading dot.
    hostname: (entry, list) => {
      const host = hostOf(entry.trim().replace(/^\*?\./, ''));
      keepFirst(this.#hosts, host, list);
      keepFirst(this.#below, host, list);
    },
    cidr: (entry, list) => this.#networks.add(entry, list),
    substring: (entry, list) => this.#substrings.add(entry.toLowerCase(), list),
  };

  /** How many lists there are. */
  get size(): number {
    return this.#names.length;
  }

  /**
   * Takes in a list; one after the other.
   * @throws {InvalidEntry} for the first entry that means nothing, with its number, or if none of a
   * list's expressions can be used
   */
  async add({ name, type, entries }: ExclusionList): Promise<void> {
    const list = this.#names.push(name) - 1;
    if (type === 'regex') return await this.#addExpressions(entries, list);
    const add = type ? this.#adders[type] : (entry: string) => this.#addLine(entry, list);
    for (const [index, entry] of entries.entries()) numbered(index, () => add(entry, list));
  }

  /** What re2 does not have is left out, with a warning: the rest of the list still protects. */
  async #addExpressions(entries: string[], list: number): Promise<void> {
    const { Expressions } = await import('./expressions.js');
    this.#expressions ??= new Expressions();
    const expressions = this.#expressions;
    const leftOut = entries.flatMap((entry, index) => {
      const problem = numbered(index, () => expressions.add(entry, list));
      return problem === undefined ? [] : [`entry ${index + 1}: ${problem}`];
    });
    if (leftOut.length === 0) return;
    const [first] = leftOut;
    if (leftOut.length === entries.length) throw new InvalidEntry(`has no usable entry: ${first}`);
    const more = leftOut.length > 3 ? [`and ${leftOut.length - 3} more`] : [];
    const told = [...leftOut.slice(0, 3), ...more].join('; ');
    const message = `${leftOut.length} of ${entries.length} expressions of the list ${this.#names[list]} are left out: ${told}`;
    this.warnings.push({ code: 'exclusion_entries', message });
  }

  /** A line is a network, a domain with what is below it (`*.example.com`), or just that value. */
  #addLine(line: string, list: number): void {
    const lower = line.toLowerCase();
    const [address = ''] = lower.split('/');
    if (/\s/.test(lower)) throw new InvalidEntry('has white space in it');
    if (networkOf(lower) || (isIP(address) && /^[^/]*\/\d*$/.test(lower))) {
      this.#networks.add(lower, list);
    } else if (lower.startsWith('*.')) keepFirst(this.#below, hostOf(lower.slice(2)), list);
    else if (lower.includes('*')) throw new InvalidEntry('has a * that is not the beginning of *.');
    else {
      keepFirst(this.#strings, asSent(lower), list);
      if (!lower.includes('/')) keepFirst(this.#hosts, hostOf(lower), list);
    }
  }

  /** The name of a list that an object is on; undefined where it is on none. */
  find({ key, value, host, address }: Target): string | undefined {
    const lower = value.toLowerCase();
    const found =
      this.#strings.get(lower) ??
      // Lists hold URLs with and without their scheme.
      (key === 'url' ? this.#strings.get(lower.slice(splitUrl(lower).prefix.length)) : undefined) ??
      (host === undefined ? undefined : this.#findHost(host)) ??
      (address
        ? (this.#networks.find(address) ?? this.#strings.get(address.toString()))
        : undefined) ??
      this.#substrings.find(lower) ??
      this.#expressions?.find(host === undefined ? [value] : [value, host]);
    return found === undefined ? undefined : this.#names[found];
  }

  #findHost(host: string): number | undefined {
    const named = this.#hosts.get(host) ?? this.#strings.get(host);
    if (named !== undefined) return named;
    for (const parent of parentsOf(host)) {
      const list = parent === host ? undefined : this.#below.get(parent);
      if (list !== undefined) return list;
    }
    return undefined;
  }
}

/**
 * A host name as it is sent: in lower case and A-labels, without a trailing dot.
 * @throws {InvalidEntry} where no host can have it
 */
function hostOf(entry: string): string {
  const host = normalizeHost(entry);
  if (/[\s/*]/.test(host)) throw new InvalidEntry('is no host name');
  return host;
}

function keepFirst(map: Map<string, number>, key: string, list: number): void {
  if (key === '') throw new InvalidEntry('is empty');
  if (!map.has(key)) map.set(key, list);
}

/** A value as it is compared: in lower case, the host that is in it in A-labels, as hosts are sent. */
function asSent(entry: string): string {
  const isMail = entry.includes('@') && !entry.includes('/');
  return normalizeSpelling(isMail ? 'senderMailAddress' : 'url', entry);
}

/** @throws {InvalidEntry} that names the entry, for whatever `add` throws */
function numbered<T>(index: number, add: () => T): T {
  try {
    return add();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidEntry(`entry ${index + 1}: ${why}`);
  }
}

/** Networks by the length of their prefix: one look-up a length that occurs. */
class Networks {
  #byLength = {
    ipv4: new Map<number, Map<string, number>>(),
    ipv6: new Map<number, Map<string, number>>(),
  };

  add(entry: string, list: number): void {
    const network = networkOf(entry);
    if (!network) throw new InvalidEntry('is neither an address nor a network');
    const [address, length] = network;
    const lengths = this.#byLength[address.kind()];
    const networks = lengths.get(length) ?? new Map<string, number>();
    lengths.set(length, networks);
    keepFirst(networks, prefixOf(address, length), list);
  }

  find(address: ipaddr.IPv4 | ipaddr.IPv6): number | undefined {
    for (const [length, networks] of this.#byLength[address.kind()]) {
      const list = networks.get(prefixOf(address, length));
      if (list !== undefined) return list;
    }
    const embedded = address.kind() === 'ipv6' ? embeddedIpv4(address as ipaddr.IPv6) : undefined;
    return embedded ? this.find(embedded) : undefined;
  }
}

/** An address is a network of one. Only whole addresses count: ipaddr.js alone would take `0x7f.1`. */
function networkOf(entry: string): [ipaddr.IPv4 | ipaddr.IPv6, number] | undefined {
  const [address = '', length, ...others] = entry.trim().split('/');
  if (isIP(address) === 0 || address.includes('%') || others.length > 0) return undefined;
  const parsed = parseAddress(address);
  const most = parsed.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return [parsed, most];
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? [parsed, Number(length)] : undefined;
}

/** The first bits of an address, as text. */
function prefixOf(address: ipaddr.IPv4 | ipaddr.IPv6, length: number): string {
  const bytes = address.toByteArray();
  const full = length >> 3;
  const rest = length & 7;
  const kept = bytes.slice(0, full);
  if (rest > 0) kept.push((bytes[full] ?? 0) & (0xff << (8 - rest)) & 0xff);
  return kept.join('.') || '*';
}

/**
 * Substrings by their length: for each length that occurs, one look-up at each place of the value.
 * A tree of a million of them would take gigabytes; this takes what a set takes.
 */
class Substrings {
  #byLength = new Map<number, Map<string, number>>();

  add(entry: string, list: number): void {
    const entries = this.#byLength.get(entry.length) ?? new Map<string, number>();
    this.#byLength.set(entry.length, entries);
    keepFirst(entries, entry, list);
  }

  find(value: string): number | undefined {
    for (const [length, entries] of this.#byLength) {
      for (let at = 0; at + length <= value.length; at++) {
        const list = entries.get(value.slice(at, at + length));
        if (list !== undefined) return list;
      }
    }
    return undefined;
  }
}
