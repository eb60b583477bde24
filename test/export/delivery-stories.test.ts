/** What each answer of Vision One means, told by name: in process, on virtual time. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CONCURRENCY,
  REFUSED_ALONE_LIMIT,
  REFUSED_FROM_THE_START_LIMIT,
} from '../../src/export/send.js';
import type { Fault, Received } from '../sandbox/server.js';
import { paths } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

const POST = `POST ${paths.suspicious}`;
const MINUTE = 60_000;
const busy = { error: { code: 'TooManyRequests', message: 'Too many requests' } };

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const isAdd = ({ method, path }: Received) => method === 'POST' && path === paths.suspicious;
const adds = () => sandbox.visionOne.requests.filter(isAdd);

/** Answers each add by what `fault` says of it; everything else as usual. */
function onAdd(fault: (items: unknown[], n: number) => Fault | undefined): void {
  sandbox.visionOne.faults = (request, n) =>
    isAdd(request) ? fault(request.body as unknown[], n) : undefined;
}

/** Exports so many good indicators. */
const exportMade = (count: number, options?: ExportOptions) =>
  exportTruthfully(sandbox, madeRows(count), options);

const messagesOf = (items: { outcome: string; message?: string }[]) => [
  ...new Set(items.flatMap(({ message }) => message ?? [])),
];

describe('where all is well', () => {
  it('sends ten full chunks for 10,000 objects, and not one request more', async () => {
    const { status, counts, requests } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(adds()).toHaveLength(10);
    expect(requests).toMatchObject({ retries: 0, waited_ms: 0 });
    expect(sandbox.clock.slept).toEqual([]);
  });

  it('sends nothing at all for an empty collection', async () => {
    const { status } = await exportMade(0);
    expect(status).toBe('Completed');
    expect(adds()).toEqual([]);
  });

  it('has at most four requests in flight', async () => {
    onAdd(() => ({ slow: 1_000 }));
    const { counts, took } = await exportMade(10_000);
    expect(counts.accepted).toBe(10_000);
    expect(sandbox.visionOne.maxConcurrent).toBe(4);
    expect(took).toBe(3_000);
  });
});

describe('items that fail inside a 207', () => {
  it('are pooled across chunks: 3 % failing for a while do not cost a request a chunk', async () => {
    onAdd((items, n) => ({
      items: items.flatMap((_, index) =>
        index % 33 === n % 33 ? [{ index, status: 429, code: 'TooManyRequests' }] : [],
      ),
    }));
    const { status, counts, requests } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    // Ten chunks, some 300 items once more, some 9 of those, perhaps one of those.
    expect(adds().length).toBeLessThanOrEqual(14);
    expect(requests.retries).toBe(adds().length - 10);
    expect(requests.waited_ms).toBeGreaterThan(0);
  });

  it.each([429, 500, 503])('with %i alone are sent again', async (status) => {
    onAdd((_, n) => (n === 0 ? { items: [{ index: 3, status, code: 'Busy' }] } : undefined));
    const { counts } = await exportMade(50);
    expect(counts.accepted).toBe(50);
    expect(adds().map(({ body }) => (body as unknown[]).length)).toEqual([50, 1]);
  });

  it('with any other error are rejected in the words of Vision One, the rest stay accepted', async () => {
    const message = 'The value is on the allow list of the vendor.';
    onAdd(() => ({ items: [{ index: 0, status: 403, code: 'AccessDenied', message }] }));
    const { status, counts, items } = await exportMade(50);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 49, rejected: 1, by_reason: { AccessDenied: 1 } });
    const [rejected] = items.filter(({ outcome }) => outcome === 'rejected');
    expect(rejected).toMatchObject({ status: 403, message });
    expect(adds()).toHaveLength(1);
  });

  it.each([
    ['a text', 'Created'],
    ['a list', []],
    ['an error that is a text', { error: 'refused' }],
    ['an error without words', { error: null }],
    ['a code that is a number', { error: { code: 4_000_102, message: null } }],
  ])('with %s where their words should stand are known by their status', async (_, body) => {
    onAdd((items) => ({
      status: 207,
      applied: true,
      body: items.map((_item, index) => ({ status: index === 0 ? 409 : 201, body })),
    }));
    expect(await exportMade(50)).toMatchObject({ status: 'Completed', counts: { accepted: 50 } });
    expect(adds()).toHaveLength(1);
  });

  it('in very many words are told in few', async () => {
    const [code, message] = ['C'.repeat(100_000), 'm'.repeat(100_000)];
    onAdd(() => ({ items: [{ index: 0, status: 403, code, message }] }));
    const { items, counts } = await exportMade(1);
    expect(counts.rejected).toBe(1);
    expect(JSON.stringify(items).length).toBeLessThan(2_000);
  });

  it('with 409 are present, which is as good as accepted', async () => {
    onAdd(() => ({ items: [{ index: 0, status: 409, code: 'Conflict', applied: true }] }));
    expect(await exportMade(50)).toMatchObject({ status: 'Completed', counts: { accepted: 50 } });
    expect(adds()).toHaveLength(1);
  });

  it('for good are given up alone after a minute, and say what Vision One said', async () => {
    const wanted = `"${madeRows(8)[7]?.value}"`;
    onAdd((sent) => ({
      items: sent.flatMap((item, index) =>
        JSON.stringify(item).includes(wanted)
          ? [{ index, status: 500, code: 'InternalServerError', message: 'Something broke.' }]
          : [],
      ),
    }));
    const { status, counts, items, took } = await exportMade(1_500);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 1_499, unsent: 1 });
    expect(items[7]).toMatchObject({ outcome: 'unsent', reason: 'service_unavailable' });
    expect(messagesOf(items)[0]).toMatch(
      /HTTP 500 \(InternalServerError: Something broke\.\), after \d+ tries/,
    );
    expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
    expect(adds().length).toBeLessThan(16);
  });
});

describe('a whole request that is refused', () => {
  it('for 7 poison ones among 3,000 is divided until they stand alone', async () => {
    const poison = new Set([3, 700, 701, 1_500, 2_222, 2_998, 2_999]);
    const values = new Set(madeRows(3_000).flatMap((row, i) => (poison.has(i) ? row.value : [])));
    sandbox.visionOne.poison = (item) =>
      [item['domain'], item['url'], item['ip'], item['fileSha256']].some((value) =>
        values.has(String(value)),
      );
    const { status, counts, items, took } = await exportMade(3_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 2_993, rejected: 7, by_reason: { BadRequest: 7 } });
    expect(messagesOf(items)).toEqual(['One or more items are malformed.']);
    expect(items.flatMap(({ outcome }, i) => (outcome === 'rejected' ? i : []))).toEqual([
      ...poison,
    ]);
    expect(adds().length).toBeLessThanOrEqual(250);
    expect(took).toBe(0);
  });

  it('because the list takes no more stops at once, and is not divided', async () => {
    const message = 'The number of objects exceeds the maximum limit';
    onAdd((_, n) =>
      n < 2 ? undefined : { status: 400, body: { error: { code: 'BadRequest', message } } },
    );
    const { status, counts, items, took } = await exportMade(10_000);
    expect(status).toBe('Incomplete');
    expect(counts.by_reason).toEqual({ list_full: 10_000 - counts.accepted });
    expect(counts.accepted).toBe(2_000);
    expect(messagesOf(items)).toEqual([message]);
    expect(adds().length).toBeLessThanOrEqual(6);
    expect(took).toBe(0);
  });

  it('as too large is divided, and the size that passed is remembered', async () => {
    sandbox.visionOne.maxBytes = 100_000;
    const { status, counts } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    const refused = adds().filter((request) => request.status === 413).length;
    // Four were in flight with the first size; each halving costs no more than that again.
    expect(refused).toBeLessThanOrEqual(8);
    const passed = adds().filter((request) => request.status === 207);
    const bytes = passed.reduce((sum, request) => sum + request.bytes, 0);
    expect(passed.length).toBeLessThan((2 * bytes) / 100_000 + 4);
  });

  it.each([400, 413])(
    'with %i, all from some moment on, ends after 1,000 objects that were refused alone',
    async (status) => {
      onAdd((_items, n) => (n === 0 ? undefined : { status, body: {} }));
      const { counts, items } = await exportMade(10_000);
      expect(counts.accepted).toBe(1_000);
      // Those that were in flight when the limit was reached may come on top.
      expect(counts.rejected).toBeGreaterThanOrEqual(REFUSED_ALONE_LIMIT);
      expect(counts.rejected).toBeLessThan(REFUSED_ALONE_LIMIT + CONCURRENCY);
      expect(counts.by_reason['no_answer']).toBe(9_000 - counts.rejected);
      expect(items.find(({ outcome }) => outcome === 'unsent')).toMatchObject({
        message: expect.stringMatching(
          /refused 1000 objects one by one since it last accepted one/,
        ),
      });
      expect(adds().length).toBeLessThan(4_000);
    },
  );

  it('with 400, all from the start, ends after 200 objects that were refused alone', async () => {
    onAdd(() => ({ status: 400, body: {} }));
    const { counts, items } = await exportMade(3_000);
    expect(counts.rejected).toBeGreaterThanOrEqual(REFUSED_FROM_THE_START_LIMIT);
    expect(counts.rejected).toBeLessThan(REFUSED_FROM_THE_START_LIMIT + CONCURRENCY);
    expect(items.find(({ outcome }) => outcome === 'unsent')).toMatchObject({
      message: expect.stringMatching(/refused 200 objects one by one and accepted none/),
    });
  });

  it('with 400, for one object less than either limit: every object is tried alone', async () => {
    onAdd(() => ({ status: 400, body: {} }));
    const few = await exportMade(REFUSED_FROM_THE_START_LIMIT - 1);
    expect(few.counts.rejected).toBe(REFUSED_FROM_THE_START_LIMIT - 1);
    let isFirst = true;
    onAdd(() => {
      if (!isFirst) return { status: 400, body: {} };
      isFirst = false;
      return undefined;
    });
    // The first chunk of 1,000 is accepted, and then one by one is refused.
    const many = await exportMade(1_000 + REFUSED_ALONE_LIMIT - 1);
    expect(many.counts).toMatchObject({ accepted: 1_000, rejected: REFUSED_ALONE_LIMIT - 1 });
  });

  it('as too large costs no request for a few objects that a cut would leave over', async () => {
    onAdd((items) => (items.length > 300 ? { status: 413 } : undefined));
    const { counts } = await exportMade(1_000);
    expect(counts.accepted).toBe(1_000);
    // The whole, two halves, four quarters.
    expect(adds()).toHaveLength(7);
  });

  it('was answered: failures between refusals do not add up to an outage', async () => {
    onAdd((_items, n) => (n % 2 === 0 ? { status: 503 } : { status: 400, body: {} }));
    const { counts, took } = await exportMade(60);
    expect(counts).toMatchObject({ rejected: 60, unsent: 0 });
    // Each failure is waited for as a first one is.
    expect(took).toBeLessThan(MINUTE);
  });

  it('as too large even alone is rejected', async () => {
    sandbox.visionOne.maxBytes = 60;
    const { counts } = await exportMade(4);
    expect(counts).toMatchObject({ accepted: 0, rejected: 4, by_reason: { http_413: 4 } });
  });
});

describe('nobody knows whether it was carried out', () => {
  const faults: Record<string, Fault> = {
    'a 504 after applying': { status: 504, body: '<html>504</html>', applied: true },
    'a 502 with an HTML page': { status: 502, body: '<html>Bad Gateway</html>' },
    'a connection broken before it was carried out': { reset: 'before' },
    'a connection broken after it was carried out': { reset: 'after' },
    'an answer that breaks off half way': { cut: true },
  };
  it.each(Object.entries(faults))('%s is sent again, and nothing is lost', async (_, fault) => {
    onAdd((_items, n) => (n % 3 === 1 ? fault : undefined));
    const { status, counts, requests } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(sandbox.visionOne.suspicious.size).toBe(10_000);
    expect(requests.retries).toBe(adds().length - 10);
    // A chunk whose answer is a 504 or incomplete is sent again in halves.
    const isHalved = 'cut' in fault || ('status' in fault && fault.status === 504);
    const most = isHalved ? 30 : 16;
    expect(adds().length).toBeLessThanOrEqual(most);
  });
});

describe('an answer that says nothing of any item', () => {
  const faults: Record<string, Fault> = {
    'a 207 with too few entries': { wrongLength: -1 },
    'a 207 with too many entries': { wrongLength: 1 },
    'a body that is no JSON': { garbage: '<html>maintenance</html>' },
    'a body that is something else': { garbage: '{"items":[]}' },
    'an empty 200': { status: 200, body: '' },
    'statuses that are none': { garbage: JSON.stringify(Array(1_000).fill({ status: -1 })) },
    'statuses that are text': { garbage: JSON.stringify(Array(1_000).fill({ status: '201' })) },
  };
  it.each(Object.entries(faults))('%s once is tried again', async (_, fault) => {
    onAdd((_items, n) => (n === 0 ? fault : undefined));
    const { status, counts } = await exportMade(2_500);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(2_500);
    expect(adds()).toHaveLength(4);
  });

  it('because of one object is halved down to it; it alone is no_answer', async () => {
    const wanted = madeRows(1_501)[1_500]?.value ?? '';
    onAdd((items) =>
      JSON.stringify(items).includes(`"${wanted}"`) ? { wrongLength: 1 } : undefined,
    );
    const { status, counts, items } = await exportMade(2_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 1_999, unsent: 1, by_reason: { no_answer: 1 } });
    expect(items[1_500]).toMatchObject({ outcome: 'unsent', reason: 'no_answer' });
    const alone = adds().filter(({ body }) => {
      const sent = body as unknown[];
      return sent.length === 1 && JSON.stringify(sent).includes(`"${wanted}"`);
    });
    // Two tries of its own: the split that left it alone counts as one answer.
    expect(alone).toHaveLength(2);
    expect(adds().length).toBeLessThan(30);
  });

  it.each(Object.entries(faults))(
    '%s for good ends after a minute as no_answer',
    async (_, fault) => {
      onAdd(() => fault);
      const { status, counts, took } = await exportMade(3_000);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 0, by_reason: { no_answer: 3_000 } });
      expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
      expect(adds().length).toBeLessThan(30);
    },
  );
});

describe('a key that Vision One refuses', () => {
  const cases: [number, string, RegExp][] = [
    [401, 'InvalidCredentials', /API Key is complete, not expired, and of the same region.*IPv4/],
    [403, 'AccessDenied', /"View, filter, and search" and "Manage lists .*IPv4/],
    [404, 'NotFound', /Check API Region/],
  ];
  it.each(cases)(
    '%i before anything was accepted fails and says what to check',
    async (status, code, words) => {
      onAdd(() => ({ status, body: { error: { code, message: 'No.' } } }));
      const outcome = await exportMade(10_000);
      expect(outcome.status).toBe('Failed to Complete');
      expect(outcome.error?.message).toMatch(words);
      expect(outcome.error?.message).toContain(`HTTP ${status} (${code}: No.)`);
      expect(outcome.counts).toMatchObject({ accepted: 0, unsent: 10_000 });
      // The four that are in flight, and with 403 the two halves of the first one.
      expect(adds().length).toBeLessThanOrEqual(status === 403 ? 6 : 4);
      expect(outcome.took).toBe(0);
    },
  );

  it('401 in mid-run: what was accepted stays, the key is not tried again', async () => {
    const body = { error: { code: 'InvalidCredentials', message: 'No.' } };
    onAdd((_, n) => (n < 3 ? undefined : { status: 401, body }));
    const outcome = await exportMade(10_000);
    expect(outcome.status).toBe('Incomplete');
    expect(outcome.counts).toMatchObject({ accepted: 3_000, by_reason: { no_access: 7_000 } });
    // Those that were in flight when the first one came back, and none after it.
    expect(adds().length).toBeLessThanOrEqual(3 + 4);
    expect(outcome.took).toBe(0);
  });

  it('407 in mid-run: the proxy lets nothing through, so nothing more is sent', async () => {
    onAdd((_, n) => (n < 3 ? undefined : { status: 407, body: '' }));
    const { status, counts } = await exportMade(10_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 3_000, by_reason: { no_access: 7_000 } });
    expect(adds().length).toBeLessThanOrEqual(3 + 4);
  });

  it.each([
    ['403 of Vision One itself', { status: 403, body: { error: { code: 'AccessDenied' } } }],
    ['404 of Vision One itself', { status: 404, body: { error: { code: 'NotFound' } } }],
    ['a redirect', { redirect: 'https://login.example/' }],
  ] satisfies [string, Fault][])(
    '%s to everything from some moment on ends the run soon, and no object is rejected',
    async (_, fault) => {
      onAdd((_items, n) => (n < 3 ? undefined : fault));
      const outcome = await exportMade(10_000);
      expect(outcome.status).toBe('Incomplete');
      expect(outcome.counts).toMatchObject({ accepted: 3_000, by_reason: { no_access: 7_000 } });
      expect(adds().length).toBeLessThan(80);
      expect(outcome.took).toBe(0);
    },
  );

  it('403 for a cluster of objects is no lack of access: one that was accepted before proves that', async () => {
    const blocked = madeRows(1_000).filter(({ score }) => score === 0);
    const values = new Set(blocked.map(({ value }) => value));
    onAdd((items) =>
      items.some((item) => Object.values(item as object).some((value) => values.has(value)))
        ? { status: 403, body: { error: { code: 'AccessDenied' } } }
        : undefined,
    );
    const { status, counts } = await exportMade(1_000);
    expect(status).toBe('Incomplete');
    expect(blocked.length).toBeGreaterThan(60);
    expect(counts).toMatchObject({
      accepted: 1_000 - blocked.length,
      by_reason: { http_403: blocked.length },
    });
  });

  it('403 to the last few objects, and to one that was accepted before, is a lack of access', async () => {
    const denied = { status: 403, body: { error: { code: 'AccessDenied' } } };
    onAdd((_, n) => (n === 0 ? undefined : denied));
    const { status, counts } = await exportMade(1_005);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 1_000, by_reason: { no_access: 5 } });
  });

  it('403 to the first chunk alone is no lack of access: its halves prove that', async () => {
    onAdd((_, n) =>
      n === 0 ? { status: 403, body: { error: { code: 'AccessDenied' } } } : undefined,
    );
    const { status, counts } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
  });
});

describe('a filter between here and Vision One', () => {
  const html = '<html>Blocked by policy</html>';
  const foreign: [string, Fault][] = [
    ['403 in HTML', { status: 403, body: html }],
    ['406 in HTML', { status: 406, body: html }],
    ['451 in HTML', { status: 451, body: html }],
    ['403 without a body', { status: 403, body: '' }],
    ['403 as a gateway writes it', { status: 403, body: { message: 'Forbidden' } }],
    ['403 in the form of Vision One', { status: 403, body: { error: { code: 'AccessDenied' } } }],
    ['a redirect to its page', { redirect: 'https://blocked.example/' }],
  ];
  /** Refuses every request that holds one of these indicators. */
  const refuse = (indexes: number[], fault: Fault) => {
    const values = indexes.map((index) => `"${madeRows(index + 1).at(-1)?.value}"`);
    onAdd((items) => {
      const text = JSON.stringify(items);
      return values.some((value) => text.includes(value)) ? fault : undefined;
    });
  };

  it.each(foreign)(
    'answers %s for one object of the last chunk: it alone is rejected',
    async (_, fault) => {
      // The score of all is the same for each eleventh row: the lowest is sent last.
      refuse([0], fault);
      const { status, counts, items } = await exportMade(5_000);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 4_999, rejected: 1 });
      expect(items[0]).toMatchObject({
        outcome: 'rejected',
        reason: `http_${'status' in fault ? fault.status : 302}`,
        message: expect.stringContaining('a filter between here and Vision One refuses it'),
      });
      expect(adds().length).toBeLessThan(40);
    },
  );

  it.each(foreign.slice(0, 6))(
    'answers %s for one object of the first chunk: it alone is rejected',
    async (_, fault) => {
      refuse([10], fault);
      const { counts, items } = await exportMade(900);
      expect(counts).toMatchObject({ accepted: 899, rejected: 1 });
      expect(items[10]).toMatchObject({ outcome: 'rejected' });
    },
  );

  it('blocks several objects, in both halves of the first chunk: they alone are rejected', async () => {
    const indexes = [10, 200, 201, 640, 899];
    refuse(indexes, { status: 403, body: html });
    const { counts, items } = await exportMade(900);
    expect(counts).toMatchObject({ accepted: 895, by_reason: { http_403: 5 } });
    for (const index of indexes) expect(items[index]?.outcome).toBe('rejected');
  });

  it('blocks the only object that there is: it is rejected, and the key is not blamed', async () => {
    refuse([0], { status: 403, body: html });
    const { status, counts, items } = await exportMade(1);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ rejected: 1, by_reason: { http_403: 1 } });
    expect(items[0]).not.toMatchObject({ message: expect.stringMatching(/role/) });
  });

  it('blocks every object: the run ends soon, rejects no object, and does not blame the key', async () => {
    onAdd(() => ({ status: 403, body: html }));
    const { status, counts, error } = await exportMade(10_000);
    expect(status).toBe('Failed to Complete');
    expect(counts).toMatchObject({ rejected: 0, by_reason: { no_access: 10_000 } });
    expect(error?.message).toMatch(/not Vision One's own/);
    expect(error?.message).not.toMatch(/role/);
    expect(adds().length).toBeLessThan(70);
  });

  it('answers 403 in the form of Vision One for the last of four objects: it alone is rejected', async () => {
    refuse([3], { status: 403, body: { error: { code: 'AccessDenied' } } });
    const { counts } = await exportMade(4);
    expect(counts).toMatchObject({ accepted: 3, rejected: 1 });
  });
});

describe('a chunk that is too much for the service', () => {
  const tooMuch = (most: number, fault: Fault) =>
    onAdd((items) => (items.length > most ? fault : undefined));

  it.each([
    ['500', { status: 500 }],
    ['502', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['504', { status: 504 }],
    ['a reset', { reset: 'before' }],
    ['a reset after it was carried out', { reset: 'after' }],
    ['an answer that breaks off', { cut: true }],
  ] satisfies [string, Fault][])(
    'with %s for more than 100 objects is sent in smaller ones, and their size is remembered',
    async (_, fault) => {
      tooMuch(100, fault);
      const { status, counts, took } = await exportMade(10_000);
      expect(status).toBe('Completed');
      expect(counts.accepted).toBe(10_000);
      const passed = adds().filter(({ body }) => (body as unknown[]).length <= 100);
      // 62 or 63 objects fit into the halves that passed first.
      expect(passed.length).toBeLessThanOrEqual(Math.ceil(10_000 / 62) + 4);
      expect(adds().length - passed.length).toBeLessThan(20);
      expect(took).toBeLessThan(MINUTE);
    },
  );

  it('with 70 ms an object and a 504 after a minute is sent in smaller ones', async () => {
    onAdd((items) =>
      items.length * 70 > MINUTE ? { status: 504, after: MINUTE } : { slow: items.length * 70 },
    );
    const { status, counts, took } = await exportMade(2_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(2_000);
    expect(took).toBeLessThan(5 * MINUTE);
  });

  it.each([
    ['500', { status: 500 }],
    ['503', { status: 503 }],
    ['504', { status: 504 }],
    ['a reset', { reset: 'before' }],
  ] satisfies [string, Fault][])(
    'because of one object that draws %s: it alone stays unsent, after three tries of its own',
    async (_, fault) => {
      const wanted = `"${madeRows(701).at(-1)?.value}"`;
      onAdd((items) => (JSON.stringify(items).includes(wanted) ? fault : undefined));
      const { status, counts, items, took } = await exportMade(3_000);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 2_999, by_reason: { service_unavailable: 1 } });
      expect(items[700]).toMatchObject({ outcome: 'unsent' });
      const alone = adds().filter(({ body }) => {
        const sent = body as unknown[];
        return sent.length === 1 && JSON.stringify(sent).includes(wanted);
      });
      expect(alone).toHaveLength(3);
      expect(took).toBeLessThan(MINUTE);
    },
  );

  it.each([
    ['a transient 504', { status: 504 }],
    ['a transient 500', { status: 500 }],
  ] satisfies [string, Fault][])(
    '%s at every fifth request: a size that has passed is not given up',
    async (_, fault) => {
      onAdd((_items, n) => (n % 5 === 4 ? fault : undefined));
      const { status, counts } = await exportMade(10_000);
      expect(status).toBe('Completed');
      expect(counts.accepted).toBe(10_000);
      expect(adds().length).toBeLessThan(25);
    },
  );

  it('because of 1 % of the objects, which draw a 500: all others arrive, without much waiting', async () => {
    const bad = new Set(madeRows(4_000).flatMap(({ value }, n) => (n % 100 === 7 ? value : [])));
    onAdd((items) =>
      items.some((item) => Object.values(item as object).some((value) => bad.has(value)))
        ? { status: 500 }
        : undefined,
    );
    const { counts, took } = await exportMade(4_000);
    expect(counts).toMatchObject({ accepted: 3_960, by_reason: { service_unavailable: 40 } });
    expect(took).toBeLessThan(3 * MINUTE);
  });

  it('an outage of half a minute: nothing is given up', async () => {
    const startedAt = sandbox.clock.now();
    onAdd(() => (sandbox.clock.now() - startedAt < MINUTE / 2 ? { status: 500 } : undefined));
    const { status, counts } = await exportMade(3_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(3_000);
    expect(adds().length).toBeLessThan(60);
  });
});

describe('a request that may have been carried out', () => {
  it.each([
    ['a 504', { status: 504, applied: true }],
    ['a reset', { reset: 'after' }],
    ['a 200 in HTML', { status: 200, body: '<html>OK</html>', applied: true }],
    ['a 207 with too many entries', { wrongLength: 1 }],
    ['a 207 that breaks off', { cut: true }],
  ] satisfies [string, Fault][])(
    '%s, and then a refused key: the run is Incomplete, because the object may be listed',
    async (_, fault) => {
      const denied = { error: { code: 'AccessDenied', message: 'No.' } };
      onAdd((_items, n) => (n === 0 ? fault : { status: 403, body: denied }));
      const { status, counts, error } = await exportMade(1);
      expect(sandbox.visionOne.suspicious.size).toBe(1);
      expect(status).toBe('Incomplete');
      expect(counts.by_reason).toEqual({ no_access: 1 });
      expect(error).toBeNull();
    },
  );
});

describe('one owner of waiting', () => {
  const tooMany = (retryAfter?: string): Fault => ({
    status: 429,
    body: busy,
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  });

  it('a 429 pauses all workers once, for exactly as long as it asks', async () => {
    onAdd((_, n) => (n === 4 ? tooMany('30') : undefined));
    const { status, counts, requests, took } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(adds()).toHaveLength(11);
    expect(requests).toMatchObject({ retries: 1, waited_ms: 30_000 });
    expect(took).toBe(30_000);
  });

  it('obeys an HTTP date too', async () => {
    const at = () => new Date(sandbox.clock.now() + 90_000).toUTCString();
    onAdd((_, n) => (n === 0 ? tooMany(at()) : undefined));
    const { counts, took } = await exportMade(500);
    expect(counts.accepted).toBe(500);
    expect(took).toBe(90_000);
  });

  it.each(['soon', '-5', '', '1e9', '0'])(
    'takes Retry-After "%s" for none: waits its own time',
    async (text) => {
      onAdd((_, n) => (n === 0 ? tooMany(text) : undefined));
      const { counts, took } = await exportMade(500);
      expect(counts.accepted).toBe(500);
      expect(took).toBeGreaterThan(0);
      expect(took).toBeLessThanOrEqual(500);
    },
  );

  it('gives up at once where a Retry-After cannot be afforded', async () => {
    onAdd(() => tooMany('3600'));
    const { status, counts, took } = await exportMade(10_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 0, by_reason: { rate_limited: 10_000 } });
    expect(took).toBe(0);
    expect(adds().length).toBeLessThanOrEqual(4);
  });

  it('waits through many asked pauses, which do not count against its patience', async () => {
    onAdd((_, n) => (n < 5 ? tooMany('50') : undefined));
    const { status, took } = await exportMade(900);
    expect(status).toBe('Completed');
    expect(took).toBe(250_000);
  });

  it('does not take a pause that was asked for silence, whoever heard of it first', async () => {
    // One of four is told to wait a minute, the others are answered; after the minute all is down
    // for a short while.
    const from = sandbox.clock.now();
    onAdd((_, n) => {
      if (n === 0) return tooMany('60');
      if (n < 4) return undefined;
      return sandbox.clock.now() < from + 80_000 ? { status: 503 } : undefined;
    });
    const { status, counts } = await exportMade(10_000);
    expect(counts.by_reason).toEqual({});
    expect(status).toBe('Completed');
  });

  it('keeps to RateLimit-Remaining and never runs into the limit', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 6, headers: true };
    const { status, counts, took } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(adds().filter((request) => request.status === 429)).toEqual([]);
    expect(adds()).toHaveLength(10);
    expect(took).toBeLessThanOrEqual(3 * MINUTE);
  });

  it('loses nothing to a limit that it is told of by 429 alone', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 3 };
    const { status, counts, took } = await exportMade(10_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(took).toBeLessThanOrEqual(4 * MINUTE);
    expect(adds().length).toBeLessThanOrEqual(10 + 4 * 4);
  });

  it('loses nothing to a limit without Retry-After', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 4, retryAfter: false };
    const { status, counts } = await exportMade(10_000);
    expect(counts.by_reason).toEqual({});
    expect(status).toBe('Completed');
  });

  it.each([
    ['503', { status: 503 }],
    ['HTML', { status: 502, body: '<html></html>' }],
    ['broken connections', { reset: 'before' }],
    ['wrong lengths', { wrongLength: 2 }],
    ['429', { status: 429, body: busy }],
  ] satisfies [string, Fault][])(
    'a service that answers %s for 40 s loses nothing',
    async (_, fault) => {
      const from = sandbox.clock.now();
      onAdd(() => (sandbox.clock.now() < from + 40_000 ? fault : undefined));
      const { status, counts, took } = await exportMade(10_000);
      expect(counts.by_reason).toEqual({});
      expect(status).toBe('Completed');
      expect(took).toBeLessThan(60_000);
      expect(adds().length).toBeLessThan(150);
    },
  );

  it.each([
    ['503', { status: 503 }, 'service_unavailable'],
    ['broken connections', { reset: 'before' }, 'service_unavailable'],
    ['429', { status: 429, body: busy }, 'rate_limited'],
  ] satisfies [string, Fault, string][])(
    'a service that answers %s for good is given up after a minute',
    async (_, fault, reason) => {
      onAdd(() => fault);
      const { status, counts, requests, took } = await exportMade(10_000);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 0, by_reason: { [reason]: 10_000 } });
      expect(took).toBeGreaterThanOrEqual(MINUTE - 1_000);
      expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
      expect(adds().length).toBeLessThan(40);
      expect(requests.waited_ms).toBe(took);
    },
  );

  it('items of a 207 that all fail for good are given up after a minute', async () => {
    onAdd((items) => ({
      items: items.map((_, index) => ({ index, status: 503, code: 'InternalServerError' })),
    }));
    const { counts, took } = await exportMade(3_000);
    expect(counts).toMatchObject({ accepted: 0, by_reason: { service_unavailable: 3_000 } });
    expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
    expect(adds().length).toBeLessThan(60);
  });

  it('ends within the time limit whatever the service asks for', async () => {
    onAdd(() => tooMany('20'));
    const { counts, took } = await exportMade(3_000, { timeLimitMs: 5 * MINUTE });
    expect(counts).toMatchObject({ accepted: 0, by_reason: { rate_limited: 3_000 } });
    expect(took).toBeLessThanOrEqual(5 * MINUTE);
    expect(adds().length).toBeLessThan(25);
  });

  it('begins no request after the time limit', async () => {
    onAdd(() => ({ slow: 50_000 }));
    const { status, counts } = await exportMade(10_000, { timeLimitMs: 96_000 });
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 8_000, by_reason: { time_limit: 2_000 } });
    expect(adds()).toHaveLength(8);
  });
});

it(`posts to ${POST.slice(5)} alone`, async () => {
  await exportMade(10);
  expect(adds().map(({ path }) => path)).toEqual([paths.suspicious]);
});
