/** The built zip, unpacked, and its entrypoints started the way a host starts them. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import type { Result } from '../../src/result/result.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs build.mjs and waits for it. @throws with its output if it fails */
export async function build(options: StartOptions = {}): Promise<void> {
  const built = await start([join(ROOT, 'build.mjs')], { cwd: ROOT, ...options });
  if (built.code !== 0) throw new Error(`npm run build failed:\n${built.stdout}${built.stderr}`);
}

/** The bytes of the zip in dist/. */
export async function readZip(): Promise<Buffer> {
  const names = await readdir(join(ROOT, 'dist'));
  const zip = names.find((name) => /^trendmicro-vision-one-.*\.zip$/.test(name));
  if (!zip) throw new Error('dist/ holds no zip: run npm run build');
  return await readFile(join(ROOT, 'dist', zip));
}

/** Unpacks a zip, by default that in dist/, into a temporary folder. */
export async function unpack(zip?: Buffer): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'vision-one-bundle-'));
  for (const [name, data] of Object.entries(unzipSync(zip ?? (await readZip())))) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), data);
  }
  return folder;
}

/**
 * The names of the packages whose files are in the code of an unpacked zip. The bundler names each file
 * in a comment.
 */
export async function packagesInCode(folder: string): Promise<string[]> {
  const actions = join(folder, 'actions');
  const names = (await readdir(actions)).filter((name) => name.endsWith('.mjs'));
  const code = await Promise.all(names.map((name) => readFile(join(actions, name), 'utf8')));
  const comments = code
    .join('\n')
    .matchAll(/^\s*\/\/ (?:\S*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\//gm);
  return [...new Set([...comments].map(([, name = '']) => name))].sort();
}

export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface StartOptions {
  cwd?: string;
  env?: Record<string, string>;
  stdin?: string;
  onStart?: (child: ReturnType<typeof spawn>) => void;
}

/** Starts Node with nothing of this process' environment but PATH and HOME. */
export function start(args: string[], options: StartOptions = {}): Promise<Finished> {
  return startProgram(process.execPath, args, options);
}

/** Starts a program with nothing of this process' environment but PATH and HOME. */
export function startProgram(
  program: string,
  args: string[],
  options: StartOptions = {},
): Promise<Finished> {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(program, args, {
    cwd: options.cwd ?? tmpdir(),
    env: { PATH, HOME, ...options.env },
  });
  options.onStart?.(child);
  child.stdin.on('error', () => {});
  child.stdin.end(options.stdin ?? '');
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
  });
}

export const ENTRYPOINTS = {
  blocklist: 'actions/add-to-blocklist.mjs',
  exceptions: 'actions/add-to-exception-list.mjs',
};

/** Starts an action out of an unpacked zip with a run document on standard input. */
export function startAction(
  folder: string,
  action: keyof typeof ENTRYPOINTS,
  document: unknown,
  args: string[] = [],
  options: StartOptions = {},
): Promise<Finished> {
  const stdin = typeof document === 'string' ? document : JSON.stringify(document);
  return start([join(folder, ENTRYPOINTS[action]), ...args], { stdin, ...options });
}

/** The one JSON document that `--json` prints. @throws if it is anything else */
export function resultOf({ stdout }: Finished): Result {
  return JSON.parse(stdout) as Result;
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}
