/**
 * Users' own lists of what is never to be exported: matched by look-ups, never by going through a
 * list for each object, so that a million entries cost no more than a few.
 */
import { isIP } from 'node:net';
import { createContext, Script } from 'node:vm';
import type ipaddr from 'ipaddr.js';
import { asciiHost } from '../vision-one/objects.js';
import { parentsOf, type Target } from './hosts.js';
import { embeddedIpv4, parseAddress } from './routable.js';

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
  #names: string[] = [];
  /** Each look-up answers with the number of a list. */
  #strings = new Map<string, number>();
  #hosts = new Map<string, number>();
  #below = new Map<string, number>();
  #networks = new Networks();
  #substrings = new Substrings();
  #regexes = new Regexes();

  readonly #adders: Record<ListType, Adder> = {
    string: (entry, list) => keepFirst(this.#strings, entry.trim().toLowerCase(), list),
    // A host name of a warning list means what is below it too, with or without a leading dot.
    hostname: (entry, list) => {
      const host = hostOf(entry.trim().replace(/^\*?\./, ''));
      keepFirst(this.#hosts, host, list);
      keepFirst(this.#below, host, list);
    },
    cidr: (entry, list) => this.#networks.add(entry, list),
    substring: (entry, list) => this.#substrings.add(entry.toLowerCase(), list),
    regex: (entry, list) => this.#regexes.add(regexOf(entry), list),
  };

  /** How many lists there are. */
  get size(): number {
    return this.#names.length;
  }

  /**
   * Takes in a list.
   * @throws {InvalidEntry} for the first entry that means nothing, with its number
   */
  add({ name, type, entries }: ExclusionList): void {
    const list = this.#names.push(name) - 1;
    const add = type ? this.#adders[type] : (entry: string) => this.#addLine(entry, list);
    for (const [index, entry] of entries.entries()) {
      try {
        add(entry, list);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new InvalidEntry(`entry ${index + 1}: ${why}`);
      }
    }
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
      keepFirst(this.#strings, lower, list);
      if (!lower.includes('/')) keepFirst(this.#hosts, hostOf(lower), list);
    }
  }

  /**
   * The name of a list that an object is on; undefined where it is on none. Where a regular expression
   * takes too long to say, the name says so, and the object counts as on the list.
   */
  find({ key, value, host, address }: Target): string | undefined {
    const lower = value.toLowerCase();
    const found =
      this.#strings.get(lower) ??
      // Lists hold URLs with and without their scheme.
      (key === 'url' ? this.#strings.get(lower.replace(/^[a-z]+:\/\//, '')) : undefined) ??
      (host === undefined ? undefined : this.#findHost(host)) ??
      (address
        ? (this.#networks.find(address) ?? this.#strings.get(address.toString()))
        : undefined) ??
      this.#substrings.find(lower);
    if (found !== undefined) return this.#names[found];
    const matched = this.#regexes.find(host === undefined ? [value] : [value, host]);
    if (!matched) return undefined;
    const name = this.#names[matched.list];
    return matched.tooSlow
      ? `${name} (its regular expression ${matched.tooSlow} takes too long on it)`
      : name;
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
  const host = asciiHost(entry.toLowerCase()).replace(/\.$/, '');
  if (/[\s/*]/.test(host)) throw new InvalidEntry('is no host name');
  return host;
}

function keepFirst(map: Map<string, number>, key: string, list: number): void {
  if (key === '') throw new InvalidEntry('is empty');
  if (!map.has(key)) map.set(key, list);
}

/** `/pattern/flags`, as MISP's lists have them, or a bare pattern; case does not matter. */
function regexOf(entry: string): RegExp {
  const [, source = entry, flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(entry) ?? [];
  if (source === '') throw new InvalidEntry('is empty');
  try {
    return new RegExp(source, [...new Set(`i${flags.replace(/[^imsu]/g, '')}`)].join(''));
  } catch {
    throw new InvalidEntry('is no regular expression');
  }
}

/** So long may all regular expressions take on one object, in milliseconds; a good one takes microseconds. */
const REGEX_TIMEOUT_MS = 100;
/** After so many objects on which they took too long, they get a twentieth of that. */
const PATIENT_TIMES = 50;

/**
 * Regular expressions, each tried on each object. Indicators are written by attackers, and a value can
 * be made for an expression so that trying it takes years: node:vm is what can break that off.
 */
class Regexes {
  #regexes: Array<{ regex: RegExp; list: number }> = [];
  #context = createContext({ regexes: [] as RegExp[], texts: [] as string[], at: 0 });
  #timesTooSlow = 0;
  static readonly #script = new Script(
    'for (at = 0; at < regexes.length; at++) if (texts.some((text) => regexes[at].test(text))) break;',
  );

  add(regex: RegExp, list: number): void {
    this.#regexes.push({ regex, list });
    this.#context['regexes'].push(regex);
  }

  /** The list of an expression that matches one of the texts, or which of the expressions is too slow to say. */
  find(texts: string[]): { list: number; tooSlow?: RegExp } | undefined {
    if (this.#regexes.length === 0) return undefined;
    this.#context['texts'] = texts;
    const timeout = REGEX_TIMEOUT_MS / (this.#timesTooSlow < PATIENT_TIMES ? 1 : 20);
    try {
      Regexes.#script.runInContext(this.#context, { timeout });
    } catch {
      this.#timesTooSlow++;
      const slow = this.#regexes[this.#context['at']];
      return slow && { list: slow.list, tooSlow: slow.regex };
    }
    const found = this.#regexes[this.#context['at']];
    return found && { list: found.list };
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
