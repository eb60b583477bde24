/** What a run is at, on standard error, for people and log collectors; never on standard output. */
import type { Watcher } from '../export/run.js';
import { visible } from './visible.js';

export interface ProgressOptions {
  write: (text: string) => void;
  now: () => number;
}

/** Between two lines of one phase there are at least so many milliseconds. */
const QUIET_MS = 2_000;

/** Plain lines with a time: one a phase at its beginning, then at most one every two seconds. */
export function createProgress({
  write,
  now,
}: ProgressOptions): Watcher & { log(text: string): void } {
  let phase = '';
  let total: number | null = null;
  let saidAt = 0;
  let waitingUntil = 0;
  const log = (text: string) => write(`${new Date(now()).toISOString()} ${visible(text)}\n`);
  return {
    log,
    phase(name, size) {
      phase = name;
      total = size;
      saidAt = 0;
      log(size === null ? `${name}` : `${name} ${size} objects`);
    },
    progress(done, accepted, rejected) {
      if (now() - saidAt < QUIET_MS && done !== total) return;
      saidAt = now();
      const of = total === null ? '' : ` of ${total}`;
      const outcome = phase === 'sending' ? `, ${accepted} accepted, ${rejected} rejected` : '';
      log(`${phase}: ${done}${of}${outcome}`);
    },
    waiting(service, reason, untilMs) {
      if (untilMs <= waitingUntil) return;
      waitingUntil = untilMs;
      const why =
        reason === 'rate_limited' ? `rate limited by ${service}` : `${service}: ${reason}`;
      log(`${why}, waiting ${((untilMs - now()) / 1000).toFixed(1)} s`);
    },
  };
}
