/** Domain names. */
import { isIP } from 'node:net';
import { domainToASCII, domainToUnicode } from 'node:url';
import { invisibleProblem, nameOfCharacter } from './characters.js';
import { type Checked, problem, wildcardProblem } from './checked.js';
import { withoutBrackets } from './ip.js';
import { hasPort, withoutPort } from './port.js';
import { DOT, refang } from './refang.js';
import { underscoredScheme } from './refang-url.js';

/** The longest name that DNS allows, in characters (RFC 1035, 2.3.4, without the root). */
export const MAX_DOMAIN_CHARS = 253;
const MAX_LABEL_CHARS = 63;
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
  const name = refang(text);
  return checkHost(options.stripsPort ? withoutPort(name) : name, options);
}

/** The same for a name that has no de-fanging and no port. */
export function checkHost(host: string, { wildcards }: { wildcards: boolean }): Checked {
  const name = withoutTrailingDot(host);
  if (!name.includes('*')) return checkName(name);
  const parent = name.slice(2);
  if (!wildcards || !name.startsWith('*.') || parent.includes('*')) {
    return wildcardProblem(wildcards);
  }
  const checked = checkName(parent);
  if ('problem' in checked) return checked;
  const value = `*.${checked.value}`;
  return value.length > MAX_DOMAIN_CHARS ? tooLong(value) : { value };
}

function checkName(name: string): Checked {
  if (MOST_NAMES.test(name) && name.length <= MAX_DOMAIN_CHARS) return { value: name };
  const other = nonDomainProblem(name);
  if (other !== undefined) return problem(other);
  if (name.length > MAX_CONVERTED_CHARS) return tooLong(name);
  const ascii = asciiName(name);
  if (ascii === undefined) return problem(unicodeProblem(name));
  if (ascii.length > MAX_DOMAIN_CHARS) return tooLong(ascii);
  const wrong = asciiProblem(ascii);
  return wrong === undefined ? { value: ascii } : problem(wrong);
}

/** Names in lower case whose labels no other check can refuse. */
const MOST_NAMES = /^(?!\w+__)(?:[a-z\d_-]{1,63}\.)+[a-z]{2,63}$/;

/** Why a text cannot be a domain name, before its characters are checked; undefined if it can. */
function nonDomainProblem(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (isIP(withoutBrackets(text))) return 'it is an IP address and not a domain';
  if (/[/?#]/.test(text)) {
    return text.includes('://')
      ? 'it has a scheme: it is a URL and not a domain'
      : 'it has a path or a query after the name: it is a URL and not a domain';
  }
  if (hasPort(text)) return 'it has a port after the name';
  const scheme = underscoredScheme(text.toLowerCase());
  return scheme && `it begins with ${scheme}, which can stand for a scheme or be part of a name`;
}

function tooLong(name: string): Checked {
  return problem(
    `it has ${name.length} characters, and a domain name has at most ${MAX_DOMAIN_CHARS}`,
  );
}

/** Why a name in ASCII is not a domain name; undefined if it is one. */
function asciiProblem(name: string): string | undefined {
  const char = /[^a-z\d._-]/u.exec(name)?.[0];
  if (char !== undefined) return wrongCharacter(char);
  const labels = name.split('.');
  if (labels.includes('')) {
    return 'it has an empty label: a dot at its start or end, or two dots in a row';
  }
  const long = labels.find((label) => label.length > MAX_LABEL_CHARS);
  if (long !== undefined) {
    return `it has a label of ${long.length} characters, and DNS allows at most ${MAX_LABEL_CHARS}`;
  }
  const last = labels.at(-1) ?? '';
  // Browsers and resolvers read a name whose last label is a number as an address (WHATWG URL).
  if (/^(?:\d+|0x[\da-f]*)$/.test(last)) return 'its last label is a number';
  return isLastLabel(last, labels.length)
    ? undefined
    : `its last label ${last} cannot be a top-level domain`;
}

/** Whether a name can end with a label. Registries of top-level domains are stricter than DNS is. */
function isLastLabel(label: string, labels: number): boolean {
  if (labels === 1) return /^\w(?:[\w-]*\w)?$/.test(label) && /[a-z]/.test(label);
  return (
    /^[a-z](?:[a-z\d-]*[a-z\d])?$/.test(label) &&
    (!label.startsWith('xn--') || domainToUnicode(label) !== '')
  );
}

/** A name in lower case and A-labels; undefined if it has none. */
function asciiName(name: string): string | undefined {
  if (ASCII.test(name)) return name.toLowerCase();
  // Not converted to lower case first: JavaScript and IDNA map a capital sigma at the end of a word to
  // different letters, so the result would be another name.
  return NOT_CONVERTED.test(name) ? undefined : domainToASCII(name) || undefined;
}

/**
 * A name with one of these characters is not converted, because the result would be another name: the
 * conversion drops invisible characters, ends the name at a slash, and keeps punctuation that looks like a
 * hyphen or a dot. It knows where the two joiners are allowed, and which dots, hyphens and marks of
 * Catalan, Hebrew and Japanese belong to names (https://www.iana.org/assignments/idna-tables-properties).
 */
const NOT_CONVERTED =
  /(?![.\w-]|\u200c|\u200d|[\ufe63\uff0d\u3002\uff0e\uff61\xb7\u05f3\u05f4\u30fb]|(?<=\p{Extended_Pictographic})\p{Variation_Selector})[\s$+<=>^`|~\p{P}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Why a name has no A-labels. */
function unicodeProblem(name: string): string {
  const wrong = NOT_CONVERTED.exec(name)?.[0];
  if (wrong !== undefined) return wrongCharacter(wrong);
  // Joiners, marks and digits of other scripts are allowed only next to certain letters.
  const misplaced = Array.from(name).find((char) => !domainToASCII(`a${char}a`));
  return misplaced === undefined
    ? 'it is not an international name (IDNA)'
    : `it has the character ${nameOfCharacter(misplaced)} where international names (IDNA) cannot have it`;
}

function wrongCharacter(char: string): string {
  const invisible = invisibleProblem(char);
  return (
    invisible ?? `it has the character ${nameOfCharacter(char)}, which no domain name can have`
  );
}

/**
 * A host in A-labels, if it has any; a wildcard before it is kept. The host must have its original case,
 * see `asciiName`. A host of more than 1,000 characters is unchanged.
 */
export function asciiHost(host: string): string {
  if (ASCII.test(host) || host.length > MAX_CONVERTED_CHARS) return host;
  const wildcard = /^\*?\.?/.exec(host)?.[0] ?? '';
  const name = host.slice(wildcard.length);
  return `${wildcard}${domainToASCII(name) || name}`;
}

const FINAL_DOT = new RegExp(`${DOT}$`);

/** A name without its trailing dot, in any form that IDNA accepts as a dot. */
export function withoutTrailingDot(name: string): string {
  return name.replace(FINAL_DOT, '');
}

/** A host in the form in which hosts are compared: in lower case and A-labels, without a trailing dot. */
export function normalizeHost(host: string): string {
  return withoutTrailingDot(asciiHost(host.trim())).toLowerCase();
}

/** The parents of a host, the closest first: `b.c` and `c` for `a.b.c`. */
export function* parentsOf(host: string): Generator<string> {
  for (let dot = host.indexOf('.'); dot !== -1; dot = host.indexOf('.', dot + 1)) {
    yield host.slice(dot + 1);
  }
}
