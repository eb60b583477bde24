/** Users' own lists: text with one value in each line. Their lines are read strictly. */
import { isIP } from 'node:net';
import type { Checked } from '../indicator/checked.js';
import { checkDomain, MAX_DOMAIN_CHARS, normalizeHost } from '../indicator/domain.js';
import { checkMail } from '../indicator/hash-and-email.js';
import { hasPort } from '../indicator/port.js';
import { refangMail } from '../indicator/refang.js';
import { refangUrl } from '../indicator/refang-url.js';
import { parseRange } from './address-ranges.js';
import {
  type Entry,
  type EntryProblem,
  HAS_PORT,
  NOT_A_RANGE,
  normalizeValue,
  urlAsSent,
} from './entry.js';

/** An entry of a user's own list, whose type is detected. */
export interface ExclusionLine {
  /** Counted from 1. */
  number: number;
  text: string;
}

/**
 * The entries of a text, one in each line. A `#` at the beginning of a line or after white space begins a
 * comment.
 * @param options.commas whether commas separate entries too
 */
export function linesOf(text: string, options: { commas?: boolean } = {}): ExclusionLine[] {
  const lines: ExclusionLine[] = [];
  for (const [index, line] of text.split(/\r\n|\r|\n/).entries()) {
    const values = line.replace(/(^|\s)#.*$/, '');
    for (const value of options.commas ? values.split(',') : [values]) {
      const refanged = refangLine(value);
      if (refanged !== '') lines.push({ number: index + 1, text: refanged });
    }
  }
  return lines;
}

/**
 * Lines are read more strictly than indicators: only a text with a slash is refanged as a URL, and a
 * backslash is not read as a slash (`10.0.0.0\8`).
 */
function refangLine(line: string): string {
  if (IS_UNCLEAR.test(line)) return line.trim();
  return line.includes('/') ? refangUrl(line) : refangMail(line);
}

/** A line is a network, a range of addresses, the subdomains of a domain (`*.example.com`), or one value. */
export function readLine(text: string): Entry[] | EntryProblem {
  const line = text;
  if (/\s/.test(line)) return { problem: 'has white space in it' };
  if (IS_UNCLEAR.test(line)) return { problem: NO_VALUE };
  if (hasPort(line)) return { problem: HAS_PORT };
  const range = parseRange(line);
  if (range) return [{ kind: 'range', range, coversUrls: true }];
  if (looksLikeRange(line)) return { problem: NOT_A_RANGE };
  return line.includes('*') ? readWildcard(line) : readValue(line);
}

function readWildcard(line: string): Entry[] | EntryProblem {
  if (!line.startsWith('*.') || line.lastIndexOf('*') > 0) {
    return { problem: 'may have a * only in one *. at its beginning, as in *.example.com' };
  }
  if (line.replace(/\.+$/, '') === '*') return { problem: 'has no domain after *.' };
  const host = checkDomain(line.slice(2), { wildcards: false });
  return 'problem' in host
    ? { problem: 'has no domain name after *.' }
    : [{ kind: 'subdomains', text: host.value }];
}

/** A value is also excluded as the host of a URL and as the domain of a mail address. */
function readValue(line: string): Entry[] | EntryProblem {
  const checked = checkLine(line);
  if ('problem' in checked) return checked;
  const value: Entry = { kind: 'value', text: normalizeValue(checked.value) };
  return isUrl(line) ? [value] : [value, { kind: 'host', text: normalizeHost(line) }];
}

/** A backslash, or a quotation mark at the beginning. */
const IS_UNCLEAR = /\\|^\s*\p{Pi}|^\s*["'`„]/u;
/** Most lines are host names in ASCII, whose top-level domain does not begin with a digit. */
const HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** MD5, SHA-1, SHA-256, SHA-384 and SHA-512. */
const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i;
/** A hash with a wrong number of digits: it could also be read as a name without a dot. */
const LONG_HEX = /^[0-9a-f]{32,}$/i;
const FILE_NAME = /\.(?:txt|csv|json)$/i;
const IS_FILE = 'is the name of a file: list files under exclude';
const NO_VALUE = 'is not a domain, address, network, range, URL, email address or hash';

/**
 * Refuses a line that cannot be a value: it would silently protect nothing.
 * @returns the value as it would be sent; a URL that has no scheme still has none
 */
function checkLine(line: string): { value: string } | EntryProblem {
  if (HASH.test(line)) return { value: line };
  if (LONG_HEX.test(line)) return { problem: NO_VALUE };
  if (line.length <= MAX_DOMAIN_CHARS && HOST.test(line)) {
    return FILE_NAME.test(line) ? { problem: IS_FILE } : { value: line };
  }
  const checked = checkOther(line);
  return 'problem' in checked ? { problem: NO_VALUE } : checked;
}

function checkOther(line: string): Checked {
  if (isUrl(line)) return urlAsSent(line);
  return line.includes('@') ? checkMail(line) : checkDomain(line, { wildcards: false });
}

/** Whether a line can only be a URL: it has a path or a query. `example.com#ours` has a comment without a space. */
function isUrl(line: string): boolean {
  return /[/?]/.test(line);
}

/** Whether a line is an address with a `/` and a length, or two addresses, which may be an invalid range. */
function looksLikeRange(line: string): boolean {
  const [address = ''] = line.split('/');
  if (isIP(address) !== 0 && line.includes('/')) return !/\/.*[a-z]/i.test(line);
  if (/^[\d.]+-[\d.]+$/.test(line)) return true;
  return line.includes('-') && line.split('-').every((end) => isIP(end) !== 0);
}
