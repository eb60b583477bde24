/** run_action.py of the built zip, with real exports to the stand-ins. */
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder, type StartOptions, startProgram, unpack } from '../support/bundle.js';
import { truthfulResultOf } from '../support/export-truthfully.js';
import { callRun, noPython, type Parameters, startPython } from '../support/python.js';
import { madeRows } from '../support/rows.js';
import { type Kill, sendSignals } from '../support/signals.js';
import { type Snapshot, snapshotOf } from '../support/truth.js';

/** Every printable character of ASCII. */
const API_KEY = String.fromCharCode(...Array.from({ length: 94 }, (_, index) => 33 + index));
// biome-ignore lint/suspicious/noTemplateCurlyInString: a password may look like a template
const PASSWORD = 'pä"ss\' \\n ${word} 密码 $HOME `id` {{x}} %41 😀';

const rows = madeRows(8);
const ids = rows.map(({ id }) => id);

if (noPython) it.skip(noPython, () => {});

describe.skipIf(noPython)('run_action.py', () => {
  let folder: string;
  let scratch: string;
  let threatq: ThreatQ;
  let visionOne: VisionOne;
  let before: Snapshot;

  beforeAll(async () => {
    folder = await unpack();
  });
  afterAll(() => removeFolder(folder));
  beforeEach(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'vision-one-python-'));
    const collections = [{ name: 'Active C2', hash: 'c2', rows }];
    threatq = await startThreatQ({ collections, password: PASSWORD });
    visionOne = await startVisionOne({ apiKey: API_KEY });
    before = snapshotOf(visionOne);
  });
  afterEach(async () => {
    await Promise.all([threatq.close(), visionOne.close(), removeFolder(scratch)]);
  });

  const environment = () => ({ VISION_ONE_BASE_URL: visionOne.url });

  const parameters = (more: Parameters = {}): Parameters => ({
    page_config: { api_region: 'Japan', api_key: visionOne.apiKey },
    threatq: threatq.section,
    data_collection: { hash: 'c2' },
    ...more,
  });

  /** Calls `run`. Its result is checked against the stand-in. */
  async function run(more: Parameters = {}, among: number[] = ids) {
    const { result, output, raised, message } = await callRun(
      folder,
      parameters(more),
      environment(),
    );
    expect({ raised, message }).toEqual({});
    for (const secret of [API_KEY, PASSWORD, threatq.clientSecret]) {
      expect(output).not.toContain(secret);
      expect(output).not.toContain(JSON.stringify(secret).slice(1, -1));
    }
    checkTruth(result, among);
    return result;
  }

  function checkTruth({ activity_log, ...result }: Record<string, unknown>, among = ids) {
    const stdout = JSON.stringify(result);
    truthfulResultOf({ code: 0, signal: null, stdout, stderr: '' }, before, among);
    expect(activity_log).toBeDefined();
  }

  const posts = () => visionOne.requests.filter(({ method }) => method === 'POST');

  describe('a run', () => {
    it('the blocklist action exports with the settings of the node and of the page', async () => {
      const result = await run({
        page_config: {
          api_region: 'Japan',
          api_key: visionOne.apiKey,
          scan_action: 'log',
          risk_level: 'high',
        },
        node_config: { risk_level: 'low', scan_action: '' },
      });
      expect(result.activity_log).toEqual({
        status: 'Completed',
        data_requested: 8,
        response_received: 8,
        data_enriched: 0,
      });
      const listed = [...visionOne.suspicious.values()];
      expect(listed).toHaveLength(8);
      for (const object of listed) {
        expect(object).toMatchObject({ scanAction: 'log', riskLevel: 'low' });
      }
    });

    it('the exception action exports to the Exception List', async () => {
      before = snapshotOf(visionOne, 'exceptions');
      const result = await run({ action: 'Trend Micro Vision One - Add to Exception List' });
      expect(result.target).toBe('exceptions');
      expect(visionOne.exceptions.size).toBe(8);
      expect(visionOne.suspicious.size).toBe(0);
    });

    it('the key of the node is used, not that of the page', async () => {
      const page_config = { api_region: 'Japan', api_key: 'the-key-of-the-page' };
      await run({ page_config, node_config: { api_key: visionOne.apiKey } });
      expect(visionOne.suspicious.size).toBe(8);
    });

    it('a manual run exports one selected object and does not need ThreatQ', async () => {
      const { data_collection: _, ...rest } = parameters();
      const objects = rows.slice(0, 1);
      const manual = { ...rest, threatq: null, objects };
      const { result } = await callRun(folder, manual, environment());
      checkTruth(result, ids.slice(0, 1));
      expect(result.activity_log).toMatchObject({ data_requested: 1, response_received: 1 });
      expect(visionOne.suspicious.size).toBe(1);
      expect(threatq.requests).toEqual([]);
    });

    it('a password may have quotes, backslashes, spaces and any character of Unicode', async () => {
      const { client_secret: _, ...section } = threatq.section;
      await run({ threatq: { ...section, email: threatq.email, password: PASSWORD } });
      expect(visionOne.suspicious.size).toBe(8);
    });

    it('the mode preview plans and writes nothing to the list', async () => {
      const result = await run({ mode: 'preview', report: join(scratch, 'reports') });
      expect(result).toMatchObject({ mode: 'preview', counts: { planned: 8 } });
      expect(posts()).toEqual([]);
      const report = JSON.parse(await readFile(join(scratch, 'reports', 'report.json'), 'utf8'));
      expect({ ...report, activity_log: result.activity_log }).toEqual(result);
    });

    it('a run that fails returns its result', async () => {
      const page_config = { api_region: 'Atlantis', api_key: visionOne.apiKey };
      const result = await run({ page_config });
      expect(result.error.message).toContain('Atlantis');
      expect(result.activity_log).toEqual({
        status: 'Failed to Complete',
        data_requested: 0,
        response_received: 0,
        data_enriched: 0,
      });
    });

    it.each([
      ['both a data collection and objects', { data_collection: { hash: 'c2' }, objects: rows }],
      ['neither a data collection nor objects', {}],
    ])('%s is an error in the result', async (_, source) => {
      const { data_collection: __, ...rest } = parameters();
      const { result } = await callRun(folder, { ...rest, ...source }, environment());
      expect(result.status).toBe('Failed to Complete');
      expect(result.error.message).toMatch(/data_collection.*objects|objects.*data_collection/);
    });

    it('a run with rejected objects returns its result', async () => {
      visionOne.script(/POST/, { items: [{ index: 2, status: 400, code: 'BadRequest' }] });
      const result = await run();
      expect(result.counts).toMatchObject({ accepted: 7, rejected: 1 });
      expect(result.activity_log).toMatchObject({ status: 'Incomplete', response_received: 8 });
    });

    it('an action that ends without a result is an error with the end of standard error', async () => {
      const env = { ...environment(), NODE_OPTIONS: '--no-such-option' };
      const { raised, message } = await callRun(folder, parameters(), env);
      expect(raised).toBe('NoResultError');
      expect(message).toMatch(/exit code 9 and without a result: .*--no-such-option/s);
    });
  });

  /** Starts Python and sends signals to it, one after another. */
  function interrupted(args: string[], options: StartOptions, signals: Kill[]) {
    return startPython(folder, args, {
      ...options,
      env: { ...environment(), ...options.env },
      onStart: (child) => void sendSignals(child, signals),
    });
  }

  const isSending = () => posts().length > 0;

  describe('an interrupted call of run', () => {
    /**
     * Calls `run`, and prints what it raised and whether a child process is left. A signal handler
     * raises an exception, as that of Airflow does.
     */
    const HOST = `
import json, os, signal, sys
import run_action

run_action.STOP_SECONDS = float(sys.argv[1])

class TaskStopped(Exception):
    pass

def stop(*_):
    raise TaskStopped

signal.signal(signal.SIGTERM, stop)
try:
    print(json.dumps(run_action.run(**json.load(sys.stdin.buffer))))
except BaseException as error:
    try:
        left = os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        left = None
    print(json.dumps({"raised": type(error).__name__, "left": left}))
`;

    const call = (report: string, signals: Kill[], { seconds = 30, env = {} } = {}) => {
      const given = { action: 'add_to_blocklist', node_config: null, ...parameters({ report }) };
      const options = { stdin: JSON.stringify(given), env };
      return interrupted(['-c', HOST, String(seconds)], options, signals);
    };

    it.each([
      ['SIGTERM', 'TaskStopped'],
      ['SIGINT', 'KeyboardInterrupt'],
    ] as const)(
      'the exception of %s is raised after the action has written its result and ended',
      async (signal, raised) => {
        visionOne.faults = ({ method }) =>
          method === 'POST' ? { status: 429, headers: { 'retry-after': '60' } } : undefined;
        const reports = join(scratch, 'reports');
        const { stdout } = await call(reports, [{ when: isSending, signal }]);
        expect(JSON.parse(stdout)).toEqual({ raised, left: null });
        const report = JSON.parse(await readFile(join(reports, 'report.json'), 'utf8'));
        checkTruth({ ...report, activity_log: {} });
        expect(report.counts.by_reason).toEqual({ interrupted: 8 });
      },
    );

    it('a second exception does not leave the process of the action behind', async () => {
      visionOne.faults = ({ method }) => (method === 'POST' ? { hang: true } : undefined);
      const reports = join(scratch, 'reports');
      let sentAt = Number.POSITIVE_INFINITY;
      const first = () => {
        if (isSending()) sentAt = Math.min(sentAt, Date.now());
        return isSending();
      };
      // The action aborts its requests on a second signal more than a second after the first one.
      const second = () => Date.now() - sentAt >= 1_500;
      const { stdout } = await call(reports, [
        { when: first, signal: 'SIGINT' },
        { when: second, signal: 'SIGTERM' },
      ]);
      expect(JSON.parse(stdout)).toEqual({ raised: 'KeyboardInterrupt', left: null });
      expect(existsSync(join(reports, 'report.json'))).toBe(true);
    });

    it('an action that does not end after SIGTERM is killed', async () => {
      const started = join(scratch, 'started');
      const program = `process.on('SIGTERM', () => {});
require('node:fs').writeFileSync('${started}', '');
setInterval(() => {}, 1000);`;
      await writeFile(join(scratch, 'node'), `#!${process.execPath}\n${program}`);
      await chmod(join(scratch, 'node'), 0o755);
      const signals: Kill[] = [{ when: () => existsSync(started), signal: 'SIGTERM' }];
      const { stdout } = await call('unused', signals, { seconds: 0.5, env: { PATH: scratch } });
      expect(JSON.parse(stdout)).toEqual({ raised: 'TaskStopped', left: null });
    });
  });

  describe('the command', () => {
    const script = () => join(folder, 'actions', 'run_action.py');

    async function files(): Promise<string[]> {
      const page = join(scratch, 'page.yaml');
      const node = join(scratch, 'node.json');
      const access = join(scratch, 'threatq.yaml');
      await writeFile(page, 'api_region: Japan\nscan_action: log\n');
      await writeFile(node, '{\n\t"scan_action": "block",\n\t"risk_level": "low"\n}');
      await writeFile(access, `host: ${threatq.url}\nclient_id: ${threatq.clientId}\n`);
      return [
        script(),
        ...['--action', 'add_to_blocklist', '--page-config', page, '--node-config', node],
        ...['--threatq', access, '--collection-name', 'Active C2'],
      ];
    }

    const secrets = () => ({
      ...environment(),
      VISION_ONE_API_KEY: visionOne.apiKey,
      THREATQ_CLIENT_SECRET: threatq.clientSecret,
    });

    it('--help names each option and shows an example', async () => {
      const help = await startPython(folder, [script(), '--help']);
      expect(help).toMatchObject({ code: 0, stderr: '' });
      for (const option of ['--action', '--page-config', '--node-config', '--threatq', '--mode']) {
        expect(help.stdout).toContain(option);
      }
      expect(help.stdout).toMatch(/example.*python3 run_action\.py --action add_to_blocklist/s);
    });

    it('a closed standard output is exit code 2', async () => {
      const command = `exec "$0" "$@" >&-`;
      const finished = await startProgram('sh', ['-c', command, 'python3', ...(await files())], {
        env: { PATH: process.env['PATH'] ?? '', HOME: scratch, ...secrets() },
      });
      expect(finished.code).toBe(2);
      expect(finished.stderr).toMatch(/^the result could not be written: /);
    });

    it('a result that cannot be written is exit code 2, and the reason is on standard error', async () => {
      const command = `exec "$0" "$@" > /dev/full`;
      const finished = await startProgram('sh', ['-c', command, 'python3', ...(await files())], {
        env: { PATH: process.env['PATH'] ?? '', HOME: scratch, ...secrets() },
      });
      expect(finished.code).toBe(2);
      expect(finished.stderr).toMatch(
        /^the result could not be written: .*No space left on device/,
      );
      expect(finished.stderr).not.toContain('Traceback');
      expect(visionOne.suspicious.size).toBeGreaterThan(0);
    });

    it('an action without a result is exit code 2; a run that fails is exit code 1, with its error on standard error', async () => {
      const env = { ...secrets(), NODE_OPTIONS: '--no-such-option' };
      expect((await startPython(folder, await files(), { env })).code).toBe(2);
      const failed = { ...secrets(), VISION_ONE_BASE_URL: 'http://vision-one.example' };
      const finished = await startPython(folder, await files(), { env: failed });
      expect(finished.code).toBe(1);
      expect(finished.stderr).toContain('VISION_ONE_BASE_URL: must begin with https://');
    });

    it('it exports with files of YAML and JSON and with secrets of the environment', async () => {
      const finished = await startPython(folder, await files(), { env: secrets() });
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      const result = JSON.parse(finished.stdout);
      checkTruth(result);
      expect(result.data_collection.name).toBe('Active C2');
      for (const object of visionOne.suspicious.values()) {
        expect(object).toMatchObject({ scanAction: 'block', riskLevel: 'low' });
      }
    });

    it('it makes a manual run', async () => {
      const objects = join(scratch, 'objects.yaml');
      await writeFile(
        objects,
        '- {type: FQDN, value: bad-actor.com, updated_at: 2026-01-01 00:00:00}',
      );
      const [program = '', ...args] = (await files()).slice(0, -4);
      const finished = await startPython(folder, [program, ...args, '--objects', objects], {
        env: secrets(),
      });
      expect(finished).toMatchObject({ code: 0, stderr: '' });
      expect([...visionOne.suspicious.values()].map(({ value }) => value)).toEqual([
        'bad-actor.com',
      ]);
    });

    it('its exit code is that of the action', async () => {
      visionOne.script(/POST/, { items: [{ index: 0, status: 400, code: 'BadRequest' }] });
      const incomplete = await startPython(folder, await files(), { env: secrets() });
      expect(incomplete.code).toBe(2);
      expect(JSON.parse(incomplete.stdout).status).toBe('Incomplete');
      const failed = await startPython(folder, await files(), {
        env: { ...secrets(), VISION_ONE_API_KEY: 'wrong-key' },
      });
      expect(failed.code).toBe(1);
      expect(JSON.parse(failed.stdout).status).toBe('Failed to Complete');
    });

    it('warnings of the action are on standard error', async () => {
      const page = join(scratch, 'insecure.yaml');
      await writeFile(page, 'api_region: Japan\nverify_ssl: false\n');
      const args = [...(await files()), '--page-config', page, '--mode', 'preview'];
      const { code, stderr } = await startPython(folder, args, { env: secrets() });
      expect(code).toBe(0);
      expect(stderr).toMatch(/Enable SSL Certificate Verification is off/);
    });

    it.each([
      ['an unknown field', { 'page.yaml': 'api_regoin: hidden' }, /unknown api_regoin/],
      ['a file that is not YAML', { 'page.yaml': 'api_key: "hidden' }, /page\.yaml cannot be read/],
      ['a file that is not JSON', { 'node.json': '{"api_key": hidden' }, /node\.json cannot be/],
    ])('%s is refused with exit code 1 and without its text', async (_, contents, message) => {
      const args = await files();
      for (const [name, text] of Object.entries(contents)) {
        await writeFile(join(scratch, name), text);
      }
      const { code, stdout, stderr } = await startPython(folder, args, { env: secrets() });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
      expect(stderr).not.toContain('hidden');
      expect(visionOne.requests).toEqual([]);
    });

    it.each([[[]], [['--action']], [['--action', 'add_to_blocklist', '--mode', 'dry']]])(
      'the exit code for the invalid arguments %j is 1',
      async (args) => {
        const { code, stderr } = await startPython(folder, [script(), ...args]);
        expect(code).toBe(1);
        expect(stderr).toContain('usage: run_action.py');
      },
    );

    it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
      '%s ends the action, and its result is printed',
      async (signal) => {
        visionOne.faults = ({ method }) =>
          method === 'POST' ? { status: 429, headers: { 'retry-after': '60' } } : undefined;
        // The program `timeout` sends a signal twice.
        const finished = await interrupted(await files(), { env: secrets() }, [
          { when: isSending, signal },
          { when: isSending, signal },
        ]);
        expect(finished).toMatchObject({ code: 2, signal: null });
        expect(finished.stderr).toContain('SIGTERM');
        const result = JSON.parse(finished.stdout);
        checkTruth(result);
        expect(result.counts.by_reason).toEqual({ interrupted: 8 });
        expect(result.activity_log).toMatchObject({ status: 'Incomplete', response_received: 0 });
      },
    );
  });
});
