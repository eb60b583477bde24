/** The members of each group by its key, in the order of their first occurrence. */
export function groupBy<T, Key>(things: Iterable<T>, keyOf: (thing: T) => Key): Map<Key, T[]> {
  const groups = new Map<Key, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group) group.push(thing);
    else groups.set(key, [thing]);
  }
  return groups;
}

/** The same groups, the largest first. */
export function largestFirst<T, Key>(groups: Map<Key, T[]>): [Key, T[]][] {
  return [...groups].sort(([, a], [, b]) => b.length - a.length);
}
