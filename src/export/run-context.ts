/** What the steps of one run share. */
import { hostnameOf } from '../indicator/url.js';
import { type Connections, connect } from './connect.js';
import type { Job, RunRequest } from './job.js';
import { Ledger } from './ledger.js';
import { openLists, type RunLists } from './run-lists.js';

export interface RunContext {
  readonly job: Job;
  readonly connections: Connections;
  readonly lists: RunLists;
  readonly ledger: Ledger;
  /** The hosts that must not be blocked; undefined if the settings turn the safety checks off. */
  readonly protectedHosts: readonly string[] | undefined;
  /** Whether requests that change a list are in flight. */
  isSending: boolean;
  /** @param done how much of the phase is done */
  reportProgress(done: number): void;
}

export function startRun(job: Job): RunContext {
  const connections = connect(job);
  const ledger = new Ledger();
  const reportProgress = (done: number) =>
    job.listener.progress?.(done, ledger.count('accepted'), ledger.count('rejected'));
  const run: RunContext = {
    job,
    connections,
    lists: openLists(job, connections.visionOne, reportProgress),
    ledger,
    protectedHosts: job.run.settings.safety_checks ? platformsOf(job.run) : undefined,
    isSending: false,
    reportProgress,
  };
  job.effects.mayHaveSentObjects = () =>
    run.isSending || hasSettled(ledger) || connections.visionOne.client.effectivePosts > 0;
  return run;
}

/** Whether Vision One answered for at least one object. */
function hasSettled(ledger: Ledger): boolean {
  return (['accepted', 'rejected', 'removed'] as const).some(
    (outcome) => ledger.count(outcome) > 0,
  );
}

/** The hosts that the export depends on, without the brackets of IPv6 or a trailing dot. */
function platformsOf({ threatqHost, visionOne }: RunRequest): string[] {
  return [threatqHost, visionOne].flatMap((url) => (url ? hostnameOf(url) : []));
}
