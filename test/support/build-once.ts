/**
 * The zip is built once before all tests, so that none of them can look at an old one; and once
 * before that as another user would, in another place and time zone, which must make no difference.
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { build, readZip } from './bundle.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** SHA-256 of the zip as another user built it. */
    builtElsewhere: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  const umask = process.umask(0o077);
  await build({ cwd: tmpdir(), env: { TZ: 'Pacific/Kiritimati', LANG: 'tr_TR.UTF-8' } });
  process.umask(umask);
  project.provide('builtElsewhere', sha256(await readZip()));
  await build();
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
