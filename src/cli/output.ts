/** Writes the result to a file, a pipe or a terminal, with a time limit for a slow reader. */
import { fstatSync, writeFileSync } from 'node:fs';
import { inChunks } from '../text/chunks.js';
import type { Io } from './io.js';
import { systemErrorText } from './system-error.js';

/**
 * Writes text to standard output.
 * @param pieces the text in pieces
 * @param timeoutMs how long the reader may take, in milliseconds
 * @returns undefined, or why not all of it could be written
 * @throws the error of `pieces`, if nothing was written before it
 */
export async function writeOutput(
  stdout: Io['stdout'],
  pieces: Iterable<string>,
  timeoutMs: number,
): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('its reader stopped reading'), timeoutMs);
  });
  return await Promise.race([writeChunks(stdout, pieces), tooLate]).finally(() =>
    clearTimeout(timer),
  );
}

/** Waits for each chunk, so that the text is not kept in the stream. */
async function writeChunks(
  stdout: Io['stdout'],
  pieces: Iterable<string>,
): Promise<string | undefined> {
  const write = writerTo(stdout);
  let isBegun = false;
  try {
    for (const chunk of inChunks(pieces)) {
      isBegun = true;
      const problem = await write(chunk);
      if (problem !== undefined) return problem;
    }
    return undefined;
  } catch (error) {
    // A second document after a part of the first one would make both unreadable.
    if (isBegun) return 'an internal error';
    throw error;
  }
}

type Write = (chunk: string) => Promise<string | undefined>;

function writerTo(stdout: Io['stdout']): Write {
  const { fd } = stdout;
  // Node's stream for a file does not notice if the disk takes only a part of what is written.
  if (fd !== undefined && isFile(fd)) return async (chunk) => writeToFile(fd, chunk);
  return (chunk) =>
    new Promise((resolve) => {
      stdout.write(chunk, (error) => resolve(error ? systemErrorText(error) : undefined));
    });
}

function writeToFile(fd: number, chunk: string): string | undefined {
  try {
    writeFileSync(fd, chunk);
    return undefined;
  } catch (error) {
    return systemErrorText(error);
  }
}

function isFile(fd: number): boolean {
  try {
    return fstatSync(fd).isFile();
  } catch {
    return false;
  }
}
