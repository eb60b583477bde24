/** Finds the exception that covers an object. */
import { parentsOf } from '../indicator/domain.js';
import {
  type ExceptionIdentity,
  exceptionIdentity,
  normalizeSpelling,
} from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { splitUrl } from '../indicator/split-url.js';
import { normalizeUrl } from '../indicator/url.js';
import { AddressRanges, parseRange } from './address-ranges.js';
import type { ObjectParts } from './object-parts.js';
import { UrlPatterns } from './url-pattern.js';

/**
 * The exceptions of a list, in all forms that Trend Micro's console accepts: also URLs without a scheme,
 * networks and ranges of addresses. A search takes about the same time for few exceptions and for many.
 */
export class ExceptionMatcher {
  /** Exceptions that cover one value. */
  readonly #exact = new Map<ExceptionIdentity, string>();
  /** The exceptions for subdomains, such as `*.example.com`, by their domain `example.com`. */
  readonly #subdomains = new Map<string, string>();
  readonly #addresses = new AddressRanges<string>();
  readonly #urlPatterns = new UrlPatterns();

  #isEmpty = true;

  /** Adds an exception as it is listed. A value that its type cannot have covers only an equal value. */
  add(key: ObjectKey, value: string): void {
    this.#isEmpty = false;
    const normalized = normalizeSpelling(key, value);
    const range = key === 'ip' ? parseRange(normalized) : undefined;
    if (range) {
      this.#addresses.add(range, value);
    } else if (key === 'domain' && normalized.startsWith('*.')) {
      this.#subdomains.set(normalized.slice(2), value);
    } else if (key === 'url' && isUrlPattern(normalized)) {
      this.#urlPatterns.add(value);
    } else {
      this.#exact.set(exceptionIdentity(key, value), value);
    }
  }

  /** Whether there are no exceptions, so that none covers an object. */
  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** An exception that covers an object, as it is listed; undefined if none does. */
  find({ key, value, host, address }: ObjectParts): string | undefined {
    const exact = this.#exact.get(exceptionIdentity(key, value));
    if (exact !== undefined) return exact;
    const pattern = key === 'url' ? this.#urlPatterns.find(normalizeUrl(value)) : undefined;
    if (pattern !== undefined) return pattern;
    // An exception for a host or an IPv4 address also covers a URL, a mail address or an IPv6 address that contains it.
    if (address) return this.#addresses.find(address);
    if (host === undefined) return undefined;
    return this.#exact.get(exceptionIdentity('domain', host)) ?? this.#findSubdomain(host);
  }

  /** `*.example.com` covers the subdomains of example.com and not example.com itself. */
  #findSubdomain(host: string): string | undefined {
    for (const parent of parentsOf(host)) {
      const wildcard = this.#subdomains.get(parent);
      if (wildcard !== undefined) return wildcard;
    }
    return undefined;
  }
}

/** Whether an exception can cover several URLs: it has `*`, or no scheme, which covers every scheme. */
function isUrlPattern(value: string): boolean {
  return value.includes('*') || splitUrl(value).scheme === undefined;
}
