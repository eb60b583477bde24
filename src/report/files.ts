/** Reports are written whole or not at all. */
import { chmod, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What a report consists of. */
export const REPORT_NAMES = ['report.json', 'report.html', 'report.csv'] as const;
export type ReportName = (typeof REPORT_NAMES)[number];

/**
 * Makes the folder, with all folders that lead to it, and proves that it can be written, before
 * anything is sent. What it makes has mode 0700; a folder that exists keeps its mode.
 * @param names of the files that will be put there
 * @throws a system error where it cannot
 */
export async function prepareFolder(
  folder: string,
  runId: string,
  names: readonly string[],
): Promise<void> {
  await makeFolder(folder);
  for (const name of names) {
    const there = await lstat(join(folder, name)).catch(() => undefined);
    if (there?.isDirectory()) {
      throw Object.assign(new Error(`${name} is a folder`), { code: 'EISDIR' });
    }
  }
  const probe = join(folder, `.${runId}.probe`);
  await writeNew(probe, '');
  await rm(probe);
}

/**
 * Not mkdir's own `recursive`: Node 20 never comes back from it where a file system says "no such
 * folder" of what it does not let anybody make, as /proc does.
 */
async function makeFolder(folder: string): Promise<void> {
  try {
    await makePrivate(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(folder) === folder)
      throw error;
    await makeFolder(dirname(folder));
    await makePrivate(folder);
  }
}

/** Makes one folder for its owner alone, unless it exists. */
async function makePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw error;
  }
  // An umask can take bits from the owner too. A file system without modes, such as FAT, may refuse.
  await chmod(folder, 0o700).catch(() => {});
}

/**
 * Writes files under their names with mode 0600. All are written beside their places before the first
 * one is put into its place, so that a full disk leaves the reports of an earlier run as they were.
 * @throws a system error where one cannot be written; no file is ever half written
 */
export async function writeFiles(
  folder: string,
  runId: string,
  files: Record<string, string>,
): Promise<void> {
  const moves = Object.keys(files).map((name) => ({
    name,
    from: join(folder, `.${runId}.${name}`),
    to: join(folder, name),
  }));
  try {
    for (const { name, from } of moves) await writeNew(from, files[name] ?? '');
    for (const { from, to } of moves) await rename(from, to);
  } finally {
    for (const { from } of moves) await rm(from, { force: true });
  }
}

/** Never through a file or a link that is there already, and on the disk before it gets its name. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx', flush: true });
}
