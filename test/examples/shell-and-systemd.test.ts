/** The environment file and the systemd units of examples/. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { helpText } from '../../src/cli/command-line.js';
import { DEFAULT_TIME_LIMIT_MINUTES } from '../../src/cli/document/schema.js';
import { actionOf, readManifest } from '../../src/cli/manifest.js';
import { ENTRYPOINTS, ROOT } from '../support/bundle.js';

const MANIFEST = new URL('../../manifest.yaml', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'vision-one-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const textOf = (name: string) => readFileSync(join(ROOT, 'examples', name), 'utf8');
const environment = textOf('vision-one.env');
const service = textOf('vision-one@.service');
const timer = textOf('vision-one@.timer');

/** The variables as `docker run --env-file` reads them: it removes comments, and no quotes. */
function asDockerReads(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return Object.fromEntries(
    lines.map((line) => {
      const end = line.indexOf('=');
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
}

/** The variables that a shell has after it has read a file, without its own. */
function asShellReads(text: string): Record<string, string> {
  const file = join(folder, 'vision-one.env');
  writeFileSync(file, text);
  const script = 'set -a; . "$1"; exec "$0" -p "JSON.stringify(process.env)"';
  const options = { encoding: 'utf8', env: {} } as const;
  const { stdout } = spawnSync('sh', ['-c', script, process.execPath, file], options);
  const { PWD, OLDPWD, SHLVL, _, ...variables } = JSON.parse(stdout);
  return variables;
}

/** The values of a key of a unit, in order. */
const valuesOf = (unit: string, key: string) =>
  [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map(([, value]) => value);

const withoutComments = environment.replace(/^#(?=[A-Z_]+=)/gm, '');

it.each([
  ['as it is', environment],
  ['with all variables', withoutComments],
])('sh and Docker read the same from the environment file %s', (_, text) => {
  const variables = asDockerReads(text);
  expect(variables).toHaveProperty('VISION_ONE_API_KEY', 'replace-me');
  expect(asShellReads(text)).toEqual(variables);
  for (const value of Object.values(variables)) expect(value).toMatch(/^[\w.:/@-]+$/);
});

it('the environment file sets no variable that the service sets', () => {
  const names = valuesOf(service, 'Environment').map((setting) => setting?.split('=')[0]);
  expect(names).toEqual(['VISION_ONE_API_KEY_FILE', 'THREATQ_CLIENT_SECRET_FILE']);
  for (const name of names) {
    expect(asDockerReads(withoutComments)).toHaveProperty(name ?? '');
    // systemd prefers the values of the file.
    expect(asDockerReads(environment)).not.toHaveProperty(name ?? '');
  }
});

it('the command line help names each variable of the examples', async () => {
  const help = helpText(actionOf(await readManifest(MANIFEST), 'add_to_blocklist'));
  const text = [environment, service, textOf('kubernetes-cronjob.yaml')].join('\n');
  const names = [...text.matchAll(/(?:^#?|Environment=|name: )([A-Z]+(?:_[A-Z]+)+)/gm)];
  expect(names.length).toBeGreaterThan(10);
  for (const [, name = ''] of names) expect(help).toContain(name);
});

it('the service reads the credentials that it loads', () => {
  const loaded = valuesOf(service, 'LoadCredential').map((value) => value?.split(':')[0]);
  const used = valuesOf(service, 'Environment').map((value) => value?.split('=%d/')[1]);
  expect(used).toEqual(loaded);
});

it('the service starts an entrypoint and waits longer than its time limit', () => {
  const [command = ''] = valuesOf(service, 'ExecStart');
  expect(command).toContain(`/opt/vision-one/${ENTRYPOINTS.blocklist} `);
  const [minutes] = valuesOf(service, 'TimeoutStartSec').map(
    (value) => /^(\d+)min$/.exec(value ?? '')?.[1],
  );
  expect(Number(minutes)).toBeGreaterThan(DEFAULT_TIME_LIMIT_MINUTES);
  const [state] = valuesOf(service, 'StateDirectory');
  expect(command).toContain(` --report %S/${state} `);
});

it('an incomplete run is a failure of the service', () => {
  expect(valuesOf(service, 'SuccessExitStatus')).toEqual([]);
  expect(valuesOf(service, 'ExecStart')).toHaveLength(1);
  expect(valuesOf(service, 'ExecStart')[0]).not.toMatch(/^-/);
});

it.each(['DynamicUser=yes', 'NoNewPrivileges=yes', 'ProtectSystem=strict'])(
  'the service has %s',
  (setting) => expect(service.split('\n')).toContain(setting),
);

it.each(['RandomizedDelaySec=30min', 'Persistent=true'])('the timer has %s', (setting) =>
  expect(timer.split('\n')).toContain(setting),
);

const noSystemd = spawnSync('systemd-analyze', ['--version']).status !== 0;
const title = 'systemd-analyze accepts the units';
if (noSystemd) console.warn('the systemd units were not verified: systemd-analyze was not found');
it.skipIf(noSystemd)(noSystemd ? `NOT RUN without systemd-analyze: ${title}` : title, () => {
  const verify = (text: string) => {
    writeFileSync(join(folder, 'vision-one@.service'), text);
    writeFileSync(join(folder, 'vision-one@.timer'), timer);
    const args = ['verify', '--man=no', 'vision-one@.service', 'vision-one@.timer'];
    return spawnSync('systemd-analyze', args, { cwd: folder, encoding: 'utf8' });
  };
  // Node may be in another folder here.
  const unit = service.replace('/usr/bin/node', process.execPath);
  const { status, stderr } = verify(unit);
  expect(status, stderr).toBe(0);
  // It also reports problems of other units.
  expect(stderr).not.toContain('vision-one');
  expect(verify(unit.replace('ProtectSystem', 'ProtectSytem')).stderr).toContain('ProtectSytem');
});
