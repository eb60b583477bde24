/**
 * A virtual clock for tests and the soak: minutes of waiting take milliseconds.
 *
 * What it guarantees
 *  - `now()` advances only during a sleep or by `advance`; other work takes no virtual time.
 *  - Sleeps end in the order of their end times, and of their calls if these are equal. All work that
 *    the end of a sleep causes, including that of sockets, is done before the next sleep ends.
 *  - A request to a stand-in takes no virtual time unless its `delay` is this clock's `delay`.
 *
 * How it detects that all work is done: time advances only after several turns of the event loop, and
 * two milliseconds, in which libuv handled no event, no DNS lookup, connection, write or file operation
 * was pending, and no watched stand-in was processing a request. The kernel needs much less time to move
 * loopback data between two sockets of one process. This is a heuristic: on a stalled machine a sleep may
 * end too early, like a real timer, so no test may fail because of that. Work in worker threads or child
 * processes is not detected.
 */
import { performance } from 'node:perf_hooks';

export interface VirtualClock {
  now(): number;
  /** Rejects with the signal's reason when it is aborted. Each call is recorded in `slept`. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The same for the `delay` of a stand-in. It is not recorded in `slept`. */
  delay(ms: number): Promise<void>;
  /** Advances the time, and ends the sleeps that are due. */
  advance(ms: number): void;
  /** Time does not advance while one of these processes a request. */
  watch(...standIns: { readonly busy: number }[]): void;
  readonly slept: number[];
}

interface Sleeper {
  wake: number;
  resolve: () => void;
}

const quietTurns = 10;
const quietMs = 2;
/** A stand-in that seems busy for so long without any event waits for a client that is gone. */
const stuckMs = 2_000;
const pendingWork = /^(GetAddrInfo|TCPConnect|FSReq|Write|TLSWrite|ShutdownWrap)/;

export function virtualClock(start = Date.UTC(2026, 0, 1)): VirtualClock {
  let time = start;
  let sleepers: Sleeper[] = [];
  let pumping = false;
  const watched: { readonly busy: number }[] = [];
  const slept: number[] = [];

  const wakeDue = () => {
    const due = sleepers.filter((s) => s.wake <= time).sort((a, b) => a.wake - b.wake);
    sleepers = sleepers.filter((s) => s.wake > time);
    for (const sleeper of due) sleeper.resolve();
  };

  const pump = async () => {
    pumping = true;
    while (sleepers.length > 0) {
      await quiet(() => watched.some((standIn) => standIn.busy > 0));
      if (sleepers.length === 0) break;
      time = Math.max(time, Math.min(...sleepers.map((s) => s.wake)));
      wakeDue();
    }
    pumping = false;
  };

  const delay = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        sleepers = sleepers.filter((s) => s !== sleeper);
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        wake: time + Math.max(0, ms),
        resolve: () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      sleepers.push(sleeper);
      if (!pumping) void pump();
    });

  return {
    now: () => time,
    sleep: (ms, signal) => {
      slept.push(ms);
      return delay(ms, signal);
    },
    delay: (ms) => delay(ms),
    advance: (ms) => {
      time += ms;
      wakeDue();
    },
    watch: (...standIns) => {
      watched.push(...standIns);
    },
    slept,
  };
}

/** Resolves once nothing has happened for a while; see the head of this file. */
async function quiet(busy: () => boolean): Promise<void> {
  let turns = 0;
  let since = performance.now();
  let events = handledEvents();
  while (turns < quietTurns || performance.now() - since < quietMs) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    const handled = handledEvents();
    const atWork =
      busy() || process.getActiveResourcesInfo().some((name) => pendingWork.test(name));
    turns += 1;
    if (handled !== events || (atWork && performance.now() - since < stuckMs)) turns = 0;
    if (handled !== events) since = performance.now();
    events = handled;
  }
}

/** libuv's own count of handled events (Node 20.18 and later): sockets, files and timers. */
const handledEvents = (): number => performance.nodeTiming.uvMetricsInfo.events;

/** mulberry32: the same numbers from 0 up to 1 for the same seed, on any machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
