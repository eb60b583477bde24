/** The field Never Block: a short exclusion list in the configuration. */
import { Exclusions } from '../../safety/exclusions.js';
import { type ExclusionLine, linesOf } from '../../safety/own-lists.js';
import { plural } from '../../text/format.js';
import { type Problem, shownInput } from '../invalid-input.js';

export const NEVER_BLOCK = 'Never Block';
/** The most problems that are reported. */
const MAX_PROBLEMS = 10;

/** The entries of the field, which are separated by line ends or commas. */
export function neverBlockLines(text: string): ExclusionLine[] {
  return linesOf(text, { commas: true });
}

/** What is wrong with entries. Each problem names its entry. */
export function neverBlockProblems(text = ''): Problem[] {
  const problems = new Exclusions().addLines(NEVER_BLOCK, neverBlockLines(text));
  const messages = problems
    .slice(0, MAX_PROBLEMS)
    .map(({ line, message }) => `has an entry that ${message}; ${shownInput(line.text)}`);
  if (problems.length > MAX_PROBLEMS) {
    messages.push(
      `has ${plural(problems.length - MAX_PROBLEMS, 'more entry', 'more entries')} that cannot be used`,
    );
  }
  return messages.map((message) => ({
    path: ['never_block'],
    message: `${NEVER_BLOCK} ${message}`,
  }));
}
