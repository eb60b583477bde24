/** Reads exclusion files: text files with one value in each line, or MISP warning lists. */
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod/mini';
import { refangUrl } from '../indicator/refang.js';
import { InvalidEntry } from '../safety/entry-index.js';
import { type ExclusionList, Exclusions, LIST_TYPES } from '../safety/exclusions.js';
import { readBounded, TooLargeError } from './bounded-read.js';
import { InvalidInputError, type Problem, shownInput } from './invalid-input.js';
import { systemErrorCode } from './system-error.js';

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

/**
 * Reads all files.
 * @param paths as in the run document; relative to the working folder
 * @throws {InvalidInputError} with every file that cannot be read or has no such list
 */
export async function readExclusions(paths: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  const problems: Problem[] = [];
  for (const [index, path] of paths.entries()) {
    try {
      await exclusions.add(await readList(path));
    } catch (error) {
      const isExpected = error instanceof InvalidEntry || error instanceof TooLargeError;
      const message = isExpected ? error.message : `cannot be read (${systemErrorCode(error)})`;
      problems.push({ path: ['exclude', index], message: `${path}: ${message}` });
    }
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
  return exclusions;
}

async function readList(path: string): Promise<ExclusionList> {
  const text = (await readRegularFile(path)).replace(/^\ufeff/, '');
  return /^\s*[{[]/.test(text) ? readWarningList(path, text) : readLines(path, text);
}

/**
 * A pipe or a device may never end, and opening a pipe waits for its writer. The kind is read from the
 * opened file, so that another file cannot take its place in between.
 */
async function readRegularFile(path: string): Promise<string> {
  // Windows has neither this flag nor such pipes.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new InvalidEntry(`is not a regular file, but ${kindOf(stats)}`);
    if (stats.size > MAX_FILE_BYTES) throw new TooLargeError(MAX_FILE_BYTES);
    return await readBounded(file.createReadStream({ autoClose: false }), MAX_FILE_BYTES);
  } finally {
    await file.close();
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'something else';
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

/** A `#` at the beginning of a line or after white space begins a comment. */
function readLines(path: string, text: string): ExclusionList {
  if (text.includes('\0')) throw new InvalidEntry('is not a text file');
  const entries = text
    .split(/\r\n|\r|\n/)
    .map((line) => refangUrl(line.replace(/(^|\s)#.*$/, '')))
    .filter((line) => line !== '');
  return { name: basename(path), type: undefined, entries };
}
