/** Whatever the list, the collection and the settings: what must always hold of an export. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownerTagIn, ownerTagOf, tagged } from '../../src/export/description.js';
import type { Settings } from '../../src/export/settings.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { objectTypes, type SeedObject, type VisionOne } from '../sandbox/vision-one.js';
import { liesIn } from '../support/honest.js';
import { type RunOptions, type Sandbox, startSandbox } from '../support/in-process.js';
import { rowsOf } from '../support/rows.js';

const CAP = 6;
/** Small at both ends, and a run may send all that is read. */
const EXCEPTIONS_CAP = 40;
const RUNS = 100;

type Made = [type: string, value: string, more: object];

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ visionOne: { capPerType: CAP, exceptionsCap: EXCEPTIONS_CAP } });
});
afterAll(() => sandbox[Symbol.asyncDispose]());

const number = fc.nat(9);
const domain = number.map((n) => `c2-${n}.bad-actor.com`);
const hash = number.map((n) => `${n}a`.repeat(32));

const row: fc.Arbitrary<Made> = fc
  .tuple(
    fc.oneof(
      domain.map((value) => ['FQDN', value] as const),
      domain.map((value) => ['FQDN', value.toUpperCase()] as const),
      number.map((n) => ['IP Address', `45.1.2.${n}`] as const),
      number.map((n) => ['IPv6 Address', `2A00:0::${n + 1}`] as const),
      number.map((n) => ['URL', `bad-actor.com/${n}`] as const),
      number.map((n) => ['URL', `https://bad-actor.com/${n}`] as const),
      number.map((n) => ['SHA-256', `${n}A`.repeat(32)] as const),
      fc.constantFrom(
        ['MD5', 'd41d8cd98f00b204e9800998ecf8427e'] as const,
        ['FQDN', 'no domain'] as const,
        ['IP Address', '10.0.0.1'] as const,
        ['FQDN', 'com'] as const,
      ),
    ),
    fc.record({
      score: fc.constantFrom(null, 1, 5, 5, 9, 10),
      updated_at: fc.constantFrom('2026-01-01 00:00:00', '2026-01-02 00:00:00'),
      status: fc
        .constantFrom('Active', 'Active', 'Active', 'Whitelisted')
        .map((name) => ({ name })),
    }),
  )
  .map(([[type, value], more]): Made => [type, value, more]);

/** What is on the list: an analyst's, ours of this collection, and others'. */
const listedObject: fc.Arbitrary<SeedObject & { by: 'analyst' | 'us' | 'others' }> = fc
  .record(
    {
      type: fc.constant('domain' as const),
      value: fc.constant(''),
      by: fc.constantFrom('analyst', 'us', 'others'),
      expires: fc.constantFrom(null, Date.UTC(2026, 0, 2), Date.UTC(2026, 6, 1)),
    },
    { requiredKeys: ['type', 'value', 'by', 'expires'] },
  )
  .chain((object) =>
    fc
      .oneof(
        domain.map((value) => ({ type: 'domain' as const, value })),
        number.map((n) => ({ type: 'domain' as const, value: `OWN-${n}.com` })),
        number.map((n) => ({ type: 'domain' as const, value: `c2-${n}.bad-actor.com.` })),
        number.map((n) => ({ type: 'ip' as const, value: `45.1.2.${n}` })),
        number.map((n) => ({ type: 'ip' as const, value: `2a00::${n + 1}` })),
        number.map((n) => ({ type: 'ip' as const, value: `2A00:0:0:0:0:0:0:${n + 1}` })),
        number.map((n) => ({ type: 'url' as const, value: `http://bad-actor.com/${n}` })),
        hash.map((value) => ({ type: 'fileSha256' as const, value: value.toUpperCase() })),
      )
      .map((what) => ({ ...object, ...what })),
  );

const exception: fc.Arbitrary<SeedObject> = fc.oneof(
  domain.map((value) => ({ type: 'domain' as const, value })),
  fc.constant({ type: 'domain' as const, value: '*.bad-actor.com' }),
  fc.constant({ type: 'url' as const, value: 'http://bad-actor.com/*' }),
  number.map((n) => ({ type: 'ip' as const, value: `45.1.2.${n}` })),
);

const settings: fc.Arbitrary<Partial<Settings>> = fc.record({
  existing_objects: fc.constantFrom('update', 'skip'),
  removed_indicators: fc.constantFrom('keep', 'remove'),
  safety_checks: fc.boolean(),
  protect_existing: fc.constantFrom(true, true, true, false),
  url_scheme_handling: fc.constantFrom('http', 'https', 'both', 'skip'),
  ioc_expiration: fc.constantFrom('7', '30', 'never'),
  objects_per_run: fc.constantFrom(1, 3, 10, 10_000),
});

const story = fc.record({
  rows: fc.array(row, { maxLength: 25 }),
  suspicious: fc.array(listedObject, { maxLength: 25 }),
  exceptions: fc.array(exception, { maxLength: 3 }),
  settings,
  excluded: fc.constantFrom(undefined, 'c2-1.bad-actor.com', '45.1.2.0/29'),
  allowLargeRemoval: fc.boolean(),
  list: fc.constantFrom('suspicious_objects', 'suspicious_objects', 'exceptions'),
});
type Story = typeof story extends fc.Arbitrary<infer T> ? T : never;

/** Sets both stand-ins up for a story. */
function tell({ rows, suspicious, exceptions, list }: Story) {
  const { visionOne, threatq } = sandbox;
  for (const map of [visionOne.suspicious, visionOne.exceptions]) map.clear();
  for (const noted of [visionOne.evicted, visionOne.removed, visionOne.violations])
    noted.length = 0;
  visionOne.requests.length = 0;
  const made = rowsOf(...rows);
  threatq.collections = [{ name: 'Active C2', hash: 'c2', rows: made }];
  const mark = ownerTagOf({
    action: `threatq.actions.test.${list}`,
    threatq: threatq.url,
    by: 'hash',
    key: 'c2',
  });
  const descriptions = {
    analyst: 'Ann, last night',
    us: tagged('Source=ThreatQ; Id=1', mark),
    others: tagged('Source=ThreatQ', 'f'.repeat(16)),
  };
  const counts = new Map<string, number>();
  for (const { by, ...object } of suspicious) {
    const count = counts.get(object.type) ?? 0;
    if (count >= CAP || visionOne.find('suspicious', object.type, object.value)) continue;
    counts.set(object.type, count + 1);
    visionOne.seed('suspicious', [{ ...object, description: descriptions[by] }]);
  }
  visionOne.seed('exceptions', exceptions);
  return { made, mark };
}

const optionsOf = async (told: Story): Promise<RunOptions> => {
  const exclusions = new Exclusions();
  if (told.excluded)
    await exclusions.add({ name: 'own', type: undefined, entries: [told.excluded] });
  const { settings: all, list, allowLargeRemoval } = told;
  const { safety_checks, protect_existing, ioc_expiration, ...shared } = all;
  return {
    list,
    allowLargeRemoval,
    listAs: { cap: list === 'exceptions' ? EXCEPTIONS_CAP : CAP },
    ...(list === 'exceptions' ? { settings: shared } : { settings: all, exclusions }),
  };
};

/** What is on both lists, but for when it was changed and when it expires. */
const stateOf = ({ suspicious, exceptions }: VisionOne) =>
  [suspicious, exceptions].map((map) =>
    [...map.entries()]
      .map(([key, { lastModified, expires, ...rest }]) => [key, rest] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const sizeOf = ({ suspicious }: VisionOne, wanted: string) =>
  [...suspicious.values()].filter(({ type }) => type === wanted).length;

describe('whatever the list, the collection and the settings', () => {
  it('no type ends over its cap, nothing is pushed out, nothing unmarked is deleted, and all is told once', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const { made, mark } = tell(told);
        const before = new Map(sandbox.visionOne.suspicious);
        const outcome = await sandbox.run(await optionsOf(told));
        const { visionOne } = sandbox;
        expect(outcome.status).not.toBe('Failed to Complete');
        expect(visionOne.violations).toEqual([]);
        const list = told.list === 'exceptions' ? 'exceptions' : 'suspicious';
        const all = outcome.counts.read === made.length ? made.map(({ id }) => id) : [];
        expect(liesIn(outcome, visionOne, all, list)).toEqual([]);

        for (const { object } of visionOne.removed)
          expect(ownerTagIn(object.description ?? '')).toBe(mark);
        if (told.settings.protect_existing || list === 'exceptions') {
          expect(visionOne.evicted).toEqual([]);
          for (const type of objectTypes) {
            expect(sizeOf(visionOne, type), type).toBeLessThanOrEqual(CAP);
          }
          for (const [key, object] of before) {
            if (ownerTagIn(object.description ?? '') !== mark) {
              expect(visionOne.suspicious.has(key), key).toBe(true);
            }
          }
        } else if (visionOne.evicted.length > 0) {
          expect(outcome.warnings.map(({ code }) => code)).toContain('may_evict');
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('a preview changes nothing, and plans what the export then does', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        tell(told);
        const before = stateOf(sandbox.visionOne);
        const planned = await sandbox.run({ ...(await optionsOf(told)), mode: 'preview' });
        expect(stateOf(sandbox.visionOne)).toEqual(before);
        expect(sandbox.visionOne.requests.some(({ method }) => method === 'POST')).toBe(false);
        const done = await sandbox.run(await optionsOf(told));
        const removals = planned.items.filter((item) => item.outcome === 'planned' && item.removal);
        expect(done.counts.removed).toBe(removals.length);
        expect(done.counts.accepted + done.counts.rejected + done.counts.unsent).toBe(
          planned.counts.planned - removals.length,
        );
        expect(done.warnings).toEqual(planned.warnings);
      }),
      { numRuns: RUNS },
    );
  });

  it('a second run straight after the first changes nothing, and sends nothing where it leaves listed ones untouched', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        // With protection off a full list pushes out on each run; that is what the warning is for.
        // And a run that was cut off by a limit has more to do.
        const whole: Story = {
          ...told,
          settings: { ...told.settings, protect_existing: true, objects_per_run: 10_000 },
        };
        tell(whole);
        const first = await sandbox.run(await optionsOf(whole));
        fc.pre(!first.counts.by_reason['over_limit'] && first.counts.rejected === 0);
        const before = stateOf(sandbox.visionOne);
        const sent = sandbox.visionOne.requests.filter(({ method }) => method === 'POST').length;
        const second = await sandbox.run(await optionsOf(whole));
        expect(stateOf(sandbox.visionOne)).toEqual(before);
        expect(second.counts.removed).toBe(0);
        if (whole.settings.existing_objects !== 'skip') return;
        expect(second.counts.accepted).toBe(0);
        const after = sandbox.visionOne.requests.filter(({ method }) => method === 'POST').length;
        expect(after).toBe(sent);
      }),
      { numRuns: RUNS },
    );
  });
});
