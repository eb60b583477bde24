/** run_action.py of the built zip: which process it starts, and what it refuses. */
import { chmod, mkdir, mkdtemp, readFile, realpath, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { actionOf, readManifest } from '../../src/cli/manifest.js';
import { ENTRYPOINTS, ROOT, removeFolder, unpack } from '../support/bundle.js';
import { callRun, noPython, type Parameters, startPython } from '../support/python.js';

const manifest = await readManifest(new URL('../../manifest.yaml', import.meta.url));
const blocklist = actionOf(manifest, 'add_to_blocklist');
const exceptions = actionOf(manifest, 'add_to_exception_list');
const defaults = Object.fromEntries(
  blocklist.fields.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value]],
  ),
);
const LARGE = 1_000_000;

/** A program named `node` that records how it was started, and prints a result. */
const RECORDER = `#!${process.execPath}
const fs = require('node:fs');
const document = JSON.parse(fs.readFileSync(0, 'utf8'));
const [, , entrypoint, ...args] = process.argv;
const started = { entrypoint, args, env: process.env, document };
fs.writeFileSync(__dirname + '/started.json', JSON.stringify(started));
process.stderr.write('é'.repeat(${LARGE}));
const counts = { read: 9, accepted: 4, rejected: 2, removed: 1, skipped: 3, unsent: 5, planned: 6 };
process.stdout.write(JSON.stringify({ status: 'Incomplete', counts, text: 'é'.repeat(${LARGE}) }));
`;

interface Started {
  entrypoint: string;
  args: string[];
  env: Record<string, string>;
  document: { configuration: Record<string, unknown>; [key: string]: unknown };
}

if (noPython) it.skip(noPython, () => {});

describe.skipIf(noPython)('run_action.py', () => {
  let folder: string;
  let bin: string;

  beforeAll(async () => {
    folder = await unpack();
  });
  afterAll(() => removeFolder(folder));
  beforeEach(async () => {
    bin = await mkdtemp(join(tmpdir(), 'vision-one-python-'));
    await writeFile(join(bin, 'node'), RECORDER);
    await chmod(join(bin, 'node'), 0o755);
  });
  afterEach(() => removeFolder(bin));

  /** Calls `run` with a PATH that has only the recorder. */
  const call = (parameters: Parameters, env: Record<string, string> = {}) =>
    callRun(folder, parameters, { PATH: bin, ...env });

  /** What `run` started. */
  async function started(
    parameters: Parameters,
    env: Record<string, string> = {},
  ): Promise<Started> {
    expect(await call(parameters, env)).not.toHaveProperty('raised');
    return JSON.parse(await readFile(join(bin, 'started.json'), 'utf8'));
  }

  describe('the started process', () => {
    it('the values of the node take precedence over those of the page, and these over the defaults', async () => {
      const { document } = await started({
        page_config: { risk_level: 'high', scan_action: 'log', ioc_expiration: '7' },
        node_config: {
          risk_level: 'low',
          scan_action: '',
          ioc_expiration: null,
          verify_ssl: false,
        },
      });
      expect(document.configuration).toEqual({
        ...defaults,
        risk_level: 'low',
        scan_action: 'log',
        ioc_expiration: '7',
        verify_ssl: false,
      });
    });

    it('None and empty values of both count as not given', async () => {
      const { document } = await started({
        page_config: { scan_action: '', risk_level: null },
        node_config: { scan_action: null, risk_level: '' },
        threatq: { host: '', email: null },
      });
      expect(document).toEqual({ configuration: defaults, threatq: {} });
    });

    it.each([
      [blocklist, ENTRYPOINTS.blocklist],
      [exceptions, ENTRYPOINTS.exceptions],
    ])(
      'an action is found by its name, its namespace and the last part of it: $name',
      async ({ name, namespace }, entrypoint) => {
        const id = namespace.replace(/.*\./, '');
        for (const action of [name, namespace, id, id.replaceAll('_', '-')]) {
          const start = await started({ action });
          expect(start.entrypoint).toBe(join(await realpath(folder), entrypoint));
          expect(start.args).toEqual(['--json', '--quiet']);
        }
      },
    );

    it('data collection, objects, mode and report are passed on', async () => {
      const objects = [{ id: 1, type: 'FQDN', value: 'bücher.example' }];
      const first = await started({ data_collection: { name: 'A “b”' }, mode: 'preview' });
      expect(first.document['data_collection']).toEqual({ name: 'A “b”' });
      expect(first.args.slice(2)).toEqual(['--preview']);
      const second = await started({ objects, mode: 'check', report: '-reports' });
      expect(second.document['objects']).toEqual(objects);
      expect(second.args.slice(2)).toEqual(['--check', '--report=-reports']);
    });

    it('the mode export replaces the value of Run Mode', async () => {
      const page_config = { run_mode: 'preview' };
      const { document, args } = await started({ page_config, mode: 'export' });
      expect(args).toEqual(['--json', '--quiet']);
      expect(document.configuration['run_mode']).toBe('export');
    });

    it('the result gets the row of an activity log', async () => {
      const { result } = await call({});
      expect(result.activity_log).toEqual({
        status: 'Incomplete',
        data_requested: 9,
        response_received: 7,
        data_enriched: 0,
      });
    });

    it('large output on both streams is read completely, as UTF-8 in any locale', async () => {
      const ascii = { LC_ALL: 'C', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' };
      const objects = [{ value: 'x'.repeat(LARGE) }];
      const { result, stderr } = await call({ objects }, ascii);
      expect(result.text).toBe('é'.repeat(LARGE));
      // Python escapes what this locale cannot show.
      expect(stderr.trim()).toBe('\\xe9'.repeat(LARGE));
    });
  });

  describe('secrets', () => {
    const secrets = {
      VISION_ONE_API_KEY: 'key-of-the-page',
      THREATQ_CLIENT_SECRET: 'secret-of-the-client',
      THREATQ_PASSWORD: 'pässword "of" a user',
    };
    const files = Object.fromEntries(
      Object.keys(secrets).map((name) => [`${name}_FILE`, '/no-such-file']),
    );
    const given = {
      page_config: { api_key: secrets.VISION_ONE_API_KEY },
      threatq: {
        host: 'https://threatq.example.com',
        client_id: 'client',
        client_secret: secrets.THREATQ_CLIENT_SECRET,
        email: 'a@example.com',
        password: secrets.THREATQ_PASSWORD,
      },
    };

    it.each([
      ['UTF-8', {}],
      ['ASCII', { LC_ALL: 'C', PYTHONUTF8: '0', PYTHONCOERCECLOCALE: '0' }],
    ])(
      'secrets are in the environment and nowhere else, in a locale with %s',
      async (_, locale) => {
        const HTTPS_PROXY = 'http://proxy.example.com:3128';
        const { env, document, args } = await started(given, { ...files, ...locale, HTTPS_PROXY });
        expect(env).toMatchObject({ ...secrets, HTTPS_PROXY });
        for (const name of Object.keys(files)) expect(env).not.toHaveProperty(name);
        expect(document).toEqual({
          configuration: defaults,
          threatq: {
            host: 'https://threatq.example.com',
            client_id: 'client',
            email: 'a@example.com',
          },
        });
        expect(args).toEqual(['--json', '--quiet']);
      },
    );

    it('no masked field of either action is in the document', async () => {
      for (const { name: action, fields } of [blocklist, exceptions]) {
        const masked = fields.filter(({ mask }) => mask).map(({ name }) => name);
        const page_config = Object.fromEntries(masked.map((name) => [name, 'a-secret-value']));
        expect(masked).toContain('api_key');
        const { document } = await started({ action, page_config });
        expect(JSON.stringify(document)).not.toContain('a-secret-value');
      }
    });

    it('the secrets of the environment are left as they are if none is given', async () => {
      const { env } = await started({ threatq: { client_id: 'client' } }, { ...secrets, ...files });
      expect(env).toMatchObject({ ...secrets, ...files });
    });

    it('given credentials of ThreatQ are not mixed with those of the environment', async () => {
      const threatq = { client_id: 'client', email: 'a@example.com', password: 'given' };
      const { env } = await started({ threatq }, { ...secrets, ...files });
      expect(env).not.toHaveProperty('THREATQ_CLIENT_SECRET');
      expect(env).not.toHaveProperty('THREATQ_CLIENT_SECRET_FILE');
      expect(env).toMatchObject({
        THREATQ_PASSWORD: 'given',
        VISION_ONE_API_KEY: secrets.VISION_ONE_API_KEY,
        VISION_ONE_API_KEY_FILE: '/no-such-file',
      });
    });

    it.each([
      ['NUL', 'hidden\0value'],
      ['a lone surrogate', 'hidden\ud800value'],
      ['a number', 1234567],
      ['a list', ['hidden']],
    ])('a secret that is or has %s is refused, and is not shown', async (_, value) => {
      for (const [name, parameters] of [
        ['api_key', { node_config: { api_key: value } }],
        ['client_secret', { threatq: { client_secret: value } }],
        ['password', { threatq: { password: value } }],
      ] as const) {
        const { raised, message, output } = await call(parameters);
        expect(raised).toBe('ValueError');
        expect(message).toMatch(new RegExp(`^${name} must be text`));
        expect(output).not.toMatch(/hidden|1234567/);
      }
    });
  });

  describe('refusals', () => {
    it('unknown fields are refused together, without values and without what may be a secret', async () => {
      const { raised, message, output } = await call({
        page_config: { api_region: 'Japan', api_kee: 'hidden-1', 'API Region': 'hidden-2' },
        node_config: { 'api_key:hidden-3': null, no_such_field: 'hidden-4' },
        threatq: { secret: 'hidden-5' },
      });
      expect(raised).toBe('ValueError');
      const accepted = blocklist.fields.map(({ name }) => name).join(', ');
      expect(message?.split('\n')).toEqual([
        `page_config: unknown api_kee (did you mean api_key?), API Region (did you mean api_region?); accepted: ${accepted}`,
        `node_config: unknown (a key that is not shown) (did you mean api_key?), no_such_field; accepted: ${accepted}`,
        'threatq: unknown secret (did you mean client_secret?); accepted: host, client_id, email, client_secret, password',
      ]);
      expect(output).not.toContain('hidden');
    });

    it('a secret that no service issues is refused before a process is started', async () => {
      const { raised, message } = await call({ page_config: { api_key: 'k'.repeat(200_000) } });
      expect(raised).toBe('ValueError');
      expect(message).toMatch(/^api_key must be text of at most 8192 characters/);
    });

    it('a field of the other action is unknown', async () => {
      const { message } = await call({
        action: 'add_to_exception_list',
        node_config: { scan_action: 'block' },
      });
      expect(message).toContain('node_config: unknown scan_action;');
    });

    it('a section that is not a mapping is refused', async () => {
      const { raised, message } = await call({ page_config: ['hidden'] });
      expect({ raised, message }).toEqual({
        raised: 'ValueError',
        message: 'page_config must be a mapping',
      });
    });

    it('an unknown action is refused with all accepted names', async () => {
      const { raised, message } = await call({ action: 'blocklist' });
      expect(raised).toBe('ValueError');
      for (const { name, namespace } of [blocklist, exceptions]) {
        expect(message).toContain(name);
        expect(message).toContain(namespace);
      }
    });

    it('an unknown mode is refused', async () => {
      const { raised, message } = await call({ mode: 'dry' });
      expect(raised).toBe('ValueError');
      expect(message).toBe('mode must be one of: export, preview, check');
    });

    it('a missing Node is an error that says so', async () => {
      const empty = join(bin, 'empty');
      await mkdir(empty);
      const { raised, message } = await call({}, { PATH: empty });
      expect(raised).toBe('FileNotFoundError');
      expect(message).toBe('node is not in PATH');
    });
  });

  it.each(['actions/run_action.py', 'examples/airflow_vision_one.py'])(
    '%s has the syntax of Python 3.9',
    async (name) => {
      const program = `import ast, sys; ast.parse(sys.stdin.read(), feature_version=(3, 9))`;
      const stdin = await readFile(join(ROOT, name), 'utf8');
      const checked = await startPython(folder, ['-c', program], { stdin });
      expect(checked).toMatchObject({ code: 0, stderr: '' });
    },
  );
});
