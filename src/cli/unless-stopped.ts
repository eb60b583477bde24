import type { Limits } from '../http/api-client.js';
import { systemClock } from '../http/clock.js';
import { RunError } from '../result/run-error.js';

/**
 * Waits for the input of a run, which may come from a pipe that never ends.
 * @throws {RunError} with the code `interrupted` as soon as the run is stopped, and `time_limit` at its
 * deadline
 */
export async function unlessStopped<T>(
  input: Promise<T>,
  { stopping, deadline }: Pick<Limits, 'stopping' | 'deadline'>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const stopped = new Promise<never>((_, reject) => {
    const stop = (code: 'interrupted' | 'time_limit', what: string) =>
      reject(new RunError(code, `${what} while its input was read; nothing was sent`));
    const interrupt = () => stop('interrupted', 'the run was interrupted');
    if (stopping.aborted) interrupt();
    else stopping.addEventListener('abort', interrupt, { once: true });
    const expire = () => stop('time_limit', 'the time limit of the run was reached');
    timer = setTimeout(expire, Math.max(0, deadline - systemClock.now()));
  });
  return await Promise.race([input, stopped]).finally(() => clearTimeout(timer));
}
