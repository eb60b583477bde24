/** What must hold when objects are sent, for any sequence of answers. A fake service records its list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Settled } from '../../src/export/interpret.js';
import { ALONE_TRIES, type SendJob, sendObjects } from '../../src/export/send.js';
import type { ApiClient, Exchange, GivenUp, Retry } from '../../src/http/api-client.js';
import type { SmallerHelps } from '../../src/http/retry-policy.js';
import type { Answer, Request } from '../../src/http/transport.js';
import type { StopReason } from '../../src/result/reasons.js';
import { CONCURRENCY, type PostAnswer, VisionOne } from '../../src/vision-one/client.js';

const FAILED = 'service_unavailable';

/** One answer of the fake service. `applied`: it was carried out, although the answer does not say so. */
type Scripted =
  | { kind: 'items'; statuses: number[] }
  | { kind: 'unreadable'; applied: boolean }
  | { kind: 'retry'; applied: boolean; smaller: SmallerHelps }
  | { kind: 'forbidden'; isOwn: boolean; status: number }
  | { kind: 'divide'; because: 'refused' | 'too_large' }
  | { kind: 'list_full' }
  | { kind: 'give_up'; reason: StopReason };

interface Sent {
  length: number;
  bytes: number;
  inFlight: number;
}

const json = (status: number, body: unknown): Answer => ({
  kind: 'answer',
  status,
  headers: {},
  text: JSON.stringify(body),
});
const errorOf = (code: string, message = 'said') => ({ error: { code, message } });

/** An API client whose service answers as scripted, and accepts everything after that. */
class FakeClient
  implements
    Pick<ApiClient, 'exchange' | 'recordSuccess' | 'recordFailure' | 'dropBackoff' | 'giveUp'>
{
  /** The values on the list of the service. */
  readonly listed = new Set<string>();
  readonly sent: Sent[] = [];
  readonly log: { sent: string[]; ok: boolean; kind: Scripted['kind'] }[] = [];
  /** How often a failure was recorded. */
  waits = 0;
  /** How often a back-off was dropped. */
  drops = 0;
  #inFlight = 0;
  #givenUp: GivenUp | undefined;

  constructor(
    private readonly script: Scripted[],
    private readonly maxWaits: number,
    private readonly maxRequests: number,
  ) {}

  async exchange(_endpoint: string, { body = '' }: Request): Promise<Exchange> {
    const values = (JSON.parse(body) as { v: string }[]).map(({ v }) => v);
    this.#inFlight++;
    this.sent.push({
      length: values.length,
      bytes: Buffer.byteLength(body),
      inFlight: this.#inFlight,
    });
    if (this.sent.length > this.maxRequests) throw new Error('the requests do not end');
    await new Promise((resolve) => setImmediate(resolve));
    this.#inFlight--;
    if (this.#givenUp) {
      this.log.push({ sent: values, ok: false, kind: 'give_up' });
      return this.#givenUp;
    }
    const next = this.script.shift() ?? { kind: 'items', statuses: [201] };
    this.log.push({ sent: values, ok: next.kind === 'items', kind: next.kind });
    return this.#answer(next, values);
  }

  #answer(next: Scripted, values: string[]): Exchange {
    if ('applied' in next && next.applied) for (const value of values) this.listed.add(value);
    switch (next.kind) {
      case 'items':
        return { act: 'read', answer: json(207, this.#itemsOf(next.statuses, values)) };
      case 'unreadable':
        return { act: 'read', answer: json(200, 'nothing') };
      case 'retry':
        return { act: 'retry', smaller: next.smaller, reason: FAILED, message: 'HTTP 5xx' };
      case 'divide':
        return { act: 'divide', because: next.because, answer: json(400, errorOf('Bad')) };
      case 'forbidden': {
        const body = next.isOwn ? errorOf('AccessDenied') : { message: 'blocked' };
        return { act: 'refused', answer: json(next.status, body) };
      }
      case 'list_full': {
        const full = errorOf('Bad', 'The number of objects exceeds the maximum limit');
        return { act: 'divide', because: 'refused', answer: json(400, full) };
      }
      case 'give_up':
        return this.giveUp(next.reason, 'ended');
    }
  }

  #itemsOf(statuses: number[], values: string[]) {
    return values.map((value, index) => {
      const status = statuses[index % statuses.length] ?? 201;
      if (status === 201 || status === 409) this.listed.add(value);
      return status === 201 ? { status } : { status, body: errorOf(`C${status}`) };
    });
  }

  recordSuccess(): void {}

  dropBackoff(): void {
    this.drops++;
  }

  giveUp(reason: StopReason, message: string): GivenUp {
    this.#givenUp ??= { act: 'give_up', reason, message };
    return this.#givenUp;
  }

  recordFailure(_endpoint: string, reason: StopReason): Retry | GivenUp {
    this.waits++;
    return this.waits > this.maxWaits
      ? this.giveUp(reason, 'the outage is too long')
      : { act: 'retry', smaller: 'no', reason, message: 'failed' };
  }
}

/** Vision One's client, with a fake API client below it. */
function visionOneOver(client: FakeClient): VisionOne {
  const base = new URL('https://v1.example');
  return new VisionOne(client as unknown as ApiClient, base, 'key', 'test');
}

interface World {
  values: string[];
  script: Scripted[];
  maxItems: number;
  maxBytes: number;
  maxWaits: number;
}

async function sentThrough({ values, script, maxItems, maxBytes, maxWaits }: World) {
  const maxRequests = 30 * (values.length + script.length) + 100;
  const client = new FakeClient([...script], maxWaits, maxRequests);
  const outcomes = new Map<string, Settled[]>();
  await sendObjects({
    objects: values,
    payload: (v) => ({ v }),
    path: '/list',
    maxItems,
    maxBytes,
    doneStatuses: [409],
    visionOne: visionOneOver(client),
    settle: (v, settled) => outcomes.set(v, [...(outcomes.get(v) ?? []), settled]),
  });
  return { client, outcomes };
}

const reason = fc.constantFrom<StopReason>(
  'rate_limited',
  'no_access',
  'time_limit',
  'interrupted',
);
const failing = fc.record({
  kind: fc.constant('retry' as const),
  applied: fc.boolean(),
  smaller: fc.constantFrom<SmallerHelps>('no', 'perhaps', 'likely'),
});
const scripted: fc.Arbitrary<Scripted> = fc.oneof(
  fc.record({
    kind: fc.constant('items' as const),
    statuses: fc.array(fc.constantFrom(201, 201, 201, 409, 400, 429, 500), {
      minLength: 1,
      maxLength: 5,
    }),
  }),
  fc.record({ kind: fc.constant('unreadable' as const), applied: fc.boolean() }),
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
/** An answer that ends the run comes at most once, and seldom. */
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
  it('each object gets exactly one outcome, and is accepted only if it is on the list', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { client, outcomes } = await sentThrough(given);
        expect([...outcomes.keys()].sort()).toEqual([...given.values].sort());
        for (const [value, settled] of outcomes) {
          expect(settled).toHaveLength(1);
          if (settled[0]?.outcome === 'done') expect(client.listed).toContain(value);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('no request is empty or over a limit, and at most four are in flight', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { client } = await sentThrough(given);
        for (const { length, bytes, inFlight } of client.sent) {
          expect(length).toBeGreaterThan(0);
          expect(length).toBeLessThanOrEqual(given.maxItems);
          // An object that is too large is sent alone, and the service may refuse it.
          if (length > 1) expect(bytes).toBeLessThanOrEqual(given.maxBytes);
          expect(inFlight).toBeLessThanOrEqual(CONCURRENCY);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('an object is unsent only for a reason that an answer gave', async () => {
    const reasonsOf = (answer: Scripted): string[] => {
      switch (answer.kind) {
        case 'give_up':
          return [answer.reason];
        case 'items':
          return answer.statuses.map((status) => (status === 429 ? 'rate_limited' : FAILED));
        case 'unreadable':
          return ['no_answer'];
        case 'forbidden':
          return ['no_access'];
        case 'retry':
          return [FAILED];
        default:
          return [answer.kind];
      }
    };
    const reasonsIn = ({ script: answers, maxWaits }: World) => [
      ...answers.flatMap(reasonsOf),
      ...(maxWaits > answers.length ? [] : [FAILED]),
    ];
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { outcomes } = await sentThrough(given);
        for (const [settled] of outcomes.values()) {
          if (settled?.outcome !== 'unsent') continue;
          expect(reasonsIn(given)).toContain(settled.reason);
          expect(settled.message).not.toBe('');
        }
      }),
      { numRuns: 300 },
    );
  });

  it('after temporary failures each object is accepted, with one request more for each failure', async () => {
    const passing: fc.Arbitrary<Scripted> = fc.oneof(
      fc.record({
        kind: fc.constant('retry' as const),
        applied: fc.boolean(),
        smaller: fc.constant<SmallerHelps>('no'),
      }),
      fc.record({
        kind: fc.constant('items' as const),
        statuses: fc.array(fc.constantFrom(201, 409, 429, 500), { minLength: 1, maxLength: 5 }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(values, fc.array(passing, { maxLength: 30 }), async (objects, answers) => {
        const { client, outcomes } = await sentThrough({
          values: objects,
          script: answers,
          maxItems: 10,
          maxBytes: 1_000_000,
          maxWaits: Number.POSITIVE_INFINITY,
        });
        expect([...client.listed].sort()).toEqual([...objects].sort());
        for (const [settled] of outcomes.values()) expect(settled?.outcome).toBe('done');
        const needed = Math.ceil(objects.length / 10);
        expect(client.sent.length).toBeLessThanOrEqual(needed + answers.length + 1);
        expect(client.waits).toBeLessThanOrEqual(answers.length);
      }),
      { numRuns: 300 },
    );
  });
});

it('an object alone stays unsent only after its requests failed three times while others succeeded', async () => {
  const answers = fc.array(
    fc.oneof(
      failing,
      fc.record({
        kind: fc.constant('items' as const),
        statuses: fc.constant<number[]>([201]),
      }),
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(values, answers, async (objects, script) => {
      const { client, outcomes } = await sentThrough({
        values: objects,
        script,
        maxItems: 10,
        maxBytes: 1_000_000,
        maxWaits: Number.POSITIVE_INFINITY,
      });
      for (const [value, [settled]] of outcomes) {
        if (settled?.outcome === 'done') continue;
        expect(settled).toMatchObject({ outcome: 'unsent', reason: FAILED });
        const alone = client.log.filter(({ sent, ok }) => !ok && sent.join() === value);
        expect(alone.length).toBeGreaterThanOrEqual(ALONE_TRIES);
        const first = client.log.findIndex(({ sent, ok }) => !ok && sent.includes(value));
        expect(client.log.slice(first).some(({ ok }) => ok)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});

it('without failures, each request has as many objects as fit', async () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 80 });
  const bound = fc.integer({ min: 50, max: 2_000 });
  await fc.assert(
    fc.asyncProperty(
      sizes,
      bound,
      fc.integer({ min: 1, max: 30 }),
      async (all, maxBytes, maxItems) => {
        const objects = all.map((size, index) => `${index}:${'x'.repeat(size)}`);
        const { client } = await sentThrough({
          values: objects,
          script: [],
          maxItems,
          maxBytes,
          maxWaits: 0,
        });
        let at = 0;
        for (const { length, bytes } of client.sent) {
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
    ['by a filter, before any answer', 0, {}, 5],
    ['by Vision One itself, after an answer', 1, { isOwn: true }, 10],
    ['by a redirect, after an answer', 1, { status: 302 }, 10],
    ['by a filter, after an answer', 1, {}, 10],
  ];
  it.each(cases)(
    'objects refused alone %s end the run: %i accepted, %j, limit %i',
    async (_, proved, refusal, limit) => {
      const forbidden = { kind: 'forbidden' as const, isOwn: false, status: 403, ...refusal };
      const answers: Scripted[] = Array(5_000).fill(forbidden);
      if (proved > 0) answers.unshift({ kind: 'items', statuses: [201] });
      const objects = Array.from({ length: 2_000 }, (_object, index) => `${index}`);
      const { client, outcomes } = await sentThrough({
        values: objects,
        script: answers,
        maxItems: 20,
        maxBytes: 1_000_000,
        maxWaits: 0,
      });
      const alone = client.log.filter(
        ({ sent, kind }) => sent.length === 1 && kind === 'forbidden',
      );
      // In addition: those in flight when the limit was reached, and the proof.
      expect(alone.length).toBeGreaterThanOrEqual(limit);
      expect(alone.length).toBeLessThanOrEqual(limit + CONCURRENCY);
      const unsent = [...outcomes.values()].filter(([settled]) => settled?.outcome === 'unsent');
      expect(unsent).toHaveLength(objects.length - proved * 20);
    },
  );
});

it('a failure that splits a chunk ends the back-off, and so does one after a success', async () => {
  const tooLong: Scripted = { kind: 'retry', applied: false, smaller: 'likely' };
  const accepting: Scripted = { kind: 'items', statuses: [201] };
  // Four chunks; a half of the first one fails, the other passes, and then the fifth chunk fails.
  const { client } = await sentThrough({
    values: Array.from({ length: 20 }, (_, index) => `${index}`),
    script: [tooLong, accepting, accepting, accepting, tooLong, accepting, tooLong],
    maxItems: 4,
    maxBytes: 1_000_000,
    maxWaits: 0,
  });
  expect(client.log.map(({ sent }) => sent.length).slice(0, 7)).toEqual([4, 4, 4, 4, 2, 2, 4]);
  // Three splits; and the second and the third failure came after a success.
  expect(client.drops).toBe(5);
});

it('if all items of a request failed, the next request waits, although other objects are unsent', async () => {
  const { client } = await sentThrough({
    values: Array.from({ length: 60 }, (_, index) => `${index}`),
    script: [{ kind: 'items', statuses: [500] }],
    maxItems: 10,
    maxBytes: 1_000_000,
    maxWaits: 100,
  });
  expect(client.waits).toBe(1);
});

it('a failure that does not depend on the size does not count towards splitting a chunk', async () => {
  const again = (smaller: SmallerHelps): Scripted => ({ kind: 'retry', applied: false, smaller });
  const sizesAfter = async (...script: Scripted[]) => {
    const values = ['a', 'b', 'c', 'd'];
    const limits = { maxItems: 4, maxBytes: 1_000_000, maxWaits: 0 };
    const { client } = await sentThrough({ values, script, ...limits });
    return client.sent.map(({ length }) => length);
  };
  expect(await sizesAfter(again('no'), again('perhaps'))).toEqual([4, 4, 4]);
  expect(await sizesAfter(again('perhaps'), again('no'), again('perhaps'))).toEqual([
    4, 4, 4, 2, 2,
  ]);
});

describe('when the service is given up', () => {
  const why = async (reason: StopReason) => {
    const { outcomes } = await sentThrough({
      values: ['failed', 'ended', 'never sent'],
      script: [
        { kind: 'retry', applied: false, smaller: 'no' },
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
    'if the service is given up with %s, an object that failed before keeps its own message',
    async (reason) => {
      expect(await why(reason)).toEqual({
        failed: 'HTTP 5xx',
        ended: 'ended',
        'never sent': 'ended',
      });
    },
  );

  it.each(['time_limit', 'interrupted', 'no_access'] as const)(
    'if the run ends with %s, that is the reason of all objects',
    async (reason) => {
      expect(Object.values(await why(reason))).toEqual(['ended', 'ended', 'ended']);
    },
  );
});

it('after an internal error, the requests in flight are awaited and their objects settled', async () => {
  const client = new FakeClient([], 0, 100);
  const done: number[] = [];
  const sending = sendObjects({
    objects: [0, 1, 2],
    payload: (value) => {
      if (value === 2) throw new Error('ours');
      return { v: String(value) };
    },
    path: '/list',
    maxItems: 1,
    doneStatuses: [],
    visionOne: visionOneOver(client),
    settle: (value) => done.push(value),
  });
  await expect(sending).rejects.toThrow('ours');
  expect(done).toEqual([0, 1]);
});

it('a size that was too large is not sent again, however unequal the halves were', async () => {
  // Each chunk of two has one large and one small object.
  const objects = Array.from({ length: 40 }, (_, index) => 'x'.repeat(index % 2 === 0 ? 980 : 10));
  let refused = 0;
  await sendObjects({
    objects,
    payload: (value) => value,
    path: '/list',
    maxItems: 2,
    doneStatuses: [],
    visionOne: {
      accessProven: true,
      async post({ items }) {
        await new Promise((resolve) => setImmediate(resolve));
        const bytes = items.reduce((sum, { json: text }) => sum + text.length, 0);
        if (bytes < 987) return { act: 'items', items: items.map(() => ({ kind: 'done' })) };
        refused++;
        return { act: 'divide', because: 'too_large', error: { status: 413 } };
      },
    } as Pick<VisionOne, 'post' | 'accessProven'> as SendJob<string>['visionOne'],
    settle: () => {},
  });
  // The requests that were in flight first.
  expect(refused).toBe(CONCURRENCY);
});

describe('a service that judges objects by their value', () => {
  const accepted = (values: number[]): PostAnswer => ({
    act: 'items',
    items: values.map(() => ({ kind: 'done' })),
  });

  /** Sends the numbers below `count` in chunks of 8. */
  async function sentTo(
    count: number,
    judge: (values: number[]) => PostAnswer,
    { accessProven = true, maxItems = 8 } = {},
  ) {
    const sizes: number[] = [];
    const outcomes = new Map<number, string>();
    let givenUp = 0;
    await sendObjects({
      objects: Array.from({ length: count }, (_, index) => index),
      payload: (value) => value,
      path: '/list',
      maxItems,
      doneStatuses: [],
      visionOne: {
        accessProven,
        async post({ items }) {
          const values = items.map(({ json: text }) => JSON.parse(text) as number);
          sizes.push(values.length);
          await new Promise((resolve) => setImmediate(resolve));
          return judge(values);
        },
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

  it('one bad object in each of the first chunks does not make later chunks smaller', async () => {
    const failed: PostAnswer = {
      act: 'retry',
      smaller: 'likely',
      reason: FAILED,
      message: 'HTTP 504',
    };
    const bad = [3, 11, 19, 27];
    const { sizes, done, unsent } = await sentTo(80, (values) =>
      values.some((value) => bad.includes(value)) ? failed : accepted(values),
    );
    expect({ done, unsent }).toEqual({ done: 76, unsent: 4 });
    expect(sizes.filter((size) => size === 8)).toHaveLength(10);
  });

  it('any number of objects can be refused alone if others are accepted in between', async () => {
    const refused: PostAnswer = { act: 'divide', because: 'refused', error: { status: 400 } };
    const { done, rejected } = await sentTo(3_000, (values) =>
      values.some((value) => value % 2 === 1) ? refused : accepted(values),
    );
    expect({ done, rejected }).toEqual({ done: 1_500, rejected: 1_500 });
  });

  const refusedByStatus = (isOwn: boolean): PostAnswer => ({
    act: 'forbidden',
    status: 403,
    isOwn,
    message: 'HTTP 403',
    advice: 'look',
  });

  it('an object that is forbidden before any answer means no access, unless it is the only object', async () => {
    const forbidden = refusedByStatus(false);
    const refused: PostAnswer = { act: 'divide', because: 'refused', error: { status: 400 } };
    const settings = { accessProven: false };
    expect(await sentTo(1, () => forbidden, settings)).toMatchObject({ rejected: 1 });
    const judge = ([value]: number[]) => (value === 0 ? forbidden : refused);
    expect(await sentTo(2, judge, { ...settings, maxItems: 1 })).toMatchObject({
      ...{ rejected: 1, unsent: 1, givenUp: 1 },
    });
  });

  it.each<[string, PostAnswer]>([
    ['a 400', { act: 'divide', because: 'refused', error: { status: 400 } }],
    ['a full list', { act: 'list_full', message: 'full' }],
  ])(
    '%s as the answer to the access check ends it, and forbidden objects are rejected',
    async (_, answer) => {
      let proofs = 0;
      const judge = ([value]: number[]): PostAnswer => {
        if (value !== 0) return refusedByStatus(true);
        if (proofs > 3) throw new Error('the access check does not end');
        return proofs++ === 0 ? accepted([0]) : answer;
      };
      expect(await sentTo(25, judge, { maxItems: 1 })).toMatchObject({
        ...{ done: 1, rejected: 24, givenUp: 0 },
      });
    },
  );

  it('a forbidden object is not the reason of the rest if the list is full', async () => {
    const full: PostAnswer = { act: 'list_full', message: 'full' };
    const judge = ([value]: number[]) => (value === 0 ? refusedByStatus(false) : full);
    const settings = { accessProven: false, maxItems: 1 };
    expect(await sentTo(3, judge, settings)).toMatchObject({ unsent: 3, givenUp: 0 });
  });

  it('any number of objects can be forbidden alone if others are accepted in between', async () => {
    const forbidden = refusedByStatus(true);
    const { done, rejected } = await sentTo(200, (values) =>
      values.some((value) => value % 2 === 1) ? forbidden : accepted(values),
    );
    expect({ done, rejected }).toEqual({ done: 100, rejected: 100 });
  });
});
