/** Writes the result to a file, a pipe or a terminal, with a time limit for a slow reader. */
import { fstatSync, writeFileSync } from 'node:fs';

const STDOUT = 1;

/**
 * Writes text to standard output.
 * @param withinMs how long the reader may take, in milliseconds
 * @returns undefined, or why not all of it could be written
 */
export async function writeToStdout(text: string, withinMs: number): Promise<string | undefined> {
  // Node's stream for a file does not notice if the disk takes only a part of what is written.
  if (isFile(STDOUT)) return writeToFile(text);
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('its reader stopped reading'), withinMs);
  });
  const written = new Promise<string | undefined>((resolve) => {
    process.stdout.write(text, (error) => resolve(error ? codeOf(error) : undefined));
  });
  return await Promise.race([written, tooLate]).finally(() => clearTimeout(timer));
}

function writeToFile(text: string): string | undefined {
  try {
    writeFileSync(STDOUT, text);
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

/** The system's code of an error, such as ENOSPC. */
export function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : 'unknown';
}
