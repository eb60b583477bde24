/** What a run is at, on standard error, for people and log collectors; never on standard output. */
import type { Phase, Watcher } from '../export/run.js';
import { liveRenderer } from './progress-live.js';
import { visible } from './visible.js';

/** What can be told of a run while it goes on. Field names are those of `--log-format json`. */
export type ProgressEvent =
  | { event: 'phase'; phase: Phase; total: number | null }
  | {
      event: 'progress';
      phase: Phase;
      done: number;
      total: number | null;
      accepted: number;
      rejected: number;
    }
  | { event: 'waiting'; service: string; reason: string; wait_ms: number }
  | { event: 'message'; level: 'info' | 'warning' | 'error'; message: string };

/** Draws events; `end` leaves the terminal as it was. */
export interface Renderer {
  tell(event: ProgressEvent): void;
  end(): void;
}

export interface ProgressOptions {
  stream: NodeJS.WriteStream;
  now: () => number;
  /** Takes secrets out of whatever is written. */
  redact: (text: string) => string;
}

export type ProgressStyle = 'live' | 'plain' | 'json' | 'quiet';

/** One function a style. */
const RENDERERS: Record<ProgressStyle, (options: ProgressOptions) => Renderer> = {
  live: liveRenderer,
  plain: plainRenderer,
  json: jsonRenderer,
  quiet: () => ({ tell() {}, end() {} }),
};

export interface Progress extends Watcher {
  message(level: 'info' | 'warning' | 'error', message: string): void;
  /** Nothing more comes. */
  end(): void;
}

/** Turns what a run tells its watcher into events, and hands them to the renderer of a style. */
export function createProgress(style: ProgressStyle, options: ProgressOptions): Progress {
  const renderer = RENDERERS[style](options);
  let phase: Phase = 'reading';
  let total: number | null = null;
  let waitingUntil = 0;
  return {
    phase(name, size) {
      [phase, total] = [name, size];
      renderer.tell({ event: 'phase', phase, total });
    },
    progress(done, accepted, rejected) {
      renderer.tell({ event: 'progress', phase, done, total, accepted, rejected });
    },
    waiting(service, reason, untilMs) {
      // All workers of an endpoint wait for the same gate: one of them tells of it.
      if (untilMs <= waitingUntil) return;
      waitingUntil = untilMs;
      renderer.tell({ event: 'waiting', service, reason, wait_ms: untilMs - options.now() });
    },
    message(level, message) {
      renderer.tell({ event: 'message', level, message });
    },
    end() {
      renderer.end();
    },
  };
}

/** Why a run waits, in words. */
export function whyWaiting(service: string, reason: string): string {
  return reason === 'rate_limited' ? `rate limited by ${service}` : `${service} gives no answer`;
}

/** An event in words; undefined where there is nothing new to say. */
export function wordsFor(event: ProgressEvent): string {
  switch (event.event) {
    case 'phase':
      return event.total === null ? event.phase : `${event.phase} ${event.total} objects`;
    case 'progress': {
      const of = event.total === null ? '' : ` of ${event.total}`;
      const sent = event.phase === 'sending' || event.phase === 'removing';
      const settled = sent ? `, ${event.accepted} accepted, ${event.rejected} rejected` : '';
      return `${event.phase}: ${event.done}${of}${settled}`;
    }
    case 'waiting': {
      const seconds = (event.wait_ms / 1000).toFixed(1);
      return `${whyWaiting(event.service, event.reason)}, waiting ${seconds} s`;
    }
    case 'message':
      return event.message;
  }
}

/** Between two lines on the progress of one phase there are at least so many milliseconds. */
const BETWEEN_LINES_MS = 2_000;

/** Plain lines with a time: one a phase, at most one on its progress every two seconds, and its last. */
function plainRenderer({ stream, now, redact }: ProgressOptions): Renderer {
  let saidAt = Number.NEGATIVE_INFINITY;
  const told = new Set<Phase>();
  return {
    tell(event) {
      if (event.event === 'phase') {
        if (told.has(event.phase)) return;
        told.add(event.phase);
        saidAt = now();
      }
      if (event.event === 'progress') {
        if (now() - saidAt < BETWEEN_LINES_MS && event.done !== event.total) return;
        saidAt = now();
      }
      const time = new Date(now()).toISOString();
      stream.write(`${time} ${visible(redact(wordsFor(event)))}\n`);
    },
    end() {},
  };
}

/** One JSON object a line, with its time: for log collectors, which want every event. */
function jsonRenderer({ stream, now, redact }: ProgressOptions): Renderer {
  return {
    tell(event) {
      const level = event.event === 'message' ? event.level : 'info';
      const message = redact(wordsFor(event));
      const entry = { time: new Date(now()).toISOString(), ...event, level, message };
      // Escaped as JSON is, control characters are shown; the rest of what is invisible is made so.
      stream.write(`${visible(JSON.stringify(entry))}\n`);
    },
    end() {},
  };
}
