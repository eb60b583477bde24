import { describe, expect, it } from 'vitest';
import { helpText, readCommandLine } from '../../src/cli/command-line.js';
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import { actionOf, readManifest } from '../../src/cli/manifest.js';

describe('the command line', () => {
  it('without arguments, the run document is read from standard input and exported', () => {
    expect(readCommandLine([])).toMatchObject({
      run: undefined,
      mode: undefined,
      report: undefined,
      json: false,
      help: false,
      version: false,
    });
  });

  it('a hyphen in place of the file means standard input', () => {
    expect(readCommandLine(['--run', '-', '--json'])).toMatchObject({ run: undefined, json: true });
  });

  it('all problems are reported at once', () => {
    const args = ['--previw', '--report', '--json', '--log-format=jsn', 'run.yaml'];
    expect(() => readCommandLine(args)).toThrow(
      [
        '--previw is not an option; did you mean "--preview"? (see --help)',
        '--report needs a value: --report DIR (see --help)',
        '--log-format must be text or json; given: "jsn"; did you mean "json"? (see --help)',
        'an argument without an option is not accepted; given: "run.yaml"; give a run document with --run (see --help)',
      ].join('\n'),
    );
  });

  it('options are accepted in any order', () => {
    const all = ['--json', '--report', 'out', '--preview', '--run=run.yaml'];
    const expected = { run: 'run.yaml', mode: 'preview', report: 'out', json: true };
    expect(readCommandLine(all)).toMatchObject(expected);
    expect(
      readCommandLine(['--run', 'run.yaml', '--json', '--preview', '--report=out']),
    ).toMatchObject(expected);
  });

  it('the mode is preview, check or export', () => {
    expect(readCommandLine(['--preview']).mode).toBe('preview');
    expect(readCommandLine(['--check']).mode).toBe('check');
    expect(readCommandLine(['--help']).help).toBe(true);
    expect(readCommandLine(['-h']).help).toBe(true);
    expect(readCommandLine(['--version']).version).toBe(true);
  });

  it.each<[string, string[], RegExp]>([
    ['an unknown option', ['--dry-run'], /--dry-run/],
    ['a mistyped option', ['--previev'], /--previev/],
    ['a short option', ['-p'], /-p/],
    ['a file without --run', ['run.yaml'], /run\.yaml/],
    ['--run without a file', ['--run'], /--run/],
    ['--run with an empty path', ['--run='], /--run needs a value/],
    ['--report without a folder', ['--report'], /--report/],
    ['--report with an empty path', ['--report', ''], /--report needs a value/],
    ['an option whose value is another option', ['--run', '--preview'], /--run/],
    ['a value for a switch', ['--preview=false'], /--preview/],
    ['a negated switch', ['--no-preview'], /--no-preview/],
    [
      'an option with one hyphen',
      ['-preview'],
      /^-preview is not an option; did you mean "--preview"\? \(see --help\)$/,
    ],
    ['an option with a dash', ['\u2013preview'], /did you mean "--preview"/],
    ['an option without hyphens', ['help'], /did you mean "--help"/],
    ['two values for one option', ['--run=a', '--run=b'], /--run is given twice/],
    ['the name that other programs have for it', ['--dry-run'], /did you mean "--preview"/],
    ['--preview and --check at once', ['--check', '--preview'], /exclude each other/],
  ])('the command line refuses %s, and the message points to --help', (_what, args, message) => {
    expect(() => readCommandLine(args)).toThrow(InvalidInputError);
    expect(() => readCommandLine(args)).toThrow(message);
    expect(() => readCommandLine(args)).toThrow('(see --help)');
  });
});

function isAccepted(args: string[]): boolean {
  try {
    readCommandLine(args);
    return true;
  } catch {
    return false;
  }
}

const manifest = await readManifest(new URL('../../manifest.yaml', import.meta.url));

describe('--help', () => {
  it.each(['add_to_blocklist', 'add_to_exception_list'])(
    'the help text of %s describes the action and its usage',
    (id) => {
      const action = actionOf(manifest, id);
      const help = helpText(action);
      expect(help).toContain(action.name);
      expect(help).toContain(`node ${action.entrypoint}`);
    },
  );

  it('the help text lists all options, has an example, and fits into 80 columns', () => {
    const help = helpText(actionOf(manifest, 'add_to_exception_list'));
    for (const name of [
      'run',
      'preview',
      'check',
      'approve',
      'report',
      'json',
      'quiet',
      'log-format',
    ]) {
      expect(help).toContain(`--${name}`);
    }
    for (const name of ['allow-large-removal', 'version']) expect(help).toContain(`--${name}`);
    expect(help).toContain('-h, --help');
    expect(help).toMatch(/^example: node actions\/add-to-exception-list\.mjs --run /m);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('each option in the help text is accepted', () => {
    const named = helpText(actionOf(manifest, 'add_to_blocklist')).match(/--[a-z-]+/g) ?? [];
    expect(new Set(named).size).toBeGreaterThanOrEqual(7);
    for (const option of new Set(named)) {
      const tries = [[option], [option, 'x'], [option, 'json'], [option, 'x', '--report', 'x']];
      expect(tries.some(isAccepted), option).toBe(true);
    }
  });
});
