/** The text of the run document, from a file or from standard input. */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { RunError } from '../result/run-error.js';
import { readBounded, TooLargeError } from './bounded-read.js';
import { InvalidInputError } from './invalid-input.js';
import type { Io } from './io.js';
import { systemErrorCode } from './system-error.js';

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
  if (file === undefined && stdin.isTTY) {
    const message =
      'no run document: give --run FILE, or the document on standard input (see --help)';
    throw new InvalidInputError([{ path: [], message }]);
  }
  const text = readAll(file, stdin).catch((error: unknown) => {
    const why =
      error instanceof TooLargeError ? error.message : `cannot be read (${systemErrorCode(error)})`;
    throw new InvalidInputError([
      file === undefined
        ? { path: [], message: `standard input ${why}` }
        : { path: ['--run'], message: `${why}: ${file}` },
    ]);
  });
  return await Promise.race([text, interrupted(stopping)]);
}

async function readAll(file: string | undefined, stdin: Readable): Promise<string> {
  const stream = file === undefined ? stdin : openStream(file);
  return await readBounded(stream, MAX_RUN_DOCUMENT_BYTES);
}

/**
 * A pipe is opened without waiting for its other end and read as a socket: a thread that waits in the
 * file system would keep the process alive after the run.
 */
function openStream(file: string): Readable {
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream(file, { fd });
}

/** Rejects as soon as the signal is aborted. */
function interrupted(stopping: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const message = 'the run was interrupted before its run document was read; nothing was sent';
    const stop = () => reject(new RunError('interrupted', message));
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
}
