/** Finds what was probably meant by a text that is none of the accepted ones. */
import { closestMatch } from 'leven';

/** At most this part of the characters may differ, and at most this number. */
const MAX_PART = 1 / 3;
const MAX_EDITS = 4;

/**
 * The candidate that differs least from a text; case, and white space at the ends, are ignored.
 * @param candidates the caller limits their number and length
 * @returns undefined if none is close
 */
export function closest(given: string, candidates: readonly string[]): string | undefined {
  const text = comparable(given);
  const byText = new Map<string, string>();
  for (const candidate of candidates) {
    if (!byText.has(comparable(candidate))) byText.set(comparable(candidate), candidate);
  }
  const maxDistance = Math.min(MAX_EDITS, Math.floor(text.length * MAX_PART));
  const match = closestMatch(text, [...byText.keys()], { maxDistance });
  return match === undefined ? undefined : byText.get(match);
}

function comparable(text: string): string {
  return text.trim().toLowerCase();
}
