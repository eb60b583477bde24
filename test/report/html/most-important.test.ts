import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostImportant } from '../../../src/report/html/most-important.js';
import { CHANGES, OUTCOMES, SKIP_REASONS } from '../../../src/result/reasons.js';
import type { Item } from '../../../src/result/result.js';

function item(outcome: string, more: object = {}): Item {
  const base = { outcome, id: 1, type: 'FQDN', value: 'a.example', score: null, message: '' };
  return { ...base, change: 'add', object: { domain: 'a.example' }, ...more } as Item;
}

const skipped = (reason: string) => item('skipped', { change: undefined, reason });

/** From the most to the least important. */
const ranked = [
  item('rejected'),
  item('unsent'),
  item('removed', { change: 'remove' }),
  item('accepted', { change: 'add' }),
  item('accepted', { change: 'change' }),
  item('accepted', { change: 'renew' }),
  skipped('no_room'),
  skipped('already_listed'),
];

describe('the most important items', () => {
  it('are all items if there is room for them', () => {
    expect(mostImportant(ranked, ranked.length)).toBe(ranked);
  });

  it('are failures, then removals, then changes, then skips that may need attention', () => {
    const leastFirst = ranked.toReversed();
    for (let limit = 0; limit < ranked.length; limit++)
      expect(mostImportant(leastFirst, limit)).toEqual(ranked.slice(0, limit).reverse());
  });

  it('are those of a preview by what it would do', () => {
    const [add, remove] = [item('planned'), item('planned', { change: 'replace' })];
    expect(mostImportant([add, remove], 1)).toEqual([remove]);
  });

  it('are the first ones of equally important items', () => {
    const [first, second, third] = [skipped('duplicate'), skipped('duplicate'), item('rejected')];
    expect(mostImportant([first, second, third], 2)).toEqual([first, third]);
    expect(mostImportant([first, second, third], 2)[0]).toBe(first);
  });

  it('are as many as there is room for, in their order, whatever the items are', () => {
    const any = fc.record({
      outcome: fc.constantFrom(...OUTCOMES),
      change: fc.constantFrom(...CHANGES),
      reason: fc.constantFrom(...SKIP_REASONS),
    });
    fc.assert(
      fc.property(fc.array(any), fc.nat(20), (many, limit) => {
        const items = many.map(({ outcome, ...more }) => item(outcome, more));
        const taken = mostImportant(items, limit);
        expect(taken).toHaveLength(Math.min(limit, items.length));
        expect(items.filter((one) => taken.includes(one))).toEqual(taken);
      }),
    );
  });
});
