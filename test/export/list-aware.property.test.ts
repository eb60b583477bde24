/** Properties of every export, for any list, data collection and settings. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ownerTagIn, ownerTagOf, tagged } from '../../src/export/description.js';
import type { Settings } from '../../src/export/settings.js';
import { isRemoving } from '../../src/result/reasons.js';
import { Exclusions } from '../../src/safety/exclusions.js';
import { keyOf } from '../sandbox/objects.js';
import {
  objectTypes,
  type SeedObject,
  type StoredObject,
  type VisionOne,
} from '../sandbox/vision-one.js';
import { exclusionsFrom } from '../support/exclusions.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { rowsOf } from '../support/rows.js';

const CAP = 6;
/** Both caps are small in the stand-in and in the program. No story has more rows than this cap. */
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
        ['FQDN', 'c2-1.bad-actor.com:443'] as const,
        ['IP Address', '45.1.2.1:8080'] as const,
      ),
    ),
    fc.record({
      score: fc.constantFrom(null, 1, 5, 5, 9, 10),
      updated_at: fc.constantFrom('2026-01-01 00:00:00', '2026-01-02 00:00:00'),
      expires_at: fc.constantFrom(null, '2025-12-31 00:00:00', '2026-01-20 00:00:00'),
      status: fc
        .constantFrom('Active', 'Active', 'Active', 'Whitelisted')
        .map((name) => ({ name })),
    }),
  )
  .map(([[type, value], more]): Made => [type, value, more]);

/** An object on the list: from an analyst, from this collection, or from another source. */
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
  existing_objects: fc.constantFrom('changed', 'update', 'skip'),
  removed_indicators: fc.constantFrom('keep', 'remove'),
  safety_checks: fc.boolean(),
  protect_existing: fc.constantFrom(true, true, true, false),
  url_scheme_handling: fc.constantFrom('http', 'https', 'both', 'skip'),
  ioc_expiration: fc.constantFrom('7', '30', 'never', 'threatq_date'),
  scan_action: fc.constantFrom('block', 'threatq_score'),
  port_handling: fc.constantFrom('skip', 'strip'),
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

const INVENTED_TAG = 'f'.repeat(16);

const ownTagOf = ({ list }: Story): string =>
  ownerTagOf({
    action: `threatq.actions.test.${list}`,
    threatq: new URL(sandbox.threatq.url).hostname,
    by: 'hash',
    key: 'c2',
  });

/** Empties the stand-in of Vision One and puts the objects of a story on its lists. */
function setUp(story: Story): void {
  const { visionOne } = sandbox;
  for (const map of [visionOne.suspicious, visionOne.exceptions]) map.clear();
  for (const record of [visionOne.evicted, visionOne.removed, visionOne.requests]) {
    record.length = 0;
  }
  const descriptions = {
    analyst: 'Ann, last night',
    us: tagged('Source=ThreatQ; Id=1', ownTagOf(story)),
    others: tagged('Source=ThreatQ', INVENTED_TAG),
  };
  for (const { by, ...object } of story.suspicious) {
    const isFull = sizeOf(visionOne, object.type) >= CAP;
    if (isFull || visionOne.find('suspicious', object.type, object.value)) continue;
    visionOne.seed('suspicious', [{ ...object, description: descriptions[by] }]);
  }
  visionOne.seed('exceptions', story.exceptions);
}

/** Exports the indicators of a story, with its settings. */
async function exportStory(story: Story, mode: ExportOptions['mode'] = 'export') {
  const { list, settings, allowLargeRemoval } = story;
  const { safety_checks, protect_existing, ioc_expiration, scan_action, ...shared } = settings;
  const options: ExportOptions =
    list === 'exceptions'
      ? { settings: shared, listAs: { cap: EXCEPTIONS_CAP } }
      : { settings, listAs: { cap: CAP }, exclusions: await exclusionsOf(story) };
  const rows = rowsOf(...story.rows);
  return exportTruthfully(sandbox, rows, { ...options, list, mode, allowLargeRemoval });
}

async function exclusionsOf({ excluded }: Story): Promise<Exclusions> {
  return excluded ? await exclusionsFrom({ name: 'own', entries: [excluded] }) : new Exclusions();
}

/** Both lists, without the times of change and of expiry. */
const stateOf = ({ suspicious, exceptions }: VisionOne) =>
  [suspicious, exceptions].map((map) =>
    [...map.entries()]
      .map(([key, { lastModified, expires, ...rest }]) => [key, rest] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

const sizeOf = ({ suspicious }: VisionOne, wanted: string) =>
  [...suspicious.values()].filter(({ type }) => type === wanted).length;

const changesSent = () =>
  sandbox.visionOne.requests.filter(({ method }) => method === 'POST').length;

/** Expects that only objects with the ownership tag were removed and all others are still listed. */
function expectOthersKept(before: ReadonlyMap<string, StoredObject>, ownTag: string): void {
  const { visionOne } = sandbox;
  const tags = visionOne.removed.map(({ object }) => ownerTagIn(object.description ?? ''));
  expect(tags).toEqual(tags.map(() => ownTag));
  const evicted = new Set(visionOne.evicted.map(({ type, value }) => keyOf(type, value)));
  const missing = [...before].filter(
    ([key, object]) =>
      ownerTagIn(object.description ?? '') !== ownTag &&
      !visionOne.suspicious.has(key) &&
      !evicted.has(key),
  );
  expect(missing).toEqual([]);
}

function expectCapKept(): void {
  expect(sandbox.visionOne.evicted).toEqual([]);
  for (const type of objectTypes) {
    expect(sizeOf(sandbox.visionOne, type), type).toBeLessThanOrEqual(CAP);
  }
}

describe('any list, collection and settings', () => {
  it('an export evicts nothing from a protected list and removes nothing that it does not own', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (given) => {
        setUp(given);
        const before = new Map(sandbox.visionOne.suspicious);
        const { status, warnings } = await exportStory(given);
        expect(status).not.toBe('Failed to Complete');
        expectOthersKept(before, ownTagOf(given));
        if (given.settings.protect_existing || given.list === 'exceptions') expectCapKept();
        else if (sandbox.visionOne.evicted.length > 0) {
          expect(warnings.map(({ code }) => code)).toContain('may_evict');
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('a preview changes nothing, and plans what the export then does', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (given) => {
        setUp(given);
        const before = stateOf(sandbox.visionOne);
        const planned = await exportStory(given, 'preview');
        expect(stateOf(sandbox.visionOne)).toEqual(before);
        expect(changesSent()).toBe(0);
        const done = await exportStory(given);
        const removals = planned.items.filter(
          (item) => item.outcome === 'planned' && isRemoving(item.change),
        );
        expect(done.counts.removed).toBe(removals.length);
        expect(done.counts.accepted + done.counts.rejected + done.counts.unsent).toBe(
          planned.counts.planned - removals.length,
        );
        expect(done.warnings).toEqual(planned.warnings);
      }),
      { numRuns: RUNS },
    );
  });

  it('a second run directly after the first one changes nothing, and sends nothing if it skips listed objects', async () => {
    await fc.assert(
      fc.asyncProperty(story, async (given) => {
        // Without protection, each run on a full list evicts objects. A run that a limit ended is
        // continued by the next one. In both cases, the second run changes the list again.
        const whole: Story = {
          ...given,
          settings: { ...given.settings, protect_existing: true, objects_per_run: 10_000 },
        };
        setUp(whole);
        const first = await exportStory(whole);
        fc.pre(!first.counts.by_reason['over_limit'] && first.counts.rejected === 0);
        const before = stateOf(sandbox.visionOne);
        const sent = changesSent();
        const second = await exportStory(whole);
        expect(stateOf(sandbox.visionOne)).toEqual(before);
        expect(second.counts.removed).toBe(0);
        if (whole.settings.existing_objects !== 'skip') return;
        expect(second.counts.accepted).toBe(0);
        expect(changesSent()).toBe(sent);
      }),
      { numRuns: RUNS },
    );
  });
});
