/** Writes the result to a file, a pipe or a terminal, with a time limit for a slow reader. */
import { fstatSync, writeFileSync } from 'node:fs';
import { inChunks } from '../text/chunks.js';
import type { Io } from './io.js';
import { systemErrorCode } from './system-error.js';

/**
 * Writes text to standard output.
 * @param pieces the text in pieces
 * @param timeoutMs how long the reader may take, in milliseconds
 * @returns undefined, or why not all of it could be written
 */
export async function writeOutput(
  stdout: Io['stdout'],
  pieces: Iterable<string>,
  timeoutMs: number,
): Promise<string | undefined> {
  // Node's stream for a file does not notice if the disk takes only a part of what is written.
  if (stdout.fd !== undefined && isFile(stdout.fd)) return writeToFile(stdout.fd, pieces);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('its reader stopped reading'), timeoutMs);
  });
  const written = writeToStream(stdout, pieces);
  return await Promise.race([written, tooLate]).finally(() => clearTimeout(timer));
}

/** Waits for each chunk, so that the text is not kept in the stream. */
async function writeToStream(
  stdout: Io['stdout'],
  pieces: Iterable<string>,
): Promise<string | undefined> {
  for (const chunk of inChunks(pieces)) {
    const problem = await new Promise<string | undefined>((resolve) => {
      stdout.write(chunk, (error) => resolve(error ? systemErrorCode(error) : undefined));
    });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function writeToFile(fd: number, pieces: Iterable<string>): string | undefined {
  try {
    for (const chunk of inChunks(pieces)) writeFileSync(fd, chunk);
    return undefined;
  } catch (error) {
    return systemErrorCode(error);
  }
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
