/** The rank of objects: which of them a list keeps, and which are sent first. Pure functions. */
import type { Indicator } from '../indicator/indicator.js';

/** What decides an object's rank: its indicator's score and when its indicator was last changed. */
export type Rank = Pick<Indicator, 'score' | 'updated'>;

/** Without a score, an object ranks below all others. */
export function scoreOf({ score }: Pick<Rank, 'score'>): number {
  return score ?? Number.NEGATIVE_INFINITY;
}

/** The highest score first, then the most recent. */
export function byRank(a: Rank, b: Rank): number {
  const score = scoreOf(a);
  const other = scoreOf(b);
  if (score !== other) return score < other ? 1 : -1;
  return byText(b.updated ?? '', a.updated ?? '');
}

/** In ascending order of UTF-16 units, in any locale. It orders objects of the same rank, and times. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
