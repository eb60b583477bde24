/**
 * MISP's warning lists. They mean what they mean in MISP (`Warninglist::checkForWarning`,
 * https://github.com/MISP/MISP/blob/2.5/app/Model/Warninglist.php), but exclude more in some cases: an entry
 * in another spelling of the same value counts, `substring` and `regex` ignore case, a `cidr` list can have
 * ranges, and `hostname` is also compared with the domain of a mail address.
 */
import { MAX_DOMAIN_CHARS, normalizeHost } from '../indicator/domain.js';
import { OBJECT_KEYS, type ObjectKey } from '../indicator/indicator.js';
import { withoutBrackets } from '../indicator/ip.js';
import { hasPort } from '../indicator/port.js';
import { closest } from '../text/suggest.js';
import { readAddress } from './address.js';
import { parseRange } from './address-ranges.js';
import {
  type Entry,
  type EntryProblem,
  HAS_PORT,
  NOT_A_RANGE,
  normalizeValue,
  urlAsSent,
} from './entry.js';

/** What the entries of a warning list mean. */
export const LIST_TYPES = ['hostname', 'cidr', 'string', 'substring', 'regex'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** A warning list as it was read from a file. */
export interface WarningList {
  name: string;
  type: ListType;
  /** The types of MISP attributes that the list is for. None, or `ALL`, means every type. */
  attributes?: readonly string[];
  /** Of any JSON type, because the file was written by others. */
  entries: readonly unknown[];
}

/**
 * The types of MISP attributes that have the same values as an object. A composite type such as
 * `domain|ip` or `filename|sha256` is a type of its own in MISP, and a list for it is not for its parts.
 * A `link` is a URL. The other types of mail addresses (registrants, name servers, targets) are not senders.
 */
const ATTRIBUTES: Record<ObjectKey, readonly string[]> = {
  domain: ['domain', 'hostname'],
  ip: ['ip-src', 'ip-dst'],
  url: ['url', 'uri', 'link'],
  senderMailAddress: ['email', 'email-src', 'email-dst', 'email-reply-to'],
  fileSha1: ['sha1'],
  fileSha256: ['sha256'],
};
const EVERY_TYPE = 'all';
/** How many attributes are compared with the known ones. */
const MAX_COMPARED = 100;

/** The types of objects that each type of list can match. */
const COMPARED: Record<ListType, readonly ObjectKey[]> = {
  hostname: ['domain', 'ip', 'url', 'senderMailAddress'],
  // MISP compares networks with values that are addresses, never with the hosts of URLs (CidrTool.php).
  cidr: ['ip'],
  string: OBJECT_KEYS,
  substring: OBJECT_KEYS,
  regex: OBJECT_KEYS,
};

/** The types of objects that a list is for. Case is ignored, unlike in MISP: a public list has `URL`. */
export function typesOf({ type, attributes = [] }: WarningList): ObjectKey[] {
  const names = new Set(attributes.map((name) => name.trim().toLowerCase()).filter(Boolean));
  const isForAll = names.size === 0 || names.has(EVERY_TYPE);
  return COMPARED[type].filter(
    (key) => isForAll || ATTRIBUTES[key].some((name) => names.has(name)),
  );
}

/** What a misspelt attribute of a list was probably meant to be. A list has far fewer attributes than are compared. */
export function meantAttribute({ attributes = [] }: WarningList): string | undefined {
  const known = Object.values(ATTRIBUTES).flat();
  return attributes
    .slice(0, MAX_COMPARED)
    .map((name) => closest(name, known))
    .find((found) => found !== undefined);
}

/** Reads an entry of a list. */
export function readEntry(type: ListType, entry: unknown): Entry | EntryProblem {
  // MISP stores all entries as text.
  if (typeof entry !== 'string' && typeof entry !== 'number') return { problem: 'is not text' };
  const text = String(entry);
  const trimmed = text.trim();
  if (trimmed === '') return { problem: 'is empty' };
  // PHP calls "0" empty too. As a substring or an expression it would match most hashes.
  if (trimmed === '0') return { problem: 'is 0, which MISP leaves out too' };
  switch (type) {
    case 'string':
      return { kind: 'value', text: normalizeValue(asSent(text)) };
    case 'hostname':
      return readHostname(trimmed);
    case 'cidr': {
      const range = parseRange(trimmed);
      return range ? { kind: 'range', range, coversUrls: false } : { problem: NOT_A_RANGE };
    }
    case 'substring':
      // Case is ignored, because domains, hashes and the hosts of URLs are sent in lower case.
      return { kind: 'substring', text: text.toLowerCase() };
    case 'regex':
      return { kind: 'expression', text: trimmed };
  }
}

/** An entry is as ThreatQ has the value, of which a URL can be sent in another form. */
function asSent(text: string): string {
  const sent = /[\\%]|\*\s*$/.test(text) ? urlAsSent(text) : undefined;
  return sent && 'value' in sent ? sent.value : text;
}

/**
 * A host name includes its subdomains, with or without dots around it. An address is also one, because
 * MISP compares it with the hosts of URLs.
 */
function readHostname(text: string): Entry | EntryProblem {
  const address = readAddress(withoutBrackets(text));
  if (address) return { kind: 'host', text: address.toString() };
  if (hasPort(text)) return { problem: HAS_PORT };
  if (text.length > 2 * MAX_DOMAIN_CHARS) return { problem: 'is not a host name' };
  const host = normalizeHost(text.replace(/^\*?\.+|\.+$/g, ''));
  return isHost(host) ? { kind: 'domain', text: host } : { problem: 'is not a host name' };
}

/** No host has these characters, and browsers read a name whose last label is a number as an address. */
function isHost(host: string): boolean {
  return (
    host !== '' &&
    host.length <= MAX_DOMAIN_CHARS &&
    !/[\s/\\*@:?#"'<>|,;]/.test(host) &&
    !/(?:^|\.)\d+$/.test(host)
  );
}
