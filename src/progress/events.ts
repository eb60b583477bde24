/** What a run reports while it is running, and what shows it. */
import type { ExchangeRecord, ServiceName } from '../result/exchange-record.js';
import type { StopReason } from '../result/reasons.js';
import type { Paint } from '../text/paint.js';

export type Phase = 'reading' | 'listing' | 'planning' | 'sending' | 'removing';

/** Whether a phase settles objects, so that some are accepted and some rejected. */
export function settlesObjects(phase: Phase): boolean {
  return phase === 'sending' || phase === 'removing';
}

export interface FinishedPhase {
  phase: Phase;
  /** The title of the list, when the phase is `listing`. */
  list?: string;
  /** What was done: indicators read, listed objects read or objects settled. */
  done: number;
  /** How many of them Vision One rejected. */
  rejected: number;
  took_ms: number;
}

/** Notified of a run's progress. */
export interface ProgressListener {
  /**
   * A phase begins, goes on after another one, or its size is known now.
   * @param total how much there is to do in this phase; null if that is not known
   * @param list the title of the list, when the phase is `listing`
   */
  phase?(name: Phase, total: number | null, list?: string): void;
  /** Counts of the current phase: what is done, and what Vision One accepted and rejected. */
  progress?(done: number, accepted: number, rejected: number): void;
  /** A phase is done. It is not called if the phase failed or was cut short. */
  finished?(phase: FinishedPhase): void;
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
  | { event: 'phase'; phase: Phase; list?: string; total: number | null }
  | {
      event: 'progress';
      phase: Phase;
      list?: string;
      /** Indicators read, listed objects read or objects settled, depending on the phase. */
      done: number;
      total: number | null;
      /** Objects since the run began. */
      accepted: number;
      rejected: number;
    }
  | ({ event: 'finished' } & FinishedPhase)
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
  /** Colours of the live style. */
  paint: Paint;
  /** Milliseconds since the epoch. */
  now: () => number;
}
