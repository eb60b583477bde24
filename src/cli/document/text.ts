import * as z from 'zod/mini';
import { shownInput } from '../invalid-input.js';
import { type Reader, readerOf } from './reader.js';

/**
 * A reader of optional text. Missing or blank text is undefined.
 * @param isSecret whether no problem may show what was given
 */
export function textReader({ isSecret = false } = {}): Reader<string | undefined> {
  const text = z.string({
    error: ({ input }) => {
      const hint = typeof input === 'number' ? ': put it in quotes' : '';
      return `must be text${hint}${isSecret ? '' : `; ${shownInput(input)}`}`;
    },
  });
  return readerOf(z.pipe(z.optional(z.nullable(text)), z.transform(nonBlank)));
}

/** The text itself, or undefined if it is only white space. */
export function nonBlank(text: string | null | undefined): string | undefined {
  return text?.trim() ? text : undefined;
}
