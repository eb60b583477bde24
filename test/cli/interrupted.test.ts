/**
 * Signals that are sent to a process of the built bundle while a service answers slowly. The exception
 * action sends 100 objects in a request, so 1,000 objects need ten requests.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Result } from '../../src/result/result.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { paths, startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { type Finished, removeFolder, startAction, unpack } from '../support/bundle.js';
import { startTruthfully, truthfulResultOf } from '../support/export-truthfully.js';
import { madeRows } from '../support/rows.js';
import { type Kill, sendSignals } from '../support/signals.js';
import { type Snapshot, snapshotOf } from '../support/truth.js';

const OBJECTS = 1_000;
const rows = madeRows(OBJECTS);
const ids = rows.map(({ id }) => id);

let folder: string;
let threatq: ThreatQ;
let visionOne: VisionOne;
let before: Snapshot;

beforeAll(async () => {
  folder = await unpack();
});
afterAll(() => removeFolder(folder));
/** Answers with the fault `slow` wait for this promise, so that no test depends on the speed of a machine. */
let answersReleased: Promise<void>;
let releaseAnswers: () => void;

beforeEach(async () => {
  answersReleased = new Promise((resolve) => {
    releaseAnswers = resolve;
  });
  const delay = () => answersReleased;
  const collection = { name: 'Active C2', hash: 'c2', rows, pageCap: 100 };
  threatq = await startThreatQ({ collections: [collection], delay });
  visionOne = await startVisionOne({ delay });
  before = snapshotOf(visionOne, 'exceptions');
});
afterEach(async () => {
  await Promise.all([threatq.close(), visionOne.close()]);
});

const adds = () =>
  visionOne.requests.filter(({ method, path }) => method === 'POST' && path === paths.exceptions);

/** Sends a signal after a number of add requests. */
const afterAdds = (count: number, signal: NodeJS.Signals): Kill => ({
  when: () => adds().length >= count,
  signal,
});

/** Starts an export and sends signals to it, one after another. */
function exportOf(
  signals: Kill[] = [],
  onStderr: (text: string) => void = () => {},
): Promise<Finished> {
  const document = {
    threatq: threatq.section,
    data_collection: { hash: 'c2' },
    configuration: { api_region: 'Japan', api_key: visionOne.apiKey, disable_proxies: true },
  };
  return startAction(folder, 'exceptions', document, ['--json'], {
    env: { VISION_ONE_BASE_URL: visionOne.url },
    onStart: (child) => {
      child.stderr?.on('data', (data) => onStderr(String(data)));
      void sendSignals(child, signals);
    },
  });
}

/** The result, after it was checked against the stand-in. */
const resultOf = (finished: Finished): Result => truthfulResultOf(finished, before, ids);

it('a result of 10,000 items is written completely to a pipe', async () => {
  const document = {
    objects: madeRows(10_000),
    configuration: { api_region: 'Japan', api_key: visionOne.apiKey, disable_proxies: true },
  };
  const finished = await startTruthfully({ folder, document, visionOne });
  expect(finished).toMatchObject({ code: 0, signal: null });
  expect(finished.stdout.length).toBeGreaterThan(2_000_000);
  expect(finished.result.counts.accepted).toBe(10_000);
});

describe.each(['SIGTERM', 'SIGINT'] as const)('%s during a run', (signal) => {
  it('after a first signal, requests in flight finish, no new one is sent, and the complete result is written', async () => {
    visionOne.faults = ({ method }, n) => (method === 'POST' && n >= 2 ? { slow: 1 } : undefined);
    const finished = await exportOf([afterAdds(6, signal)], (text) => {
      if (text.includes(signal)) releaseAnswers();
    });
    expect(finished).toMatchObject({ code: 2, signal: null });
    expect(finished.stderr).toContain(signal);
    const { status, counts, error } = resultOf(finished);
    expect(status).toBe('Incomplete');
    expect(error).toBeNull();
    // Two requests were answered and four were in flight. No other request was sent.
    expect(adds()).toHaveLength(6);
    expect(counts.accepted).toBe(600);
    expect(counts.unsent).toBe(OBJECTS - counts.accepted);
    expect(counts.by_reason).toEqual({ interrupted: counts.unsent });
  });

  it('a signal while ThreatQ is read ends the run, and nothing is sent', async () => {
    threatq.faults = ({ path }, n) => (path.includes('query') && n > 1 ? { slow: 1 } : undefined);
    const pages = () => threatq.requests.filter(({ path }) => path.includes('query')).length;
    const finished = await exportOf([{ when: () => pages() > 2, signal }], (text) => {
      if (text.includes(signal)) releaseAnswers();
    });
    expect(finished).toMatchObject({ code: 2, signal: null });
    const { counts } = resultOf(finished);
    expect(counts.by_reason).toEqual({ interrupted: counts.read });
    expect(adds()).toEqual([]);
  });
});

it.each([0, 60, 150])(
  'the result is written if SIGTERM comes %i ms after the last object was accepted',
  async (later) => {
    let acceptedAt = Number.POSITIVE_INFINITY;
    const isDue = () => {
      if (visionOne.exceptions.size === OBJECTS) acceptedAt = Math.min(acceptedAt, Date.now());
      return Date.now() - acceptedAt >= later;
    };
    const finished = await exportOf([{ when: isDue, signal: 'SIGTERM' }]);
    expect(resultOf(finished).counts.accepted).toBe(OBJECTS);
  },
);

it('SIGTERM during a requested wait ends the run at once', async () => {
  visionOne.faults = ({ method }) =>
    method === 'POST' ? { status: 429, headers: { 'retry-after': '60' } } : undefined;
  const finished = await exportOf([afterAdds(4, 'SIGTERM')]);
  expect(finished).toMatchObject({ code: 2, signal: null });
  expect(resultOf(finished).counts.by_reason).toEqual({ interrupted: OBJECTS });
  expect(adds()).toHaveLength(4);
});

it('requests that hang after SIGTERM are aborted, and their objects are not accepted', async () => {
  visionOne.faults = ({ method }, n) => (method === 'POST' && n >= 2 ? { hang: true } : undefined);
  const finished = await exportOf([afterAdds(6, 'SIGTERM')]);
  expect(finished).toMatchObject({ code: 2, signal: null });
  const { counts } = resultOf(finished);
  expect(counts).toMatchObject({ accepted: 200, by_reason: { interrupted: 800 } });
});

it('the result is written after a second signal, at once or later', async () => {
  visionOne.faults = ({ method }) => (method === 'POST' ? { hang: true } : undefined);
  let reportedAt = Number.POSITIVE_INFINITY;
  const later = () => Date.now() - reportedAt >= 1_500;
  const finished = await exportOf(
    [
      afterAdds(4, 'SIGTERM'),
      { when: () => true, signal: 'SIGTERM' },
      { when: later, signal: 'SIGINT' },
    ],
    (text) => {
      if (text.includes('SIGTERM')) reportedAt = Math.min(reportedAt, Date.now());
    },
  );
  expect(finished).toMatchObject({ code: 2, signal: null });
  expect(resultOf(finished).counts.by_reason).toEqual({ interrupted: OBJECTS });
});

it.each([1, 4, 7])(
  'the run after one that SIGKILL ended after %i adds completes the list without duplicates',
  async (after) => {
    visionOne.faults = ({ method }, n) =>
      method === 'POST' && n >= after ? { hang: true, applied: true } : undefined;
    const killed = await exportOf([afterAdds(after + 1, 'SIGKILL')]);
    expect(killed.signal).toBe('SIGKILL');
    visionOne.faults = () => undefined;
    const listed = visionOne.exceptions.size;
    before = snapshotOf(visionOne, 'exceptions');
    const finished = await exportOf();
    expect(finished.code).toBe(0);
    const { counts } = resultOf(finished);
    expect(counts).toMatchObject({
      accepted: OBJECTS - listed,
      by_reason: { already_listed: listed },
    });
    expect(visionOne.exceptions.size).toBe(OBJECTS);
    expect(visionOne.evicted).toEqual([]);
  },
);
