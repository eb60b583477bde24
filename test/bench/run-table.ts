/** The table of whole runs, and its comparison with the table that is in CONTRIBUTING.md. */
import { tablesOf } from '../readme/markdown.js';
import type { Measured } from './measure.js';
import { markdownTable, mb, median, ms, times } from './table.js';
import { BUNDLE, type Client, FLOOR, SEQUENTIAL, type WholeRun } from './whole-runs.js';

const HEAD = [
  'Whole run',
  'Time',
  'Floor',
  'Ratio',
  'Aim',
  'Sequential',
  'CPU (floor)',
  'Peak memory, over bare Node',
  'Requests (floor)',
];
const RATIO = HEAD.indexOf('Ratio');

/** A run fails if its ratio is more than so many times the recorded one. A smaller difference can be noise. */
const MAX_SLOWDOWN = 2;

/** @param bareMb the peak memory of bare Node, in megabytes */
export function runTable(wholeRuns: WholeRun[], bareMb: number): string {
  const rows = wholeRuns.flatMap((run) => {
    const { scenario, runs, requests } = run;
    const actions = [...runs.keys()].filter((client) => client !== FLOOR && client !== SEQUENTIAL);
    return actions.map((client) => [
      nameOf(run, client),
      ms(medianOf(run, client, 'tookMs')),
      ms(medianOf(run, FLOOR, 'tookMs')),
      times(ratioOf(run, client)),
      scenario.aim === undefined || client !== BUNDLE ? '' : `≤ ${scenario.aim.toFixed(2)} ×`,
      runs.has(SEQUENTIAL) ? ms(medianOf(run, SEQUENTIAL, 'tookMs')) : '',
      `${ms(medianOf(run, client, 'cpuMs'))} (${ms(medianOf(run, FLOOR, 'cpuMs'))})`,
      `+ ${mb(medianOf(run, client, 'peakMb') - bareMb)}`,
      `${requests.get(client)} (${requests.get(FLOOR)})`,
    ]);
  });
  return markdownTable(HEAD, rows);
}

/** @param contributing the text of CONTRIBUTING.md @returns each run that is too slow, makes too many requests, or has no recorded ratio */
export function regressions(wholeRuns: WholeRun[], contributing: string): string[] {
  const recorded = new Map(
    tablesOf(contributing)
      .find(([head]) => head?.[0] === HEAD[0])
      ?.slice(1)
      .map((cells) => [cells[0] ?? '', Number.parseFloat(cells[RATIO] ?? '')]),
  );
  return wholeRuns.flatMap((run) => {
    const what = nameOf(run, BUNDLE);
    const before = recorded.get(what);
    if (before === undefined || Number.isNaN(before)) {
      return [`${what}: CONTRIBUTING.md has no ratio; npm run bench writes it`];
    }
    const now = ratioOf(run, BUNDLE);
    const { [BUNDLE]: requests = Number.NaN, [FLOOR]: needed = Number.NaN } = Object.fromEntries(
      run.requests,
    );
    return [
      ...(now > MAX_SLOWDOWN * before
        ? [`${what}: ${times(now)} the time of the floor client; it was ${times(before)}`]
        : []),
      ...(requests > needed ? [`${what}: ${requests} requests; ${needed} are enough`] : []),
    ];
  });
}

function nameOf({ scenario }: WholeRun, client: Client): string {
  return client === BUNDLE ? scenario.what : `${scenario.what}: ${client}`;
}

function ratioOf(run: WholeRun, client: Client): number {
  return medianOf(run, client, 'tookMs') / medianOf(run, FLOOR, 'tookMs');
}

function medianOf({ runs }: WholeRun, client: Client, figure: keyof Measured): number {
  return median((runs.get(client) ?? []).map((measured) => measured[figure]));
}
