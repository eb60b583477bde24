/**
 * Exclusion lists: users' own lists of what must never be blocked. Objects are looked up in indexes, so
 * that a million entries take little more time than a few.
 */
import { isIP } from 'node:net';
import type { Checked } from '../indicator/checked.js';
import { checkDomain, MAX_DOMAIN_CHARS, normalizeHost, parentsOf } from '../indicator/domain.js';
import { checkMail } from '../indicator/hash-and-email.js';
import { normalizeSpelling } from '../indicator/identity.js';
import { hasPort } from '../indicator/port.js';
import { refangUrl } from '../indicator/refang.js';
import { checkUrl, hasScheme, withoutPrefix } from '../indicator/url.js';
import type { Warning } from '../result/result.js';
import { type AddressRange, AddressRanges, parseRange } from './address-ranges.js';
import { addEntry, InvalidEntry } from './entry-index.js';
import type { Expressions } from './expressions.js';
import type { ObjectParts } from './object-parts.js';
import { SubstringIndex } from './substring-index.js';

/** What the entries of a list mean; the types of MISP's warning lists. */
export const LIST_TYPES = ['hostname', 'cidr', 'string', 'substring', 'regex'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** A warning list as it was read from a file. */
export interface ExclusionList {
  name: string;
  type: ListType;
  entries: string[];
}

/** An entry of a user's own list, whose type is detected. */
export interface ExclusionLine {
  /** Counted from 1. */
  number: number;
  text: string;
}

/**
 * The entries of a text, one in each line. A `#` at the beginning of a line or after white space begins a
 * comment.
 * @param options.commas whether commas separate entries too
 */
export function linesOf(text: string, options: { commas?: boolean } = {}): ExclusionLine[] {
  const lines: ExclusionLine[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const values = line.replace(/(^|\s)#.*$/, '');
    for (const value of options.commas ? values.split(',') : [values]) {
      const refanged = refangUrl(value);
      if (refanged !== '') lines.push({ number: index + 1, text: refanged });
    }
  }
  return lines;
}

/** How many ignored expressions a warning describes. */
const MAX_DESCRIBED = 3;

export class Exclusions {
  /** One for each list of which some entries are ignored. */
  readonly warnings: Warning[] = [];
  readonly #names: string[] = [];
  /** Each index returns the number of a list. */
  readonly #strings = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  /** Hosts of which all subdomains are excluded. */
  readonly #subdomains = new Map<string, number>();
  readonly #ranges = new AddressRanges<number>();
  readonly #substrings = new SubstringIndex();
  /** Loaded when a list has expressions. */
  #expressions: Expressions | undefined;

  get size(): number {
    return this.#names.length;
  }

  /**
   * Adds a user's own list.
   * @returns the lines that have no meaning, and why, as a predicate; the others are added
   */
  addLines(
    name: string,
    lines: readonly ExclusionLine[],
  ): Array<{ line: ExclusionLine; message: string }> {
    const list = this.#names.push(name) - 1;
    if (lines.length === 0) {
      const message = `the list ${name} has no entries, so it excludes nothing`;
      this.warnings.push({ code: 'exclusion_entries', message });
    }
    return lines.flatMap((line) => {
      try {
        this.#addLine(line.text.toLowerCase(), list);
        return [];
      } catch (error) {
        if (error instanceof InvalidEntry) return [{ line, message: error.message }];
        throw error;
      }
    });
  }

  /**
   * Adds a warning list. The first list that has an entry names it, so lists are added one after the other.
   * @throws {InvalidEntry} for the first entry that has no meaning, with its number; or if no expression
   * of a list can be used
   */
  async add({ name, type, entries }: ExclusionList): Promise<void> {
    const list = this.#names.push(name) - 1;
    if (type === 'regex') return await this.#addExpressions(entries, list);
    for (const [index, entry] of entries.entries()) {
      withNumber(index, () => this.#addEntry(type, entry, list));
    }
  }

  /** Ignores expressions that re2 does not support, with a warning: the rest of the list still protects. */
  async #addExpressions(entries: string[], list: number): Promise<void> {
    const { Expressions } = await import('./expressions.js');
    this.#expressions ??= new Expressions();
    const expressions = this.#expressions;
    const ignored = entries.flatMap((entry, index) => {
      const problem = withNumber(index, () => expressions.add(entry, list));
      return problem === undefined ? [] : [`entry ${index + 1} ${problem}`];
    });
    const [first] = ignored;
    if (first === undefined) return;
    if (ignored.length === entries.length) throw new InvalidEntry(`has no usable entry: ${first}`);
    const described = ignored.slice(0, MAX_DESCRIBED);
    if (ignored.length > MAX_DESCRIBED)
      described.push(`and ${ignored.length - MAX_DESCRIBED} more`);
    const message = `${ignored.length} of ${entries.length} expressions of the list ${this.#names[list]} are ignored: ${described.join('; ')}`;
    this.warnings.push({ code: 'exclusion_entries', message });
  }

  /** @throws {InvalidEntry} */
  #addEntry(type: Exclude<ListType, 'regex'>, entry: string, list: number): void {
    switch (type) {
      case 'string':
        addEntry(this.#strings, normalizeString(entry), list);
        break;
      case 'hostname':
        this.#addHostname(entry, list);
        break;
      case 'cidr':
        this.#addRange(parseRange(entry), list);
        break;
      case 'substring':
        this.#substrings.add(entry.toLowerCase(), list);
    }
  }

  #addRange(range: AddressRange | undefined, list: number): void {
    if (!range) throw new InvalidEntry('is not a valid address, network or range');
    this.#ranges.add(range, list);
  }

  /** A host name of a warning list includes its subdomains, with or without a leading dot. */
  #addHostname(entry: string, list: number): void {
    const host = readHost(entry.trim().replace(/^\*?\./, ''));
    addEntry(this.#hosts, host, list);
    addEntry(this.#subdomains, host, list);
  }

  /** A line is a network, a range of addresses, the subdomains of a domain (`*.example.com`), or one value. */
  #addLine(line: string, list: number): void {
    if (/\s/.test(line)) throw new InvalidEntry('has white space in it');
    if (hasPort(line))
      throw new InvalidEntry('has a port: give the host or the address without it');
    const range = parseRange(line);
    if (range || looksLikeRange(line)) {
      this.#addRange(range, list);
    } else if (line === '*.') {
      throw new InvalidEntry('has no domain after *.');
    } else if (line.startsWith('*.')) {
      addEntry(this.#subdomains, readHost(line.slice(2)), list);
    } else if (line.includes('*')) {
      throw new InvalidEntry('may have a * only at its beginning, as in *.example.com');
    } else {
      const value = checkedLine(line);
      addEntry(this.#strings, normalizeString(value), list);
      if (!isUrl(line)) addEntry(this.#hosts, readHost(line), list);
    }
  }

  /** The name of a list that excludes an object; undefined if none does. */
  find({ key, value, host, address }: ObjectParts): string | undefined {
    const lower = value.toLowerCase();
    const found =
      this.#strings.get(lower) ??
      (key === 'url' ? this.#findUrl(lower) : undefined) ??
      (host === undefined ? undefined : this.#findHost(host)) ??
      (address && (this.#ranges.find(address) ?? this.#strings.get(address.toString()))) ??
      this.#substrings.find(lower) ??
      this.#expressions?.find(host === undefined ? [value] : [value, host]);
    return found === undefined ? undefined : this.#names[found];
  }

  /** Lists have URLs with and without a scheme. */
  #findUrl(url: string): number | undefined {
    return this.#strings.get(withoutRootPath(url)) ?? this.#strings.get(withoutPrefix(url));
  }

  #findHost(host: string): number | undefined {
    const exact = this.#hosts.get(host) ?? this.#strings.get(host);
    if (exact !== undefined) return exact;
    for (const parent of parentsOf(host)) {
      const list = this.#subdomains.get(parent);
      if (list !== undefined) return list;
    }
    return undefined;
  }
}

/**
 * Refuses a line that can be no value: it would silently protect nothing.
 * @returns the value as it would be sent; a URL that has no scheme still has none
 * @throws {InvalidEntry}
 */
function checkedLine(line: string): string {
  if ((line.length <= MAX_DOMAIN_CHARS && HOST.test(line)) || HASH.test(line)) {
    if (FILE_NAME.test(line)) throw new InvalidEntry(IS_FILE);
    return line;
  }
  const checked = checkLine(line);
  if ('problem' in checked) throw new InvalidEntry(NO_VALUE);
  return isUrl(line) && !hasScheme(line) ? withoutPrefix(checked.value) : checked.value;
}

/** Most lines are host names in ASCII, whose top-level domain does not begin with a digit. */
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const HASH = /^[0-9a-f]{32,128}$/;
const FILE_NAME = /\.(?:txt|csv|json)$/;
const IS_FILE = 'is the name of a file: list files under exclude';
const NO_VALUE = 'is not a domain, address, network, range, URL, email address or hash';

function checkLine(line: string): Checked {
  if (isUrl(line)) return checkUrl(line, { wildcards: false, defaultScheme: 'http' });
  return line.includes('@') ? checkMail(line) : checkDomain(line, { wildcards: false });
}

/** Whether a line can only be a URL, because it has a path, a query or a fragment. */
function isUrl(line: string): boolean {
  return /[/?#]/.test(line);
}

/** Whether a line is an address with a `/` and a length, or two addresses, which may make no valid range. */
function looksLikeRange(line: string): boolean {
  const [address = ''] = line.split('/');
  if (isIP(address) !== 0) return /^[^/]*\/[\d.,;]*$/.test(line);
  if (/^[\d.]+-[\d.]+$/.test(line)) return true;
  return line.includes('-') && line.split('-').every((end) => isIP(end) !== 0);
}

/**
 * A host name in the form in which hosts are sent.
 * @throws {InvalidEntry} if no host can have this name
 */
function readHost(entry: string): string {
  const host = normalizeHost(entry);
  if (/[\s/*]/.test(host)) throw new InvalidEntry('is not a host name');
  return host;
}

/** A value of any type in the form in which values are compared; a host in it has A-labels. */
function normalizeString(entry: string): string {
  const isMail = entry.includes('@') && !entry.includes('/');
  return withoutRootPath(normalizeSpelling(isMail ? 'senderMailAddress' : 'url', entry));
}

/** A URL without the `/` after its host, if that is all of its path: both name the same page. */
function withoutRootPath(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/]+)\/$/, '$1');
}

/** @throws {InvalidEntry} with the number of the entry, for each error that `add` throws */
function withNumber<T>(index: number, add: () => T): T {
  try {
    return add();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidEntry(`entry ${index + 1} ${why}`);
  }
}
