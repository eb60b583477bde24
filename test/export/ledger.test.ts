import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Closing, type Entry, Ledger, type PlannedEntry } from '../../src/export/ledger.js';
import { countsOf } from '../../src/result/counts.js';
import { indicatorOf } from '../support/mapping.js';

const evil = indicatorOf('FQDN', 'Evil.Example.', { id: 7 });
const object = { domain: 'evil.example', description: 'Source=ThreatQ' };

const added = (entry: Entry): PlannedEntry => ({ ...entry, change: 'add' });

describe('the ledger', () => {
  it('items are in reading order, whenever they were closed', () => {
    const ledger = new Ledger();
    const first = ledger.open({ indicator: evil, object });
    ledger.skipIndicator(indicatorOf('MD5', 'x', { id: 8 }), {
      reason: 'unsupported_type',
      message: 'no such type',
    });
    const third = ledger.open({
      indicator: indicatorOf('FQDN', 'b.example', { id: 9 }),
      object: { domain: 'b.example' },
    });
    ledger.close(added(third), { outcome: 'accepted' });
    ledger.close(added(first), {
      outcome: 'rejected',
      status: 400,
      reason: 'BadRequest',
      message: 'no',
    });
    expect(ledger.items()).toEqual([
      {
        outcome: 'rejected',
        change: 'add',
        score: 9,
        id: 7,
        type: 'FQDN',
        value: 'Evil.Example.',
        object,
        status: 400,
        reason: 'BadRequest',
        message: 'no',
      },
      {
        outcome: 'skipped',
        score: 9,
        id: 8,
        type: 'MD5',
        value: 'x',
        reason: 'unsupported_type',
        message: 'no such type',
      },
      {
        outcome: 'accepted',
        change: 'add',
        score: 9,
        id: 9,
        type: 'FQDN',
        value: 'b.example',
        object: third.object,
      },
    ]);
  });

  it('a result cannot be made while an entry is open', () => {
    const ledger = new Ledger();
    const entry = ledger.open({ indicator: evil, object });
    expect(() => ledger.items()).toThrow(/never closed/);
    ledger.close(added(entry), { outcome: 'accepted' });
    expect(ledger.items()).toHaveLength(1);
  });

  it('an entry cannot be closed twice, and keeps its first outcome', () => {
    const ledger = new Ledger();
    const entry = ledger.open({ indicator: evil, object });
    ledger.close(added(entry), { outcome: 'accepted' });
    const unsent: Closing = { outcome: 'unsent', reason: 'interrupted', message: 'stopped' };
    expect(() => ledger.close(added(entry), unsent)).toThrow(/closed already/);
    expect(ledger.items()).toMatchObject([{ outcome: 'accepted' }]);
    expect([ledger.count('accepted'), ledger.count('unsent')]).toEqual([1, 0]);
  });

  it('counts equal the outcomes and reasons of the items', () => {
    const reason = fc.constantFrom('duplicate', 'over_limit', 'BadRequest');
    const closing = fc.oneof(
      fc.constantFrom<Closing>({ outcome: 'accepted' }, { outcome: 'planned' }),
      fc.record({
        outcome: fc.constant('rejected' as const),
        status: fc.integer({ min: 400, max: 599 }),
        reason,
        message: fc.string(),
      }),
      fc.record({
        outcome: fc.constant('unsent' as const),
        reason,
        message: fc.string(),
      }),
    );
    fc.assert(
      fc.property(fc.array(closing), (closings) => {
        const ledger = new Ledger();
        const entries = closings.map(() => ledger.open({ indicator: evil, object }));
        for (const [index, entry] of entries.entries()) {
          ledger.close(added(entry), closings[index] as Closing);
        }
        const items = ledger.items();
        const { read, by_reason, by_change, ...outcomes } = countsOf(closings.length, items);
        expect(read).toBe(closings.length);
        const sum = (counts: object) => Object.values(counts).reduce((a, b) => a + b, 0);
        expect(sum(outcomes)).toBe(items.length);
        expect(sum(by_change)).toBe(outcomes.accepted + outcomes.planned + outcomes.removed);
        expect(sum(by_reason)).toBe(items.filter((item) => 'reason' in item).length);
        for (const item of items) expect(outcomes[item.outcome]).toBe(ledger.count(item.outcome));
      }),
    );
  });

  // Error codes are text from the service, and the counts are a plain object.
  it('an error code that is a property name of JavaScript is counted', () => {
    const ledger = new Ledger();
    const rejected = { outcome: 'rejected', status: 400, reason: 'constructor' } as const;
    ledger.close(added(ledger.open({ indicator: evil, object })), { ...rejected, message: 'no' });
    expect(countsOf(1, ledger.items()).by_reason).toEqual({ constructor: 1 });
  });
});
