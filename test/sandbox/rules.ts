/**
 * What Vision One accepts, item by item. The limits are implemented here again, without code of the
 * product, so that the sandbox can detect its errors.
 */
import { isIP } from 'node:net';

export const objectTypes = [
  'domain',
  'ip',
  'url',
  'senderMailAddress',
  'fileSha1',
  'fileSha256',
] as const;
export type ObjectType = (typeof objectTypes)[number];
export type ListName = 'suspicious' | 'exceptions';
export type Item = Record<string, unknown>;

const isObjectType = (key: string): key is ObjectType =>
  (objectTypes as readonly string[]).includes(key);

/** The type and value of an item that has exactly one type key with a text; or what is wrong. */
export function identity(item: unknown): { type: ObjectType; value: string } | string {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return 'not an object';
  const types = Object.keys(item).filter(isObjectType);
  const [type] = types;
  if (types.length !== 1 || !type) return `needs exactly one type key, has ${types.length}`;
  const value = (item as Item)[type];
  if (typeof value !== 'string' || value === '') return `${type} must be a text that is not empty`;
  return { type, value };
}

/** Why an item for a list is refused; undefined if it is accepted. */
export function refusal(list: ListName, item: unknown): string | undefined {
  const named = identity(item);
  if (typeof named === 'string') return named;
  return (
    settingRefusal(list, item as Item, named.type) ??
    valueRefusal(list, named.type, named.value)?.replace(/^/, `${named.type}: `)
  );
}

/** An exception accepts only a description; a risk level is a 400 (seen). */
const settings: Record<ListName, readonly string[]> = {
  suspicious: ['description', 'scanAction', 'riskLevel', 'daysToExpiration'],
  exceptions: ['description'],
};

function settingRefusal(list: ListName, item: Item, type: ObjectType): string | undefined {
  const unknown = Object.keys(item).filter((key) => key !== type && !settings[list].includes(key));
  if (unknown.length > 0) return `unknown keys: ${unknown.join(', ')}`;
  const { description, scanAction, riskLevel, daysToExpiration: days } = item;
  if ('description' in item) {
    if (typeof description !== 'string') return 'description must be a text';
    if (description.length > 1000) return 'description is longer than 1000 characters';
  }
  if ('scanAction' in item && !oneOf(scanAction, 'block', 'log')) {
    return `scanAction must be block or log`;
  }
  // An empty string is a 400 as well (Seen).
  if ('riskLevel' in item && !oneOf(riskLevel, 'high', 'medium', 'low')) {
    return `riskLevel must be high, medium or low`;
  }
  // The meaning of 0 is Unknown, so it must never be sent.
  if ('daysToExpiration' in item && !(Number.isInteger(days) && inDays(days as number))) {
    return `daysToExpiration must be -1 or a whole number from 1 to 365`;
  }
  return undefined;
}

const oneOf = (value: unknown, ...allowed: string[]) => allowed.some((word) => word === value);
const inDays = (days: number) => days === -1 || (days >= 1 && days <= 365);

function valueRefusal(list: ListName, type: ObjectType, value: string): string | undefined {
  switch (type) {
    case 'domain':
      return domainRefusal(list === 'exceptions' ? value.replace(/^\*\./, '') : value);
    case 'ip':
      // isIP accepts a zone (fe80::1%eth0), and a list does not.
      if (value.length > 39) return 'longer than 39 characters';
      return isIP(value) !== 0 && !value.includes('%') ? undefined : 'not one IPv4 or IPv6 address';
    case 'url':
      return urlRefusal(list, value);
    case 'senderMailAddress':
      return mailRefusal(value);
    case 'fileSha1':
      return /^[0-9a-f]{40}$/i.test(value) ? undefined : 'not 40 hexadecimal digits';
    case 'fileSha256':
      return /^[0-9a-f]{64}$/i.test(value) ? undefined : 'not 64 hexadecimal digits';
  }
}

/** Names in DNS can have more than names of hosts. A numeric last label is an address and no name. */
function domainRefusal(value: string): string | undefined {
  if (value.length > 253) return 'longer than 253 characters';
  const labels = value.split('.');
  if (!labels.every((label) => /^[a-z0-9_-]{1,63}$/i.test(label))) {
    return 'not a domain name in A-labels';
  }
  return /^\d+$/.test(labels.at(-1) ?? '') ? 'an address, not a domain name' : undefined;
}

/**
 * Wildcards: an exception's url may carry one at either end. Two ways to read "the front" are both
 * taken: before the whole (`*.example.com/x`) and before the host (`https://*.example.com/x`).
 */
function urlRefusal(list: ListName, value: string): string | undefined {
  if (value.length > 2048) return 'longer than 2048 characters';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/^\s|\s$|[\u0000-\u001f\u007f]/.test(value))
    return 'white space around it or a control character';
  let plain = value;
  if (list === 'exceptions') {
    plain = value
      .replace(/\*$/, '')
      .replace(/^\*\.?/, 'http://')
      .replace(/^([a-z]+:\/\/)\*\./i, '$1');
    if (plain.includes('*')) return 'a wildcard in the middle';
  } else if (/\*$/.test(value)) return 'no wildcards on this list';
  const host = /^(?:https?|ftp):\/\/(?:[^/?#\\]*@)?(\[[^\]]*\]|[^/?#:\\]*)/i.exec(plain)?.[1];
  if (host === undefined) return 'no scheme of http, https and ftp';
  // Browsers refuse odd Punycode, which DNS has.
  if (!URL.canParse(plain.replaceAll(/xn--/gi, 'x'))) return 'not a URL';
  if (host.includes('*')) return 'no wildcards on this list';
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6 ? undefined : 'a bad IPv6 host';
  // 0x7f.1 and 2130706433 are addresses to a browser, and malware is fetched from such.
  const numeric =
    /^[\da-fx.]*[\da-f]$/i.test(host) && isIP(new URL(`http://${host}`).hostname) === 4;
  return numeric ? undefined : domainRefusal(host)?.replace(/^/, 'host is ');
}

function mailRefusal(value: string): string | undefined {
  if (value.length > 320) return 'longer than 320 characters';
  const at = value.lastIndexOf('@');
  if (!/^[\w.!#$%&'+/=?^`{|}~-]+$/.test(value.slice(0, Math.max(0, at)))) {
    return 'not a mail address (no wildcards)';
  }
  return domainRefusal(value.slice(at + 1))?.replace(/^/, 'host is ');
}
