import { describe, expect, it } from 'vitest';
import { weather } from '../support/storm.js';

describe('random failures of both services', () => {
  it.each([1, 2, 3])(
    'no object is lost with random failures of both services, seed %i',
    async (seed) => {
      const account = await weather({ seed, objects: 2_500, strength: 0.3 });
      expect(account.untruths).toEqual([]);
      expect(account).toMatchObject({ lost: 0, accepted: 2_500, status: 'Completed' });
      expect(account.faults).toBeGreaterThan(0);
    },
  );

  it('a run that is given up because of random failures still has an item for each object', async () => {
    const account = await weather({ seed: 4, objects: 2_500, strength: 0.9, timeLimitMs: 30_000 });
    expect(account.untruths).toEqual([]);
    expect(account.lost).toBe(0);
    expect(account.named).toBeGreaterThan(0);
  });
});
