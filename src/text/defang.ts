/** Values as people pass them on: no program that finds addresses in text will make a link of one. */

/** The full stop, and the three others that browsers read as one in a host name. */
const dot = /(?<=[^\s[(])([.\u3002\uff0e\uff61])(?=[^\s\])])/g;

/**
 * De-fangs addresses anywhere in a text: `http` becomes `hxxp`, `ftp` `fxp`, a dot inside a word
 * `[.]`, an at sign `[@]`, and the colon of a scheme that runs or opens something `[:]`.
 * @param text a value, or prose that may hold some
 * @returns the text for display; what was de-fanged already is not de-fanged twice. Not meant to be
 *   turned back: keep the true form beside it.
 */
export function defang(text: string): string {
  return text
    .replace(/http(s?):/gi, (_, secure: string) => `hxxp${secure.toLowerCase()}:`)
    .replace(/ftp(?=s?:)/gi, 'fxp')
    .replace(/(javascript|vbscript|data|mailto|file|blob):(?=\S)/gi, '$1[:]')
    .replace(/(?<!\[)@(?!\])/g, '[@]')
    .replace(dot, '[$1]');
}
