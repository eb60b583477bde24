/** What an answer means for the objects of a chunk. */
import { describe, expect, it } from 'vitest';
import { interpret, isLastTry } from '../../src/export/interpret.js';
import { type Chunk, chunkOf, type QueuedObject } from '../../src/export/send-queue.js';
import type { PostAnswer } from '../../src/vision-one/client.js';

const queued = (object: string): QueuedObject<string> => ({
  object,
  json: JSON.stringify(object),
  bytes: object.length + 2,
  isSent: true,
  itemFailures: 0,
  aloneFailures: 0,
  successesBefore: undefined,
  lastFailure: undefined,
});
const chunk = (...objects: string[]): Chunk<string> => chunkOf(objects.map(queued));
const valuesOf = ({ objects }: Chunk<string>) => objects.map(({ object }) => object);
const failed = (smaller: 'no' | 'perhaps' | 'likely'): PostAnswer => ({
  act: 'retry',
  smaller,
  reason: 'service_unavailable',
  message: 'HTTP 503',
});
const refused: PostAnswer = {
  act: 'divide',
  because: 'refused',
  error: { status: 400, code: 'BadRequest', message: 'the value is invalid' },
};

describe('interpret', () => {
  it('items that are done or rejected are settled, and items that failed are retried', () => {
    const answer: PostAnswer = {
      act: 'items',
      items: [
        { kind: 'done' },
        { kind: 'rejected', error: { status: 400 } },
        { kind: 'failed', reason: 'rate_limited', message: 'HTTP 429, after one try' },
      ],
    };
    const meaning = interpret(chunk('a', 'b', 'c'), answer, 0);
    if (meaning.act !== 'answered') throw new Error(meaning.act);
    expect(meaning.settlements.map(({ settled }) => settled)).toEqual([
      { outcome: 'done' },
      {
        outcome: 'rejected',
        status: 400,
        reason: 'http_400',
        message: 'Vision One answered HTTP 400 without a reason',
      },
    ]);
    expect(meaning.retries).toMatchObject([
      { object: 'c', itemFailures: 1, lastFailure: { reason: 'rate_limited' } },
    ]);
  });

  it('a failure that does not depend on the size repeats the chunk without counting it', () => {
    const meaning = interpret(chunk('a', 'b'), failed('no'), 7);
    expect(meaning).toMatchObject({ act: 'retry', chunk: { failures: 0 } });
    if (meaning.act !== 'retry') return;
    expect(meaning.chunk.objects).toMatchObject([{ successesBefore: 7 }, { successesBefore: 7 }]);
  });

  it('a failure that may depend on the size repeats the chunk once, and then sends its halves', () => {
    const first = interpret(chunk('a', 'b', 'c'), failed('perhaps'), 0);
    if (first.act !== 'retry') throw new Error(first.act);
    const second = interpret(first.chunk, failed('perhaps'), 0);
    if (second.act !== 'split') throw new Error(second.act);
    expect(second.halves.map(valuesOf)).toEqual([['a', 'b'], ['c']]);
    expect(second.halves[0].split).toBe(second.halves[1].split);
  });

  it('an object whose request fails alone is sent last', () => {
    const meaning = interpret(chunk('a'), failed('likely'), 0);
    expect(meaning).toMatchObject({ act: 'alone', queued: { object: 'a', aloneFailures: 1 } });
  });

  it('a refused chunk is halved, and a refused object is rejected with the error', () => {
    expect(interpret(chunk('a', 'b'), refused, 0)).toMatchObject({
      act: 'halve',
      because: 'refused',
    });
    expect(interpret(chunk('a'), refused, 0)).toMatchObject({
      act: 'refused_alone',
      settlement: { settled: { outcome: 'rejected', status: 400, reason: 'BadRequest' } },
    });
  });

  it('an unreadable answer repeats a chunk once, then sends its halves, the first one first', () => {
    const unreadable: PostAnswer = { act: 'unreadable', message: 'HTTP 200 with no list' };
    const once = interpret(chunk('a', 'b', 'c', 'd'), unreadable, 0);
    if (once.act !== 'unreadable') throw new Error(once.act);
    expect(once.chunks.map(valuesOf)).toEqual([['a', 'b', 'c', 'd']]);
    const twice = interpret(once.chunks[0] as Chunk<string>, unreadable, 0);
    if (twice.act !== 'unreadable') throw new Error(twice.act);
    // The last chunk is sent first.
    expect(twice.chunks.map(valuesOf)).toEqual([
      ['c', 'd'],
      ['a', 'b'],
    ]);
  });

  it('an object with three unreadable answers stays unsent', () => {
    const unreadable: PostAnswer = { act: 'unreadable', message: 'HTTP 200 with no list' };
    let current = chunk('a');
    for (let n = 0; n < 2; n++) {
      expect(isLastTry(current)).toBe(false);
      const meaning = interpret(current, unreadable, 0);
      if (meaning.act !== 'unreadable') throw new Error(meaning.act);
      current = meaning.chunks[0] as Chunk<string>;
    }
    expect(isLastTry(current)).toBe(true);
    expect(interpret(current, unreadable, 0)).toMatchObject({
      act: 'unsent',
      settlement: { settled: { outcome: 'unsent', reason: 'no_answer' } },
    });
  });

  it('a full list and a service that was given up end the run with their reason', () => {
    const full: PostAnswer = { act: 'list_full', message: 'the list is full' };
    expect(interpret(chunk('a'), full, 0)).toMatchObject({ act: 'stop', reason: 'list_full' });
    const givenUp: PostAnswer = { act: 'give_up', reason: 'time_limit', message: 'too late' };
    expect(interpret(chunk('a'), givenUp, 0)).toMatchObject({ act: 'stop', reason: 'time_limit' });
  });
});
