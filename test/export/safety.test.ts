/** Safety checks in a run: the skipped objects, their reasons, and the list after the run. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { excerpt } from '../sandbox/indicators.js';
import type { RowShape } from '../sandbox/threatq.js';
import { startVisionOne } from '../sandbox/vision-one.js';
import { removeFolder, unpack } from '../support/bundle.js';
import { exclusionsFrom } from '../support/exclusions.js';
import { exportTruthfully, startTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { rowsOf } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const listed = () => [...sandbox.visionOne.suspicious.values()].map(({ value }) => value);

const EMPTY = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const ONE_OF_EACH = rowsOf(
  ['IP Address', '10.20.30.40'],
  ['FQDN', 'co.uk'],
  ['FQDN', 'threatq.hospital.org'],
  ['FQDN', 'evil.com', { status: { id: 9, name: 'Whitelisted' } }],
  ['SHA-256', EMPTY],
  ['FQDN', 'a.good.com'],
  ['FQDN', 'excluded.com'],
  ['FQDN', 'c2.bad-actor.com'],
);

const ownList = async () => {
  return await exclusionsFrom({ name: 'our own', entries: ['excluded.com'] });
};

const THREATQ = new URL('https://threatq.hospital.org');

it('each safety check skips with its own reason, and other objects are sent', async () => {
  sandbox.visionOne.seed('exceptions', [{ type: 'domain', value: '*.good.com' }]);
  const { status, counts, items } = await exportTruthfully(sandbox, ONE_OF_EACH, {
    threatqHost: THREATQ,
    exclusions: await ownList(),
  });
  expect(status).toBe('Completed');
  expect(counts).toMatchObject({ read: 8, accepted: 1, skipped: 7 });
  expect(counts.by_reason).toEqual({
    not_routable: 1,
    public_suffix: 1,
    protected_host: 1,
    status: 1,
    empty_file: 1,
    on_exception_list: 1,
    excluded: 1,
  });
  expect(items.map((item) => ('message' in item ? item.message : item.outcome))).toEqual([
    '10.20.30.40 is not globally routable (private)',
    'co.uk is a public suffix, and others own the names below it',
    'this export or Vision One itself needs threatq.hospital.org',
    'its status in ThreatQ is Whitelisted',
    'it is the hash of the empty file',
    'the exception *.good.com covers it, and exceptions take precedence over suspicious objects',
    'it is on the exclusion list our own',
    'accepted',
  ]);
  expect(listed()).toEqual(['c2.bad-actor.com']);
});

it('with Safety Checks off, only objects on exclusion lists are skipped', async () => {
  sandbox.visionOne.seed('exceptions', [{ type: 'domain', value: '*.good.com' }]);
  const { counts } = await exportTruthfully(sandbox, ONE_OF_EACH, {
    threatqHost: THREATQ,
    exclusions: await ownList(),
    settings: { safety_checks: false },
  });
  expect(counts).toMatchObject({ accepted: 7, by_reason: { excluded: 1 } });
});

it('the safety checks do not apply to exceptions', async () => {
  const { counts } = await exportTruthfully(sandbox, ONE_OF_EACH, {
    list: 'exceptions',
    threatqHost: THREATQ,
  });
  expect(counts).toMatchObject({ accepted: 8, skipped: 0 });
});

it.each<RowShape>(['nested', 'flat', 'score-object'])(
  'the status of a row in the form %s is checked',
  async (rowShape) => {
    const { counts } = await exportTruthfully(
      sandbox,
      rowsOf(
        ['FQDN', 'a.bad-actor.com', { status: { id: 1, name: 'Expired' } }],
        ['FQDN', 'b.bad-actor.com', { status: { id: 2, name: 'Whitelisted' } }],
        ['FQDN', 'c.bad-actor.com', { status: { id: 3, name: 'Active' } }],
      ),
      { source: { rowShape } },
    );
    expect(counts).toMatchObject({ accepted: 1, by_reason: { status: 2 } });
  },
);

it('the hosts of ThreatQ and Vision One are protected as domain, URL and address', async () => {
  const { counts } = await exportTruthfully(
    sandbox,
    rowsOf(
      ['FQDN', 'hospital.org'],
      ['URL', 'https://threatq.hospital.org:8443/api'],
      ['FQDN', 'api.xdr.trendmicro.co.jp'],
      ['URL', 'portal.xdr.trendmicro.com/x'],
    ),
    { threatqHost: new URL('https://threatq.hospital.org./') },
  );
  expect(counts).toMatchObject({ accepted: 0, by_reason: { protected_host: 4 } });
  const byAddress = await exportTruthfully(
    sandbox,
    rowsOf(['IP Address', '45.1.2.3'], ['URL', '45.1.2.3/x'], ['IP Address', '::ffff:45.1.2.3']),
    { threatqHost: new URL('https://45.1.2.3/') },
  );
  expect(byAddress.counts).toMatchObject({ accepted: 0, by_reason: { protected_host: 3 } });
});

it('a sender whose domain is excluded, excepted or protected is skipped', async () => {
  sandbox.visionOne.seed('exceptions', [
    { type: 'domain', value: 'partner.com' },
    { type: 'domain', value: '*.good.com' },
  ]);
  const entries = ['mybank.com', '*.mybank.com'];
  const exclusions = await exclusionsFrom({ name: 'our own', entries });
  const { counts } = await exportTruthfully(
    sandbox,
    rowsOf(
      ['Email Address', 'payments@mybank.com'],
      ['Email Address', 'payments@a.mybank.com'],
      ['Email Address', 'noreply@partner.com'],
      ['Email Address', 'noreply@a.good.com'],
      ['Email Address', 'noreply@trendmicro.com'],
      ['Email Address', 'noreply@threatq.hospital.org'],
      ['Email Address', 'phish@hospital.org'],
      ['Email Address', 'phish@co.uk'],
    ),
    { threatqHost: THREATQ, exclusions },
  );
  expect(counts.by_reason).toEqual({ excluded: 2, on_exception_list: 2, protected_host: 2 });
  expect(listed().sort()).toEqual(['phish@co.uk', 'phish@hospital.org']);
});

it('entries of an exclusion list that cannot be used cause one warning', async () => {
  const entries = ['^good', 'a(?=b)', '(a)\\1'];
  const exclusions = await exclusionsFrom({ name: 'own', type: 'regex', entries });
  const { warnings, counts } = await exportTruthfully(sandbox, rowsOf(['FQDN', 'good.com']), {
    exclusions,
  });
  expect(counts.by_reason).toEqual({ excluded: 1 });
  expect(warnings).toEqual([
    {
      code: 'exclusion_entries',
      message:
        '2 of 3 entries of the list own are left out: entry 2 "a(?=b)" has look-arounds such as (?=, which are not supported; entry 3 "(a)\\\\1" has back-references such as \\1, which are not supported',
    },
  ]);
});

it('both objects of a URL are skipped', async () => {
  const { counts } = await exportTruthfully(sandbox, rowsOf(['URL', '10.0.0.1/x']), {
    settings: { url_scheme_handling: 'both' },
  });
  expect(counts).toMatchObject({ read: 1, skipped: 2, by_reason: { not_routable: 2 } });
});

it('the safety checks also apply to a manual run', async () => {
  const { counts } = await exportTruthfully(sandbox, undefined, {
    objects: rowsOf(['IP Address', '192.168.0.1']),
  });
  expect(counts).toMatchObject({ accepted: 0, by_reason: { not_routable: 1 } });
});

it('exceptions in the forms of the console of Trend Micro leave out what they cover', async () => {
  sandbox.visionOne.seed('exceptions', [
    { type: 'ip', value: '93.184.216.0/24' },
    { type: 'ip', value: '93.184.217.1-93.184.217.20' },
    { type: 'ip', value: '2606:4700::/32' },
    { type: 'url', value: 'abc.example-bank.com/path1/path2' },
    { type: 'url', value: 'shop.example-bank.com/*' },
  ]);
  const { counts } = await exportTruthfully(
    sandbox,
    rowsOf(
      ['IP Address', '93.184.216.77'],
      ['IP Address', '93.184.217.20'],
      ['IP Address', '93.184.217.21'],
      ['IPv6 Address', '2606:4700::7'],
      ['URL', 'http://93.184.216.77/x'],
      ['URL', 'https://abc.example-bank.com/path1/path2'],
      ['URL', 'shop.example-bank.com/x'],
      ['URL', 'http://abc.example-bank.com/other'],
    ),
  );
  expect(counts.by_reason).toEqual({ on_exception_list: 6 });
  expect(listed().sort()).toEqual(['93.184.217.21', 'http://abc.example-bank.com/other']);
});

it('all pages of the Exception List are read once', async () => {
  sandbox.visionOne.seed(
    'exceptions',
    Array.from({ length: 1_000 }, (_, n) => ({ type: 'domain', value: `*.good-${n}.com` })),
  );
  const rows = rowsOf(
    ...Array.from({ length: 1_000 }, (_, n): [string, string] => ['FQDN', `a.good-${n}.com`]),
  );
  const { counts } = await exportTruthfully(sandbox, rows);
  expect(counts.by_reason).toEqual({ on_exception_list: 1_000 });
  expect(sandbox.visionOne.requests.map(({ method }) => method)).not.toContain('POST');
});

it('nothing is sent if the Exception List cannot be read', async () => {
  sandbox.visionOne.faults = ({ path }) =>
    path.endsWith('Exceptions') ? { status: 500 } : undefined;
  const { status, counts } = await exportTruthfully(sandbox, rowsOf(['FQDN', 'c2.bad-actor.com']));
  expect(status).toBe('Incomplete');
  expect(counts).toMatchObject({ accepted: 0, unsent: 1 });
  expect(listed()).toEqual([]);
});

it('the safety checks skip no real indicator, except values that are never malicious', async () => {
  const { items } = await exportTruthfully(sandbox, excerpt().eset, { mode: 'preview' });
  const checks = ['not_routable', 'public_suffix', 'protected_host', 'empty_file'];
  const kept = items.filter((item) => 'reason' in item && checks.includes(item.reason));
  for (const item of kept) {
    expect(item.value, JSON.stringify(item)).toMatch(
      /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01])|169\.254)\.|localhost|::1|^(da39a3ee|e3b0c442)|trendmicro/i,
    );
  }
});

describe('the files named under exclude', () => {
  let bundle: string;
  let folder: string;
  beforeEach(async () => {
    bundle = await unpack();
    folder = await mkdtemp(join(tmpdir(), 'vision-one-lists-'));
  });
  afterEach(() => Promise.all([removeFolder(bundle), removeFolder(folder)]));

  async function start(exclude: unknown, action: 'blocklist' | 'exceptions' = 'blocklist') {
    const visionOne = await startVisionOne();
    try {
      const document = {
        objects: ONE_OF_EACH,
        exclude,
        configuration: { api_region: 'United States', api_key: visionOne.apiKey },
      };
      const ids = ONE_OF_EACH.map(({ id }) => id);
      const run = { folder: bundle, action, document, visionOne, ids, cwd: folder };
      const { code, result } = await startTruthfully(run);
      return { code, result, requests: visionOne.requests.length };
    } finally {
      await visionOne.close();
    }
  }

  /** The problems without their positions in the document. */
  const problemsIn = ({ error }: Result) =>
    error?.message.replace(/ \(line \d+, column \d+\)/g, '').split('\n');

  it('exclusion files are read from the working folder, one or several', async () => {
    await writeFile(join(folder, 'own.txt'), 'excluded.com\n');
    const misp = { name: 'Known C2 sinkholes', type: 'hostname', list: ['bad-actor.com'] };
    await writeFile(join(folder, 'misp.json'), JSON.stringify(misp));
    const one = await start('own.txt');
    expect(one.code).toBe(0);
    expect(one.result.counts.by_reason['excluded']).toBe(1);
    const { result } = await start(['own.txt', join(folder, 'misp.json')]);
    expect(result.counts.by_reason['excluded']).toBe(2);
    expect(result.items.at(-1)).toMatchObject({
      message: 'it is on the exclusion list Known C2 sinkholes',
    });
  });

  it('invalid exclusion files are all named in one error, and nothing is sent', async () => {
    await writeFile(join(folder, 'bad.json'), '{"type":"cidr","list":["10.0.0.0/99"]}');
    const { code, result, requests } = await start(['bad.json', 'missing.txt']);
    expect(code).toBe(1);
    expect(result.status).toBe('Failed to Complete');
    expect(result.error?.code).toBe('invalid_input');
    expect(problemsIn(result)).toEqual([
      'exclude.0: bad.json: has no usable entry: entry 1 "10.0.0.0/99" is not a valid address, network or range',
      `exclude.1: missing.txt: cannot be read (no such file or directory); its full path is ${join(folder, 'missing.txt')}`,
    ]);
    expect(requests).toBe(0);
  });

  it('exclusion files can have regular expressions; unsupported ones cause a warning', async () => {
    const list = { name: 'own', type: 'regex', list: ['/^excluded\\./', '/(?!x)/'] };
    await writeFile(join(folder, 'regex.json'), JSON.stringify(list));
    const { code, result } = await start('regex.json');
    expect(code).toBe(0);
    expect(result.counts.by_reason['excluded']).toBe(1);
    expect(result.warnings.map((warning) => warning.code)).toEqual(['exclusion_entries']);
  });

  it('exclusion files that are not regular files are an error, and nothing is sent', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const { code, result, requests } = await start(['pipe', '/dev/zero', '.']);
    expect(code).toBe(1);
    expect(problemsIn(result)).toEqual([
      `exclude.0: pipe: is not a regular file, but a named pipe; its full path is ${join(folder, 'pipe')}`,
      'exclude.1: /dev/zero: is not a regular file, but a device',
      `exclude.2: .: is not a regular file, but a folder; its full path is ${folder}`,
    ]);
    expect(requests).toBe(0);
  });

  it('exclusion files are an error for the exception action', async () => {
    const { code, result, requests } = await start(['own.txt'], 'exceptions');
    expect(code).toBe(1);
    expect(result.error?.message).toContain('is supported only by the blocklist action');
    expect(requests).toBe(0);
  });

  it('exclude must be a list of file names', async () => {
    const { code, result } = await start([5]);
    expect(code).toBe(1);
    expect(result.error?.message).toContain('must be a list of file names');
  });
});
