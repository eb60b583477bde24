/** Ranges of IP addresses, and a fast search for the range that contains an address. */
import { type Address, embeddedIpv4, readAddress } from './address.js';

/** A range of addresses of one family, including both ends. */
export interface AddressRange {
  family: ReturnType<Address['kind']>;
  first: bigint;
  last: bigint;
}

/**
 * Reads one address, a network (`93.184.216.0/24`) or a range (`93.184.217.1-93.184.217.20`).
 * @returns undefined if the text is none of them. Addresses must be complete: ipaddr.js alone would accept
 * `0x7f.1`.
 */
export function parseRange(text: string): AddressRange | undefined {
  const [from = '', to, ...others] = text.split('-');
  if (to === undefined) return parseNetwork(text);
  const [first, last] = [readAddress(from.trim()), readAddress(to.trim())];
  if (!first || !last || others.length > 0 || first.kind() !== last.kind()) return undefined;
  const range = { family: first.kind(), first: numberOf(first), last: numberOf(last) };
  return range.first <= range.last ? range : undefined;
}

/** Reads `address/length`. An address alone is a network of one address. Undefined if it is neither. */
function parseNetwork(text: string): AddressRange | undefined {
  const [address = '', length, ...others] = text.trim().split('/');
  const parsed = readAddress(address);
  if (!parsed || others.length > 0) return undefined;
  const bits = parsed.kind() === 'ipv4' ? 32 : 128;
  if (length !== undefined && !(/^\d{1,3}$/.test(length) && Number(length) <= bits)) {
    return undefined;
  }
  const hostBits = BigInt(bits - Number(length ?? bits));
  const first = (numberOf(parsed) >> hostBits) << hostBits;
  return { family: parsed.kind(), first, last: first + (1n << hostBits) - 1n };
}

/** An address as a number. */
function numberOf(address: Address): bigint {
  const bytes = address.toByteArray();
  // A number is exact up to 53 bits, and much faster.
  if (bytes.length === 4) return BigInt(bytes.reduce((sum, byte) => sum * 256 + byte, 0));
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

interface Entry<Value> extends AddressRange {
  value: Value;
}

/** Ranges with a value each. A search takes a time that is logarithmic in the number of ranges. */
export class AddressRanges<Value> {
  readonly #indexes = { ipv4: new FamilyIndex<Value>(), ipv6: new FamilyIndex<Value>() };

  add(range: AddressRange, value: Value): void {
    this.#indexes[range.family].add({ ...range, value });
  }

  /** The value of a range that contains the address, or its embedded IPv4 address. */
  find(address: Address): Value | undefined {
    const found = this.#indexes[address.kind()].find(numberOf(address));
    if (found) return found.value;
    const embedded = embeddedIpv4(address);
    return embedded && this.find(embedded);
  }
}

/** The ranges of one address family. */
class FamilyIndex<Value> {
  /** Sorted by their first address, unless some were added since. */
  #entries: Entry<Value>[] = [];
  /** For each index, the entry with the highest last address among those up to that index. */
  #furthest: Entry<Value>[] = [];

  add(entry: Entry<Value>): void {
    this.#entries.push(entry);
  }

  find(address: bigint): Entry<Value> | undefined {
    if (this.#furthest.length < this.#entries.length) this.#sort();
    // If any range that begins at or before the address contains it, the one that reaches furthest does.
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle];
      if (entry && entry.first <= address) low = middle + 1;
      else high = middle;
    }
    const furthest = this.#furthest[low - 1];
    return furthest && furthest.last >= address ? furthest : undefined;
  }

  #sort(): void {
    this.#entries.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
    let furthest: Entry<Value> | undefined;
    this.#furthest = this.#entries.map((entry) => {
      if (!furthest || entry.last > furthest.last) furthest = entry;
      return furthest;
    });
  }
}
