/** The indicator, and the types of objects that an indicator can become. */
import type { Checked } from './checked.js';
import { checkDomain, MAX_DOMAIN_CHARS } from './domain.js';
import { checkHash, checkMail } from './hash-and-email.js';
import { checkIp } from './ip.js';
import { checkUrl } from './url.js';

/** An indicator as all of the program uses it. */
export interface Indicator {
  /** ThreatQ's id; null if the row has none. */
  id: number | string | null;
  /** ThreatQ's exact name of the type; empty if the row has none. Type ids differ between instances. */
  type: string;
  /** The value as ThreatQ has it, truncated if it is longer than anything that can be sent. */
  value: string;
  /** 0 to 10; null if ThreatQ has none. */
  score: number | null;
  /** The name of the status; null if the row has none. */
  status: string | null;
  /** When it was last changed, or else created: `YYYY-MM-DD HH:mm:ss`, UTC. */
  updated: string | null;
  /** When it expires in ThreatQ, in the same form; null if it has no such date. */
  expires: string | null;
}

/** The keys that name an object's type; a payload has exactly one of them. */
export const OBJECT_KEYS = [
  'domain',
  'ip',
  'url',
  'senderMailAddress',
  'fileSha1',
  'fileSha256',
] as const;

export type ObjectKey = (typeof OBJECT_KEYS)[number];

export interface CheckOptions {
  /** Whether the list accepts wildcards in domains and URLs. */
  wildcards: boolean;
  /** Whether a port after a domain or an address is left out. */
  stripsPort?: boolean;
  /** The scheme that a URL without one gets. */
  defaultScheme?: string | undefined;
}

interface ObjectType {
  /** The exact names that ThreatQ has for the type. */
  threatqTypes: [string, ...string[]];
  /** The longest value that Vision One accepts, in characters. */
  maxChars: number;
  check: (value: string, options: CheckOptions) => Checked;
}

const SHA1_DIGITS = 40;
const SHA256_DIGITS = 64;

const OBJECT_TYPES: Record<ObjectKey, ObjectType> = {
  domain: { threatqTypes: ['FQDN'], maxChars: MAX_DOMAIN_CHARS, check: checkDomain },
  ip: { threatqTypes: ['IP Address', 'IPv6 Address'], maxChars: 39, check: checkIp },
  url: { threatqTypes: ['URL'], maxChars: 2048, check: checkUrl },
  senderMailAddress: { threatqTypes: ['Email Address'], maxChars: 320, check: checkMail },
  fileSha1: {
    threatqTypes: ['SHA-1'],
    maxChars: SHA1_DIGITS,
    check: (value) => checkHash(value, SHA1_DIGITS),
  },
  fileSha256: {
    threatqTypes: ['SHA-256'],
    maxChars: SHA256_DIGITS,
    check: (value) => checkHash(value, SHA256_DIGITS),
  },
};

const KEYS_BY_TYPE: ReadonlyMap<string, ObjectKey> = new Map(
  OBJECT_KEYS.flatMap((key) => OBJECT_TYPES[key].threatqTypes.map((type) => [type, key] as const)),
);

/** ThreatQ's names of the types that can be exported. */
export const SUPPORTED_TYPES: readonly string[] = [...KEYS_BY_TYPE.keys()];

/** The object type for one of ThreatQ's types; undefined if Vision One has none. */
export function keyForType(type: string): ObjectKey | undefined {
  return KEYS_BY_TYPE.get(type);
}

/** ThreatQ's name for an object type, the most common one if there are several. */
export function typeForKey(key: ObjectKey): string {
  return OBJECT_TYPES[key].threatqTypes[0];
}

/** Checks a value of a type, and puts it into the form in which Vision One gets it. */
export function checkValue(key: ObjectKey, value: string, options: CheckOptions): Checked {
  const { check, maxChars } = OBJECT_TYPES[key];
  const checked = check(value, options);
  if ('problem' in checked) return checked;
  if (checked.value.length <= maxChars) {
    // Equal texts are kept once: a run has up to 100,000 values.
    return checked.value === value ? { value } : checked;
  }
  return {
    problem: `it has ${checked.value.length} characters, and Vision One accepts at most ${maxChars}`,
  };
}
