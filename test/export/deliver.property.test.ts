/** What holds of a delivery for any sequence of answers, held against a fake that keeps a list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ALONE_TRIES,
  CONCURRENCY,
  type Delivery,
  deliver,
  type Settled,
} from '../../src/export/deliver.js';
import type { Reason, SmallerHelps } from '../../src/http/retry.js';
import type { Waited } from '../../src/http/service.js';
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
  | { kind: 'give_up'; reason: Reason };

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

  dropBackoff(): void {}

  giveUp(reason: Reason, message: string): Extract<Posted, { act: 'give_up' }> {
    this.#given ??= { act: 'give_up', reason, message };
    return this.#given;
  }

  useless(_path: string, reason: Reason): Waited {
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

const reason = fc.constantFrom<Reason>('rate_limited', 'no_access', 'time_limit', 'interrupted');
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
