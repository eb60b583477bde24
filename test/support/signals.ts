/** Sends signals to a process at certain points of a test. */
import type { ChildProcess } from 'node:child_process';

export interface Kill {
  when: () => boolean;
  signal: NodeJS.Signals;
}

/** Sends the signals one after another, each when its condition is true or the process has ended. */
export async function sendSignals(child: ChildProcess, signals: Kill[]): Promise<void> {
  for (const { when, signal } of signals) {
    while (!when() && child.exitCode === null) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    child.kill(signal);
  }
}
