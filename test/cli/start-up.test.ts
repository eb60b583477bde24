import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { ENTRYPOINTS, removeFolder, start, unpack } from '../support/bundle.js';

/** Writes the modules of Node that the process has loaded. */
const HOOK = `process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.MODULES_FILE, process.moduleLoadList.join('\\n'));
});`;

let folder: string;
let scratch: string;
let visionOne: VisionOne;

beforeAll(async () => {
  folder = await unpack();
  scratch = await mkdtemp(join(tmpdir(), 'vision-one-start-'));
  await writeFile(join(scratch, 'hook.cjs'), HOOK);
  visionOne = await startVisionOne();
});
afterAll(async () => {
  await visionOne.close();
  await removeFolder(folder);
  await removeFolder(scratch);
});

/** The modules of Node that an action loads. */
async function loadedBy(args: string[], stdin = ''): Promise<string[]> {
  const MODULES_FILE = join(scratch, 'modules');
  const env = { MODULES_FILE, VISION_ONE_BASE_URL: visionOne.url };
  const command = ['--require', join(scratch, 'hook.cjs'), join(folder, ENTRYPOINTS.blocklist)];
  const { code, stderr } = await start([...command, ...args], { env, stdin });
  expect(stderr.includes('Failed') ? stderr : code).toBe(0);
  const lines = (await readFile(MODULES_FILE, 'utf8')).split('\n');
  return lines.map((line) => line.replace(/^(?:NativeModule|Internal Binding) /, ''));
}

describe('what an action loads before it works', () => {
  it('--version loads no HTTP client', async () => {
    expect(await loadedBy(['--version'])).not.toContain('http');
  });

  it('a preview loads neither the fetch of Node nor HTTP/2 nor Web Crypto', async () => {
    const document = {
      objects: [{ id: 1, type: 'FQDN', value: 'c2-1.bad-actor-1.com' }],
      configuration: { api_region: 'Japan', api_key: visionOne.apiKey },
    };
    const loaded = await loadedBy(['--preview'], JSON.stringify(document));
    expect(loaded).toContain('http');
    const needless = [
      'internal/deps/undici/undici',
      'http2',
      'internal/crypto/webcrypto',
      'assert',
    ];
    expect(needless.filter((name) => loaded.includes(name))).toEqual([]);
  });
});
