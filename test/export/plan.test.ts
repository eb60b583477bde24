/** The plan: a table of cases, and what must hold for any list, collection and settings. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Approval } from '../../src/export/approval.js';
import type { Plan } from '../../src/export/changes.js';
import { ownerOf } from '../../src/export/compare.js';
import { scoreIn, tagged } from '../../src/export/description.js';
import type { Settings } from '../../src/export/settings.js';
import { listIdentity } from '../../src/indicator/identity.js';
import type { Indicator } from '../../src/indicator/indicator.js';
import { resultOf } from '../report/samples.js';
import { indicatorOf } from '../support/mapping.js';
import {
  applied,
  DAY,
  listedObject,
  NOW,
  OWN_TAG,
  ownDescription,
  planOf,
  SIBLING_TAG,
  type World,
} from '../support/world.js';

const fqdn = (value: string, more: Partial<Indicator> = {}) => indicatorOf('FQDN', value, more);

/** What a plan does: each change and skip with its value, in order. */
const summary = ({ removals, additions, skips }: Plan) => [
  ...removals.map(({ change, listed, reason }) => `${change} ${listed.value} (${reason})`),
  ...additions.map(({ change, key, object }) => `${change} ${object[key]}`),
  ...skips.map(({ made, skip }) => `${made.object[made.key]}: ${skip.reason}`),
];
const codes = ({ warnings }: Plan) => warnings.map(({ code }) => code);

const ours = { description: ownDescription(9) };
const sibling = { description: tagged('Source=ThreatQ; Collection=b', SIBLING_TAG) };
const adoptable = { description: 'Source=ThreatQ' };

describe('what is done with an object that is on the list', () => {
  it.each<[string, Parameters<typeof listedObject>[1], Partial<Settings>, string]>([
    ['ours with the same settings', ours, {}, 'a.com: already_listed'],
    ['ours with another scan action', { ...ours, scanAction: 'log' }, {}, 'change a.com'],
    ['ours with another risk level', { ...ours, riskLevel: 'low' }, {}, 'change a.com'],
    ['ours and permanent', { ...ours, expires: undefined }, {}, 'change a.com'],
    ['ours, to become permanent', ours, { ioc_expiration: 'never' }, 'change a.com'],
    [
      'ours and permanent as asked',
      { ...ours, expires: Date.UTC(9999, 11, 31) },
      { ioc_expiration: 'never' },
      'a.com: already_listed',
    ],
    [
      'ours with half of its days',
      { ...ours, expires: NOW + 15 * DAY },
      {},
      'a.com: already_listed',
    ],
    ['ours with fewer days', { ...ours, expires: NOW + 15 * DAY - 1 }, {}, 'renew a.com'],
    [
      'ours with fewer than half of 30 days under customer settings',
      { ...ours, expires: NOW + 14 * DAY },
      { ioc_expiration: 'customer_settings' },
      'renew a.com',
    ],
    [
      'ours with any settings under customer settings',
      { ...ours, scanAction: 'log', riskLevel: 'low', expires: undefined },
      {
        scan_action: 'customer_settings',
        risk_level: 'customer_settings',
        ioc_expiration: 'customer_settings',
      },
      'a.com: already_listed',
    ],
    ['ours, sent every run', ours, { existing_objects: 'update' }, 'renew a.com'],
    [
      'ours, never sent again',
      { ...ours, riskLevel: 'low' },
      { existing_objects: 'skip' },
      'a.com: already_listed',
    ],
    ['of version 1.0.1', adoptable, {}, 'change a.com'],
    [
      'of version 1.0.1, untouched',
      adoptable,
      { existing_objects: 'skip' },
      'a.com: already_listed',
    ],
    ["a sibling's and as strong", sibling, {}, 'a.com: listed_by_others'],
    ["a sibling's with log", { ...sibling, scanAction: 'log' }, {}, 'change a.com'],
    ["a sibling's with a lower risk level", { ...sibling, riskLevel: 'low' }, {}, 'change a.com'],
    [
      "a sibling's with block and a lower risk level, while log is asked for",
      { ...sibling, riskLevel: 'low' },
      { scan_action: 'log' },
      'a.com: listed_by_others',
    ],
    ["an analyst's", { scanAction: 'log', expires: undefined }, {}, 'a.com: listed_by_others'],
    [
      "an analyst's, without protection",
      { scanAction: 'log' },
      { protect_existing: false },
      'change a.com',
    ],
    [
      "an analyst's with the same settings, without protection",
      {},
      { protect_existing: false },
      'a.com: already_listed',
    ],
  ])('an object that is %s', (_, given, settings, expected) => {
    const plan = planOf({
      indicators: [fqdn('a.com')],
      listed: [listedObject('a.com', given)],
      settings,
    });
    expect(summary(plan)).toEqual([expected]);
    const [addition] = plan.additions;
    const owner = ownerOf(listedObject('a.com', given), OWN_TAG);
    // Only an object of somebody else never gets the ownership tag of the collection.
    if (addition) {
      expect(addition.object.description?.endsWith(`Mark=${OWN_TAG}`)).toBe(owner !== 'other');
    }
  });

  it('an object that is not listed is added with the ownership tag', () => {
    const plan = planOf({ indicators: [fqdn('a.com')], listed: [] });
    expect(summary(plan)).toEqual(['add a.com']);
    expect(plan.additions[0]?.object.description).toMatch(`Mark=${OWN_TAG}`);
  });

  it('a manual run owns nothing, and keeps the tag that is listed', () => {
    const plan = planOf({
      indicators: [fqdn('new.com'), fqdn('a.com'), fqdn('b.com'), fqdn('c.com')],
      listed: [
        listedObject('a.com', { ...ours, scanAction: 'log' }),
        listedObject('b.com', ours),
        listedObject('c.com', adoptable),
      ],
      plan: { ownerTag: undefined },
    });
    expect(summary(plan)).toEqual([
      'add new.com',
      'change a.com',
      'b.com: listed_by_others',
      'c.com: listed_by_others',
    ]);
    expect(plan.additions.map(({ object }) => object.description?.includes('Mark='))).toEqual([
      false,
      true,
    ]);
  });
});

describe('indicators that make the same object', () => {
  it.each([
    ['the highest score wins', [{ score: 3 }, { score: 9 }], 1],
    ['no score is the lowest', [{ score: null }, { score: 0 }], 1],
    [
      'then the most recent wins',
      [{ updated: '2026-01-02 00:00:00' }, { updated: '2026-01-01 00:00:00' }],
      0,
    ],
  ])('%s', (_, more, winner) => {
    const indicators = more.map((each, n) => fqdn(n === 0 ? 'EVIL.com.' : 'evil.com', each));
    for (const order of [indicators, indicators.toReversed()]) {
      const { additions, skips } = planOf({ indicators: order, listed: [] });
      expect(additions.map(({ indicator }) => indicator)).toEqual([indicators[winner]]);
      expect(skips.map(({ skip }) => skip.reason)).toEqual(['duplicate']);
    }
  });

  it('URLs that differ only in case are both sent, with the same settings', () => {
    const url = (value: string, score: number) => indicatorOf('URL', value, { score });
    const world = { indicators: [url('http://a.com/X', 1), url('http://a.com/x', 9)], listed: [] };
    const plan = planOf(world);
    expect(plan.additions.map(({ object }) => object.riskLevel)).toEqual(['high', 'high']);
    const second = planOf({ ...world, listed: applied([], plan) });
    expect(second.additions).toEqual([]);
  });
});

describe('removals', () => {
  const left = listedObject('left.com', ours);
  const whitelisted = fqdn('white.com', { status: 'Whitelisted' });
  const white = listedObject('white.com', ours);
  const REMOVE = { removed_indicators: 'remove' } as const;
  const world: World = { indicators: [whitelisted], listed: [left, white] };

  it('what left the collection and what a check leaves out is removed, and nothing of others', () => {
    const others = [sibling, adoptable, {}].map((given, n) =>
      listedObject(`other-${n}.com`, given),
    );
    const plan = planOf({ ...world, listed: [...world.listed, ...others], settings: REMOVE });
    expect(summary(plan)).toEqual([
      'remove left.com (left_collection)',
      'remove white.com (status)',
    ]);
  });

  it('with keep, a warning says how many objects are still listed although a check leaves them out', () => {
    const plan = planOf(world);
    expect(summary(plan)).toEqual(['white.com: status']);
    expect(plan.warnings).toMatchObject([{ code: 'still_listed', count: 1 }]);
  });

  it('an object that was changed after the run had begun is not removed', () => {
    const changed = { ...left, modified: NOW + 1_000 };
    const plan = planOf({ indicators: [], listed: [changed], settings: REMOVE });
    expect(plan.removals).toEqual([]);
    expect(plan.warnings).toMatchObject([{ code: 'removal_skipped', count: 1 }]);
  });

  it('nothing is removed or replaced after a read that is not proved whole', () => {
    const plan = planOf({
      ...world,
      indicators: [fqdn('new.com', { score: 10 })],
      cap: 2,
      settings: REMOVE,
      plan: { noRemovalReason: 'it was cut' },
    });
    expect(plan.removals).toEqual([]);
    expect(codes(plan)).toEqual(['removal_skipped', 'no_room']);
  });

  it.each([
    [20, 20, false],
    [21, 21, true],
    [42, 21, false],
    [41, 21, true],
  ])('of %i objects %i may be removed unless it is refused: %s', (count, gone, isRefused) => {
    const names = Array.from({ length: count }, (_, n) => `c2-${n}.com`);
    const plan = planOf({
      indicators: names.slice(gone).map((name) => fqdn(name)),
      listed: names.map((name) => listedObject(name, ours)),
      settings: REMOVE,
      plan: { allowLargeRemoval: false },
    });
    expect(plan.removals).toHaveLength(isRefused ? 0 : gone);
    expect(codes(plan)).toEqual(isRefused ? ['removal_refused'] : []);
  });
});

describe('an approved preview', () => {
  it('only what it plans in the same form is written; later objects do not take the room', () => {
    const before: World = {
      indicators: [fqdn('a.com', { score: 5 }), fqdn('b.com', { score: 5 })],
      listed: [listedObject('low.com', { description: ownDescription(1) })],
      cap: 2,
    };
    const preview = planOf(before);
    expect(summary(preview)).toEqual(['replace low.com (replaced)', 'add a.com', 'add b.com']);
    const items = [
      ...preview.additions.map(({ change, object, indicator }) => ({ change, object, indicator })),
      ...preview.removals.map(({ change, listed }) => ({
        change,
        object: { domain: listed.value },
        indicator: fqdn(listed.value),
      })),
    ].map(({ change, object, indicator: { id, type, value, score } }) => ({
      outcome: 'planned' as const,
      change,
      id,
      type,
      value,
      score,
      object: object as Record<string, string>,
    }));
    const approval = new Approval(resultOf(items, { mode: 'preview' }));
    const after: World = {
      ...before,
      indicators: [
        fqdn('a.com', { score: 5 }),
        fqdn('b.com', { score: 9 }),
        fqdn('new.com', { score: 10 }),
      ],
      plan: { approval },
    };
    expect(summary(planOf(after)).sort()).toEqual([
      'add a.com',
      'b.com: not_approved',
      'new.com: not_approved',
    ]);
    // b.com needs another change, and low.com need not make room any more.
    expect(approval.factsOf(planOf(after), true)).toMatchObject({
      changes: 3,
      no_longer_needed: 1,
    });
  });
});

/* Properties. */

const CAP = 5;
const name = fc.integer({ min: 0, max: 11 }).map((n) => `host-${n}.com`);
const score = fc.constantFrom(null, 1, 3, 5, 7, 8.5, 9, 10);
const indicator = fc
  .record({
    value: fc.oneof(
      name,
      name.map((value) => value.toUpperCase()),
    ),
    score,
    status: fc.constantFrom('Active', 'Active', 'Active', 'Whitelisted'),
    updated: fc.constantFrom('2026-01-01 00:00:00', '2026-01-02 00:00:00'),
    id: fc.integer({ min: 1, max: 99 }),
  })
  .map(({ value, ...more }) => fqdn(value, more));
/** Mostly the usual spelling; a list can have an object in several ones. */
const spelling = fc.oneof(
  { weight: 6, arbitrary: name },
  { weight: 1, arbitrary: name.map((value) => value.toUpperCase()) },
  { weight: 1, arbitrary: name.map((value) => `${value}.`) },
);
const listed = fc
  .record({
    value: spelling,
    owner: fc.constantFrom('ours', 'ours', 'ours', 'sibling', 'adoptable', 'other'),
    score,
    scanAction: fc.constantFrom('block', 'log'),
    riskLevel: fc.constantFrom('low', 'medium', 'high'),
    expires: fc.constantFrom(undefined, NOW + 2 * DAY, NOW + 29 * DAY),
  })
  .map(({ value, owner, score: listedScore, ...more }) => {
    const descriptions = {
      ours: ownDescription(listedScore),
      sibling: sibling.description,
      adoptable: adoptable.description,
      other: 'by Ann',
    };
    return listedObject(value, { ...more, description: descriptions[owner] });
  });
const world: fc.Arbitrary<World & { limit: number }> = fc.record({
  indicators: fc.array(indicator, { maxLength: 14 }),
  listed: fc.uniqueArray(listed, { selector: ({ value }) => value.toLowerCase(), maxLength: CAP }),
  cap: fc.constant(CAP),
  settings: fc.record({
    existing_objects: fc.constantFrom<Settings['existing_objects']>('changed', 'update', 'skip'),
    removed_indicators: fc.constantFrom<Settings['removed_indicators']>('keep', 'remove'),
    scan_action: fc.constantFrom<Settings['scan_action'] & string>(
      'block',
      'log',
      'customer_settings',
    ),
    ioc_expiration: fc.constantFrom<Settings['ioc_expiration'] & string>('30', 'never'),
  }),
  limit: fc.integer({ min: 1, max: 4 }),
});

const RUNS = { numRuns: 500 };
const stateOf = (objects: ReturnType<typeof applied>) =>
  objects
    .map(({ value, description, scanAction, riskLevel, expires }) =>
      JSON.stringify([value, description, scanAction, riskLevel, expires]),
    )
    .sort();
/** What is on the list, whose it is, and how it is treated. */
const contentOf = (objects: ReturnType<typeof applied>) =>
  objects
    .map((object) => `${object.value} ${ownerOf(object, OWN_TAG)} ${object.scanAction}`)
    .sort();

describe('any list, collection and settings', () => {
  it('with protection, nothing of others is changed or removed, and no type exceeds its cap', () => {
    fc.assert(
      fc.property(world, (given) => {
        const after = applied(given.listed, planOf(given));
        expect(after.length).toBeLessThanOrEqual(CAP);
        const others = given.listed.filter((object) => ownerOf(object, OWN_TAG) === 'other');
        for (const object of others) expect(after).toContainEqual(object);
        const siblings = given.listed.filter((object) => ownerOf(object, OWN_TAG) === 'sibling');
        for (const object of siblings) {
          expect(after.map(({ value }) => value)).toContain(object.value);
        }
      }),
      RUNS,
    );
  });

  it('only what is ours, or becomes ours, is removed', () => {
    fc.assert(
      fc.property(world, (given) => {
        for (const { listed: object, change } of planOf(given).removals) {
          const owner = ownerOf(object, OWN_TAG);
          expect(change === 'replace' ? ['ours', 'adoptable'] : ['ours']).toContain(owner);
        }
      }),
      RUNS,
    );
  });

  it('every object that is made is changed or skipped exactly once', () => {
    fc.assert(
      fc.property(world, (given) => {
        const { removals, additions, skips } = planOf(given);
        const lines = [
          ...removals.flatMap(({ made }) => made?.line ?? []),
          ...additions.map(({ line }) => line),
          ...skips.map(({ made }) => made.line),
        ].sort((a, b) => a - b);
        expect(lines).toEqual(given.indicators.map((_, n) => n));
      }),
      RUNS,
    );
  });

  it('nothing that has no room outranks an object of ours that stays', () => {
    fc.assert(
      fc.property(world, (given) => {
        const plan = planOf(given);
        const best = Math.max(
          ...plan.skips
            .filter(({ skip }) => skip.reason === 'no_room')
            .map(({ made }) => made.indicator.score ?? -1),
        );
        for (const object of applied(given.listed, plan)) {
          if (ownerOf(object, OWN_TAG) !== 'ours') continue;
          const made = plan.skips.find(
            ({ made: { listKey }, skip }) =>
              skip.reason === 'already_listed' && listKey === listIdentity('domain', object.value),
          );
          const own = made ? made.made.indicator.score : scoreIn(object.description);
          expect(own ?? -1).toBeGreaterThanOrEqual(best);
        }
      }),
      RUNS,
    );
  });

  it('a second run directly after the first plans nothing, unless every run sends again', () => {
    fc.assert(
      fc.property(world, (given) => {
        fc.pre(given.settings?.existing_objects !== 'update');
        const second = planOf({ ...given, listed: applied(given.listed, planOf(given)) });
        expect(summary({ ...second, skips: [] })).toEqual([]);
      }),
      RUNS,
    );
  });

  it('runs with any limit reach the same list as one run without a limit', () => {
    fc.assert(
      fc.property(world, (given) => {
        fc.pre(given.settings?.existing_objects !== 'update');
        const whole = applied(given.listed, planOf(given));
        let current = given.listed;
        for (let n = 0; n < 40; n++) {
          current = applied(
            current,
            planOf({ ...given, listed: current, plan: { limit: given.limit } }),
          );
        }
        expect(contentOf(current)).toEqual(contentOf(whole));
      }),
      RUNS,
    );
  });

  it('what a check leaves out does not stay on the list if Removed Indicators is remove', () => {
    fc.assert(
      fc.property(world, (given) => {
        fc.pre(given.settings?.removed_indicators === 'remove');
        const plan = planOf(given);
        const after = applied(given.listed, plan).filter(
          (object) => ownerOf(object, OWN_TAG) === 'ours',
        );
        const wanted = new Set(
          given.indicators
            .filter(({ status }) => status === 'Active')
            .map(({ value }) => value.toLowerCase()),
        );
        for (const { value } of after) {
          expect(wanted).toContain(value.toLowerCase().replace(/\.$/, ''));
        }
      }),
      RUNS,
    );
  });

  it('the plan does not depend on the order of rows and of list pages', () => {
    fc.assert(
      fc.property(world, fc.infiniteStream(fc.nat()), (given, random) => {
        const shuffled = <T>(values: T[]): T[] =>
          values
            .map((value) => ({ value, at: random.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at)
            .map(({ value }) => value);
        const other = {
          ...given,
          indicators: shuffled(given.indicators),
          listed: shuffled(given.listed),
        };
        expect(stateOf(applied(given.listed, planOf(other)))).toEqual(
          stateOf(applied(given.listed, planOf(given))),
        );
      }),
      RUNS,
    );
  });
});
