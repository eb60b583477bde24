import type { ProgressStyle } from '../progress/events.js';
import type { CommandLine } from './command-line.js';
import type { Io } from './io.js';

/** As the options say; by default a live line at a terminal, and lines of text otherwise. */
export function progressStyle(
  { quiet, logFormat }: Pick<CommandLine, 'quiet' | 'logFormat'>,
  { env, stderr }: Pick<Io, 'env' | 'stderr'>,
): ProgressStyle {
  if (quiet) return 'quiet';
  if (logFormat === 'json') return 'json';
  const { CI, TERM } = env;
  const isCi = CI !== undefined && CI !== '' && CI !== 'false';
  return stderr.isTTY && !isCi && TERM !== 'dumb' ? 'live' : 'plain';
}
