/**
 * A real pseudo-terminal around a command: util-linux' `script`, which starts it with a terminal of its
 * own and passes on what it writes, the way it writes it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Why there is no pseudo-terminal; undefined if there is one. */
export const noTerminal: string | undefined = (() => {
  const { stdout } = spawnSync('script', ['--version'], { encoding: 'utf8' });
  return stdout?.includes('util-linux')
    ? undefined
    : "the terminal tests did not run: no util-linux 'script' found";
})();

export interface TerminalOptions {
  env?: Record<string, string>;
  columns?: number;
  /** Runs in the shell before the command. */
  before?: string;
  /** Runs in the shell after the command, whose exit code is in `$code`. */
  after?: string;
  /** Told of all that was written so far; what it returns is typed. */
  onOutput?: (output: string) => string | undefined;
}

export interface Piece {
  /** Milliseconds since the start. */
  at: number;
  text: string;
}

export interface TerminalRun {
  code: number | null;
  /** What the terminal got, with all its control sequences. */
  output: string;
  pieces: Piece[];
}

/** Runs a shell command in a terminal, with nothing of this process' environment but PATH and HOME. */
export function runInTerminal(
  command: string,
  { env, columns = 100, before = '', after = '', onOutput }: TerminalOptions = {},
): Promise<TerminalRun> {
  const { PATH = '', HOME = '' } = process.env;
  const line = `trap : INT; stty cols ${columns} rows 30; ${before}\n${command}; code=$?; ${after}\nexit $code`;
  const child = spawn(
    'script',
    ['--quiet', '--return', '--flush', '--command', line, '/dev/null'],
    {
      cwd: tmpdir(),
      env: { PATH, HOME, SHELL: '/bin/sh', TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
    },
  );
  const begun = Date.now();
  const pieces: Piece[] = [];
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    pieces.push({ at: Date.now() - begun, text });
    const typed = onOutput?.(output);
    if (typed) child.stdin.write(typed);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output, pieces }));
  });
}

/** A path or a value as one word of a shell command. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Output without the colours of this program, each of which must be ended. */
export const withoutColours = (output: string): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  output.replace(/\u001b\[3[1-3]m([^\u001b]*)\u001b\[39m/g, '$1');

/**
 * What a screen shows of output: carriage returns go back to the line's beginning, `ESC [ K` erases
 * what is behind, and no other control sequence is known.
 * @returns its lines, and whether one was longer than the screen is wide
 */
export function screenOf(output: string, columns = 100): { lines: string[]; wrapped: boolean } {
  const lines = [''];
  let column = 0;
  let wrapped = false;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  for (const [token] of output.matchAll(/\u001b\[K|./gsu)) {
    const at = lines.length - 1;
    const line = Array.from(lines[at] ?? '');
    if (token === '\n') {
      lines.push('');
      column = 0;
    } else if (token === '\r') column = 0;
    else if (token === '\u001b[K') lines[at] = line.slice(0, column).join('');
    else {
      if (column >= columns) wrapped = true;
      line[column++] = token;
      lines[at] = line.join('');
    }
  }
  return { lines, wrapped };
}
