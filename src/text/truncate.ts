/** By what a text that was cut ends; the redactor looks before it for what is left of a secret. */
export const CUT = '…';

const LONGEST_MESSAGE = 500;

/** A service's own words, cut where they are long. */
export function cut(text: string): string {
  return text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}${CUT}` : text;
}
