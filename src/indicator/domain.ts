/** Domain names. */
import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { parse as parseDomain } from 'tldts';
import { type Checked, problem, WILDCARD_PROBLEM } from './checked.js';
import { withoutBrackets } from './ip.js';
import { hasPort, withoutPort } from './port.js';
import { refang } from './refang.js';

/** The longest name that DNS allows, in characters. */
export const MAX_DOMAIN_CHARS = 253;
/** The longest text that is converted to A-labels, in characters: conversion takes more than linear time. */
const MAX_CONVERTED_CHARS = 1_000;
// biome-ignore lint/suspicious/noControlCharactersInRegex: it tests for every character that is not ASCII
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Checks a domain name. The value that is sent has lower case, A-labels and no trailing dot.
 * @param options.wildcards whether one leading `*.` is accepted, as it is on the Exception List
 * @param options.stripsPort whether a port after the name is left out
 */
export function checkDomain(
  text: string,
  options: { wildcards: boolean; stripsPort?: boolean },
): Checked {
  const given = refang(text);
  const name = withoutTrailingDot(options.stripsPort ? withoutPort(given) : given);
  if (!name.startsWith('*.')) return checkName(name);
  if (!options.wildcards) return problem(WILDCARD_PROBLEM);
  const parent = checkName(name.slice(2));
  if ('problem' in parent) return parent;
  const value = `*.${parent.value}`;
  return value.length > MAX_DOMAIN_CHARS ? tooLong(value) : { value };
}

function checkName(name: string): Checked {
  const other = nonDomainProblem(name);
  if (other !== undefined) return problem(other);
  // A-labels are never shorter than the name, and their conversion takes more than linear time.
  if (name.length > 2 * MAX_DOMAIN_CHARS) return tooLong(name);
  const ascii = asciiName(name);
  if (ascii === undefined) return problem('it has characters that no domain name can have');
  if (ascii.length > MAX_DOMAIN_CHARS) return tooLong(ascii);
  if (ascii.split('.').some((label) => label.startsWith('xn--') && !domainToUnicode(label))) {
    return problem('it has a label that begins with xn-- and is not an international name');
  }
  const parsed = parseDomain(ascii);
  if (parsed.hostname !== ascii || parsed.isIp || ascii.startsWith('.')) {
    return problem('it is not a valid domain name');
  }
  // Browsers and resolvers read a name whose last label is a number as an address (WHATWG URL).
  if (/(^|\.)(\d+|0x[\da-f]*)$/.test(ascii)) {
    return problem('it has a number in place of the top-level domain');
  }
  return { value: ascii };
}

/** Why a text cannot be a domain name, before its characters are checked; undefined if it can. */
function nonDomainProblem(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (isIP(withoutBrackets(text))) return 'it is an IP address and not a domain';
  if (/[/?#\\]/.test(text)) {
    return 'it has a path or a query after the name: it is a URL and not a domain';
  }
  return hasPort(text) ? 'it has a port after the name' : undefined;
}

function tooLong(name: string): Checked {
  return problem(
    `it has ${name.length} characters, and a domain name has at most ${MAX_DOMAIN_CHARS}`,
  );
}

/** A name in A-labels and lower case; undefined if it has characters that IDNA does not allow. */
function asciiName(name: string): string | undefined {
  if (/^[\x21-\x7e]*$/.test(name)) return name.toLowerCase();
  // Letters, marks, digits, joiners and emoji. The conversion would drop invisible characters and accept
  // dashes that look like hyphens: the result would be another name.
  if (
    !/^(?:[\p{L}\p{M}\p{N}\p{Extended_Pictographic}\u30fb\u00b7\u3002\uff0e\uff61._-]|\u200c|\u200d)+$/u.test(
      name,
    )
  ) {
    return undefined;
  }
  // Not converted to lower case first: JavaScript and IDNA map a capital sigma at the end of a word to
  // different letters, so the result would be another name.
  return domainToASCII(name) || undefined;
}

/** A host in A-labels, if it has any; a wildcard before it is kept. */
export function asciiHost(host: string): string {
  if (ASCII.test(host) || host.length > MAX_CONVERTED_CHARS) return host;
  const wildcard = /^\*?\.?/.exec(host)?.[0] ?? '';
  const name = host.slice(wildcard.length);
  return `${wildcard}${domainToASCII(name) || name}`;
}

/** A name without its trailing dot, in any form that IDNA accepts as a dot. */
export function withoutTrailingDot(name: string): string {
  return name.replace(/[.\u3002\uff0e\uff61]$/, '');
}

/** A host in the form in which hosts are compared: in lower case and A-labels, without a trailing dot. */
export function normalizeHost(host: string): string {
  return withoutTrailingDot(asciiHost(host.trim().toLowerCase()));
}

/** The parents of a host, the closest first: `b.c` and `c` for `a.b.c`. */
export function* parentsOf(host: string): Generator<string> {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    yield host.slice(dot + 1);
  }
}
