/** What people give a run: encodings, secrets in files, Run Mode, Never Block, and mistakes in all of them. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { Result } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder } from '../support/bundle.js';
import { rowsOf } from '../support/rows.js';
import { runCli } from './run-cli.js';

let scratch: string;
let threatq: ThreatQ;
let visionOne: VisionOne;

const C2 = rowsOf(
  ['FQDN', 'c2.bad-actor.com'],
  ['Email Address', 'boss@partner.com'],
  ['URL', 'http://cdn.partner.com/x'],
  ['IP Address', '45.1.2.3'],
);

beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'input-'));
  threatq = await startThreatQ({ collections: [{ name: 'Active C2', hash: 'c2', rows: C2 }] });
  visionOne = await startVisionOne();
  return async () => {
    await Promise.all([threatq.close(), visionOne.close()]);
    await removeFolder(scratch);
  };
});

const file = async (name: string, content: string | Buffer): Promise<string> => {
  const path = join(scratch, name);
  await writeFile(path, content);
  return path;
};

const document = (configuration: object = {}, more: object = {}) => ({
  threatq: threatq.section,
  data_collection: { hash: 'c2' },
  configuration: { api_region: 'Japan', api_key: visionOne.apiKey, ...configuration },
  ...more,
});

async function run(
  given: unknown,
  args: string[] = [],
  { env = {}, action = 'blocklist' as Parameters<typeof runCli>[0] } = {},
) {
  const finished = await runCli(action, given, ['--json', '--quiet', ...args], {
    env: { VISION_ONE_BASE_URL: visionOne.url, ...env },
  });
  return { ...finished, result: JSON.parse(finished.stdout) as Result };
}

const requests = () => threatq.requests.length + visionOne.requests.length;
const posts = () => visionOne.requests.filter(({ method }) => method === 'POST').length;
const listed = () => [...visionOne.suspicious.values()].map(({ value }) => value).sort();

/** The problems of an error, without positions. */
const problemsOf = ({ error }: Result) =>
  error?.message.replace(/ ?\(line \d+, column \d+\)|^line \d+, column \d+: /gm, '').split('\n');

describe('the text of a run document', () => {
  const text = () => stringify(document({}, { name: 'Büro Zürich' }));
  const utf16be = (plain: string) => Buffer.from(plain, 'utf16le').swap16();

  it.each([
    ['UTF-8 with a byte order mark', (plain: string) => Buffer.from(`\ufeff${plain}`)],
    ['UTF-16 LE with one', (plain: string) => Buffer.from(`\ufeff${plain}`, 'utf16le')],
    ['UTF-16 BE with one', (plain: string) => utf16be(`\ufeff${plain}`)],
  ])('a run document in %s is read', async (_, encode) => {
    const path = await file('run.yaml', encode(text()));
    const { code, result } = await run('', ['--run', path]);
    expect(code).toBe(0);
    expect(result.name).toBe('Büro Zürich');
  });

  it.each([
    ['Latin-1', Buffer.from('name: Büro', 'latin1')],
    ['UTF-16 that is cut', Buffer.from('\ufeffname', 'utf16le').subarray(0, 7)],
    ['a zip', Buffer.from([0x50, 0x4b, 0x03, 0x04, 0xff, 0xfe])],
  ])('a run document in %s is an error that says how to save it', async (_, bytes) => {
    const path = await file('run.yaml', bytes);
    const { code, result } = await run('', ['--run', path]);
    expect(code).toBe(1);
    expect(problemsOf(result)).toEqual([
      `--run: is not UTF-8 text: save it as UTF-8, or as UTF-16 with a byte order mark: ${path}`,
    ]);
  });

  it.each(['', ' \n'])('an empty standard input is an error that names --run', async (empty) => {
    const { code, result } = await run(empty);
    expect(code).toBe(1);
    expect(problemsOf(result)).toEqual([
      'no run document: standard input is empty; give --run FILE, or the document on standard input (see --help)',
    ]);
  });

  it('a run document that does not exist is an error in words', async () => {
    const path = join(scratch, 'missing.yaml');
    const { result } = await run('', ['--run', path]);
    expect(problemsOf(result)).toEqual([
      `--run: cannot be read (no such file or directory): ${path}`,
    ]);
  });

  it("a /api at the end of ThreatQ's address is ignored", async () => {
    for (const end of ['/api', '/api/', '/API']) {
      const section = { ...threatq.section, host: `${threatq.url}${end}` };
      expect((await run(document({}, { threatq: section }), ['--preview'])).code).toBe(0);
    }
  });
});

describe('secrets in files', () => {
  const withoutSecrets = () => {
    const { host, client_id } = threatq.section;
    const { api_key, ...configuration } = document().configuration;
    return document({}, { threatq: { host, client_id }, configuration });
  };

  it('the secrets are read from files, with or without a line end, and appear nowhere', async () => {
    const env = {
      VISION_ONE_API_KEY_FILE: await file('key', `${visionOne.apiKey}\n`),
      THREATQ_CLIENT_SECRET_FILE: await file('secret', `${threatq.clientSecret}\r\n`),
    };
    const { code, stdout, stderr } = await run(withoutSecrets(), ['--report', scratch], { env });
    expect(code).toBe(0);
    expect(listed()).toHaveLength(4);
    for (const secret of [visionOne.apiKey, threatq.clientSecret]) {
      expect(stdout + stderr).not.toContain(secret);
    }
  });

  it('a password keeps the spaces around it', async () => {
    await threatq.close();
    threatq = await startThreatQ({
      collections: [{ name: 'Active C2', hash: 'c2', rows: C2 }],
      password: ' pass word ',
    });
    const { client_secret, ...section } = document().threatq as Record<string, string>;
    const env = { THREATQ_PASSWORD_FILE: await file('password', ' pass word \n') };
    const login = { ...section, email: threatq.email };
    expect((await run(document({}, { threatq: login }), [], { env })).code).toBe(0);
  });

  it('all that is wrong with files of secrets is reported at once, without a secret or a path', async () => {
    const env = {
      VISION_ONE_API_KEY_FILE: join(scratch, 'missing-secret-path'),
      THREATQ_CLIENT_SECRET: 'one-secret-value',
      THREATQ_CLIENT_SECRET_FILE: await file('secret', 'other-secret-value'),
      THREATQ_PASSWORD_FILE: await file('password', '\n'),
    };
    const { code, result, stdout } = await run(withoutSecrets(), [], { env });
    expect(code).toBe(1);
    expect(problemsOf(result)).toEqual([
      'VISION_ONE_API_KEY_FILE: must be the path of a file that holds the secret; it cannot be read (no such file or directory)',
      'THREATQ_CLIENT_SECRET_FILE: is set, and so is THREATQ_CLIENT_SECRET: set only one of them',
      'THREATQ_PASSWORD_FILE: names a file that is empty',
    ]);
    expect(stdout).not.toMatch(/missing-secret-path|secret-value/);
    expect(requests()).toBe(0);
  });

  it.each([
    [Buffer.alloc(40_000, 'k'), /: must be the path .*; it is larger than \d+ bytes/],
    [Buffer.alloc(9_000, 'k'), /: names a file whose text must be at most 8192 characters long/],
    ['clé-secrète', /^VISION_ONE_API_KEY_FILE: API Key must be text of printable ASCII/m],
    ['"quoted-key"', /: names a file whose text is in quotes/],
    ['$KEY', /: names a file whose text is still a placeholder/],
    [Buffer.from([0xff, 0x00, 0xc3]), /it is not UTF-8 text/],
  ])('a file with an unusable secret is an error (%#)', async (content, message) => {
    const env = { VISION_ONE_API_KEY_FILE: await file('key', content) };
    const { code, result } = await run(withoutSecrets(), [], { env });
    expect(code).toBe(1);
    expect(result.error?.message).toMatch(message);
  });

  it.each([
    '"secret-in-quotes"',
    "'secret-in-quotes'",
    '$SECRET_IN_IT',
    '{{ secret }}',
    '<secret>',
  ])('the secret %s in a variable is an error of that variable', async (secret) => {
    const names = ['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'];
    const env = Object.fromEntries(names.map((name) => [name, secret]));
    const { code, result } = await run(withoutSecrets(), [], { env });
    expect(code).toBe(1);
    const problems = problemsOf(result) ?? [];
    for (const name of names) {
      const [first, ...others] = problems.filter((each) => each.startsWith(`${name}: `));
      expect(first).toMatch(/ is (?:in quotes|still a placeholder): /);
      expect(others).toEqual([]);
    }
    expect(result.error?.message).not.toContain('secret-in-quotes');
    expect(requests()).toBe(0);
  });

  it.each([`${'$'}{{ secrets.KEY }}`, `${'$'}{A:-${'$'}{B}}`, '<<KEY>>', 'replace-me'])(
    'the placeholder %s is an error before any request',
    async (secret) => {
      const section = { ...threatq.section, client_secret: secret };
      const { result } = await run(document({ api_key: secret }, { threatq: section }));
      expect(problemsOf(result)).toEqual([
        'threatq.client_secret: is still a placeholder: replace it with the real value',
        'configuration.api_key: API Key is still a placeholder: replace it with the real value',
      ]);
      expect(requests()).toBe(0);
    },
  );

  it('placeholders of a password login are the only problems', async () => {
    const { host, client_id } = threatq.section;
    const section = { host, client_id, email: '{{ e }}', password: '{{ p }}' };
    const { result } = await run(document({}, { threatq: section }));
    expect(problemsOf(result)).toHaveLength(2);
  });

  it('a pipe, a device or a folder in place of a file of a secret is an error at once', async () => {
    const pipe = join(scratch, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const [path, kind] of [
      [pipe, 'a named pipe'],
      ['/dev/zero', 'a device'],
      [scratch, 'a folder'],
    ] as const) {
      const env = { VISION_ONE_API_KEY_FILE: path };
      const { code, result } = await run(withoutSecrets(), [], { env });
      expect(code).toBe(1);
      expect(result.error?.message).toContain(`it is not a regular file, but ${kind}`);
    }
  });

  it('a variable with a misspelt name is named if something is missing', async () => {
    const env = { VISIONONE_API_KEY: 'one-secret-value', vision_one_base_url: '' };
    const { client_secret, ...section } = threatq.section;
    const { api_key, ...configuration } = document().configuration;
    const given = document({}, { threatq: section, configuration });
    const { result, stdout } = await run(given, [], { env: { ...env, THREATQ_SECRET: 'x' } });
    expect(problemsOf(result)).toContain(
      'VISIONONE_API_KEY: is not a variable of an action; did you mean "VISION_ONE_API_KEY"?',
    );
    expect(stdout).not.toContain('one-secret-value');
  });

  it('a mistake in another variable is reported as one of that variable', async () => {
    const { host, ...section } = threatq.section;
    const env = { THREATQ_HOST: '"https://threatq.example.com"', THREATQ_CLIENT_ID: '<client id>' };
    const { client_id, ...login } = section;
    const { result } = await run(document({}, { threatq: login }), [], { env });
    expect(problemsOf(result)).toEqual([
      'THREATQ_HOST: is in quotes: remove them (in an environment file of Docker, quotes are a part of the value)',
      'THREATQ_CLIENT_ID: is still a placeholder: replace it with the real value',
    ]);
  });
});

describe('Run Mode', () => {
  it('the mode check gives the check report, and sends nothing', async () => {
    const { code, result } = await run(document({ run_mode: 'Check' }));
    expect(code).toBe(0);
    expect(result.mode).toBe('check');
    expect(result.checks?.map(({ ok }) => ok)).toEqual([true, true, true, true, true, true]);
    expect(posts()).toBe(0);
  });

  it('the mode preview plans, and sends nothing', async () => {
    const { result } = await run(document({ run_mode: 'preview' }));
    expect(result).toMatchObject({ mode: 'preview', counts: { planned: 4, accepted: 0 } });
    expect(posts()).toBe(0);
  });

  it('the mode of a run that cannot begin is that of Run Mode', async () => {
    const { code, result } = await run(document({ run_mode: 'Check', api_region: 'Mars' }));
    expect(code).toBe(1);
    expect(result.mode).toBe('check');
    const wrong = await run(document({ run_mode: 'chekc', api_region: 'Mars' }), ['--preview']);
    expect(wrong.result.mode).toBe('preview');
  });

  it('an option on the command line takes precedence', async () => {
    const previewed = document({ run_mode: 'preview' });
    expect((await run(previewed, ['--check'])).result.mode).toBe('check');
    expect((await run(document({ run_mode: 'check' }), ['--preview'])).result.mode).toBe('preview');
    expect((await run(previewed, ['--report', scratch])).result.mode).toBe('preview');
    const { result } = await run(previewed, ['--approve', join(scratch, 'report.json')]);
    expect(result).toMatchObject({ mode: 'export', counts: { accepted: 4 } });
  });
});

describe('Never Block', () => {
  it('domains, networks and subdomains are excluded, also in URLs and email addresses', async () => {
    const never_block =
      '*.partner.com, partner.com # ours\r\n45.1.0.0/16\n\nhxxp://a.partner[.]com/b';
    const { result } = await run(document({ never_block, safety_checks: false }));
    expect(listed()).toEqual(['c2.bad-actor.com']);
    expect(result.counts.by_reason).toEqual({ excluded: 3 });
    expect(result.items.at(-1)).toMatchObject({
      message: 'it is on the exclusion list Never Block',
    });
    await run(document({ never_block }), ['--preview', '--report', scratch]);
    expect(await readFile(join(scratch, 'report.html'), 'utf8')).toContain(
      '<dt>Never Block</dt><dd>*.partner.com, partner.com # ours, 45.1.0.0/16, ',
    );
  });

  it('a bad entry is an error that names the entry, with all other problems', async () => {
    const never_block = 'good.com, two words\n10.0.0.0/33';
    const missing = join(scratch, 'missing.txt');
    const given = document({ never_block, risk_level: 'Hgh' }, { exclude: ['lines.txt', missing] });
    await file('lines.txt', 'good.com\n\n# comment\nbad entry\na*b.com\n');
    const path = await file('run.json', JSON.stringify(given));
    const { code, result } = await run('', ['--run', path]);
    expect(code).toBe(1);
    expect(problemsOf(result)).toEqual([
      expect.stringMatching(/^configuration\.risk_level: .*given: "Hgh"; did you mean "High"\?$/),
      expect.stringMatching(
        /^configuration\.never_block: .* has white space in it; given: "two words"$/,
      ),
      expect.stringMatching(/^configuration\.never_block: .*; given: "10\.0\.0\.0\/33"$/),
      'exclude.0: lines.txt: line 4 has white space in it',
      'exclude.0: lines.txt: line 5 may have a * only in one *. at its beginning, as in *.example.com',
      `exclude.1: ${missing}: cannot be read (no such file or directory)`,
    ]);
    expect(requests()).toBe(0);
  });

  it('exclusion files are relative to the folder of the run document', async () => {
    await mkdir(join(scratch, 'lists'));
    await file('lists/own.txt', 'c2.bad-actor.com');
    const path = await file('run.json', JSON.stringify(document({}, { exclude: 'lists/own.txt' })));
    const { result } = await run('', ['--run', path]);
    expect(result.counts.by_reason).toEqual({ excluded: 1 });
  });
});

describe('selected objects', () => {
  it("a page of ThreatQ's API is an error, not an indicator without a value", async () => {
    const { threatq: _, data_collection, ...rest } = document();
    const { code, result } = await run({ ...rest, objects: { total: 4, data: C2 } });
    expect(code).toBe(1);
    expect(problemsOf(result)).toEqual([
      'objects: must be a list of indicators, each with type and value',
    ]);
  });
});

describe('API Region custom', () => {
  it('an API Endpoint that is not used is a warning, and is in no report', async () => {
    const api_endpoint = 'https://user:endpoint-password@gateway.example.com/?key=endpoint-key';
    const path = await file('run.json', JSON.stringify(document({ api_endpoint })));
    const args = ['--run', path, '--preview', '--report', scratch];
    const { code, stderr } = await runCli('blocklist', '', args, {
      env: { VISION_ONE_BASE_URL: visionOne.url },
    });
    expect(code).toBe(0);
    expect(stderr).toContain('API Endpoint is not used, because API Region is Japan');
    for (const name of ['report.html', 'report.json', 'report.csv']) {
      expect(await readFile(join(scratch, name), 'utf8')).not.toMatch(/endpoint-(?:password|key)/);
    }
  });

  it.each(['', '/', '/v3.0', '/v3.0/threatintel/suspiciousObjects'])(
    'the address of API Endpoint is used, with %j after it',
    async (path) => {
      const api_endpoint = `${visionOne.url}${path}`;
      const given = document({ api_region: 'Custom (see API Endpoint)', api_endpoint });
      const { result } = await run(given, [], { env: { VISION_ONE_BASE_URL: '' } });
      expect(result).toMatchObject({
        status: 'Completed',
        region: 'Custom (see API Endpoint)',
        vision_one: visionOne.url,
      });
    },
  );
});
