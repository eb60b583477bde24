/** Keeps the memory of large runs small. */
import { setFlagsFromString } from 'node:v8';
import type { ProgressListener } from '../progress/events.js';

/** Smaller runs need little memory, and are a little faster without the limit. */
const LARGE_RUN = 20_000;

/** How much the heap may grow between two garbage collections, in percent. Node's default is up to 300. */
const HEAP_GROWTH = 50;

/**
 * Makes V8 collect garbage earlier if the data collection is large: 100,000 indicators then take less than
 * 300 MB, and a few percent more time. V8 reads this flag at each garbage collection, so it can be set
 * during the run.
 */
export function withLimitedMemory(listener: ProgressListener): ProgressListener {
  return {
    ...listener,
    phase: (phase, total, list) => {
      if (phase === 'reading' && total !== null && total > LARGE_RUN) {
        setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH}`);
      }
      listener.phase?.(phase, total, list);
    },
  };
}
