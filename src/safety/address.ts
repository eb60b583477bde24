/** IP addresses: how they are read, and which of them can be reached from anywhere. */
import { isIP, isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { withoutBrackets } from '../indicator/ip.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** The ranges of ipaddr.js that IANA's registries call globally reachable and that can have servers. */
const ROUTABLE_RANGES = new Set(['unicast', 'as112', 'as112v6', 'amt']);

/** How an IPv4 address is embedded in an IPv6 address, by the range's name in ipaddr.js. */
const EMBEDDED: Record<string, (parts: number[]) => [number, number]> = {
  ipv4Mapped: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  rfc6145: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  rfc6052: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  '6to4': (parts) => [parts[1] ?? 0, parts[2] ?? 0],
  // Teredo inverts the bits of the client's address.
  teredo: (parts) => [(parts[6] ?? 0) ^ 0xffff, (parts[7] ?? 0) ^ 0xffff],
};

/** RFC 8215: 64:ff9b:1::/48 is for translation within one network. ipaddr.js calls it rfc6052 too. */
const isLocalTranslation = ({ parts }: ipaddr.IPv6) =>
  parts[0] === 0x64 && parts[1] === 0xff9b && parts[2] === 1;

/** The IPv4 address that is embedded in an IPv6 address; undefined if there is none. */
export function embeddedIpv4(address: Address): ipaddr.IPv4 | undefined {
  if (!(address instanceof ipaddr.IPv6)) return undefined;
  const read = EMBEDDED[address.range()];
  if (!read || isLocalTranslation(address)) return undefined;
  const [high, low] = read(address.parts);
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

/**
 * Reads an address. The URL parser converts mixed notation first, because ipaddr.js reads `::8.8.8.8` as
 * `::ffff:8.8.8.8`, which is another address.
 * @param address one that isIP of node:net accepts, without a zone
 */
export function parseAddress(address: string): Address {
  // ipaddr.js tries several notations, which takes much longer for the many addresses of a run.
  if (isIPv4(address)) return new ipaddr.IPv4(address.split('.').map(Number));
  if (!/:.*\./.test(address)) return ipaddr.parse(address);
  const { hostname } = new URL(`http://[${address}]/`);
  return ipaddr.parse(withoutBrackets(hostname));
}

/** The address that a text is; undefined if it is none, or has a zone. */
export function readAddress(text: string): Address | undefined {
  return isIP(text) === 0 || text.includes('%') ? undefined : parseAddress(text);
}

/** The name of the range that an address is in if it is not globally routable; undefined if it is. */
export function unroutableRange(address: Address): string | undefined {
  const range = address.range();
  if (address instanceof ipaddr.IPv6) {
    const embedded = embeddedIpv4(address);
    if (embedded) return unroutableRange(embedded);
    // Only 2000::/3 was assigned for global use (RFC 4291, IANA).
    if (((address.parts[0] ?? 0) & 0xe000) !== 0x2000) {
      return range === 'unicast' ? 'reserved' : range;
    }
  }
  return ROUTABLE_RANGES.has(range) ? undefined : range;
}
