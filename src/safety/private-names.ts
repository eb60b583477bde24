/**
 * Names that are not meant for hosts on the public internet. On a block list, they would name machines of
 * the tenant's own network, as private addresses do.
 *
 * Names outside the DNS (`.onion`, `.i2p`, `.bit`, `.bazar`) are left out on purpose: malware uses them.
 */
import { parentsOf } from '../indicator/domain.js';

/**
 * What a name and all names below it are for. The sources, in the same order:
 * - special-use names: https://www.rfc-editor.org/rfc/rfc6761
 * - `local`: https://www.rfc-editor.org/rfc/rfc6762, and `lan`, `intranet`, `private`: its appendix G
 * - `internal`: ICANN reserved it for private use in July 2024, as SAC113 recommends
 * - `corp` and `home`: ICANN does not delegate them, because many networks use them (board resolution
 *   2018.02.04.12)
 * - `localdomain`: reserved nowhere, but the domain of localhost in the hosts file of many Linux systems
 * - `home.arpa`: https://www.rfc-editor.org/rfc/rfc8375
 * - the rest of `arpa`, with in-addr.arpa and ip6.arpa: https://www.rfc-editor.org/rfc/rfc3172
 */
const PRIVATE_ZONES = new Map([
  ['localhost', 'the machine itself'],
  ['test', 'tests'],
  ['example', 'documentation'],
  ['invalid', 'names that do not exist'],
  ['local', 'private networks'],
  ['lan', 'private networks'],
  ['intranet', 'private networks'],
  ['private', 'private networks'],
  ['internal', 'private networks'],
  ['corp', 'private networks'],
  ['home', 'private networks'],
  ['localdomain', 'private networks'],
  ['home.arpa', 'home networks'],
  ['arpa', 'reverse zones and other infrastructure'],
]);

/**
 * Why a host is not on the public internet.
 * @param host in lower case and A-labels, without a trailing dot
 * @returns such as `.local is for private networks`; undefined if it may be on the internet
 */
export function privateUse(host: string): string | undefined {
  const zone = [host, ...parentsOf(host)].find((name) => PRIVATE_ZONES.has(name));
  return zone === undefined ? undefined : `.${zone} is for ${PRIVATE_ZONES.get(zone)}`;
}
