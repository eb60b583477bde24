import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAhead } from '../../src/export/read-ahead.js';

/** Values that arrive after the given numbers of turns of the event loop; the last one may be an error. */
async function* arriving(turns: number[], log: string[], error?: Error) {
  try {
    for (const [value, count] of turns.entries()) {
      for (let turn = 0; turn < count; turn++) await new Promise(setImmediate);
      log.push(`asked for ${value}`);
      yield value;
    }
    if (error) throw error;
  } finally {
    log.push('closed');
  }
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe('reading ahead', () => {
  it('every value is given once and in order, and an error after all values before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 })),
        fc.array(fc.nat({ max: 3 })),
        fc.boolean(),
        async (arrivals, uses, isFailing) => {
          const error = isFailing ? new Error('no more') : undefined;
          const received: number[] = [];
          const reading = (async () => {
            for await (const value of readAhead(arriving(arrivals, [], error))) {
              received.push(value);
              for (let count = uses[value] ?? 0; count > 0; count--) await turn();
            }
          })();
          await (error ? expect(reading).rejects.toBe(error) : reading);
          expect(received).toEqual([...arrivals.keys()]);
        },
      ),
    );
  });

  it('the next value is asked for while the first one is used', async () => {
    const log: string[] = [];
    for await (const value of readAhead(arriving([0, 1, 1], log))) {
      if (value === 0) {
        for (let count = 0; count < 10; count++) await turn();
        log.push('used 0');
      }
    }
    expect(log).toEqual(['asked for 0', 'asked for 1', 'asked for 2', 'closed', 'used 0']);
  });

  it('after the reader has stopped, at most one more value is asked for, and the source is closed', async () => {
    const log: string[] = [];
    for await (const value of readAhead(arriving([1, 5, 1, 1], log))) {
      expect(value).toBe(0);
      break;
    }
    for (let count = 0; count < 20; count++) await turn();
    expect(log).toEqual(['asked for 0', 'asked for 1', 'closed']);
  });
});
