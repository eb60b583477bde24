import * as z from 'zod/mini';
import { isMapping } from '../../text/mapping.js';
import { shownInput } from '../invalid-input.js';
import { problem, type Reader, readerOf } from './reader.js';
import { IS_MAPPING, secretProblem } from './secret.js';

interface TextOptions {
  /** Whether no problem may show what was given. */
  isSecret?: boolean;
  /** Whether it is a part of a login, in which a placeholder or quotes are mistakes. */
  isCredential?: boolean;
}

/** A reader of optional text. Missing or blank text is undefined. */
export function textReader({
  isSecret = false,
  isCredential = false,
}: TextOptions = {}): Reader<string | undefined> {
  const text = z.string({
    error: ({ input }) => {
      const hint = typeof input === 'number' ? ': put it in quotes' : '';
      return `must be text${hint}${isSecret ? '' : `; ${shownInput(input)}`}`;
    },
  });
  const read = readerOf(z.pipe(z.optional(z.nullable(text)), z.transform(nonBlank)));
  if (!isCredential) return read;
  return (raw) => {
    if (isMapping(raw)) return problem(IS_MAPPING);
    const found = typeof raw === 'string' ? secretProblem(raw) : undefined;
    return found === undefined ? read(raw) : problem(found);
  };
}

/** The text itself, or undefined if it is only white space. */
export function nonBlank(text: string | null | undefined): string | undefined {
  return text?.trim() ? text : undefined;
}
