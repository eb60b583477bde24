/** Users' lists of what is never exported, from files: one value a line, or a MISP warning list. */
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import * as z from 'zod/mini';
import { refangUrl } from '../indicator/refang.js';
import { InvalidEntry } from '../safety/entry-index.js';
import { type ExclusionList, Exclusions, LIST_TYPES } from '../safety/exclusions.js';
import { readBounded, TooLarge } from './bounded-read.js';
import { given, InvalidInputError, type Problem } from './invalid-input.js';

/** A list of a million entries has some 30 MB; what is larger is no list of indicators. */
const LARGEST_FILE_BYTES = 256_000_000;

const LONGEST_NAME = 200;

const warningListSchema = z.object(
  {
    name: z.optional(z.string({ error: (issue) => `name must be text; ${given(issue.input)}` })),
    type: z.enum(LIST_TYPES, {
      error: (issue) => `type must be one of ${LIST_TYPES.join(', ')}; ${given(issue.input)}`,
    }),
    list: z.array(z.string({ error: (issue) => `an entry must be text; ${given(issue.input)}` }), {
      error: 'list must be a list of texts',
    }),
  },
  { error: 'it must be a mapping' },
);

/**
 * Reads all files.
 * @param paths as the run document has them; relative ones from the working folder
 * @throws {InvalidInputError} with every file that cannot be read or holds no such list
 */
export async function readExclusions(paths: string[]): Promise<Exclusions> {
  const exclusions = new Exclusions();
  const problems: Problem[] = [];
  for (const [index, path] of paths.entries()) {
    try {
      await exclusions.add(await readList(path));
    } catch (error) {
      const isTold = error instanceof InvalidEntry || error instanceof TooLarge;
      const message = isTold ? error.message : whyNot(error);
      problems.push({ path: ['exclude', index], message: `${path}: ${message}` });
    }
  }
  if (problems.length > 0) throw new InvalidInputError(problems);
  return exclusions;
}

async function readList(path: string): Promise<ExclusionList> {
  const text = (await readRegularFile(path)).replace(/^\ufeff/, '');
  return /^\s*[{[]/.test(text) ? warningList(path, text) : lines(path, text);
}

/**
 * A pipe or a device might never end, and opening a pipe waits for its writer. What was opened is
 * asked what it is, so that nothing else can take its place in between.
 */
async function readRegularFile(path: string): Promise<string> {
  // Windows has no such flag, and no such pipes.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw new InvalidEntry(`is no regular file, but ${kindOf(stats)}`);
    if (stats.size > LARGEST_FILE_BYTES) throw new TooLarge(LARGEST_FILE_BYTES);
    return await readBounded(file.createReadStream({ autoClose: false }), LARGEST_FILE_BYTES);
  } finally {
    await file.close();
  }
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder';
  if (stats.isFIFO()) return 'a named pipe';
  return stats.isCharacterDevice() || stats.isBlockDevice() ? 'a device' : 'something else';
}

function warningList(path: string, text: string): ExclusionList {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    throw new InvalidEntry('begins like JSON and is none');
  }
  const read = z.safeParse(warningListSchema, data);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw new InvalidEntry(`is no MISP warning list: ${issue?.message ?? 'unknown'}`);
  }
  const { name, type, list } = read.data;
  // The name goes into the message of each object that is on the list.
  return { name: (name ?? basename(path)).slice(0, LONGEST_NAME), type, entries: list };
}

/** Blank lines, and what stands behind a `#` at the beginning or after white space, are for people. */
function lines(path: string, text: string): ExclusionList {
  if (text.includes('\0')) throw new InvalidEntry('is no text file');
  const entries = text
    .split(/\r\n|\r|\n/)
    .map((line) => refangUrl(line.replace(/(^|\s)#.*$/, '')))
    .filter((line) => line !== '');
  return { name: basename(path), type: undefined, entries };
}

function whyNot(error: unknown): string {
  return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
}
