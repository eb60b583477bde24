/** What an answer means for the objects of a chunk. Pure functions. */
import { suggestsLess } from '../http/api-client.js';
import type { UnsentReason } from '../result/reasons.js';
import type { Forbidden, ItemError, ItemResult, PostAnswer } from '../vision-one/client.js';
import { type Chunk, halvesOf, onlyObject, type QueuedObject } from './send-queue.js';

/** The outcome of an object. */
export type Settled =
  | { outcome: 'done' }
  | { outcome: 'rejected'; status: number; reason: string; message: string }
  | { outcome: 'unsent'; reason: UnsentReason; message: string };

export interface Settlement<T> {
  queued: QueuedObject<T>;
  settled: Settled;
}

/** What to do with the objects of a chunk. */
export type Interpretation<T> =
  /** Vision One answered item by item. */
  | { act: 'answered'; settlements: Settlement<T>[]; retries: QueuedObject<T>[] }
  /** The request failed temporarily: send the chunk again. */
  | { act: 'retry'; chunk: Chunk<T> }
  /** The request failed temporarily, and a smaller one may succeed: send the halves. */
  | { act: 'split'; halves: [Chunk<T>, Chunk<T>] }
  /** The request failed temporarily with only this object in it: send it last. */
  | { act: 'alone'; queued: QueuedObject<T> }
  /** The answer could not be read: send these chunks, the last one first. */
  | { act: 'unreadable'; chunks: Chunk<T>[] }
  /** The answers for this object could not be read, and it is not sent again. */
  | { act: 'unsent'; settlement: Settlement<T> }
  /** One of the objects was refused, or they were too large together: send the halves. */
  | { act: 'halve'; because: 'refused' | 'too_large'; halves: [Chunk<T>, Chunk<T>] }
  /** A request with only this object was refused. */
  | { act: 'refused_alone'; settlement: Settlement<T>; error: ItemError }
  /** See access-check.ts. */
  | Forbidden
  /** No more objects are sent. */
  | { act: 'stop'; reason: UnsentReason; message: string };

/** After so many answers for one object that could not be read, it is not sent again. */
const UNREADABLE_TRIES = 3;

/** Whether a chunk is not sent again if its next answer cannot be read. */
export function isLastTry({ objects, unreadable }: Chunk<unknown>): boolean {
  return objects.length === 1 && unreadable + 1 >= UNREADABLE_TRIES;
}

/** @param successes how many requests have succeeded so far */
export function interpret<T>(
  chunk: Chunk<T>,
  answer: PostAnswer,
  successes: number,
): Interpretation<T> {
  switch (answer.act) {
    case 'items':
      return interpretItems(chunk, answer.items);
    case 'retry':
      return interpretFailure(chunk, answer, successes);
    case 'unreadable':
      return interpretUnreadable(chunk, answer.message);
    case 'divide': {
      const { because, error } = answer;
      const alone = onlyObject(chunk);
      if (!alone) return { act: 'halve', because, halves: halvesOf(chunk) };
      return { act: 'refused_alone', settlement: rejection(alone, error), error };
    }
    case 'forbidden':
      return answer;
    case 'list_full':
      return { act: 'stop', reason: 'list_full', message: answer.message };
    case 'give_up':
      return { act: 'stop', reason: answer.reason, message: answer.message };
  }
}

function interpretItems<T>({ objects }: Chunk<T>, results: ItemResult[]): Interpretation<T> {
  const settlements: Settlement<T>[] = [];
  const retries: QueuedObject<T>[] = [];
  for (const [index, queued] of objects.entries()) {
    const result = results[index] as ItemResult;
    if (result.kind === 'done') settlements.push({ queued, settled: { outcome: 'done' } });
    else if (result.kind === 'rejected') settlements.push(rejection(queued, result.error));
    else {
      const { reason, message } = result;
      const itemFailures = queued.itemFailures + 1;
      retries.push({ ...queued, itemFailures, lastFailure: { reason, message } });
    }
  }
  return { act: 'answered', settlements, retries };
}

function interpretFailure<T>(
  chunk: Chunk<T>,
  { smaller, reason, message }: Extract<PostAnswer, { act: 'retry' }>,
  successes: number,
): Interpretation<T> {
  const objects = chunk.objects.map((queued) => ({
    ...queued,
    lastFailure: { reason, message },
    successesBefore: queued.successesBefore ?? successes,
  }));
  const failures = chunk.failures + (smaller === 'no' ? 0 : 1);
  const alone = onlyObject({ objects });
  if (alone && smaller !== 'no') {
    return { act: 'alone', queued: { ...alone, aloneFailures: alone.aloneFailures + 1 } };
  }
  if (!suggestsLess(smaller, failures)) {
    return { act: 'retry', chunk: { ...chunk, objects, failures } };
  }
  const split = { size: objects.length, succeeded: 0 };
  const [first, second] = halvesOf({ objects });
  return {
    act: 'split',
    halves: [
      { ...first, split },
      { ...second, split },
    ],
  };
}

/** An answer that cannot be read proves nothing: the chunk is sent again, then its halves. */
function interpretUnreadable<T>(chunk: Chunk<T>, message: string): Interpretation<T> {
  const reason = 'no_answer';
  const unreadable = chunk.unreadable + 1;
  const objects = chunk.objects.map((queued) => ({ ...queued, lastFailure: { reason, message } }));
  const failed: Chunk<T> = { ...chunk, objects: objects as QueuedObject<T>[], unreadable };
  const alone = onlyObject(failed);
  if (alone && isLastTry(chunk)) {
    return {
      act: 'unsent',
      settlement: { queued: alone, settled: { outcome: 'unsent', reason, message } },
    };
  }
  if (alone || unreadable === 1) return { act: 'unreadable', chunks: [failed] };
  const [first, second] = halvesOf(failed).map((half) => ({ ...half, unreadable: 1 }));
  return { act: 'unreadable', chunks: [second, first] as Chunk<T>[] };
}

export function rejection<T>(queued: QueuedObject<T>, error: ItemError): Settlement<T> {
  const { status } = error;
  const reason = error.code ?? `http_${status}`;
  const message = error.message ?? `Vision One answered HTTP ${status} without a reason`;
  return { queued, settled: { outcome: 'rejected', status, reason, message } };
}
