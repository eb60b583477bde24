/** The text of the run document, from a file or from standard input. */
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { openInput, readBounded, readProblem } from './bounded-read.js';
import { InvalidInputError } from './invalid-input.js';
import type { Io } from './io.js';

/** A run document has a few hundred bytes; selected objects may make it some megabytes. */
const MAX_RUN_DOCUMENT_BYTES = 100_000_000;

/**
 * Reads the run document.
 * @param file may also be a pipe or a device that never ends; undefined for standard input
 * @throws {InvalidInputError} if it cannot be read or is too large
 */
export async function readRunText(
  file: string | undefined,
  { stdin }: Pick<Io, 'stdin'>,
): Promise<string> {
  if (file === undefined && stdin.isTTY) throw noRunDocument('standard input is a terminal');
  const text = await readAll(file, stdin);
  if (file === undefined && text.trim() === '') throw noRunDocument('standard input is empty');
  return text;
}

function noRunDocument(why: string): InvalidInputError {
  const message = `no run document: ${why}; give --run FILE, or the document on standard input (see --help)`;
  return new InvalidInputError([{ path: [], message }]);
}

async function readAll(file: string | undefined, stdin: Readable): Promise<string> {
  try {
    const stream = file === undefined ? stdin : openInput(file);
    return await readBounded(stream, MAX_RUN_DOCUMENT_BYTES);
  } catch (error) {
    const why = readProblem(error);
    throw new InvalidInputError([
      file === undefined
        ? { path: [], message: `standard input ${why}` }
        : { path: ['--run'], message: `${why}: ${resolve(file)}` },
    ]);
  }
}
