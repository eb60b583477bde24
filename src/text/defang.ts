/** De-fanged values: programs that find addresses in text do not turn them into links. */

/** The full stop, and the three other characters that browsers accept as one in a host name. */
const DOT = /(?<=[^\s[(])([.\u3002\uff0e\uff61])(?=[^\s\])])/g;

/**
 * De-fangs addresses anywhere in a text: `http` becomes `hxxp`, `ftp` becomes `fxp`, a dot inside a
 * word `[.]`, an at sign `[@]`, and the colon of a scheme that runs or opens something `[:]`.
 * @param text a value, or prose that may contain values
 * @returns the text for display; a text that is already de-fanged does not change. The original cannot
 *   be restored, so the caller keeps it.
 */
export function defang(text: string): string {
  return text
    .replace(/http(s?):/gi, (_, secure: string) => `hxxp${secure.toLowerCase()}:`)
    .replace(/ftp(?=s?:)/gi, 'fxp')
    .replace(/(javascript|vbscript|data|mailto|file|blob):(?=\S)/gi, '$1[:]')
    .replace(/(?<!\[)@(?!\])/g, '[@]')
    .replace(DOT, '[$1]');
}
