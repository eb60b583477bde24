/** What an object would block, as hosts and addresses: the same look at domains, URLs, IPs and mail. */
import { isIP } from 'node:net';
import type ipaddr from 'ipaddr.js';
import { listIdentity } from '../indicator/identity.js';
import type { ObjectKey } from '../indicator/indicator.js';
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
  if (key === 'domain') return { key, value, host: listIdentity(key, value) };
  if (key === 'senderMailAddress') {
    const at = value.lastIndexOf('@');
    return at === -1
      ? { key, value }
      : { key, value, host: listIdentity('domain', value.slice(at + 1)) };
  }
  if (key !== 'url') return { key, value };
  const host = hostOfUrl(value);
  if (host === undefined) return { key, value };
  return isIP(host) ? { key, value, address: parseAddress(host) } : { key, value, host };
}

/** A URL's host as a browser reads it, without brackets or a trailing dot; undefined where there is none. */
export function hostOfUrl(url: string): string | undefined {
  // The URL parser looks into the hosts of a few schemes alone; lists have URLs without any, too.
  const asHttp = `http://${url.trim().replace(/^[a-z][a-z0-9+.-]*:\/\//i, '')}`;
  if (!URL.canParse(asHttp)) return undefined;
  const { hostname } = new URL(asHttp);
  return hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '') || undefined;
}

/** A host and its parents, the host first: `a.b.c`, `b.c`, `c`. */
export function* parentsOf(host: string): Generator<string> {
  for (let from = 0; ; ) {
    yield host.slice(from);
    const dot = host.indexOf('.', from);
    if (dot === -1) return;
    from = dot + 1;
  }
}
