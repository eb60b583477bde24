import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readConfiguration } from '../../../src/cli/document/configuration.js';
import { actionOf, type Field, readManifest } from '../../../src/cli/manifest.js';

const manifest = await readManifest(new URL('../../../manifest.yaml', import.meta.url));
const blocklist = actionOf(manifest, 'add_to_blocklist').fields;
const exceptions = actionOf(manifest, 'add_to_exception_list').fields;

const required = { api_region: 'Japan', api_key: 'vision-one-key-1' };

/**
 * The settings as plain data.
 * @throws an error with the problems if the configuration is invalid
 */
function settings(raw: object, fields: Field[] = blocklist): Record<string, unknown> {
  const read = readConfiguration(fields, { ...required, ...raw });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return { ...read.value };
}

/** The problems as `path: message`. */
function problems(raw: unknown, fields: Field[] = blocklist): string[] {
  const read = readConfiguration(fields, raw);
  if ('value' in read) return [];
  return read.problems.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

const optionFields = blocklist.filter(({ type }) => type === 'select');
const options = optionFields.flatMap((field) =>
  (field.options ?? []).map((option) => ({ ...option, name: field.name })),
);

const regions = options.filter(({ name, value }) => name === 'api_region' && value !== 'custom');

/** What the region `custom` needs. */
const endpoint = (value: string) =>
  value === 'custom' ? { api_endpoint: 'https://gateway.example.com' } : {};

/** Cases of one value each. In a plain list, vitest prints a value that is a list by its elements. */
const each = (...values: unknown[]): [unknown][] => values.map((value) => [value]);

describe('an option', () => {
  it.each(options)('the option of $name is accepted as $label and as $value', (option) => {
    const { name, label, value } = option;
    for (const given of [value, label, value.toUpperCase(), label.toUpperCase()]) {
      for (const spelt of [given, ` ${given}\n`, `${given} (default)`, `${given}(Default)`]) {
        expect(settings({ [name]: spelt, ...endpoint(value) })[name], spelt).toBe(value);
      }
    }
  });

  it('labels are accepted as the ThreatQ guide and word processors write them', () => {
    const given = 'Add 2 IOCs (one with http:// and one with https://';
    expect(settings({ url_scheme_handling: given })['url_scheme_handling']).toBe('both');
    for (const quoted of ['Don’t Send IOC', 'Don‘t Send IOC', 'don`t send  ioc']) {
      expect(settings({ url_scheme_handling: quoted })['url_scheme_handling']).toBe('skip');
    }
    const date = 'On ThreatQ’s Expiration Date';
    expect(settings({ ioc_expiration: date })['ioc_expiration']).toBe('threatq_date');
  });

  it.each(regions)('the region $label is accepted as the URL of its API', ({ value }) => {
    for (const given of [
      `https://${value}`,
      `https://${value}/`,
      `HTTPS://${value.toUpperCase()}`,
    ]) {
      expect(settings({ api_region: given })['api_region']).toBe(value);
    }
    for (const given of [`http://${value}`, `https://${value}//`, `https://${value}/v3.0`]) {
      expect(problems({ ...required, api_region: given })).toHaveLength(1);
    }
  });

  it.each([
    ['EU', 'European Union (EU)'],
    ['Europe', 'European Union (EU)'],
    ['US', 'United States'],
    ['uk', 'United Kingdom'],
    ['api.us.xdr.trendmicro.com', 'United States'],
    ['api.eu.xdr.trendmicro.co', 'European Union (EU)'],
    ['api.eu.xdr.trendmicor.com', 'European Union (EU)'],
    ['https://portal.eu.xdr.trendmicro.com/index.html', 'European Union (EU)'],
    ['https://api.eu.xdr.trendmicro.com/v3.0', 'European Union (EU)'],
    ['https://portal.xdr.trendmicro.co.jp', 'Japan'],
    ['xdr.trendmicro.com', 'United States'],
    ['https://gateway.example.com', 'Custom (see API Endpoint)'],
    ['api.kr.xdr.trendmicro.com', 'Custom (see API Endpoint)'],
  ])('the region %s is refused, and the message suggests %s', (api_region, meant) => {
    const [problem] = problems({ ...required, api_region });
    expect(problem?.endsWith(`given: "${api_region}"; did you mean "${meant}"?`)).toBe(true);
  });

  // Two regions are equally close, or none is.
  it.each(['api.xdr.trendmicro.co', 'South America', 'Austria', 'Germany', 'eu-1'])(
    'the region %s is refused, and no other region is suggested',
    (api_region) => {
      const [problem] = problems({ ...required, api_region });
      expect(problem?.endsWith(`given: "${api_region}"`)).toBe(true);
    },
  );

  it('an option of digits is accepted as a number', () => {
    expect(settings({ ioc_expiration: 45 })['ioc_expiration']).toBe('45');
  });

  it.each(
    each(46, -1, 45.5, Number.NaN, true, ['45'], { value: '45' }, 'After 45', '45 days', '045'),
  )('an option is not guessed from %j', (given) => {
    const [problem] = problems({ ...required, ioc_expiration: given });
    expect(problem).toMatch(/^ioc_expiration: IOC Expiration must be one of .*"Never" \(never\)/);
    expect(problem).toContain(`given: ${JSON.stringify(given)}`);
  });
});

describe('a number', () => {
  it.each([
    [1, 1],
    [10_000, 10_000],
    ['250', 250],
    [' 250 ', 250],
    ['0250', 250],
  ])('the number %j is read as %d', (given, value) => {
    expect(settings({ objects_per_run: given })['objects_per_run']).toBe(value);
  });

  it.each(
    each(
      0,
      -1,
      10_001,
      2.5,
      '0',
      '-1',
      '10001',
      '1e3',
      '0x10',
      '100.0',
      'all',
      true,
      [5],
      Number.POSITIVE_INFINITY,
      Number.NaN,
      '9'.repeat(70),
    ),
  )('%j is refused as a number, and the message shows it', (given) => {
    expect(problems({ ...required, objects_per_run: given })).toEqual([
      `objects_per_run: Objects Per Run must be a whole number from 1 to 10000; given: ${JSON.stringify(given)}`,
    ]);
  });
});

it.each(['1,000', '1_000', "1'000", '1 000'])(
  '%j is refused as a number, and the message says which number was probably meant',
  (given) => {
    expect(problems({ ...required, objects_per_run: given })).toEqual([
      `objects_per_run: Objects Per Run must be a whole number from 1 to 10000; given: "${given}"; did you mean 1000?`,
    ]);
  },
);

describe('a score', () => {
  it.each([
    [0, 0],
    [10, 10],
    [8.5, 8.5],
    ['8.5', 8.5],
    [' 9 ', 9],
  ])('the score %j is read as %d', (given, value) => {
    expect(settings({ high_from_score: given, medium_from_score: 0 })['high_from_score']).toBe(
      value,
    );
  });

  it.each(each(-0.5, 10.5, '10.01', '8,5', '.5', 'high', true, [9]))(
    '%j is refused as a score',
    (given) => {
      const [problem] = problems({ ...required, high_from_score: given });
      expect(problem).toMatch(
        /^high_from_score: High Risk From Score must be a number from 0 to 10;/,
      );
    },
  );

  it('Medium Risk From Score may be as high as High Risk From Score, and not higher', () => {
    expect(settings({ high_from_score: 5, medium_from_score: 5 })).toMatchObject({
      high_from_score: 5,
    });
    expect(problems({ ...required, high_from_score: 5 })).toEqual([
      'medium_from_score: Medium Risk From Score (7) must not be above High Risk From Score (5); a score that is not given has its default',
    ]);
  });
});

describe('a boolean', () => {
  it.each([
    [true, true],
    [1, true],
    [0, false],
    ['1', true],
    ['0', false],
    [false, false],
    ['true', true],
    ['FALSE', false],
    [' False ', false],
  ])('the boolean %j is read as %s', (given, value) => {
    expect(settings({ verify_ssl: given })['verify_ssl']).toBe(value);
    expect(settings({ disable_proxies: given })['disable_proxies']).toBe(value);
  });

  it.each(each(2, -1, '2', 'constructor', '__proto__', ' ', [], {}))(
    '%j is not accepted as a boolean',
    (given) => {
      expect(problems({ ...required, verify_ssl: given })).toEqual([
        `verify_ssl: Enable SSL Certificate Verification must be true or false; given: ${JSON.stringify(given)}`,
      ]);
    },
  );

  it.each([
    ['yes', true],
    ['On', true],
    ['no', false],
    ['OFF', false],
  ])(
    '%j is not accepted as a boolean, and the message says what was probably meant',
    (given, meant) => {
      expect(problems({ ...required, verify_ssl: given })).toEqual([
        expect.stringMatching(new RegExp(`given: "${given}"; did you mean ${meant}\\?$`)),
      ]);
    },
  );
});

describe('a field that is missing, null or empty', () => {
  it.each([
    ['blocklist', blocklist],
    ['exception', exceptions],
  ])(
    'a field that is missing, null or empty gets its default in the %s action',
    (_action, fields) => {
      const defaults = Object.fromEntries(
        fields
          .filter((field) => !field.required && field.default !== undefined)
          .map((field) => [field.name, field.default]),
      );
      for (const nothing of [undefined, null, '']) {
        const optional = fields.filter((field) => !field.required);
        const blank = Object.fromEntries(optional.map(({ name }) => [name, nothing]));
        expect(settings(blank, fields)).toMatchObject(defaults);
      }
      expect(settings({}, fields)).toMatchObject(defaults);
    },
  );

  it('a required field that is missing, null or empty is a problem', () => {
    for (const nothing of [undefined, null, '']) {
      expect(problems({ api_region: nothing, api_key: nothing })).toEqual([
        expect.stringMatching(/^api_region: API Region is required: one of "United States" /),
        'api_key: API Key is required: text of printable ASCII characters without spaces; it can also be in VISION_ONE_API_KEY or VISION_ONE_API_KEY_FILE',
      ]);
    }
    expect(problems(null)).toHaveLength(2);
  });
});

describe('invalid configurations', () => {
  it.each([[['api_key']], ['text'], [42], [true]])(
    'a configuration of %j is one problem',
    (raw) => {
      expect(problems(raw)).toEqual([': must be a mapping of user field names to values']);
    },
  );

  it('all problems of a configuration are reported at once', () => {
    expect(
      problems({ api_region: 'Mars', verify_ssl: 'maybe', risk_level: 'severe', colour: 'red' }),
    ).toEqual([
      expect.stringMatching(/^api_region: .*given: "Mars"$/),
      expect.stringMatching(/^api_key: API Key is required/),
      expect.stringMatching(/^risk_level: .*given: "severe"$/),
      expect.stringMatching(/^verify_ssl: .*given: "maybe"$/),
      expect.stringMatching(/^colour: is not a field of this action; its fields are api_region, /),
    ]);
  });

  it('a field of the other action is a problem', () => {
    for (const name of ['scan_action', 'risk_level', 'ioc_expiration']) {
      const given = { ...required, [name]: 'customer_settings' };
      expect(problems(given, exceptions)).toEqual([
        expect.stringContaining(`${name}: is not a field`),
      ]);
    }
  });

  it('fields such as toString and __proto__ are unknown', () => {
    const raw = JSON.parse('{"__proto__":{"verify_ssl":false},"constructor":1,"toString":2}');
    expect(problems({ ...required, ...raw }).map((text) => text.split(':')[0])).toEqual([
      '__proto__',
      'constructor',
      'toString',
    ]);
  });
});

describe('secrets', () => {
  it('a secret is used unchanged, except for white space around it', () => {
    expect(settings({ api_key: ' eyJ.a+b/c== \n' })['api_key']).toBe('eyJ.a+b/c==');
  });

  it.each(each(12345678, ['s3cret-value'], true, '   '))(
    'a secret that is not text is not shown: %j',
    (api_key) => {
      expect(problems({ ...required, api_key })).toEqual([
        'api_key: API Key must be text of printable ASCII characters without spaces; what was given is not shown',
      ]);
    },
  );

  it.each(['clé-secrète', 's3cret\nX-Other: value', 's3cret\0', 's3cret value'])(
    'a secret that a header cannot have is refused: %j',
    (api_key) => {
      expect(problems({ ...required, api_key })).toEqual([
        'api_key: API Key must be text of printable ASCII characters without spaces; what was given is not shown',
      ]);
    },
  );

  it('a secret under a mistyped name is not shown', () => {
    const [problem] = problems({ ...required, api_kye: 's3cret-value' });
    expect(problem).toMatch(/^api_kye: is not a field/);
    expect(problem).not.toContain('s3cret');
  });

  it.each([
    'a1'.repeat(32),
    'QWxhZGRpbjpvcGVuIHNlc2FtZQ1==',
    'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  ])('a value that may be a key is not shown in another field: %s', (key) => {
    for (const name of ['api_region', 'ioc_expiration', 'verify_ssl', 'objects_per_run']) {
      const [problem] = problems({ ...required, [name]: key });
      expect(problem).toMatch(/given: \d+ characters, which are not shown$/);
      expect(problem).not.toContain(key.slice(0, 8));
    }
  });

  it.each([
    'my-very-long-host-name-01',
    'exclusions_2024_final_v2.txt',
    'api.eu1-gateway.internal',
    '2f0c8f4e-9a3b-4d1c-8e7f-0a1b2c3d4e5f',
  ])('a value that is no key is shown: %s', (text) => {
    expect(problems({ ...required, risk_level: text })[0]).toContain(`given: "${text}"`);
  });

  it('an API key that is the name of a region is a problem', () => {
    for (const api_key of ['Japan', 'api.eu.xdr.trendmicro.com', 'custom']) {
      expect(problems({ ...required, api_key })).toEqual([
        'api_key: API Key is the name of a region: were API Key and API Region swapped?',
      ]);
    }
  });

  it('no part of a long key in another field is shown', () => {
    const key = `eyJhbGciOiJSUzI1NiJ9.${'x'.repeat(400)}`;
    const [problem] = problems({ ...required, api_region: key });
    expect(problem).toMatch(/given: 421 characters, which are not shown$/);
    expect(problem).not.toContain(key.slice(0, 8));
  });
});

it('any configuration gives valid settings or problems, and nothing is thrown', () => {
  const names = [...blocklist.map(({ name }) => name), '__proto__', 'x'];
  const value = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(...options.flatMap((option) => [option.label, option.value])),
    fc.constantFrom<unknown>('true', 'FALSE', '500', 7, Number.NaN, -0),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (given) => {
      const read = readConfiguration(blocklist, { ...required, ...given });
      if ('problems' in read) {
        expect(read.problems.length).toBeGreaterThan(0);
        return;
      }
      const found = Object.entries(read.value);
      const always = blocklist.filter((field) => field.required || field.default !== undefined);
      expect(found.map(([name]) => name)).toEqual(
        expect.arrayContaining(always.map(({ name }) => name)),
      );
      for (const [name, setting] of found) {
        const field = blocklist.find((one) => one.name === name) as Field;
        if (field.options) expect(field.options.map((option) => option.value)).toContain(setting);
        else expect(typeof setting).toBe(field.type === 'text' ? 'string' : field.type);
      }
    }),
  );
});
