/** What a signal does and when, on fake timers; test/host/interrupted.test.ts sends real ones. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Stop, watchSignals } from '../../src/host/signals.js';

const added: [NodeJS.Signals, NodeJS.SignalsListener][] = [];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  for (const [name, listener] of added.splice(0)) process.off(name, listener);
});

/** Starts to watch, and returns what a signal calls; the test runner's own listeners stay out of it. */
function watched(name: NodeJS.Signals, onStop: (signal: string) => void = () => {}) {
  const names = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
  const before = new Map(names.map((one) => [one, process.listeners(one)]));
  const stop: Stop = watchSignals(onStop);
  for (const one of names) {
    for (const listener of process.listeners(one))
      if (!before.get(one)?.includes(listener)) added.push([one, listener]);
  }
  const ours = added.flatMap(([one, listener]) => (one === name ? listener : []));
  return {
    stop,
    signal: () => {
      for (const listener of ours) listener(name);
    },
  };
}

const stateOf = ({ stopping, breaking }: Stop) => [stopping.aborted, breaking.aborted];

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s stops new requests at once and gives those in flight ten seconds',
  (name) => {
    const onStop = vi.fn();
    const { stop, signal } = watched(name, onStop);
    expect(stateOf(stop)).toEqual([false, false]);
    signal();
    expect(onStop).toHaveBeenCalledExactlyOnceWith(name);
    vi.advanceTimersByTime(9_999);
    expect(stateOf(stop)).toEqual([true, false]);
    vi.advanceTimersByTime(1);
    expect(stateOf(stop)).toEqual([true, true]);
  },
);

it('a second signal within a second is the same one, as timeout and npm send it', () => {
  const { stop, signal } = watched('SIGTERM');
  signal();
  signal();
  vi.advanceTimersByTime(999);
  signal();
  expect(stateOf(stop)).toEqual([true, false]);
});

it('a second signal after that breaks off what is in flight', () => {
  const { stop, signal } = watched('SIGTERM');
  signal();
  vi.advanceTimersByTime(1_000);
  signal();
  expect(stateOf(stop)).toEqual([true, true]);
});
