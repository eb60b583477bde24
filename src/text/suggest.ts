/** What a person probably meant, for messages about wrong input. */
import leven from 'leven';

/** Longer text is not a misspelt name, and comparing it would take long. */
const MAX_COMPARED_CHARS = 200;
/** In a text this short, two differences would match too many candidates by chance. */
const SHORT_CHARS = 4;
/** With more differences, it is a different text, however long it is. */
const MAX_DIFFERENCES = 4;
/** A number is never corrected to another number. */
const NUMBER = /^\d+$/;

/**
 * The candidate that a text was probably meant to be. Case is ignored.
 * @returns the one with the fewest differences, if they are few for the length of the text; else the one
 *   whose initials are the text; else the one that contains the text, or that the text contains; undefined
 *   if there is none, or more than one
 */
export function closest(given: string, candidates: readonly string[]): string | undefined {
  const text = given.trim().toLowerCase();
  if (text === '' || text.length > MAX_COMPARED_CHARS || NUMBER.test(text)) return undefined;
  const byName = new Map(candidates.map((candidate) => [candidate.toLowerCase(), candidate]));
  const names = [...byName.keys()].filter(({ length }) => length <= MAX_COMPARED_CHARS);
  const found =
    only(similar(text, names)) ??
    only(names.filter((name) => initialsOf(name) === text)) ??
    only(names.filter((name) => contains(name, text) || contains(text, name)));
  return found === undefined ? undefined : byName.get(found);
}

/** `; did you mean "…"?`, or nothing if it is not known what was meant. Only text is in quotes. */
export function suggestion(meant: string | number | boolean | undefined): string {
  if (meant === undefined) return '';
  return `; did you mean ${typeof meant === 'string' ? `"${meant}"` : meant}?`;
}

function only(names: readonly string[]): string | undefined {
  return names.length === 1 ? names[0] : undefined;
}

/** The names with the fewest differences from a text, if these are few enough. */
function similar(text: string, names: readonly string[]): string[] {
  const limit = maxDifferences(text);
  // For every larger distance, leven returns the maximum.
  const distances = names.map((name) => leven(text, name, { maxDistance: limit + 1 }));
  const least = Math.min(...distances, limit + 1);
  return least > limit ? [] : names.filter((_, index) => distances[index] === least);
}

function maxDifferences({ length }: string): number {
  const least = length <= SHORT_CHARS ? 1 : 2;
  return Math.min(MAX_DIFFERENCES, Math.max(least, Math.floor(length / 3)));
}

function initialsOf(name: string): string {
  return wordsOf(name)
    .map((word) => word.charAt(0))
    .join('');
}

/** A short part must be a whole word. */
function contains(text: string, part: string): boolean {
  return part.length > SHORT_CHARS ? text.includes(part) : wordsOf(text).includes(part);
}

function wordsOf(text: string): string[] {
  return text.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
}
