/** What changed since an earlier run: the report.json in the folder, or `--compare FILE`. */
import { copyFile, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Row, startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder } from '../support/bundle.js';
import { rowsOf } from '../support/rows.js';
import { runCli } from './run-cli.js';

let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'compare-'));
  threatq = await startThreatQ({ collections: [{ name: 'C2', hash: 'c2', rows: [] }] });
  visionOne = await startVisionOne();
  return async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
    await removeFolder(scratch);
  };
});

function collect(...values: string[]): void {
  const [collection] = threatq.collections;
  const rows = rowsOf(...values.map((value): [string, string] => ['FQDN', value]));
  if (collection) collection.rows = rows as unknown as Row[];
}

function run(args: string[], action: Parameters<typeof runCli>[0] = 'blocklist') {
  const document = {
    threatq: threatq.section,
    data_collection: { hash: 'c2' },
    configuration: { api_region: 'Japan', api_key: visionOne.apiKey },
  };
  return runCli(action, document, args, { env: { VISION_ONE_BASE_URL: visionOne.url } });
}

const reports = () => join(scratch, 'reports');
const report = (...more: string[]) => run(['--report', reports(), ...more]);

/** The section of the page about the earlier run; empty without one. */
async function sinceSection(): Promise<string> {
  const page = await readFile(join(reports(), 'report.html'), 'utf8');
  const section = /<section id="since".*?<\/section>/s.exec(page)?.[0] ?? '';
  return section.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
}

describe('what changed since the last run', () => {
  it('the page of the second run names what is new in the collection and what has left it', async () => {
    collect('stays.example.com', 'leaves.example.com');
    await report();
    expect(await sinceSection()).toBe('');
    collect('stays.example.com', 'enters.example.com');
    await report();
    const section = await sinceSection();
    expect(section).toMatch(/New in the data collection: 1 enters\[\.\]example\[\.\]com/);
    expect(section).toMatch(/No longer in the data collection: 1 leaves\[\.\]example\[\.\]com/);
  });

  it('the page names what began to fail, and after it what no longer fails', async () => {
    collect('one.example.com');
    await report();
    collect('one.example.com', 'two.example.com');
    visionOne.script('POST /v3.0/threatintel/suspiciousObjects', {
      items: [{ index: 0, status: 400, code: 'BadRequest' }],
    });
    expect((await report()).code).toBe(2);
    expect(await sinceSection()).toContain('Rejected or unsent now, but not then: 1 two[.]example');
    expect((await report()).code).toBe(0);
    expect(await sinceSection()).toContain('Rejected or unsent then, but not now: 1 two[.]example');
  });

  it('--compare takes another file than the report in the folder', async () => {
    collect('first.example.com');
    await report();
    const first = join(scratch, 'first.json');
    await copyFile(join(reports(), 'report.json'), first);
    collect('second.example.com');
    await report();
    collect('second.example.com', 'third.example.com');
    await report('--compare', first);
    expect(await sinceSection()).toContain('New in the data collection: 2');
  });

  it('a report of another action is not compared, and the page says why', async () => {
    collect('one.example.com');
    await report();
    expect((await run(['--report', reports()], 'exceptions')).code).toBe(0);
    expect(await sinceSection()).toContain('cannot be compared: its action is');
  });

  it('an earlier report that is no JSON stops no run', async () => {
    collect('one.example.com');
    await report();
    await writeFile(join(reports(), 'report.json'), '{"items": [');
    expect((await report()).code).toBe(0);
    expect(await sinceSection()).toContain('cannot be compared: it is not JSON');
  });

  it('a file of --compare that is no report is an error, and nothing is sent', async () => {
    collect('one.example.com');
    const file = join(scratch, 'other.json');
    await writeFile(file, '{}');
    const finished = await report('--compare', file);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toContain('--compare: is not a report of this version of the bundle');
    expect(visionOne.suspicious.size).toBe(0);
  });

  it('--compare without --report is an error', async () => {
    const finished = await run(['--compare', 'x.json']);
    expect(finished.code).toBe(1);
    expect(finished.stdout).toContain('--compare needs --report');
  });

  it('a check compares nothing', async () => {
    collect('one.example.com');
    await report();
    await report('--check');
    expect(await sinceSection()).toBe('');
  });
});
