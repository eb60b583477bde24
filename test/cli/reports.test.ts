/** The files of `--report DIR`, and the schema of the result in the zip. */
import { mkdirSync } from 'node:fs';
import {
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { unzipSync } from 'fflate';
import { beforeEach, describe, expect, it } from 'vitest';
import { toJSONSchema } from 'zod/v4/core';
import { type Result, resultSchema } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { readZip, removeFolder, resultOf } from '../support/bundle.js';
import { madeRows } from '../support/rows.js';
import { runCli } from './run-cli.js';

const NAMES = ['report.csv', 'report.html', 'report.json', 'report.prom'];
const ADD = 'POST /v3.0/threatintel/suspiciousObjects';
const KEY = 'a-key-that-no-output-shows-Wq9+/=&<';

let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
/** The folder for the reports. It does not exist yet. */
let reports: string;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'reports-'));
  reports = join(scratch, 'created', 'with its parent');
  threatq = await startThreatQ({
    clientSecret: 'a-secret-that-no-output-shows',
    collections: [{ name: 'C2', hash: 'c2', rows: madeRows(40) }],
  });
  visionOne = await startVisionOne({ apiKey: KEY });
  return async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
    await removeFolder(scratch);
  };
});

function document(more: object = {}) {
  return {
    threatq: threatq.section,
    data_collection: { hash: 'c2' },
    configuration: { api_region: 'European Union (EU)', api_key: KEY },
    ...more,
  };
}

const run = (args: string[], more: unknown = document()) =>
  runCli('blocklist', more, args, { env: { VISION_ONE_BASE_URL: visionOne.url } });

const written = (name: string, folder = reports) => readFile(join(folder, name), 'utf8');

describe('--report', () => {
  it('--report creates the folder with four whole files, of which others may read only report.prom', async () => {
    const finished = await run(['--report', reports]);
    expect(finished.code).toBe(0);
    expect(finished.stdout).toContain(`reports: ${reports}`);
    // No temporary file is left.
    expect((await readdir(reports)).sort()).toEqual(NAMES);
    for (const name of NAMES) {
      const mode = name === 'report.prom' ? 0o644 : 0o600;
      expect((await stat(join(reports, name))).mode & 0o777, name).toBe(mode);
    }
    expect(await written('report.html')).toMatch(/^<!doctype html>.*<\/html>\s*$/is);
    expect((await written('report.csv')).trim().split('\r\n')).toHaveLength(41);
  });

  it('report.html shows the settings of the run, and not the API key', async () => {
    await run(['--report', reports, '--allow-large-removal']);
    const page = await written('report.html');
    const rowOf = (name: string) =>
      new RegExp(`<dt>${name}</dt><dd>(.*?)</dd>`).exec(page)?.[1] ?? 'missing';
    expect(rowOf('API Region')).not.toBe('missing');
    expect(rowOf('API Key')).toBe('not shown');
    expect(rowOf('ThreatQ')).toBe(threatq.url);
    expect(rowOf('Time limit')).toBe('15 min');
    expect(rowOf('Allow large removal')).toBe('true');
    expect(rowOf('Node')).toBe(process.version);
  });

  it('report.json is the document that --json prints', async () => {
    visionOne.script(ADD, { items: [{ index: 3, status: 400, code: 'BadRequest' }] });
    const finished = await run(['--report', reports, '--json']);
    expect(finished.code).toBe(2);
    expect(await written('report.json')).toBe(finished.stdout);
    expect(resultOf(finished).counts).toMatchObject({ read: 40, accepted: 39, rejected: 1 });
  });

  it.each(['--preview', '--check'])('--report writes all files with %s too', async (mode) => {
    const finished = await run(['--report', reports, '--json', mode]);
    expect(finished.code).toBe(0);
    expect((await readdir(reports)).sort()).toEqual(NAMES);
    expect(await written('report.json')).toBe(finished.stdout);
  });

  it('--report replaces earlier reports, and a symbolic link instead of its target', async () => {
    await mkdir(reports, { recursive: true });
    const elsewhere = join(scratch, 'elsewhere');
    await writeFile(elsewhere, 'not a report');
    await symlink(elsewhere, join(reports, 'report.csv'));
    await writeFile(join(reports, 'report.json'), '{}', { mode: 0o644 });
    expect((await run(['--report', reports])).code).toBe(0);
    expect(await readFile(elsewhere, 'utf8')).toBe('not a report');
    expect(await written('report.csv')).toContain('accepted');
    expect((await stat(join(reports, 'report.json'))).mode & 0o777).toBe(0o600);
  });

  it('--report writes the errors of an invalid configuration, so that an old report is not mistaken for a new one', async () => {
    expect((await run(['--report', reports])).code).toBe(0);
    const finished = await run(
      ['--report', reports, '--json'],
      document({ configuration: { api_region: 'Atlantis', api_key: KEY } }),
    );
    expect(finished.code).toBe(1);
    const result = resultOf(finished);
    expect(result).toMatchObject({ status: 'Failed to Complete', items: [] });
    expect(result.error?.message).toContain('api_region');
    expect(await written('report.json')).toBe(finished.stdout);
    expect(await written('report.html')).toContain('Atlantis');
    expect((await written('report.csv')).trim().split('\r\n')).toHaveLength(1);
    for (const name of NAMES) expect(await written(name)).not.toContain(KEY);
  });

  const unusable: [string, () => Promise<string>][] = [
    [
      'a file has the name of the folder',
      async () => {
        await writeFile(join(scratch, 'file'), '');
        return join(scratch, 'file');
      },
    ],
    [
      'a file has the name of a parent folder',
      async () => {
        await writeFile(join(scratch, 'file'), '');
        return join(scratch, 'file', 'below');
      },
    ],
    ['the folder cannot be created', async () => '/proc/reports'],
    [
      'the folder may not be written',
      async () => {
        await mkdir(reports, { recursive: true });
        await chmod(reports, 0o500);
        // The root user may write to any folder of a real file system.
        return process.getuid?.() === 0 ? '/proc/self' : reports;
      },
    ],
  ];
  it.each(unusable)('--report is an error before anything is sent if %s', async (_, make) => {
    const folder = await make();
    const finished = await run(['--report', folder, '--json']);
    expect(finished.code).toBe(1);
    expect(resultOf(finished).error?.code).toBe('invalid_input');
    expect(resultOf(finished).error?.message).toContain(`--report: cannot be written`);
    expect(resultOf(finished).error?.message).toContain(folder);
    expect([threatq.requests, visionOne.requests]).toEqual([[], []]);
  });

  describe('reports that cannot be written at the end', () => {
    const block = (name: string) => {
      threatq.faults = () => {
        mkdirSync(join(reports, name, 'in the way'), { recursive: true });
        return undefined;
      };
    };

    it.each([[[]], [['--quiet']]])(
      'the run is Incomplete, and every file that can be written says so (%j)',
      async (args: string[]) => {
        block('report.html');
        const finished = await run(['--report', reports, '--json', ...args]);
        expect(finished.code).toBe(2);
        const message = `not all reports were written to ${reports} (it is a folder)`;
        expect(resultOf(finished)).toMatchObject({
          status: 'Incomplete',
          counts: { accepted: 40 },
          warnings: [{ code: 'file_not_written', message }],
        });
        expect(finished.stderr).toContain(message);
        // No temporary file is left.
        expect((await readdir(reports)).sort()).toEqual(NAMES);
        expect(await written('report.json')).toBe(finished.stdout);
        expect(await written('report.prom')).toMatch(/status="incomplete"\} 1$/m);
        expect(await written('report.prom')).toMatch(/code="file_not_written"\} 1$/m);
      },
    );

    it('the summary has the warning, and names no folder of reports', async () => {
      block('report.html');
      const { stdout } = await run(['--report', reports]);
      expect(stdout).toMatch(/^Incomplete: .*\n/);
      expect(stdout).toMatch(/^ {2}warning file_not_written: .* \(it is a folder\)$/m);
      expect(stdout).not.toMatch(/^reports:/m);
    });

    it('report.prom that cannot be written is a warning too', async () => {
      block('report.prom');
      const finished = await run(['--report', reports, '--json']);
      expect(finished.code).toBe(2);
      expect(resultOf(finished).warnings).toHaveLength(1);
      expect(await written('report.json')).toBe(finished.stdout);
    });
  });

  it('report.prom keeps the time of the last success through failed runs and previews', async () => {
    await run(['--report', reports]);
    const success = () =>
      written('report.prom').then((text) => /^.*last_success.*\} .*$/m.exec(text)?.[0]);
    const first = await success();
    expect(first).toContain('data_collection="c2"');
    await run(['--report', reports, '--preview']);
    expect(await success()).toBe(first);
    await run(['--report', reports], 'no: document');
    expect(await success()).toBe(first);
    threatq.faults = () => ({ status: 403 });
    await run(['--report', reports]);
    expect(await success()).toBe(first);
    expect(await written('report.prom')).toContain('data_collection="c2",status="failed"} 1');
  });

  it('no report holds a secret, and the page requests nothing', async () => {
    visionOne.script(ADD, {
      items: [{ index: 0, status: 400, code: 'Bad', message: `the key ${KEY} is not welcome` }],
    });
    expect((await run(['--report', reports])).code).toBe(2);
    const token = /token-[0-9a-f-]{36}/;
    for (const name of NAMES) {
      const text = await written(name);
      for (const form of [
        KEY,
        encodeURIComponent(KEY),
        KEY.replace('&', '&amp;'),
        'no-output-shows',
      ]) {
        expect(text).not.toContain(form);
      }
      expect(text).not.toMatch(token);
    }
    expect(await written('report.json')).toContain('[redacted]');
    const page = await written('report.html');
    const [, policy = ''] =
      /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/i.exec(page) ?? [];
    expect(policy).toMatch(/default-src (&#39;|')none/);
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    expect(page).not.toMatch(
      /<(?:link|img|iframe|object|embed)\b|\ssrc=|\shref="(?!#|report\.(?:csv|json)")|url\(|@import/i,
    );
  });
});

describe('the schema of the result', () => {
  const schemaInZip = async () => {
    const { 'schemas/result.schema.json': schema } = unzipSync(await readZip());
    return JSON.parse(new TextDecoder().decode(schema)) as object;
  };

  it('the JSON Schema in the zip is made from the schema of the code', async () => {
    expect(await schemaInZip()).toEqual(JSON.parse(JSON.stringify(toJSONSchema(resultSchema))));
  });

  it('the JSON Schema describes the properties whose names do not say everything', async () => {
    const described = new Set<string>();
    JSON.parse(JSON.stringify(await schemaInZip()), (name, property) => {
      if (property?.description) described.add(name);
      return property;
    });
    const names = 'id type value score change object target name started_at finished_at total';
    const more =
      'read_whole by_change by_reason retries warnings count list listed ours items checks';
    const missing = `${names} ${more}`.split(' ').filter((name) => !described.has(name));
    expect(missing).toEqual([]);
  });

  it('the JSON Schema is valid for the result of every mode and every kind of end', async () => {
    const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true });
    const isResult = ajv.compile<Result>(await schemaInZip());
    const of = async (args: string[], more?: unknown) => {
      const result = resultOf(await run(['--json', ...args], more));
      expect(isResult(result) ? [] : isResult.errors, args.join(' ')).toEqual([]);
      return result;
    };
    visionOne.script(ADD, { items: [{ index: 0, status: 403, code: 'AccessDenied' }] });
    const odd = [
      { id: 'a', value: 'evil.example', type: { name: 'MD5' } },
      { value: '', type: 'URL' },
    ];
    const ends = [
      await of([]),
      await of(['--preview']),
      await of(['--check']),
      await of([], document({ data_collection: { hash: 'none' } })),
      await of([], document({ data_collection: undefined, threatq: undefined, objects: odd })),
      await of([], 'no: document'),
      await of(
        [],
        document({
          configuration: { removed_indicators: 'remove', api_region: 'Japan', api_key: KEY },
        }),
      ),
      await of(['--no-such-option']),
    ];
    expect(new Set(ends.map(({ status }) => status))).toEqual(
      new Set(['Completed', 'Incomplete', 'Failed to Complete']),
    );
    const outcomes = new Set(ends.flatMap(({ items }) => items.map(({ outcome }) => outcome)));
    expect([...outcomes].sort()).toEqual(['accepted', 'planned', 'rejected', 'skipped']);
    // The schema refuses invalid results.
    expect(isResult({ ...ends[0], status: 'Fine' })).toBe(false);
    expect(isResult({ ...ends[0], another: 1 })).toBe(false);
  });
});
