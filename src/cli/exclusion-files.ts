/** Reads exclusion files: text files with one value in each line, or MISP warning lists. */
import { basename, isAbsolute, resolve } from 'node:path';
import * as z from 'zod/mini';
import { InvalidEntry } from '../safety/entry-index.js';
import { type ExclusionList, type Exclusions, LIST_TYPES, linesOf } from '../safety/exclusions.js';
import { plural } from '../text/format.js';
import { readProblem, readRegularFile } from './bounded-read.js';
import type { Read } from './document/reader.js';
import { type Problem, shownInput } from './invalid-input.js';

/** The largest file that is read. A list of a million entries has about 30 MB. */
const MAX_FILE_BYTES = 256_000_000;

const MAX_NAME_LENGTH = 200;

const warningListSchema = z.object(
  {
    name: z.optional(z.string({ error: ({ input }) => `name must be text; ${shownInput(input)}` })),
    type: z.enum(LIST_TYPES, {
      error: ({ input }) => `type must be one of ${LIST_TYPES.join(', ')}; ${shownInput(input)}`,
    }),
    list: z.array(
      z.string({ error: ({ input }) => `an entry must be text; ${shownInput(input)}` }),
      { error: 'list must be a list of texts' },
    ),
  },
  { error: 'it must be a mapping' },
);

/** The most problems that are reported of one file. */
const MAX_PROBLEMS = 10;

/**
 * Adds the lists of files.
 * @param paths as in the run document
 * @param folder the folder that relative paths are relative to
 * @returns the problems of all files, with paths that begin with the index of the file
 */
export async function addExclusionFiles(
  exclusions: Exclusions,
  paths: readonly string[],
  folder: string,
): Promise<Read<void>> {
  const problems: Problem[] = [];
  for (const [index, path] of paths.entries()) {
    const found = await addFile(exclusions, path, folder);
    const shown = found.slice(0, MAX_PROBLEMS);
    if (found.length > shown.length) {
      shown.push(`has ${plural(found.length - shown.length, 'more line')} that cannot be used`);
    }
    problems.push(...shown.map((text) => ({ path: [index], message: `${path}: ${text}` })));
  }
  return problems.length > 0 ? { problems } : { value: undefined };
}

/** @returns what is wrong with the file, as predicates or clauses about its lines */
async function addFile(exclusions: Exclusions, given: string, folder: string): Promise<string[]> {
  const path = resolve(folder, given);
  try {
    const text = await readRegularFile(path, MAX_FILE_BYTES);
    if (text.includes('\0')) throw new InvalidEntry('is not a text file');
    // An address in brackets is no JSON.
    if (/^\s*(?:\{|\[\s*[{"\]])/.test(text)) {
      await exclusions.add(readWarningList(path, text));
      return [];
    }
    const problems = exclusions.addLines(basename(path), linesOf(text));
    return problems.map(({ line, message }) => `line ${line.number} ${message}`);
  } catch (error) {
    if (error instanceof InvalidEntry) return [error.message];
    return [`${readProblem(error)}${isAbsolute(given) ? '' : `; its full path is ${path}`}`];
  }
}

function readWarningList(path: string, text: string): ExclusionList {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new InvalidEntry('begins like JSON and is not valid JSON');
  }
  const read = z.safeParse(warningListSchema, data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidEntry(`is not a MISP warning list: ${issue?.message ?? 'unknown'}`);
  }
  const { name, type, list } = read.data;
  // The name is part of the message of each object that the list excludes.
  return { name: (name ?? basename(path)).slice(0, MAX_NAME_LENGTH), type, entries: list };
}
