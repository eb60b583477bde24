/** Reports are written whole or not at all. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Makes the folder and proves that it can be written, before anything is sent.
 * @throws a system error where it cannot
 */
export async function prepareFolder(folder: string, runId: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const probe = join(folder, `.${runId}.probe`);
  await writeFile(probe, '', { mode: 0o600 });
  await rm(probe);
}

/**
 * Writes files under their names with mode 0600, each by way of a temporary one beside it.
 * @throws a system error where one cannot be written; no file is ever half written
 */
export async function writeFiles(
  folder: string,
  runId: string,
  files: Record<string, string>,
): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const temporary = join(folder, `.${runId}.${name}`);
    try {
      await writeFile(temporary, text, { mode: 0o600 });
      await rename(temporary, join(folder, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }
}
