/** What a run reports while it is running, and what shows it. */
import type { ExchangeRecord, ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';

export type Phase = 'reading' | 'listing' | 'planning' | 'sending' | 'removing';

/** Whether a phase settles objects, so that some are accepted and some rejected. */
export function settlesObjects(phase: Phase): boolean {
  return phase === 'sending' || phase === 'removing';
}

/** Notified of a run's progress. */
export interface ProgressListener {
  /**
   * A phase begins, goes on after another one, or its size is known now.
   * @param total how much there is to do in this phase; null if that is not known
   */
  phase?(name: Phase, total: number | null): void;
  /** Counts of the current phase: what is done, and what Vision One accepted and rejected. */
  progress?(done: number, accepted: number, rejected: number): void;
  /** @param untilMs no request is sent to the service until then, in milliseconds since the epoch */
  waiting?(service: ServiceName, reason: StopReason, untilMs: number): void;
  exchanged?(record: ExchangeRecord): void;
}

export type Level = 'info' | 'warning' | 'error';

/**
 * An event as it is shown. The field names are those of `--log-format json`, which adds `time`
 * (ISO 8601, UTC), `level` and `message` (the event in words) to each event.
 */
export type ProgressEvent =
  /** A phase begins or goes on, or its size is known now; null if it is not known. */
  | { event: 'phase'; phase: Phase; total: number | null }
  | {
      event: 'progress';
      phase: Phase;
      /** Indicators read, listed objects read or objects settled, depending on the phase. */
      done: number;
      total: number | null;
      /** Objects since the run began. */
      accepted: number;
      rejected: number;
    }
  /** No request is sent to the service for this time. */
  | { event: 'waiting'; service: ServiceName; reason: StopReason; wait_ms: number }
  | { event: 'message'; level: Level; message: string };

/** Shows events. `end` is called last, and leaves the terminal as it was. */
export interface ProgressRenderer {
  handle(event: ProgressEvent): void;
  end(): void;
}

export type ProgressStyle = 'live' | 'plain' | 'json' | 'quiet';

export interface RendererOptions {
  stream: NodeJS.WriteStream;
  /** Milliseconds since the epoch. */
  now: () => number;
}
