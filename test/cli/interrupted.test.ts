/** Being interrupted: the built entrypoint and real signals, at a service that answers slowly. */
import type { ChildProcess } from 'node:child_process';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { paths, startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { type Finished, removeFolder, startAction, unpack } from '../support/bundle.js';
import { truthfulResultOf } from '../support/export-truthfully.js';
import { type MadeRow, madeRows } from '../support/rows.js';
import { type Snapshot, snapshotOf } from '../support/truth.js';

let folder: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
let before: Snapshot;
let rows: MadeRow[];

beforeAll(async () => {
  folder = await unpack();
});
afterAll(() => removeFolder(folder));
/** Answers with the fault `slow` wait for this, so that no test depends on how fast anything is. */
let held: Promise<void>;
let letGo: () => void;

beforeEach(async () => {
  held = new Promise((resolve) => {
    letGo = resolve;
  });
  const delay = () => held;
  threatq = await startThreatQ({ collections: [], delay });
  collect(3_000);
  visionOne = await startVisionOne({ delay });
  before = snapshotOf(visionOne);
});
afterEach(async () => {
  await Promise.all([threatq.close(), visionOne.close()]);
});

/** Makes the data collection hold so many indicators, of which 1,000 fill a request. */
function collect(count: number): void {
  rows = madeRows(count);
  threatq.collections = [{ name: 'Active C2', hash: 'c2', rows }];
}

const adds = () =>
  visionOne.requests.filter(({ method, path }) => method === 'POST' && path === paths.suspicious);

interface Kill {
  when: () => boolean;
  signal: NodeJS.Signals;
}

/** A signal once so many adds have come in. */
const afterAdds = (count: number, signal: NodeJS.Signals): Kill => ({
  when: () => adds().length >= count,
  signal,
});

/** Starts an export, and sends it signals, one after another. */
function exportOf(
  signals: Kill[] = [],
  onStderr: (text: string) => void = () => {},
): Promise<Finished> {
  const document = {
    threatq: {
      host: threatq.url,
      client_id: threatq.clientId,
      client_secret: threatq.clientSecret,
    },
    data_collection: { hash: 'c2' },
    configuration: { api_region: 'Japan', api_key: visionOne.apiKey, disable_proxies: true },
  };
  return startAction(folder, 'blocklist', document, ['--json'], {
    env: { VISION_ONE_BASE_URL: visionOne.url },
    onStart: (child) => {
      child.stderr?.on('data', (data) => onStderr(String(data)));
      void killWhenDue(child, signals);
    },
  });
}

async function killWhenDue(child: ChildProcess, signals: Kill[]): Promise<void> {
  for (const { when, signal } of signals) {
    while (!when() && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill(signal);
  }
}

/** The whole result, however large, which tells the truth. */
const resultOf = (finished: Finished): Result =>
  truthfulResultOf(
    finished,
    before,
    rows.map(({ id }) => id),
  );

it('a result of 10,000 items arrives whole through a pipe', async () => {
  collect(10_000);
  const finished = await exportOf();
  expect(finished).toMatchObject({ code: 0, signal: null });
  expect(finished.stdout.length).toBeGreaterThan(2_000_000);
  expect(resultOf(finished).counts.accepted).toBe(10_000);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s in mid-run', (signal) => {
  it('lets those in flight finish, sends nothing new, and the result is written whole', async () => {
    collect(7_000);
    visionOne.faults = ({ method }, n) => (method === 'POST' && n >= 2 ? { slow: 1 } : undefined);
    const finished = await exportOf([afterAdds(6, signal)], (text) => {
      if (text.includes(signal)) letGo();
    });
    expect(finished).toMatchObject({ code: 2, signal: null });
    expect(finished.stderr).toContain(signal);
    const { status, counts, error } = resultOf(finished);
    expect(status).toBe('Incomplete');
    expect(error).toBeNull();
    // Two were answered and four in flight: those that had begun, and no other.
    expect(adds()).toHaveLength(6);
    expect(counts.accepted).toBe(6_000);
    expect(counts.unsent).toBe(1_000);
    expect(counts.by_reason).toEqual({ interrupted: counts.unsent });
  });

  it('while ThreatQ is read ends the run with nothing sent', async () => {
    threatq.faults = ({ path }, n) => (path.includes('query') && n > 1 ? { slow: 1 } : undefined);
    const pages = () => threatq.requests.filter(({ path }) => path.includes('query')).length;
    const finished = await exportOf([{ when: () => pages() > 2, signal }], (text) => {
      if (text.includes(signal)) letGo();
    });
    expect(finished).toMatchObject({ code: 2, signal: null });
    const { counts } = resultOf(finished);
    expect(counts.by_reason).toEqual({ interrupted: counts.read });
    expect(adds()).toEqual([]);
  });
});

it.each([0, 60, 150])(
  'SIGTERM %i ms after the last object was taken does not cost the result',
  async (later) => {
    let takenAt = Number.POSITIVE_INFINITY;
    const isDue = () => {
      if (visionOne.suspicious.size === rows.length) takenAt = Math.min(takenAt, Date.now());
      return Date.now() - takenAt >= later;
    };
    const finished = await exportOf([{ when: isDue, signal: 'SIGTERM' }]);
    // Whether it comes before the process is gone or in its last moment: the result is there, whole.
    expect(resultOf(finished).counts.accepted).toBe(rows.length);
  },
);

it('SIGTERM while a wait that the service asked for is under way ends at once', async () => {
  collect(5_000);
  visionOne.faults = ({ method }) =>
    method === 'POST' ? { status: 429, headers: { 'retry-after': '60' } } : undefined;
  const finished = await exportOf([afterAdds(4, 'SIGTERM')]);
  expect(finished).toMatchObject({ code: 2, signal: null });
  expect(resultOf(finished).counts.by_reason).toEqual({ interrupted: 5_000 });
  expect(adds()).toHaveLength(4);
});

it('SIGTERM while requests hang breaks them off in the end, and they are not called accepted', async () => {
  collect(7_000);
  visionOne.faults = ({ method }, n) => (method === 'POST' && n >= 2 ? { hang: true } : undefined);
  const finished = await exportOf([afterAdds(6, 'SIGTERM')]);
  expect(finished).toMatchObject({ code: 2, signal: null });
  const { counts } = resultOf(finished);
  expect(counts).toMatchObject({ accepted: 2_000, by_reason: { interrupted: 5_000 } });
});

it('a second signal, at once or later, does not cost the result', async () => {
  collect(5_000);
  visionOne.faults = ({ method }) => (method === 'POST' ? { hang: true } : undefined);
  let heededAt = Number.POSITIVE_INFINITY;
  const later = () => Date.now() - heededAt >= 1_500;
  const finished = await exportOf(
    [
      afterAdds(4, 'SIGTERM'),
      { when: () => true, signal: 'SIGTERM' },
      { when: later, signal: 'SIGINT' },
    ],
    (text) => {
      if (text.includes('SIGTERM')) heededAt = Math.min(heededAt, Date.now());
    },
  );
  expect(finished).toMatchObject({ code: 2, signal: null });
  expect(resultOf(finished).counts.by_reason).toEqual({ interrupted: 5_000 });
});

it.each([1, 3, 5])(
  'SIGKILL after %i adds and a new run: complete, and nothing twice',
  async (after) => {
    collect((after + 2) * 1_000);
    visionOne.faults = ({ method }, n) =>
      method === 'POST' && n >= after ? { hang: true, applied: true } : undefined;
    const killed = await exportOf([afterAdds(after + 1, 'SIGKILL')]);
    expect(killed.signal).toBe('SIGKILL');
    visionOne.faults = () => undefined;
    const finished = await exportOf();
    expect(finished.code).toBe(0);
    expect(resultOf(finished).counts.accepted).toBe(rows.length);
    expect(visionOne.suspicious.size).toBe(rows.length);
    expect(visionOne.evicted).toEqual([]);
  },
);
