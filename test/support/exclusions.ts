/** Exclusion lists of tests. */
import { addExclusionFiles } from '../../src/cli/exclusion-files.js';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { InvalidEntry } from '../../src/safety/entry-index.js';
import { type ExclusionList, Exclusions } from '../../src/safety/exclusions.js';

/** A list of a warning list's type; without a type, a user's own list. */
export type GivenList = Omit<ExclusionList, 'type'> & { type?: ExclusionList['type'] | undefined };

/** @throws {InvalidEntry} if an entry has no meaning */
export async function exclusionsFrom(...lists: GivenList[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  for (const { name, type, entries } of lists) {
    if (type) await exclusions.add({ name, type, entries });
    else {
      const lines = entries.map((text, index) => ({ number: index + 1, text }));
      const [first] = exclusions.addLines(name, lines);
      if (first) throw new InvalidEntry(`entry ${first.line.number} ${first.message}`);
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
