/** Exclusion lists of tests. */
import { addExclusionFiles } from '../../src/cli/exclusion-files.js';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import type { WarningList } from '../../src/safety/warning-lists.js';

/** A warning list; without a type, a user's own list. */
export type GivenList = Omit<WarningList, 'type'> & { type?: WarningList['type'] | undefined };

/** @throws if a line of a user's own list has no meaning, or a warning list has no usable entry */
export async function exclusionsFrom(...lists: GivenList[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  for (const { type, ...list } of lists) {
    if (type) await exclusions.addWarningList({ ...list, type });
    else {
      const lines = list.entries.map((text, index) => ({ number: index + 1, text: String(text) }));
      const [first] = exclusions.addLines(list.name, lines);
      if (first) throw new Error(`entry ${first.line.number} ${first.message}`);
    }
  }
  return exclusions;
}

/** @throws {InvalidInputError} if a file has no usable list */
export async function exclusionsInFiles(paths: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  const read = await addExclusionFiles(exclusions, paths, '.');
  if ('problems' in read)
    throw new InvalidInputError(
      read.problems.map((each) => ({ ...each, path: ['exclude', ...each.path] })),
    );
  return exclusions;
}
