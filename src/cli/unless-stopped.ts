import { RunError } from '../result/run-error.js';

/**
 * Waits for the input of a run.
 * @throws {RunError} with the code `interrupted` as soon as `stopping` is aborted
 */
export function unlessStopped<T>(input: Promise<T>, stopping: AbortSignal): Promise<T> {
  const stopped = new Promise<never>((_, reject) => {
    const message = 'the run was interrupted while its input was read; nothing was sent';
    const stop = () => reject(new RunError('interrupted', message));
    if (stopping.aborted) stop();
    else stopping.addEventListener('abort', stop, { once: true });
  });
  return Promise.race([input, stopped]);
}
