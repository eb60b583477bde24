/** Safety checks: what an export must never block, whatever the data collection says. */
import type { Indicator } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import { type Address, embeddedIpv4, unroutableRange } from './address.js';
import type { ObjectParts } from './object-parts.js';
import { privateUse } from './private-names.js';
import { type SharedName, sharedName } from './shared-names.js';

/** The domains of Trend Micro's own services: the hosts in its API documentation. */
const TREND_DOMAINS = ['trendmicro.com', 'trendmicro.co.jp', 'trendmicro.eu'];

/** ThreatQ's statuses of indicators that must not be acted on. */
const INACTIVE_STATUSES = ['whitelisted', 'expired'];

/** SHA-1 and SHA-256 of the empty file, which every machine has. */
const EMPTY_FILE_HASHES = [
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
];

/** What the message about a name says after the name. */
const WHY_SHARED: Record<SharedName, string> = {
  icann_suffix: 'is a public suffix, and others own the names below it',
  private_suffix: 'is shared by the users of a service, and others own the names below it',
  suffix_parent:
    'is a parent of public suffixes: blocking it would block the domains of many owners',
};

/**
 * Checks whether an object may be on a block list.
 * @param protectedHosts the host names, or addresses, of ThreatQ and of Vision One
 * @returns why it must not be blocked; undefined if it may be
 */
export function checkSafety(
  { status }: Indicator,
  { key, value, host, address }: ObjectParts,
  protectedHosts: readonly string[],
): Skip | undefined {
  if (status && INACTIVE_STATUSES.includes(status.toLowerCase())) {
    return { reason: 'status', message: `its status in ThreatQ is ${status}` };
  }
  if (EMPTY_FILE_HASHES.includes(value)) {
    return { reason: 'empty_file', message: 'it is the hash of the empty file' };
  }
  if (address) return checkAddress(address, protectedHosts);
  if (host === undefined) return undefined;
  const isDomain = key === 'domain';
  // A mail address blocks one sender, so its domain may be a suffix or a name that is never resolved.
  const skip = key === 'senderMailAddress' ? undefined : checkName(host, isDomain);
  return skip ?? checkProtected(host, isDomain, protectedHosts);
}

function checkAddress(address: Address, protectedHosts: readonly string[]): Skip | undefined {
  const range = unroutableRange(address);
  if (range) {
    const message = `${address} is not globally routable (${range})`;
    return { reason: 'not_routable', message };
  }
  const texts = [address.toString(), embeddedIpv4(address)?.toString()];
  const found = protectedHosts.find((host) => texts.includes(host));
  return found === undefined ? undefined : protectedHost(found, found);
}

function checkProtected(
  host: string,
  isDomain: boolean,
  protectedHosts: readonly string[],
): Skip | undefined {
  const trend = TREND_DOMAINS.find((domain) => isOrIsBelow(host, domain));
  if (trend !== undefined) return protectedHost(host, trend);
  // It is not documented whether a listed domain also blocks its subdomains: assume that it does.
  const found = protectedHosts.find(
    (name) => name === host || (isDomain && isOrIsBelow(name, host)),
  );
  return found === undefined ? undefined : protectedHost(host, found);
}

function isOrIsBelow(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`);
}

function checkName(host: string, isDomain: boolean): Skip | undefined {
  // First, because `local` is also a single label, and `in-addr.arpa` is also a public suffix.
  const use = privateUse(host);
  return use === undefined
    ? checkSuffix(host, isDomain)
    : { reason: 'not_routable', message: `${host} is not a host on the public internet (${use})` };
}

function checkSuffix(host: string, isDomain: boolean): Skip | undefined {
  if (!host.includes('.')) {
    return publicSuffixSkip(`${host} is a single label, and others may own the names below it`);
  }
  const shared = sharedName(host);
  // A URL blocks only itself, and malware is hosted at s3.amazonaws.com/bucket/…: names that a company
  // shares count only for domains, because such a domain blocks all customers of the company.
  if (!shared || (!isDomain && shared !== 'icann_suffix')) return undefined;
  return publicSuffixSkip(`${host} ${WHY_SHARED[shared]}`);
}

function publicSuffixSkip(message: string): Skip {
  return { reason: 'public_suffix', message };
}

/** @param name the protected host, or a domain whose hosts are all protected */
function protectedHost(host: string, name: string): Skip {
  const message = isOrIsBelow(host, name)
    ? `this export or Vision One itself needs ${host}`
    : `blocking it would block ${name}, which this export or Vision One itself needs`;
  return { reason: 'protected_host', message };
}
