/** Writes the reports atomically: a file is complete or not there. */
import { chmod, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { inChunks } from '../text/chunks.js';

export const REPORT_NAMES = ['report.json', 'report.html', 'report.csv', 'report.prom'] as const;
export type ReportName = (typeof REPORT_NAMES)[number];

/**
 * Creates the folder and its missing parents, and tests that files can be written there, before
 * anything is sent. New folders get mode 0700; an existing folder keeps its mode.
 * @param names of the files that will be written there
 * @throws a system error if the folder cannot be created or written
 */
export async function prepareFolder(
  folder: string,
  runId: string,
  names: readonly string[],
): Promise<void> {
  await createFolder(folder);
  for (const name of names) {
    const existing = await lstat(join(folder, name)).catch(() => undefined);
    if (existing?.isDirectory()) {
      throw Object.assign(new Error(`${name} is a folder`), { code: 'EISDIR' });
    }
  }
  const probe = join(folder, `.${runId}.probe`);
  await writeNew(probe, []);
  await rm(probe);
}

/**
 * Creates a folder and its missing parents. `recursive` of mkdir is not used: in Node 20 it never
 * returns if a file system, such as /proc, answers ENOENT for a folder that cannot be created.
 */
async function createFolder(folder: string): Promise<void> {
  try {
    await createPrivate(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder)
      throw error;
    await createFolder(dirname(folder));
    await createPrivate(folder);
  }
}

/** Creates one folder that only its owner can access, unless it exists. */
async function createPrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  // The umask may also remove the owner's bits. A file system without modes, such as FAT, may refuse.
  await chmod(folder, 0o700).catch(() => {});
}

/**
 * Writes files with mode 0600, and report.prom with 0644, one after the other. All files are written under
 * temporary names before the first one is renamed, so a full disk does not change the reports of an earlier
 * run.
 * @param files the names, and the pieces of the contents
 * @throws a system error if a file cannot be written
 */
export async function writeFiles(
  folder: string,
  runId: string,
  files: Iterable<readonly [name: string, pieces: Iterable<string>]>,
): Promise<void> {
  const moves: Array<{ from: string; to: string }> = [];
  try {
    for (const [name, pieces] of files) {
      // node_exporter reads every file whose name ends in `.prom`.
      const from = join(folder, `.${runId}.${name}.tmp`);
      moves.push({ from, to: join(folder, name) });
      await writeNew(from, pieces);
      // Monitoring runs as another user, and the umask may be strict.
      if (name === 'report.prom') await chmod(from, 0o644).catch(() => {});
    }
    for (const { from, to } of moves) await rename(from, to);
  } finally {
    for (const { from } of moves) await rm(from, { force: true });
  }
}

/** Never writes through an existing file or link; the data is on the disk before the rename. */
async function writeNew(file: string, pieces: Iterable<string>): Promise<void> {
  await writeFile(file, inChunks(pieces), { mode: 0o600, flag: 'wx', flush: true });
}
