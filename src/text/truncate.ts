/** The end of a truncated text. The redactor searches the text before it for the start of a secret. */
const ELLIPSIS = '…';

/** The largest number of characters that are quoted of another program's message. */
const MAX_QUOTE = 500;

/**
 * Keeps the first characters of a text.
 * @param limit how many UTF-16 units are kept; one less if the last one would be half a character
 * @returns the text itself if it is not longer, else its beginning followed by an ellipsis
 */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(limit - 1));
  return `${text.slice(0, isHalf ? limit - 1 : limit)}${ELLIPSIS}`;
}

/** Another program's message, truncated to MAX_QUOTE characters. */
export function quote(text: string): string {
  return truncate(text, MAX_QUOTE);
}
