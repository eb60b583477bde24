/** The end of a truncated text. The redactor looks before it for the first part of a secret. */
const ELLIPSIS = '…';

/** The most that is repeated of another program's message, in characters. */
const MAX_QUOTE = 500;

/**
 * Keeps the first characters of a text.
 * @param limit how many UTF-16 units stay; one less if the last one would be half a character
 * @returns the text itself if it is not longer, else its beginning with an ellipsis after it
 */
export function truncate(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const isHalf = /[\ud800-\udbff]/.test(text.charAt(limit - 1));
  return `${text.slice(0, isHalf ? limit - 1 : limit)}${ELLIPSIS}`;
}

/** What another program said, truncated. */
export function quote(text: string): string {
  return truncate(text, MAX_QUOTE);
}
