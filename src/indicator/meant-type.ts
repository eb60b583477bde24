import { SUPPORTED_TYPES } from './indicator.js';

/** What other products call the types, as `plain` writes it. */
const SYNONYMS = {
  domain: 'FQDN',
  domainname: 'FQDN',
  hostname: 'FQDN',
  ip: 'IP Address',
  ipv4: 'IP Address',
  ipv4address: 'IP Address',
  ipv6: 'IPv6 Address',
  uri: 'URL',
  email: 'Email Address',
};

const MEANT = new Map([
  ...Object.entries(SYNONYMS),
  ...SUPPORTED_TYPES.map((type) => [plain(type), type] as const),
]);

/** Without case, spaces and punctuation. */
function plain(type: string): string {
  return type.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/**
 * ThreatQ's name of the type that a row probably means: FQDN for `fqdn` or `domain`. Rows are compared by
 * table and not by likeness: a run can have 100,000.
 */
export function meantType(type: string): string | undefined {
  return MEANT.get(plain(type));
}
