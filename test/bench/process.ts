/** The built entrypoint as a process: how long it takes to start, and how much memory it takes. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTRYPOINTS, removeFolder, start, startAction, unpack } from '../support/bundle.js';
import type { Services } from './services.js';
import { median, ms, type Row, times } from './table.js';

const ROUNDS = 9;
const configuration = { api_region: 'Japan', api_key: 'sandbox-api-key', disable_proxies: true };

async function timed(run: () => Promise<{ code: number | null; stderr: string }>): Promise<number> {
  const startedAt = performance.now();
  const { code, stderr } = await run();
  if (code !== 0) throw new Error(`a measured process ended with ${code}: ${stderr}`);
  return performance.now() - startedAt;
}

/** Alternating, so that whatever else the machine does falls on all of them alike. */
export async function benchStart({ visionOne }: Services): Promise<Row[]> {
  const folder = await unpack();
  const env = { VISION_ONE_BASE_URL: visionOne };
  const one = {
    objects: [{ id: 1, type: 'FQDN', value: 'c2-1.bad-actor-1.com' }],
    // Nothing is read from the list, so that no request is in the time.
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
    against: `${ms(bare)} bare Node`,
    ratio: `+ ${ms(median(all) - bare)}`,
    aim: '≤ + 100 ms',
  });
  return [
    row('start-up: `--version`', took.version),
    row('start-up: `--preview` of one object', took.preview),
  ];
}

/** Writes the process' highest resident memory, in kilobytes, when it ends. */
const noteMemory = `process.on('exit', () => {
  require('node:fs').writeFileSync(process.env.MEMORY_NOTE, String(process.resourceUsage().maxRSS));
});`;

export async function benchMemory({ threatq, visionOne }: Services): Promise<Row[]> {
  const folder = await unpack();
  const scratch = await mkdtemp(join(tmpdir(), 'vision-one-bench-'));
  const hook = join(scratch, 'note.cjs');
  const note = join(scratch, 'memory');
  await writeFile(hook, noteMemory);
  const env = {
    VISION_ONE_BASE_URL: visionOne,
    MEMORY_NOTE: note,
    NODE_OPTIONS: `--require ${hook}`,
  };
  const peak = async (rows: number) => {
    const document = { threatq, data_collection: { hash: `rows-${rows}` }, configuration };
    await timed(() => startAction(folder, 'blocklist', document, [], { env }));
    return Number(await readFile(note, 'utf8')) / 1024;
  };
  const small: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < 3; round++) {
    small.push(await peak(10_000));
    large.push(await peak(1_000_000));
  }
  await removeFolder(folder);
  await removeFolder(scratch);
  const mb = (value: number) => `${Math.round(value)} MB`;
  return [
    {
      what: 'peak memory: 1,000,000 rows in the collection, 10,000 objects a run',
      measured: mb(median(large)),
      against: `${mb(median(small))} with 10,000 rows`,
      ratio: times(median(large) / median(small)),
      aim: 'flat',
    },
  ];
}
