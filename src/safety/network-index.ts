/** Finds the network that contains an address, with one look-up for each prefix length that occurs. */
import { isIP } from 'node:net';
import { type Address, embeddedIpv4, parseAddress } from './address.js';
import { addEntry, InvalidEntry } from './entry-index.js';

export class NetworkIndex {
  /** By prefix length, then by prefix, the number of the list. */
  readonly #byLength = {
    ipv4: new Map<number, Map<string, number>>(),
    ipv6: new Map<number, Map<string, number>>(),
  };

  /** @throws {InvalidEntry} if the entry is neither an address nor a network */
  add(entry: string, list: number): void {
    const network = parseNetwork(entry);
    if (!network) throw new InvalidEntry('is neither an address nor a network');
    const { address, prefixLength } = network;
    const lengths = this.#byLength[address.kind()];
    const networks = lengths.get(prefixLength) ?? new Map<string, number>();
    lengths.set(prefixLength, networks);
    addEntry(networks, prefixOf(address, prefixLength), list);
  }

  /** The number of the list that has a network with an address, or with the IPv4 address in it. */
  find(address: Address): number | undefined {
    for (const [length, networks] of this.#byLength[address.kind()]) {
      const list = networks.get(prefixOf(address, length));
      if (list !== undefined) return list;
    }
    const embedded = embeddedIpv4(address);
    return embedded && this.find(embedded);
  }
}

interface Network {
  address: Address;
  prefixLength: number;
}

/**
 * Reads `address/length`; an address alone is a network of one address.
 * @returns undefined if it is neither. Addresses must be complete: ipaddr.js alone would accept `0x7f.1`.
 */
export function parseNetwork(entry: string): Network | undefined {
  const [address = '', length, ...others] = entry.trim().split('/');
  if (isIP(address) === 0 || address.includes('%') || others.length > 0) return undefined;
  const parsed = parseAddress(address);
  const maxLength = parsed.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return { address: parsed, prefixLength: maxLength };
  const isLength = /^\d{1,3}$/.test(length) && Number(length) <= maxLength;
  return isLength ? { address: parsed, prefixLength: Number(length) } : undefined;
}

/** The first bits of an address, as text. */
function prefixOf(address: Address, length: number): string {
  const bytes = address.toByteArray();
  const wholeBytes = length >> 3;
  const restBits = length & 7;
  const kept = bytes.slice(0, wholeBytes);
  if (restBits > 0) kept.push((bytes[wholeBytes] ?? 0) & (0xff << (8 - restBits)) & 0xff);
  return kept.join('.') || '*';
}
