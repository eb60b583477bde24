/** The process of the built zip: internal errors, clocks, a full disk, a reader that stops, an old Node. */
import { execFileSync, spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/http/clock.js';
import { resultSchema } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { paths, startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import {
  ENTRYPOINTS,
  type Finished,
  ROOT,
  removeFolder,
  startAction,
  unpack,
} from '../support/bundle.js';
import { truthfulResultOf } from '../support/export-truthfully.js';
import { type MadeRow, madeRows } from '../support/rows.js';
import { type Snapshot, snapshotOf } from '../support/truth.js';

/** The default number of indicators. */
const OBJECTS = 40;
/** A number of indicators that fills four requests. Their result is larger than the buffer of a pipe. */
const MANY = 4_000;
const INTERNAL = /An internal error stopped this run: this is a bug of the bundle/;

let folder: string;
let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
let before: Snapshot;
let rows: MadeRow[];

beforeAll(async () => {
  folder = await unpack();
  scratch = await mkdtemp(join(tmpdir(), 'vision-one-process-'));
});
afterAll(() => Promise.all([removeFolder(folder), removeFolder(scratch)]));
beforeEach(async () => {
  threatq = await startThreatQ({ collections: [] });
  collect(OBJECTS);
  visionOne = await startVisionOne({ apiKey: 'api-key-of-this-test' });
  before = snapshotOf(visionOne);
});
afterEach(() => Promise.all([threatq.close(), visionOne.close()]));

/** Sets the number of indicators in the data collection. */
function collect(count: number): void {
  rows = madeRows(count);
  threatq.collections = [{ name: 'Active C2', hash: 'c2', rows }];
}

const document = (more: object = {}) => ({
  threatq: threatq.section,
  data_collection: { hash: 'c2' },
  configuration: { api_region: 'Japan', api_key: visionOne.apiKey },
  ...more,
});
const adds = () =>
  visionOne.requests.filter(({ method, path }) => method === 'POST' && path === paths.suspicious);

/** Environment that loads code before the action. The code simulates a bug of the bundle. */
async function withCode(code: string): Promise<Record<string, string>> {
  const file = join(scratch, `${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(file, code);
  return {
    VISION_ONE_BASE_URL: visionOne.url,
    NODE_OPTIONS: `--import ${pathToFileURL(file).href}`,
  };
}

const exportWith = async (code: string, args = ['--json'], more: object = {}) =>
  startAction(folder, 'blocklist', document(more), args, { env: await withCode(code) });

/** The result, after it was checked against the stand-in. The output must not contain a secret. */
function resultOf(finished: Finished) {
  for (const secret of [visionOne.apiKey, threatq.clientSecret]) {
    expect(finished.stdout + finished.stderr).not.toContain(secret);
  }
  return truthfulResultOf(
    finished,
    before,
    rows.map(({ id }) => id),
  );
}

/** An error that contains the secrets. Errors of V8 and of libraries can contain them. */
const SECRET_ERROR = 'new Error(`secret: api-key-of-this-test sandbox-client-secret`)';

describe('an internal error', () => {
  /** Code that runs `fault` when the second add request is sent to Vision One. */
  const atSecondAdd = (fault: string) => `
    import http from 'node:http';
    const request = http.request;
    let adds = 0;
    http.request = (options, ...rest) => {
      if (options.method === 'POST' && String(options.path).endsWith('suspiciousObjects') && ++adds === 2) {
        setImmediate(() => { ${fault}; });
      }
      return request(options, ...rest);
    };`;

  it.each([
    ['an error that is thrown and not caught', `throw ${SECRET_ERROR}`],
    ['a promise that is rejected and not awaited', `Promise.reject(${SECRET_ERROR})`],
  ])(
    '%s during a run gives a fixed message, a complete result and exit code 2',
    async (_, fault) => {
      collect(MANY);
      // The run ends before any answer, however busy the machine is.
      visionOne.faults = ({ method }) =>
        method === 'POST' ? { hang: true, applied: true } : undefined;
      const finished = await exportWith(atSecondAdd(fault));
      expect(finished.code).toBe(2);
      expect(finished.stderr).toMatch(INTERNAL);
      const { status, error, counts } = resultOf(finished);
      expect({ status, code: error?.code }).toEqual({
        status: 'Incomplete',
        code: 'internal_error',
      });
      expect(error?.message).toMatch(INTERNAL);
      expect(counts.unsent).toBe(MANY);
    },
  );

  it('after an internal error between two chunks, requests in flight count and the rest is unsent', async () => {
    collect(MANY);
    const last = rows.findLast(({ score }) => score === 0)?.value;
    const finished = await exportWith(`
      const byteLength = Buffer.byteLength;
      Buffer.byteLength = (text, ...rest) => {
        if (String(text).includes('"${last}"')) throw ${SECRET_ERROR};
        return byteLength(text, ...rest);
      };`);
    expect(finished.code).toBe(2);
    const { status, error, counts } = resultOf(finished);
    expect({ status, code: error?.code }).toEqual({ status: 'Incomplete', code: 'internal_error' });
    expect(counts).toMatchObject({ accepted: 3_000, by_reason: { interrupted: 1_000 } });
    expect(visionOne.suspicious.size).toBe(3_000);
  });

  it.each(['--json', '--quiet'])(
    'the exit code of an internal error before anything was sent is 1, also with %s',
    async (arg) => {
      const finished = await exportWith(
        `const json = JSON.parse;
       JSON.parse = (text, ...rest) => {
         if (String(text).includes('access_token')) queueMicrotask(() => { throw ${SECRET_ERROR}; });
         return json(text, ...rest);
       };`,
        [arg],
      );
      expect(finished.code).toBe(1);
      expect(finished.stderr).toMatch(INTERNAL);
      expect(finished.stdout + finished.stderr).not.toMatch(
        /sandbox-client-secret|api-key-of-this/,
      );
      expect(finished.stdout).toContain('Failed to Complete');
      expect(adds()).toEqual([]);
    },
  );

  it('if an internal error occurs while the result is made, the result is printed without items and the exit code is 2', async () => {
    const finished = await exportWith(`
      const stringify = JSON.stringify;
      JSON.stringify = (value, ...rest) => {
        if (value?.items?.length > 0) throw ${SECRET_ERROR};
        return stringify(value, ...rest);
      };`);
    expect(finished.code).toBe(2);
    const result = JSON.parse(finished.stdout);
    expect(result).toMatchObject({ status: 'Incomplete', items: [] });
    expect(finished.stdout + finished.stderr).not.toMatch(/sandbox-client-secret|api-key-of-this/);
    expect(visionOne.suspicious.size).toBe(OBJECTS);
  });

  it('a manifest that was edited after the build is read', async () => {
    const edited = await unpack();
    const manifest = join(edited, 'manifest.yaml');
    const text = await readFile(manifest, 'utf8');
    await writeFile(manifest, text.replace(/^version: .*$/m, 'version: "9.8.7"'));
    const finished = await startAction(edited, 'blocklist', '', ['--version']);
    expect(finished).toMatchObject({ code: 0, stdout: '9.8.7\n' });
    await removeFolder(edited);
  });

  it('a damaged manifest causes an error with a message', async () => {
    const broken = await unpack();
    await writeFile(join(broken, 'manifest.yaml'), 'version: [\n');
    const finished = await startAction(broken, 'blocklist', document());
    expect(finished).toMatchObject({ code: 1, stdout: '' });
    expect(finished.stderr).toBe('manifest.yaml is missing or damaged: unpack the zip again.\n');
    await removeFolder(broken);
  });
});

it('a missing file of the bundle causes an error with a message and exit code 1', async () => {
  const broken = await unpack();
  const names = await readdir(join(broken, 'actions'));
  const chunks = names.filter((name) => name.startsWith('run-'));
  expect(chunks).toHaveLength(1);
  for (const name of chunks) await rm(join(broken, 'actions', name));
  const finished = await startAction(broken, 'blocklist', document());
  expect(finished).toMatchObject({ code: 1, stdout: '' });
  expect(finished.stderr).toMatch(INTERNAL);
  await removeFolder(broken);
});

describe('a wall clock that is set during a run', () => {
  it.each([
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ])('a wall clock that is set %s by an hour does not change the run', async (_, offset) => {
    // The first add request is throttled. The clock is set during that pause.
    visionOne.script(`POST ${paths.suspicious}`, { status: 429, headers: { 'retry-after': '1' } });
    const finished = await exportWith(
      `const now = Date.now;
       let offset = 0;
       Date.now = () => now() + offset;
       setTimeout(() => { offset = ${offset}; }, 300).unref();`,
      ['--json'],
      { time_limit_minutes: 1 },
    );
    expect(finished.code).toBe(0);
    const { counts, started_at, finished_at } = resultOf(finished);
    expect(counts.accepted).toBe(OBJECTS);
    const took = Date.parse(finished_at) - Date.parse(started_at);
    expect(took).toBeGreaterThan(0);
    expect(took).toBeLessThan(60_000);
  });

  it('a wall clock that is set does not change measured durations', () => {
    const { now } = Date;
    const before = systemClock.now();
    try {
      Date.now = () => now() - 3_600_000;
      expect(systemClock.wallNow()).toBeLessThan(before - 3_000_000);
      expect(systemClock.now()).toBeGreaterThanOrEqual(before);
    } finally {
      Date.now = now;
    }
  });
});

describe('standard output', () => {
  /** Starts the action with another standard output. */
  function startWith(stdout: 'pipe' | number, args: string[], minutes = 1) {
    const child = spawn(process.execPath, [join(folder, ENTRYPOINTS.blocklist), ...args], {
      env: { PATH: process.env['PATH'] ?? '', VISION_ONE_BASE_URL: visionOne.url },
      stdio: ['pipe', stdout, 'pipe'],
    });
    child.stdin?.end(JSON.stringify(document({ time_limit_minutes: minutes })));
    let stderr = '';
    child.stderr?.on('data', (data) => {
      stderr += data;
    });
    const ended = new Promise<{ code: number | null; stderr: string }>((resolve) => {
      child.on('exit', (code) => resolve({ code, stderr }));
    });
    return { child, ended };
  }

  it.each([['--json'], ['--quiet']])(
    'a full standard output causes an error and exit code 2 with %s',
    async (arg) => {
      const { ended } = startWith(openSync('/dev/full', 'w'), [arg]);
      const { code, stderr } = await ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(
        /the result could not be written to standard output \(no space left on device\)/,
      );
      expect(visionOne.suspicious.size).toBe(OBJECTS);
    },
  );

  it('reports say that the result could not be printed', async () => {
    const reports = join(scratch, 'unprinted');
    const { ended } = startWith(openSync('/dev/full', 'w'), ['--report', reports]);
    expect((await ended).code).toBe(2);
    const result = resultSchema.parse(
      JSON.parse(await readFile(join(reports, 'report.json'), 'utf8')),
    );
    expect(result).toMatchObject({
      status: 'Incomplete',
      counts: { accepted: OBJECTS },
      warnings: [
        {
          code: 'file_not_written',
          message: 'the result could not be written to standard output (no space left on device)',
        },
      ],
    });
    expect(await readFile(join(reports, 'report.prom'), 'utf8')).toContain(
      'status="incomplete"} 1',
    );
  });

  it('a disk that has no space for the reports keeps the earlier ones, and report.prom says so', async () => {
    const reports = join(scratch, 'full disk');
    await exportWith('', ['--report', reports]);
    const earlier = await readFile(join(reports, 'report.json'), 'utf8');
    collect(MANY);
    // A limit on the size of files, in blocks, has the same effect as a full disk.
    const script = 'ulimit -f 40; exec "$0" "$1" --report "$2" --json';
    const child = spawn(
      'sh',
      ['-c', script, process.execPath, join(folder, ENTRYPOINTS.blocklist), reports],
      { env: { PATH: process.env['PATH'] ?? '', VISION_ONE_BASE_URL: visionOne.url } },
    );
    child.stdin.end(JSON.stringify(document()));
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
    const result = resultSchema.parse(JSON.parse(stdout));
    expect(result.counts.accepted).toBe(MANY - OBJECTS);
    expect(result.warnings.at(-1)?.message).toBe(
      `not all reports were written to ${reports} (file too large)`,
    );
    expect(await readFile(join(reports, 'report.json'), 'utf8')).toBe(earlier);
    expect(await readFile(join(reports, 'report.prom'), 'utf8')).toContain(
      'code="file_not_written"} 1',
    );
  });

  it('a standard output that its reader closes causes an error and exit code 2', async () => {
    collect(MANY);
    const { child, ended } = startWith('pipe', ['--json']);
    child.stdout?.destroy();
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/could not be written to standard output \(broken pipe\)/);
  });

  it('a reader that stops reading does not keep the run alive beyond its time limit', async () => {
    collect(MANY);
    const { ended } = startWith('pipe', ['--json'], 0.05);
    // Nothing is read from the pipe.
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /could not be written to standard output \(its reader stopped reading\)/,
    );
  });

  it('a file that receives only a part of the result causes an error and exit code 2', async () => {
    collect(MANY);
    const file = join(scratch, 'cut.json');
    // A limit on the size of files, in blocks, has the same effect as a full disk.
    const script = 'ulimit -f 100; exec "$0" "$1" --json > "$2"';
    const child = spawn(
      'sh',
      ['-c', script, process.execPath, join(folder, ENTRYPOINTS.blocklist), file],
      {
        env: { PATH: process.env['PATH'] ?? '', VISION_ONE_BASE_URL: visionOne.url },
      },
    );
    child.stdin.end(JSON.stringify(document()));
    let stderr = '';
    child.stderr.on('data', (data) => {
      stderr += data;
    });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
    expect(stderr).toMatch(/the result could not be written to standard output \(file too large\)/);
    expect((await stat(file)).size).toBeGreaterThan(0);
  });

  it('a file as standard output gets the whole result', async () => {
    collect(MANY);
    const file = join(scratch, 'result.json');
    const { ended } = startWith(openSync(file, 'w'), ['--json']);
    expect((await ended).code).toBe(0);
    const result = resultSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    expect(result.counts.accepted).toBe(MANY);
  });
});

describe('signals', () => {
  it('signals are handled before anything else is loaded', async () => {
    const entrypoint = join(folder, ENTRYPOINTS.blocklist);
    const loaded = new Set<string>();
    const collect = async (file: string): Promise<void> => {
      if (loaded.has(file)) return;
      loaded.add(file);
      const text = await readFile(file, 'utf8');
      for (const [, name = ''] of text.matchAll(/^(?:import|\}) .*?"(\.[^"]*)";$/gm)) {
        await collect(join(dirname(file), name));
      }
    };
    await collect(entrypoint);
    const texts = await Promise.all([...loaded].map((file) => readFile(file, 'utf8')));
    // These are the entrypoint, the start and the signals. No library is loaded.
    expect(texts.join('').length).toBeLessThan(20_000);
    expect(texts.join('')).toContain('SIGHUP');
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])(
    '%s while the program is loading ends the run with its result',
    async (signal) => {
      const finished = await exportWith(`
        const on = process.on;
        process.on = function (name, ...rest) {
          if (name === '${signal}') setImmediate(() => process.kill(process.pid, '${signal}'));
          return on.call(this, name, ...rest);
        };`);
      expect(finished).toMatchObject({ code: 2, signal: null });
      expect(finished.stderr).toContain(signal);
      expect(resultOf(finished)).toMatchObject({ status: 'Incomplete' });
      expect(adds()).toEqual([]);
    },
  );

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s while the run document is read ends the run with its result',
    async (signal) => {
      const child = spawn(process.execPath, [join(folder, ENTRYPOINTS.blocklist), '--json'], {
        env: await withCode(`setTimeout(() => process.stderr.write('ready'), 700);`),
      });
      let stdout = '';
      child.stdout.on('data', (data) => {
        stdout += data;
      });
      // Standard input stays open and has no data.
      child.stderr.on('data', (data) => String(data).includes('ready') && child.kill(signal));
      const code = await new Promise((resolve) => child.on('exit', resolve));
      expect(code).toBe(2);
      expect(JSON.parse(stdout)).toMatchObject({
        status: 'Incomplete',
        warnings: [{ code: 'interrupted' }],
      });
    },
  );
});

describe('a named pipe as run document', () => {
  const isWindows = process.platform === 'win32';

  it.skipIf(isWindows).each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'a named pipe without a writer does not keep the process alive after %s',
    async (signal) => {
      const pipe = join(scratch, `${signal}.pipe`);
      execFileSync('mkfifo', [pipe]);
      const args = [join(folder, ENTRYPOINTS.blocklist), '--json', '--run', pipe];
      const child = spawn(process.execPath, args, {
        env: await withCode(`setTimeout(() => process.stderr.write('ready'), 700);`),
      });
      child.stderr.on('data', (data) => String(data).includes('ready') && child.kill(signal));
      const ended = await new Promise((resolve) => child.on('exit', (...how) => resolve(how)));
      expect(ended).toEqual([2, null]);
    },
  );

  it.skipIf(isWindows)(
    'a named pipe is read to its end, even if its writer opens it late',
    async () => {
      const pipe = join(scratch, 'late.pipe');
      execFileSync('mkfifo', [pipe]);
      const args = [join(folder, ENTRYPOINTS.blocklist), '--json', '--run', pipe];
      const child = spawn(process.execPath, args, {
        env: await withCode(`setTimeout(() => process.stderr.write('ready'), 700);`),
      });
      let stdout = '';
      child.stdout.on('data', (data) => {
        stdout += data;
      });
      let written: Promise<void> | undefined;
      child.stderr.on('data', () => {
        written ??= writeFile(pipe, JSON.stringify(document()));
      });
      expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
      expect(resultSchema.parse(JSON.parse(stdout)).counts.accepted).toBe(OBJECTS);
      await written;
    },
  );
});

describe('a Node', () => {
  const asNode = (version: string) =>
    `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;

  it.each(['12.22.0', '18.20.8', '20.18.3'])(
    'Node %s is refused with one sentence',
    async (version) => {
      const finished = await exportWith(asNode(version));
      expect(finished).toMatchObject({
        code: 1,
        stdout: '',
        stderr: `This bundle needs Node 20.19 or later; this is Node ${version}.\n`,
      });
    },
  );

  it.each(['20.19.0', '21.0.0', '22.0.0', '24.1.0'])('Node %s is accepted', async (version) => {
    expect((await exportWith(asNode(version), ['--version'])).code).toBe(0);
  });

  it('the oldest Node version is the same in the manifest, package.json and the code', async () => {
    const read = (name: string) => readFile(join(ROOT, name), 'utf8');
    const { engines } = JSON.parse(await read('package.json'));
    const [, oldest] = /OLDEST_NODE = '([\d.]+)'/.exec(await read('src/cli/main.ts')) ?? [];
    expect(engines.node).toBe(`>=${oldest}`);
    expect(await read('manifest.yaml')).toContain(`node: ">=${oldest}"`);
  });
});
