/** Reads the value of one user field, as its manifest entry declares it. */
import * as z from 'zod/mini';
import { settingsSchema } from '../../export/settings.js';
import { isMapping } from '../../text/mapping.js';
import { suggestion } from '../../text/suggest.js';
import { shownInput } from '../invalid-input.js';
import type { Field } from '../manifest.js';
import { EXAMPLE_ENDPOINT } from './endpoint.js';
import { optionMeant, optionNamed } from './options.js';
import { problem, type Reader } from './reader.js';
import { API_KEY_VARIABLE, IS_MAPPING, secretProblem } from './secret.js';

type Value = string | number | boolean;

/**
 * A reader of the field. An optional field that is not given has its default, or is undefined. No problem
 * shows a masked value.
 */
export function readerOfField(field: Field): Reader<Value | undefined> {
  const { label, mask, required, default: byDefault } = field;
  const readGiven = mask ? secretReader(field) : valueReader(field);
  return (raw) => {
    if (raw !== undefined && raw !== null && !isEmpty(raw, field)) return readGiven(raw);
    if (!required) return { value: byDefault };
    return problem(`${label} is required: ${acceptedBy(field)}${mask ? IN_VARIABLE : ''}`);
  };
}

const IN_VARIABLE = `; it can also be in ${API_KEY_VARIABLE} or ${API_KEY_VARIABLE}_FILE`;

function isEmpty(raw: unknown, { type, mask }: Field): boolean {
  return type === 'text' && !mask && typeof raw === 'string' ? raw.trim() === '' : raw === '';
}

function valueReader(field: Field): Reader<Value> {
  const schema = SCHEMAS[field.type](field);
  return (raw) => {
    const read = z.safeParse(schema, typeof raw === 'string' ? raw.trim() : raw);
    if (read.success) return { value: read.data };
    const isText = typeof raw === 'string' || typeof raw === 'number';
    const meant = suggestion(isText ? meantBy(field, String(raw)) : undefined);
    return problem(`${field.label} must be ${acceptedBy(field)}; ${shownInput(raw)}${meant}`);
  };
}

/** The schema of each type of field. White space around text is removed before. */
const SCHEMAS: Record<Field['type'], (field: Field) => z.ZodMiniType<Value>> = {
  select: selectSchema,
  number: numberSchema,
  boolean: () =>
    z.union([
      z.boolean(),
      // A check box of ThreatQ may come as a number.
      z.pipe(
        z.literal([0, 1]),
        z.transform((bit: 0 | 1) => bit === 1),
      ),
      z.stringbool({ truthy: ['true', '1'], falsy: ['false', '0'] }),
    ]),
  text: () => z.string(),
};

/** An option of digits may be given as a number. */
function selectSchema({ options = [] }: Field) {
  return z.pipe(
    z.pipe(
      z.union([z.string(), z.number()]),
      z.transform((given) => optionNamed(options, String(given))),
    ),
    z.enum(options.map(({ value }) => value)),
  );
}

/** A number, or its digits as text. Nothing else is guessed: not `1e3`, `0x10` or `1,000`. */
function numberSchema(field: Field) {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = field;
  const pattern = takesFractions(field) ? /^\d{1,15}(?:\.\d{1,15})?$/ : /^\d{1,15}$/;
  const digits = z.pipe(z.string().check(z.regex(pattern)), z.coerce.number<string>());
  const number = takesFractions(field) ? z.number() : z.int();
  return z.union([number, digits]).check(z.gte(min), z.lte(max));
}

/** Scores have decimals; objects are counted. */
export function takesFractions({ name }: Field): boolean {
  const { shape } = settingsSchema;
  return name in shape && z.safeParse(shape[name as keyof typeof shape], 0.5).success;
}

/** What a field accepts, in words. */
function acceptedBy(field: Field): string {
  const { name, type, options = [], min, max, mask } = field;
  switch (type) {
    case 'select':
      return `one of ${options.map(({ label, value }) => `"${label}" (${value})`).join(', ')}`;
    case 'number':
      return `a ${takesFractions(field) ? '' : 'whole '}number from ${min} to ${max}`;
    case 'boolean':
      return 'true or false';
    case 'text':
      return mask
        ? 'text of printable ASCII characters without spaces'
        : (TEXTS.get(name) ?? 'text');
  }
}

/** What the text of a field is. */
const TEXTS = new Map([
  ['api_endpoint', `the address of the API, such as ${EXAMPLE_ENDPOINT}`],
  [
    'never_block',
    'text: values, networks, ranges or *.example.com, separated by line ends or commas',
  ],
]);

const BOOLEAN_WORDS = new Map([
  ...['yes', 'y', 'on', 'enabled', 'enable'].map((word) => [word, true] as const),
  ...['no', 'n', 'off', 'disabled', 'disable'].map((word) => [word, false] as const),
]);

/** What was probably meant; undefined if that is not clear. */
function meantBy(field: Field, given: string): Value | undefined {
  switch (field.type) {
    case 'select':
      return optionMeant(field.options ?? [], given);
    case 'boolean':
      return BOOLEAN_WORDS.get(given.trim().toLowerCase());
    case 'number':
      return /^\d{1,3}(?:[\s,_']\d{3})+$/.test(given)
        ? z.safeParse(numberSchema(field), given.replace(/\D/g, '')).data
        : undefined;
    case 'text':
      return undefined;
  }
}

/** A secret is sent in a header: characters that a header cannot carry would be lost. */
function secretReader(field: Field): Reader<string> {
  const wrong = (message: string) => problem(`${field.label} ${message}`);
  return (raw) => {
    if (isMapping(raw)) return wrong(IS_MAPPING);
    if (typeof raw === 'string') {
      const text = raw.trim();
      const found = secretProblem(text);
      if (found !== undefined) return wrong(found);
      if (/^bearer\s/i.test(text)) return wrong('must be the key alone, without the word Bearer');
      if (/^[\x21-\x7e]+$/.test(text)) return { value: text };
    }
    return wrong(`must be ${acceptedBy(field)}; what was given is not shown`);
  };
}
