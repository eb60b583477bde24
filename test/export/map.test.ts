/** Never open or resolve the indicators in this file: some are addresses of live malware. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OPTIONS, type Settings } from '../../src/export/settings.js';
import { runIdentity } from '../../src/indicator/identity.js';
import { SUPPORTED_TYPES } from '../../src/indicator/indicator.js';
import { readRow } from '../../src/threatq/row-parser.js';
import type { ListName } from '../../src/vision-one/lists.js';
import { objectKeyOf } from '../../src/vision-one/payload.js';
import { excerpt } from '../sandbox/indicators.js';
import { refusal } from '../sandbox/vision-one.js';
import { indicatorOf, mapped, sent } from '../support/mapping.js';

const sandboxList = { suspicious_objects: 'suspicious', exceptions: 'exceptions' } as const;

describe('types', () => {
  it.each([
    ['FQDN', 'evil.example', 'domain evil.example'],
    ['IP Address', '198.51.100.7', 'ip 198.51.100.7'],
    ['IPv6 Address', '2001:db8::1', 'ip 2001:db8::1'],
    ['URL', 'https://evil.example/', 'url https://evil.example/'],
    ['Email Address', 'a@evil.example', 'senderMailAddress a@evil.example'],
    ['SHA-1', 'a'.repeat(40), `fileSha1 ${'a'.repeat(40)}`],
    ['SHA-256', 'b'.repeat(64), `fileSha256 ${'b'.repeat(64)}`],
  ])('an indicator of the type %s becomes an object of Vision One', (type, value, object) => {
    expect(sent(type, value)).toEqual([object]);
  });

  it.each([
    'MD5',
    'SHA-384',
    'SHA-512',
    'CIDR Block',
    'URL Path',
    'Email Subject',
    'Filename',
    'File Path',
    'Registry Key',
    'Mutex',
    'ASN',
    'CVE',
    'String',
    'User-agent',
    // Names are compared exactly, and properties of objects are not types.
    'fqdn',
    'FQDN ',
    'constructor',
    '__proto__',
    'toString',
  ])('an indicator of the type %s is skipped, and the message names the type', (type) => {
    const { objects, skipped } = mapped(type, 'evil.example');
    expect(objects).toEqual([]);
    expect(skipped).toMatchObject({
      reason: 'unsupported_type',
      message: expect.stringContaining(type),
    });
  });

  it('a type that is written in another way is skipped, with the type that was probably meant', () => {
    const messageOf = (type: string) => mapped(type, 'evil.example').skipped?.message;
    expect(messageOf('fqdn')).toBe(
      'Vision One has no list entry for the type fqdn; did you mean "FQDN"?',
    );
    expect(messageOf('MD5')).toBe('Vision One has no list entry for the type MD5');
  });

  it('an indicator without a type is skipped as unsupported', () => {
    expect(mapped('', 'evil.example').skipped).toEqual({
      reason: 'unsupported_type',
      message: 'the row has no type name, such as FQDN',
    });
  });
});

describe('unusual indicators of the excerpt', () => {
  const rows = new Map(excerpt().eset.map((row) => [row.id, row]));

  it.each<[number, string]>([
    // These values are de-fanged.
    [5972, 'domain rammenale.com'],
    [4828, 'domain gameservicesplay.com'],
    [5034, 'domain financialtimesguru.com'],
    [5204, 'domain newsrental.net'],
    [6875, 'ip 5.101.6.132'],
    [3594, 'ip 162.222.214.48'],
    [5730, 'ip 195.154.255.211'],
    [4640, 'url http://daybreakhealthcare.co.uk/wp-includes/themees.php'],
    [2981, 'url https://217.12.208.28/'],
    [2596, 'url https://gitlab.com/jhondeer123/test/raw/master/README.md'],
    [3170, 'url http://request.soundedge.live/access/nasrzolofuju'],
    [5420, 'senderMailAddress tufhackteam@gmail.com'],
    // These values have upper case, no scheme, or a dot or white space at the end.
    [6507, 'domain acciaio.com.br'],
    [6577, 'senderMailAddress SunyaF@seznam.cz'],
    [2400, 'fileSha1 1a62031bbb2c3f55d44f59917fd32e4ed2041224'],
    [3450, 'url http://sixindent.epizy.com/inter.php'],
    [5378, 'url http://m.pz8.in/'],
    [1943, 'domain sports-collectors.com'],
    [6202, 'domain items.burgermap.org'],
    [1464, 'url https://zimbra.y2kportfolio.com/wp/wp-admin/ZimbraNew.php'],
    [3731, 'fileSha256 11637d49f7a9ce112cd2cc78eb32608510a6296e2c282b92ce8588bd8260a098'],
    [6882, 'fileSha1 cecc5bba6193d744837e689e68bc25c43eda7235'],
    [6197, 'ip 185.28.22.22'],
    // These values belong to another type.
    [1658, '[invalid_value] it cannot be sent as FQDN: it has a port after the name'],
    [5517, '[invalid_value] it cannot be sent as IP Address: it has a port after the address'],
    [1227, '[invalid_value] it cannot be sent as IP Address: it is not a valid IP address'],
    [4032, '[invalid_value] it cannot be sent as IP Address: it is a network and not one address'],
    [5935, '[invalid_value] it cannot be sent as FQDN: it is an IP address and not a domain'],
    [2295, '[invalid_value] it cannot be sent as FQDN: it has a path or a query after the name'],
    [
      1042,
      '[invalid_value] it cannot be sent as SHA-256: it has 40 hexadecimal digits instead of 64',
    ],
    // These values are unusual and valid. The safety checks decide whether they may be blocked, not the mapper.
    [6652, 'ip 10.200.206.100'],
    [4899, 'url http://localhost/searchparser/index.php'],
    [2414, 'domain update.xn--6frz82g'],
    [2156, 'url http://share.printerjobs.xyz/id45sdjscj/<VICTIM_ID>'],
    [6330, 'url http://45.124.132.127/DOVIDNIK - (2018).zip'],
    [4449, 'url ftp://ybnm.navercloud.org/mongo/rtvwiydo.gif'],
    // These values are invalid.
    [4833, '[invalid_value] it cannot be sent as FQDN: it has the character "{" (U+007B)'],
    [5818, '[invalid_value] it cannot be sent as FQDN: it has the character "\u2014" (U+2014)'],
    [6996, '[invalid_value] it cannot be sent as SHA-1: it does not have 40 hexadecimal digits'],
    [
      4702,
      '[invalid_value] it cannot be sent as URL: the text after its colon is not a port number',
    ],
  ])('indicator %i of the excerpt is mapped to %s', (id, expected) => {
    const row = rows.get(id);
    const { type, value } = readRow(row);
    const { objects, skipped } = mapped(type, value);
    const outcome = skipped ? [`[${skipped.reason}] ${skipped.message}`] : sent(type, value);
    expect(objects).toHaveLength(skipped ? 0 : 1);
    expect(outcome).toEqual([expect.stringContaining(expected)]);
    if (!skipped) expect(outcome).toEqual([expected]);
  });

  it.each([
    [5034, 5350],
    [5204, 4746],
    [6875, 5639],
    [5730, 6916],
    [6507, 4155],
    [6577, 5423],
    [2400, 4297],
    [3450, 5833],
    [5378, 4183],
    [1943, 3775],
    [6197, 5171],
    [2414, 3321],
  ])('indicator %i of the excerpt is mapped to the same object as indicator %i', (id, twin) => {
    const [one, other] = [id, twin].map((number) => {
      const { type, value } = readRow(rows.get(number));
      return mapped(type, value).objects.map((object) => {
        const key = objectKeyOf(object);
        return runIdentity(key, object[key] ?? '');
      });
    });
    expect(one).toHaveLength(1);
    expect(one).toEqual(other);
  });
});

describe('real indicators', () => {
  const { eset, benign } = excerpt();
  const invalid = new Set([1658, 5517, 1227, 4032, 5935, 2295, 4833, 5818, 6996, 1042, 4702]);

  it('every valid indicator of a supported type in the excerpt is sent', () => {
    const lost = eset.filter(({ id, type, value }) => {
      return (
        SUPPORTED_TYPES.includes(type.name) && !invalid.has(id) && mapped(type.name, value).skipped
      );
    });
    expect(lost).toEqual([]);
    const exceptions = benign.filter(({ type, value }) => {
      const { skipped } = mapped(type.name, value, { list: 'exceptions' });
      return SUPPORTED_TYPES.includes(type.name) && skipped;
    });
    expect(exceptions).toEqual([]);
  });

  it('Vision One accepts every object made from the excerpt', () => {
    for (const [list, rows] of [
      ['suspicious_objects', eset],
      ['exceptions', benign],
    ] as const) {
      for (const { type, value } of rows) {
        for (const object of mapped(type.name, value, { list }).objects) {
          expect(refusal(sandboxList[list], object), value).toBeUndefined();
        }
      }
    }
  });
});

describe('URL Scheme Handling', () => {
  const bare = 'evil.example/x';

  it.each([
    ['http', ['url http://evil.example/x']],
    ['https', ['url https://evil.example/x']],
    ['both', ['url http://evil.example/x', 'url https://evil.example/x']],
    ['skip', ['[missing_scheme]']],
  ] as const)(
    'with URL Scheme Handling %s, a URL without a scheme becomes %j',
    (mode, expected) => {
      const settings = { url_scheme_handling: mode };
      expect(sent('URL', bare, { settings })).toEqual(expected);
      expect(sent('URL', `//${bare}`, { settings })).toEqual(expected);
      expect(sent('URL', ` evil[.]example/x `, { settings })).toEqual(expected);
    },
  );

  it.each(OPTIONS.url_scheme_handling)(
    'URL Scheme Handling %s does not change a URL that has a scheme',
    (mode) => {
      const settings = { url_scheme_handling: mode };
      for (const [given, url] of [
        ['http://evil.example/x', 'http://evil.example/x'],
        ['HTTPS://Evil.Example/X', 'https://evil.example/X'],
        ['ftp://evil.example/x', 'ftp://evil.example/x'],
        ['hxxps://evil.example/x', 'https://evil.example/x'],
        ['http://evil.example/?u=https://x.example', 'http://evil.example/?u=https://x.example'],
      ] as const) {
        expect(sent('URL', given, { settings })).toEqual([`url ${url}`]);
      }
    },
  );

  it('host:port/path is a URL without a scheme', () => {
    const given = 'evil.example:8080/x';
    expect(sent('URL', given)).toEqual([`url http://${given}`]);
    expect(sent('URL', given, { settings: { url_scheme_handling: 'skip' } })).toEqual([
      '[missing_scheme]',
    ]);
  });

  it('of two URLs for both schemes, one that is too long is skipped with a reason', () => {
    const given = 'evil.example/'.padEnd(2041, 'x');
    expect(sent('URL', given, { settings: { url_scheme_handling: 'both' } })).toEqual([
      `url http://${given}`,
      '[invalid_value]',
    ]);
  });

  it('URL Scheme Handling applies to URLs only', () => {
    expect(sent('FQDN', 'evil.example', { settings: { url_scheme_handling: 'skip' } })).toEqual([
      'domain evil.example',
    ]);
  });
});

describe('Risk Level', () => {
  const level = (score: number | null, risk_level?: 'high' | 'customer_settings') =>
    mapped('FQDN', 'evil.example', {
      indicator: { score },
      settings: risk_level ? { risk_level } : {},
    }).objects[0];

  it.each([
    [0, 'low'],
    [6.99, 'low'],
    [7, 'medium'],
    [8.5, 'medium'],
    [8.99, 'medium'],
    [9, 'high'],
    [10, 'high'],
  ])('the risk level for a score of %d is %s', (score, expected) => {
    expect(level(score)).toMatchObject({ riskLevel: expected });
  });

  it('an indicator without a score has no risk level, not an empty one', () => {
    expect(level(null)).not.toHaveProperty('riskLevel');
  });

  it('a manual score of 0 takes precedence over a generated score of 9', () => {
    const row = { type: 'FQDN', value: 'evil.example' };
    const score = { generated_score: '9.00', manual_score: '0.00' };
    const of = (given: unknown) =>
      mapped('FQDN', 'evil.example', { indicator: readRow(given) }).objects[0];
    expect(of({ ...row, score })).toMatchObject({ riskLevel: 'low' });
    expect(of({ ...row, score: { ...score, manual_score: null } })).toMatchObject({
      riskLevel: 'high',
    });
  });

  it('a fixed risk level ignores the score, and customer settings send none', () => {
    expect(level(0, 'high')).toMatchObject({ riskLevel: 'high' });
    expect(level(null, 'high')).toMatchObject({ riskLevel: 'high' });
    expect(level(9, 'customer_settings')).not.toHaveProperty('riskLevel');
  });
});

describe('IOC Expiration', () => {
  const NOW = Date.parse('2026-03-01T12:00:00Z');
  const daysOf = (
    ioc_expiration: (typeof OPTIONS.ioc_expiration)[number],
    expires: string | null = null,
  ) =>
    mapped('FQDN', 'evil.example', {
      settings: { ioc_expiration },
      indicator: { expires },
      now: NOW,
    }).objects[0]?.daysToExpiration;

  it.each(OPTIONS.ioc_expiration.filter((option) => /^\d+$/.test(option)))(
    'IOC Expiration %s is sent as a number of days',
    (option) => expect(String(daysOf(option))).toBe(option),
  );

  it('IOC Expiration never is sent as -1, and that of the customer settings not at all', () => {
    expect(daysOf('never')).toBe(-1);
    expect(daysOf('customer_settings')).toBeUndefined();
  });

  it.each([
    ['2026-03-31 12:00:00', 30],
    ['2026-03-31 11:59:59', 29],
    ['2026-03-31T12:00:00Z', 30],
    ['2026-03-31T12:00:00.000000Z', 30],
    ['2026-03-31', 29],
    ['2026-03-31 12:00', 30],
    [' 2026-03-31 12:00:00 UTC ', 30],
    ['2026-03-31T14:00:00+02:00', 30],
    ['2026-03-31 07:00:00-0500', 30],
    ['2026-03-31 12:00:00+00', 30],
    ['2026-03-02 11:00:00', 1],
    ['2026-03-01 12:00:01', 1],
    ['2027-03-01 12:00:00', 365],
    ['2099-01-01 00:00:00', 365],
    [null, 30],
    ['', 30],
    ['0000-00-00 00:00:00', 30],
    ['2026-13-45 00:00:00', 30],
    ['next week', 30],
    ['31.03.2026 12:00', 30],
  ])('an indicator that expires in ThreatQ at %j is sent for %d days', (expires, days) => {
    expect(daysOf('threatq_date', expires)).toBe(days);
    expect(daysOf('45', expires)).toBe(45);
  });

  it('any date gives 1 to 365 whole days', () => {
    fc.assert(
      fc.property(fc.oneof(fc.date().map(String), fc.string(), anyTime), (expires) => {
        const days = daysOf('threatq_date', expires) ?? Number.NaN;
        expect(Number.isInteger(days) && days >= 1 && days <= 365).toBe(true);
      }),
    );
  });
});

/** A time as ThreatQ writes it. */
const anyTime = fc
  .date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 19).replace('T', ' '));

describe('High Risk From Score and Medium Risk From Score', () => {
  const settingsOf = (score: number | null, settings: Partial<Settings> = {}) => {
    const given = { settings, indicator: { score } };
    const { scanAction, riskLevel } = mapped('FQDN', 'evil.example', given).objects[0] ?? {};
    return [scanAction, riskLevel];
  };

  it.each<[number | null, Partial<Settings>, Array<string | undefined>]>([
    [9, {}, ['block', 'high']],
    [8.99, {}, ['block', 'medium']],
    [6.99, {}, ['block', 'low']],
    [null, {}, ['block', undefined]],
    [5, { high_from_score: 5, medium_from_score: 3 }, ['block', 'high']],
    [4.9, { high_from_score: 5, medium_from_score: 3 }, ['block', 'medium']],
    [0, { high_from_score: 0, medium_from_score: 0 }, ['block', 'high']],
    [9, { scan_action: 'threatq_score' }, ['block', 'high']],
    [8.99, { scan_action: 'threatq_score' }, ['log', 'medium']],
    [0, { scan_action: 'threatq_score' }, ['log', 'low']],
    [null, { scan_action: 'threatq_score' }, ['log', undefined]],
    [6, { scan_action: 'threatq_score', high_from_score: 6, risk_level: 'low' }, ['block', 'low']],
  ])('a score of %j with %j gives %j', (score, settings, expected) => {
    expect(settingsOf(score, settings)).toEqual(expected);
  });
});

describe('Values With A Port', () => {
  const strip = { settings: { port_handling: 'strip' } } as const;

  it.each([
    ['IP Address', '203.0.113.9:8080', 'ip 203.0.113.9'],
    ['IP Address', '203.0.113[.]9[:]8080', 'ip 203.0.113.9'],
    ['IP Address', '[2001:DB8:0::1]:443', 'ip 2001:db8::1'],
    ['IPv6 Address', ' [2001:db8::1]:65535 ', 'ip 2001:db8::1'],
    ['FQDN', 'evil.example:443', 'domain evil.example'],
    ['FQDN', 'Evil[.]example.:0', 'domain evil.example'],
    ['FQDN', 'bücher.example:80', 'domain xn--bcher-kva.example'],
  ])('the %s %s is skipped, or sent as %s', (type, value, expected) => {
    expect(sent(type, value)).toEqual(['[invalid_value]']);
    expect(mapped(type, value).skipped?.message).toMatch(/it has a port/);
    expect(sent(type, value, strip)).toEqual([expected]);
  });

  it.each([
    ['FQDN', 'evil.example:443/path'],
    ['FQDN', 'evil.example:65536'],
    ['FQDN', 'evil.example:'],
    ['FQDN', 'evil.example:80:80'],
    ['FQDN', '203.0.113.9:80'],
    ['FQDN', ':80'],
    ['IP Address', '203.0.113.9:80/x'],
    ['IP Address', '203.0.113.0/24:80'],
    ['IP Address', 'evil.example:80'],
    ['IP Address', '[203.0.113.9]:80x'],
    ['Email Address', 'a@evil.example:25'],
  ])('the %s %s is not guessed to be a value with a port', (type, value) => {
    expect(sent(type, value, strip)).toEqual(['[invalid_value]']);
  });

  it('a value without a port, a URL and an address whose end looks like a port stay as they are', () => {
    expect(sent('IPv6 Address', '2001:db8::1:443', strip)).toEqual(['ip 2001:db8::1:443']);
    expect(sent('URL', 'evil.example:8080/x', strip)).toEqual(['url http://evil.example:8080/x']);
    expect(sent('FQDN', 'evil.example', strip)).toEqual(['domain evil.example']);
  });

  it('an exception is sent without its port too', () => {
    expect(sent('FQDN', '*.good.example:443', { list: 'exceptions', ...strip })).toEqual([
      'domain *.good.example',
    ]);
  });
});

describe('Scan Action', () => {
  it.each(['block', 'log'] as const)('Scan Action %s is sent unchanged', (scan_action) => {
    expect(mapped('FQDN', 'evil.example', { settings: { scan_action } }).objects).toMatchObject([
      { scanAction: scan_action },
    ]);
  });

  it('customer settings send no scan action, risk level or expiration', () => {
    const settings = {
      scan_action: 'customer_settings',
      risk_level: 'customer_settings',
      ioc_expiration: 'customer_settings',
    } as const;
    const [object] = mapped('FQDN', 'evil.example', { settings }).objects;
    expect(Object.keys(object ?? {}).sort()).toEqual(['domain']);
  });
});

describe('an exception', () => {
  it('an exception has no settings, even if settings are given', () => {
    const settings = { scan_action: 'block', risk_level: 'high', ioc_expiration: '30' } as const;
    const [object] = mapped('FQDN', 'good.example', { list: 'exceptions', settings }).objects;
    expect(Object.keys(object ?? {}).sort()).toEqual(['domain']);
  });

  it.each([
    ['FQDN', '*.good.example', ['domain *.good.example']],
    ['URL', 'https://*.good.example/downloads/*', ['url https://*.good.example/downloads/*']],
    [
      'URL',
      '*.good.example/downloads/*',
      ['url http://*.good.example/downloads/*', 'url https://*.good.example/downloads/*'],
    ],
    ['URL', 'good.example/*', ['url http://good.example/*', 'url https://good.example/*']],
  ])(
    'an exception of the type %s can be the wildcard %s, and a suspicious object cannot',
    (type, value, objects) => {
      expect(sent(type, value, { list: 'exceptions' })).toEqual(objects);
      if (value.startsWith('good.')) {
        expect(sent(type, value)).toEqual(['url http://good.example/%2A']);
      } else {
        expect(sent(type, value)).toEqual(['[invalid_value]']);
        expect(mapped(type, value).skipped?.message).toContain('wildcard');
      }
    },
  );
});

describe('a wildcard URL without a scheme, as an exception', () => {
  it.each(['http', 'https', 'both'] as const)(
    'with URL Scheme Handling "%s" it is sent for both schemes, because the console has it for all',
    (url_scheme_handling) => {
      const given = { list: 'exceptions', settings: { url_scheme_handling } } as const;
      expect(sent('URL', 'good.example/*', given)).toEqual([
        'url http://good.example/*',
        'url https://good.example/*',
      ]);
    },
  );

  it('with URL Scheme Handling "skip" it is not sent', () => {
    const given = { list: 'exceptions', settings: { url_scheme_handling: 'skip' } } as const;
    expect(sent('URL', 'good.example/*', given)).toEqual(['[missing_scheme]']);
  });

  it('an exception without a wildcard gets the scheme of the settings', () => {
    const given = { list: 'exceptions', settings: { url_scheme_handling: 'https' } } as const;
    expect(sent('URL', 'good.example/x', given)).toEqual(['url https://good.example/x']);
  });
});

describe('for any indicator', () => {
  const type = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...SUPPORTED_TYPES) },
    fc.string({ unit: 'binary' }),
    fc.constantFrom('__proto__', 'constructor', 'MD5'),
  );
  const pieces = fc.constantFrom(
    ...['http', 'https', 'ftp', 'hxxp', '://', ':', '//', '/', '\\', '?', '#', '@', '.', '..', '*'],
    ...[
      '*.',
      '[.]',
      '(dot)',
      '[@]',
      '[:]',
      '[',
      ']',
      '%',
      '%00',
      'xn--',
      '-',
      '_',
      ' ',
      '\t',
      '\n',
    ],
    ...['evil', 'example', 'com', 'co.uk', '0x7f', '1', '198.51.100.7', '2001:db8::1', '80', 'a'],
    ...[
      'ü',
      '移动',
      'Σ',
      'ς',
      'İ',
      'ß',
      '\u200b',
      '\u202e',
      '\u3002',
      '\u00ad',
      '\ud800',
      '💩',
      '\0',
    ],
    ...['a'.repeat(64), 'b'.repeat(2030), 'F'.repeat(40)],
  );
  const value = fc.oneof(
    fc.array(pieces, { maxLength: 9 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary' }),
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.emailAddress(),
    fc.domain(),
    fc.ipV6(),
    fc.constantFrom(...excerpt().eset.map((row) => row.value)),
  );
  const score = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }));
  const list = fc.constantFrom<ListName>('suspicious_objects', 'exceptions');
  const settings = fc.record({
    url_scheme_handling: fc.constantFrom(...OPTIONS.url_scheme_handling),
  });
  const runs = { numRuns: 3000 };

  it('the mapper returns objects or a reason for any indicator, and never throws', () => {
    fc.assert(
      fc.property(type, value, score, list, settings, (...given) => {
        const [name, text, points, to, chosen] = given;
        const made = mapped(name, text, {
          list: to,
          settings: chosen,
          indicator: { score: points },
        });
        expect(made.objects.length > 0 || made.skipped !== undefined).toBe(true);
        if (made.skipped) expect(made.skipped.message).not.toBe('');
      }),
      runs,
    );
  });

  it('Vision One refuses no object that the mapper makes', () => {
    fc.assert(
      fc.property(type, value, score, list, settings, (...given) => {
        const [name, text, points, to, chosen] = given;
        const made = mapped(name, text, {
          list: to,
          settings: chosen,
          indicator: { score: points },
        });
        for (const object of made.objects) {
          expect(refusal(sandboxList[to], object), JSON.stringify(object)).toBeUndefined();
        }
      }),
      runs,
    );
  });

  it('mapping a sent value again does not change it', () => {
    fc.assert(
      fc.property(type, value, list, settings, (name, text, to, chosen) => {
        for (const object of mapped(name, text, { list: to, settings: chosen }).objects) {
          const again = mapped(name, object[objectKeyOf(object)] ?? '', {
            list: to,
            settings: chosen,
          });
          expect(again).toEqual({ objects: [object] });
        }
      }),
      runs,
    );
  });

  it('mapping does not change the indicator', () => {
    fc.assert(
      fc.property(type, value, (name, text) => {
        const indicator = Object.freeze(indicatorOf(name, text));
        expect(() => mapped(name, text, { indicator })).not.toThrow();
        expect(indicator.value).toBe(text);
      }),
    );
  });
});
