/**
 * The behaviour on which hosts rely: the zip, the start of an action, and its result. The output of a
 * process is tested with the built zip. All other tests run in this process.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Result, resultSchema } from '../../src/result/result.js';
import { targetsOf } from '../readme/markdown.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { sha256 } from '../support/build-once.js';
import {
  ENTRYPOINTS,
  type Finished,
  packagesInCode,
  ROOT,
  readZip,
  removeFolder,
  type StartOptions,
  start,
  startAction,
  unpack,
} from '../support/bundle.js';
import { truthfulResultOf } from '../support/export-truthfully.js';
import { madeRows } from '../support/rows.js';
import { type Snapshot, snapshotOf } from '../support/truth.js';
import { runCli } from './run-cli.js';

let folder: string;
let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
let before: Snapshot;
const rows = [
  ...madeRows(8),
  { id: 101, type: { name: 'MD5' }, value: 'd41d8cd98f00b204e9800998ecf8427e' },
  { id: 102, type: 'FQDN', value: 'not a domain' },
  { id: 103, type: 'FQDN', value: 'C2-0.bad-actor-0.com.' },
];

beforeAll(async () => {
  folder = await unpack();
});
afterAll(() => removeFolder(folder));
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'vision-one-contract-'));
  threatq = await startThreatQ({ collections: [{ name: 'Active C2', hash: 'c2', rows }] });
  visionOne = await startVisionOne();
  before = snapshotOf(visionOne);
});
afterEach(async () => {
  await Promise.all([threatq.close(), visionOne.close(), removeFolder(scratch)]);
});

const documentOf = (more: object = {}) => ({
  threatq: threatq.section,
  data_collection: { hash: 'c2' },
  configuration: { api_region: 'Japan', api_key: visionOne.apiKey, disable_proxies: true },
  ...more,
});

/** Starts the entrypoint of the unpacked zip. */
function startZip(args: string[], document: unknown = documentOf(), options: StartOptions = {}) {
  const env = { VISION_ONE_BASE_URL: visionOne.url, ...options.env };
  return startAction(folder, 'blocklist', document, args, { ...options, env });
}

/** Runs the command in this process. */
function run(args: string[], document: unknown = documentOf()) {
  return runCli('blocklist', document, args, { env: { VISION_ONE_BASE_URL: visionOne.url } });
}

/** The result of a run with --json. It is one valid document and is checked against the stand-in. */
function resultOf(finished: Finished, among: { id: number }[] = rows): Result {
  const ids = among.map(({ id }) => id);
  const result = truthfulResultOf(finished, before, ids);
  expect(JSON.parse(finished.stdout)).toEqual(result);
  return result;
}

const EXAMPLES = [
  'README.md',
  'airflow_vision_one.py',
  'blocklist.yaml',
  'exceptions.yaml',
  'kubernetes-cronjob.yaml',
  'vision-one.env',
  'vision-one@.service',
  'vision-one@.timer',
].map((name) => `examples/${name}`);

const posts = () => visionOne.requests.filter(({ method }) => method === 'POST');

describe('the zip', () => {
  it('the zip has the same bytes for any user, place and time zone', async () => {
    expect(sha256(await readZip())).toBe(inject('builtElsewhere'));
  });

  it('the zip has at most 460,000 bytes and all files that belong in it', async () => {
    const zip = await readZip();
    expect(zip.length).toBeLessThanOrEqual(460_000);
    const files = unzipSync(zip);
    const names = Object.keys(files);
    const readme = new TextDecoder().decode(files['README.md']);
    expect(readme).not.toMatch(/!\[|npm test|checkout -->/);
    const linked = targetsOf(readme).filter((target) => !/^(?:#|https:)/.test(target));
    expect(linked.length).toBeGreaterThan(0);
    expect(names).toEqual(expect.arrayContaining(linked.map((target) => target.split('#')[0])));
    const hosts = ['actions/run_action.py', ...EXAMPLES];
    expect(names).toEqual(expect.arrayContaining([...Object.values(ENTRYPOINTS), ...hosts]));
    const others = names.filter((name) => !/^(?:actions|examples)\//.test(name));
    expect(others.sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES.txt',
      'manifest.yaml',
      'sbom.cdx.json',
      'schemas/result.schema.json',
      'schemas/run-document.schema.json',
    ]);
  });

  it('the manifest in the zip has the version of package.json and names the entrypoints', async () => {
    const manifest = parse(await readFile(join(folder, 'manifest.yaml'), 'utf8'));
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(manifest.version).toBe(version);
    const files = Object.values<{ 'x-runtime': { entrypoint: string } }>(manifest.feeds);
    expect(files.map((feed) => feed['x-runtime'].entrypoint)).toEqual(Object.values(ENTRYPOINTS));
  });

  it('the zip holds the notices of exactly the packages that are bundled', async () => {
    const bundled = await packagesInCode(folder);
    const notices = await readFile(join(folder, 'THIRD-PARTY-NOTICES.txt'), 'utf8');
    const named = notices.split(`${'='.repeat(80)}\n\n`).slice(1);
    expect(named.map((notice) => notice.split(' ')[0]).sort()).toEqual(bundled);
    expect(bundled.length).toBeGreaterThan(5);
    // A licence requires its text, not only its name.
    const withoutText = named.filter((notice) => !/^Permission (is hereby|to use)/m.test(notice));
    expect(withoutText).toEqual([]);
    const suffixes = named.find((notice) => notice.startsWith('tldts '));
    expect(suffixes).toContain('Mozilla Public\nLicense, version 2.0');
    expect(suffixes).toContain('https://publicsuffix.org/list/');
  });

  it('the zip holds the Public Suffix List once, and the engine of expressions in a file of its own', async () => {
    const names = await readdir(join(folder, 'actions'));
    const code = new Map<string, string>();
    for (const name of names) code.set(name, await readFile(join(folder, 'actions', name), 'utf8'));
    const all = [...code.values()].join('');
    expect(all.split('labelText = "')).toHaveLength(2);
    const withEngine = names.filter((name) => code.get(name)?.includes('node_modules/re2js/'));
    expect(withEngine).toHaveLength(1);
    const [engine = ''] = withEngine;
    expect(all).toContain(`import("./${engine}")`);
    expect(all).not.toContain(`from "./${engine}"`);
  });
});

describe('starting an action', () => {
  it('the run document may be a file or standard input, in YAML or JSON', async () => {
    const json = JSON.stringify(documentOf());
    const yaml = stringify(documentOf());
    for (const [name, text] of Object.entries({ 'run.json': json, 'run.yaml': yaml })) {
      const file = join(scratch, name);
      await writeFile(file, text);
      for (const finished of [
        await startZip(['--json', '--preview', '--run', file], ''),
        await run(['--json', '--preview'], text),
      ]) {
        expect(finished.code).toBe(0);
        expect(resultOf(finished).counts).toMatchObject({ read: 11, planned: 8, skipped: 3 });
      }
    }
    expect(visionOne.violations).toEqual([]);
  });

  it('the run document can be a named pipe, and can start with a byte order mark', async () => {
    const text = `\ufeff${JSON.stringify(documentOf())}`;
    expect((await run(['--json', '--preview'], text)).code).toBe(0);
    const pipe = join(scratch, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const [finished] = await Promise.all([
      startZip(['--json', '--preview', '--run', pipe], ''),
      writeFile(pipe, text),
    ]);
    expect(finished.code).toBe(0);
  });

  it.each([
    ['/dev/zero', '--run: is larger than 100000000 bytes: /dev/zero'],
    ['/', '--run: cannot be read (it is a folder): /'],
  ])('the run document %s is refused', async (file, message) => {
    const finished = await startZip(['--json', '--run', file], '');
    expect(finished.code).toBe(1);
    expect(resultOf(finished).error).toEqual({ code: 'invalid_input', message });
  });

  it('an action runs in any working folder, from which relative paths are read', async () => {
    await writeFile(join(scratch, 'run.json'), JSON.stringify(documentOf()));
    const args = ['--run', 'run.json', '--report', 'new/reports'];
    const finished = await startZip(args, '', { cwd: scratch });
    expect(finished.code).toBe(0);
    const report = await readFile(join(scratch, 'new/reports/report.json'), 'utf8');
    expect(resultSchema.parse(JSON.parse(report)).counts.accepted).toBe(8);
  });

  it('an export prints at most 15 lines on standard output, and progress on standard error', async () => {
    const finished = await startZip([]);
    expect(finished.code).toBe(0);
    expect(finished.stdout).toMatch(/^Completed: Trend Micro Vision One - Add to Blocklist\n/);
    expect(finished.stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(15);
    expect(finished.stderr).not.toBe('');
  });

  it('the other entrypoint adds to the Exception List', async () => {
    const env = { VISION_ONE_BASE_URL: visionOne.url };
    const finished = await startAction(folder, 'exceptions', documentOf(), ['--json'], { env });
    expect(finished.code).toBe(0);
    expect(JSON.parse(finished.stdout).action).toBe(
      'Trend Micro Vision One - Add to Exception List',
    );
    expect(visionOne.exceptions.size).toBe(8);
    expect(visionOne.suspicious.size).toBe(0);
    expect(visionOne.violations).toEqual([]);
  });

  it('selected objects are exported without any request to ThreatQ', async () => {
    const { threatq: _, data_collection: __, ...rest } = documentOf();
    const objects = madeRows(8);
    const finished = await run(['--json'], { ...rest, objects });
    expect(finished.code).toBe(0);
    expect(resultOf(finished, objects)).toMatchObject({
      data_collection: null,
      requests: { threatq: 0 },
    });
  });

  it('secrets and addresses may come from the environment', async () => {
    const finished = await startZip(
      ['--json'],
      { data_collection: { name: 'Active C2' }, configuration: { api_region: 'japan' } },
      {
        env: {
          VISION_ONE_API_KEY: visionOne.apiKey,
          THREATQ_HOST: threatq.url,
          THREATQ_CLIENT_ID: threatq.clientId,
          THREATQ_EMAIL: threatq.email,
          THREATQ_PASSWORD: threatq.password,
        },
      },
    );
    expect(finished.code).toBe(0);
    expect(resultOf(finished).data_collection).toEqual({
      name: 'Active C2',
      hash: 'c2',
      total: 11,
      read_whole: true,
    });
  });

  it('--preview writes nothing to the lists and plans the objects that an export sends', async () => {
    const finished = await run(['--json', '--preview']);
    expect(finished.code).toBe(0);
    const preview = resultOf(finished);
    expect(preview).toMatchObject({ mode: 'preview', status: 'Completed' });
    expect(preview.counts).toMatchObject({ planned: 8, accepted: 0, skipped: 3 });
    expect(posts()).toEqual([]);
    const sent = resultOf(await run(['--json'])).items.filter(
      ({ outcome }) => outcome === 'accepted',
    );
    const planned = preview.items.filter(({ outcome }) => outcome === 'planned');
    expect(planned.map(({ object }) => object)).toEqual(sent.map(({ object }) => object));
    // Objects are sent in order of rank. The result is in reading order.
    const wanted = sent.map(({ object }) => object);
    expect(new Set(posts().flatMap(({ body }) => body))).toEqual(new Set(wanted));
  });

  it('--check tests both connections and the permission, and sends no object', async () => {
    const finished = await startZip(['--json', '--check']);
    expect(finished.code).toBe(0);
    const result = resultOf(finished);
    expect(result.mode).toBe('check');
    expect(result.items).toEqual([]);
    expect(result.checks?.every(({ ok }) => ok)).toBe(true);
    expect(posts()).toEqual([]);
  });

  it('--check with a key that may not view the list fails and names the permission', async () => {
    visionOne.permissions.view = false;
    const finished = await run(['--check']);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toMatch(/View, filter, and search/);
  });

  it('--report writes the result that --json prints, and leaves no temporary file', async () => {
    const reports = join(scratch, 'a', 'b');
    const finished = await startZip(['--json', '--report', reports]);
    expect(JSON.parse(await readFile(join(reports, 'report.json'), 'utf8'))).toEqual(
      JSON.parse(finished.stdout),
    );
    expect((await readdir(reports)).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('a report folder that cannot be created is an error before any request', async () => {
    await writeFile(join(scratch, 'file'), '');
    const finished = await run(['--json', '--report', join(scratch, 'file', 'x')]);
    expect(finished.code).toBe(1);
    expect(visionOne.requests).toEqual([]);
  });

  it('--help and --version print on standard output', async () => {
    const help = await startZip(['--help'], '');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const option of ['--run', '--preview', '--check', '--report', '--json', '--version']) {
      expect(help.stdout).toContain(option);
    }
    const version = await startZip(['--version'], '');
    expect(version).toMatchObject({ code: 0, stdout: '3.0.0\n', stderr: '' });
  });

  it('Enable SSL Certificate Verification off is a warning on standard error', async () => {
    const { configuration } = documentOf();
    const document = documentOf({ configuration: { ...configuration, verify_ssl: 'False' } });
    expect((await run([], document)).stderr).toMatch(/Enable SSL Certificate Verification is off/);
    expect((await run([])).stderr).not.toMatch(/SSL/);
  });
});

describe('the exit code', () => {
  it('the exit code of an invalid document is 1, with all errors at once and no request', async () => {
    const finished = await startZip(['--json'], {
      data_collection: { hash: 'x', name: 'y' },
      objekts: [],
      configuration: { api_region: 'Atlantis', objects_per_run: 0, scan_action: 'explode' },
    });
    expect(finished.code).toBe(1);
    const { status, error, counts } = resultOf(finished);
    expect(status).toBe('Failed to Complete');
    expect(counts.read).toBe(0);
    for (const word of [
      'objekts',
      'api_region',
      'Atlantis',
      'api_key',
      'objects_per_run',
      'scan_action',
      'hash',
    ]) {
      expect(error?.message).toContain(word);
    }
    expect([...threatq.requests, ...visionOne.requests]).toEqual([]);
  });

  it('many problems of an invalid document are printed in full on standard error', async () => {
    const region = await run([], documentOf({ configuration: { api_region: 'Atlantis' } }));
    expect(region.code).toBe(1);
    expect(region.stdout).toMatch(/API Region must be .*South Africa.*; given: "Atlantis"/);
    const names = Array.from({ length: 30 }, (_, n) => `unknown_${n}`);
    const configuration = Object.fromEntries(names.map((name) => [name, 1]));
    const many = await run(['--quiet'], documentOf({ configuration }));
    expect(many.stdout.split('\n').length).toBeLessThanOrEqual(16);
    for (const name of [...names, 'api_region', 'api_key']) expect(many.stderr).toContain(name);
    expect([...threatq.requests, ...visionOne.requests]).toEqual([]);
  });

  it.each([
    ['no document', ''],
    ['broken YAML', '{'],
    ['a document that is a list', '[]'],
  ])('the exit code is 1 for %s', async (_, text) => {
    const finished = await run(['--json'], text);
    expect(finished.code).toBe(1);
    expect(resultOf(finished).status).toBe('Failed to Complete');
  });

  it.each([[['--nonsense']], [['--preview', '--check']], [['--run']], [['stray']]])(
    'the exit code of the invalid arguments %j is 1, and --json still prints one JSON document',
    async (args) => {
      const finished = await run(['--json', ...args], '');
      expect(finished.code).toBe(1);
      expect(resultOf(finished).error?.message).toMatch(/--help/);
    },
  );

  it('the exit code is 1 if access is refused before any object was sent', async () => {
    visionOne.permissions.manage = false;
    const finished = await run(['--json']);
    expect(finished.code).toBe(1);
    expect(resultOf(finished).error?.message).toMatch(/Manage lists and configure settings/);
    expect(visionOne.suspicious.size).toBe(0);
  });

  it('the exit code is 1 if the data collection does not exist', async () => {
    const finished = await run(['--json'], documentOf({ data_collection: { hash: 'gone' } }));
    expect(finished.code).toBe(1);
    expect(resultOf(finished).error?.code).toBe('data_collection_not_found');
  });

  it('the exit code is 2 if some objects were rejected', async () => {
    visionOne.script(/POST/, { items: [{ index: 2, status: 400, code: 'BadRequest' }] });
    const finished = await startZip(['--json']);
    expect(finished.code).toBe(2);
    expect(resultOf(finished)).toMatchObject({
      status: 'Incomplete',
      error: null,
      counts: { accepted: 7, rejected: 1, by_reason: { BadRequest: 1 } },
    });
  });

  it('the exit code is 0 if all objects were skipped on purpose', async () => {
    threatq.collections = [{ name: 'x', hash: 'c2', rows: rows.slice(8, 9) }];
    const finished = await run(['--json']);
    expect(finished.code).toBe(0);
    expect(JSON.parse(finished.stdout).counts).toMatchObject({ read: 1, skipped: 1 });
    expect(posts()).toEqual([]);
  });
});

it('the unpacked zip needs no installed package', async () => {
  const finished = await start([join(folder, ENTRYPOINTS.blocklist), '--version'], {
    cwd: scratch,
    env: { NODE_PATH: '' },
  });
  expect(finished.code).toBe(0);
  expect(await readdir(folder)).not.toContain('node_modules');
});
