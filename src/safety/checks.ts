/** The checks that keep an export from blocking what nobody meant to block. */
import type ipaddr from 'ipaddr.js';
import { parse as parseDomain } from 'tldts';
import type { Indicator } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import { embeddedIpv4, notRoutable } from './routable.js';
import { EXTRA_SUFFIX_RULES, SUFFIX_ANCESTORS } from './suffix-ancestors.js';
import type { Target } from './target.js';

/** Domains that Trend Micro's own services are reached under: the hosts of its API documentation. */
const TREND_DOMAINS = ['trendmicro.com', 'trendmicro.co.jp', 'trendmicro.eu'];

/** ThreatQ's statuses by which an analyst said that an indicator is not to be acted on. */
const INACTIVE_STATUSES = ['whitelisted', 'expired'];

/** SHA-1 and SHA-256 of no bytes at all: every empty file on every machine. */
const EMPTY_FILE = [
  'da39a3ee5e6b4b0d3255bfef95601890afd80709',
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
];

const OF_URLS = { allowPrivateDomains: false };
const OF_DOMAINS = { allowPrivateDomains: true, extraSuffixes: { private: EXTRA_SUFFIX_RULES } };
const ANCESTORS = new Set(SUFFIX_ANCESTORS);

const isOrIsBelow = (host: string, domain: string) =>
  host === domain || host.endsWith(`.${domain}`);

/** Checks that need nothing but the indicator, its object, and the hosts of the platforms. */
export class SafetyChecks {
  /** @param platforms the host names, or addresses, of ThreatQ and of Vision One */
  constructor(private readonly platforms: string[]) {}

  /** Why an object must not be on a blocklist; undefined where it may. */
  check({ status }: Indicator, target: Target): Skip | undefined {
    if (status && INACTIVE_STATUSES.includes(status.toLowerCase())) {
      return { reason: 'status', message: `its status in ThreatQ is ${status}` };
    }
    if (EMPTY_FILE.includes(target.value)) {
      return { reason: 'empty_file', message: 'the hash of the empty file' };
    }
    if (target.address) return this.#checkAddress(target.address);
    const { key, host } = target;
    if (host === undefined) return undefined;
    const asDomain = key === 'domain';
    // A mail address blocks one sender, so its domain may be a suffix, or a name that is never resolved.
    const suffix = key === 'senderMailAddress' ? undefined : checkSuffix(host, asDomain);
    return suffix ?? this.#checkProtected(host, asDomain);
  }

  #checkAddress(address: ipaddr.IPv4 | ipaddr.IPv6): Skip | undefined {
    const range = notRoutable(address);
    if (range) {
      const message = `${address} is not globally routable (${range})`;
      return { reason: 'not_routable', message };
    }
    const embedded = address.kind() === 'ipv6' ? embeddedIpv4(address as ipaddr.IPv6) : undefined;
    const texts = [address.toString(), embedded?.toString()];
    const platform = this.platforms.find((host) => texts.includes(host));
    return platform === undefined ? undefined : protectedHost(platform);
  }

  #checkProtected(host: string, asDomain: boolean): Skip | undefined {
    const trend = TREND_DOMAINS.find((domain) => isOrIsBelow(host, domain));
    if (trend !== undefined) return protectedHost(trend);
    // Whether a domain on the list takes what is below it along is not documented: assume that it does.
    const platform = this.platforms.find(
      (name) => name === host || (asDomain && isOrIsBelow(name, host)),
    );
    return platform === undefined ? undefined : protectedHost(platform);
  }
}

function checkSuffix(host: string, asDomain: boolean): Skip | undefined {
  const because = (text: string): Skip => ({
    reason: 'public_suffix',
    message: `${host} is ${text}`,
  });
  if (!host.includes('.')) return because('a single label, under which others have their names');
  // A URL blocks itself alone, and malware is hosted at s3.amazonaws.com/bucket/…: private suffixes
  // count for domains only, which would block all customers of the company.
  const { publicSuffix } = parseDomain(host, asDomain ? OF_DOMAINS : OF_URLS);
  if (publicSuffix === host) return because('a public suffix, under which others have their names');
  return asDomain && ANCESTORS.has(host)
    ? because('a parent of public suffixes: blocking it would block the domains of many owners')
    : undefined;
}

function protectedHost(host: string): Skip {
  const message = `it would cut off ${host}, which this export or Vision One itself depends on`;
  return { reason: 'protected_host', message };
}
