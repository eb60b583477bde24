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
  withoutColours,
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
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const COLOURED = /\u001b\[3/;
/** The lines that the phases of a run of 2,000 indicators leave. */
const TICKS = [
  '✓ read 2,000 indicators in …',
  '✓ read 0 objects on the Suspicious Object List in …',
  '✓ read 0 objects on the Exception List in …',
  '✓ planned 2,000 objects in …',
  '✓ sent 2,000 objects in …',
];

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
    withoutColours(output)
      .split(ERASE_LINE)
      .map((line) => line.split('\n')[0]?.trimEnd() ?? '');

  /** The lines of a screen that has no colours. Times depend on the machine. */
  const shownOf = (output: string, columns?: number) =>
    screenOf(withoutColours(output), columns).lines.map((line) =>
      line.replace(/^(✓ .+ in )[\d.]+ m?s$/, '$1…'),
    );

  /** All control characters except line ends, colours and the sequence that erases a line. */
  const controlCharactersIn = (output: string) =>
    withoutColours(output)
      .replaceAll(ERASE_LINE, '')
      .replaceAll('\r\n', '')
      .match(/\p{Cc}|\p{Cf}/gu) ?? [];

  it('a terminal shows phases, a bar and the remaining wait, and at the end the finished phases and the summary', async () => {
    visionOne.script(ADD, undefined, { status: 429, headers: { 'retry-after': '3' } });
    const { code, output } = await run('', { columns: 140 }, { name: 'Tenant A' });
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
    expect(screenOf(withoutColours(output), 140).wrapped).toBe(false);
    const shown = shownOf(output, 140);
    expect(shown.slice(0, 6)).toEqual([
      ...TICKS,
      'Completed: Trend Micro Vision One - Add to Blocklist for Tenant A',
    ]);
    const address =
      /^from data collection c2 \(2,000 indicators\) on 127\S+ to European Union \(EU\) at 127/;
    expect(
      shown.filter((line) => address.test(line)),
      shown.join('|'),
    ).toHaveLength(1);
    expect(shown.join('\n')).not.toContain('█');
    expect(controlCharactersIn(output)).toEqual([]);
  });

  it('a terminal shows progress while standard output goes to a file, which has only the result', async () => {
    const { code, output } = await run(`--json > ${quoted(inFolder('out.json'))}`);
    expect(code).toBe(0);
    const result = JSON.parse(await readFile(inFolder('out.json'), 'utf8')) as Result;
    expect(result.counts.accepted).toBe(2000);
    expect(output).toContain('2,000/2,000');
    expect(shownOf(output)).toEqual([...TICKS, '']);
  });

  it('the live line does not wrap in a narrow terminal', async () => {
    visionOne.script(ADD, undefined, { status: 429, headers: { 'retry-after': '1' } });
    for (const columns of [30, 50]) {
      visionOne.suspicious.clear();
      const { output } = await run('> /dev/null', { columns });
      expect(output).toContain('sending');
      const live = linesOf(output).filter((line) => !line.startsWith('✓'));
      expect(Math.max(...live.map((line) => line.length))).toBeLessThan(columns);
      expect(shownOf(output, columns)).toEqual([...TICKS, '']);
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
    const lines = shownOf(output);
    expect(lines).toEqual([
      ...TICKS.slice(0, -1),
      'Interrupted: no new requests; finishing requests in flight (at most 10 s); press Ctrl-C again to abort them.',
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
        const due = ['sending', 'Interrupted: '][typed];
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
    const lines = shownOf(output, 1000);
    expect(lines[0]).toBe('Failed to Complete: Trend Micro Vision One - Add to Blocklist');
    expect(lines.join('\n')).not.toMatch(/[█░]/);
  });

  it.each<[string, string, Record<string, string>]>([
    ['with NO_COLOR', '', { NO_COLOR: '1' }],
    ['with FORCE_COLOR=0', '', { FORCE_COLOR: '0' }],
    ['with --json', '--json', {}],
    ['in files', `> /dev/null`, { NO_COLOR: '1' }],
  ])('there are no colours %s', async (_, args, env) => {
    const { code, output } = await run(args, { env: { ...env } });
    expect(code).toBe(0);
    const [, summary] = output.split(' sent 2,000 objects');
    expect(summary).toBeDefined();
    if (env['NO_COLOR'] ?? env['FORCE_COLOR']) expect(output).not.toMatch(COLOURED);
    else expect(summary).not.toMatch(COLOURED);
  });

  it('the status is green, yellow or red, and ticks are green', async () => {
    const completed = await run();
    expect(completed.output).toContain('\u001b[32mCompleted\u001b[39m: ');
    const ticks = completed.output.split(`${ERASE_LINE}\u001b[32m✓\u001b[39m `).length - 1;
    expect(ticks).toBe(TICKS.length);
    threatq.collections = [{ name: 'C2', hash: 'c2', rows: [] }];
    const empty = await run();
    expect(empty.output).toContain('\u001b[33mCompleted\u001b[39m: ');
    expect(empty.output).toContain(
      '  \u001b[33mwarning\u001b[39m empty_collection: 0 indicators: ',
    );
    const failed = await run('', {}, { data_collection: { hash: 'c3' } });
    expect(failed.output).toContain('\u001b[31mFailed to Complete\u001b[39m: ');
  });

  it('FORCE_COLOR colours a summary that goes to a file, and NO_COLOR does not win over it', async () => {
    const env = { FORCE_COLOR: '1', NO_COLOR: '1' };
    await run(`> ${quoted(inFolder('out.txt'))}`, { env });
    expect(await readFile(inFolder('out.txt'), 'utf8')).toContain(
      '\u001b[32mCompleted\u001b[39m: ',
    );
    await run(`> ${quoted(inFolder('out.txt'))}`);
    expect(await readFile(inFolder('out.txt'), 'utf8')).toMatch(/^Completed: /);
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
    // Hostile text contains the codes of colours, so none is expected.
    const plain: TerminalOptions = { env: { NO_COLOR: '1' } };
    const { code, output } = await run('', plain, { data_collection: { name: hostile } });
    expect(code).toBe(2);
    expect(output).not.toMatch(COLOURED);
    expect(controlCharactersIn(output)).toEqual([]);
    expect(output).toContain('\\u{1b}[2J');
    expect(output).toContain('\\u{202e}gpj.exe');
    const json = await run('--json', {}, { data_collection: { name: hostile } });
    expect(controlCharactersIn(json.output)).toEqual([]);
    const shown = shownOf(json.output, 10_000);
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
    expect(output.match(/[^\r\n]*sent 2,000 objects in [^\r\n]*\r\n/g)).toHaveLength(1);
    expect(output.replaceAll('\r\n', '')).not.toMatch(/\p{Cc}/u);
  });

  it('a terminal shows no progress with --quiet', async () => {
    const { code, output } = await run('--quiet > /dev/null');
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });
});
