/** The check of results is tested too: a true result passes, and each kind of false one does not. */
import { expect, it } from 'vitest';
import type { RunOutcome } from '../../src/export/job.js';
import type { VisionOne } from '../sandbox/vision-one.js';
import { startSandbox } from './in-process.js';
import { madeRows, rowsOf } from './rows.js';
import { snapshotOf, untruthsIn } from './truth.js';

const ROWS = [...madeRows(8), { ...madeRows(9)[8], type: { id: 9, name: 'MD5' } }];

type Falsify = (outcome: RunOutcome, visionOne: VisionOne) => void;

/** Adds eight of nine indicators and removes one object of an earlier run; then falsifies the result. */
async function untruthsOf(falsify: Falsify): Promise<string[]> {
  await using sandbox = await startSandbox();
  const { threatq, visionOne } = sandbox;
  const settings = { removed_indicators: 'remove' } as const;
  const gone = rowsOf(['FQDN', 'gone.bad-actor.com', { id: 99 }]);
  threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: gone }];
  await sandbox.run({ settings });
  threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: ROWS }];
  const before = snapshotOf(visionOne);
  const outcome = await sandbox.run({ settings });
  expect(outcome.counts).toMatchObject({ read: 9, accepted: 8, skipped: 1, removed: 1 });
  falsify(outcome, visionOne);
  return untruthsIn(
    outcome,
    before,
    ROWS.map(({ id }) => Number(id)),
  );
}

const indexOf = ({ items }: RunOutcome, wanted: string) =>
  items.findIndex(({ outcome }) => outcome === wanted);

/** Gives the first item of one outcome another one, and counts it there. */
const claim = (outcome: RunOutcome, from: 'accepted' | 'removed' | 'skipped', more: object) => {
  const at = indexOf(outcome, from);
  const changed = { ...outcome.items[at], ...more } as RunOutcome['items'][number];
  outcome.items[at] = changed;
  outcome.counts[from]--;
  outcome.counts[changed.outcome]++;
  const { by_reason } = outcome.counts;
  if (from === 'skipped') delete by_reason['unsupported_type'];
  if ('reason' in changed) by_reason[changed.reason] = 1;
};

const UNSENT = { outcome: 'unsent', reason: 'no_answer', message: 'no answer' };
const firstDomain = ({ suspicious }: VisionOne) =>
  [...suspicious.values()].find(({ type }) => type === 'domain');

it('a true result has no untruths', async () => {
  expect(await untruthsOf(() => {})).toEqual([]);
});

it.each<[string, Falsify, RegExp]>([
  [
    'with a wrong count of an outcome',
    ({ counts }) => counts.accepted++,
    /^8 items are accepted, and 9 are counted$/,
  ],
  [
    'with a wrong count of a reason',
    ({ counts }) => Object.assign(counts.by_reason, { unsupported_type: 2 }),
    /^1 items have the reason unsupported_type, and 2 are counted$/,
  ],
  [
    'with a reason that no item has',
    ({ counts }) => Object.assign(counts.by_reason, { duplicate: 1 }),
    /have the reason duplicate, and 1 are counted/,
  ],
  [
    'without the item of an indicator that was read',
    (outcome) => outcome.items.splice(indexOf(outcome, 'accepted'), 1),
    /^1 indicators have no item: 1$/,
  ],
  [
    'with more indicators than were read',
    ({ counts }) => counts.read--,
    /^9 indicators have items, 8 were read$/,
  ],
  [
    'with fewer indicators than were read',
    ({ counts }) => counts.read++,
    /^9 indicators have items, 10 were read$/,
  ],
  [
    'with two outcomes for one object',
    (outcome) =>
      claim(outcome, 'skipped', { outcome: 'accepted', object: outcome.items[0]?.object }),
    /has two outcomes/,
  ],
  [
    'that calls an accepted object unsent',
    (outcome) => claim(outcome, 'accepted', UNSENT),
    /is unsent, and Vision One answered that it was added/,
  ],
  [
    'that calls an accepted object skipped',
    (outcome) =>
      claim(outcome, 'accepted', { outcome: 'skipped', reason: 'no_room', message: 'full' }),
    /is skipped, and Vision One answered that it was added/,
  ],
  [
    'that calls an object accepted which was never sent',
    (outcome) => claim(outcome, 'skipped', { outcome: 'accepted', object: { domain: 'x.com' } }),
    /is accepted, and was never added to the list/,
  ],
  [
    'that calls an object accepted which is not on the list',
    (_, { suspicious }) => suspicious.delete([...suspicious.keys()][0] ?? ''),
    /is accepted, and is not on the list/,
  ],
  [
    'that calls an object accepted which is on the list with another description',
    (_, visionOne) => Object.assign(firstDomain(visionOne) ?? {}, { description: 'other' }),
    /is accepted, and the list has .* in place of /,
  ],
  [
    'that calls an object accepted which is on the list with another risk level',
    (_, visionOne) => Object.assign(firstDomain(visionOne) ?? {}, { riskLevel: 'medium' }),
    /is accepted, and the list has .* in place of /,
  ],
  [
    'that calls an object removed which is still on the list',
    (_, visionOne) =>
      visionOne.seed('suspicious', [{ type: 'domain', value: 'gone.bad-actor.com' }]),
    /is removed, and is still on the list/,
  ],
  [
    'that calls an object removed which never was on the list',
    (outcome) => claim(outcome, 'removed', { outcome: 'removed', object: { domain: 'x.com' } }),
    /is removed, and was not on the list before the run/,
  ],
  [
    'that calls a removed object unsent',
    (outcome) => claim(outcome, 'removed', { ...UNSENT, removal: true }),
    /is unsent, and Vision One answered that it was removed/,
  ],
  [
    'that does not name a removed object',
    (outcome) => {
      outcome.items.splice(indexOf(outcome, 'removed'), 1);
      outcome.counts.removed--;
    },
    /gone.bad-actor.com was added or removed, and no item says so/,
  ],
  [
    'of a run that also changed the other list',
    (_, visionOne) => {
      const [record] = visionOne.accepted.slice(-1);
      if (record) visionOne.accepted.push({ ...record, list: 'exceptions' });
    },
    /was changed on the other list/,
  ],
  [
    'of a run that is Completed although objects are unsent',
    (outcome) => claim(outcome, 'skipped', { ...UNSENT, object: { domain: 'x.com' } }),
    /^the run is Completed with 0 rejected and 1 unsent objects$/,
  ],
  [
    'of a run that failed although objects were accepted',
    (outcome) => Object.assign(outcome, { status: 'Failed to Complete' }),
    /^the run failed, with 8 accepted and 1 removed objects$/,
  ],
  [
    'of a run whose list grew by more than the result says',
    (_, visionOne) => visionOne.seed('suspicious', [{ type: 'domain', value: 'extra.com' }]),
    /^the list grew by 8, and by the result it should have grown by 7$/,
  ],
])('a result %s is found to be untrue', async (_, falsify, words) => {
  expect(await untruthsOf(falsify)).toContainEqual(expect.stringMatching(words));
});
