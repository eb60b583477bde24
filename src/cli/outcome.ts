/** The outcomes of runs that did not return one. */
import { type Effects, internalError, type RunOutcome } from '../export/job.js';
import { countsOf } from '../result/counts.js';
import { RunError } from '../result/run-error.js';
import { InvalidInputError } from './invalid-input.js';

/** An outcome without items. */
const NOTHING_DONE: Omit<RunOutcome, 'status' | 'error'> = {
  vision_one: null,
  data_collection: null,
  counts: countsOf(0, []),
  requests: { threatq: 0, vision_one: 0, retries: 0, waited_ms: 0 },
  warnings: [],
  list: null,
  items: [],
};

/** The outcome after an error: of the input, of this program, or after a signal before the run began. */
export function outcomeOfError(error: unknown, effects: Effects): RunOutcome {
  if (error instanceof RunError && error.code === 'interrupted') {
    const warnings = [{ code: error.code, message: error.message }];
    return { ...NOTHING_DONE, status: 'Incomplete', warnings, error: null };
  }
  if (error instanceof InvalidInputError) {
    const { message } = error;
    const status = 'Failed to Complete';
    return { ...NOTHING_DONE, status, error: { code: 'invalid_input', message } };
  }
  return internalErrorOutcome(effects);
}

/**
 * The outcome after an internal error.
 * @param found the outcome of the run; omitted if it did not return
 */
export function internalErrorOutcome(
  effects: Effects,
  found: Omit<RunOutcome, 'status' | 'error'> = NOTHING_DONE,
): RunOutcome {
  return { ...found, ...internalError(effects) };
}
