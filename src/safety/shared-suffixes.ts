/** Public suffixes below which many owners have their own names. */
import { parse as parseDomain } from 'tldts';
import { isSharedByCustomers } from './shared-wildcards.js';

/**
 * Rules that the Public Suffix List does not have. Azure names the virtual machines of its customers
 * `<label>.<region>.cloudapp.azure.com`:
 * https://learn.microsoft.com/azure/virtual-network/ip-services/public-ip-addresses
 * DigitalOcean serves its customers' files at `<bucket>.<region>.cdn.digitaloceanspaces.com`:
 * https://docs.digitalocean.com/products/spaces/how-to/enable-cdn/
 */
export const EXTRA_SUFFIX_RULES = ['*.cloudapp.azure.com', '*.cdn.digitaloceanspaces.com'];

const OPTIONS = {
  allowPrivateDomains: true,
  extraSuffixes: { private: EXTRA_SUFFIX_RULES },
  // The names are host names, and not IP addresses.
  extractHostname: false,
  validateHostname: false,
  detectIp: false,
};
/** A label that no rule of the list has: only a wildcard rule matches a name with it. */
const IN_NO_RULE = 'no-rule';

/**
 * Who gives out the names below a name if it is a public suffix with many owners: a registry (`com`,
 * `co.uk`) or a company (`github.io`).
 * @param name in lower case and A-labels
 */
export function sharedSuffix(name: string): 'icann_suffix' | 'private_suffix' | undefined {
  const { publicSuffix, isIcann, isPrivate } = parseDomain(name, OPTIONS);
  if (publicSuffix !== name) return undefined;
  if (isIcann) return 'icann_suffix';
  return isPrivate && !isOfOneCustomer(name) ? 'private_suffix' : undefined;
}

/** Whether a private suffix names one customer of a company, as the rule `*.localto.net` does for `abc.localto.net`. */
function isOfOneCustomer(suffix: string): boolean {
  const dot = suffix.indexOf('.');
  const parent = suffix.slice(dot + 1);
  const probe = `${IN_NO_RULE}.${parent}`;
  const isByWildcard = parseDomain(probe, OPTIONS).publicSuffix === probe;
  return isByWildcard && !isSharedByCustomers(suffix.slice(0, dot), parent);
}
