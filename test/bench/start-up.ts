/** Measures how much longer an action takes to start than Node alone, with each version of Node that is supported. */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { StartOptions } from '../support/bundle.js';
import type { Measure } from './measure.js';
import { markdownTable, median, ms } from './table.js';
import { CONFIGURATION } from './whole-runs.js';

const VERSIONS = ['20', '22', '24'];

interface StartUp {
  what: string;
  args: string[];
  options?: StartOptions;
  /** In milliseconds, over bare Node. */
  aim: number;
}

/** @param entrypoint the file of the built action @param base the address of services that answer at once */
const startsOf = (entrypoint: string, base: string): StartUp[] => [
  { what: '`--version`', args: [entrypoint, '--version'], aim: 20 },
  {
    what: '`--preview` of one object',
    args: [entrypoint, '--preview'],
    options: {
      stdin: JSON.stringify({
        objects: [{ id: 1, type: 'FQDN', value: 'c2-1.bad-actor-1.com' }],
        configuration: CONFIGURATION,
      }),
      env: { VISION_ONE_BASE_URL: base },
    },
    aim: 70,
  },
];

export interface Node {
  version: string;
  program: string;
}

/** The one that runs this process. */
export const OWN_NODE: Node = {
  version: process.versions.node.split('.')[0] ?? '',
  program: process.execPath,
};

/** The Node that runs this process, and the other supported versions, which npm downloads. */
export function supportedNodes(): Promise<Node[]> {
  return Promise.all(
    VERSIONS.map((version) => (version === OWN_NODE.version ? OWN_NODE : downloadedNode(version))),
  );
}

/** @throws if npm starts another version, for example the installed one because its package is empty */
async function downloadedNode(version: string): Promise<Node> {
  // The package `node` gets its program from a script, which .npmrc does not allow.
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${platform}-${process.arch}@${version}`;
  const command = ['node', '-p', 'process.versions.node + " " + process.execPath'];
  const args = ['exec', '--yes', `--package=${name}`, '--', ...command];
  const { stdout } = await promisify(execFile)('npm', args);
  const [started = '', ...program] = stdout.trim().split(' ');
  if (!started.startsWith(`${version}.`)) throw new Error(`${name} started Node ${started}`);
  return { version, program: program.join(' ') };
}

/** @param rounds how often each process is started, in turn with bare Node */
export async function startUpTable(
  entrypoint: string,
  base: string,
  nodes: Node[],
  rounds: number,
  measure: Measure,
): Promise<string> {
  const starts = startsOf(entrypoint, base);
  const columns: number[][] = [];
  for (const { program } of nodes) columns.push(await overBare(starts, program, rounds, measure));
  const head = ['Start, over bare Node', ...nodes.map(({ version }) => `Node ${version}`), 'Aim'];
  const rows = starts.map(({ what, aim }, index) => [
    what,
    ...columns.map((column) => `+ ${ms(column[index] ?? Number.NaN)}`),
    `≤ + ${ms(aim)}`,
  ]);
  return markdownTable(head, rows);
}

async function overBare(starts: StartUp[], program: string, rounds: number, measure: Measure) {
  const bare: number[] = [];
  const took: number[][] = starts.map(() => []);
  for (let round = 0; round < rounds; round++) {
    bare.push((await measure(['-e', '0'], { program })).tookMs);
    for (const [index, { args, options }] of starts.entries()) {
      took[index]?.push((await measure(args, { ...options, program })).tookMs);
    }
  }
  return took.map((each) => median(each) - median(bare));
}
