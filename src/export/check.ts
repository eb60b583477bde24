/**
 * `--check`: verifies both connections and the permission to view. It reads the first page of the data
 * collection and of the list, and sends nothing.
 */
import { addressText } from '../http/address.js';
import type { Clock } from '../http/clock.js';
import type { ExpectedService } from '../http/foreign-answer.js';
import type { AllowedOutage } from '../http/retry-policy.js';
import { countsOf } from '../result/counts.js';
import type { Result, Warning } from '../result/result.js';
import { RunError, withAdvice } from '../result/run-error.js';
import { formatDuration } from '../text/format.js';
import { quote } from '../text/truncate.js';
import { CREDENTIAL_NAMES } from '../threatq/access.js';
import type { ThreatQ } from '../threatq/client.js';
import type { DataCollection, Page } from '../threatq/data-collection.js';
import type { VisionOne } from '../vision-one/client.js';
import { readList } from '../vision-one/list-reader.js';
import type { List } from '../vision-one/lists.js';
import { adviceOnUnavailable } from './check-advice.js';
import { type CollectionOrigin, connect, openCollection } from './connect.js';
import { describeSample } from './describe-sample.js';
import { emptyCollection } from './empty-collection.js';
import { INTERRUPTED, type Job, type RunOutcome } from './job.js';

export type Check = NonNullable<Result['checks']>[number];

/** How many indicators are read to count the types of a data collection. */
const SAMPLE_SIZE = 1000;

/**
 * A person waits for the check report, so a service gets less time to answer than in a run. If it refuses
 * connections, it gets 2 s, which is enough for a restart.
 */
const CHECK_OUTAGE: AllowedOutage = {
  ms: 15_000,
  failures: 1,
  refused: { ms: 2_000, failures: 2 },
};
/** A clock that differs more is reported: with dates of ThreatQ, it decides when objects expire. */
const MAX_CLOCK_DIFFERENCE_MS = 5 * 60_000;
/** The longest time that a check takes, even if a service requests a longer wait. */
const CHECK_TIME_LIMIT_MS = 60_000;

/** Checks both connections. The outcome has a row for each check, including those that failed. */
export async function checkAction(given: Job): Promise<RunOutcome> {
  const deadline = Math.min(given.limits.deadline, given.clock.now() + CHECK_TIME_LIMIT_MS);
  const limits = {
    ...given.limits,
    deadline,
    allowedOutage: CHECK_OUTAGE,
    answerTimeoutMs: CHECK_OUTAGE.ms,
  };
  const job = { ...given, limits };
  const { run } = job;
  const { origin, visionOne } = run;
  const connections = connect(job);
  let found: RunOutcome['data_collection'] = null;
  const warnings: Warning[] = [];
  if (origin.kind === 'objects' && origin.rows.length === 0) warnings.push(emptyCollection(null));
  // Both at once, so that two services that do not answer take the time of one.
  const reports = await Promise.all([
    origin.kind === 'objects'
      ? []
      : checkThreatQ(
          connections.threatq(origin),
          origin,
          run.settings.removed_indicators === 'remove',
          ({ name, hash }, { indicators, total }) => {
            found = { name, hash, total, read_whole: false };
            if (indicators.length === 0) warnings.push(emptyCollection(found));
          },
        ),
    checkVisionOne(connections.visionOne, addressText(visionOne), job.list, job.clock),
  ]);
  const checks = reports.flat();
  return {
    ...verdictOn(checks, limits.stopping.aborted),
    warnings: limits.stopping.aborted
      ? [...warnings, { code: 'interrupted', message: INTERRUPTED }]
      : warnings,
    vision_one: addressText(visionOne),
    data_collection: found,
    counts: countsOf(0, []),
    requests: connections.requests(),
    list: null,
    items: [],
    checks,
  };
}

function verdictOn(checks: Check[], isInterrupted: boolean): Pick<RunOutcome, 'status' | 'error'> {
  if (isInterrupted) return { status: 'Incomplete', error: null };
  const failed = checks.find(({ ok }) => !ok);
  if (!failed) return { status: 'Completed', error: null };
  const message = `${failed.name}: ${failed.message}`;
  return { status: 'Failed to Complete', error: { code: 'check_failed', message } };
}

const passed = (name: string, message: string): Check => ({ name, ok: true, message });

/**
 * The rows of a service after a failed check: the checks before it passed, and later ones were not made.
 * @throws the error, if it is not a RunError
 */
function failedChecks(
  error: unknown,
  before: Check[],
  failed: string,
  service: ExpectedService,
): Check[] {
  if (!(error instanceof RunError)) throw error;
  const advice = error.advice ?? adviceOnUnavailable(error, service, before.length > 0);
  return [...before, { name: failed, ok: false, message: withAdvice(error.message, advice) }];
}

/**
 * Checks ThreatQ: reachable, token, data collection.
 * @param removes whether an export removes what the data collection no longer yields
 * @param onFound called with the data collection and its first page
 */
async function checkThreatQ(
  threatq: ThreatQ,
  origin: CollectionOrigin,
  removes: boolean,
  onFound: (collection: DataCollection, first: Pick<Page, 'indicators' | 'total'>) => void,
): Promise<Check[]> {
  const { host, credentials } = origin.threatq;
  const reachable = passed('ThreatQ reachable', `${addressText(host)} answers`);
  try {
    await threatq.authenticate();
  } catch (error) {
    const refused = error instanceof RunError && error.code === 'threatq_credentials';
    return refused
      ? failedChecks(error, [reachable], 'ThreatQ token', threatq.service)
      : failedChecks(error, [], 'ThreatQ reachable', threatq.service);
  }
  const accepted = `ThreatQ accepts the ${CREDENTIAL_NAMES[credentials.grant]}`;
  const known = [reachable, passed('ThreatQ token', accepted)];
  try {
    const collection = await openCollection(threatq, origin);
    const first = await collection.pages(SAMPLE_SIZE).next();
    const { indicators, total } = first.done ? { indicators: [], total: 0 } : first.value;
    onFound(collection, { indicators, total });
    const name = collection.name ?? collection.hash ?? '';
    return [
      ...known,
      passed('data collection', describeSample({ name, total, indicators, removes })),
    ];
  } catch (error) {
    return failedChecks(error, known, 'data collection', threatq.service);
  }
}

/** Checks Vision One: reachable, key and region, permission to view. */
async function checkVisionOne(
  visionOne: VisionOne,
  host: string,
  list: List,
  clock: Clock,
): Promise<Check[]> {
  let reachable = passed('Vision One reachable', `${host} answers`);
  const key = 'API Key and API Region';
  try {
    const health = await visionOne.get('/v3.0/healthcheck/connectivity');
    const { status } = (health ?? {}) as { status?: unknown };
    if (typeof status === 'string' && status !== 'available') {
      const message = `${host} reports that it is ${quote(status)}. Check again later.`;
      return [{ name: 'Vision One reachable', ok: false, message }];
    }
    const difference = clockDifference(visionOne.firstAnswerAt, clock.wallNow());
    reachable = passed(reachable.name, `${reachable.message}${difference}`);
  } catch (error) {
    const answered =
      error instanceof RunError &&
      !error.isForeign &&
      (error.code === 'no_access' || error.code === 'rate_limited');
    return answered
      ? failedChecks(error, [reachable], key, visionOne.service)
      : failedChecks(error, [], 'Vision One reachable', visionOne.service);
  }
  const valid = [reachable, passed(key, 'the key is valid in this region')];
  const view = `view the ${list.title}`;
  try {
    await readList(visionOne, list).next();
  } catch (error) {
    return failedChecks(error, valid, view, visionOne.service);
  }
  return [
    ...valid,
    passed(view, 'permitted; only an export can show whether the key may also add objects'),
  ];
}

/** What is wrong with the clock of this machine, by the time of an answer; empty if nothing is. */
function clockDifference(answeredAt: number | undefined, now: number): string {
  const ahead = now - (answeredAt ?? now);
  if (Math.abs(ahead) <= MAX_CLOCK_DIFFERENCE_MS) return '';
  const direction = ahead > 0 ? 'ahead of' : 'behind';
  return `. The clock of this machine is ${formatDuration(Math.abs(ahead))} ${direction} that of the service: correct it, because expiration dates of ThreatQ are compared with it`;
}
