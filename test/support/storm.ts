/**
 * A run with every kind of fault of both services, from a seed and on virtual time, and then a check of
 * each object.
 */
import type { RunOutcome } from '../../src/export/job.js';
import { seededRandom } from '../sandbox/clock.js';
import type { Fault, Received } from '../sandbox/server.js';
import { paths } from '../sandbox/vision-one.js';
import { startSandbox } from './in-process.js';
import { madeRows } from './rows.js';
import { snapshotOf, untruthsIn } from './truth.js';

export interface Storm {
  seed: number;
  objects: number;
  /** How likely a request is to meet a fault, from 0 to 1. */
  strength: number;
  timeLimitMs?: number;
}

export interface Account {
  seed: number;
  status: RunOutcome['status'];
  error: string | null;
  requests: { threatq: number; visionOne: number };
  /** What the same run needs without faults. */
  faultFree: { threatq: number; visionOne: number };
  faults: number;
  accepted: number;
  /** Named in the result with the reason why they are not on the list. */
  named: number;
  /** Neither on the list nor named with a true reason, or called accepted and not on the list. */
  lost: number;
  untruths: string[];
  virtualMinutes: number;
}

type Random = () => number;

const pick = <T>(from: readonly T[], random: Random): T =>
  from[Math.floor(random() * from.length)] as T;

const html = (status: number) => `<html><body><h1>${status}</h1></body></html>`;

/** What may happen to any request. */
const ANYWHERE: ((random: Random) => Fault)[] = [
  (random) => ({ status: 429, headers: { 'retry-after': String(1 + Math.floor(random() * 20)) } }),
  () => ({ status: 429, body: { error: { code: 'TooManyRequests', message: 'Too many' } } }),
  () => ({ status: 500, body: { error: { code: 'InternalServerError', message: 'Sorry.' } } }),
  () => ({ status: 502, body: html(502) }),
  () => ({ status: 503, headers: { 'retry-after': 'soon' }, body: '' }),
  () => ({ status: 504, body: html(504), applied: true }),
  () => ({ reset: 'before' }),
  () => ({ reset: 'after' }),
  () => ({ cut: true }),
  () => ({ garbage: html(200) }),
  (random) => ({ slow: 1_000 + Math.floor(random() * 20_000) }),
];

/** Other faults of an add. */
const TO_ADDS: ((random: Random, items: number) => Fault)[] = [
  (random) => ({ wrongLength: random() < 0.5 ? -1 : 1 }),
  (random, items) => ({ items: failures(random, items, 0.03) }),
  (random, items) => ({ items: failures(random, items, 0.5) }),
];

/** Some requests are carried out although the answer says that they failed. */
function failures(random: Random, items: number, share: number) {
  return Array.from({ length: items }, (_, index) => index).flatMap((index) => {
    if (random() >= share) return [];
    const [status, code] = pick(
      [
        [429, 'TooManyRequests'],
        [500, 'InternalServerError'],
        [503, 'ServiceUnavailable'],
      ] as const,
      random,
    );
    return [{ index, status, code, applied: random() < 0.3 }];
  });
}

/** Reasons that a storm without malformed objects and without refusals can leave behind. */
const TRUE_REASONS = ['rate_limited', 'service_unavailable', 'no_answer', 'time_limit'];

/** Runs one export through a storm and accounts for every object. */
export async function weather({ seed, objects, strength, timeLimitMs }: Storm): Promise<Account> {
  const rows = madeRows(objects);
  const collections = [{ name: 'Storm', hash: 'storm', rows }];
  await using sandbox = await startSandbox({ threatq: { collections } });
  const { threatq, visionOne, clock } = sandbox;
  const random = seededRandom(seed);
  let faults = 0;
  const blow = (request: Received): Fault | undefined => {
    if (random() >= strength) return undefined;
    faults++;
    const isAdd = request.path === paths.suspicious && Array.isArray(request.body);
    const kinds = isAdd ? [...ANYWHERE, ...TO_ADDS, ...TO_ADDS] : ANYWHERE;
    return pick(kinds, random)(random, isAdd ? (request.body as unknown[]).length : 0);
  };
  threatq.faults = blow;
  visionOne.faults = blow;
  const startedAt = clock.now();
  const before = snapshotOf(visionOne);
  const outcome = await sandbox.run({ seed, ...(timeLimitMs && { timeLimitMs }) });

  const { status, error, items, counts, warnings } = outcome;
  const isShort = warnings.some(({ code }) => code === 'read_short');
  const ids = error || isShort ? [] : rows.map(({ id }) => id);
  const untruths = [
    ...untruthsIn(outcome, before, ids),
    ...visionOne.violations,
    ...threatq.violations,
    ...items.flatMap((item) =>
      item.outcome === 'unsent' && !TRUE_REASONS.includes(item.reason)
        ? [`${item.value} is unsent as ${item.reason}`]
        : [],
    ),
  ];
  // If the collection could not be read, the error says so, and nothing of it is sent.
  if (error && (counts.accepted > 0 || visionOne.suspicious.size > 0)) {
    untruths.push(`the collection was not read (${error.message}) and something was sent`);
  }
  // What could be read in time is sent, and the warning read_short is about the rest.
  if (counts.read < objects && !error && !isShort) {
    untruths.push(`${counts.read} of ${objects} were read, and no warning says so`);
  }
  if (status === 'Completed' && visionOne.suspicious.size !== counts.read) {
    untruths.push(`Completed, and the list holds ${visionOne.suspicious.size} of ${counts.read}`);
  }
  const named = error ? objects : items.length - counts.accepted + objects - counts.read;
  return {
    seed,
    status,
    error: error && `${error.code}: ${error.message}`,
    requests: { threatq: threatq.requests.length, visionOne: visionOne.requests.length },
    faultFree: faultFree(objects),
    faults,
    accepted: counts.accepted,
    named,
    lost: Math.max(objects - counts.accepted - named, untruths.length),
    untruths,
    virtualMinutes: (clock.now() - startedAt) / 60_000,
  };
}

/** Token and pages, the empty one that proves the end included where the run's bound is not reached. */
function faultFree(objects: number): Account['faultFree'] {
  const pages = Math.ceil(objects / 1_000) + (objects < 10_000 ? 1 : 0);
  return { threatq: 1 + pages, visionOne: Math.ceil(objects / 1_000) };
}
