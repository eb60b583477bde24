/** What an entry of an exclusion list means, whatever kind of list it is in. */
import type { Checked } from '../indicator/checked.js';
import { asciiHost, withoutTrailingDot } from '../indicator/domain.js';
import { normalizeSpelling } from '../indicator/identity.js';
import { splitUrl } from '../indicator/split-url.js';
import { checkUrl, hasScheme, withoutPrefix } from '../indicator/url.js';
import { readAddress } from './address.js';
import type { AddressRange } from './address-ranges.js';

export type Entry =
  /** A whole value of any type. */
  | { kind: 'value'; text: string }
  /** The host of a domain, a URL or a mail address. */
  | { kind: 'host'; text: string }
  /** All names below a domain. */
  | { kind: 'subdomains'; text: string }
  /** A domain and all names below it. */
  | { kind: 'domain'; text: string }
  /** Addresses, and the hosts of URLs if the entry also applies to URLs. */
  | { kind: 'range'; range: AddressRange; coversUrls: boolean }
  /** A part of a value. */
  | { kind: 'substring'; text: string }
  /** A regular expression that a value matches. */
  | { kind: 'expression'; text: string };

/** Why an entry has no meaning, as a predicate: `is empty`. */
export interface EntryProblem {
  problem: string;
}

/** Thrown for a list that cannot be used. The message is a predicate whose subject is the file. */
export class InvalidList extends Error {
  override name = 'InvalidList';
}

export const NOT_A_RANGE = 'is not a valid address, network or range';
export const HAS_PORT = 'has a port: give the host or the address without it';

/** A value of any type in the form in which values are compared; a host in it has A-labels. */
export function normalizeValue(entry: string): string {
  const text = entry.trim();
  const address = readAddress(text);
  if (address) return address.toString();
  if (text.includes('@') && !text.includes('/')) {
    return normalizeSpelling('senderMailAddress', text);
  }
  const { prefix, userinfo, host, port, rest } = splitUrl(text);
  const name = withoutTrailingDot(asciiHost(host));
  return withoutRootPath(
    `${prefix === '//' ? '' : prefix}${userinfo}${name}${port}${rest}`.toLowerCase(),
  );
}

/** A URL as it would be sent; one that has no scheme still has none. */
export function urlAsSent(text: string): Checked {
  const checked = checkUrl(text, { wildcards: false, defaultScheme: 'http' });
  if ('problem' in checked || hasScheme(text)) return checked;
  return { value: withoutPrefix(checked.value) };
}

/** A URL without the `/` after its host, if that is all of its path: both name the same page. */
export function withoutRootPath(url: string): string {
  return url.replace(/^([a-z]+:\/\/[^/?#]+)\/$/, '$1');
}
