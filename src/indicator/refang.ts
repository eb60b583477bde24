/** Undoes de-fanging: the changes that people and tools make to an indicator to prevent clicks on it. */
import { trimInvisible } from './characters.js';
import { splitUrl } from './split-url.js';

/** Brackets, as the inside of a character class. Markdown puts a backslash before one. */
const [OPENING, CLOSING] = ['[({<\u3010', '\\])}>\u3011'];
const BRACKET = `\\\\?[${OPENING}${CLOSING}]`;
/** The full stop, and the characters that IDNA reads as one. */
const DOT = '[.\u3002\uff0e\uff61]';

/** A match begins at the first of several brackets and at no later one, so that the time is linear. */
function inBrackets(symbol: string): RegExp {
  const open = `(?<![${OPENING}\\\\])(?:\\\\?[${OPENING}])+`;
  return new RegExp(`${open}\\s*(?:${symbol})\\s*(?:\\\\?[${CLOSING}])+`, 'gi');
}

function betweenBrackets(symbol: string): RegExp {
  const before = `(?<![${OPENING}${CLOSING}\\\\])(?:${BRACKET})*\\\\?`;
  return new RegExp(`${before}(${symbol})(?:${BRACKET})*`, 'g');
}

type Replacement = [defanged: RegExp, plain: string];

/**
 * What a name or an address can have. Neither has brackets, so half brackets (`evil[.com`), mistyped
 * ones (`evil[.[com`) and the dots of regular expressions (`evil\.com`) have one meaning.
 */
const IN_NAMES: Replacement[] = [
  [inBrackets('dot'), '.'],
  [inBrackets(DOT), '.'],
  [betweenBrackets(DOT), '$1'],
  [inBrackets('@|at'), '@'],
  [inBrackets(':'), ':'],
  [inBrackets('/'), '/'],
];

/** What a path or a query can have, in which people also use brackets for other purposes. */
const IN_PATHS: Replacement[] = [
  [/\\?\[ ?(?:\.|dot) ?\\?\]|\((?:\.|dot)\)|\{\.\}|<\.>/gi, '.'],
  [/\\?\[(?:@|at)\\?\]|\((?:@|at)\)/gi, '@'],
  [/\\?\[:\\?\]/g, ':'],
];

/** `[` and `]` are no characters of a path or a query (RFC 3986), and nobody writes these by chance. */
const BRACKETED_DOT = /(?<![[\\])(?:\\?\[)+\.(?:\\?\])+/g;
const BRACKETED_SLASH = /(?<![[\\])(?:\\?\[)+\/(?:\\?\])+/g;

/** Longer texts are no names: the longest has 253 characters, and de-fanging makes at most seven of each. */
const MAX_DEFANGED_CHARS = 2_048;
const IS_PLAIN = /^[\w.@:-]*$/;

function replaceAll(text: string, replacements: Replacement[]): string {
  return replacements.reduce((result, [defanged, plain]) => result.replace(defanged, plain), text);
}

function refangName(text: string): string {
  if (IS_PLAIN.test(text) || text.length > MAX_DEFANGED_CHARS) return text;
  return replaceAll(text, IN_NAMES);
}

/** A value that is no URL, without invisible characters at its ends and without de-fanging. */
export function refang(value: string): string {
  return refangName(trimInvisible(value));
}

/**
 * The word before a colon, of which a part can be in brackets, and what separates it from the host:
 * slashes of both kinds, and brackets.
 */
const HEAD =
  /^((?:[a-z*_+]|\[[a-z*_+]+\]|\([a-z*_+]+\)|\{[a-z*_+]+\}){1,20})((?:\\?[[({<\])}>])*):((?:[/\\\])}>]|[[({<](?=[/\\]))*)/i;
/** The words for `http` that de-fanging makes, and mistyped ones. */
const HTTP = 'h{1,2}[tx*z_+]{1,4}p{1,2}|[tx]{2}p|meow';
const HTTP_WORD = new RegExp(`^(?:${HTTP})(s?)$`);
const SCHEME_AND_UNDERSCORES = new RegExp(`^(?:(?:${HTTP})s?|f[tx]p)__`);

/**
 * Names of files have no `://`, so people write `http__` instead.
 * @returns what a name begins with if that can be a scheme or a part of the name; otherwise undefined
 */
export function underscoredScheme(name: string): string | undefined {
  return SCHEME_AND_UNDERSCORES.exec(name)?.[0];
}

/** The scheme that a word means; undefined if it is no scheme that can be sent. */
function schemeOf(word: string): string | undefined {
  if (word === 'ftp' || word === 'fxp') return 'ftp';
  const [, secure] = HTTP_WORD.exec(word) ?? [];
  return secure === undefined ? undefined : `http${secure}`;
}

interface Head {
  /** `http://`, `//` or nothing. */
  prefix: string;
  /** The text after it. */
  after: string;
  wasDefanged: boolean;
  /** Whether backslashes are the separators of the URL. */
  hasBackslashes: boolean;
}

/**
 * Reads the scheme. Browsers accept any number of slashes and backslashes after it, and none (WHATWG
 * URL), so `http:\\host`, `http:/host` and `http:host` are URLs.
 */
function readHead(text: string): Head {
  const [head = '', word = '', brackets = '', separator = ''] = HEAD.exec(text) ?? [];
  const plainWord = word.replace(/[^a-z*_+]/gi, '').toLowerCase();
  const scheme = schemeOf(plainWord);
  const after = text.slice(head.length);
  if (scheme === undefined || (!/[/\\]/.test(separator) && !HOST_START.test(after))) {
    const { prefix } = splitUrl(text);
    return { prefix, after: text.slice(prefix.length), wasDefanged: false, hasBackslashes: false };
  }
  return {
    prefix: `${scheme}://`,
    after,
    wasDefanged: scheme !== word.toLowerCase() || /[\])}>[({<]/.test(brackets + separator),
    hasBackslashes: /\\(?![\])}>[({<])/.test(separator),
  };
}

/** A host that follows a colon directly. A number there is the port of a host with the name of a scheme. */
const HOST_START = /^(?!\d{1,5}(?:[/?#\\]|$))[\p{L}\p{N}[-]/u;
/** Up to the end of the authority; a dot in brackets, escaped for Markdown, is part of it. */
const AUTHORITY = new RegExp(`^(?:[^/?#\\\\]|\\\\[[({<] ?(?:${DOT}|dot) ?\\\\?[\\])}>])*`, 'i');
/** The same, where each backslash before a dot or a bracket is part of it. */
const ESCAPED_AUTHORITY = new RegExp(`^(?:[^/?#\\\\]|\\\\(?=${DOT}|[${OPENING}${CLOSING}]))*`);

/**
 * A URL as it was before de-fanging, without invisible characters at its ends. Browsers read a backslash as a
 * slash (WHATWG URL). Brackets in paths and queries are replaced only if the URL shows that it was
 * de-fanged, except for `[.]` and `[/]`.
 * @returns the URL; a backslash directly after its host remains if it has two possible meanings
 */
export function refangUrl(value: string): string {
  const trimmed = trimInvisible(value);
  if (PLAIN_URL.test(trimmed) && !trimmed.includes('[')) return trimmed;
  // JSON escapes slashes.
  const unescaped = /^[^\\/?#]*\\\//.test(trimmed) ? trimmed.replaceAll('\\/', '/') : trimmed;
  const text = unescaped.replace(BRACKETED_SLASH, '/');
  const head = readHead(text);
  const { authority, rest, isEscaped } = readAuthority(head);
  const host = refangName(authority);
  const wasDefanged = head.wasDefanged || text !== unescaped || isEscaped || host !== authority;
  const tail = wasDefanged ? refangRest(rest) : rest;
  return `${head.prefix}${host}${tail.replace(BRACKETED_DOT, '.')}`;
}

/** Refangs path, query and fragment. Names in a query can have half brackets, as in `?a[.b]=c`. */
function refangRest(rest: string): string {
  const [path = ''] = /^[^?#]*/.exec(rest) ?? [];
  return (
    replaceAll(path, IN_PATHS).replace(/\[\.|\.\]/g, '.') +
    replaceAll(rest.slice(path.length), IN_PATHS)
  );
}

/** Most URLs are like that. */
const PLAIN_URL = /^(?:(?:https?|ftp):\/\/)?[a-z\d.-]+(?::\d+)?(?:[/?#]|$)/i;

interface Tail {
  authority: string;
  rest: string;
  /** Whether its dots have backslashes, as in regular expressions. */
  isEscaped: boolean;
}

/** A dot that is not at the end. */
const INNER_DOT = new RegExp(`${DOT}(?!${DOT}|$)`);
/** A dot and a backslash, or two backslashes and a dot, at the end of a host. */
const DOT_AND_BACKSLASH = new RegExp(`^[^\\\\]*(?:${DOT}\\\\|\\\\{2,}${DOT})`);

/** Splits the text after the scheme. */
function readAuthority(head: Head): Tail {
  const { after, hasBackslashes } = head;
  const [authority = ''] = AUTHORITY.exec(after) ?? [];
  const rest = after.slice(authority.length);
  const plain = { authority, rest, isEscaped: false };
  if (!rest.startsWith('\\') && !hasBackslashes) return plain;
  const [escaped = ''] = (!hasBackslashes && ESCAPED_AUTHORITY.exec(after)) || [];
  if (escaped.length > authority.length) {
    // The host of `http://a.com\.b.com` is a.com to a browser, and can be meant as a.com.b.com.
    const isCertain = head.wasDefanged || refangName(authority) !== authority;
    if (!isCertain && INNER_DOT.test(authority)) return plain;
    const tail = after.slice(escaped.length);
    return { authority: escaped, rest: tail.replaceAll('\\.', '.'), isEscaped: true };
  }
  return isHostAndPath(authority, rest, head) ? { ...plain, rest: withSlashes(rest) } : plain;
}

/** Whether a backslash surely begins a path. It does not in C:\x.exe. */
function isHostAndPath(authority: string, rest: string, { prefix, wasDefanged }: Head): boolean {
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  // Browsers open also 2130706433 and addresses in brackets.
  const isHost = INNER_DOT.test(host) || (prefix !== '' && /^[[\d]/.test(host));
  const isOpened = prefix !== '' && !wasDefanged;
  return isHost && (isOpened || !DOT_AND_BACKSLASH.test(`${host}${rest}`));
}

/** A path in which backslashes are slashes; a query and a fragment keep theirs. */
function withSlashes(rest: string): string {
  const [path = ''] = /^[^?#]*/.exec(rest) ?? [];
  return path.replaceAll('\\', '/') + rest.slice(path.length);
}
