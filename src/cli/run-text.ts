/** The text of the run document, from a file or from standard input. */
import type { Readable } from 'node:stream';
import { RunError } from '../result/run-error.js';
import { openInput, readBounded, readProblem } from './bounded-read.js';
import { InvalidInputError } from './invalid-input.js';
import type { Io } from './io.js';

/** A run document has a few hundred bytes; selected objects may make it some megabytes. */
const MAX_RUN_DOCUMENT_BYTES = 100_000_000;

/**
 * Reads the run document.
 * @param file may also be a pipe or a device that never ends; undefined for standard input
 * @throws {InvalidInputError} if it cannot be read or is too large
 * @throws {RunError} with the code `interrupted` if `stopping` is aborted before its end
 */
export async function readRunText(
  file: string | undefined,
  { stdin }: Pick<Io, 'stdin'>,
  stopping: AbortSignal,
): Promise<string> {
  if (file === undefined && stdin.isTTY) throw noRunDocument('standard input is a terminal');
  const text = readAll(file, stdin).catch((error: unknown) => {
    const why = readProblem(error);
    throw new InvalidInputError([
      file === undefined
        ? { path: [], message: `standard input ${why}` }
        : { path: ['--run'], message: `${why}: ${file}` },
    ]);
  });
  const read = await unlessStopped(text, stopping);
  if (file === undefined && read.trim() === '') throw noRunDocument('standard input is empty');
  return read;
}

function noRunDocument(why: string): InvalidInputError {
  const message = `no run document: ${why}; give --run FILE, or the document on standard input (see --help)`;
  return new InvalidInputError([{ path: [], message }]);
}

async function readAll(file: string | undefined, stdin: Readable): Promise<string> {
  const stream = file === undefined ? stdin : openInput(file);
  return await readBounded(stream, MAX_RUN_DOCUMENT_BYTES);
}

/**
 * Waits for the input of a run.
 * @throws {RunError} with the code `interrupted` as soon as `stopping` is aborted
 */
export function unlessStopped<T>(input: Promise<T>, stopping: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const message = 'the run was interrupted while its input was read; nothing was sent';
    const stop = () => reject(new RunError('interrupted', message));
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([input, stopped]);
}
