/** The output of the built action in a pseudo-terminal, during the run and after it. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { ENTRYPOINTS, removeFolder, unpack } from '../support/bundle.js';
import { madeRow, madeRows } from '../support/rows.js';
import {
  noTerminal,
  quoted,
  runInTerminal,
  screenOf,
  type TerminalOptions,
} from '../support/terminal.js';

if (noTerminal) {
  console.warn(noTerminal);
  it.skip(noTerminal, () => {});
}

const ADD = 'POST /v3.0/threatintel/suspiciousObjects';
/** Invalid arguments. `%` is replaced by hostile text. */
const ARGUMENTS = [
  ['--%'],
  ['--approve', '%'],
  ['--report', '/dev/null/%'],
  ['--help', '%'],
  ['%'],
];
const ERASE_LINE = '\r\u001b[K';

describe.skipIf(noTerminal)('at a terminal', () => {
  let folder: string;
  let threatq: ThreatQ;
  let visionOne: VisionOne;
  const inFolder = (name: string) => join(folder, name);

  beforeAll(async () => {
    folder = await unpack();
  });
  afterAll(() => removeFolder(folder));

  beforeEach(async () => {
    threatq = await startThreatQ({
      collections: [{ name: 'C2', hash: 'c2', rows: madeRows(2000) }],
    });
    visionOne = await startVisionOne();
  });
  afterEach(async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
  });

  /** Runs the blocklist action. `redirect` is shell text that is put after the arguments. */
  async function run(redirect = '', options: TerminalOptions = {}, more: object = {}) {
    const { clientId: client_id, clientSecret: client_secret, url: host } = threatq;
    const document = {
      threatq: { host, client_id, client_secret },
      data_collection: { hash: 'c2' },
      configuration: { api_region: 'European Union (EU)' },
      ...more,
    };
    await writeFile(inFolder('run.json'), JSON.stringify(document));
    const words = [
      process.execPath,
      inFolder(ENTRYPOINTS.blocklist),
      '--run',
      inFolder('run.json'),
    ];
    return runInTerminal(`${words.map(quoted).join(' ')} ${redirect}`, {
      ...options,
      env: {
        VISION_ONE_API_KEY: visionOne.apiKey,
        VISION_ONE_BASE_URL: visionOne.url,
        ...options.env,
      },
    });
  }

  /** The contents of the live line, in order. */
  const linesOf = (output: string) =>
    output.split(ERASE_LINE).map((line) => line.split('\n')[0]?.trimEnd() ?? '');

  /** All control characters except line ends and the sequence that erases a line. */
  const controlCharactersIn = (output: string) =>
    output
      .replaceAll(ERASE_LINE, '')
      .replaceAll('\r\n', '')
      .match(/\p{Cc}|\p{Cf}/gu) ?? [];

  it('a terminal shows phases, a bar and the remaining wait, and at the end only the summary', async () => {
    visionOne.script(ADD, undefined, { status: 429, headers: { 'retry-after': '3' } });
    const { code, output } = await run('', { columns: 140 });
    expect(code).toBe(0);
    const lines = linesOf(output);
    // The number of updates depends on the speed of the machine. The remaining wait never increases.
    const isCountdown = (left: number[]) => left.join() === left.toSorted((a, b) => b - a).join();
    for (const phase of ['reading', 'listing', 'planning', 'sending']) {
      expect(lines.some((line) => line.startsWith(phase))).toBe(true);
    }
    const bar =
      /^sending +█+░+ {2}\d,000\/2,000 .*\d,000 accepted, 0 rejected {2}rate limited by Vision One, \d s left$/;
    expect(lines.some((line) => bar.test(line))).toBe(true);
    const left = lines.flatMap((line) => /by Vision One, (\d) s left$/.exec(line)?.[1] ?? []);
    expect(left.length).toBeGreaterThan(0);
    expect(isCountdown(left.map(Number))).toBe(true);
    const screen = screenOf(output, 140);
    expect(screen.wrapped).toBe(false);
    expect(screen.lines[0]).toBe('Completed: Trend Micro Vision One - Add to Blocklist');
    expect(screen.lines.join('\n')).not.toContain('█');
    expect(controlCharactersIn(output)).toEqual([]);
  });

  it('a terminal shows progress while standard output goes to a file, which has only the result', async () => {
    const { code, output } = await run(`--json > ${quoted(inFolder('out.json'))}`);
    expect(code).toBe(0);
    const result = JSON.parse(await readFile(inFolder('out.json'), 'utf8')) as Result;
    expect(result.counts.accepted).toBe(2000);
    expect(output).toContain('2,000/2,000');
    expect(screenOf(output).lines).toEqual(['']);
  });

  it('the live line does not wrap in a narrow terminal', async () => {
    visionOne.script(ADD, undefined, { status: 429, headers: { 'retry-after': '1' } });
    for (const columns of [30, 50]) {
      visionOne.suspicious.clear();
      const { output } = await run('> /dev/null', { columns });
      expect(output).toContain('sending');
      const longest = Math.max(...linesOf(output).map((line) => line.length));
      expect(longest).toBeLessThan(columns);
      expect(screenOf(output, columns)).toEqual({ lines: [''], wrapped: false });
    }
  });

  it('after Ctrl-C the live line is erased and the terminal is unchanged', async () => {
    visionOne.script(ADD, undefined, { status: 429, headers: { 'retry-after': '300' } });
    let typed = false;
    const { code, output } = await run('--json > out.json', {
      before: `cd ${quoted(folder)}; stty -g > before.txt`,
      after: 'stty -g > after.txt; echo "the prompt"',
      onOutput: (sofar) => {
        if (typed || !sofar.includes('rate limited by Vision One')) return undefined;
        typed = true;
        return '\u0003';
      },
    });
    expect(code).toBe(2);
    const result = JSON.parse(await readFile(inFolder('out.json'), 'utf8')) as Result;
    expect(result.status).toBe('Incomplete');
    expect(Object.keys(result.counts.by_reason)).toEqual(['interrupted']);
    const { lines } = screenOf(output);
    expect(lines).toEqual([
      'SIGINT: no new requests; those in flight have 10 s to finish. Send the signal again after a second to abort them.',
      'the prompt',
      '',
    ]);
    expect(await readFile(inFolder('after.txt'), 'utf8')).toBe(
      await readFile(inFolder('before.txt'), 'utf8'),
    );
  });

  it('Ctrl-C that is held down stops a run, and the terminal works afterwards', async () => {
    visionOne.script(ADD, { hang: true });
    let typed = 0;
    const { code, output } = await run('> /dev/null', {
      before: `cd ${quoted(folder)}; stty -g > before.txt`,
      after: 'stty -g > after.txt; echo; echo "the prompt"',
      onOutput: (sofar) => {
        const due = ['sending', 'SIGINT'][typed];
        if (!due || !sofar.includes(due)) return undefined;
        typed++;
        return '\u0003';
      },
    });
    expect(code).toBe(2);
    expect(screenOf(output).lines.slice(-2)).toEqual(['the prompt', '']);
    expect(controlCharactersIn(output)).toEqual([]);
    expect(await readFile(inFolder('after.txt'), 'utf8')).toBe(
      await readFile(inFolder('before.txt'), 'utf8'),
    );
  });

  it('after a run that fails, the terminal shows only the summary', async () => {
    threatq.script(/cursorMark=(?!\*)/, { status: 404, body: { errors: ['gone'] } });
    const { code, output } = await run();
    expect(code).toBe(1);
    expect(output).toContain('1,000');
    const { lines } = screenOf(output, 1000);
    expect(lines[0]).toBe('Failed to Complete: Trend Micro Vision One - Add to Blocklist');
    expect(lines.join('\n')).not.toMatch(/[█░]/);
  });

  it('control sequences in hostile text have no effect on the terminal', async () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\u001b[31m\u202egpj.exe\u009b5m\u0000\u200b';
    // An argument cannot contain NUL.
    const typed = hostile.replaceAll('\u0000', '');
    const rows = Array.from({ length: 40 }, (_, index) => ({
      ...madeRow(index * 4),
      ...(index < 20 && { value: `${hostile}${index}`, type: { id: 9, name: hostile } }),
    }));
    threatq.collections = [{ name: hostile, hash: 'c2', rows }];
    visionOne.script(ADD, {
      items: [{ index: 0, status: 400, code: hostile, message: hostile }],
    });
    const { code, output } = await run('', {}, { data_collection: { name: hostile } });
    expect(code).toBe(2);
    expect(controlCharactersIn(output)).toEqual([]);
    expect(output).toContain('\\u{1b}[2J');
    expect(output).toContain('\\u{202e}gpj.exe');
    const json = await run('--json', {}, { data_collection: { name: hostile } });
    expect(controlCharactersIn(json.output)).toEqual([]);
    const shown = screenOf(json.output, 10_000).lines;
    const document = shown.slice(shown.indexOf('{'), shown.lastIndexOf('}') + 1).join('\n');
    const result = JSON.parse(document) as Result;
    expect(result.data_collection?.name).toBe(hostile);
    expect(result.items.filter(({ type }) => type === hostile)).toHaveLength(20);
    for (const args of ARGUMENTS) {
      const failed = await run(args.map((word) => quoted(word.replace('%', typed))).join(' '));
      expect(failed.code, args.join(' ')).toBe(1);
      expect(controlCharactersIn(failed.output), args.join(' ')).toEqual([]);
      expect(failed.output).toContain('\\u{202e}gpj.exe');
    }
    for (const document of [
      { data_collection: { name: `${hostile}?` } },
      { data_collection: { hash: 'c2' }, configuration: { api_region: hostile } },
      { [hostile]: hostile },
    ]) {
      const failed = await run('', {}, document);
      expect(failed.code).toBe(1);
      expect(controlCharactersIn(failed.output)).toEqual([]);
    }
  });

  it.each([
    ['in CI', '', { CI: 'true' }],
    ['at a dumb terminal', '', { TERM: 'dumb' }],
    ['with --log-format json', '--log-format json', {}],
  ])('a run writes its progress as plain lines %s', async (_, args, env) => {
    const { output } = await run(`${args} > /dev/null`, { env });
    expect(output.match(/[^\r\n]*sending: 2,000 of 2,000[^\r\n]*\r\n/g)).toHaveLength(1);
    expect(output.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('a terminal shows no progress with --quiet', async () => {
    const { code, output } = await run('--quiet > /dev/null');
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });
});
