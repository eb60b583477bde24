/** What an object would block, as hosts and addresses: the same look at domains, URLs, IPs and mail. */
import { isIP } from 'node:net';
import type ipaddr from 'ipaddr.js';
import { normalizeHost } from '../indicator/domain.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { browserHost } from '../indicator/url.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { parseAddress } from './routable.js';

/** An object taken apart for the checks. */
export interface Target {
  key: ObjectKey;
  /** The value as it is sent. */
  value: string;
  /** Its host name in lower case and A-labels: of a domain, a URL, or a mail address behind its @. */
  host?: string;
  /** Its address: of an IP, or of a URL whose host a browser reads as one. */
  address?: ipaddr.IPv4 | ipaddr.IPv6;
}

/**
 * Takes an object apart, one of a list too, where anything may stand. The host of a URL is read as
 * browsers do, which see `0x7f.1` as 127.0.0.1.
 */
export function targetOf(object: VisionOneObject): Target {
  const key = objectKeyOf(object);
  const value = object[key] ?? '';
  if (key === 'ip') {
    const address = value.trim();
    const isWhole = isIP(address) !== 0 && !address.includes('%');
    return isWhole ? { key, value, address: parseAddress(address) } : { key, value };
  }
  if (key === 'domain') return { key, value, host: normalizeHost(value) };
  if (key === 'senderMailAddress') {
    const at = value.lastIndexOf('@');
    return at === -1 ? { key, value } : { key, value, host: normalizeHost(value.slice(at + 1)) };
  }
  if (key !== 'url') return { key, value };
  const host = browserHost(value);
  if (host === undefined) return { key, value };
  return isIP(host) ? { key, value, address: parseAddress(host) } : { key, value, host };
}
