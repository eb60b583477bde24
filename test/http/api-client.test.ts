/** The owner of waiting by itself: scripted answers, a clock that moves only while somebody sleeps. */
import { describe, expect, it } from 'vitest';
import { ANSWER_TIMEOUT_MS, Service } from '../../src/http/api-client.js';
import { covered } from '../../src/http/rate-gate.js';
import type { Outcome, Request, Transport } from '../../src/http/transport.js';
import type { ExchangeRecord } from '../../src/result/exchange-record.js';
import { virtualClock } from '../sandbox/clock.js';

const REQUEST: Request = {
  method: 'POST',
  url: new URL('https://v1.example/list?token=secret'),
  headers: {},
};
const answer = (status: number, headers: Record<string, string> = {}): Outcome => ({
  kind: 'answer',
  status,
  headers,
  text: '[]',
});
const broken: Outcome = {
  kind: 'broken',
  cause: 'reset',
  message: 'the connection was broken off',
};
const timeout: Outcome = { kind: 'broken', cause: 'timeout', message: 'no answer' };

interface Sent {
  at: number;
  timeoutMs: number;
}

interface WorldOptions {
  /** Milliseconds until the answer, or the same for request `n`. */
  tookMs?: number | ((n: number) => number);
  deadlineMs?: number;
  answerTimeoutMs?: number;
}

/** A service behind a transport that answers request `n` as told, after so many milliseconds. */
function world(
  reply: (n: number, now: number) => Outcome,
  { tookMs = 100, deadlineMs = 15 * 60_000, answerTimeoutMs }: WorldOptions = {},
) {
  const clock = virtualClock(0);
  const sent: Sent[] = [];
  const records: ExchangeRecord[] = [];
  const waits: number[] = [];
  const [stopping, breaking] = [new AbortController(), new AbortController()];
  let open = 0;
  let mostOpen = 0;
  const transport: Transport = {
    async send(_, timeoutMs) {
      const n = sent.push({ at: clock.now(), timeoutMs }) - 1;
      mostOpen = Math.max(mostOpen, ++open);
      await clock.delay(typeof tookMs === 'number' ? tookMs : tookMs(n));
      open--;
      return reply(n, clock.now());
    },
    close() {},
  };
  const service = new Service(
    'Vision One',
    transport,
    {
      now: clock.now,
      wallNow: clock.now,
      random: () => 0.5,
      sleep: (ms, signal) => clock.sleep(ms, signal).catch(() => {}),
    },
    {
      deadline: deadlineMs,
      stopping: stopping.signal,
      breaking: breaking.signal,
      answerTimeoutMs,
    },
    {
      exchanged: (record) => records.push(record),
      waiting: (_service, _reason, untilMs) => waits.push(untilMs),
    },
  );
  /** A worker that goes on until it is answered or everything is given up. */
  const worker = async (endpoint = 'POST /list') => {
    for (let retry = false; ; retry = true) {
      const exchange = await service.exchange(endpoint, REQUEST, retry);
      if (exchange.act === 'again') continue;
      if (exchange.act === 'use') service.useful(endpoint);
      return exchange;
    }
  };
  const workers = (count: number) => Promise.all(Array.from({ length: count }, () => worker()));
  return {
    ...{ clock, service, sent, records, waits, stopping, breaking, worker, workers },
    mostOpen: () => mostOpen,
  };
}

const acts = (exchanges: { act: string }[]) => exchanges.map(({ act }) => act);

describe('a 429', () => {
  it('is waited for once by all workers, and counted once', async () => {
    const { workers, service, sent } = world((n) =>
      answer(n < 4 ? 429 : 200, n < 4 ? { 'retry-after': '30' } : {}),
    );
    expect(acts(await workers(4))).toEqual(['use', 'use', 'use', 'use']);
    expect(service.requests).toEqual({ sent: 8, retries: 4 });
    expect(covered(service.waits)).toBe(30_000);
    expect(sent.slice(4).every(({ at }) => at >= 30_100)).toBe(true);
  });

  it('at one endpoint leaves the others alone', async () => {
    const { worker, sent } = world((n) =>
      n === 0 ? answer(429, { 'retry-after': '30' }) : answer(200),
    );
    const first = worker('POST /a');
    await worker('POST /b');
    expect(sent.map(({ at }) => at)).toEqual([0, 0]);
    expect((await first).act).toBe('use');
  });

  it('later with a shorter time does not shorten a pause', async () => {
    const { workers, sent } = world((n) =>
      n < 2 ? answer(429, { 'retry-after': n === 0 ? '50' : '5' }) : answer(200),
    );
    await workers(2);
    expect(sent[2]?.at).toBe(50_100);
  });
});

describe('after failures', () => {
  it('one request at a time finds out whether they are over, and then all go on', async () => {
    const { workers, sent, mostOpen } = world((n) => (n < 7 ? answer(503) : answer(200)));
    expect(acts(await workers(4))).toEqual(['use', 'use', 'use', 'use']);
    expect(mostOpen()).toBe(4);
    // Four at once, then one by one until the eighth is answered; the other three follow together.
    const alone = sent.slice(4, 8).map(({ at }) => at);
    expect(new Set(alone).size).toBe(4);
    expect(new Set(sent.slice(8).map(({ at }) => at)).size).toBe(1);
  });

  it('those that were under way together count as one failure, not as four', async () => {
    const { workers, sent } = world((n) => (n < 4 ? broken : answer(200)));
    await workers(4);
    expect(sent[4]?.at).toBe(100 + 375);
  });

  it('a service is given up after 60 s without a useful answer, and the reason stays for all', async () => {
    const { workers, clock, service } = world(() => answer(503), { tookMs: 10 });
    const ended = await workers(4);
    expect(acts(ended)).toEqual(['give_up', 'give_up', 'give_up', 'give_up']);
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now()).toBeLessThan(61_000);
    expect(service.ended).toEqual({
      reason: 'service_unavailable',
      message: 'POST https://v1.example/list: HTTP 503',
    });
  });

  it('useless answers count as an outage as failures do, in few requests', async () => {
    const { service, clock, sent } = world(() => answer(200), { tookMs: 10 });
    for (let n = 1; ; n++) {
      const exchange = await service.exchange('POST /list', REQUEST);
      if (exchange.act === 'give_up') break;
      expect(service.useless('POST /list', 'no_answer', 1, 'nothing').act).toMatch(/again|give_up/);
      expect(n).toBeLessThan(20);
    }
    expect(clock.now()).toBeLessThan(61_000);
    expect(sent.length).toBeLessThan(15);
  });

  it('an outage is counted from its first request, however long no request was made before', async () => {
    let isDown = false;
    const { worker, clock, sent } = world(() => answer(isDown ? 503 : 200));
    await worker();
    clock.advance(10 * 60_000);
    isDown = true;
    expect((await worker()).act).toBe('give_up');
    expect(clock.now()).toBeGreaterThan(11 * 60_000 - 1_000);
    // A last try may take as long as any other.
    expect(sent.at(-1)?.timeoutMs).toBe(ANSWER_TIMEOUT_MS);
  });

  it('a service that never answers is tried three times, however long each try takes', async () => {
    const { worker, sent, clock } = world(() => timeout, { tookMs: ANSWER_TIMEOUT_MS });
    expect((await worker()).act).toBe('give_up');
    expect(sent).toHaveLength(3);
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual(Array(3).fill(ANSWER_TIMEOUT_MS));
    expect(clock.now()).toBeLessThan(3 * ANSWER_TIMEOUT_MS + 5_000);
  });

  it('four that fail together are one try: the next failure waits as a second one does', async () => {
    const { workers, sent } = world((n) => (n < 5 ? broken : answer(200)));
    await workers(4);
    expect((sent[5]?.at ?? 0) - (sent[4]?.at ?? 0)).toBe(100 + 750);
  });

  it('four that time out together are one of the three tries', async () => {
    const { workers } = world((n) => (n < 5 ? timeout : answer(200)), {
      tookMs: ANSWER_TIMEOUT_MS,
    });
    // Four at once, and one more, are two tries; the third succeeds.
    expect(acts(await workers(4))).toEqual(['use', 'use', 'use', 'use']);
  });

  it('a success in between begins a new outage, which has three tries of its own', async () => {
    const { worker, sent } = world((n) => (n === 2 ? answer(200) : timeout), {
      tookMs: ANSWER_TIMEOUT_MS,
    });
    expect((await worker()).act).toBe('use');
    expect((await worker()).act).toBe('give_up');
    expect(sent).toHaveLength(3 + 3);
  });

  it('an outage of a request in flight is counted from the last useful answer', async () => {
    // Another worker is answered while the first request waits in vain.
    const { workers, sent } = world((n) => (n === 1 ? answer(200) : timeout), {
      tookMs: (n) => (n === 1 ? 100 : ANSWER_TIMEOUT_MS),
    });
    expect(acts(await workers(2))).toEqual(['give_up', 'use']);
    expect(sent).toHaveLength(1 + 3);
  });

  it('useless answers that came together count as one, for the wait and for the tries', async () => {
    const { service, sent } = world(() => answer(200));
    const useless = async () => {
      await service.exchange('POST /list', REQUEST);
      return service.useless('POST /list', 'no_answer', 1, 'nothing');
    };
    await Promise.all(Array.from({ length: 4 }, useless));
    await useless();
    await useless();
    expect(sent.slice(4).map(({ at }) => at)).toEqual([100 + 375, 100 + 375 + 100 + 750]);
  });

  it('a service whose answers are useless is tried three times, however long each try takes', async () => {
    const { service, sent } = world(() => answer(200), { tookMs: 45_000 });
    let act = '';
    while (act !== 'give_up') {
      await service.exchange('POST /list', REQUEST);
      act = service.useless('POST /list', 'no_answer', 1, 'nothing').act;
    }
    expect(sent).toHaveLength(3);
  });

  it('what is smaller than what failed does not wait for its back-off', async () => {
    const { service, sent } = world((n) => (n < 5 ? broken : answer(200)));
    for (let n = 0; n < 4; n++) await service.exchange('POST /list', REQUEST, n > 0);
    service.dropBackoff('POST /list');
    await service.exchange('POST /list', REQUEST, true);
    expect((sent[4]?.at ?? 0) - (sent[3]?.at ?? 0)).toBe(100);
    // And its own back-off begins anew.
    await service.exchange('POST /list', REQUEST, true);
    expect((sent[5]?.at ?? 0) - (sent[4]?.at ?? 0)).toBe(100 + 750);
  });

  it('a pause that the service requested is not dropped', async () => {
    const { service, sent } = world((n) =>
      n === 0 ? answer(503, { 'retry-after': '20' }) : answer(200),
    );
    await service.exchange('POST /list', REQUEST);
    service.dropBackoff('POST /list');
    await service.exchange('POST /list', REQUEST, true);
    expect(sent[1]?.at).toBe(20_100);
  });

  it('a pause that the service requested is no part of an outage', async () => {
    const { worker } = world((n, now) => {
      if (n === 0) return answer(429, { 'retry-after': '60' });
      return now < 100_000 ? broken : answer(200);
    });
    expect((await worker()).act).toBe('use');
  });

  it('a pause that was asked for is no silence, even where a useful answer falls into it', async () => {
    const { workers, service } = world((n, now) => {
      if (n === 0) return answer(429, { 'retry-after': '60' });
      if (n === 1) return answer(200);
      return now < 100_000 ? answer(503) : answer(200);
    });
    expect(acts(await workers(2))).toEqual(['use', 'use']);
    expect(service.ended).toBeUndefined();
  });
});

describe('a service that says how many requests are left', () => {
  const paced = (remaining: number) => ({
    'ratelimit-limit': '100',
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': '20',
  });

  it('is not paused for again after a 429, which has its own pause', async () => {
    const { worker, sent } = world((n) =>
      n === 0 ? answer(429, { ...paced(0), 'retry-after': '3' }) : answer(200),
    );
    await worker();
    expect(sent[1]?.at).toBe(3_100);
  });

  it('is paused for when none is left, until the reset', async () => {
    const { worker, sent, service } = world((n) => answer(200, paced(n === 0 ? 0 : 50)));
    await worker();
    await worker();
    expect(sent.map(({ at }) => at)).toEqual([0, 20_100]);
    expect(covered(service.waits)).toBe(20_000);
  });

  it('is paused for when those in flight will take all that is left', async () => {
    const { workers, worker, sent } = world(() => answer(200, paced(2)));
    await workers(3);
    await worker();
    expect(sent[3]?.at).toBe(20_100);
  });

  it('is paused for after a failure too, also if a smaller request follows', async () => {
    const { service, sent } = world((n) => answer(n === 0 ? 504 : 200, paced(n === 0 ? 0 : 50)));
    await service.exchange('POST /list', REQUEST);
    service.dropBackoff('POST /list');
    await service.exchange('POST /list', REQUEST, true);
    expect(sent[1]?.at).toBe(20_100);
  });

  it('is paused for without giving it up, if it fails before the pause and after it', async () => {
    const limit = { 'ratelimit-remaining': '0', 'ratelimit-reset': '60' };
    const { workers } = world(
      (n, now) => (n === 0 ? answer(200, limit) : now < 100_000 ? broken : answer(200)),
      // The second worker's first request fails after the answer that asks for the pause.
      { tookMs: (n) => (n === 1 ? 200 : 100) },
    );
    expect(acts(await workers(2))).toEqual(['use', 'use']);
  });

  it('spreads its minute where it names no reset', async () => {
    const headers = { 'ratelimit-limit': '60', 'ratelimit-remaining': '0' };
    const { worker, sent } = world(() => answer(200, headers));
    await worker();
    await worker();
    expect(sent[1]?.at).toBe(1_100);
  });

  it.each([
    { 'ratelimit-remaining': 'none' },
    { 'ratelimit-remaining': '5' },
    { 'ratelimit-limit': '1' },
    {},
  ])('is not paused for with %j', async (headers: Record<string, string>) => {
    const { worker, sent } = world(() => answer(200, headers));
    await worker();
    await worker();
    expect(sent[1]?.at).toBe(100);
  });

  it('is never paused for longer than a minute, nor beyond the deadline', async () => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' };
    const long = world(() => answer(200, headers));
    await long.worker();
    await long.worker();
    expect(long.sent[1]?.at).toBe(60_100);
    const short = world(() => answer(200, headers), { deadlineMs: 30_000 });
    await short.worker();
    expect((await short.worker()).act).toBe('use');
  });
});

describe('the end', () => {
  it('of a request comes after 65 s, so that the 504 that Trend sends after 60 s arrives', async () => {
    const { worker, sent } = world(() => answer(200));
    await worker();
    expect(sent[0]?.timeoutMs).toBe(65_000);
  });

  it('of a request comes sooner if the caller allows less', async () => {
    const { worker, sent } = world(() => answer(200), { answerTimeoutMs: 15_000 });
    await worker();
    expect(sent[0]?.timeoutMs).toBe(15_000);
  });

  it('comes for all workers if the machine slept until after the deadline', async () => {
    const { workers, clock, sent } = world(() => answer(503));
    void clock.delay(200).then(() => clock.advance(20 * 60_000));
    const ended = await workers(3);
    expect(ended).toEqual(
      Array(3).fill(expect.objectContaining({ act: 'give_up', reason: 'time_limit' })),
    );
    expect(sent).toHaveLength(3);
  });

  it('no request begins after the deadline, and none may last beyond it', async () => {
    const { worker, sent, clock } = world(() => answer(200), { deadlineMs: 5_000 });
    await worker();
    expect(sent[0]?.timeoutMs).toBe(5_000);
    clock.advance(5_000);
    expect(await worker()).toMatchObject({ act: 'give_up', reason: 'time_limit' });
    expect(sent).toHaveLength(1);
  });

  it('a wait that would end at the deadline does not begin', async () => {
    const { worker, clock } = world(() => answer(429, { 'retry-after': '60' }), {
      deadlineMs: 60_000,
    });
    expect(await worker()).toMatchObject({ act: 'give_up', reason: 'rate_limited' });
    expect(clock.now()).toBe(100);
  });

  it('being stopped ends a wait at once, and what was waited for is counted', async () => {
    const { workers, clock, stopping, sent, service } = world(() =>
      answer(429, { 'retry-after': '600' }),
    );
    void clock.delay(10_000).then(() => stopping.abort());
    const ended = await workers(4);
    expect(ended.map((exchange) => 'reason' in exchange && exchange.reason)).toEqual(
      Array.from({ length: 4 }, () => 'interrupted'),
    );
    expect(sent).toHaveLength(4);
    expect(clock.now()).toBe(10_000);
    expect(covered(service.waits)).toBe(9_900);
  });

  it('a service that is given up ends the waits of all its workers at once', async () => {
    const { workers, service, clock } = world((n) =>
      n === 0 ? answer(429, { 'retry-after': '300' }) : answer(401),
    );
    const refusing = workers(1);
    const exchange = await service.exchange('POST /list', REQUEST);
    expect(exchange.act).toBe('refused');
    service.giveUp('no_access', 'the key is wrong');
    expect(await refusing).toEqual([
      { act: 'give_up', reason: 'no_access', message: 'the key is wrong' },
    ]);
    expect(clock.now()).toBe(100);
  });

  it('what was given up stays given up, without another request', async () => {
    const { service, worker, sent } = world(() => answer(200));
    service.giveUp('no_access', 'the key is wrong');
    service.giveUp('interrupted', 'later');
    expect(await worker()).toEqual({
      act: 'give_up',
      reason: 'no_access',
      message: 'the key is wrong',
    });
    expect(sent).toEqual([]);
  });
});

it('an answer that cannot be read is asked for four times in all', async () => {
  const { service, sent } = world(() => answer(200));
  const unreadable = () => ({ unreadable: 'no JSON' });
  expect(await service.persist('GET /list', REQUEST, unreadable)).toEqual({
    act: 'unreadable',
    message: 'POST https://v1.example/list: HTTP 200 with no JSON',
  });
  expect(sent).toHaveLength(4);
});

it('a request that only reads is not one that may have been carried out', async () => {
  const { service } = world(() => broken);
  await service.exchange('GET /list', { ...REQUEST, method: 'GET' });
  expect(service.effectivePosts).toBe(0);
  await service.exchange('POST /list', REQUEST);
  expect(service.effectivePosts).toBe(1);
});

it('each exchange is told of without its query, with what was waited before it and why', async () => {
  const { worker, records } = world((n) =>
    n === 0 ? answer(429, { 'retry-after': '3' }) : answer(200),
  );
  await worker();
  expect(records).toEqual([
    expect.objectContaining({
      path: '/list',
      status: 429,
      waited_ms: 0,
      retry: false,
      took_ms: 100,
    }),
    expect.objectContaining({
      status: 200,
      waited_ms: 3_000,
      why_waited: 'rate_limited',
      retry: true,
    }),
  ]);
  expect(JSON.stringify(records)).not.toContain('secret');
});

it('time that several wait side by side is counted once', () => {
  const stretches = [
    { from: 5, to: 10 },
    { from: 0, to: 12 },
    { from: 20, to: 30 },
    { from: 25, to: 26 },
  ];
  expect(covered(stretches)).toBe(22);
  expect(covered([])).toBe(0);
});
