/** The configuration's schema, made from the manifest: no field, option or default stands here. */
import * as z from 'zod/mini';
import type { Settings } from '../export/settings.js';
import { given, type Problem } from './invalid-input.js';
import type { Field } from './manifest.js';

type Value = string | number | boolean;

/** What a field accepts, in words for an error. */
function accepted(field: Field): string {
  switch (field.type) {
    case 'select':
      return `one of ${(field.options ?? []).map(({ label, value }) => `"${label}" (${value})`).join(', ')}`;
    case 'number':
      return `a whole number from ${field.min} to ${field.max}`;
    case 'boolean':
      return 'true or false';
    case 'text':
      return field.mask ? 'text of printable ASCII characters without spaces' : 'text';
  }
}

/** What a header can carry: of anything else a part would be dropped on the way, without a word. */
const HEADER_SAFE = /^[\x21-\x7e]+$/;

/** The field's value in what was given, or undefined where it is none. */
function readValue(field: Field, raw: unknown): Value | undefined {
  const text = typeof raw === 'string' ? raw.trim() : undefined;
  switch (field.type) {
    case 'select': {
      const wanted = (typeof raw === 'number' ? String(raw) : text)?.toLowerCase();
      const option = field.options?.find(
        ({ label, value }) => value.toLowerCase() === wanted || label.toLowerCase() === wanted,
      );
      return option?.value;
    }
    case 'number': {
      const number = text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : raw;
      if (!Number.isInteger(number)) return undefined;
      const whole = number as number;
      return whole >= (field.min ?? whole) && whole <= (field.max ?? whole) ? whole : undefined;
    }
    case 'boolean':
      if (typeof raw === 'boolean') return raw;
      if (text?.toLowerCase() === 'true') return true;
      return text?.toLowerCase() === 'false' ? false : undefined;
    case 'text':
      return field.mask && text && !HEADER_SAFE.test(text) ? undefined : text;
  }
}

function schemaOf(field: Field) {
  return z.pipe(
    z.unknown(),
    z.transform((raw, context): Value => {
      const fail = (message: string) => {
        context.issues.push({ code: 'custom', message, input: raw });
        return z.NEVER;
      };
      if (raw === undefined || raw === null || raw === '') {
        if (field.default !== undefined) return field.default;
        return fail(`${field.label} is required: ${accepted(field)}`);
      }
      const value = readValue(field, raw);
      if (value !== undefined && value !== '') return value;
      const shown = field.mask ? 'what was given is not shown' : given(raw);
      return fail(`${field.label} must be ${accepted(field)}; ${shown}`);
    }),
  );
}

/**
 * Checks a configuration by user field name.
 * @returns the settings with defaults filled in, or all problems at once (paths within the
 * configuration; never a masked value, nor the value of an unknown key, which may be a mistyped secret)
 */
export function readConfiguration(
  fields: Field[],
  raw: unknown,
): { settings: Settings } | { problems: Problem[] } {
  const schema = z.strictObject(
    Object.fromEntries(fields.map((field) => [field.name, schemaOf(field)])),
  );
  // A key that is not there has to be looked at too: it may be required, or have a default.
  const nothing = Object.fromEntries(fields.map(({ name }) => [name, undefined]));
  const isMapping = typeof raw === 'object' && !Array.isArray(raw);
  const read = z.safeParse(schema, isMapping ? { ...nothing, ...raw } : raw);
  // The schema is made of the manifest's fields; a test holds them to the type's.
  if (read.success) return { settings: read.data as unknown as Settings };
  return { problems: read.error.issues.flatMap((issue) => problemsOf(issue, fields)) };
}

function problemsOf(issue: z.core.$ZodIssue, fields: Field[]): Problem[] {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  if (issue.code === 'unrecognized_keys') {
    const names = fields.map(({ name }) => name).join(', ');
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: `is no field of this action; its fields are ${names}`,
    }));
  }
  if (path.length === 0)
    return [{ path, message: 'must be a mapping of user field names to values' }];
  return [{ path, message: issue.message }];
}
