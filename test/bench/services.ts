/** Starts the stand-ins of the benchmark in a process of their own. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Scenario } from './scenarios.js';
import type { Recorded } from './stand-in.js';

export class Services implements Disposable {
  private constructor(
    private readonly child: ChildProcess,
    private readonly addresses: Record<string, string>,
  ) {}

  static async start(scenarios: Scenario[]): Promise<Services> {
    const file = fileURLToPath(new URL('stand-in.ts', import.meta.url));
    const names = scenarios.map(({ name }) => name);
    const child = fork(file, names, { execArgv: ['--import', 'tsx'] });
    const addresses = await new Promise<Record<string, string>>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Record<string, string>));
      child.once('exit', () => reject(new Error('the stand-ins could not be started')));
    });
    return new Services(child, addresses);
  }

  /** The address of both services. */
  baseOf({ name }: Scenario): string {
    const base = this.addresses[name];
    if (base === undefined) throw new Error(`the scenario ${name} was not started`);
    return base;
  }

  /** Forgets the recorded requests. @param keep whether what was posted is on the list from now on */
  async begin(scenario: Scenario, keep = false): Promise<void> {
    const body = JSON.stringify({ keep });
    await fetch(`${this.baseOf(scenario)}/bench/begin`, { method: 'POST', body });
  }

  /** What was received since `begin`. */
  async recorded(scenario: Scenario): Promise<Recorded> {
    const answer = await fetch(`${this.baseOf(scenario)}/bench/recorded`);
    return (await answer.json()) as Recorded;
  }

  [Symbol.dispose](): void {
    this.child.kill();
  }
}
