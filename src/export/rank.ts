/** The rank of objects: which of them a list keeps, and which are sent first. Pure functions. */

/** What decides an object's rank. */
export interface Rank {
  /** Its indicator's score; null if it has none. */
  score: number | null;
  /** When its indicator was last changed, `YYYY-MM-DD HH:mm:ss`; null if that is not known. */
  updated: string | null;
  /** What distinguishes two objects with the same score and time, so that the order never varies. */
  tie: string;
}

export function scoreOf({ score }: Pick<Rank, 'score'>): number {
  return score ?? Number.NEGATIVE_INFINITY;
}

/** The highest score first, then the most recent. */
export function byRank(a: Rank, b: Rank): number {
  return (
    descending(scoreOf(a), scoreOf(b)) ||
    descending(a.updated ?? '', b.updated ?? '') ||
    descending(b.tie, a.tie)
  );
}

function descending<T extends number | string>(a: T, b: T): number {
  if (a === b) return 0;
  return a < b ? 1 : -1;
}

/** A list sorted by rank, the best first. */
export function sortedByRank<One>(list: readonly One[], rankOf: (one: One) => Rank): One[] {
  return list
    .map((one) => ({ one, rank: rankOf(one) }))
    .sort((a, b) => byRank(a.rank, b.rank))
    .map(({ one }) => one);
}
