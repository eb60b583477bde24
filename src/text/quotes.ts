/** Quotation marks in what people give, often typographic ones from a document or a web page. */

const PAIRS = [`""`, `''`, '``', '“”', '‘’', '„“', '«»'];

/** Whether a text begins and ends with a pair of quotation marks. */
export function isInQuotes(text: string): boolean {
  return text.length > 1 && PAIRS.includes(`${text.at(0)}${text.at(-1)}`);
}

/** The characters that people and programs write for an apostrophe. */
export const APOSTROPHES = "'‘’‚‛′´`";
const ANY_APOSTROPHE = new RegExp(`[${APOSTROPHES}]`, 'g');

/** A text with straight apostrophes. */
export function withStraightApostrophes(text: string): string {
  return text.replace(ANY_APOSTROPHE, "'");
}
