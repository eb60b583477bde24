/** URLs. */
import { isIP } from 'node:net';
import { parseUrl } from '../text/parse-url.js';
import { invisibleProblem } from './characters.js';
import { type Checked, problem, wildcardProblem } from './checked.js';
import { asciiHost, checkHost, withoutTrailingDot } from './domain.js';
import { withoutBrackets } from './ip.js';
import { MAX_PORT } from './port.js';
import { refangUrl, schemeOfWord } from './refang-url.js';
import { type SplitUrl, splitUrl } from './split-url.js';

/** The schemes of URLs that may be sent. */
export const SCHEMES = ['http', 'https', 'ftp'];

/** Whether a URL names its scheme once de-fanging is undone; `host:port/path` and `//host` do not. */
export function hasScheme(text: string): boolean {
  return splitUrl(refangUrl(text)).scheme !== undefined;
}

/**
 * Checks a URL. The value that is sent has its scheme and host as browsers read them (in lower case and
 * A-labels, without a trailing dot), slashes in place of backslashes, `%2A` in place of a `*` at its end
 * unless the list accepts wildcards, and everything else as it is written.
 * @param options.wildcards whether `*` is accepted at both ends, as it is on the Exception List
 * @param options.defaultScheme put before a URL that names no scheme
 */
export function checkUrl(
  text: string,
  { wildcards, defaultScheme }: { wildcards: boolean; defaultScheme?: string | undefined },
): Checked {
  const url = refangUrl(text);
  if (url === '') return problem('it is empty');
  const parts = splitUrl(url);
  const scheme = parts.scheme ?? defaultScheme ?? '';
  const wrong = characterProblem(parts) ?? schemeProblem(scheme, parts);
  if (wrong !== undefined) return problem(wrong);
  const host = checkUrlHost(parts.host, wildcards);
  if ('problem' in host) return problem(`its host is not usable: ${host.problem}`);
  if (schemeOfWord(host.value) !== undefined) {
    return problem(`its host would be ${host.value}, which can be meant as a scheme`);
  }
  if (Number(parts.port.slice(1)) > MAX_PORT) {
    return problem(`its port is greater than ${MAX_PORT}`);
  }
  const start = `${scheme}://${parts.userinfo}${host.value}${parts.port}`;
  if (!wildcards) return { value: `${start}${withEncodedEnd(parts.rest)}` };
  return /\*(?!$)/.test(`${parts.userinfo}${parts.rest}`)
    ? wildcardProblem(wildcards)
    : { value: `${start}${parts.rest}` };
}

function schemeProblem(scheme: string, parts: SplitUrl): string | undefined {
  if (scheme === '') return 'it has no scheme';
  if (!SCHEMES.includes(scheme)) {
    return `its scheme ${scheme} is not one of ${SCHEMES.join(', ')}`;
  }
  if (parts.scheme !== undefined) return undefined;
  const authority = `${parts.userinfo}${parts.host}${parts.port}`;
  if (/^(https?|ftp):$|^[a-z][a-z0-9+.-]*:(?!\d*$)/i.test(authority)) {
    return 'the text after its colon is not a port number, or its scheme is not http://, https:// or ftp://';
  }
  return !parts.host.includes('.') && (parts.port === ':' || parts.rest.startsWith('//'))
    ? 'the text before its slashes is neither a scheme nor a host'
    : undefined;
}

/** Checks what is before and after the host, which has its own check. */
function characterProblem({ prefix, userinfo, rest }: SplitUrl): string | undefined {
  return rest.startsWith('\\')
    ? 'it has a backslash that can be part of the host or end it'
    : invisibleProblem(`${prefix}${userinfo}${rest}`);
}

/**
 * Encodes each `*` at the end of a path or a query: the Suspicious Object List does not accept a URL that
 * ends with a wildcard, and servers read `%2A` as `*`.
 */
function withEncodedEnd(rest: string): string {
  const end = rest.length - (/(?<!\*)\*+$/.exec(rest)?.[0].length ?? 0);
  return rest.slice(0, end) + '%2A'.repeat(rest.length - end);
}

function checkUrlHost(host: string, wildcards: boolean): Checked {
  if (PLAIN_HOST.test(host)) return checkHost(host, { wildcards });
  if (host.startsWith('[')) return checkBracketed(host);
  if (host.includes(':')) return problem('the text after its colon is not a port number');
  if (invisibleProblem(host) !== undefined) return checkHost(host, { wildcards });
  // Browsers read 0x7f.1, 2130706433 and percent-encoded hosts, so attackers write them.
  const read = browserHost(host);
  if (read !== undefined && isIP(read) === 4) return { value: read };
  const name = host.includes('%') ? (read ?? host) : host;
  // A wildcard must be written as one.
  return name.includes('*') && name !== host
    ? wildcardProblem(wildcards)
    : checkHost(name, { wildcards });
}

/** Only IPv6 addresses have brackets in a URL. */
function checkBracketed(host: string): Checked {
  const isAddress = host.endsWith(']') && isIP(host.slice(1, -1)) === 6 && !host.includes('%');
  const parsed = isAddress ? parseUrl(`http://${host}`) : undefined;
  return parsed
    ? { value: parsed.hostname }
    : problem('it has brackets and is not an IPv6 address');
}

/** A host that browsers do not change, except for its case; most hosts are like that. */
const PLAIN_HOST = /^(?!.*xn--)(?:[a-z0-9-]+\.)+[a-z]{2,}$/i;

/**
 * The host of a URL as browsers read it, without brackets or a trailing dot. Browsers read `0x7f.1` as
 * 127.0.0.1.
 * @returns undefined if the URL has no host, or one that neither browsers nor DNS accept
 */
export function browserHost(url: string): string | undefined {
  const { host } = splitUrl(url.trim());
  if (PLAIN_HOST.test(host)) return host.toLowerCase();
  // The parser reads the hosts of a few schemes only. Lists also have URLs without a scheme.
  const asHttp = `http://${withoutPrefix(url.trim())}`;
  const parsed = parseUrl(asHttp);
  if (parsed) return hostnameOf(parsed) || undefined;
  // DNS has names that browsers refuse, such as names with odd Punycode.
  const name = checkHost(host, { wildcards: false });
  return 'value' in name ? name.value : undefined;
}

/** A URL without its scheme and `//`. */
export function withoutPrefix(url: string): string {
  return url.slice(splitUrl(url).prefix.length);
}

/** The host of a parsed URL, without brackets or a trailing dot. */
export function hostnameOf(url: URL): string {
  return withoutTrailingDot(withoutBrackets(url.hostname));
}

/** A URL, or a pattern of one, in the form in which URLs are compared: in lower case. */
export interface NormalizedUrl {
  /** Without `://`; undefined if there is none. */
  scheme: string | undefined;
  /** With its host in A-labels, and without the default port of its scheme. */
  authority: string;
  /** Path, query and fragment. */
  rest: string;
  /** The same, with a `/` before it if it begins with neither `/` nor a backslash. */
  path: string;
}

const DEFAULT_PORTS: Record<string, string> = { http: ':80', https: ':443', ftp: ':21' };

export function normalizeUrl(url: string): NormalizedUrl {
  const { scheme, userinfo, host, port, rest } = splitUrl(url.trim());
  const shownPort = port === DEFAULT_PORTS[scheme ?? ''] ? '' : port;
  const authority = `${userinfo}${asciiHost(host)}${shownPort}`.toLowerCase();
  const lowerRest = rest.toLowerCase();
  const path = /^[/\\]/.test(rest) ? lowerRest : `/${lowerRest}`;
  return { scheme, authority, rest: lowerRest, path };
}
