/**
 * The form of a run document. The readers take its keys and limits, and the build makes its JSON
 * Schema, with which editors complete and check fields. The readers check more than a JSON Schema
 * can: the syntax of addresses, and fields that depend on each other.
 */
import * as z from 'zod/mini';
import { CUSTOM_REGION } from '../../export/settings.js';
import { APOSTROPHES } from '../../text/quotes.js';
import type { Field } from '../manifest.js';
import { takesFractions } from './field.js';
import { namesOf } from './options.js';

/** In characters. */
export const MAX_NAME_CHARS = 100;
export const DEFAULT_TIME_LIMIT_MINUTES = 15;
export const MAX_TIME_LIMIT_MINUTES = 24 * 60;

const notBlank = z.regex(/\S/);
const optionalText = z.optional(z.nullable(z.string()));

/**
 * Of these keys, exactly one has a value.
 * @param given for each key, the JSON Schema of a value that counts as given
 */
function exactlyOne(given: Record<string, object>) {
  const oneOf = Object.entries(given).map(([key, value]) => ({
    required: [key],
    properties: { [key]: value },
  }));
  return z.meta({ oneOf });
}

const threatqSchema = z.strictObject({
  host: optionalText.check(
    z.describe('The address, such as https://threatq.example.com. Variable: THREATQ_HOST.'),
  ),
  client_id: optionalText.check(z.describe('The client id. Variable: THREATQ_CLIENT_ID.')),
  client_secret: optionalText.check(
    z.describe(
      'The client secret, for the client-credentials grant. Variable: THREATQ_CLIENT_SECRET.',
    ),
  ),
  email: optionalText.check(
    z.describe('The email address of a user, for the password grant. Variable: THREATQ_EMAIL.'),
  ),
  password: optionalText.check(
    z.describe('The password of the user, for the password grant. Variable: THREATQ_PASSWORD.'),
  ),
});

const filledText = { type: 'string', pattern: '\\S' };

const collectionSchema = z
  .strictObject({
    hash: optionalText.check(z.describe('The hash of the data collection.')),
    name: optionalText.check(z.describe('The name of the data collection.')),
  })
  .check(exactlyOne({ hash: filledText, name: filledText }));

const row = z.looseObject({});
const filePath = z.string().check(notBlank);

export const documentShape = {
  name: z
    .optional(z.nullable(z.string().check(notBlank, z.maxLength(MAX_NAME_CHARS))))
    .check(z.describe('A name of the run. The summary, the result and the page show it.')),
  threatq: z
    .optional(z.nullable(threatqSchema))
    .check(
      z.describe('The connection to ThreatQ. Environment variables provide what is missing here.'),
    ),
  data_collection: z
    .optional(z.nullable(collectionSchema))
    .check(z.describe('The data collection to export, by its hash or its name.')),
  objects: z
    .optional(z.union([z.array(row), row, z.null()]))
    .check(
      z.describe(
        "Selected indicators to export instead of a data collection, as rows of ThreatQ's API.",
      ),
    ),
  /** Its fields are those of the actions: see runDocumentSchema. */
  configuration: z.looseObject({}),
  exclude: z
    .optional(z.union([filePath, z.array(filePath), z.null()]))
    .check(z.describe('Files of values that are never blocked. Only for the blocklist action.')),
  time_limit_minutes: z
    .optional(z.nullable(z.number().check(z.gt(0), z.lte(MAX_TIME_LIMIT_MINUTES))))
    .check(
      z.meta({
        description: 'The time limit of the run, in minutes.',
        default: DEFAULT_TIME_LIMIT_MINUTES,
      }),
    ),
};

export type ThreatQKey = keyof typeof threatqSchema.shape;
export type CollectionKey = keyof typeof collectionSchema.shape;

/** @param fields the user fields of all actions, from the manifest */
export function runDocumentSchema(fields: Field[]) {
  return z.strictObject({ ...documentShape, configuration: configurationSchema(fields) }).check(
    exactlyOne({
      data_collection: { type: 'object' },
      objects: { anyOf: [{ type: 'array' }, { type: 'object' }] },
    }),
    z.meta({ title: 'Run document of the Trend Micro Vision One actions' }),
  );
}

function configurationSchema(fields: Field[]) {
  const entries = fields.map((field) => [field.name, fieldSchema(field)] as const);
  return z
    .strictObject(Object.fromEntries(entries))
    .check(z.meta({ description: 'The user fields of the action.', ...endpointIfCustom(fields) }));
}

/** A JSON Schema that requires API Endpoint if API Region is the custom one. */
function endpointIfCustom(fields: Field[]) {
  const options = fields.find(({ name }) => name === 'api_region')?.options ?? [];
  const custom = options.filter(({ value }) => value === CUSTOM_REGION);
  const { source: pattern } = optionPattern(custom);
  return {
    if: { required: ['api_region'], properties: { api_region: { type: 'string', pattern } } },
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
    then: { required: ['api_endpoint'], properties: { api_endpoint: filledText } },
  };
}

/** A value that counts as missing. */
const BLANK = [z.null(), z.literal('')] as const;

/** A secret is optional even if the action requires it: it can be in the environment. */
function fieldSchema(field: Field) {
  const { label: title, description, default: byDefault, required, mask } = field;
  const accepted = VALUES[field.type](field);
  const schema =
    required && !mask ? z.union(accepted) : z.optional(z.union([...accepted, ...BLANK]));
  return schema.check(z.meta({ title, description, default: byDefault }));
}

const VALUES: Record<Field['type'], (field: Field) => z.ZodMiniType[]> = {
  select: ({ options = [] }) => [
    ...options.map(optionSchema),
    z.string().check(z.regex(optionPattern(options))),
  ],
  number: (field) => {
    const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field;
    const number = takesFractions(field) ? z.number() : z.int();
    return [number.check(z.gte(min), z.lte(max)), textLike([digitsOf(field)])];
  },
  boolean: () => [
    z.boolean(),
    z.int().check(z.gte(0), z.lte(1)),
    textLike([...['true', 'false'].map(inAnyCase), '[01]']),
  ],
  text: ({ mask }) => [mask ? textLike(['[\\x21-\\x7e]+']) : z.string()],
};

const digitsOf = (field: Field) =>
  takesFractions(field) ? '\\d{1,15}(?:\\.\\d{1,15})?' : '\\d{1,15}';

type Option = NonNullable<Field['options']>[number];

/** What editors propose. In YAML, an option of digits is a number unless it is in quotes. */
function optionSchema({ label, value }: Option) {
  const isNumber = /^\d+$/.test(value);
  return z.literal(isNumber ? [value, Number(value)] : [value]).check(z.meta({ title: label }));
}

/** Patterns of the names of an option. A URL may have a slash at its end. */
function spellings(option: Option): string[] {
  return namesOf(option).map((name) =>
    name.startsWith('https://') ? `${inAnyCase(name)}/?` : inAnyCase(name),
  );
}

/**
 * A pattern of a text. It needs no flag, because patterns of JSON Schema have none. Quotes may be
 * typographic.
 */
function inAnyCase(text: string): string {
  return text
    .replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
    .replace(/[a-z]/gi, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`)
    .replace(/'/g, `[${APOSTROPHES}]`)
    .replace(/ /g, '\\s+');
}

/** Text that matches one of the patterns. White space around it is ignored. */
function textLike(patterns: string[]) {
  return z.string().check(z.regex(patternOf(patterns)));
}

function optionPattern(options: Option[]): RegExp {
  return patternOf(options.flatMap(spellings), `(?:\\s*${inAnyCase('(default)')})?`);
}

function patternOf(patterns: string[], suffix = ''): RegExp {
  return new RegExp(`^\\s*(?:${[...new Set(patterns)].join('|')})${suffix}\\s*$`);
}
