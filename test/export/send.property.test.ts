/** What holds of a delivery for any sequence of answers, held against a fake that keeps a list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALONE_TRIES,
  CONCURRENCY,
  type Delivery,
  deliver,
  type Settled,
} from '../../src/export/send.js';
import type { Waited } from '../../src/http/api-client.js';
import type { SmallerHelps } from '../../src/http/retry-policy.js';
import type { StopReason } from '../../src/result/reasons.js';
import type { Posted } from '../../src/vision-one/client.js';

const FAILED = 'service_unavailable';

/** One answer of the fake; `applied`: carried out although the answer does not say so. */
type Scripted =
  | { kind: 'entries'; statuses: number[] }
  | { kind: 'no_answer'; applied: boolean }
  | { kind: 'again'; applied: boolean; smaller: SmallerHelps }
  | { kind: 'forbidden'; isOwn: boolean; status: number }
  | { kind: 'divide'; because: 'refused' | 'too_large' }
  | { kind: 'list_full' }
  | { kind: 'give_up'; reason: StopReason };

interface Sent {
  length: number;
  bytes: number;
  inFlight: number;
}

/** A list that answers as it is told to, and well when there is nothing more to be told. */
class FakeList {
  readonly held = new Set<string>();
  readonly sent: Sent[] = [];
  readonly log: { sent: string[]; ok: boolean; act: Posted['act'] }[] = [];
  waits = 0;
  /** How often a back-off was dropped. */
  drops = 0;
  #inFlight = 0;
  #given: Extract<Posted, { act: 'give_up' }> | undefined;
  accessProven = false;

  constructor(
    private readonly script: Scripted[],
    private readonly maxWaits: number,
    private readonly most: number,
  ) {}

  async post(_path: string, body: string, length: number): Promise<Posted> {
    const items = JSON.parse(body) as { v: string }[];
    this.#inFlight++;
    this.sent.push({ length, bytes: Buffer.byteLength(body), inFlight: this.#inFlight });
    if (items.length !== length) throw new Error('a length that is not the array’s');
    if (this.sent.length > this.most) throw new Error('a delivery without an end');
    await new Promise((resolve) => setImmediate(resolve));
    this.#inFlight--;
    const posted = this.#given ?? this.#answer(items);
    const { act } = posted;
    this.log.push({ sent: items.map(({ v }) => v), ok: act === 'entries', act });
    return posted;
  }

  #answer(items: { v: string }[]): Posted {
    const next = this.script.shift() ?? { kind: 'entries', statuses: [201] };
    const apply = () => {
      for (const { v } of items) this.held.add(v);
    };
    switch (next.kind) {
      case 'entries': {
        const entries = items.map(({ v }, index) => {
          const status = next.statuses[index % next.statuses.length] ?? 201;
          if (status === 201 || status === 409) this.held.add(v);
          return status === 201 ? { status } : { status, code: `C${status}`, message: 'said' };
        });
        this.accessProven = true;
        return { act: 'entries', entries };
      }
      case 'no_answer':
        if (next.applied) apply();
        return { act: 'no_answer', message: 'nothing' };
      case 'again':
        if (next.applied) apply();
        return { act: 'again', smaller: next.smaller, reason: FAILED, message: 'HTTP 5xx' };
      case 'divide':
        return { act: 'divide', because: next.because, error: { status: 400, code: 'Bad' } };
      case 'forbidden': {
        const { isOwn, status } = next;
        return { act: 'forbidden', isOwn, status, message: `HTTP ${status}`, advice: 'look' };
      }
      case 'list_full':
        return { act: 'list_full', message: 'full' };
      case 'give_up':
        return this.giveUp(next.reason, 'ended');
    }
  }

  useful(): void {}

  dropBackoff(): void {
    this.drops++;
  }

  giveUp(reason: StopReason, message: string): Extract<Posted, { act: 'give_up' }> {
    this.#given ??= { act: 'give_up', reason, message };
    return this.#given;
  }

  useless(_path: string, reason: StopReason): Waited {
    this.waits++;
    return this.waits > this.maxWaits
      ? this.giveUp(reason, 'an outage that is too long')
      : { act: 'again', smaller: 'no', reason, message: 'useless' };
  }
}

interface World {
  values: string[];
  script: Scripted[];
  maxItems: number;
  maxBytes: number;
  maxWaits: number;
}

async function delivered({ values, script, maxItems, maxBytes, maxWaits }: World) {
  const most = 30 * (values.length + script.length) + 100;
  const list = new FakeList([...script], maxWaits, most);
  const outcomes = new Map<string, Settled[]>();
  await deliver({
    objects: values,
    payload: (v) => ({ v }),
    path: '/list',
    maxItems,
    maxBytes,
    alsoDone: [409],
    visionOne: list as unknown as Delivery<string>['visionOne'],
    settle: (v, settled) => outcomes.set(v, [...(outcomes.get(v) ?? []), settled]),
  });
  return { list, outcomes };
}

const reason = fc.constantFrom<StopReason>(
  'rate_limited',
  'no_access',
  'time_limit',
  'interrupted',
);
const failing = fc.record({
  kind: fc.constant('again' as const),
  applied: fc.boolean(),
  smaller: fc.constantFrom<SmallerHelps>('no', 'perhaps', 'likely'),
});
const scripted: fc.Arbitrary<Scripted> = fc.oneof(
  fc.record({
    kind: fc.constant('entries' as const),
    statuses: fc.array(fc.constantFrom(201, 201, 201, 409, 400, 429, 500), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc.record({ kind: fc.constant('no_answer' as const), applied: fc.boolean() }),
  failing,
  fc.record({
    kind: fc.constant('forbidden' as const),
    isOwn: fc.boolean(),
    status: fc.constantFrom(302, 403, 404, 406, 451),
  }),
  fc.record({
    kind: fc.constant('divide' as const),
    because: fc.constantFrom('refused' as const, 'too_large' as const),
  }),
);
/** What ends a delivery comes once, and not often. */
const ending: fc.Arbitrary<Scripted> = fc.oneof(
  fc.constant<Scripted>({ kind: 'list_full' }),
  fc.record({ kind: fc.constant('give_up' as const), reason }),
);
const script = fc
  .tuple(fc.array(scripted, { maxLength: 40 }), fc.option(ending, { nil: undefined, freq: 4 }))
  .map(([answers, end]) => (end ? [...answers, end] : answers));
const values = fc.uniqueArray(fc.string({ maxLength: 60, unit: 'grapheme' }), { maxLength: 60 });

const world: fc.Arbitrary<World> = fc.record({
  values,
  script,
  maxItems: fc.integer({ min: 1, max: 20 }),
  maxBytes: fc.integer({ min: 1, max: 800 }),
  maxWaits: fc.integer({ min: 0, max: 60 }),
});

describe('for any sequence of answers', () => {
  it('each object ends in exactly one outcome, and is accepted only if the list holds it', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { list, outcomes } = await delivered(given);
        expect([...outcomes.keys()].sort()).toEqual([...given.values].sort());
        for (const [value, settled] of outcomes) {
          expect(settled).toHaveLength(1);
          if (settled[0]?.outcome === 'done') expect(list.held).toContain(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('no chunk is over either bound, none is empty, and no more than four are under way', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { list } = await delivered(given);
        for (const { length, bytes, inFlight } of list.sent) {
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(given.maxItems);
          // An object that is too large by itself goes alone, and the service may say so.
          if (length > 1) expect(bytes).toBeLessThanOrEqual(given.maxBytes);
          expect(inFlight).toBeLessThanOrEqual(CONCURRENCY);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('an object is unsent only for a reason that was given', async () => {
    const reasonsIn = ({ script, maxWaits }: World) => {
      const given = new Set<string>();
      for (const answer of script) {
        if (answer.kind === 'give_up') given.add(answer.reason);
        if (answer.kind === 'list_full') given.add('list_full');
        if (answer.kind === 'no_answer') given.add('no_answer');
        if (answer.kind === 'again') given.add(FAILED);
        if (answer.kind === 'forbidden') given.add('no_access');
        const statuses = answer.kind === 'entries' ? answer.statuses : [];
        if (statuses.includes(429)) given.add('rate_limited');
        if (statuses.includes(500)) given.add('service_unavailable');
      }
      return maxWaits > script.length ? given : given.add('service_unavailable');
    };
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { outcomes } = await delivered(given);
        for (const [settled] of outcomes.values()) {
          if (settled?.outcome !== 'unsent') continue;
          expect(reasonsIn(given)).toContain(settled.reason);
          expect(settled.message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('a service that recovers gets everything, in few more requests than it spoilt', async () => {
    const passing: fc.Arbitrary<Scripted> = fc.oneof(
      fc.record({
        kind: fc.constant('again' as const),
        applied: fc.boolean(),
        smaller: fc.constant<SmallerHelps>('no'),
      }),
      fc.record({
        kind: fc.constant('entries' as const),
        statuses: fc.array(fc.constantFrom(201, 409, 429, 500), { minLength: 1, maxLength: 5 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(values, fc.array(passing, { maxLength: 30 }), async (objects, answers) => {
        const { list, outcomes } = await delivered({
          values: objects,
          script: answers,
          maxItems: 10,
          maxBytes: 1_000_000,
          maxWaits: Number.POSITIVE_INFINITY,
        });
        expect([...list.held].sort()).toEqual([...objects].sort());
        for (const [settled] of outcomes.values()) expect(settled?.outcome).toBe('done');
        const needed = Math.ceil(objects.length / 10);
        expect(list.sent.length).toBeLessThanOrEqual(needed + answers.length + 1);
        expect(list.waits).toBeLessThanOrEqual(answers.length);
      }),
      { numRuns: 300 },
    );
  });
});

it('an object is given up by itself only after its requests failed three times while others succeeded', async () => {
  const answers = fc.array(
    fc.oneof(
      failing,
      fc.record({
        kind: fc.constant('entries' as const),
        statuses: fc.constant<number[]>([201]),
      }),
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(values, answers, async (objects, script) => {
      const { list, outcomes } = await delivered({
        values: objects,
        script,
        maxItems: 10,
        maxBytes: 1_000_000,
        maxWaits: Number.POSITIVE_INFINITY,
      });
      for (const [value, [settled]] of outcomes) {
        if (settled?.outcome === 'done') continue;
        expect(settled).toMatchObject({ outcome: 'unsent', reason: FAILED });
        const alone = list.log.filter(({ sent, ok }) => !ok && sent.join() === value);
        expect(alone.length).toBeGreaterThanOrEqual(ALONE_TRIES);
        const first = list.log.findIndex(({ sent, ok }) => !ok && sent.includes(value));
        expect(list.log.slice(first).some(({ ok }) => ok)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

it('where all is well a chunk is closed only when the next object does not fit', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 80 });
  const bound = fc.integer({ min: 50, max: 2_000 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      bound,
      fc.integer({ min: 1, max: 30 }),
      async (all, maxBytes, maxItems) => {
        const objects = all.map((size, index) => `${index}:${'x'.repeat(size)}`);
        const { list } = await delivered({
          values: objects,
          script: [],
          maxItems,
          maxBytes,
          maxWaits: 0,
        });
        let at = 0;
        for (const { length, bytes } of list.sent) {
          at += length;
          const next = objects[at];
          const full = length === maxItems;
          const more = bytes + 1 + Buffer.byteLength(JSON.stringify({ v: next ?? '' }));
          expect(next === undefined || full || more > maxBytes).toBe(true);
        }
        expect(at).toBe(objects.length);
      },
    ),
    { numRuns: 300 },
  );
});

describe('objects that are refused one by one by their status', () => {
  const cases: [string, number, Partial<Extract<Scripted, { kind: 'forbidden' }>>, number][] = [
    ['from the start by a filter', 0, {}, 5],
    ['after an answer by Vision One itself', 1, { isOwn: true }, 10],
    ['after an answer by a redirect', 1, { status: 302 }, 10],
    ['after an answer by a filter', 1, {}, 10],
  ];
  it.each(cases)('%s end the delivery after so many', async (_, proved, refusal, limit) => {
    const forbidden = { kind: 'forbidden' as const, isOwn: false, status: 403, ...refusal };
    const answers: Scripted[] = Array(5_000).fill(forbidden);
    if (proved > 0) answers.unshift({ kind: 'entries', statuses: [201] });
    const objects = Array.from({ length: 2_000 }, (_object, index) => `${index}`);
    const { list, outcomes } = await delivered({
      values: objects,
      script: answers,
      maxItems: 20,
      maxBytes: 1_000_000,
      maxWaits: 0,
    });
    const alone = list.log.filter(({ sent, act }) => sent.length === 1 && act === 'forbidden');
    // Those in flight when the limit was reached, and the object that was accepted before, come on top.
    expect(alone.length).toBeGreaterThanOrEqual(limit);
    expect(alone.length).toBeLessThanOrEqual(limit + CONCURRENCY);
    const unsent = [...outcomes.values()].filter(([settled]) => settled?.outcome === 'unsent');
    expect(unsent).toHaveLength(objects.length - proved * 20);
  });
});

it('a failure that divides a chunk drops the back-off, and so does one after a success', async () => {
  const tooLong: Scripted = { kind: 'again', applied: false, smaller: 'likely' };
  const well: Scripted = { kind: 'entries', statuses: [201] };
  // Four chunks; a half of the first one fails, the other passes, and then the fifth chunk fails.
  const { list } = await delivered({
    values: Array.from({ length: 20 }, (_, index) => `${index}`),
    script: [tooLong, well, well, well, tooLong, well, tooLong],
    maxItems: 4,
    maxBytes: 1_000_000,
    maxWaits: 0,
  });
  expect(list.log.map(({ sent }) => sent.length).slice(0, 7)).toEqual([4, 4, 4, 4, 2, 2, 4]);
  // Three divisions; and the second and the third failure came after a success.
  expect(list.drops).toBe(5);
});

it('a chunk whose objects all failed is waited for, although others were not sent yet', async () => {
  const { list } = await delivered({
    values: Array.from({ length: 60 }, (_, index) => `${index}`),
    script: [{ kind: 'entries', statuses: [500] }],
    maxItems: 10,
    maxBytes: 1_000_000,
    maxWaits: 100,
  });
  expect(list.waits).toBe(1);
});

it('a failure that has nothing to do with the size does not count towards dividing a chunk', async () => {
  const again = (smaller: SmallerHelps): Scripted => ({ kind: 'again', applied: false, smaller });
  const sizesAfter = async (...script: Scripted[]) => {
    const values = ['a', 'b', 'c', 'd'];
    const limits = { maxItems: 4, maxBytes: 1_000_000, maxWaits: 0 };
    const { list } = await delivered({ values, script, ...limits });
    return list.sent.map(({ length }) => length);
  };
  expect(await sizesAfter(again('no'), again('perhaps'))).toEqual([4, 4, 4]);
  expect(await sizesAfter(again('perhaps'), again('no'), again('perhaps'))).toEqual([
    4, 4, 4, 2, 2,
  ]);
});

describe('when the service is given up', () => {
  const why = async (reason: StopReason) => {
    const { outcomes } = await delivered({
      values: ['failed', 'ended', 'never sent'],
      script: [
        { kind: 'again', applied: false, smaller: 'no' },
        { kind: 'give_up', reason },
      ],
      maxItems: 1,
      maxBytes: 1_000_000,
      maxWaits: 0,
    });
    const messages = [...outcomes].map(([value, [settled]]) => [
      value,
      settled?.outcome === 'unsent' && settled.message,
    ]);
    return Object.fromEntries(messages);
  };

  it.each(['rate_limited', 'service_unavailable', 'no_answer'] as const)(
    'with %s, an object that had failed by itself keeps what was answered to it',
    async (reason) => {
      expect(await why(reason)).toEqual({
        failed: 'HTTP 5xx',
        ended: 'ended',
        'never sent': 'ended',
      });
    },
  );

  it.each(['time_limit', 'interrupted', 'no_access'] as const)(
    'with %s, that is the reason for all',
    async (reason) => {
      expect(Object.values(await why(reason))).toEqual(['ended', 'ended', 'ended']);
    },
  );
});

it('an error of ours waits for the requests in flight, whose outcomes are settled', async () => {
  const list = new FakeList([], 0, 100);
  const done: number[] = [];
  const delivering = deliver({
    objects: [0, 1, 2],
    payload: (value) => {
      if (value === 2) throw new Error('ours');
      return { v: String(value) };
    },
    path: '/list',
    maxItems: 1,
    alsoDone: [],
    visionOne: list as unknown as Delivery<number>['visionOne'],
    settle: (value) => done.push(value),
  });
  await expect(delivering).rejects.toThrow('ours');
  expect(done).toEqual([0, 1]);
});

it('a body that was too large is never sent again in that size, however unequal its halves were', async () => {
  // Each chunk of two holds an object that is nearly all of it.
  const objects = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index % 2 === 0 ? 980 : 10));
  let refused = 0;
  await deliver({
    objects,
    payload: (value) => value,
    path: '/list',
    maxItems: 2,
    alsoDone: [],
    visionOne: {
      accessProven: true,
      useful() {},
      async post(_path, body, length) {
        await new Promise((resolve) => setImmediate(resolve));
        if (body.length < 990)
          return { act: 'entries', entries: Array(length).fill({ status: 201 }) };
        refused++;
        return { act: 'divide', because: 'too_large', error: { status: 413 } };
      },
    } as Pick<
      Delivery<string>['visionOne'],
      'post' | 'useful' | 'accessProven'
    > as Delivery<string>['visionOne'],
    settle: () => {},
  });
  // Those that were in flight at first.
  expect(refused).toBe(CONCURRENCY);
});

describe('a service that judges objects by their value', () => {
  const well = (values: number[]): Posted => ({
    act: 'entries',
    entries: values.map(() => ({ status: 201 })),
  });

  /** Delivers the numbers below `count` in chunks of 8. */
  async function deliveredTo(
    count: number,
    judge: (values: number[]) => Posted,
    { accessProven = true, maxItems = 8 } = {},
  ) {
    const sizes: number[] = [];
    const outcomes = new Map<number, string>();
    let givenUp = 0;
    await deliver({
      objects: Array.from({ length: count }, (_, index) => index),
      payload: (value) => value,
      path: '/list',
      maxItems,
      alsoDone: [],
      visionOne: {
        accessProven,
        async post(_path, body) {
          const values = JSON.parse(body) as number[];
          sizes.push(values.length);
          await new Promise((resolve) => setImmediate(resolve));
          return judge(values);
        },
        useful() {},
        useless: (_path, reason, _attempt, message) => ({
          act: 'again',
          smaller: 'no',
          reason,
          message,
        }),
        dropBackoff() {},
        giveUp(reason, message) {
          givenUp++;
          return { act: 'give_up', reason, message };
        },
      },
      settle: (value, { outcome }) => outcomes.set(value, outcome),
    });
    const countOf = (wanted: string) =>
      [...outcomes.values()].filter((one) => one === wanted).length;
    return {
      sizes,
      givenUp,
      done: countOf('done'),
      rejected: countOf('rejected'),
      unsent: countOf('unsent'),
    };
  }

  it('one bad object in each of the first chunks is no reason to send smaller chunks', async () => {
    const again: Posted = { act: 'again', smaller: 'likely', reason: FAILED, message: 'HTTP 504' };
    const bad = [3, 11, 19, 27];
    const { sizes, done, unsent } = await deliveredTo(80, (values) =>
      values.some((value) => bad.includes(value)) ? again : well(values),
    );
    expect({ done, unsent }).toEqual({ done: 76, unsent: 4 });
    expect(sizes.filter((size) => size === 8)).toHaveLength(10);
  });

  it('any number of objects may be refused one by one, if others are accepted in between', async () => {
    const refused: Posted = { act: 'divide', because: 'refused', error: { status: 400 } };
    const { done, rejected } = await deliveredTo(3_000, (values) =>
      values.some((value) => value % 2 === 1) ? refused : well(values),
    );
    expect({ done, rejected }).toEqual({ done: 1_500, rejected: 1_500 });
  });

  const refusedByStatus = (isOwn: boolean): Posted => ({
    act: 'forbidden',
    status: 403,
    isOwn,
    message: 'HTTP 403',
    advice: 'look',
  });

  it('one that is forbidden before anything was answered may mean all, unless it is the only one', async () => {
    const forbidden = refusedByStatus(false);
    const refused: Posted = { act: 'divide', because: 'refused', error: { status: 400 } };
    const settings = { accessProven: false };
    expect(await deliveredTo(1, () => forbidden, settings)).toMatchObject({ rejected: 1 });
    const judge = ([value]: number[]) => (value === 0 ? forbidden : refused);
    expect(await deliveredTo(2, judge, { ...settings, maxItems: 1 })).toMatchObject({
      ...{ rejected: 1, unsent: 1, givenUp: 1 },
    });
  });

  it('one that is forbidden before the list is full is not why the rest is unsent', async () => {
    const full: Posted = { act: 'list_full', message: 'full' };
    const judge = ([value]: number[]) => (value === 0 ? refusedByStatus(false) : full);
    const settings = { accessProven: false, maxItems: 1 };
    expect(await deliveredTo(3, judge, settings)).toMatchObject({ unsent: 3, givenUp: 0 });
  });

  it('any number of objects may be forbidden one by one, if others are accepted in between', async () => {
    const forbidden = refusedByStatus(true);
    const { done, rejected } = await deliveredTo(200, (values) =>
      values.some((value) => value % 2 === 1) ? forbidden : well(values),
    );
    expect({ done, rejected }).toEqual({ done: 100, rejected: 100 });
  });
});
