/** `--approve FILE`: a run makes only the changes that a preview planned. */
import { mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { type Row, startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder } from '../support/bundle.js';
import { rowsOf } from '../support/rows.js';
import { runCli } from './run-cli.js';

let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'approve-'));
  threatq = await startThreatQ({ collections: [{ name: 'C2', hash: 'c2', rows: [] }] });
  visionOne = await startVisionOne();
  return async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
    await removeFolder(scratch);
  };
});

/** Replaces the rows of the data collection. */
function collect(...rows: [type: string, value: string, more?: object][]): void {
  const [collection] = threatq.collections;
  if (collection) collection.rows = rowsOf(...rows) as unknown as Row[];
}

function document(more: object = {}) {
  return {
    threatq: threatq.section,
    data_collection: { hash: 'c2' },
    configuration: {
      api_region: 'Japan',
      api_key: visionOne.apiKey,
      removed_indicators: 'remove',
    },
    ...more,
  };
}

type Action = Parameters<typeof runCli>[0];

const run = (args: string[], more?: object, action: Action = 'blocklist') =>
  runCli(action, document(more), args, { env: { VISION_ONE_BASE_URL: visionOne.url } });

/** Runs with `--json` and reads the result. */
async function resultOf(args: string[], action: Action = 'blocklist'): Promise<Result> {
  const { stdout } = await run([...args, '--json', '--quiet'], undefined, action);
  return JSON.parse(stdout);
}

const preview = () => run(['--preview', '--report', scratch]);
const reportFile = () => join(scratch, 'report.json');
const approve = (...more: string[]) => run(['--approve', reportFile(), ...more]);
const listed = () => [...visionOne.suspicious.values()].map(({ value }) => value).sort();
const posts = () => visionOne.requests.filter(({ method }) => method === 'POST').length;

describe('an approved preview', () => {
  it('--approve writes exactly what the preview planned if nothing changed since', async () => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com']);
    await preview();
    expect(listed()).toEqual([]);
    const { code, stdout } = await approve();
    expect(code).toBe(0);
    expect(listed()).toEqual(['a.bad-actor.com', 'b.bad-actor.com']);
    const { run_id } = JSON.parse(await readFile(reportFile(), 'utf8'));
    expect(stdout.split('\n')[2]).toBe(`approved: the preview ${run_id} with 2 changes`);
  });

  it('an indicator that came after the preview is skipped as not_approved, and the next preview has it', async () => {
    collect(['FQDN', 'a.bad-actor.com']);
    await preview();
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'new.bad-actor.com']);
    const result = await resultOf(['--approve', reportFile()]);
    expect(result.status).toBe('Completed');
    expect(result.counts.by_reason).toEqual({ not_approved: 1 });
    expect(listed()).toEqual(['a.bad-actor.com']);
    await preview();
    await approve();
    expect(listed()).toEqual(['a.bad-actor.com', 'new.bad-actor.com']);
  });

  it('an object whose settings changed after the preview is skipped as not_approved', async () => {
    collect(['FQDN', 'a.bad-actor.com', { score: 5 }]);
    await preview();
    collect(['FQDN', 'a.bad-actor.com', { score: 10 }]);
    const { counts } = await resultOf(['--approve', reportFile()]);
    expect(counts.by_reason).toEqual({ not_approved: 1 });
    expect(listed()).toEqual([]);
  });

  it('the summary and the page say how many approved changes are no longer needed', async () => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com'], ['FQDN', 'c.bad-actor.com']);
    await preview();
    collect(['FQDN', 'a.bad-actor.com']);
    const { code, stdout } = await approve('--report', scratch);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^approved: the preview \S+ with 3 changes, of which 2 are no longer/m);
    expect(await readFile(join(scratch, 'report.html'), 'utf8')).toContain(
      'with 3 changes, of which 2 are no longer needed.',
    );
    expect(listed()).toEqual(['a.bad-actor.com']);
  });

  it('an approved object that waits for the next run is still needed', async () => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com']);
    await preview();
    const configuration = { ...document().configuration, objects_per_run: 1 };
    const { stdout } = await run(['--approve', reportFile()], { configuration });
    expect(stdout).toMatch(/^approved: the preview \S+ with 2 changes$/m);
    expect(listed()).toHaveLength(1);
  });

  it('--approve removes what the preview removes, and nothing else', async () => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com'], ['FQDN', 'c.bad-actor.com']);
    await run([]);
    collect(['FQDN', 'b.bad-actor.com'], ['FQDN', 'c.bad-actor.com']);
    await preview();
    const planned = JSON.parse(await readFile(reportFile(), 'utf8')) as Result;
    expect(planned.items).toContainEqual(
      expect.objectContaining({
        outcome: 'planned',
        change: 'remove',
        value: 'a.bad-actor.com',
        message: 'the data collection no longer has it',
      }),
    );
    collect(['FQDN', 'c.bad-actor.com']);
    const { counts } = await resultOf(['--approve', reportFile()]);
    expect(counts).toMatchObject({ removed: 1, by_reason: { not_approved: 1 } });
    expect(listed()).toEqual(['b.bad-actor.com', 'c.bad-actor.com']);
  });

  it('an object that a check now leaves out stays if its removal was not approved', async () => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com']);
    await run([]);
    await preview();
    collect(
      ['FQDN', 'a.bad-actor.com', { status: { id: 5, name: 'Whitelisted' } }],
      ['FQDN', 'b.bad-actor.com'],
    );
    const { counts } = await resultOf(['--approve', reportFile()]);
    expect(counts.by_reason).toEqual({ not_approved: 1, already_listed: 1 });
    expect(listed()).toEqual(['a.bad-actor.com', 'b.bad-actor.com']);
  });

  it('a preview of the collection by its name does not fit a run by its hash', async () => {
    collect(['FQDN', 'a.bad-actor.com']);
    await run(['--preview', '--report', scratch], { data_collection: { name: 'C2' } });
    const { code, stdout } = await approve();
    expect(code).toBe(1);
    expect(stdout).toContain(
      'it was made with data_collection.name, and this run has data_collection.hash',
    );
  });

  it('an approved large removal needs no other permission', async () => {
    collect(
      ...Array.from({ length: 25 }, (_, n): [string, string] => ['FQDN', `c2-${n}.bad-actor.com`]),
    );
    await run([]);
    collect();
    await run(['--preview', '--report', scratch, '--allow-large-removal']);
    const { stdout } = await approve();
    expect(listed()).toEqual([]);
    expect(stdout).toMatch(/^approved: the preview \S+ with 25 changes$/m);
  });

  it.each<[string, object]>([
    ['another expiration', { ioc_expiration: '60' }],
    ['another Removed Indicators', { removed_indicators: 'keep' }],
  ])('with %s, no approved change is called unneeded', async (_, changed) => {
    collect(['FQDN', 'a.bad-actor.com'], ['FQDN', 'b.bad-actor.com']);
    await run([]);
    collect(['FQDN', 'b.bad-actor.com'], ['FQDN', 'c.bad-actor.com']);
    await preview();
    const configuration = { ...document().configuration, ...changed };
    const { stdout } = await run(['--approve', reportFile()], { configuration });
    expect(stdout).toMatch(/^approved: the preview \S+ with 2 changes$/m);
  });

  it('another preview between the approved one and its run changes nothing', async () => {
    collect(['FQDN', 'a.bad-actor.com']);
    await preview();
    await run(['--preview']);
    expect((await approve()).code).toBe(0);
    expect(listed()).toEqual(['a.bad-actor.com']);
  });
});

describe('a file that is no preview of this run', () => {
  const write = (text: string) => writeFile(reportFile(), text);
  const change = async (more: object) =>
    write(JSON.stringify({ ...JSON.parse(await readFile(reportFile(), 'utf8')), ...more }));

  beforeEach(async () => {
    collect(['FQDN', 'a.bad-actor.com']);
    await preview();
  });

  it.each<[string, () => Promise<unknown>, string]>([
    ['no JSON', () => write('{'), 'is not JSON; give the report.json of a preview'],
    ['a list', () => write('[]'), 'is not a report of this version'],
    ['a result of 2.0.0', () => change({ schema_version: 1 }), 'is not a report of this version'],
    ['an export', () => change({ mode: 'export' }), 'it is the report of an export'],
    ['a failed preview', () => change({ status: 'Failed to Complete' }), 'the preview failed'],
    [
      'a preview of the other action',
      () => change({ action: 'Trend Micro Vision One - Add to Exception List' }),
      'its action is Trend Micro Vision One - Add to Exception List',
    ],
    [
      'a preview of another tenant',
      () => change({ vision_one: 'https://api.eu.xdr.trendmicro.com' }),
      'its vision_one is https://api.eu.xdr.trendmicro.com',
    ],
    [
      'a preview of another data collection',
      () => change({ data_collection: { name: null, hash: 'x', total: 1, read_whole: true } }),
      'its data_collection is x, and this run has c2',
    ],
    [
      'a preview of selected objects',
      () => change({ data_collection: null }),
      'it is of selected objects, and this run has a data collection',
    ],
  ])('%s is an error, and nothing is sent', async (_, prepare, message) => {
    await prepare();
    const before = posts();
    const { code, stdout } = await approve();
    expect(code).toBe(1);
    expect(stdout).toContain(`--approve: `);
    expect(stdout).toContain(message);
    expect(stdout).toContain(reportFile());
    expect(posts()).toBe(before);
    expect(listed()).toEqual([]);
  });

  it.each([
    ['as it is', (file: string) => file],
    ['through a link', linkTo],
  ])('a run that cannot begin keeps the approved preview, named %s', async (_, named) => {
    const before = await readFile(reportFile(), 'utf8');
    const file = await named(reportFile());
    const configuration = { ...document().configuration, api_region: 'Jpan' };
    const { code, stdout } = await run(['--approve', file, '--report', scratch], {
      configuration,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^ {2}warning file_not_written: .* \(they would replace the approved preview\)$/m,
    );
    expect(await readFile(reportFile(), 'utf8')).toBe(before);
    expect(await readFile(join(scratch, 'report.prom'), 'utf8')).toMatch(/status="failed"\} 1$/m);
  });

  async function linkTo(file: string): Promise<string> {
    const link = join(scratch, 'link.json');
    await symlink(file, link);
    return link;
  }

  it('a file that does not exist is an error, and nothing is sent', async () => {
    const { code, stdout } = await run(['--approve', join(scratch, 'missing.json')]);
    expect({ code, listed: listed() }).toEqual({ code: 1, listed: [] });
    expect(stdout).toContain('cannot be read (no such file or directory)');
  });

  it('a hostile file is quoted briefly and without control characters', async () => {
    await change({ vision_one: `\u001b[2J${'x'.repeat(5_000)}` });
    const { stdout } = await approve();
    expect(stdout).not.toContain('\u001b');
    expect(stdout.length).toBeLessThan(3_000);
  });
});
