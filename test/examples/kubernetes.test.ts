/** The Kubernetes CronJob of examples/, checked with Kubernetes' own types. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CronJob } from 'kubernetes-types/batch/v1.js';
import type { ConfigMap } from 'kubernetes-types/core/v1.js';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { actionOf, readManifest } from '../../src/cli/manifest.js';
import { ENTRYPOINTS, ROOT } from '../support/bundle.js';
import { readDocument } from '../support/document.js';

const text = readFileSync(join(ROOT, 'examples', 'kubernetes-cronjob.yaml'), 'utf8');

/** The documents as Kubernetes reads them, which uses YAML 1.1. */
const read = (version: '1.1' | '1.2') =>
  parseAllDocuments(text, { version }).map((document) => document.toJS({}));
const [configMap, cronJob] = read('1.1') as [ConfigMap, CronJob];

const jobSpec = cronJob.spec?.jobTemplate.spec;
const podSpec = jobSpec?.template.spec;
const [container] = podSpec?.containers ?? [];

/** The errors of the TypeScript compiler about data that should have Kubernetes' types. */
function typeErrors(job: object, map: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'vision-one-kubernetes-'));
  try {
    const types = join(ROOT, 'node_modules', 'kubernetes-types');
    writeFileSync(
      join(folder, 'resources.ts'),
      `import type { CronJob } from '${types}/batch/v1.js';
import type { ConfigMap } from '${types}/core/v1.js';
export const job: CronJob = ${JSON.stringify(job)};
export const map: ConfigMap = ${JSON.stringify(map)};
`,
    );
    const args = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', 'resources.ts'];
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    return spawnSync(tsc, args, { cwd: folder, encoding: 'utf8' }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

it('the resources have the types of Kubernetes, and no unknown field', () => {
  expect(typeErrors(cronJob, configMap)).toBe('');
  const misspelt = JSON.parse(
    JSON.stringify(cronJob).replace('concurrencyPolicy', 'concurencyPolicy'),
  );
  expect(typeErrors(misspelt, configMap)).toContain('concurencyPolicy');
});

it('the file means the same in YAML 1.1 and 1.2', () => {
  expect(read('1.2')).toEqual(read('1.1'));
});

it('runs of a tenant do not overlap, are not repeated, and end after the time limit', () => {
  expect(cronJob.spec).toMatchObject({ concurrencyPolicy: 'Forbid' });
  expect(jobSpec).toMatchObject({ backoffLimit: 0 });
  expect(podSpec).toMatchObject({ restartPolicy: 'Never' });
  const [, minutes] = /^time_limit_minutes: (\d+)$/m.exec(runDocument) ?? [];
  expect(jobSpec?.activeDeadlineSeconds).toBeGreaterThan(Number(minutes) * 60);
});

it('the container has no rights that it does not need', () => {
  expect(podSpec).toMatchObject({
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  });
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(Object.keys(container?.resources?.limits ?? {})).toEqual(['cpu', 'memory']);
});

const runDocument = configMap.data?.['blocklist.yaml'] ?? '';

describe('the files of the container', () => {
  const mounts = container?.volumeMounts ?? [];
  const volumeOf = (path: string) => {
    const mount = mounts.find(({ mountPath }) => path.startsWith(`${mountPath}/`));
    return podSpec?.volumes?.find(({ name }) => name === mount?.name);
  };
  const valueAfter = (option: string) =>
    container?.args?.[container.args.indexOf(option) + 1] ?? '';

  it('the command is an entrypoint of the bundle', () => {
    expect(container?.command).toEqual(['node', `/opt/vision-one/${ENTRYPOINTS.blocklist}`]);
  });

  it('the run document is that of the ConfigMap', () => {
    const volume = volumeOf(valueAfter('--run'));
    expect(volume?.configMap?.name).toBe(configMap.metadata?.name);
    expect(valueAfter('--run')).toMatch(/\/blocklist\.yaml$/);
  });

  it('the secrets are files of a Secret', () => {
    const variables = container?.env ?? [];
    expect(variables.map(({ name }) => name)).toEqual([
      'VISION_ONE_API_KEY_FILE',
      'THREATQ_CLIENT_SECRET_FILE',
    ]);
    for (const { value = '' } of variables) {
      expect(volumeOf(value)?.secret?.secretName).toBe('vision-one-tenant-a');
      // The comment creates the Secret with a file of this name.
      expect(text).toContain(`--from-file=${value.replace(/.*\//, '')}`);
    }
  });

  it('the reports are in a folder that can be written', () => {
    expect(volumeOf(`${valueAfter('--report')}/report.json`)).toHaveProperty('emptyDir');
    expect(mounts.filter(({ readOnly }) => !readOnly)).toHaveLength(1);
  });
});

it('the run document is valid', async () => {
  const manifest = await readManifest(new URL('../../manifest.yaml', import.meta.url));
  const { fields } = actionOf(manifest, 'add_to_blocklist');
  const secrets = { VISION_ONE_API_KEY: 'a-key', THREATQ_CLIENT_SECRET: 'a-secret' };
  expect(await readDocument(runDocument, fields, secrets)).toMatchObject({
    name: 'tenant-a',
    timeLimitMs: 15 * 60_000,
  });
});
