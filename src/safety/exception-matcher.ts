/** What an Exception List covers, its wildcards understood; built once, asked for each object. */
import type ipaddr from 'ipaddr.js';
import { parentsOf } from '../indicator/domain.js';
import {
  type ExceptionIdentity,
  exceptionIdentity,
  normalizeSpelling,
} from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { normalizeUrl } from '../indicator/url.js';
import { embeddedIpv4 } from './routable.js';
import type { Target } from './target.js';
import { UrlPatterns } from './url-pattern.js';

export class ExceptionMatcher {
  /** Values without wildcards, by type and identity. */
  #exact = new Map<ExceptionIdentity, string>();
  /** Domains below which everything is covered: `*.example.com` without its star. */
  #below = new Map<string, string>();
  #patterns = new UrlPatterns();

  /** Takes in one exception. */
  add(key: ObjectKey, value: string): void {
    const lower = normalizeSpelling(key, value);
    if (key === 'domain' && lower.startsWith('*.')) this.#below.set(lower.slice(2), value);
    else if (key === 'url' && lower.includes('*')) this.#patterns.add(value);
    else this.#exact.set(exceptionIdentity(key, value), value);
  }

  /** The exception that covers an object; undefined where none does. */
  covers({ key, value, host, address }: Target): string | undefined {
    const exact = this.#exact.get(exceptionIdentity(key, value));
    if (exact !== undefined) return exact;
    const pattern = key === 'url' ? this.#patterns.find(normalizeUrl(value)) : undefined;
    if (pattern !== undefined) return pattern;
    // What is hidden in an object, a host in a URL or IPv4 in IPv6, is looked at as what it is.
    if (address) return this.#exactAddress(address);
    if (host === undefined) return undefined;
    return this.#exact.get(exceptionIdentity('domain', host)) ?? this.#aboveOf(host);
  }

  #exactAddress(address: ipaddr.IPv4 | ipaddr.IPv6): string | undefined {
    const found = this.#exact.get(exceptionIdentity('ip', address.toString()));
    if (found !== undefined || address.kind() === 'ipv4') return found;
    const embedded = embeddedIpv4(address as ipaddr.IPv6);
    return embedded && this.#exact.get(exceptionIdentity('ip', embedded.toString()));
  }

  /** `*.example.com` covers what is below example.com, and not example.com itself. */
  #aboveOf(host: string): string | undefined {
    for (const parent of parentsOf(host)) {
      const wildcard = parent === host ? undefined : this.#below.get(parent);
      if (wildcard !== undefined) return wildcard;
    }
    return undefined;
  }
}
