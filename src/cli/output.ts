/** Writes the result to a file, a pipe or a terminal, with a time limit for a slow reader. */
import { fstatSync, writeFileSync } from 'node:fs';
import type { Io } from './io.js';
import { systemErrorCode } from './system-error.js';

/**
 * Writes text to standard output.
 * @param timeoutMs how long the reader may take, in milliseconds
 * @returns undefined, or why not all of it could be written
 */
export async function writeOutput(
  stdout: Io['stdout'],
  text: string,
  timeoutMs: number,
): Promise<string | undefined> {
  // Node's stream for a file does not notice if the disk takes only a part of what is written.
  if (stdout.fd !== undefined && isFile(stdout.fd)) return writeToFile(stdout.fd, text);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('its reader stopped reading'), timeoutMs);
  });
  const written = new Promise<string | undefined>((resolve) => {
    stdout.write(text, (error) => resolve(error ? systemErrorCode(error) : undefined));
  });
  return await Promise.race([written, tooLate]).finally(() => clearTimeout(timer));
}

function writeToFile(fd: number, text: string): string | undefined {
  try {
    writeFileSync(fd, text);
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
