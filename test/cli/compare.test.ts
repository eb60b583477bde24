/** The page compares a run with the report that it replaces, or with the file of `--compare`. */
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Row, startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder } from '../support/bundle.js';
import { rowsOf } from '../support/rows.js';
import { runCli } from './run-cli.js';

let scratch: string;
let reports: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'compare-'));
  reports = join(scratch, 'reports');
  threatq = await startThreatQ({ collections: [{ name: 'C2', hash: 'c2', rows: [] }] });
  visionOne = await startVisionOne();
  collect('a.bad-actor.com', 'b.bad-actor.com');
  return async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
    await removeFolder(scratch);
  };
});

/** Replaces the domains of the data collection. */
function collect(...domains: string[]): void {
  const [collection] = threatq.collections;
  if (collection) {
    collection.rows = rowsOf(
      ...domains.map((value): [string, string] => ['FQDN', value]),
    ) as unknown as Row[];
  }
}

const run = (args: string[] = [], action: Parameters<typeof runCli>[0] = 'blocklist') =>
  runCli(
    action,
    {
      threatq: threatq.section,
      data_collection: { hash: 'c2' },
      configuration: { api_region: 'Japan', api_key: visionOne.apiKey },
    },
    ['--report', reports, ...args],
    { env: { VISION_ONE_BASE_URL: visionOne.url } },
  );

const reportFile = () => join(reports, 'report.json');

/** The section of the page as text; '' if there is none. */
async function section(): Promise<string> {
  const page = await readFile(join(reports, 'report.html'), 'utf8');
  return (/<section id="since".*?<\/section>/s.exec(page)?.[0] ?? '').replace(/<[^>]*>/g, ' ');
}

const change = async (more: object) =>
  writeFile(
    reportFile(),
    JSON.stringify({ ...JSON.parse(await readFile(reportFile(), 'utf8')), ...more }),
  );

describe('the earlier report.json in the folder', () => {
  it('the page of the first run has no comparison, and that of the second has one', async () => {
    await run();
    expect(await section()).toBe('');
    collect('b.bad-actor.com', 'c.bad-actor.com');
    await run();
    const text = await section();
    expect(text).toMatch(/New in the data collection: 1\s+c\[\.\]bad-actor/);
    expect(text).toMatch(/No longer in the data collection: 1\s+a\[\.\]bad-actor/);
  });

  it('a preview is compared with an export, and a check with nothing', async () => {
    await run();
    await run(['--preview']);
    expect(await section()).toContain('Compared with the export');
    await run();
    expect(await section()).toContain('Compared with the preview');
    await run(['--check']);
    expect(await section()).toBe('');
    await run();
    expect(await section()).toContain('cannot be compared: it is the report of a check.');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['no JSON', () => writeFile(reportFile(), '{'), 'it is not JSON'],
    ['another schema', () => change({ schema_version: 1 }), 'it is not a report of this version'],
    ['a failed run', () => change({ status: 'Failed to Complete' }), 'that run failed'],
    ['another action', () => run([], 'exceptions'), 'its action is Trend Micro Vision One'],
    [
      'another Vision One',
      () => change({ vision_one: 'https://api.eu.xdr.trendmicro.com' }),
      'its vision_one is https://api.eu',
    ],
    [
      'another data collection',
      () => change({ data_collection: { name: null, hash: 'x', total: 1, read_whole: true } }),
      'its data_collection is x, and this run has c2',
    ],
  ])('%s is no error, and the page says why', async (_, prepare, why) => {
    await run();
    await prepare();
    expect((await run()).code).toBe(0);
    expect(await section()).toContain(`cannot be compared: ${why}`);
  });
});

describe('--compare FILE', () => {
  const file = () => join(scratch, 'yesterday.json');

  it('the page compares the run with FILE instead of the earlier report.json', async () => {
    await run();
    await copyFile(reportFile(), file());
    collect('a.bad-actor.com');
    await run();
    expect(await section()).toContain('No longer in the data collection: 1');
    await run();
    expect(await section()).not.toContain('No longer in');
    await run(['--compare', file()]);
    expect(await section()).toContain('No longer in the data collection: 1');
  });

  it('the report of a failed run is no error, so that a nightly job goes on', async () => {
    await run();
    await change({ status: 'Failed to Complete' });
    await copyFile(reportFile(), file());
    expect((await run(['--compare', file()])).code).toBe(0);
    expect(await section()).toContain('that run failed');
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a missing file', async () => {}, 'cannot be read (no such file or directory)'],
    ['a folder', () => mkdir(file()), 'it is a folder'],
    ['no JSON', () => writeFile(file(), 'x'), 'is not JSON; give the report.json'],
    ['no report', () => writeFile(file(), '{}'), 'is not a report of this version'],
    [
      'a report whose items have an escaped key',
      async () => {
        const text = await readFile(reportFile(), 'utf8');
        await writeFile(file(), text.replace('"items"', '"it\\u0065ms"'));
      },
      'is not a report of this version',
    ],
    [
      'a time that is none',
      () => change({ started_at: '9'.repeat(100_000) }).then(() => copyFile(reportFile(), file())),
      'is not a report of this version',
    ],
    [
      'a check',
      () => change({ mode: 'check' }).then(() => copyFile(reportFile(), file())),
      'it is the report of a check',
    ],
    [
      'another collection',
      () => change({ data_collection: null }).then(() => copyFile(reportFile(), file())),
      'it is of selected objects, and this run has a data collection',
    ],
  ])('%s is an error before anything is sent', async (_, prepare, message) => {
    await run();
    await prepare();
    const before = visionOne.requests.length + threatq.requests.length;
    const { code, stdout } = await run(['--compare', file()]);
    expect(code).toBe(1);
    expect(stdout).toContain('--compare: ');
    expect(stdout).toContain(message);
    expect(stdout).toContain(file());
    expect(visionOne.requests.length + threatq.requests.length).toBe(before);
  });

  it('--compare without --report is an error', async () => {
    const { code, stdout } = await runCli('blocklist', {}, ['--compare', file()]);
    expect(code).toBe(1);
    expect(stdout).toContain('--compare needs --report (see --help)');
  });
});
