/** The events of a run, and each event in words. */
import type { Phase } from '../export/job.js';

export type Level = 'info' | 'warning' | 'error';

/**
 * What can be told of a run while it goes on. Field names are those of `--log-format json`, which adds
 * `time` (ISO 8601, UTC), `level` and `message` (the event in words) to each.
 */
export type ProgressEvent =
  /** A phase begins, or the size of one that has begun is known now; null where nobody knows it. */
  | { event: 'phase'; phase: Phase; total: number | null }
  | {
      event: 'progress';
      phase: Phase;
      /** Indicators read, listed objects read, objects settled: what the phase is about. */
      done: number;
      total: number | null;
      /** Objects, since the run began. */
      accepted: number;
      rejected: number;
    }
  /** No request goes out to a service for so long; `reason` is a word of the result's. */
  | { event: 'waiting'; service: string; reason: string; wait_ms: number }
  | { event: 'message'; level: Level; message: string };

/** Draws events; `end` leaves the terminal as it was. */
export interface Renderer {
  tell(event: ProgressEvent): void;
  end(): void;
}

export interface ProgressOptions {
  stream: NodeJS.WriteStream;
  now: () => number;
  /** Takes secrets out of messages; all other words of an event are our own. */
  redact: (text: string) => string;
}

export type ProgressStyle = 'live' | 'plain' | 'json' | 'quiet';

/** Why a run waits, in words. */
export function whyWaiting(service: string, reason: string): string {
  if (reason === 'rate_limited') return `rate limited by ${service}`;
  return `${service} ${reason === 'service_unavailable' ? 'is not available' : 'gives no answer'}`;
}

const WHAT_A_PHASE_IS_ABOUT: Record<Phase, string> = {
  reading: 'indicators',
  listing: 'objects on the list',
  planning: 'objects',
  sending: 'objects',
  removing: 'objects',
};

/** An event in words. */
export function wordsFor(event: ProgressEvent): string {
  switch (event.event) {
    case 'phase': {
      const size = event.total === null ? '' : `${event.total} `;
      return `${event.phase} ${size}${WHAT_A_PHASE_IS_ABOUT[event.phase]}`;
    }
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
