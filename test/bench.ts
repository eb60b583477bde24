/**
 * `npm run bench`: measures whole runs of the built action in turn with a client that makes the same
 * requests and does nothing else, and writes the tables into CONTRIBUTING.md.
 *
 * `-- --quick` measures the main runs and the start with this Node only, and writes nothing. It fails if a
 * run is much slower than recorded, or makes more requests than are needed.
 * `-- --only first,six` measures these runs only, and `--against ZIP` another build of the action in turn
 * with this one; both write nothing.
 */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { exclusionTable } from './bench/exclusions.js';
import { buildFloorClient } from './bench/floor.js';
import { createMeasure } from './bench/measure.js';
import { regressions, runTable } from './bench/run-table.js';
import { ONE_OBJECT, SCENARIOS, type Scenario } from './bench/scenarios.js';
import { Services } from './bench/services.js';
import { OWN_NODE, startUpTable, supportedNodes } from './bench/start-up.js';
import { median, withMeasuredTables } from './bench/table.js';
import { BUNDLE, measureRuns, type WholeRun } from './bench/whole-runs.js';
import { ENTRYPOINTS, ROOT, unpack } from './support/bundle.js';

const { quick, against, only } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    against: { type: 'string' },
    only: { type: 'string' },
  },
}).values;
const unknown = only?.split(',').find((each) => !SCENARIOS.some(({ name }) => name === each));
if (unknown !== undefined) {
  throw new Error(`${unknown} is none of ${SCENARIOS.map(({ name }) => name).join(', ')}`);
}
const isComplete = !quick && against === undefined && only === undefined;
const rounds = quick ? 3 : 5;
const scenarios = SCENARIOS.filter(
  ({ name, isQuick }) => only?.split(',').includes(name) ?? (isQuick || !quick),
);

const zip = against === undefined ? undefined : await readFile(against);
using services = await Services.start([...scenarios, ONE_OBJECT]);
const work = await mkdtemp(join(tmpdir(), 'vision-one-bench-'));
const folder = await unpack();
const other = zip && (await unpack(zip));
process.on('exit', () => {
  for (const each of [work, folder, other]) {
    if (each !== undefined) rmSync(each, { recursive: true });
  }
});
const measure = await createMeasure(work);
const floor = await buildFloorClient(work);
const entrypoint = join(folder, ENTRYPOINTS.blocklist);

function actionsOf({ hasReport }: Scenario): Record<string, string[]> {
  return {
    [BUNDLE]: [entrypoint, '--json'],
    ...(hasReport && { 'with `--report`': [entrypoint, '--report', join(work, 'report')] }),
    ...(other !== undefined && { other: [join(other, ENTRYPOINTS.blocklist), '--json'] }),
  };
}

const wholeRuns: WholeRun[] = [];
for (const scenario of scenarios) {
  const programs = { actions: actionsOf(scenario), floor, measuresSequential: !quick };
  wholeRuns.push(await measureRuns(scenario, rounds, programs, services, measure));
}
const bare: number[] = [];
for (let round = 0; round < rounds; round++) bare.push((await measure(['-e', '0'])).peakMb);
const runs = runTable(wholeRuns, median(bare));
const nodes = quick ? [OWN_NODE] : await supportedNodes();
const startUp = await startUpTable(entrypoint, services.baseOf(ONE_OBJECT), nodes, 9, measure);
const tables = {
  runs,
  'start-up': startUp,
  ...(isComplete && { exclusions: await exclusionTable() }),
};
console.log(Object.values(tables).join('\n\n'));

const file = join(ROOT, 'CONTRIBUTING.md');
const contributing = await readFile(file, 'utf8');
if (isComplete) await writeFile(file, withMeasuredTables(contributing, tables));
if (quick) {
  const found = regressions(wholeRuns, contributing);
  for (const each of found) console.log(each);
  if (found.length > 0) process.exitCode = 1;
}
