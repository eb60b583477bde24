/**
 * Parses a URL as browsers do (WHATWG URL). `URL.canParse` must not be used to test it before: in Node 20
 * and 22 it returns true for some texts that the constructor refuses, once it is compiled
 * (https://github.com/AikidoSec/firewall-node/pull/1086).
 * @param base a URL that a relative one is relative to
 * @returns undefined if the text is not a URL
 */
export function parseUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
