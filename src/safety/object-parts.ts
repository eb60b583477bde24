/** The host or address that an object names, for the checks. */
import { normalizeHost } from '../indicator/domain.js';
import type { ObjectKey } from '../indicator/indicator.js';
import { browserHost } from '../indicator/url.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { type Address, readAddress } from './address.js';

export interface ObjectParts {
  key: ObjectKey;
  /** The value as it is sent or listed. */
  value: string;
  /** The host name of a domain, a URL or a mail address, in lower case and A-labels. */
  host?: string;
  /** The address of an IP object, or of a URL whose host browsers read as an address. */
  address?: Address;
}

/** Reads an object, also one of a list, which can have any text as its value. */
export function objectParts(object: VisionOneObject): ObjectParts {
  const key = objectKeyOf(object);
  const value = object[key] ?? '';
  return { key, value, ...hostOrAddress(key, value) };
}

function hostOrAddress(key: ObjectKey, value: string): Pick<ObjectParts, 'host' | 'address'> {
  switch (key) {
    case 'ip': {
      const address = readAddress(value.trim());
      return address ? { address } : {};
    }
    case 'domain':
      return { host: normalizeHost(value) };
    case 'senderMailAddress': {
      const at = value.lastIndexOf('@');
      return at === -1 ? {} : { host: normalizeHost(value.slice(at + 1)) };
    }
    case 'url': {
      const host = browserHost(value);
      if (host === undefined) return {};
      const address = readAddress(host);
      return address ? { address } : { host };
    }
    default:
      return {};
  }
}
