import { describe, expect, it } from 'vitest';
import { mostImportant } from '../../../src/report/html/most-important.js';
import type { Item } from '../../../src/result/result.js';
import { preview, realistic } from '../samples.js';

const of = (items: readonly Item[], test: (item: Item) => boolean) => items.filter(test).length;

describe('the most important items', () => {
  const { items } = realistic();

  it('are all of them if there is room', () => {
    expect(mostImportant(items, items.length)).toBe(items);
  });

  it('are the failures first, in their order', () => {
    const failures = items.filter(({ outcome }) => outcome === 'rejected' || outcome === 'unsent');
    expect(mostImportant(items, failures.length)).toEqual(failures);
  });

  it('are rejected items before unsent ones, and the first of equal ones', () => {
    const rejected = items.filter(({ outcome }) => outcome === 'rejected');
    expect(mostImportant(items, 3)).toEqual(rejected.slice(0, 3));
  });

  it('are routine skips last', () => {
    const isRoutine = (item: Item) =>
      item.outcome === 'skipped' &&
      ['duplicate', 'unsupported_type', 'already_listed', 'listed_by_others'].includes(item.reason);
    const others = items.length - of(items, isRoutine);
    expect(others).toBeLessThan(items.length);
    expect(of(mostImportant(items, others), isRoutine)).toBe(0);
    expect(of(mostImportant(items, others + 1), isRoutine)).toBe(1);
  });

  it('are planned removals before planned additions', () => {
    const planned = preview().items.filter(({ outcome }) => outcome === 'planned');
    const [first] = mostImportant(planned, 1);
    expect(first && 'change' in first && first.change).toBe('remove');
  });
});
