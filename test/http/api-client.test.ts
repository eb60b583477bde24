/** The API client with scripted answers and a virtual clock. */
import { describe, expect, it } from 'vitest';
import { ANSWER_TIMEOUT_MS, ApiClient } from '../../src/http/api-client.js';
import { covered } from '../../src/http/rate-gate.js';
import type { Request, Transport, TransportResult } from '../../src/http/transport.js';
import type { ExchangeRecord } from '../../src/result/exchange-record.js';
import { virtualClock } from '../sandbox/clock.js';

const REQUEST: Request = {
  method: 'POST',
  url: new URL('https://v1.example/list?token=secret'),
  headers: {},
};
const answer = (status: number, headers: Record<string, string> = {}): TransportResult => ({
  kind: 'answer',
  status,
  headers,
  text: '[]',
});
const broken: TransportResult = {
  kind: 'broken',
  cause: 'reset',
  message: 'the connection was closed',
};
const timeout: TransportResult = { kind: 'broken', cause: 'timeout', message: 'no answer' };

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

/** A client whose transport returns `reply(n)` for request `n`, after so many milliseconds. */
function world(
  reply: (n: number, now: number) => TransportResult,
  { tookMs = 100, deadlineMs = 15 * 60_000, answerTimeoutMs }: WorldOptions = {},
) {
  const clock = virtualClock(0);
  const sent: Sent[] = [];
  const records: ExchangeRecord[] = [];
  const waits: number[] = [];
  const [stopping, aborting] = [new AbortController(), new AbortController()];
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
  const client = new ApiClient(
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
      aborting: aborting.signal,
      answerTimeoutMs,
    },
    {
      exchanged: (record) => records.push(record),
      waiting: (_service, _reason, untilMs) => waits.push(untilMs),
    },
  );
  /** Sends a request until it is answered or the service is given up. */
  const worker = async (endpoint = 'POST /list') => {
    for (let retry = false; ; retry = true) {
      const exchange = await client.exchange(endpoint, REQUEST, retry);
      if (exchange.act === 'retry') continue;
      if (exchange.act === 'read') client.recordSuccess(endpoint);
      return exchange;
    }
  };
  const workers = (count: number) => Promise.all(Array.from({ length: count }, () => worker()));
  return {
    ...{ clock, client, sent, records, waits, stopping, aborting, worker, workers },
    mostOpen: () => mostOpen,
  };
}

const acts = (exchanges: { act: string }[]) => exchanges.map(({ act }) => act);

describe('a 429', () => {
  it('after a 429 all workers wait once, and the wait is counted once', async () => {
    const { workers, client, sent } = world((n) =>
      answer(n < 4 ? 429 : 200, n < 4 ? { 'retry-after': '30' } : {}),
    );
    expect(acts(await workers(4))).toEqual(['read', 'read', 'read', 'read']);
    expect(client.requests).toEqual({ sent: 8, retries: 4 });
    expect(covered(client.waits)).toBe(30_000);
    expect(sent.slice(4).every(({ at }) => at >= 30_100)).toBe(true);
  });

  it('a 429 at one endpoint does not delay requests to another one', async () => {
    const { worker, sent } = world((n) =>
      n === 0 ? answer(429, { 'retry-after': '30' }) : answer(200),
    );
    const first = worker('POST /a');
    await worker('POST /b');
    expect(sent.map(({ at }) => at)).toEqual([0, 0]);
    expect((await first).act).toBe('read');
  });

  it('a later 429 with a shorter Retry-After does not shorten the wait', async () => {
    const { workers, sent } = world((n) =>
      n < 2 ? answer(429, { 'retry-after': n === 0 ? '50' : '5' }) : answer(200),
    );
    await workers(2);
    expect(sent[2]?.at).toBe(50_100);
  });
});

describe('after failures', () => {
  it('after failures only one request is sent at a time, until one succeeds', async () => {
    const { workers, sent, mostOpen } = world((n) => (n < 7 ? answer(503) : answer(200)));
    expect(acts(await workers(4))).toEqual(['read', 'read', 'read', 'read']);
    expect(mostOpen()).toBe(4);
    // Four at once, then one by one until the eighth is answered; the other three follow together.
    const alone = sent.slice(4, 8).map(({ at }) => at);
    expect(new Set(alone).size).toBe(4);
    expect(new Set(sent.slice(8).map(({ at }) => at)).size).toBe(1);
  });

  it('failures of requests that overlapped count as one failure', async () => {
    const { workers, sent } = world((n) => (n < 4 ? broken : answer(200)));
    await workers(4);
    expect(sent[4]?.at).toBe(100 + 375);
  });

  it('a service is given up after 60 s without success, with the same reason for all workers', async () => {
    const { workers, clock, client } = world(() => answer(503), { tookMs: 10 });
    const ended = await workers(4);
    expect(acts(ended)).toEqual(['give_up', 'give_up', 'give_up', 'give_up']);
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now()).toBeLessThan(61_000);
    expect(client.ended).toEqual({
      reason: 'service_unavailable',
      message: 'POST https://v1.example/list: HTTP 503',
      last: answer(503),
    });
  });

  it('recorded failures count as an outage, in few requests', async () => {
    const { client, clock, sent } = world(() => answer(200), { tookMs: 10 });
    for (let n = 1; ; n++) {
      const exchange = await client.exchange('POST /list', REQUEST);
      if (exchange.act === 'give_up') break;
      expect(client.recordFailure('POST /list', 'no_answer', 1, 'nothing').act).toMatch(
        /retry|give_up/,
      );
      expect(n).toBeLessThan(20);
    }
    expect(clock.now()).toBeLessThan(61_000);
    expect(sent.length).toBeLessThan(15);
  });

  it('an outage is measured from its first request and not from the last one before it', async () => {
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

  it('a service that never answers gets three requests, however long each of them takes', async () => {
    const { worker, sent, clock } = world(() => timeout, { tookMs: ANSWER_TIMEOUT_MS });
    expect((await worker()).act).toBe('give_up');
    expect(sent).toHaveLength(3);
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual(Array(3).fill(ANSWER_TIMEOUT_MS));
    expect(clock.now()).toBeLessThan(3 * ANSWER_TIMEOUT_MS + 5_000);
  });

  it('after four requests that failed together, the next failure has the delay of a second failure', async () => {
    const { workers, sent } = world((n) => (n < 5 ? broken : answer(200)));
    await workers(4);
    expect((sent[5]?.at ?? 0) - (sent[4]?.at ?? 0)).toBe(100 + 750);
  });

  it('four requests that time out together count as one of the three failures', async () => {
    const { workers } = world((n) => (n < 5 ? timeout : answer(200)), {
      tookMs: ANSWER_TIMEOUT_MS,
    });
    // Four at once, and one more, are two tries; the third succeeds.
    expect(acts(await workers(4))).toEqual(['read', 'read', 'read', 'read']);
  });

  it('an outage after a success has three failures of its own', async () => {
    const { worker, sent } = world((n) => (n === 2 ? answer(200) : timeout), {
      tookMs: ANSWER_TIMEOUT_MS,
    });
    expect((await worker()).act).toBe('read');
    expect((await worker()).act).toBe('give_up');
    expect(sent).toHaveLength(3 + 3);
  });

  it('an outage of a request in flight is measured from the last success', async () => {
    // Another worker is answered while the first request waits.
    const { workers, sent } = world((n) => (n === 1 ? answer(200) : timeout), {
      tookMs: (n) => (n === 1 ? 100 : ANSWER_TIMEOUT_MS),
    });
    expect(acts(await workers(2))).toEqual(['give_up', 'read']);
    expect(sent).toHaveLength(1 + 3);
  });

  it('recorded failures that overlapped count as one, for the delay and for the outage', async () => {
    const { client, sent } = world(() => answer(200));
    const failOnce = async () => {
      await client.exchange('POST /list', REQUEST);
      return client.recordFailure('POST /list', 'no_answer', 1, 'nothing');
    };
    await Promise.all(Array.from({ length: 4 }, failOnce));
    await failOnce();
    await failOnce();
    expect(sent.slice(4).map(({ at }) => at)).toEqual([100 + 375, 100 + 375 + 100 + 750]);
  });

  it('a service with three recorded failures is given up, however long each answer took', async () => {
    const { client, sent } = world(() => answer(200), { tookMs: 45_000 });
    let act = '';
    while (act !== 'give_up') {
      await client.exchange('POST /list', REQUEST);
      act = client.recordFailure('POST /list', 'no_answer', 1, 'nothing').act;
    }
    expect(sent).toHaveLength(3);
  });

  it('after dropBackoff the next request does not wait for the back-off', async () => {
    const { client, sent } = world((n) => (n < 5 ? broken : answer(200)));
    for (let n = 0; n < 4; n++) await client.exchange('POST /list', REQUEST, n > 0);
    client.dropBackoff('POST /list');
    await client.exchange('POST /list', REQUEST, true);
    expect((sent[4]?.at ?? 0) - (sent[3]?.at ?? 0)).toBe(100);
    // The back-off starts again after its failure.
    await client.exchange('POST /list', REQUEST, true);
    expect((sent[5]?.at ?? 0) - (sent[4]?.at ?? 0)).toBe(100 + 750);
  });

  it('dropBackoff does not end a wait that the service requested', async () => {
    const { client, sent } = world((n) =>
      n === 0 ? answer(503, { 'retry-after': '20' }) : answer(200),
    );
    await client.exchange('POST /list', REQUEST);
    client.dropBackoff('POST /list');
    await client.exchange('POST /list', REQUEST, true);
    expect(sent[1]?.at).toBe(20_100);
  });

  it('a wait that the service requested does not count as outage', async () => {
    const { worker } = world((n, now) => {
      if (n === 0) return answer(429, { 'retry-after': '60' });
      return now < 100_000 ? broken : answer(200);
    });
    expect((await worker()).act).toBe('read');
  });

  it('a requested wait does not count as outage, even if a request succeeds during the wait', async () => {
    const { workers, client } = world((n, now) => {
      if (n === 0) return answer(429, { 'retry-after': '60' });
      if (n === 1) return answer(200);
      return now < 100_000 ? answer(503) : answer(200);
    });
    expect(acts(await workers(2))).toEqual(['read', 'read']);
    expect(client.ended).toBeUndefined();
  });
});

describe('RateLimit headers', () => {
  const paced = (remaining: number) => ({
    'ratelimit-limit': '100',
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': '20',
  });

  it('a 429 with Retry-After and RateLimit headers causes one wait, that of Retry-After', async () => {
    const { worker, sent } = world((n) =>
      n === 0 ? answer(429, { ...paced(0), 'retry-after': '3' }) : answer(200),
    );
    await worker();
    expect(sent[1]?.at).toBe(3_100);
  });

  it('if no request remains, the next one waits until the reset', async () => {
    const { worker, sent, client } = world((n) => answer(200, paced(n === 0 ? 0 : 50)));
    await worker();
    await worker();
    expect(sent.map(({ at }) => at)).toEqual([0, 20_100]);
    expect(covered(client.waits)).toBe(20_000);
  });

  it('requests in flight are subtracted from the remaining requests', async () => {
    const { workers, worker, sent } = world(() => answer(200, paced(2)));
    await workers(3);
    await worker();
    expect(sent[3]?.at).toBe(20_100);
  });

  it('RateLimit headers of a failure cause a wait, even before a smaller request', async () => {
    const { client, sent } = world((n) => answer(n === 0 ? 504 : 200, paced(n === 0 ? 0 : 50)));
    await client.exchange('POST /list', REQUEST);
    client.dropBackoff('POST /list');
    await client.exchange('POST /list', REQUEST, true);
    expect(sent[1]?.at).toBe(20_100);
  });

  it('failures before and after a RateLimit wait do not give the service up', async () => {
    const limit = { 'ratelimit-remaining': '0', 'ratelimit-reset': '60' };
    const { workers } = world(
      (n, now) => (n === 0 ? answer(200, limit) : now < 100_000 ? broken : answer(200)),
      // The second worker's first request fails after the answer with the headers.
      { tookMs: (n) => (n === 1 ? 200 : 100) },
    );
    expect(acts(await workers(2))).toEqual(['read', 'read']);
  });

  it('without a reset time, the requests of a minute are spread evenly', async () => {
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
  ])('the headers %j cause no wait', async (headers: Record<string, string>) => {
    const { worker, sent } = world(() => answer(200, headers));
    await worker();
    await worker();
    expect(sent[1]?.at).toBe(100);
  });

  it('a RateLimit wait is at most a minute, and does not exceed the deadline', async () => {
    const headers = { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' };
    const long = world(() => answer(200, headers));
    await long.worker();
    await long.worker();
    expect(long.sent[1]?.at).toBe(60_100);
    const short = world(() => answer(200, headers), { deadlineMs: 30_000 });
    await short.worker();
    expect((await short.worker()).act).toBe('read');
  });
});

describe('the end', () => {
  it('a request has 65 s, so that the 504 that Trend sends after 60 s is received', async () => {
    const { worker, sent } = world(() => answer(200));
    await worker();
    expect(sent[0]?.timeoutMs).toBe(65_000);
  });

  it('a request has less time if the caller sets a shorter limit', async () => {
    const { worker, sent } = world(() => answer(200), { answerTimeoutMs: 15_000 });
    await worker();
    expect(sent[0]?.timeoutMs).toBe(15_000);
  });

  it('all workers end if the machine was suspended until after the deadline', async () => {
    const { workers, clock, sent } = world(() => answer(503));
    void clock.delay(200).then(() => clock.advance(20 * 60_000));
    const ended = await workers(3);
    expect(ended).toEqual(
      Array(3).fill(expect.objectContaining({ act: 'give_up', reason: 'time_limit' })),
    );
    expect(sent).toHaveLength(3);
  });

  it('no request starts after the deadline or lasts longer than it', async () => {
    const { worker, sent, clock } = world(() => answer(200), { deadlineMs: 5_000 });
    await worker();
    expect(sent[0]?.timeoutMs).toBe(5_000);
    clock.advance(5_000);
    expect(await worker()).toMatchObject({ act: 'give_up', reason: 'time_limit' });
    expect(sent).toHaveLength(1);
  });

  it('a wait that would end at the deadline is not started', async () => {
    const { worker, clock } = world(() => answer(429, { 'retry-after': '60' }), {
      deadlineMs: 60_000,
    });
    expect(await worker()).toMatchObject({ act: 'give_up', reason: 'rate_limited' });
    expect(clock.now()).toBe(100);
  });

  it('the stopping signal ends a wait at once, and the time waited is counted', async () => {
    const { workers, clock, stopping, sent, client } = world(() =>
      answer(429, { 'retry-after': '600' }),
    );
    void clock.delay(10_000).then(() => stopping.abort());
    const ended = await workers(4);
    expect(ended.map((exchange) => 'reason' in exchange && exchange.reason)).toEqual(
      Array.from({ length: 4 }, () => 'interrupted'),
    );
    expect(sent).toHaveLength(4);
    expect(clock.now()).toBe(10_000);
    expect(covered(client.waits)).toBe(9_900);
  });

  it('if a service is given up, the waits of all its workers end at once', async () => {
    const { workers, client, clock } = world((n) =>
      n === 0 ? answer(429, { 'retry-after': '300' }) : answer(401),
    );
    const refusing = workers(1);
    const exchange = await client.exchange('POST /list', REQUEST);
    expect(exchange.act).toBe('refused');
    client.giveUp('no_access', 'the key is wrong');
    expect(await refusing).toEqual([
      { act: 'give_up', reason: 'no_access', message: 'the key is wrong' },
    ]);
    expect(clock.now()).toBe(100);
  });

  it('after giveUp no request is sent, and the first reason is kept', async () => {
    const { client, worker, sent } = world(() => answer(200));
    client.giveUp('no_access', 'the key is wrong');
    client.giveUp('interrupted', 'later');
    expect(await worker()).toEqual({
      act: 'give_up',
      reason: 'no_access',
      message: 'the key is wrong',
    });
    expect(sent).toEqual([]);
  });
});

it('a request whose answer cannot be read is sent four times', async () => {
  const { client, sent } = world(() => answer(200));
  const unreadable = () => ({ unreadable: 'no JSON' });
  expect(await client.read('GET /list', REQUEST, unreadable)).toEqual({
    act: 'unreadable',
    message: 'POST https://v1.example/list: HTTP 200 with no JSON',
  });
  expect(sent).toHaveLength(4);
});

it('only POST requests count as possibly carried out', async () => {
  const { client } = world(() => broken);
  await client.exchange('GET /list', { ...REQUEST, method: 'GET' });
  expect(client.effectivePosts).toBe(0);
  await client.exchange('POST /list', REQUEST);
  expect(client.effectivePosts).toBe(1);
});

it('each request is recorded without its query, with the wait before it and the reason', async () => {
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

it('the time of waits that overlap is counted once', () => {
  const stretches = [
    { from: 5, to: 10 },
    { from: 0, to: 12 },
    { from: 20, to: 30 },
    { from: 25, to: 26 },
  ];
  expect(covered(stretches)).toBe(22);
  expect(covered([])).toBe(0);
});
