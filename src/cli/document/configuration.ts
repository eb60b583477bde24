/** The `configuration` section. Its fields, options and defaults are those of manifest.yaml. */
import * as z from 'zod/mini';
import { type Settings, settingsSchema } from '../../export/settings.js';
import { shownInput } from '../invalid-input.js';
import type { Field } from '../manifest.js';
import { problem, type Read, type Reader, readFields } from './reader.js';

type Value = string | number | boolean;

/**
 * Reads a configuration by user field name.
 * @returns the settings with defaults filled in, or all problems (paths within the configuration). No
 *   problem shows a masked value, nor the value of an unknown key, which may be a mistyped secret.
 */
export function readConfiguration(fields: Field[], raw: unknown): Read<Settings> {
  const readers = Object.fromEntries(fields.map((field) => [field.name, readerOfField(field)]));
  const { values, problems } = readFields(raw, readers, {
    notMapping: 'must be a mapping of user field names to values',
    unknownKey: `is not a field of this action; its fields are ${Object.keys(readers).join(', ')}`,
  });
  return problems.length > 0 ? { problems } : { value: z.parse(settingsSchema, values) };
}

function readerOfField(field: Field): Reader<Value> {
  const { label, mask, default: byDefault } = field;
  const schema = SCHEMAS[field.type](field);
  return (raw) => {
    if (raw === undefined || raw === null || raw === '') {
      if (byDefault !== undefined) return { value: byDefault };
      return problem(`${label} is required: ${acceptedBy(field)}`);
    }
    const read = z.safeParse(schema, typeof raw === 'string' ? raw.trim() : raw);
    if (read.success) return { value: read.data };
    const shown = mask ? 'what was given is not shown' : shownInput(raw);
    return problem(`${label} must be ${acceptedBy(field)}; ${shown}`);
  };
}

/** The schema of each type of field. White space around text is removed before. */
const SCHEMAS: Record<Field['type'], (field: Field) => z.ZodMiniType<Value>> = {
  select: selectSchema,
  number: numberSchema,
  boolean: () => z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]),
  text: textSchema,
};

/** An option's value or label; case is ignored. An option of digits may be given as a number. */
function selectSchema({ options = [] }: Field) {
  const valueByName = new Map(
    options.flatMap(({ label, value }) => [
      [label.toLowerCase(), value],
      [value.toLowerCase(), value],
    ]),
  );
  const toValue = (given: string | number) => valueByName.get(String(given).toLowerCase());
  return z.pipe(
    z.pipe(z.union([z.string(), z.number()]), z.transform(toValue)),
    z.enum(options.map(({ value }) => value)),
  );
}

/** A whole number, or its digits as text. Nothing else is guessed: not `1e3`, `0x10` or `1,000`. */
function numberSchema({ min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Field) {
  const digits = z.pipe(z.string().check(z.regex(/^\d{1,15}$/)), z.coerce.number<string>());
  return z.union([z.int(), digits]).check(z.gte(min), z.lte(max));
}

/** A secret is sent in a header: characters that a header cannot carry would be lost. */
function textSchema({ mask }: Field) {
  return z.string().check(mask ? z.regex(/^[\x21-\x7e]+$/) : z.minLength(1));
}

/** What a field accepts, in words. */
function acceptedBy({ type, options = [], min, max, mask }: Field): string {
  switch (type) {
    case 'select':
      return `one of ${options.map(({ label, value }) => `"${label}" (${value})`).join(', ')}`;
    case 'number':
      return `a whole number from ${min} to ${max}`;
    case 'boolean':
      return 'true or false';
    case 'text':
      return mask ? 'text of printable ASCII characters without spaces' : 'text';
  }
}
