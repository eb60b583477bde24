/** The progress of a run on standard error, for people and log collectors. */
import type {
  Level,
  Phase,
  ProgressListener,
  ProgressRenderer,
  ProgressStyle,
  RendererOptions,
} from './events.js';
import { jsonRenderer } from './json.js';
import { liveRenderer } from './live.js';
import { plainRenderer } from './plain.js';
import { quietRenderer } from './quiet.js';

const RENDERERS: Record<ProgressStyle, (options: RendererOptions) => ProgressRenderer> = {
  live: liveRenderer,
  plain: plainRenderer,
  json: jsonRenderer,
  quiet: quietRenderer,
};

interface ProgressOptions extends RendererOptions {
  /** Removes secrets from messages. Other events contain only words of this program. */
  redact: (text: string) => string;
}

export interface Progress
  extends Required<Pick<ProgressListener, 'phase' | 'progress' | 'finished' | 'waiting'>> {
  message(level: Level, message: string): void;
  /** Must be called last. */
  end(): void;
}

/** A listener that shows what it is notified of. */
export function createProgress(style: ProgressStyle, options: ProgressOptions): Progress {
  const renderer = RENDERERS[style](options);
  let current: { phase: Phase; list?: string } = { phase: 'reading' };
  let total: number | null = null;
  const waitingUntil = new Map<string, number>();
  return {
    phase(phase, size, list) {
      current = { phase, ...(list !== undefined && { list }) };
      total = size;
      renderer.handle({ event: 'phase', ...current, total });
    },
    progress(done, accepted, rejected) {
      renderer.handle({ event: 'progress', ...current, done, total, accepted, rejected });
    },
    finished(phase) {
      // A fraction of a millisecond is only a longer number in a log.
      renderer.handle({ event: 'finished', ...phase, took_ms: Math.round(phase.took_ms) });
    },
    waiting(service, reason, untilMs) {
      // All workers of a service wait at the same rate gate: only the first is shown.
      if (untilMs <= (waitingUntil.get(service) ?? 0)) return;
      waitingUntil.set(service, untilMs);
      const wait_ms = Math.max(0, untilMs - options.now());
      renderer.handle({ event: 'waiting', service, reason, wait_ms });
    },
    message(level, message) {
      renderer.handle({ event: 'message', level, message: options.redact(message) });
    },
    end() {
      renderer.end();
    },
  };
}
