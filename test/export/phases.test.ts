/** What a run reports of its phases: each that is done once, with its count; none that was cut short. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FinishedPhase } from '../../src/progress/events.js';
import { type RunOptions, type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.threatq.collections = [{ name: 'C2', hash: 'c2', rows: madeRows(30) }];
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const nameOf = ({ phase, list }: Pick<FinishedPhase, 'phase' | 'list'>) =>
  list === undefined ? phase : `${phase} ${list}`;

async function phasesOf(options: RunOptions = {}) {
  const begun: string[] = [];
  const finished: FinishedPhase[] = [];
  await sandbox.run({
    ...options,
    listener: {
      phase: (phase, _, list) => begun.push(nameOf({ phase, ...(list !== undefined && { list }) })),
      finished: (phase) => finished.push(phase),
    },
  });
  const counts = finished.map((phase) => `${nameOf(phase)}: ${phase.done}, ${phase.rejected}`);
  return { begun: [...new Set(begun)], finished: counts, took: finished.map((p) => p.took_ms) };
}

const BLOCKLIST_LISTS = ['listing Suspicious Object List: 0, 0', 'listing Exception List: 0, 0'];

describe('the phases of a run', () => {
  it('each phase is begun and done once, and each list has its name', async () => {
    const { begun, finished, took } = await phasesOf();
    expect(finished).toEqual([
      'reading: 30, 0',
      ...BLOCKLIST_LISTS,
      'planning: 30, 0',
      'sending: 30, 0',
    ]);
    expect(begun).toEqual(finished.map((text) => text.split(':')[0]));
    for (const ms of took) expect(ms).toBeGreaterThanOrEqual(0);
  });

  it('the exception action reads both lists, and counts the objects of each', async () => {
    await sandbox.run();
    const { finished } = await phasesOf({ list: 'exceptions' });
    expect(finished).toContain('listing Exception List: 0, 0');
    expect(finished).toContain('listing Suspicious Object List: 30, 0');
  });

  it('the time of a list is that of its own reading, which begins before', async () => {
    sandbox.visionOne.faults = ({ method }) => (method === 'GET' ? { slow: 700 } : undefined);
    sandbox.threatq.faults = ({ path }) => (path.includes('query') ? { slow: 5_000 } : undefined);
    const { took, finished } = await phasesOf();
    const times = Object.fromEntries(finished.map((text, at) => [text.split(':')[0], took[at]]));
    expect(times['reading']).toBeGreaterThanOrEqual(5_000);
    expect(times['listing Suspicious Object List']).toBe(700);
  });

  it('a manual run has no phase of reading, and its lists have their own', async () => {
    const { finished } = await phasesOf({ objects: madeRows(3) });
    expect(finished).toEqual([...BLOCKLIST_LISTS, 'planning: 3, 0', 'sending: 3, 0']);
  });

  it('removals are a phase of their own', async () => {
    await sandbox.run();
    sandbox.threatq.collections = [{ name: 'C2', hash: 'c2', rows: madeRows(25) }];
    const { finished } = await phasesOf({ settings: { removed_indicators: 'remove' } });
    expect(finished).toContain('removing: 5, 0');
  });

  it('a phase with rejected objects is done, and says how many they are', async () => {
    sandbox.visionOne.faults = ({ method }) =>
      method === 'POST'
        ? { items: [{ index: 0, status: 400, code: 'BadRequest', message: 'no' }] }
        : undefined;
    expect((await phasesOf()).finished).toContain('sending: 30, 1');
  });

  it.each<[string, () => RunOptions, string[]]>([
    [
      'reading that fails',
      () => {
        sandbox.threatq.faults = ({ path }) =>
          path.includes('query/hash') ? { status: 404, body: {} } : undefined;
        return {};
      },
      ['reading', 'planning', 'sending'],
    ],
    [
      'a list that cannot be read',
      () => {
        sandbox.visionOne.faults = ({ method }) =>
          method === 'GET' ? { status: 403, body: {} } : undefined;
        return {};
      },
      ['listing Suspicious Object List', 'planning', 'sending'],
    ],
    [
      'sending that is given up',
      () => {
        sandbox.visionOne.faults = ({ method }) =>
          method === 'POST' ? { status: 503, body: '' } : undefined;
        return {};
      },
      ['sending'],
    ],
    [
      'reading that finds fewer indicators than ThreatQ says',
      () => {
        const rows = madeRows(30);
        sandbox.threatq.collections = [{ name: 'C2', hash: 'c2', rows, total: 40 }];
        return {};
      },
      ['reading'],
    ],
  ])('%s is not reported as done', async (_, prepare, phases) => {
    const { finished } = await phasesOf(prepare());
    for (const phase of phases) {
      expect(finished.filter((text) => text.startsWith(phase))).toEqual([]);
    }
  });
});
