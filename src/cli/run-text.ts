/** The text of the run document, from a file or from standard input. */
import { constants, createReadStream, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { RunError } from '../result/run-error.js';
import { readBounded, TooLarge } from './bounded-read.js';
import { InvalidInputError } from './invalid-input.js';
import { codeOf } from './output.js';

/** A run document has a few hundred bytes; selected objects may make it some megabytes. */
const LARGEST_RUN_DOCUMENT_BYTES = 100_000_000;

/**
 * Reads a file, or a special file such as /dev/stdin or the pipe of a process substitution, which may
 * never end.
 * @param file undefined for standard input
 * @throws {InvalidInputError} if it cannot be read or is too large
 * @throws {RunError} with the code `interrupted` if `stopping` is aborted before its end
 */
export async function readRunText(
  file: string | undefined,
  stopping: AbortSignal,
): Promise<string> {
  if (file === undefined && process.stdin.isTTY) {
    const message =
      'no run document: give --run FILE, or the document on standard input (see --help)';
    throw new InvalidInputError([{ path: [], message }]);
  }
  const text = readWhole(file).catch((error: unknown) => {
    const why = error instanceof TooLarge ? error.message : `cannot be read (${codeOf(error)})`;
    throw new InvalidInputError([
      file === undefined
        ? { path: [], message: `standard input ${why}` }
        : { path: ['--run'], message: `${why}: ${file}` },
    ]);
  });
  return await Promise.race([text, interrupted(stopping)]);
}

async function readWhole(file: string | undefined): Promise<string> {
  const stream = file === undefined ? process.stdin : streamOf(file);
  return await readBounded(stream, LARGEST_RUN_DOCUMENT_BYTES);
}

/**
 * A pipe is opened without waiting for its other end, and read as a socket: a thread that waits in the
 * file system would keep the process alive after its end.
 */
function streamOf(file: string): Readable {
  const fd = openSync(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  return fstatSync(fd).isFIFO()
    ? new Socket({ fd, readable: true, writable: false })
    : createReadStream(file, { fd });
}

/** Rejects as soon as the signal is aborted. */
function interrupted(stopping: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () =>
      reject(
        new RunError(
          'interrupted',
          'the run was interrupted before its run document was read; nothing was sent',
        ),
      );
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
}
