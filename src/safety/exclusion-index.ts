/** The entries of all exclusion lists, in indexes: a million entries take little more time than a few. */
import { parentsOf } from '../indicator/domain.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { withoutPrefix } from '../indicator/url.js';
import { type Address, embeddedIpv4 } from './address.js';
import { AddressRanges } from './address-ranges.js';
import { type Entry, type EntryProblem, withoutRootPath } from './entry.js';
import type { Expressions } from './expressions.js';
import { EntryIndex, FirstLists } from './first-lists.js';
import type { ObjectParts } from './object-parts.js';
import { SubstringIndex } from './substring-index.js';

export class ExclusionIndex {
  readonly #lists = new FirstLists();
  /** By the kinds of entries. */
  readonly #texts = {
    value: new EntryIndex(this.#lists),
    host: new EntryIndex(this.#lists),
    domain: new EntryIndex(this.#lists),
    subdomains: new EntryIndex(this.#lists),
    substring: new SubstringIndex(this.#lists),
  };
  /** Ranges need no record for each type: a list with ranges is for every type that they are compared with. */
  readonly #addresses = new AddressRanges<number>();
  readonly #addressesAndUrls = new AddressRanges<number>();
  /** Loaded when a list has expressions. */
  #expressions: Expressions | undefined;

  /**
   * Begins a list. Of several lists with the same entry, the first one is found, so lists are added one
   * after the other.
   * @param types the types of objects that the list is for
   */
  begin(list: number, types: readonly ObjectKey[]): void {
    this.#lists.begin(list, types);
  }

  /** Must be called before an expression is added. */
  async loadExpressions(): Promise<void> {
    const { Expressions } = await import('./expressions.js');
    this.#expressions ??= new Expressions();
  }

  /**
   * Adds an entry of the list that was begun.
   * @returns why it is not added; undefined if it is
   */
  add(entry: Entry): EntryProblem | undefined {
    if (entry.kind === 'expression') {
      if (!this.#expressions) throw new Error('loadExpressions was not called');
      return this.#expressions.add(entry.text, this.#lists.list, this.#lists.types);
    }
    if (entry.kind === 'range') {
      const ranges = entry.coversUrls ? this.#addressesAndUrls : this.#addresses;
      ranges.add(entry.range, this.#lists.list);
    } else {
      this.#texts[entry.kind].add(entry.text);
    }
    return undefined;
  }

  /** The number of a list that excludes an object; undefined if none does. */
  find({ key, value, host, address }: ObjectParts): number | undefined {
    const lower = value.toLowerCase();
    return (
      this.#texts.value.find(spellings(key, lower, address), key) ??
      (host === undefined ? undefined : this.#findHost(host, key)) ??
      (address && this.#findAddress(address, key)) ??
      this.#texts.substring.find(lower, key) ??
      this.#expressions?.find(value, key)
    );
  }

  #findHost(host: string, key: ObjectKey): number | undefined {
    const parents = [...parentsOf(host)];
    return (
      this.#texts.host.findOne(host, key) ??
      this.#texts.domain.find([host, ...parents], key) ??
      this.#texts.subdomains.find(parents, key)
    );
  }

  /** @param address of an object of the type `ip`, or of the host of a URL */
  #findAddress(address: Address, key: ObjectKey): number | undefined {
    return (
      this.#addressesAndUrls.find(address) ??
      (key === 'ip' ? this.#addresses.find(address) : undefined) ??
      this.#texts.host.find(addressTexts(address), key)
    );
  }
}

/** The forms in which lists can have a whole value. */
function spellings(key: ObjectKey, value: string, address: Address | undefined): string[] {
  if (key === 'url') return [value, ...urlSpellings(value)];
  return key === 'ip' && address ? addressTexts(address) : [value];
}

/**
 * The spellings of a URL in lists, which have URLs with and without a scheme. A URL without a path is
 * also its host alone: ThreatQ stores `http://example.com` as `example.com`, and blocking it would block
 * the front page of the site.
 */
function urlSpellings(url: string): string[] {
  const shortest = withoutRootPath(url);
  const text = withoutPrefix(shortest);
  return text.includes('/') ? [shortest, text] : [shortest, text, `${text}/`];
}

/** An address, and the IPv4 address in it, in the form in which entries have them. */
function addressTexts(address: Address): string[] {
  const embedded = embeddedIpv4(address);
  return embedded ? [address.toString(), embedded.toString()] : [address.toString()];
}
