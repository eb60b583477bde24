/** What the steps of one run share. */
import { hostnameOf } from '../indicator/url.js';
import { type Connections, connect } from './connect.js';
import { ownerTagOf } from './description.js';
import type { Job, RunRequest } from './job.js';
import { Ledger } from './ledger.js';
import { RunLists } from './run-lists.js';

export interface RunContext {
  readonly job: Job;
  readonly connections: Connections;
  readonly lists: RunLists;
  readonly ledger: Ledger;
  /** The data collection's ownership tag; undefined for a manual run. */
  readonly ownerTag: string | undefined;
  /** The hosts that must not be blocked; undefined if the settings turn the safety checks off. */
  readonly protectedHosts: readonly string[] | undefined;
  /** When the run began, by this machine's clock, in milliseconds since the epoch. */
  readonly startedAt: number;
  /** When the run began, by Vision One's clock if it is known, in milliseconds since the epoch. */
  beganAt(): number;
  /** Whether requests that change a list are in flight. */
  isSending: boolean;
  /** @param done how much of the phase is done */
  reportProgress(done: number): void;
}

/** Reading may take this part of a run's time, so that there is time to send. */
export const READING_SHARE = 0.6;

export function startRun(job: Job): RunContext {
  const { deadline } = job.limits;
  const readingDeadline = deadline - (1 - READING_SHARE) * job.run.timeLimitMs;
  const connections = connect(job, readingDeadline);
  const ledger = new Ledger();
  const startedAt = job.clock.wallNow();
  const reportProgress = (done: number) =>
    job.listener.progress?.(done, ledger.count('accepted'), ledger.count('rejected'));
  const run: RunContext = {
    job,
    connections,
    lists: new RunLists(job, connections.visionOne, reportProgress),
    ledger,
    ownerTag: tagOf(job),
    protectedHosts: job.run.settings.safety_checks ? platformsOf(job.run) : undefined,
    startedAt,
    beganAt: () => connections.visionOne.firstAnswerAt ?? startedAt,
    isSending: false,
    reportProgress,
  };
  job.effects.mayHaveSentObjects = () =>
    run.isSending || hasSettled(ledger) || connections.visionOne.client.effectivePosts > 0;
  return run;
}

function tagOf({ action, run: { origin } }: Job): string | undefined {
  if (origin.kind === 'objects') return undefined;
  const { threatq, by, key } = origin;
  return ownerTagOf({ action, threatq: threatq.host.hostname, by, key });
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
