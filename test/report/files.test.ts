import { readdirSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareFolder, REPORT_NAMES, writeFiles } from '../../src/report/files.js';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'report-files-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('the folder of a report', () => {
  it('a missing report folder is created with its parents, and is empty', async () => {
    const folder = join(root, 'a', 'b');
    await prepareFolder(folder, 'run-1', REPORT_NAMES);
    expect(await readdir(folder)).toEqual([]);
    await prepareFolder(folder, 'run-2', REPORT_NAMES);
  });

  it.each([0o000, 0o022, 0o077, 0o377])(
    'only the owner can access a new report folder with the umask %i',
    async (mask) => {
      const before = process.umask(mask);
      try {
        await prepareFolder(join(root, 'a', 'b'), 'run-1', REPORT_NAMES);
      } finally {
        process.umask(before);
      }
      for (const made of ['a', 'a/b']) expect(await modeOf(join(root, made)), made).toBe(0o700);
    },
  );

  it('an existing report folder and its parents keep their modes', async () => {
    const path = join(root, 'mine');
    await mkdir(path);
    await chmod(path, 0o755);
    await prepareFolder(path, 'run-1', REPORT_NAMES);
    await prepareFolder(join(path, 'new'), 'run-1', REPORT_NAMES);
    expect(await modeOf(path)).toBe(0o755);
    expect(await modeOf(join(path, 'new'))).toBe(0o700);
  });

  it('an existing report folder keeps its files', async () => {
    await writeFile(join(root, 'notes.txt'), 'mine');
    await prepareFolder(root, 'run-1', REPORT_NAMES);
    expect(await readdir(root)).toEqual(['notes.txt']);
  });

  it('a report folder that cannot be created or written is an error before anything is sent', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(prepareFolder(join(root, 'file'), 'run-1', REPORT_NAMES)).rejects.toThrow(
      /EEXIST|ENOTDIR/,
    );
    await expect(prepareFolder(join(root, 'file', 'out'), 'run-1', REPORT_NAMES)).rejects.toThrow(
      /ENOTDIR/,
    );
  });
});

it('a folder with the name of a report file is an error before anything is sent', async () => {
  await mkdir(join(root, 'report.html'));
  await expect(prepareFolder(root, 'run-1', REPORT_NAMES)).rejects.toThrow(/report\.html/);
});

describe('the files of a report', () => {
  it('report files have their names and only their owner can access them', async () => {
    await writeFiles(root, 'run-1', [
      ['report.json', ['{"a":1}\n']],
      ['report.html', ['<p>移</p>']],
    ]);
    expect((await readdir(root)).sort()).toEqual(['report.html', 'report.json']);
    expect(await readFile(join(root, 'report.json'), 'utf8')).toBe('{"a":1}\n');
    expect(await readFile(join(root, 'report.html'), 'utf8')).toBe('<p>移</p>');
    expect(await modeOf(join(root, 'report.json'))).toBe(0o600);
  });

  it('every user may read report.prom, whatever the umask is', async () => {
    const before = process.umask(0o077);
    try {
      await writeFiles(root, 'run-1', [['report.prom', ['']]]);
    } finally {
      process.umask(before);
    }
    expect(await modeOf(join(root, 'report.prom'))).toBe(0o644);
  });

  it('no temporary file has a name that node_exporter reads', async () => {
    const names: string[] = [];
    const pieces = function* () {
      names.push(...readdirSync(root));
      yield '';
    };
    await writeFiles(root, 'run-1', [
      ['report.prom', ['']],
      ['report.csv', pieces()],
    ]);
    expect(names).toContain('.run-1.report.prom.tmp');
    expect(names.filter((name) => name.endsWith('.prom'))).toEqual([]);
  });

  it('report files replace those of an earlier run, which others could read', async () => {
    const path = join(root, 'report.json');
    await writeFile(path, 'an earlier and much longer report', { mode: 0o644 });
    await writeFiles(root, 'run-2', [['report.json', ['new']]]);
    expect(await readFile(path, 'utf8')).toBe('new');
    expect(await modeOf(path)).toBe(0o600);
  });

  it('a report that cannot be written leaves the earlier report and no temporary files', async () => {
    await writeFile(join(root, 'report.json'), 'earlier');
    // A folder has the name of the report, so the last step fails.
    await mkdir(join(root, 'report.html', 'x'), { recursive: true });
    await expect(writeFiles(root, 'run-3', [['report.html', ['new']]])).rejects.toThrow();
    expect((await readdir(root)).sort()).toEqual(['report.html', 'report.json']);
    expect(await readFile(join(root, 'report.json'), 'utf8')).toBe('earlier');
  });

  it('a report file is never written through an existing link', async () => {
    const target = join(root, 'target');
    await writeFile(target, 'mine');
    await symlink(target, join(root, '.run-1.report.json.tmp'));
    await expect(writeFiles(root, 'run-1', [['report.json', ['new']]])).rejects.toThrow(/EEXIST/);
    expect(await readFile(target, 'utf8')).toBe('mine');
  });

  it('report files whose folder is missing are an error', async () => {
    await expect(writeFiles(join(root, 'gone'), 'run-4', [['a', ['x']]])).rejects.toThrow(/ENOENT/);
    expect(await readdir(root)).toEqual([]);
  });
});
