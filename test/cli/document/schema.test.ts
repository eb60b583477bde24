/**
 * The JSON Schema of the run document in the zip. It agrees with the reader about documents of this
 * class: environment variables provide what a document lacks, texts have the syntax that their key
 * needs, and no value depends on another field. The reader alone checks syntax, dependencies, and the
 * range of a number that is given as text.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { toJSONSchema } from 'zod/v4/core';
import { runDocumentSchema } from '../../../src/cli/document/schema.js';
import { InvalidInputError } from '../../../src/cli/invalid-input.js';
import { actionOf, type Field, readManifest } from '../../../src/cli/manifest.js';
import { removeFolder, unpack } from '../../support/bundle.js';
import { readDocument } from '../../support/document.js';

const manifest = await readManifest(new URL('../../../manifest.yaml', import.meta.url));
const blocklist = actionOf(manifest, 'add_to_blocklist').fields;
const exceptions = actionOf(manifest, 'add_to_exception_list').fields;

const environment = {
  VISION_ONE_API_KEY: 'vision-one-key-1',
  THREATQ_HOST: 'https://threatq.example.com',
  THREATQ_CLIENT_ID: 'exporter',
  THREATQ_CLIENT_SECRET: 'threatq-secret-1',
};

let folder: string;
// biome-ignore lint/suspicious/noExplicitAny: the tests read parts of a JSON Schema
let schema: any;
let isValid: ValidateFunction;

beforeAll(async () => {
  folder = await unpack();
  schema = JSON.parse(await readFile(join(folder, 'schemas/run-document.schema.json'), 'utf8'));
  isValid = new Ajv2020({ strict: true, allErrors: true }).compile(schema);
});
afterAll(() => removeFolder(folder));

async function isReadable(document: unknown, fields = blocklist): Promise<boolean> {
  try {
    await readDocument(JSON.stringify(document), fields, environment);
    return true;
  } catch (error) {
    if (error instanceof InvalidInputError) return false;
    throw error;
  }
}

interface Values {
  valid: unknown[];
  wrong: unknown[];
}

const MISSING = [undefined, null, ''];

/** The fields of the class. A text that is no secret has a syntax of its own. */
const fields = blocklist.filter(
  ({ name, type, mask }) => !name.endsWith('_from_score') && (type !== 'text' || mask),
);

/** Values of a field in all spellings of the class, and wrong ones. */
function valuesOf(field: Field): Values {
  const { valid, wrong } = VALUES[field.type](field);
  const isRequired = field.required && !field.mask;
  return isRequired
    ? { valid, wrong: [...wrong, ...MISSING] }
    : { valid: [...valid, ...MISSING], wrong };
}

const VALUES: Record<Field['type'], (field: Field) => Values> = {
  select: ({ options = [] }) => {
    // A custom region needs another field.
    const usable = options.filter(({ value }) => value !== 'custom');
    const names = usable.flatMap(({ label, value }) => [label, value]);
    const digits = names.filter((name) => /^\d+$/.test(name)).map(Number);
    return {
      valid: [
        ...names.flatMap((name) => [name, name.toUpperCase(), name.toLowerCase(), ` ${name}\n`]),
        ...names.flatMap((name) => [`${name} (default)`, name.replaceAll("'", '’')]),
        ...digits,
      ],
      wrong: [...names.map((name) => `${name} x`), 'explode', ' ', 46, true, [names[0]], {}],
    };
  },
  number: ({ min = 0, max = 0 }) => ({
    valid: [min, max, max - 1, String(min), String(max), ` ${max} `, `0${min}`],
    wrong: [min - 1, max + 1, min + 0.5, '1e3', '1,000', '-1', '1.5', 'all', ' ', true, [min], {}],
  }),
  boolean: () => ({
    valid: [true, false, 'true', 'FALSE', ' False ', 0, 1, '0', '1'],
    wrong: ['yes', 'on', 2, -1, '2', ' ', [], {}],
  }),
  text: () => ({
    valid: ['eyJ.a+b/c==', ' key-1\n', '12345678'],
    wrong: [12345678, true, ['key'], { value: 'key' }, 'a key', 'clé', ' '],
  }),
};

const text: Values = { valid: [...MISSING, ' ', 'some text'], wrong: [5, true, ['text'], {}] };
const host: Values = { ...text, valid: [...MISSING, ' ', 'https://threatq.example.com'] };

/** Values of the keys of a document, except for its configuration, its collection and its objects. */
const KEYS: Record<string, Values> = {
  name: {
    valid: [undefined, null, 'Tenant A', 'n'.repeat(100)],
    wrong: ['', ' ', 'n'.repeat(101), 5, [], {}],
  },
  exclude: {
    valid: [undefined, null, 'ours.txt', [], ['a.txt', 'b.json']],
    wrong: [5, true, {}, [5], [null], [{ file: 'ours.txt' }]],
  },
  time_limit_minutes: {
    valid: [undefined, null, 0.5, 15, 1440],
    wrong: [0, -1, 1440.5, '15', true, [], {}],
  },
};

const SECTIONS: Record<string, Record<string, Values>> = {
  threatq: { host, client_id: text, client_secret: text, email: text, password: text },
  configuration: Object.fromEntries(fields.map((field) => [field.name, valuesOf(field)])),
};

/** What a document exports: exactly one data collection, or selected objects. */
const ORIGINS: Values = {
  valid: [
    { data_collection: { hash: 'c2' } },
    { data_collection: { name: 'Active C2', hash: '' }, objects: null },
    { data_collection: { name: null, hash: 'c2' } },
    { objects: [], data_collection: null },
    { objects: [{ type: 'FQDN', value: 'evil.example' }, {}] },
    { objects: { type: 'FQDN', value: 'evil.example' } },
    { objects: { 0: { id: 1 }, 2: { id: 2 } } },
  ],
  wrong: [
    {},
    { data_collection: null, objects: null },
    { data_collection: { hash: 'c2' }, objects: [] },
    { data_collection: { hash: 'c2', name: 'Active C2' } },
    { data_collection: {} },
    { data_collection: { hash: '', name: ' ' } },
    { data_collection: { hash: 5 } },
    { data_collection: { hash: 'c2', nmae: 'x' } },
    { data_collection: 'c2' },
    { data_collection: [] },
    { objects: '' },
    { objects: 5 },
    { objects: ['evil.example'] },
    { objects: [[]] },
  ],
};

const good = {
  data_collection: { hash: 'c2' },
  configuration: { api_region: 'Japan' },
};

/** Documents that differ from a good one in one place. */
function variants(kind: keyof Values): object[] {
  return [
    ...ORIGINS[kind].map((origin) => ({
      ...(origin as object),
      configuration: { ...good.configuration },
    })),
    ...Object.entries(KEYS).flatMap(([key, values]) =>
      values[kind].map((value) => ({ ...good, [key]: value })),
    ),
    ...Object.entries(SECTIONS).flatMap(([section, keys]) =>
      Object.entries(keys).flatMap(([key, values]) =>
        values[kind].map((value) => ({
          ...good,
          [section]: { ...good[section as 'configuration'], [key]: value },
        })),
      ),
    ),
  ];
}

/** What a parser makes of a document: without the keys whose value is undefined. */
const parsed = (document: object): unknown => JSON.parse(JSON.stringify(document));

describe('the schema and the reader', () => {
  it('the schema and the reader accept each valid value of each key', async () => {
    for (const document of variants('valid').map(parsed)) {
      expect([document, await isReadable(document)]).toEqual([document, true]);
      expect([document, isValid(document) || isValid.errors]).toEqual([document, true]);
    }
  });

  it('the schema and the reader refuse each wrong value of each key', async () => {
    const sections = ['text', 5, true, []].flatMap((value) => [
      { ...good, threatq: value },
      { ...good, configuration: value },
    ]);
    const unknown = [
      { ...good, objekts: [] },
      { ...good, threatq: { token: 'x' } },
      { ...good, configuration: { ...good.configuration, api_kye: 'x' } },
      { data_collection: { hash: 'c2' } },
    ];
    for (const document of [...variants('wrong'), ...sections, ...unknown].map(parsed)) {
      expect([document, await isReadable(document)]).toEqual([document, false]);
      expect([document, isValid(document)]).toEqual([document, false]);
    }
  });

  it('the schema and the reader agree about any combination of values', async () => {
    const among = ({ valid, wrong }: Values) =>
      fc.oneof(
        { weight: 60, arbitrary: fc.constantFrom(...valid) },
        { weight: 1, arbitrary: fc.constantFrom(...wrong) },
      );
    const record = (keys: Record<string, Values>) =>
      fc.record(
        Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, among(values)])),
      );
    const document = fc
      .tuple(
        record(KEYS),
        fc.record(
          {
            threatq: record(SECTIONS['threatq'] ?? {}),
            configuration: record(SECTIONS['configuration'] ?? {}),
          },
          { requiredKeys: ['configuration'] },
        ),
        among(ORIGINS),
      )
      .map(([keys, sections, origin]) => parsed({ ...keys, ...sections, ...(origin as object) }));
    const accepted: boolean[] = [];
    await fc.assert(
      fc.asyncProperty(document, async (each) => {
        accepted.push(await isReadable(each));
        expect(isValid(each)).toBe(accepted.at(-1));
      }),
      { numRuns: 2000 },
    );
    // The values are chosen so that both kinds of documents are frequent.
    expect(accepted.filter(Boolean).length).toBeGreaterThan(500);
    expect(accepted.filter((each) => !each).length).toBeGreaterThan(500);
  });

  it('a document of the exception action is valid, too', async () => {
    const configuration = Object.fromEntries(
      exceptions.map(({ name, default: byDefault }) => [name, byDefault]),
    );
    const document = parsed({ ...good, configuration: { ...configuration, api_region: 'Japan' } });
    expect(await isReadable(document, exceptions)).toBe(true);
    expect(isValid(document)).toBe(true);
  });
});

describe('the schema', () => {
  it('the JSON Schema in the zip is made from the schema of the code and the manifest', () => {
    const made = toJSONSchema(runDocumentSchema(blocklist), { io: 'input' });
    expect(schema).toEqual(JSON.parse(JSON.stringify(made)));
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  });

  it.each(blocklist)('$name has its label, its description and its default', (field) => {
    expect(schema.properties.configuration.properties[field.name]).toMatchObject({
      title: field.label,
      description: field.description,
      ...(field.default === undefined ? {} : { default: field.default }),
    });
  });

  it('every key outside the configuration has a description', () => {
    const { threatq, data_collection } = schema.properties;
    for (const section of [schema, threatq.anyOf[0], data_collection.anyOf[0]]) {
      for (const [key, { description }] of Object.entries<{ description?: string }>(
        section.properties,
      )) {
        expect(description, key).toMatch(/\.$/);
      }
    }
  });

  it.each(blocklist.filter(({ options }) => options))(
    'editors can propose the options of $name',
    ({ name, options = [] }) => {
      const { anyOf } = schema.properties.configuration.properties[name];
      const proposed = anyOf.filter(({ title }: { title?: string }) => title);
      expect(
        proposed.map(({ title, const: value, enum: values }: Record<string, unknown>) => ({
          label: title,
          value: value ?? (values as unknown[])[0],
        })),
      ).toEqual(options);
    },
  );
});

describe('a value of one field', () => {
  const withField = (name: string, value: unknown) => ({
    ...good,
    configuration: { ...good.configuration, [name]: value },
  });

  const accepted: [string, unknown][] = [
    ['scan_action', 'block(Default)'],
    ['url_scheme_handling', 'Apply http:// (default)'],
    ['url_scheme_handling', 'Add 2 IOCs (one with http:// and one with https://'],
    ['url_scheme_handling', 'add 2  iocs (one with http:// and one with https://) (default)'],
    ['url_scheme_handling', 'Don`t Send IOC'],
    ['api_region', 'https://api.eu.xdr.trendmicro.com'],
    ['api_region', 'HTTPS://API.EU.xdr.trendmicro.com/'],
    ['api_endpoint', 'https://gateway.example.com'],
    ['api_endpoint', ' '],
    ['high_from_score', 8.5],
    ['high_from_score', ' 8.5 '],
    ['medium_from_score', 0],
    ['never_block', 'example.com, 192.0.2.0/24'],
  ];
  it.each(accepted)('%s may be %j', async (name, value) => {
    const document = withField(name, value);
    expect([await isReadable(document), isValid(document)]).toEqual([true, true]);
  });

  const refused: [string, unknown][] = [
    ['api_region', 'http://api.eu.xdr.trendmicro.com'],
    ['api_region', 'https://api.eu.xdr.trendmicro.com.evil.example'],
    ['api_region', 'https://api.eu.xdr.trendmicro.com/v3.0'],
    ['api_region', 'https://apixeu.xdr.trendmicro.com'],
    ['api_endpoint', 5],
    ['scan_action', '(default)'],
    ['high_from_score', 10.5],
    ['medium_from_score', -1],
    ['never_block', ['example.com']],
  ];
  it.each(refused)('%s may not be %j', async (name, value) => {
    const document = withField(name, value);
    expect([await isReadable(document), isValid(document)]).toEqual([false, false]);
  });
});

describe('the example', () => {
  it('the example of a run document is valid and names its schema', async () => {
    const file = join(folder, 'examples/blocklist.yaml');
    const example = await readFile(file, 'utf8');
    const document = parse(example);
    expect(isValid(document) || isValid.errors).toBe(true);
    expect(await isReadable(document)).toBe(true);
    const [, named = ''] = /^# yaml-language-server: \$schema=(\S+)$/m.exec(example) ?? [];
    expect(JSON.parse(await readFile(join(folder, 'examples', named), 'utf8'))).toEqual(schema);
  });
});
