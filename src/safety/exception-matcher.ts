/** Finds the exception that covers an object. */
import { parentsOf } from '../indicator/domain.js';
import {
  type ExceptionIdentity,
  exceptionIdentity,
  normalizeSpelling,
} from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { normalizeUrl } from '../indicator/url.js';
import { type Address, embeddedIpv4 } from './address.js';
import type { ObjectParts } from './object-parts.js';
import { UrlPatterns } from './url-pattern.js';

/** The exceptions of a list. Looking one up costs the same for few exceptions and for many. */
export class ExceptionMatcher {
  /** Exceptions without wildcards. */
  readonly #exact = new Map<ExceptionIdentity, string>();
  /** The exceptions for subdomains, such as `*.example.com`, by their domain `example.com`. */
  readonly #subdomains = new Map<string, string>();
  readonly #urlPatterns = new UrlPatterns();

  add(key: ObjectKey, value: string): void {
    const normalized = normalizeSpelling(key, value);
    if (key === 'domain' && normalized.startsWith('*.')) {
      this.#subdomains.set(normalized.slice(2), value);
    } else if (key === 'url' && normalized.includes('*')) {
      this.#urlPatterns.add(value);
    } else {
      this.#exact.set(exceptionIdentity(key, value), value);
    }
  }

  /** An exception that covers an object, as it is listed; undefined if none does. */
  find({ key, value, host, address }: ObjectParts): string | undefined {
    const exact = this.#exact.get(exceptionIdentity(key, value));
    if (exact !== undefined) return exact;
    const pattern = key === 'url' ? this.#urlPatterns.find(normalizeUrl(value)) : undefined;
    if (pattern !== undefined) return pattern;
    // An exception for a host or an IPv4 address also covers a URL or an IPv6 address that contains it.
    if (address) return this.#findAddress(address);
    if (host === undefined) return undefined;
    return this.#exact.get(exceptionIdentity('domain', host)) ?? this.#findSubdomain(host);
  }

  #findAddress(address: Address): string | undefined {
    const found = this.#exact.get(exceptionIdentity('ip', address.toString()));
    if (found !== undefined) return found;
    const embedded = embeddedIpv4(address);
    return embedded && this.#exact.get(exceptionIdentity('ip', embedded.toString()));
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
