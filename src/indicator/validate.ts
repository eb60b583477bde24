/** Whether a value is one of its type, and the form in which Vision One gets it. All pure. */
import { isIP, SocketAddress } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { parse as parseDomain } from 'tldts';
import { regexes } from 'zod/v4/core';
import { LONGEST_VALUE } from './indicator.js';
import { refang, refangUrl } from './refang.js';

/** The value as it is sent, or why none can be sent, as half a sentence. */
export type Checked = { value: string } | { problem: string };

const problem = (text: string): Checked => ({ problem: text });

/**
 * A domain name in lower case and A-labels, without a trailing dot.
 * @param wildcards whether one leading `*.` is accepted, as the Exception List does
 */
export function checkDomain(given: string, wildcards: boolean): Checked {
  // The dot behind a name, in any form that IDNA takes for one.
  const mended = refang(given).replace(/[.\u3002\uff0e\uff61]$/, '');
  if (mended.startsWith('*.')) {
    if (!wildcards) return problem('a wildcard; the Suspicious Object List takes none');
    const rest = checkDomain(mended.slice(2), false);
    return 'problem' in rest ? rest : lengthChecked(`*.${rest.value}`, LONGEST_VALUE.domain);
  }
  if (mended === '') return problem('empty');
  if (isIP(mended.replace(/^\[|\]$/g, ''))) return problem('an IP address, not a domain');
  if (/[/?#\\]/.test(mended))
    return problem('a path or a query behind the name; a URL, not a domain');
  if (/:\d+$/.test(mended)) return problem('a port behind the name, which a domain has not');
  // Before it is made A-labels, which are never shorter, and cost more than their length.
  if (mended.length > 2 * LONGEST_VALUE.domain) return lengthChecked(mended, LONGEST_VALUE.domain);
  const ascii = asciiDomain(mended);
  if (ascii === undefined) return problem('characters that no domain name can have');
  if (ascii.length > LONGEST_VALUE.domain) return lengthChecked(ascii, LONGEST_VALUE.domain);
  if (ascii.split('.').some((label) => label.startsWith('xn--') && !domainToUnicode(label)))
    return problem('a label that begins with xn-- and is no international name');
  const parsed = parseDomain(ascii);
  if (parsed.hostname !== ascii || parsed.isIp || ascii.startsWith('.'))
    return problem('no valid domain name');
  // A last label that is a number makes it an address to every browser and resolver (WHATWG URL).
  if (/(^|\.)(\d+|0x[\da-f]*)$/.test(ascii))
    return problem('a number where the top-level domain stands');
  return { value: ascii };
}

/** The name in A-labels; undefined where it has characters that IDNA does not allow in a name. */
function asciiDomain(name: string): string | undefined {
  if (/^[\x21-\x7e]*$/.test(name)) return name.toLowerCase();
  // Letters, marks, digits, joiners and emoji: without this, invisible characters would be dropped
  // and dashes that merely look like hyphens be accepted, and another name would come of it.
  if (
    !/^(?:[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\u30fb\u00b7\u3002\uff0e\uff61._-]|\u200c|\u200d)+$/u.test(
      name,
    )
  ) {
    return undefined;
  }
  // Not lower-cased before: JavaScript writes a capital sigma at a word's end as another letter than
  // IDNA does, and another name would come of that too.
  return domainToASCII(name) || undefined;
}

/** One address, v4 or v6, in its shortest common form. */
export function checkIp(given: string): Checked {
  const mended = refang(given);
  if (mended.includes('/')) return problem('a network, not one address');
  const version = isIP(mended);
  if (version === 0) {
    return problem(
      /^[\d.]+:\d+$/.test(mended) ? 'a port behind the address' : 'no valid IP address',
    );
  }
  if (mended.includes('%')) return problem('a zone behind the address');
  if (version === 4) return { value: mended };
  return lengthChecked(shortestIpv6(mended), LONGEST_VALUE.ip);
}

/** An address of version 6 as RFC 5952 writes it, so that one address has one spelling. */
function shortestIpv6(address: string): string {
  return new SocketAddress({ address, family: 'ipv6' }).address;
}

/** A mail address; its domain in lower case and A-labels, its local part as it is. */
export function checkMail(given: string): Checked {
  const mended = refang(given);
  const at = mended.lastIndexOf('@');
  if (at === -1) return problem('no @');
  const domain = checkDomain(mended.slice(at + 1), false);
  if ('problem' in domain) return problem(`behind the @: ${domain.problem}`);
  const local = mended.slice(0, at);
  if (local.includes('*')) return problem('a wildcard, which no list takes in a mail address');
  // The domain was checked above; this one stands in for it, since names with `_` do send mail.
  if (!regexes.html5Email.test(`${local}@a.example`)) return problem('no valid mail address');
  return lengthChecked(`${local}@${domain.value}`, LONGEST_VALUE.senderMailAddress);
}

/** A hash of exactly so many hexadecimal digits, in lower case. */
export function checkHash(given: string, digits: number): Checked {
  const mended = given.trim().toLowerCase();
  if (/^[0-9a-f]+$/.test(mended)) {
    if (mended.length === digits) return { value: mended };
    return problem(`${mended.length} hexadecimal digits where there are ${digits}`);
  }
  return problem(`not ${digits} hexadecimal digits`);
}

/** A URL taken apart only as far as it is mended: what comes after the host stays as it is. */
interface UrlParts {
  /** Without `://`; undefined where there is none. */
  scheme: string | undefined;
  authority: string;
  rest: string;
}

/** The schemes of URLs that may be sent. */
const SCHEMES = ['http', 'https', 'ftp'];

function urlParts(mended: string): UrlParts {
  const [, scheme, authority = '', rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/|\/\/)?([^/?#\\]*)(.*)$/is.exec(mended) ?? [];
  return { scheme: scheme?.toLowerCase(), authority, rest };
}

/** Whether a URL, once mended, names its scheme; `host:port/path` and `//host/path` do not. */
export function hasScheme(given: string): boolean {
  return urlParts(refangUrl(given)).scheme !== undefined;
}

/**
 * A URL with scheme and host in lower case and A-labels, the rest as ThreatQ has it.
 * @param scheme what is put before it if it has none
 * @param wildcards whether `*` may stand at either end, as the Exception List does
 */
export function checkUrl(given: string, scheme: string, wildcards: boolean): Checked {
  const mended = refangUrl(given);
  if (mended === '') return problem('empty');
  if (!mended.isWellFormed() || /[\p{Cc}\u2028\u2029]/u.test(mended)) {
    return problem('control characters, which no URL can have');
  }
  const parts = urlParts(mended);
  const used = parts.scheme ?? scheme;
  if (!SCHEMES.includes(used))
    return problem(`the scheme ${used}, which is none of ${SCHEMES.join(', ')}`);
  if (
    parts.scheme === undefined &&
    /^(https?|ftp):$|^[a-z][a-z0-9+.-]*:(?!\d*$)/i.test(parts.authority)
  ) {
    return problem(
      'no number where the port stands, or a scheme that is none of http://, https://, ftp://',
    );
  }
  if (parts.rest.startsWith('\\')) {
    return problem('a backslash behind the host, so that programs disagree on what its host is');
  }
  const at = parts.authority.lastIndexOf('@') + 1;
  const [, host = '', port = ''] = /^(.*?)(:\d*)?$/s.exec(parts.authority.slice(at)) ?? [];
  const checkedHost = checkUrlHost(host, wildcards);
  if ('problem' in checkedHost) return problem(`as its host: ${checkedHost.problem}`);
  if (/^h(?:tt|xx)ps?$/.test(checkedHost.value)) {
    return problem('a second scheme where the host stands');
  }

  const authority = `${parts.authority.slice(0, at)}${checkedHost.value}${port}`;
  const url = `${used}://${authority}${parts.rest}`;
  if (!wildcards && url.endsWith('*')) {
    return problem('a wildcard; the Suspicious Object List takes none');
  }
  const plain = wildcards ? url.replace('://*.', '://wildcard.').replace(/\*$/, '') : url;
  if (wildcards && plain.includes('*')) {
    return problem('a wildcard in the middle; the Exception List takes them at either end');
  }
  if (!URL.canParse(plain)) return problem('no valid URL');
  return lengthChecked(url, LONGEST_VALUE.url);
}

function checkUrlHost(host: string, wildcards: boolean): Checked {
  if (host.startsWith('[')) {
    return isIP(host.slice(1, -1)) === 6 && host.endsWith(']') && !host.includes('%')
      ? { value: host.toLowerCase() }
      : problem('no valid IPv6 address');
  }
  // Browsers read 0x7f.1 and 2130706433 as addresses, so attackers write them; they stay as written.
  const bare = host.replace(/\.$/, '').toLowerCase();
  if (/^[\da-fx.]*[\da-fx]$/.test(bare) && URL.canParse(`http://${bare}/`)) {
    const { hostname } = new URL(`http://${bare}/`);
    if (isIP(hostname) === 4) return { value: bare };
  }
  return checkDomain(host, wildcards);
}

function lengthChecked(value: string, longest: number): Checked {
  if (value.length <= longest) return { value };
  return problem(`${value.length} characters, where Vision One takes ${longest}`);
}
