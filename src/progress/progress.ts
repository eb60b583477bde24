/** What a run is at, on standard error, for people and log collectors; never on standard output. */
import type { Phase, ProgressListener } from '../export/job.js';
import { escapedJson } from '../report/json.js';
import { visible } from '../text/escape-invisible.js';
import {
  type Level,
  type ProgressOptions,
  type ProgressStyle,
  type Renderer,
  whyWaiting,
  wordsFor,
} from './events.js';
import { liveRenderer } from './live.js';

/** One function a style. */
const RENDERERS: Record<ProgressStyle, (options: ProgressOptions) => Renderer> = {
  live: liveRenderer,
  plain: plainRenderer,
  json: jsonRenderer,
  quiet: quietRenderer,
};

export interface Progress extends ProgressListener {
  message(level: Level, message: string): void;
  /** Nothing more comes. */
  end(): void;
}

/** Turns what a run tells its listener into events, and hands them to the renderer of a style. */
export function createProgress(style: ProgressStyle, options: ProgressOptions): Progress {
  const renderer = RENDERERS[style](options);
  let phase: Phase = 'reading';
  let total: number | null = null;
  const waitingUntil = new Map<string, number>();
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
      if (untilMs <= (waitingUntil.get(service) ?? 0)) return;
      waitingUntil.set(service, untilMs);
      const wait_ms = Math.max(0, untilMs - options.now());
      renderer.tell({ event: 'waiting', service, reason, wait_ms });
    },
    message(level, message) {
      renderer.tell({ event: 'message', level, message: options.redact(message) });
    },
    end() {
      renderer.end();
    },
  };
}

/** Between two lines on the same thing there are at least so many milliseconds. */
const BETWEEN_LINES_MS = 2_000;

/**
 * Plain lines with a time: one when a phase begins and one when it is done; between them, and on
 * waits in a row for the same reason, at most one every two seconds.
 */
function plainRenderer({ stream, now }: ProgressOptions): Renderer {
  const saidAt = new Map<string, number>();
  const isDue = (what: string) => now() - (saidAt.get(what) ?? 0) >= BETWEEN_LINES_MS;
  return {
    tell(event) {
      switch (event.event) {
        case 'phase':
          // Reading goes on after a list was read: that is the same phase still.
          if (saidAt.has(event.phase)) return;
          saidAt.set(event.phase, now());
          break;
        case 'progress':
          if (event.done !== event.total && !isDue(event.phase)) return;
          saidAt.set(event.phase, now());
          break;
        case 'waiting': {
          const why = whyWaiting(event.service, event.reason);
          if (!isDue(why)) return;
          saidAt.set(why, now());
          break;
        }
      }
      stream.write(`${new Date(now()).toISOString()} ${visible(wordsFor(event))}\n`);
    },
    end() {},
  };
}

/** One JSON object a line, with its time: for log collectors, which want every event. */
function jsonRenderer({ stream, now }: ProgressOptions): Renderer {
  return {
    tell(event) {
      const level = event.event === 'message' ? event.level : 'info';
      const message = wordsFor(event);
      const entry = { time: new Date(now()).toISOString(), ...event, level, message };
      stream.write(`${escapedJson(JSON.stringify(entry))}\n`);
    },
    end() {},
  };
}

/** No progress; a warning or an error, which nothing else tells of, is told all the same. */
function quietRenderer({ stream }: ProgressOptions): Renderer {
  return {
    tell(event) {
      if (event.event !== 'message' || event.level === 'info') return;
      stream.write(`${visible(event.message)}\n`);
    },
    end() {},
  };
}
