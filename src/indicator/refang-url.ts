/** Undoes de-fanging of URLs, and reads the forms of a URL that only browsers read. */
import { isIPv4 } from 'node:net';
import { trimValue } from './characters.js';
import { applyAll, BRACKETS, CLOSING, DOT, OPENING, refangAt, refangName } from './refang.js';
import { splitUrl } from './split-url.js';

/** Words for `http`: `hxxp`, `htxp`, `h**p`, `h__p`, `hzzp`, `xxp`, `meow`; mistyped ones: `htttp`, `htpp`. */
const HTTP = 'h{1,2}[tx*z_+]{1,4}p{1,2}|[tx]{2}p|meow';
const HTTP_WORD = new RegExp(`^(?:${HTTP})(s?)$`);
const SCHEME_AND_UNDERSCORES = new RegExp(`^(?:(?:${HTTP})s?|f[tx]p)__`);

/** The scheme that a word means; undefined if it is not a scheme that can be sent. */
export function schemeOfWord(word: string): string | undefined {
  if (word === 'ftp' || word === 'fxp') return 'ftp';
  const [, secure] = HTTP_WORD.exec(word) ?? [];
  return secure === undefined ? undefined : `http${secure}`;
}

/**
 * Names of files have no `://`, so people write `http__` instead.
 * @returns the beginning of a name that can be a scheme or a part of the name; undefined if there is none
 */
export function underscoredScheme(name: string): string | undefined {
  return SCHEME_AND_UNDERSCORES.exec(name)?.[0];
}

/**
 * A URL without de-fanging and without invisible characters at its ends. Backslashes are slashes, as in
 * browsers (WHATWG URL). `[.]` and `[/]` are always replaced in a path, in which RFC 3986 allows no
 * brackets; other forms of de-fanging only if the scheme or the host was de-fanged too, because people use
 * brackets for other purposes.
 * @returns the URL; a backslash remains directly after the host if it has two possible meanings
 */
export function refangUrl(value: string): string {
  const trimmed = trimValue(value);
  if (PLAIN_URL.test(trimmed) && !/[[\\]/.test(trimmed)) return trimmed;
  const head = readHead(unescapeSlashes(trimmed));
  const [beforeQuery, query] = splitPath(head.after);
  const text = beforeQuery.replace(BRACKETED_SLASH, '/');
  const meaning = meaningOfBackslash(text, head);
  if (meaning === 'unknown') return `${head.prefix}${text}${query}`;
  const isEscaped = meaning === 'part of the host';
  const [authority = ''] = (isEscaped ? ESCAPED_AUTHORITY : AUTHORITY).exec(text) ?? [];
  const host = refangAuthority(authority);
  const path = text.slice(authority.length);
  const wasDefanged =
    head.isDefanged || isEscaped || host !== authority || DEFANGED_END.test(beforeQuery);
  return [
    head.prefix,
    host,
    refangPath(isEscaped ? path.replace(/\\([./])/g, '$1') : path, wasDefanged),
    wasDefanged ? applyAll(query, IN_PATHS) : query,
  ].join('');
}

/** Most URLs, which need no other step. */
const PLAIN_URL = /^(?:(?:https?|ftp):\/\/)?[a-z\d.-]+(?::\d{1,5})?(?:[/?#]|$)/i;

/** JSON and regular expressions have a backslash before each slash. */
function unescapeSlashes(text: string): string {
  return /(?<!\\)\//.test(text) ? text : text.replaceAll('\\/', '/');
}

function splitPath(text: string): [path: string, queryAndFragment: string] {
  const [path = ''] = /^[^?#]*/.exec(text) ?? [];
  return [path, text.slice(path.length)];
}

interface Head {
  /** The scheme and `//`, only `//`, or empty. */
  prefix: string;
  /** The text after it. */
  after: string;
  isDefanged: boolean;
  /** Whether backslashes separate the scheme from the host. */
  hasBackslashes: boolean;
}

/** A word, of which a part can be in brackets. No scheme is longer than 20 characters. */
const WORD = String.raw`(?:[a-z*_+]|\[[a-z*_+]+\]|\([a-z*_+]+\)|\{[a-z*_+]+\}){1,20}`;
/** Slashes of both kinds and brackets; an opening one only before a slash, because an IPv6 address has one. */
const SLASHES = String.raw`(?:[/\\${CLOSING}]|[${OPENING}](?=[/\\]))*`;
const HEAD = new RegExp(`^(${WORD})(${BRACKETS}):(${SLASHES})`, 'i');

/**
 * Reads the scheme. Browsers accept any number of slashes and backslashes after it, also none (WHATWG
 * URL), so `http:\\host`, `http:/host` and `http:host` are URLs.
 */
function readHead(text: string): Head {
  const [, word = '', brackets = '', slashes = ''] = HEAD.exec(text) ?? [];
  const separator = withoutUnopened(brackets, slashes);
  const scheme = schemeOfWord(word.replace(/[^a-z*_+]/gi, '').toLowerCase());
  const after = text.slice(word.length + brackets.length + 1 + separator.length);
  if (scheme === undefined || (!/[/\\]/.test(separator) && NO_HOST_START.test(after))) {
    const { prefix } = splitUrl(text);
    return { prefix, after: text.slice(prefix.length), isDefanged: false, hasBackslashes: false };
  }
  return {
    prefix: `${scheme}://`,
    after,
    isDefanged: scheme !== word.toLowerCase() || brackets !== '' || IS_BRACKETED.test(separator),
    hasBackslashes: /\\(?![\])}>[({<])/.test(separator),
  };
}

const IS_BRACKETED = new RegExp(`[${OPENING}${CLOSING}]`);

/** The slashes without closing brackets that no bracket opened: those are part of what follows. */
function withoutUnopened(brackets: string, slashes: string): string {
  const unopened = count(brackets + slashes, CLOSING) - count(brackets + slashes, OPENING);
  const atEnd = slashes.length - slashes.replace(CLOSED_END, '').length;
  return slashes.slice(0, slashes.length - Math.max(0, Math.min(unopened, atEnd)));
}

const CLOSED_END = new RegExp(`(?<![${CLOSING}])[${CLOSING}]+$`);

function count(text: string, characters: string): number {
  return text.replace(new RegExp(`[^${characters}]`, 'g'), '').length;
}

/**
 * What follows a colon without a slash and is not a host: a number is a port (`http:8080/x`), and two
 * underscores can stand for slashes (`http:__host`).
 */
const NO_HOST_START = new RegExp(String.raw`^(?:\d{1,5}(?:[/?#]|\\(?!${DOT}|\[)|$)|__|$)`);

/** Up to the end of the authority. */
const AUTHORITY = /^[^/?#\\]*/;
/** A dot in brackets, escaped for Markdown. */
const MARKDOWN_DOT = String.raw`\\[${OPENING}]\s*(?:dot|${DOT})\s*\\?[${CLOSING}]`;
const BEGINS_WITH_MARKDOWN_DOT = new RegExp(`^${MARKDOWN_DOT}`, 'i');
const ESCAPED_DOT = String.raw`\\${DOT}|${MARKDOWN_DOT}`;
const BEGINS_WITH_ESCAPED_DOT = new RegExp(`^(?:${ESCAPED_DOT})`, 'i');
const ESCAPED_AUTHORITY = new RegExp(String.raw`^(?:[^/?#\\]|${ESCAPED_DOT})*`, 'i');

/** A dot that is not at the end. */
const INNER_DOT = new RegExp(`${DOT}(?!${DOT}|$)`);
/** A dot and a backslash (`evil.\\com`), or two backslashes, after a host. */
const MISTYPED_DOT = new RegExp(String.raw`^[^\\]*(?:${DOT}\\|\\\\)`);

type Backslash = 'a slash' | 'part of the host' | 'unknown';

/** What the first backslash after the authority means; `a slash` also if there is none. */
function meaningOfBackslash(text: string, head: Head): Backslash {
  const [authority = ''] = AUTHORITY.exec(text) ?? [];
  const rest = text.slice(authority.length);
  const given = hostOf(authority);
  const host = refangName(given);
  if (!rest.startsWith('\\') || isComplete(host)) return 'a slash';
  const hasDot = INNER_DOT.test(host);
  // A browser opens it as it is written.
  const isPlain = head.prefix !== '' && !head.isDefanged && host === given;
  if (BEGINS_WITH_ESCAPED_DOT.test(rest)) {
    if (isEscapedDot(rest, hasDot, head)) return 'part of the host';
    // `http://a.com\.b.com` opens a.com in a browser, and can be meant as a.com.b.com.
    return isPlain && head.hasBackslashes ? 'a slash' : 'unknown';
  }
  // Without a dot it is not a host on the internet: `C:\x.exe`. `evil.\com` can be an escaped dot.
  return hasDot && (isPlain || !MISTYPED_DOT.test(`${host}${rest}`)) ? 'a slash' : 'unknown';
}

function isEscapedDot(rest: string, hasDot: boolean, head: Head): boolean {
  // A browser does not open a de-fanged scheme, so a backslash before a bracket is not its slash.
  if (head.isDefanged && BEGINS_WITH_MARKDOWN_DOT.test(rest)) return true;
  // The host `www` of `http://www\.evil.com` does not exist on the internet.
  return !hasDot && !head.hasBackslashes;
}

/** Whether only a path can follow: after a port, an address in brackets, an IPv4 address or the number of one. */
function isComplete(host: string): boolean {
  return /:\d+$|^\[.*\]$|^\d{4,}$|^0x[\da-f]+$/i.test(host) || isIPv4(host);
}

function hostOf(authority: string): string {
  return authority.slice(authority.lastIndexOf('@') + 1);
}

/** Refangs host and port. A user name and a password can have any characters. */
function refangAuthority(authority: string): string {
  const text = refangAt(authority);
  const host = hostOf(text);
  return text.slice(0, text.length - host.length) + refangName(host);
}

/** Whether the first slash after the host is in brackets. */
const DEFANGED_END = /^[^/]*[^/\\[]\\?\[\/\\?\]/;
const BRACKETED_DOT = /(?<![[\\])(?:\\?\[)+\.(?:\\?\])+/g;
const BRACKETED_SLASH = /(?<![[\\])(?:\\?\[)+\/(?:\\?\])+/g;

/** The forms that tools and people use in paths and queries. */
const IN_PATHS = [
  [/\\?\[ ?(?:\.|dot) ?\\?\]|\((?:\.|dot)\)|\{\.\}|<\.>/gi, '.'],
  [/\\?\[(?:@|at)\\?\]|\((?:@|at)\)/gi, '@'],
  [/\\?\[:\\?\]/g, ':'],
] as const satisfies Parameters<typeof applyAll>[1];

function refangPath(path: string, wasDefanged: boolean): string {
  // The slash that begins the path is not a part of a dot in brackets.
  let plain = path.replace(/^\\/, '/').replace(BRACKETED_DOT, '.');
  if (wasDefanged) plain = withoutHalfBrackets(applyAll(plain, IN_PATHS));
  // Replacing backslashes can make brackets around a slash.
  return plain.replaceAll('\\', '/').replace(BRACKETED_SLASH, '/').replace(BRACKETED_DOT, '.');
}

/** `a[.exe` is `a.exe`, unless its bracket is closed later. */
function withoutHalfBrackets(path: string): string {
  if (!path.includes(']')) return path.replaceAll('[.', '.');
  return path.includes('[') ? path : path.replaceAll('.]', '.');
}
