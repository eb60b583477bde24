/**
 * Sample results: one of a realistic run, one of 10,000 items, one of hostile values. The addresses may
 * be those of live malware: they are only text here, and must never be opened or resolved.
 */

import type { Extras } from '../../src/report/html/page.js';
import { countsOf } from '../../src/result/counts.js';
import type { ExchangeRecord } from '../../src/result/exchange-record.js';
import type { Outcome, SkipReason } from '../../src/result/reasons.js';
import type { Item, Result } from '../../src/result/result.js';
import { excerpt } from '../sandbox/indicators.js';

interface Row {
  id: number;
  value: string;
  type: string;
  score: number;
}

const keys: Record<string, string> = {
  FQDN: 'domain',
  'IP Address': 'ip',
  'IPv6 Address': 'ip',
  URL: 'url',
  'Email Address': 'senderMailAddress',
  'SHA-1': 'fileSha1',
  'SHA-256': 'fileSha256',
};

/** Generated rows with names and addresses that are reserved for examples. */
function generated(count: number): Row[] {
  const hex = (seed: number, length: number) =>
    Array.from({ length }, (_, at) =>
      ((seed * 31 + at * 7 + (seed >> (at % 13))) & 15).toString(16),
    ).join('');
  const makers: [string, (n: number) => string][] = [
    ['FQDN', (n) => `host-${n}.bad${n % 37}.example`],
    ['IP Address', (n) => `198.51.${n % 100}.${n % 250}`],
    ['URL', (n) => `${n % 3 ? '' : 'http://'}cdn${n % 90}.bad.example/path/${n}?id=${n * 7}`],
    ['SHA-1', (n) => hex(n, 40)],
    ['SHA-256', (n) => hex(n, 64)],
    ['MD5', (n) => hex(n, 32)],
    ['Email Address', (n) => `sender${n}@mail${n % 20}.example`],
    ['IPv6 Address', (n) => `2001:db8::${(n % 65535).toString(16)}`],
  ];
  return Array.from({ length: count }, (_, n) => {
    const [type, make] = makers[(n * 5 + (n >> 4)) % makers.length] as (typeof makers)[number];
    return { id: 10_000 + n, value: make(n), type, score: (n * 7) % 11 };
  });
}

/** The published rows first, then generated ones up to the count. */
function rows(count: number): Row[] {
  const { eset } = excerpt();
  const real = eset.map(({ type, ...row }) => ({ ...row, type: type.name })).slice(0, count);
  return [...real, ...generated(count - real.length)];
}

function sent(row: Row): { [key: string]: string | number } {
  const value =
    row.type === 'URL' && !/^\w+:\/\//.test(row.value) ? `http://${row.value}` : row.value;
  return {
    [keys[row.type] ?? 'domain']: value,
    description: `Exported from ThreatQ, indicator ${row.id}`,
    riskLevel: row.score >= 9 ? 'high' : row.score >= 7 ? 'medium' : 'low',
    scanAction: 'block',
    daysToExpiration: 30,
  };
}

function item(row: Row, index: number): Item {
  const { id, type, value, score } = row;
  const base = { id, type, value, score };
  if (!keys[type]) {
    return {
      outcome: 'skipped',
      ...base,
      reason: 'unsupported_type',
      message: `Vision One takes no indicators of the type ${type}.`,
    };
  }
  if (index % 97 === 5) {
    return {
      outcome: 'skipped',
      ...base,
      object: sent(row),
      reason: 'duplicate',
      message: `The same object as indicator ${id - 3}.`,
    };
  }
  if (index % 61 === 7) {
    return {
      outcome: 'skipped',
      ...base,
      reason: 'invalid_value',
      message: 'Not a value that the type allows.',
    };
  }
  if (index % 113 === 11) {
    return {
      outcome: 'rejected',
      change: 'add',
      ...base,
      object: sent(row),
      status: 400,
      reason: 'BadRequest',
      message: 'The value format is incorrect.',
    };
  }
  if (index % 401 === 13) {
    return {
      outcome: 'rejected',
      change: 'add',
      ...base,
      object: sent(row),
      status: 403,
      reason: 'AccessDenied',
      message: 'Insufficient permissions.',
    };
  }
  return { outcome: 'accepted', change: 'add', ...base, object: sent(row) };
}

/**
 * A code outside the result's vocabulary. The types exclude it; the renderers must be safe all the
 * same, because a report may be made from any result.
 */
export function unknownCode<Code extends string>(text: string): Code {
  return text as Code;
}

/** A result with these items and their counts. */
export function resultOf(items: Item[], more: Partial<Result> = {}): Result {
  const of = (outcome: Outcome) => items.filter((one) => one.outcome === outcome).length;
  return {
    schema_version: 2,
    action: 'Trend Micro Vision One - Add to Blocklist',
    target: 'suspicious_objects',
    bundle_version: '3.0.0',
    run_id: '01890a5d-ac96-774b-bcce-b302099a8057',
    name: null,
    mode: 'export',
    status: of('rejected') + of('unsent') > 0 ? 'Incomplete' : 'Completed',
    started_at: '2026-03-02T21:00:00.000Z',
    finished_at: '2026-03-02T21:01:34.500Z',
    vision_one: 'https://api.eu.xdr.trendmicro.com',
    region: 'European Union (EU)',
    data_collection: {
      name: 'Blocklist candidates, EMEA',
      hash: '8f14e45fceea167a5a36dedd4bea2543',
      total: items.length,
      read_whole: true,
    },
    counts: countsOf(items.length, items),
    requests: { threatq: 4, vision_one: 12, retries: 3, waited_ms: 43_500 },
    warnings: [],
    list: null,
    items,
    error: null,
    ...more,
  };
}

const start = Date.parse('2026-03-02T21:00:00.000Z');

function exchange(at: number, took: number, more: Partial<ExchangeRecord>): ExchangeRecord {
  return {
    service: 'Vision One',
    method: 'POST',
    path: '/v3.0/threatintel/suspiciousObjects',
    at: new Date(start + at).toISOString(),
    took_ms: took,
    status: 207,
    waited_ms: 0,
    retry: false,
    ...more,
  };
}

const limited = 'rate limited by Vision One';

/** The requests of a run with a rate limit, a failed gateway and a timeout. */
export const exchanges: ExchangeRecord[] = [
  exchange(200, 640, { service: 'ThreatQ', path: '/api/token', status: 200 }),
  ...[0, 1, 2].map((page) =>
    exchange(1000 + page * 3900, 3600, {
      service: 'ThreatQ',
      path: `/api/search/query?limit=1000&offset=${page}000`,
      status: 200,
    }),
  ),
  exchange(13_000, 900, {
    method: 'GET',
    path: '/v3.0/threatintel/suspiciousObjects?top=200',
    status: 200,
  }),
  exchange(14_200, 4200, {}),
  exchange(14_300, 5100, {}),
  exchange(19_600, 800, { status: 429 }),
  exchange(49_600, 4300, { waited_ms: 29_200, why_waited: limited, retry: true }),
  exchange(54_100, 3900, {}),
  exchange(54_200, 2100, { status: 502, error: 'Bad Gateway' }),
  exchange(58_600, 4000, {
    waited_ms: 2300,
    why_waited: 'a second try after HTTP 502',
    retry: true,
  }),
  exchange(63_000, 9000, { status: null, error: 'no answer in 9 s' }),
  exchange(84_000, 4400, { waited_ms: 12_000, why_waited: limited, retry: true }),
  exchange(89_000, 4100, {}),
];

export const extras: Extras = {
  exchanges,
  settings: {
    'API Region': 'European Union (EU)',
    'URL Scheme Handling': 'Apply http:// (default)',
    'Objects Per Run': '10000',
    'Enable SSL Certificate Verification': 'yes',
    'Disable Proxies': 'no',
    'Scan Action': 'Block',
    'Risk Level': 'Based on ThreatQ Score',
    'IOC Expiration': 'After 30 Days',
  },
};

/** A run with 3,003 indicators, some of them rejected or unsent. */
export function realistic(): Result {
  const items = rows(3003).map(item);
  for (const [index, one] of items.entries()) {
    if (index > 2800 && one.outcome === 'accepted') {
      items[index] = {
        ...one,
        outcome: 'unsent',
        change: 'add',
        reason: 'service_unavailable',
        message: 'Vision One has given no useful answer for 60 s.',
      };
    }
  }
  items.push({
    outcome: 'removed',
    change: 'remove',
    id: null,
    type: 'FQDN',
    value: 'gone.example',
    score: null,
    object: { domain: 'gone.example' },
    reason: 'left_collection',
    message: 'the data collection no longer has it',
  });
  return resultOf(items, {
    counts: { ...resultOf(items).counts, read: 3003 },
    warnings: [
      {
        code: 'unblocks',
        message: 'Is in the Exception List too, which outranks the block.',
        id: 6507,
        value: 'update.example.net',
      },
      {
        code: 'unblocks',
        message: 'Is in the Exception List too, which outranks the block.',
        id: 3450,
        value: 'http://cdn.example.org/a',
      },
    ],
    list: {
      domain: { listed: 8200, ours: 0, cap: 10_000, added: 640, removed: 0 },
      ip: { listed: 1200, ours: 0, cap: 10_000, added: 280, removed: 0 },
      url: { listed: 9500, ours: 0, cap: 10_000, added: 370, removed: 0 },
      fileSha1: { listed: 300, ours: 0, cap: 10_000, added: 650, removed: 0 },
      fileSha256: { listed: 0, ours: 0, cap: 10_000, added: 470, removed: 0 },
      senderMailAddress: { listed: 12, ours: 0, cap: 10_000, added: 40, removed: 0 },
    },
  });
}

/** 10,000 items, as many as one run can send. */
export function large(): Result {
  return resultOf(rows(10_000).map(item));
}

/** A run in which everything was accepted. */
export function flawless(): Result {
  return resultOf(
    rows(400)
      .filter(({ type }) => keys[type])
      .map((row) => ({
        outcome: 'accepted',
        change: 'add',
        id: row.id,
        type: row.type,
        value: row.value,
        score: row.score,
        object: sent(row),
      })),
  );
}

/** A daily run: most objects are on the list already, some need a change, and some warnings need a person. */
export function daily(): Result {
  const items = rows(1200)
    .filter(({ type }) => keys[type])
    .map((row, index) => dailyItem(row, index));
  return resultOf(items, {
    name: 'Tenant A',
    warnings: [
      { code: 'no_room', message: '12 objects found no free place on the list', count: 12 },
      {
        code: 'exclusion_entries',
        message:
          '1 of 80 entries of the list own.txt is left out: entry 3 "a b" has white space in it',
      },
    ],
    list: {
      domain: { listed: 9990, ours: 9400, cap: 10_000, added: 10, removed: 6 },
      ip: { listed: 1200, ours: 900, cap: 10_000, added: 8, removed: 1 },
      senderMailAddress: { listed: 12, ours: 12, cap: 10_000, added: 4, removed: 0 },
    },
  });
}

function dailyItem(row: Row, index: number): Item {
  const { id, type, value, score } = row;
  const base = { id, type, value, score, object: sent(row) };
  const skip = (reason: SkipReason, message: string): Item => ({
    outcome: 'skipped',
    ...base,
    reason,
    message,
  });
  const removed = (change: 'remove' | 'replace', message: string): Item => ({
    outcome: 'removed',
    change,
    ...base,
    reason: change === 'replace' ? 'replaced' : 'left_collection',
    message,
  });
  const made: Record<number, Item> = {
    0: { outcome: 'accepted', change: 'add', ...base },
    1: { outcome: 'accepted', change: 'change', ...base },
    2: { outcome: 'accepted', change: 'renew', ...base },
    3: removed('remove', 'the data collection no longer has it'),
    4: removed('replace', 'an object with a higher score needs its place on the list'),
    5: skip('no_room', 'the Suspicious Object List has no free place for it'),
    6: skip('excluded', 'it is on the exclusion list own.txt'),
    7: skip('not_routable', `${value} is not globally routable (private)`),
    8: skip('on_exception_list', `the exception ${value} covers it`),
  };
  return (
    (index % 3 === 0 ? made[index % 40] : undefined) ??
    made[(index % 97) + 1] ??
    skip('already_listed', 'it is on the Suspicious Object List already')
  );
}

/** What a preview of the daily run plans. */
export function preview(): Result {
  const { items, warnings, list, name } = daily();
  const planned = items.map((one): Item => {
    if (one.outcome !== 'accepted' && one.outcome !== 'removed') return one;
    const { id, type, value, score, object, change } = one;
    return { outcome: 'planned', change, id, type, value, score, object };
  });
  return resultOf(planned, { mode: 'preview', name, warnings, list });
}

/** A check in which one service answers and the other does not. */
export function failedCheck(): Result {
  return resultOf([], {
    mode: 'check',
    status: 'Failed to Complete',
    checks: [
      { name: 'ThreatQ reachable', ok: true, message: 'https://threatq.example.com answers' },
      {
        name: 'ThreatQ token',
        ok: false,
        message: 'POST https://threatq.example.com/api/token: HTTP 401. Check the client secret.',
      },
      {
        name: 'Vision One reachable',
        ok: true,
        message: 'https://api.eu.xdr.trendmicro.com answers',
      },
    ],
    error: { code: 'check_failed', message: 'ThreatQ token: check the client secret' },
  });
}

/** A run that could not begin. */
export function failedRun(): Result {
  return resultOf([], {
    status: 'Failed to Complete',
    data_collection: null,
    error: { code: 'invalid_input', message: 'API Key: is missing\nIOC Expiration: not a value' },
  });
}

/** What attackers may use as a value, a type, a message or a name. */
export const hostileValues: string[] = [
  '<script>window.pwned = 1; alert(1)</script>',
  '"><img src=x onerror="window.pwned = 1; alert(1)">',
  "'><svg onload=alert(1)>",
  'javascript:alert(1)',
  'http://evil.example/</style><script>alert(1)</script>',
  '</script><script>alert(1)</script>',
  '</title></textarea></noscript></template><iframe src=http://evil.example/>',
  ']]><!-- --><![CDATA[',
  '<!--',
  '--!><b>bold',
  'moc.elpmaxe\u202egpj.exe\u202c',
  'zero\u200bwidth\u200d\ufeff.example',
  'nul\u0000in\u0000it.example',
  'line\r\nfeed\ttab\u2028sep\u0085.example',
  '\u001b[2J\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007',
  'half\ud800surrogate\udc00.example',
  `http://long.example/${'a<b>&"\''.repeat(290)}`.slice(0, 2048),
  '\u0000'.repeat(2048),
  '\u200b\u200c'.repeat(1024),
  '=HYPERLINK("http://evil.example","x")',
  ' +1+cmd|/C calc!A0',
  '\u200b@SUM(1)',
  '\uff1dcmd',
  '\t=1',
  '\r=1',
  '-2+3',
  '&lt;script&gt;&#0;&amp;',
  '\\u0022);alert(1)//\\',
  '$' + '{alert(1)}{{7*7}}`',
  'شبكة.example',
  '例え.テスト',
  '',
  ' ',
];

/** Hostile text in every field that can contain it. */
export function hostile(): Result {
  const items = hostileValues.flatMap((bad, id): Item[] => [
    {
      outcome: 'rejected',
      change: 'add',
      id: bad,
      type: bad,
      value: bad,
      score: null,
      object: { url: bad, riskLevel: bad, description: bad },
      status: 400,
      reason: bad,
      message: bad,
    },
    {
      outcome: 'skipped',
      id,
      type: 'URL',
      value: bad,
      score: null,
      reason: 'invalid_value',
      message: bad,
    },
    {
      outcome: 'accepted',
      change: 'add',
      id: null,
      type: 'URL',
      value: bad,
      score: null,
      object: { url: `http://${bad}`, riskLevel: 'high' },
    },
  ]);
  const all = hostileValues.join(' ');
  return resultOf(items, {
    action: `Add ${all}`,
    bundle_version: all,
    run_id: all,
    vision_one: all,
    data_collection: { name: all, hash: all, total: 1, read_whole: true },
    warnings: hostileValues.map((bad) => ({
      code: unknownCode(bad),
      message: bad,
      id: bad,
      value: bad,
    })),
    list: Object.fromEntries(
      hostileValues.map((bad) => [`${bad}!`, { listed: 5, ours: 0, cap: 3, added: 1, removed: 0 }]),
    ),
  });
}

export const hostileExtras: Extras = {
  exchanges: hostileValues.map((bad, index) =>
    exchange(index * 100, 50, {
      method: bad,
      path: bad,
      error: bad,
      why_waited: bad,
      waited_ms: 10,
      status: null,
    }),
  ),
  settings: Object.fromEntries(hostileValues.map((bad) => [`${bad}.`, bad])),
};
