/** `--check`: verifies both connections and the permission to view. It reads one page and sends nothing. */
import { addressText } from '../http/address.js';
import type { AllowedOutage } from '../http/retry-policy.js';
import { countsOf } from '../result/counts.js';
import type { Result } from '../result/result.js';
import { RunError, withAdvice } from '../result/run-error.js';
import { quote } from '../text/truncate.js';
import type { ThreatQ } from '../threatq/client.js';
import type { DataCollection } from '../threatq/data-collection.js';
import { readRow } from '../threatq/row-parser.js';
import type { VisionOne } from '../vision-one/client.js';
import type { List } from '../vision-one/lists.js';
import { connect, openCollection } from './connect.js';
import type { Job, RunOutcome } from './job.js';

export type Check = NonNullable<Result['checks']>[number];

/** The smallest page that can be requested of a list. */
const MIN_PAGE_SIZE = '50';
/** How many indicators are read to count the types of a data collection. */
const SAMPLE_SIZE = 1000;

/**
 * A person waits for the check report, so a service gets less time to answer than in a run. After a
 * refusal it has just the time of a quick restart.
 */
const CHECK_OUTAGE: AllowedOutage = {
  ms: 15_000,
  failures: 1,
  refused: { ms: 2_000, failures: 2 },
};
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
  const { origin, visionOne } = job.run;
  const connections = connect(job);
  let found: RunOutcome['data_collection'] = null;
  // Both at once, so that two services that do not answer take the time of one.
  const reports = await Promise.all([
    origin.kind === 'objects'
      ? []
      : checkThreatQ(
          connections.threatq(origin),
          addressText(origin.threatq.host),
          (threatq) => openCollection(threatq, origin),
          ({ name, hash }, total) => {
            found = { name, hash, total, read_whole: false };
          },
        ),
    checkVisionOne(connections.visionOne, addressText(visionOne), job.list),
  ]);
  const checks = reports.flat();
  const failed = checks.find(({ ok }) => !ok);
  return {
    status: failed ? 'Failed to Complete' : 'Completed',
    vision_one: addressText(visionOne),
    data_collection: found,
    counts: countsOf(0, []),
    requests: connections.requests(),
    warnings: [],
    list: null,
    items: [],
    checks,
    error: failed ? { code: 'check_failed', message: `${failed.name}: ${failed.message}` } : null,
  };
}

const passed = (name: string, message: string): Check => ({ name, ok: true, message });

/**
 * The rows of a service after a failed check: the checks before it passed, and later ones were not made.
 * @param advice what to do if the service does not answer and the error has no advice
 * @throws the error, if it is not a RunError
 */
function failedChecks(error: unknown, before: Check[], failed: string, advice: string): Check[] {
  if (!(error instanceof RunError)) throw error;
  const whatToDo = error.code === 'rate_limited' ? LIMITED_ADVICE : advice;
  const isNoAnswer = NO_ANSWER.includes(error.code);
  const message = withAdvice(error.message, error.advice ?? (isNoAnswer ? whatToDo : undefined));
  return [...before, { name: failed, ok: false, message }];
}

/** Error codes of a service that is not available now. */
const NO_ANSWER = [
  'threatq_unavailable',
  'threatq_unreadable',
  'service_unavailable',
  'rate_limited',
  'no_answer',
  'time_limit',
];

const ANSWERED_BEFORE =
  'The service answered the request before this one: run --check again, and look at the load of the service and at the proxy.';
const LIMITED_ADVICE =
  'The service limits the requests of this client: run --check again later, and find out which other clients use the key.';
const THREATQ_ADVICE =
  'Check threatq.host, and that this machine can reach it: DNS, a firewall and a proxy (HTTPS_PROXY, NO_PROXY) can prevent it.';
const VISION_ONE_ADVICE =
  'Check API Region (or VISION_ONE_BASE_URL), and that this machine can reach it: DNS, a firewall and a proxy (HTTPS_PROXY, NO_PROXY) can prevent it.';

/**
 * Checks ThreatQ: reachable, token, data collection.
 * @param onFound called with the data collection and its size
 */
async function checkThreatQ(
  threatq: ThreatQ,
  host: string,
  open: (threatq: ThreatQ) => Promise<DataCollection>,
  onFound: (collection: DataCollection, total: number | null) => void,
): Promise<Check[]> {
  const reachable = passed('ThreatQ reachable', `${host} answers`);
  try {
    await threatq.authenticate();
  } catch (error) {
    const refused = error instanceof RunError && error.code === 'threatq_credentials';
    return refused
      ? failedChecks(error, [reachable], 'ThreatQ token', ANSWERED_BEFORE)
      : failedChecks(error, [], 'ThreatQ reachable', THREATQ_ADVICE);
  }
  const known = [reachable, passed('ThreatQ token', 'ThreatQ knows this API client')];
  try {
    const collection = await open(threatq);
    const first = await collection.pages(() => SAMPLE_SIZE).next();
    const page = first.done ? { rows: [], total: 0 } : first.value;
    onFound(collection, page.total);
    const size = page.total ?? 'an unknown number of';
    const message = `${collection.name ?? collection.hash} has ${size} indicators${typesOf(page.rows)}`;
    return [...known, passed('data collection', message)];
  } catch (error) {
    return failedChecks(error, known, 'data collection', ANSWERED_BEFORE);
  }
}

function typesOf(rows: unknown[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const { type } = readRow(row);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const parts = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([type, count]) => `${count} ${type || 'without a type'}`);
  return `; of the first ${rows.length}: ${parts.join(', ')}`;
}

/** Checks Vision One: reachable, key and region, permission to view. */
async function checkVisionOne(visionOne: VisionOne, host: string, list: List): Promise<Check[]> {
  const reachable = passed('Vision One reachable', `${host} answers`);
  const key = 'API Key and API Region';
  try {
    const health = await visionOne.get('/v3.0/healthcheck/connectivity');
    const { status } = (health ?? {}) as { status?: unknown };
    if (typeof status === 'string' && status !== 'available') {
      const message = `${host} reports that it is ${quote(status)}. Check again later.`;
      return [{ name: 'Vision One reachable', ok: false, message }];
    }
  } catch (error) {
    const answered =
      error instanceof RunError &&
      !error.isForeign &&
      (error.status !== undefined || error.code === 'rate_limited');
    return answered
      ? failedChecks(error, [reachable], key, ANSWERED_BEFORE)
      : failedChecks(error, [], 'Vision One reachable', VISION_ONE_ADVICE);
  }
  const valid = [reachable, passed(key, 'the key is valid in this region')];
  const view = `view the ${list.title}`;
  try {
    await visionOne.get(list.path, { top: MIN_PAGE_SIZE });
  } catch (error) {
    return failedChecks(error, valid, view, ANSWERED_BEFORE);
  }
  return [
    ...valid,
    passed(view, 'permitted; only an export can show whether the key may also add objects'),
  ];
}
