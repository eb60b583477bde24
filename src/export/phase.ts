import type { Phase } from '../progress/events.js';
import type { Job } from './job.js';

/**
 * Reports that a phase begins.
 * @param total how much there is to do; null if that is not known
 * @returns reports that the phase is done, with what was done and rejected; not called if it failed or was cut short
 */
export function beginPhase(
  { listener, clock }: Pick<Job, 'listener' | 'clock'>,
  phase: Phase,
  total: number | null,
): (done: number, rejected?: number) => void {
  const begunAt = clock.now();
  listener.phase?.(phase, total);
  return (done, rejected = 0) => {
    listener.finished?.({ phase, done, rejected, took_ms: clock.now() - begunAt });
  };
}
