/** The effects of signals and uncaught errors, with fake timers. interrupted.test.ts sends real signals. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Shutdown } from '../../src/cli/signals.js';

type Listener = (...given: unknown[]) => void;
const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
const NAMES = [...SIGNALS, 'uncaughtException', 'unhandledRejection'] as const;
const added: [string, Listener][] = [];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  // Before the timers: a spy on a timer would restore the simulated one.
  vi.restoreAllMocks();
  vi.useRealTimers();
  for (const [name, listener] of added.splice(0)) process.off(name, listener);
});

/** Installs the handlers. Returns the new listeners of each event, without those of the test runner. */
function installed() {
  const listenersOf = (name: string) => process.listeners(name as NodeJS.Signals) as Listener[];
  const before = new Map(NAMES.map((name) => [name, listenersOf(name)]));
  const shutdown = new Shutdown().install();
  for (const name of NAMES) {
    for (const listener of listenersOf(name)) {
      if (!before.get(name)?.includes(listener)) added.push([name, listener]);
    }
  }
  const emit = (name: string, ...given: unknown[]) => {
    for (const [one, listener] of added) if (one === name) listener(...given);
  };
  return { shutdown, emit };
}

const stateOf = ({ stopping, aborting }: Shutdown) => [stopping.aborted, aborting.aborted];

describe.each(SIGNALS)('%s', (name) => {
  it('the first signal stops new requests at once and gives those in flight ten seconds', () => {
    const { shutdown, emit } = installed();
    const onSignal = vi.fn();
    shutdown.onSignal(onSignal);
    expect(stateOf(shutdown)).toEqual([false, false]);
    emit(name, name);
    expect(onSignal).toHaveBeenCalledExactlyOnceWith(name);
    vi.advanceTimersByTime(9_999);
    expect(stateOf(shutdown)).toEqual([true, false]);
    vi.advanceTimersByTime(1);
    expect(stateOf(shutdown)).toEqual([true, true]);
    expect(shutdown.crashed).toBe(false);
  });

  it('the same signal twice within a second counts once, because timeout and npm send it twice', () => {
    const { shutdown, emit } = installed();
    emit(name, name);
    emit(name, name);
    vi.advanceTimersByTime(999);
    emit(name, name);
    expect(stateOf(shutdown)).toEqual([true, false]);
  });

  it('a signal more than a second after the first one aborts the requests in flight', () => {
    const { shutdown, emit } = installed();
    emit(name, name);
    vi.advanceTimersByTime(1_000);
    emit(name, name);
    expect(stateOf(shutdown)).toEqual([true, true]);
  });

  it('a signal is reported to a listener that is added later', () => {
    const { shutdown, emit } = installed();
    emit(name, name);
    const onSignal = vi.fn();
    shutdown.onSignal(onSignal);
    expect(onSignal).toHaveBeenCalledExactlyOnceWith(name);
  });
});

it('the timer of ten seconds does not keep a finished process alive', () => {
  const { emit } = installed();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  emit('SIGTERM', 'SIGTERM');
  expect(timers.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
});

it('an uncaught error is reported to a listener that is added later', () => {
  const { shutdown, emit } = installed();
  emit('uncaughtException', new Error('secret'));
  const onCrash = vi.fn();
  shutdown.onCrash(onCrash);
  expect(onCrash).toHaveBeenCalledExactlyOnceWith();
});

it.each(['uncaughtException', 'unhandledRejection'])(
  '%s aborts everything at once and is reported once, without its error',
  (name) => {
    const { shutdown, emit } = installed();
    const onCrash = vi.fn();
    shutdown.onCrash(onCrash);
    emit(name, new Error('secret'));
    emit(name, new Error('secret'));
    expect(onCrash).toHaveBeenCalledExactlyOnceWith();
    expect(shutdown.crashed).toBe(true);
    expect(stateOf(shutdown)).toEqual([true, true]);
  },
);
