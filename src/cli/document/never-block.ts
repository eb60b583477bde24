/** The field Never Block: a short exclusion list in the configuration. */
import { type ExclusionLine, Exclusions, linesOf } from '../../safety/exclusions.js';
import { type Problem, shownInput } from '../invalid-input.js';

export const NEVER_BLOCK = 'Never Block';

/** The entries of the field, which are separated by line ends or commas. */
export function neverBlockLines(text: string): ExclusionLine[] {
  return linesOf(text, { commas: true });
}

/** What is wrong with entries. Each problem names its entry. */
export function neverBlockProblems(text = ''): Problem[] {
  return new Exclusions().addLines(NEVER_BLOCK, neverBlockLines(text)).map(({ line, message }) => ({
    path: ['never_block'],
    message: `${NEVER_BLOCK} has an entry that ${message}; ${shownInput(line.text)}`,
  }));
}
