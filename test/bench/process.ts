/** Measures the start-up time and the memory of the built entrypoint. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTRYPOINTS, removeFolder, start, startAction, unpack } from '../support/bundle.js';
import type { Services } from './services.js';
import { median, ms, type Row } from './table.js';

const ROUNDS = 9;
const configuration = { api_region: 'Japan', api_key: 'sandbox-api-key', disable_proxies: true };

async function timed(run: () => Promise<{ code: number | null; stderr: string }>): Promise<number> {
  const startedAt = performance.now();
  const { code, stderr } = await run();
  if (code !== 0) throw new Error(`a measured process ended with ${code}: ${stderr}`);
  return performance.now() - startedAt;
}

/** Measures the processes in turn, so that other load on the machine affects all of them. */
export async function benchStart({ visionOne }: Services): Promise<Row[]> {
  const folder = await unpack();
  const env = { VISION_ONE_BASE_URL: visionOne };
  const one = {
    objects: [{ id: 1, type: 'FQDN', value: 'c2-1.bad-actor-1.com' }],
    // The list is not read, so that the time includes no request.
    configuration: { ...configuration, protect_existing: false },
  };
  const runs = {
    bare: () => start(['-e', '0']),
    version: () => start([join(folder, ENTRYPOINTS.blocklist), '--version']),
    preview: () => startAction(folder, 'blocklist', one, ['--preview'], { env }),
  };
  const took: Record<keyof typeof runs, number[]> = { bare: [], version: [], preview: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['bare', 'version', 'preview'] as const) {
      took[name].push(await timed(runs[name]));
    }
  }
  await removeFolder(folder);
  const bare = median(took.bare);
  const row = (what: string, all: number[]): Row => ({
    what,
    measured: ms(median(all)),
    reference: `${ms(bare)} bare Node`,
    ratio: `+ ${ms(median(all) - bare)}`,
    target: '≤ + 100 ms',
  });
  return [
    row('start-up: `--version`', took.version),
    row('start-up: `--preview` of one object', took.preview),
  ];
}

/**
 * A script that writes the peak resident memory of its process, in kilobytes, to a file at exit. On
 * Linux, the peak that Node gives is not below that of the process that started this one.
 */
const recordMemory = `process.on('exit', () => {
  const { existsSync, readFileSync, writeFileSync } = require('node:fs');
  const status = '/proc/self/status';
  const peak = existsSync(status)
    ? /VmHWM:\\s*(\\d+)/.exec(readFileSync(status, 'utf8'))[1]
    : process.resourceUsage().maxRSS;
  writeFileSync(process.env.MEMORY_FILE, String(peak));
});`;

/** Peak memory of a whole run that writes reports, against that of bare Node. */
export async function benchMemory(services: Services): Promise<Row[]> {
  const folder = await unpack();
  const scratch = await mkdtemp(join(tmpdir(), 'vision-one-bench-'));
  const hook = join(scratch, 'record-memory.cjs');
  const memoryFile = join(scratch, 'memory');
  await writeFile(hook, recordMemory);
  const environment = { MEMORY_FILE: memoryFile, NODE_OPTIONS: `--require ${hook}` };
  const reports = join(scratch, 'reports');
  const peakOf = async (run: () => ReturnType<typeof start>) => {
    // Without an earlier report, so that each round does the same.
    await removeFolder(reports);
    await timed(run);
    return Number(await readFile(memoryFile, 'utf8')) / 1024;
  };
  const exported = (rows: number, visionOne: string) => () => {
    const { threatq } = services;
    const document = { threatq, data_collection: { hash: `rows-${rows}` }, configuration };
    const env = { ...environment, VISION_ONE_BASE_URL: visionOne };
    return startAction(folder, 'blocklist', document, ['--report', reports], { env });
  };
  const runs = {
    bare: () => start(['-e', '0'], { env: environment }),
    small: exported(10_000, services.visionOne),
    large: exported(100_000, services.fullVisionOne),
  };
  const peaks: Record<keyof typeof runs, number[]> = { bare: [], small: [], large: [] };
  for (let round = 0; round < 3; round++) {
    for (const name of ['bare', 'small', 'large'] as const) {
      peaks[name].push(await peakOf(runs[name]));
    }
  }
  await removeFolder(folder);
  await removeFolder(scratch);
  const bare = median(peaks.bare);
  const mb = (value: number) => `${Math.round(value)} MB`;
  const row = (what: string, peak: number, target?: string): Row => ({
    what: `peak memory: ${what}, with \`--report\``,
    measured: mb(peak),
    reference: `${mb(bare)} bare Node`,
    ratio: `+ ${mb(peak - bare)}`,
    ...(target !== undefined && { target }),
  });
  return [
    row('10,000 rows', median(peaks.small)),
    row('100,000 rows, 60,000 objects listed', median(peaks.large), '≤ 300 MB'),
  ];
}
