/** What a person probably meant, for messages about wrong input. */
import leven from 'leven';

/** Longer text is not a misspelt name, and comparing it would take long. */
const MAX_COMPARED_CHARS = 200;
/** A shorter word is compared exactly: one letter makes another code, such as AU and EU. */
const MIN_MISSPELT_CHARS = 4;
/** One difference is allowed for so many letters: `Austria` is not a misspelt `Australia`. */
const CHARS_PER_DIFFERENCE = 5;
/** A text with such a word means the opposite of a part of it without the word. */
const NEGATION = /^(?:no|not|non|never|without|dont|disable|disabled)$/;

/**
 * The candidate that a text was probably meant to be. Case and punctuation are ignored, numbers must be
 * equal, and no candidate with the opposite meaning is suggested.
 * @returns the one with the same words, of which some are misspelt; else the one that has all words of the
 *   text, the last of which may be shortened; undefined if there is none, or more than one
 */
export function closest(given: string, candidates: readonly string[]): string | undefined {
  if (given.length > MAX_COMPARED_CHARS) return undefined;
  const words = wordsOf(given);
  if (words.length === 0) return undefined;
  const known = candidates
    .filter(({ length }) => length <= MAX_COMPARED_CHARS)
    .map((name) => ({ name, words: wordsOf(name) }));
  const rules: Array<(words: string[], others: string[]) => boolean> = [same, misspelt, shortened];
  for (const rule of rules) {
    const found = known.filter((candidate) => rule(words, candidate.words));
    const names = new Set(found.map((candidate) => candidate.words.join(' ')));
    if (names.size > 0) return names.size === 1 ? found.at(-1)?.name : undefined;
  }
  return undefined;
}

/** `; did you mean "…"?`, or nothing if it is not known what was meant. Only text is in quotes. */
export function suggestion(meant: string | number | boolean | undefined): string {
  if (meant === undefined) return '';
  return `; did you mean ${typeof meant === 'string' ? `"${meant}"` : meant}?`;
}

/** The letters and digits of a text in lower case; `don't` is one word. */
function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/['’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function isNegated(words: string[]): boolean {
  return words.some((word) => NEGATION.test(word));
}

/** The same letters, such as `apiKey` for `api_key`. Numbers must be words of their own. */
function same(words: string[], others: string[]): boolean {
  const [text, other] = [words.join(''), others.join('')];
  return text === other && (words.length === others.length || !/\d/.test(text));
}

function misspelt(words: string[], others: string[]): boolean {
  return (
    words.length === others.length &&
    words.every((word, index) => isMisspelt(word, others[index] ?? ''))
  );
}

function isMisspelt(word: string, other: string): boolean {
  if (word === other) return true;
  const length = Math.max(word.length, other.length);
  if (/\d/.test(word + other)) return false;
  if (length >= MIN_MISSPELT_CHARS - 1 && sorted(word) === sorted(other)) return true;
  if (length < MIN_MISSPELT_CHARS) return false;
  const limit = Math.max(1, Math.floor(length / CHARS_PER_DIFFERENCE));
  return leven(word, other, { maxDistance: limit + 1 }) <= limit;
}

/** The letters of a word in order, to find swapped ones, which count as two differences. */
function sorted(word: string): string {
  return [...word].sort().join('');
}

/** All words of a name, in order; the last one may be the beginning of a word. */
function shortened(words: string[], others: string[]): boolean {
  if (isNegated(words) !== isNegated(others)) return false;
  const last = words.at(-1) ?? '';
  const start = others.findIndex(
    (other) => other === words[0] || (words.length === 1 && isBeginning(last, other)),
  );
  if (start === -1) return false;
  return words.every((word, index) => {
    const other = others[start + index] ?? '';
    return word === other || (index === words.length - 1 && isBeginning(word, other));
  });
}

function isBeginning(word: string, other: string): boolean {
  return word.length >= MIN_MISSPELT_CHARS && other.startsWith(word);
}
