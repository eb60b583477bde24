/** IP addresses. */
import { isIP, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { invisibleProblem } from './characters.js';
import { type Checked, problem } from './checked.js';
import { hasPort, withoutPort } from './port.js';
import { refang } from './refang.js';

/**
 * Checks one address, IPv4 or IPv6. The value that is sent has its shortest common form.
 * @param options.stripsPort whether a port after the address is left out
 */
export function checkIp(text: string, options: { stripsPort?: boolean }): Checked {
  // Most addresses are like this one, and their form is the shortest.
  if (isIPv4(text)) return { value: text };
  const given = refang(text).replace(/\[::\]/g, '::');
  const invisible = invisibleProblem(given);
  if (invisible !== undefined) return problem(invisible);
  const address = addressOf(options.stripsPort ? withoutPort(given) : given);
  if (isNetwork(address)) return problem('it is a network and not one address');
  const version = isIP(address);
  if (version === 0) {
    return problem(
      hasPort(address) && isIP(withoutPort(address)) !== 0
        ? 'it has a port after the address'
        : 'it is not a valid IP address',
    );
  }
  if (address.includes('%')) return problem('it has a zone after the address');
  return { value: normalizeIp(address) };
}

function isNetwork(text: string): boolean {
  const [, address = '', length] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
  const version = isIP(withoutBrackets(address));
  return version !== 0 && Number(length) <= (version === 4 ? 32 : 128);
}

/** The address of a network of one address (`192.0.2.7/32`), also in brackets. */
function addressOf(text: string): string {
  const [, start = text, length] = /^([^/]*)\/(32|128)$/.exec(text) ?? [];
  const [, address = start] = /^\[(.*)\]$/.exec(start) ?? [];
  const fullLength = isIP(address) === 4 ? '32' : '128';
  return length === undefined || length === fullLength ? address : text;
}

/**
 * An IPv6 address as RFC 5952 writes it, so that each address has one spelling. Any other text is
 * returned unchanged, also an address with a zone: without the zone it would be another address.
 */
export function normalizeIp(address: string): string {
  if (!isIPv6(address) || address.includes('%')) return address;
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** A host without the brackets that an IPv6 address has in a URL. */
export function withoutBrackets(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}
