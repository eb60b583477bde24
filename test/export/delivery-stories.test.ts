/** The reaction of a run to each answer of Vision One, in this process and with a virtual clock. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REFUSED_ALONE_LIMIT, REFUSED_FROM_THE_START_LIMIT } from '../../src/export/send.js';
import { CONCURRENCY } from '../../src/vision-one/client.js';
import type { Fault, Received } from '../sandbox/server.js';
import { paths } from '../sandbox/vision-one.js';
import { type ExportOptions, exportTruthfully } from '../support/export-truthfully.js';
import { type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

const MINUTE = 60_000;
/** Objects in a request. This is a tenth of the real number, so 1,000 objects need ten requests. */
const CHUNK = 100;
const busy = { error: { code: 'TooManyRequests', message: 'Too many requests' } };

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox[Symbol.asyncDispose]());

const isAdd = ({ method, path }: Received) => method === 'POST' && path === paths.suspicious;
const adds = () => sandbox.visionOne.requests.filter(isAdd);

/** Applies the fault that `fault` returns to each add request. */
function onAdd(fault: (items: unknown[], n: number) => Fault | undefined): void {
  sandbox.visionOne.faults = (request, n) =>
    isAdd(request) ? fault(request.body as unknown[], n) : undefined;
}

/** Exports `count` valid indicators in chunks of 100. */
const exportMade = (count: number, options?: ExportOptions) =>
  exportTruthfully(sandbox, madeRows(count), { listAs: { maxPerRequest: CHUNK }, ...options });

const messagesOf = (items: { outcome: string; message?: string | undefined }[]) => [
  ...new Set(items.flatMap(({ message }) => message ?? [])),
];

describe('without any fault', () => {
  it('10,000 objects are sent in exactly ten full chunks', async () => {
    const { status, counts, requests } = await exportTruthfully(sandbox, madeRows(10_000));
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(10_000);
    expect(adds()).toHaveLength(10);
    expect(requests).toMatchObject({ retries: 0, waited_ms: 0 });
    expect(sandbox.clock.slept).toEqual([]);
  });

  it('nothing is sent for an empty data collection', async () => {
    const { status } = await exportMade(0);
    expect(status).toBe('Completed');
    expect(adds()).toEqual([]);
  });

  it('no more than four requests are in flight', async () => {
    onAdd(() => ({ slow: 1_000 }));
    const { counts, took } = await exportMade(1_000);
    expect(counts.accepted).toBe(1_000);
    expect(sandbox.visionOne.maxConcurrent).toBe(4);
    expect(took).toBe(3_000);
  });
});

describe('items that fail inside a 207', () => {
  it('objects of several chunks that fail inside a 207 are sent again together, not chunk by chunk', async () => {
    onAdd((items, n) => ({
      items: items.flatMap((_, index) =>
        index % 33 === n % 33 ? [{ index, status: 429, code: 'TooManyRequests' }] : [],
      ),
    }));
    const { status, counts, requests } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    // Ten chunks are sent. Then about 30 objects are sent again, and possibly one of those once more.
    expect(adds().length).toBeLessThanOrEqual(14);
    expect(requests.retries).toBe(adds().length - 10);
    expect(requests.waited_ms).toBeGreaterThan(0);
  });

  it.each([429, 500, 503])('an object with %i inside a 207 is sent again alone', async (status) => {
    onAdd((_, n) => (n === 0 ? { items: [{ index: 3, status, code: 'Busy' }] } : undefined));
    const { counts } = await exportMade(50);
    expect(counts.accepted).toBe(50);
    expect(adds().map(({ body }) => (body as unknown[]).length)).toEqual([50, 1]);
  });

  it('an object with another error inside a 207 is rejected with the message of Vision One, and the others are accepted', async () => {
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
    ['a text as its body', 'Created'],
    ['a list as its body', []],
    ['an error that is a text', { error: 'refused' }],
    ['an error that is null', { error: null }],
    ['a code that is a number', { error: { code: 4_000_102, message: null } }],
  ])('an entry of a 207 with %s is understood by its status', async (_, body) => {
    onAdd((items) => ({
      status: 207,
      applied: true,
      body: items.map((_item, index) => ({ status: index === 0 ? 409 : 201, body })),
    }));
    expect(await exportMade(50)).toMatchObject({ status: 'Completed', counts: { accepted: 50 } });
    expect(adds()).toHaveLength(1);
  });

  it('a very long error code and message inside a 207 are truncated', async () => {
    const [code, message] = ['C'.repeat(100_000), 'm'.repeat(100_000)];
    onAdd(() => ({ items: [{ index: 0, status: 403, code, message }] }));
    const { items, counts } = await exportMade(1);
    expect(counts.rejected).toBe(1);
    expect(JSON.stringify(items).length).toBeLessThan(2_000);
  });

  it('an object with 409 inside a 207 is on the list already and counts as accepted', async () => {
    onAdd(() => ({ items: [{ index: 0, status: 409, code: 'Conflict', applied: true }] }));
    expect(await exportMade(50)).toMatchObject({ status: 'Completed', counts: { accepted: 50 } });
    expect(adds()).toHaveLength(1);
  });

  it('one object that fails inside each 207 is given up after a minute, with the message of Vision One', async () => {
    const wanted = `"${madeRows(8)[7]?.value}"`;
    onAdd((sent) => ({
      items: sent.flatMap((item, index) =>
        JSON.stringify(item).includes(wanted)
          ? [{ index, status: 500, code: 'InternalServerError', message: 'Something broke.' }]
          : [],
      ),
    }));
    const { status, counts, items, took } = await exportMade(150);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 149, unsent: 1 });
    expect(items[7]).toMatchObject({ outcome: 'unsent', reason: 'service_unavailable' });
    expect(messagesOf(items)[0]).toMatch(
      /HTTP 500 \(InternalServerError: Something broke\.\), after \d+ tries/,
    );
    expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
    expect(adds().length).toBeLessThan(16);
  });
});

describe('a request that is refused as a whole', () => {
  it('a request with 400 because of some objects is split until each of them is rejected alone', async () => {
    const poison = new Set([3, 70, 71, 150, 222, 298, 299]);
    const values = new Set(madeRows(300).flatMap((row, i) => (poison.has(i) ? row.value : [])));
    sandbox.visionOne.poison = (item) =>
      [item['domain'], item['url'], item['ip'], item['fileSha256']].some((value) =>
        values.has(String(value)),
      );
    const { status, counts, items, took } = await exportMade(300);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 293, rejected: 7, by_reason: { BadRequest: 7 } });
    expect(messagesOf(items)).toEqual(['One or more items are malformed.']);
    expect(items.flatMap(({ outcome }, i) => (outcome === 'rejected' ? i : []))).toEqual([
      ...poison,
    ]);
    expect(adds().length).toBeLessThanOrEqual(100);
    expect(took).toBe(0);
  });

  it('a 400 because the list is full ends the run at once, and the request is not split', async () => {
    const message = 'The number of objects exceeds the maximum limit';
    onAdd((_, n) =>
      n < 2 ? undefined : { status: 400, body: { error: { code: 'BadRequest', message } } },
    );
    const { status, counts, items, took } = await exportMade(1_000);
    expect(status).toBe('Incomplete');
    expect(counts.by_reason).toEqual({ list_full: 1_000 - counts.accepted });
    expect(counts.accepted).toBe(200);
    expect(messagesOf(items)).toEqual([message]);
    expect(adds().length).toBeLessThanOrEqual(6);
    expect(took).toBe(0);
  });

  it('a request with 413 is split, and the size that succeeded is used after that', async () => {
    sandbox.visionOne.maxBytes = 10_000;
    const { status, counts } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    const refused = adds().filter((request) => request.status === 413).length;
    // Four requests with the first size were in flight. Each halving causes at most four more.
    expect(refused).toBeLessThanOrEqual(8);
    const passed = adds().filter((request) => request.status === 207);
    const bytes = passed.reduce((sum, request) => sum + request.bytes, 0);
    expect(passed.length).toBeLessThan((2 * bytes) / 10_000 + 4);
  });

  it.each([400, 413])(
    'if all requests except the first get %i, the run ends after 1,000 objects that were refused alone',
    async (status) => {
      onAdd((_items, n) => (n === 0 ? undefined : { status, body: {} }));
      const { counts, items } = await exportMade(1_400);
      expect(counts.accepted).toBe(CHUNK);
      // Requests that were in flight when the limit was reached may be refused too.
      expect(counts.rejected).toBeGreaterThanOrEqual(REFUSED_ALONE_LIMIT);
      expect(counts.rejected).toBeLessThan(REFUSED_ALONE_LIMIT + CONCURRENCY);
      expect(counts.by_reason['no_answer']).toBe(1_300 - counts.rejected);
      expect(items.find(({ outcome }) => outcome === 'unsent')).toMatchObject({
        message: expect.stringMatching(
          /refused 1000 objects one by one since it last accepted one/,
        ),
      });
      expect(adds().length).toBeLessThan(2_300);
    },
  );

  it('a run whose requests all get 400 from the start ends after 200 objects that were refused alone', async () => {
    onAdd(() => ({ status: 400, body: {} }));
    const { counts, items } = await exportMade(400);
    expect(counts.rejected).toBeGreaterThanOrEqual(REFUSED_FROM_THE_START_LIMIT);
    expect(counts.rejected).toBeLessThan(REFUSED_FROM_THE_START_LIMIT + CONCURRENCY);
    expect(items.find(({ outcome }) => outcome === 'unsent')).toMatchObject({
      message: expect.stringMatching(/refused 200 objects one by one and accepted none/),
    });
  });

  it('every object is tried alone if one fewer than either limit is refused', async () => {
    onAdd(() => ({ status: 400, body: {} }));
    const few = await exportMade(REFUSED_FROM_THE_START_LIMIT - 1);
    expect(few.counts.rejected).toBe(REFUSED_FROM_THE_START_LIMIT - 1);
    let isFirst = true;
    onAdd(() => {
      if (!isFirst) return { status: 400, body: {} };
      isFirst = false;
      return undefined;
    });
    // The first chunk is accepted. Then each object is refused alone.
    const many = await exportMade(CHUNK + REFUSED_ALONE_LIMIT - 1);
    expect(many.counts).toMatchObject({ accepted: CHUNK, rejected: REFUSED_ALONE_LIMIT - 1 });
  });

  it('a request with 413 is halved, so that no request is spent on a few left-over objects', async () => {
    onAdd((items) => (items.length > 30 ? { status: 413 } : undefined));
    const { counts } = await exportMade(CHUNK);
    expect(counts.accepted).toBe(CHUNK);
    // These are the whole chunk, two halves and four quarters.
    expect(adds()).toHaveLength(7);
  });

  it('failures between refusals do not add up to an outage, because a refusal is an answer', async () => {
    onAdd((_items, n) => (n % 2 === 0 ? { status: 503 } : { status: 400, body: {} }));
    const { counts, took } = await exportMade(60);
    expect(counts).toMatchObject({ rejected: 60, unsent: 0 });
    // The wait after each failure is as long as after a first failure.
    expect(took).toBeLessThan(MINUTE);
  });

  it('an object that gets 413 even alone is rejected', async () => {
    sandbox.visionOne.maxBytes = 60;
    const { counts } = await exportMade(4);
    expect(counts).toMatchObject({ accepted: 0, rejected: 4, by_reason: { http_413: 4 } });
  });
});

describe('a request that may or may not have been carried out', () => {
  const faults: Record<string, Fault> = {
    'a 504 after applying': { status: 504, body: '<html>504</html>', applied: true },
    'a 502 with an HTML page': { status: 502, body: '<html>Bad Gateway</html>' },
    'a connection that is reset before it was carried out': { reset: 'before' },
    'a connection that is reset after it was carried out': { reset: 'after' },
    'an incomplete answer': { cut: true },
  };
  it.each(Object.entries(faults))('a request that gets %s is sent again', async (_, fault) => {
    onAdd((_items, n) => (n % 3 === 1 ? fault : undefined));
    const { status, counts, requests } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    expect(sandbox.visionOne.suspicious.size).toBe(1_000);
    expect(requests.retries).toBe(adds().length - 10);
    // A chunk whose answer is a 504 or incomplete is sent again in halves.
    const isHalved = 'cut' in fault || ('status' in fault && fault.status === 504);
    const most = isHalved ? 30 : 16;
    expect(adds().length).toBeLessThanOrEqual(most);
  });
});

describe('an answer that cannot be understood', () => {
  const faults: Record<string, Fault> = {
    'a 207 with too few entries': { wrongLength: -1 },
    'a 207 with too many entries': { wrongLength: 1 },
    'a body that is no JSON': { garbage: '<html>maintenance</html>' },
    'an object instead of a list': { garbage: '{"items":[]}' },
    'an empty 200': { status: 200, body: '' },
    'a 207 with statuses of -1': { garbage: JSON.stringify(Array(CHUNK).fill({ status: -1 })) },
    'a 207 with statuses as text': {
      garbage: JSON.stringify(Array(CHUNK).fill({ status: '201' })),
    },
  };
  it.each(Object.entries(faults))('a request that gets %s once is sent again', async (_, fault) => {
    onAdd((_items, n) => (n === 0 ? fault : undefined));
    const { status, counts } = await exportMade(250);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(250);
    expect(adds()).toHaveLength(4);
  });

  it('a request that gets no usable answer because of one object is halved until that object alone is unsent', async () => {
    const wanted = madeRows(151)[150]?.value ?? '';
    onAdd((items) =>
      JSON.stringify(items).includes(`"${wanted}"`) ? { wrongLength: 1 } : undefined,
    );
    const { status, counts, items } = await exportMade(200);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 199, unsent: 1, by_reason: { no_answer: 1 } });
    expect(items[150]).toMatchObject({ outcome: 'unsent', reason: 'no_answer' });
    const alone = adds().filter(({ body }) => {
      const sent = body as unknown[];
      return sent.length === 1 && JSON.stringify(sent).includes(`"${wanted}"`);
    });
    // It is sent twice alone. The failure that caused the last split counts as one answer.
    expect(alone).toHaveLength(2);
    expect(adds().length).toBeLessThan(24);
  });

  it.each(Object.entries(faults))(
    'a run whose requests all get %s ends after a minute, and its objects are unsent as no_answer',
    async (_, fault) => {
      onAdd(() => fault);
      const { status, counts, took } = await exportMade(300);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 0, by_reason: { no_answer: 300 } });
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
    'a %i before anything was accepted fails the run and says what to check',
    async (status, code, words) => {
      onAdd(() => ({ status, body: { error: { code, message: 'No.' } } }));
      const outcome = await exportMade(1_000);
      expect(outcome.status).toBe('Failed to Complete');
      expect(outcome.error?.message).toMatch(words);
      expect(outcome.error?.message).toContain(`HTTP ${status} (${code}: No.)`);
      expect(outcome.counts).toMatchObject({ accepted: 0, unsent: 1_000 });
      // Four requests are in flight. After a 403, the two halves of the first chunk are also sent.
      expect(adds().length).toBeLessThanOrEqual(status === 403 ? 6 : 4);
      expect(outcome.took).toBe(0);
    },
  );

  it('a 401 during a run ends it: what was accepted counts, and the key is not tried again', async () => {
    const body = { error: { code: 'InvalidCredentials', message: 'No.' } };
    onAdd((_, n) => (n < 3 ? undefined : { status: 401, body }));
    const outcome = await exportMade(1_000);
    expect(outcome.status).toBe('Incomplete');
    expect(outcome.counts).toMatchObject({ accepted: 300, by_reason: { no_access: 700 } });
    // The requests that were in flight with the first refused one are sent, and none after it.
    expect(adds().length).toBeLessThanOrEqual(3 + 4);
    expect(outcome.took).toBe(0);
  });

  it('a 407 during a run ends it, because the proxy lets nothing through', async () => {
    onAdd((_, n) => (n < 3 ? undefined : { status: 407, body: '' }));
    const { status, counts } = await exportMade(1_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 300, by_reason: { no_access: 700 } });
    expect(adds().length).toBeLessThanOrEqual(3 + 4);
  });

  it.each([
    ["Vision One's own 403", { status: 403, body: { error: { code: 'AccessDenied' } } }],
    ["Vision One's own 404", { status: 404, body: { error: { code: 'NotFound' } } }],
    ['a redirect', { redirect: 'https://login.example/' }],
  ] satisfies [string, Fault][])(
    'if all requests except the first three get %s, the run ends soon and no object is rejected',
    async (_, fault) => {
      onAdd((_items, n) => (n < 3 ? undefined : fault));
      const outcome = await exportMade(1_000);
      expect(outcome.status).toBe('Incomplete');
      expect(outcome.counts).toMatchObject({ accepted: 300, by_reason: { no_access: 700 } });
      expect(adds().length).toBeLessThan(80);
      expect(outcome.took).toBe(0);
    },
  );

  it('a 403 for many objects in a row rejects them, because the key still adds one that was accepted before', async () => {
    const blocked = madeRows(1_000).filter(({ score }) => score === 0);
    const values = new Set(blocked.map(({ value }) => value));
    onAdd((items) =>
      items.some((item) => Object.values(item as object).some((value) => values.has(value)))
        ? { status: 403, body: { error: { code: 'AccessDenied' } } }
        : undefined,
    );
    const { status, counts } = await exportTruthfully(sandbox, madeRows(1_000));
    expect(status).toBe('Incomplete');
    expect(blocked.length).toBeGreaterThan(60);
    expect(counts).toMatchObject({
      accepted: 1_000 - blocked.length,
      by_reason: { http_403: blocked.length },
    });
  });

  it('a 403 for the last few objects and for one that was accepted before is a lack of access', async () => {
    const denied = { status: 403, body: { error: { code: 'AccessDenied' } } };
    onAdd((_, n) => (n === 0 ? undefined : denied));
    const { status, counts } = await exportMade(CHUNK + 5);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: CHUNK, by_reason: { no_access: 5 } });
  });

  it('a 403 for only the first chunk is not a lack of access, because its halves are accepted', async () => {
    onAdd((_, n) =>
      n === 0 ? { status: 403, body: { error: { code: 'AccessDenied' } } } : undefined,
    );
    const { status, counts } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
  });
});

describe('a filter between this machine and Vision One', () => {
  const html = '<html>Blocked by policy</html>';
  const foreign: [string, Fault][] = [
    ['a 403 in HTML', { status: 403, body: html }],
    ['a 406 in HTML', { status: 406, body: html }],
    ['a 451 in HTML', { status: 451, body: html }],
    ['a 403 without a body', { status: 403, body: '' }],
    ['the 403 of a gateway', { status: 403, body: { message: 'Forbidden' } }],
    ['a 403 in the form of Vision One', { status: 403, body: { error: { code: 'AccessDenied' } } }],
    ['a redirect to its page', { redirect: 'https://blocked.example/' }],
  ];
  /** Answers every request that has one of these indicators with the fault. */
  const refuse = (indexes: number[], fault: Fault) => {
    const values = indexes.map((index) => `"${madeRows(index + 1).at(-1)?.value}"`);
    onAdd((items) => {
      const text = JSON.stringify(items);
      return values.some((value) => text.includes(value)) ? fault : undefined;
    });
  };

  it.each(foreign)(
    'only the object that a filter answers with %s in the last chunk is rejected',
    async (_, fault) => {
      // The first row has the lowest score and is the oldest row with that score, so it is sent last.
      refuse([0], fault);
      const { status, counts, items } = await exportMade(500);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 499, rejected: 1 });
      expect(items[0]).toMatchObject({
        outcome: 'rejected',
        reason: `http_${'status' in fault ? fault.status : 302}`,
        message: expect.stringContaining('a filter between this machine and Vision One refuses it'),
      });
      expect(adds().length).toBeLessThan(40);
    },
  );

  it.each(foreign.slice(0, 6))(
    'only the object that a filter answers with %s in the first chunk is rejected',
    async (_, fault) => {
      refuse([10], fault);
      const { counts, items } = await exportMade(90);
      expect(counts).toMatchObject({ accepted: 89, rejected: 1 });
      expect(items[10]).toMatchObject({ outcome: 'rejected' });
    },
  );

  it('only the objects that a filter blocks in both halves of the first chunk are rejected', async () => {
    const indexes = [1, 20, 21, 64, 89];
    refuse(indexes, { status: 403, body: html });
    const { counts, items } = await exportMade(90);
    expect(counts).toMatchObject({ accepted: 85, by_reason: { http_403: 5 } });
    for (const index of indexes) expect(items[index]?.outcome).toBe('rejected');
  });

  it('the only object of a run is rejected if a filter blocks it, and the key is not reported as the cause', async () => {
    refuse([0], { status: 403, body: html });
    const { status, counts, items } = await exportMade(1);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ rejected: 1, by_reason: { http_403: 1 } });
    expect(items[0]).not.toMatchObject({ message: expect.stringMatching(/role/) });
  });

  it('a run ends soon if a filter blocks every object; no object is rejected, and the key is not reported as the cause', async () => {
    onAdd(() => ({ status: 403, body: html }));
    const { status, counts, error } = await exportMade(1_000);
    expect(status).toBe('Failed to Complete');
    expect(counts).toMatchObject({ rejected: 0, by_reason: { no_access: 1_000 } });
    expect(error?.message).toMatch(/probably not Vision One's own/);
    expect(error?.message).not.toMatch(/role/);
    expect(adds().length).toBeLessThan(70);
  });

  it('a 403 in the form of Vision One for the last of four objects rejects only that one', async () => {
    refuse([3], { status: 403, body: { error: { code: 'AccessDenied' } } });
    const { counts } = await exportMade(4);
    expect(counts).toMatchObject({ accepted: 3, rejected: 1 });
  });
});

describe('a chunk that is too large for the service', () => {
  const failAbove = (most: number, fault: Fault) =>
    onAdd((items) => (items.length > most ? fault : undefined));

  it.each([
    ['a 500', { status: 500 }],
    ['a 502', { status: 502, body: '<html>Bad Gateway</html>' }],
    ['a 504', { status: 504 }],
    ['a reset', { reset: 'before' }],
    ['a reset after they were carried out', { reset: 'after' }],
    ['an incomplete answer', { cut: true }],
  ] satisfies [string, Fault][])(
    'a run whose chunks of more than 20 objects get %s sends smaller chunks after that',
    async (_, fault) => {
      failAbove(20, fault);
      const { status, counts, took } = await exportMade(1_000);
      expect(status).toBe('Completed');
      expect(counts.accepted).toBe(1_000);
      const passed = adds().filter(({ body }) => (body as unknown[]).length <= 20);
      // The first halves that succeed have 12 or 13 objects.
      expect(passed.length).toBeLessThanOrEqual(Math.ceil(1_000 / 12) + 4);
      expect(adds().length - passed.length).toBeLessThan(20);
      expect(took).toBeLessThan(MINUTE);
    },
  );

  it('a chunk that gets a 504 because it takes longer than a minute is sent in smaller ones', async () => {
    const msFor = (items: unknown[]) => items.length * 700;
    onAdd((items) =>
      msFor(items) > MINUTE ? { status: 504, after: MINUTE } : { slow: msFor(items) },
    );
    const { status, counts, took } = await exportMade(200);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(200);
    expect(took).toBeLessThan(5 * MINUTE);
  });

  it.each([
    ['a 500', { status: 500 }],
    ['a 503', { status: 503 }],
    ['a 504', { status: 504 }],
    ['a reset', { reset: 'before' }],
  ] satisfies [string, Fault][])(
    'an object that makes each of its chunks get %s is the only one unsent, after three tries alone',
    async (_, fault) => {
      const wanted = `"${madeRows(71).at(-1)?.value}"`;
      onAdd((items) => (JSON.stringify(items).includes(wanted) ? fault : undefined));
      const { status, counts, items, took } = await exportMade(300);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 299, by_reason: { service_unavailable: 1 } });
      expect(items[70]).toMatchObject({ outcome: 'unsent' });
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
    '%s for every fifth request does not reduce a chunk size that has succeeded before',
    async (_, fault) => {
      onAdd((_items, n) => (n % 5 === 4 ? fault : undefined));
      const { status, counts } = await exportMade(1_000);
      expect(status).toBe('Completed');
      expect(counts.accepted).toBe(1_000);
      expect(adds().length).toBeLessThan(25);
    },
  );

  it('if 1 % of the objects make their chunks get a 500, all others are accepted within minutes', async () => {
    const bad = new Set(madeRows(1_500).flatMap(({ value }, n) => (n % 100 === 7 ? value : [])));
    onAdd((items) =>
      items.some((item) => Object.values(item as object).some((value) => bad.has(value)))
        ? { status: 500 }
        : undefined,
    );
    const { counts, took } = await exportMade(1_500);
    expect(counts).toMatchObject({ accepted: 1_485, by_reason: { service_unavailable: 15 } });
    expect(took).toBeLessThan(3 * MINUTE);
  });

  it('an outage of half a minute loses no object', async () => {
    const startedAt = sandbox.clock.now();
    onAdd(() => (sandbox.clock.now() - startedAt < MINUTE / 2 ? { status: 500 } : undefined));
    const { status, counts } = await exportMade(300);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(300);
    expect(adds().length).toBeLessThan(60);
  });
});

describe('a request that may have been carried out before access is refused', () => {
  it.each([
    ['a 504', { status: 504, applied: true }],
    ['a reset', { reset: 'after' }],
    ['a 200 in HTML', { status: 200, body: '<html>OK</html>', applied: true }],
    ['a 207 with too many entries', { wrongLength: 1 }],
    ['an incomplete 207', { cut: true }],
  ] satisfies [string, Fault][])(
    'a run is Incomplete after %s and a refused key, because the object may be on the list',
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

describe('waiting', () => {
  const tooMany = (retryAfter?: string): Fault => ({
    status: 429,
    body: busy,
    ...(retryAfter !== undefined && { headers: { 'retry-after': retryAfter } }),
  });

  it('a 429 with Retry-After pauses all requests once, for exactly that time', async () => {
    onAdd((_, n) => (n === 4 ? tooMany('30') : undefined));
    const { status, counts, requests, took } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    expect(adds()).toHaveLength(11);
    expect(requests).toMatchObject({ retries: 1, waited_ms: 30_000 });
    expect(took).toBe(30_000);
  });

  it('a Retry-After with an HTTP date delays the next request until that time', async () => {
    const at = () => new Date(sandbox.clock.now() + 90_000).toUTCString();
    onAdd((_, n) => (n === 0 ? tooMany(at()) : undefined));
    const { counts, took } = await exportMade(50);
    expect(counts.accepted).toBe(50);
    expect(took).toBe(90_000);
  });

  it.each(['soon', '-5', '', '1e9', '0'])(
    'a Retry-After of "%s" is ignored, and the wait is as long as without it',
    async (text) => {
      onAdd((_, n) => (n === 0 ? tooMany(text) : undefined));
      const { counts, took } = await exportMade(50);
      expect(counts.accepted).toBe(50);
      expect(took).toBeGreaterThan(0);
      expect(took).toBeLessThanOrEqual(500);
    },
  );

  it('a Retry-After beyond the time limit ends the run at once', async () => {
    onAdd(() => tooMany('3600'));
    const { status, counts, took } = await exportMade(1_000);
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 0, by_reason: { rate_limited: 1_000 } });
    expect(took).toBe(0);
    expect(adds().length).toBeLessThanOrEqual(4);
  });

  it('waits that the service requests do not count as an outage, even if there are many', async () => {
    onAdd((_, n) => (n < 5 ? tooMany('50') : undefined));
    const { status, took } = await exportMade(90);
    expect(status).toBe('Completed');
    expect(took).toBe(250_000);
  });

  it('a wait that the service requests for only one of four requests does not count as an outage', async () => {
    // One of four requests gets a wait of a minute, and the others succeed. After that minute, the
    // service is down for 20 s.
    const from = sandbox.clock.now();
    onAdd((_, n) => {
      if (n === 0) return tooMany('60');
      if (n < 4) return undefined;
      return sandbox.clock.now() < from + 80_000 ? { status: 503 } : undefined;
    });
    const { status, counts } = await exportMade(1_000);
    expect(counts.by_reason).toEqual({});
    expect(status).toBe('Completed');
  });

  it('a run that receives RateLimit-Remaining never exceeds the rate limit', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 6, headers: true };
    const { status, counts, took } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    expect(adds().filter((request) => request.status === 429)).toEqual([]);
    expect(adds()).toHaveLength(10);
    expect(took).toBeLessThanOrEqual(3 * MINUTE);
  });

  it('a rate limit that shows only as a 429 loses no object', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 3 };
    const { status, counts, took } = await exportMade(1_000);
    expect(status).toBe('Completed');
    expect(counts.accepted).toBe(1_000);
    expect(took).toBeLessThanOrEqual(4 * MINUTE);
    expect(adds().length).toBeLessThanOrEqual(10 + 4 * 4);
  });

  it('a rate limit without Retry-After loses no object', async () => {
    sandbox.visionOne.rateLimit = { perMinute: 4, retryAfter: false };
    const { status, counts } = await exportMade(1_000);
    expect(counts.by_reason).toEqual({});
    expect(status).toBe('Completed');
  });

  it.each([
    ['answers 503', { status: 503 }],
    ['answers in HTML', { status: 502, body: '<html></html>' }],
    ['breaks connections', { reset: 'before' }],
    ['answers with too many entries', { wrongLength: 2 }],
    ['answers 429', { status: 429, body: busy }],
  ] satisfies [string, Fault][])('a service that %s for 40 s loses no object', async (_, fault) => {
    const from = sandbox.clock.now();
    onAdd(() => (sandbox.clock.now() < from + 40_000 ? fault : undefined));
    const { status, counts, took } = await exportMade(1_000);
    expect(counts.by_reason).toEqual({});
    expect(status).toBe('Completed');
    expect(took).toBeLessThan(60_000);
    expect(adds().length).toBeLessThan(150);
  });

  it.each([
    ['only answers 503', { status: 503 }, 'service_unavailable'],
    ['breaks all connections', { reset: 'before' }, 'service_unavailable'],
    ['only answers 429', { status: 429, body: busy }, 'rate_limited'],
  ] satisfies [string, Fault, string][])(
    'a service that %s is given up after a minute',
    async (_, fault, reason) => {
      onAdd(() => fault);
      const { status, counts, requests, took } = await exportMade(1_000);
      expect(status).toBe('Incomplete');
      expect(counts).toMatchObject({ accepted: 0, by_reason: { [reason]: 1_000 } });
      expect(took).toBeGreaterThanOrEqual(MINUTE - 1_000);
      expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
      expect(adds().length).toBeLessThan(40);
      expect(requests.waited_ms).toBe(took);
    },
  );

  it('objects that all fail inside each 207 are given up after a minute', async () => {
    onAdd((items) => ({
      items: items.map((_, index) => ({ index, status: 503, code: 'InternalServerError' })),
    }));
    const { counts, took } = await exportMade(300);
    expect(counts).toMatchObject({ accepted: 0, by_reason: { service_unavailable: 300 } });
    expect(took).toBeLessThanOrEqual(MINUTE + 1_000);
    expect(adds().length).toBeLessThan(60);
  });

  it('a run ends within its time limit, whatever waits the service requests', async () => {
    onAdd(() => tooMany('20'));
    const { counts, took } = await exportMade(300, { timeLimitMs: 5 * MINUTE });
    expect(counts).toMatchObject({ accepted: 0, by_reason: { rate_limited: 300 } });
    expect(took).toBeLessThanOrEqual(5 * MINUTE);
    expect(adds().length).toBeLessThan(25);
  });

  it('no request begins after the time limit', async () => {
    onAdd(() => ({ slow: 50_000 }));
    const { status, counts } = await exportMade(1_000, { timeLimitMs: 96_000 });
    expect(status).toBe('Incomplete');
    expect(counts).toMatchObject({ accepted: 800, by_reason: { time_limit: 200 } });
    expect(adds()).toHaveLength(8);
  });
});

it('an export adds to the Suspicious Object List and sends no other POST request', async () => {
  await exportMade(10);
  expect(adds().map(({ path }) => path)).toEqual([paths.suspicious]);
});
