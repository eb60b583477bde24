/** Whether an address can be reached from anywhere; one that cannot is somebody's own network. */
import ipaddr from 'ipaddr.js';

/** Of ipaddr.js' ranges, those that IANA's registries call globally reachable. */
const ROUTABLE = new Set(['unicast', 'as112', 'as112v6', 'amt']);

/** IPv4 in IPv6: where the address of version 4 stands, by ipaddr.js' name of the range. */
const EMBEDDED: Record<string, (parts: number[]) => [number, number]> = {
  ipv4Mapped: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  rfc6145: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  rfc6052: (parts) => [parts[6] ?? 0, parts[7] ?? 0],
  '6to4': (parts) => [parts[1] ?? 0, parts[2] ?? 0],
  // Teredo hides the client's address by turning its bits.
  teredo: (parts) => [(parts[6] ?? 0) ^ 0xffff, (parts[7] ?? 0) ^ 0xffff],
};

/** RFC 8215: 64:ff9b:1::/48 is for translation within one network; ipaddr.js has it beside RFC 6052's. */
const isLocalTranslation = ({ parts }: ipaddr.IPv6) =>
  parts[0] === 0x64 && parts[1] === 0xff9b && parts[2] === 1;

/** The address of version 4 that one of version 6 stands for, if it does. */
export function embeddedIpv4(address: ipaddr.IPv6): ipaddr.IPv4 | undefined {
  const place = EMBEDDED[address.range()];
  if (!place || isLocalTranslation(address)) return undefined;
  const [high, low] = place(address.parts);
  return new ipaddr.IPv4([high >> 8, high & 0xff, low >> 8, low & 0xff]);
}

/**
 * Reads an address of either version. ipaddr.js alone takes `::8.8.8.8` for `::ffff:8.8.8.8`, which is
 * another one.
 * @param address one that node:net's isIP knows, without a zone
 */
export function parseAddress(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!/:.*\./.test(address)) return ipaddr.parse(address);
  const { hostname } = new URL(`http://[${address}]/`);
  return ipaddr.parse(hostname.slice(1, -1));
}

/** Why an address is not globally routable, in a word; undefined where it is. */
export function notRoutable(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
  const range = address.range();
  if (address instanceof ipaddr.IPv6) {
    const embedded = embeddedIpv4(address);
    if (embedded) return notRoutable(embedded);
    // Only 2000::/3 has been given out for global use (RFC 4291, IANA).
    if (((address.parts[0] ?? 0) & 0xe000) !== 0x2000)
      return range === 'unicast' ? 'reserved' : range;
  }
  return ROUTABLE.has(range) ? undefined : range;
}
