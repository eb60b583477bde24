/** Defines when two values are the same object. Nothing else in this program builds keys from type and value. */
import { asciiHost, normalizeHost } from './domain.js';
import type { ObjectKey } from './indicator.js';
import { normalizeIp } from './ip.js';
import { splitUrl } from './split-url.js';
import { normalizeUrl } from './url.js';

declare const IDENTITY: unique symbol;

/** A type and a value as one key. Different kinds of identity must not be compared. */
type Identity<Kind extends string> = string & { readonly [IDENTITY]: Kind };

export type RunIdentity = Identity<'run'>;
export type ListIdentity = Identity<'list'>;
export type ExceptionIdentity = Identity<'exception'>;

/**
 * Identifies an object among those that a run sends. Their values were normalized by their checks,
 * except the local parts of mail addresses, in which the mail systems in use ignore case. URLs that
 * differ in the case of their path are different files on many servers, so a run sends both.
 */
export function runIdentity(key: ObjectKey, value: string): RunIdentity {
  return identity(key, key === 'url' ? value : normalizeSpelling(key, value)) as RunIdentity;
}

/**
 * Identifies an entry of a list, in whatever spelling an analyst or another product gave it. Case is
 * ignored in URLs too, because an entry that is found in another case must not be added again or
 * removed. URLs that differ by more than case and the script of their host are different entries: it is
 * not documented whether Vision One treats `http://a.com` and `http://a.com/` as the same.
 */
export function listIdentity(key: ObjectKey, value: string): ListIdentity {
  return identity(key, normalizeSpelling(key, value)) as ListIdentity;
}

/**
 * Both identities of an object that a run sends. Unless it is a URL with upper case they are one text,
 * which is kept once: a run has up to 100,000 objects.
 * @param value one that passed its check, which has normalized everything but its case
 */
export function identitiesOf(
  key: ObjectKey,
  value: string,
): { identity: RunIdentity; listKey: ListIdentity } {
  const lower = value.toLowerCase();
  const listKey = identity(key, lower) as ListIdentity;
  const isSame = key !== 'url' || value === lower;
  return { identity: (isSame ? listKey : identity(key, value)) as string as RunIdentity, listKey };
}

/**
 * Identifies what an exception covers. In URLs, case, an empty path (`/`) and the default port of the
 * scheme make no difference.
 */
export function exceptionIdentity(key: ObjectKey, value: string): ExceptionIdentity {
  if (key !== 'url') return identity(key, normalizeSpelling(key, value)) as ExceptionIdentity;
  const { scheme = '', authority, path } = normalizeUrl(value);
  return identity(key, `${scheme}://${authority}${path}`) as ExceptionIdentity;
}

function identity(key: ObjectKey, value: string): string {
  return `${key}\n${value}`;
}

/**
 * Normalizes a value for comparison: lists have other spellings of a value, such as hashes in upper case.
 */
export function normalizeSpelling(key: ObjectKey, value: string): string {
  const text = value.trim();
  switch (key) {
    case 'domain':
      return normalizeHost(text);
    case 'ip':
      return normalizeIp(text.toLowerCase());
    case 'senderMailAddress': {
      const hostStart = text.lastIndexOf('@') + 1;
      return `${text.slice(0, hostStart).toLowerCase()}${normalizeHost(text.slice(hostStart))}`;
    }
    case 'url': {
      const { prefix, userinfo, host, port, rest } = splitUrl(text);
      return `${prefix}${userinfo}${asciiHost(host)}${port}${rest}`.toLowerCase();
    }
    case 'fileSha1':
    case 'fileSha256':
      return text.toLowerCase();
  }
}
