import type { Indicator } from '../indicator/indicator.js';
import { LONGEST_DESCRIPTION } from '../vision-one/payload.js';

/** The beginning by which Trend's console, and the incumbent bundle's users, know ThreatQ's objects. */
const SOURCE = 'Source=ThreatQ';
const LONGEST_NAME = 300;
const LONGEST_ID = 60;

/** Text from elsewhere on one line, without invisible characters, and not too long. */
function plain(text: string, longest: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  const letters = [...line];
  return letters.length > longest ? `${letters.slice(0, longest - 1).join('')}…` : line;
}

/**
 * An object's description: where it came from. The same for the same indicator on each run.
 * @param collection the data collection's name, or its hash where only that is known; undefined for
 * hand-picked objects
 */
export function describe(indicator: Indicator, collection: string | undefined): string {
  const parts = [
    SOURCE,
    collection !== undefined && `Collection=${plain(collection, LONGEST_NAME)}`,
    indicator.id !== null && `Id=${plain(String(indicator.id), LONGEST_ID)}`,
    indicator.score !== null && `Score=${indicator.score}`,
  ];
  return parts.filter(Boolean).join('; ').slice(0, LONGEST_DESCRIPTION);
}
