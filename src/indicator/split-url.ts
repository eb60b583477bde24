/** The one place where the text of a URL is split. */

/** The parts of a URL as they are written: prefix, userinfo, host, port and rest make up the URL. */
export interface SplitUrl {
  /** In lower case, without `://`; undefined if there is none. It can have `*` in a pattern. */
  scheme: string | undefined;
  /** What is before the authority: `http://`, `//` or nothing. */
  prefix: string;
  /** Including the `@`. */
  userinfo: string;
  /** Including the brackets of an IPv6 address. */
  host: string;
  /** Including the colon. */
  port: string;
  /** Path, query and fragment. */
  rest: string;
}

/**
 * Splits a URL, or a pattern of one, without changing it. It accepts any text: lists and indicators have
 * URLs without a scheme, and some that a URL parser would refuse or rewrite.
 *
 * A backslash ends the authority, because browsers read it as a slash (WHATWG URL).
 */
export function splitUrl(url: string): SplitUrl {
  const [head = '', prefix = '', scheme, authority = ''] =
    /^((?:([a-z*][a-z0-9+.*-]*):)?\/\/)?([^/?#\\]*)/i.exec(url) ?? [];
  const hostStart = authority.lastIndexOf('@') + 1;
  const hostAndPort = authority.slice(hostStart);
  const port = /:\d*$/.exec(hostAndPort)?.[0] ?? '';
  return {
    scheme: scheme?.toLowerCase(),
    prefix,
    userinfo: authority.slice(0, hostStart),
    host: hostAndPort.slice(0, hostAndPort.length - port.length),
    port,
    rest: url.slice(head.length),
  };
}
