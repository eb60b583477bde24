/** Readers of untyped data. Each returns a typed value, or everything that is wrong with the data. */
import * as z from 'zod/mini';
import { isMapping } from '../../text/mapping.js';
import { closest, suggestion } from '../../text/suggest.js';
import type { Problem } from '../invalid-input.js';

/** A failed read without problems means that another part of the document reports the cause. */
export type Read<T> = { value: T } | { problems: Problem[] };

export type Reader<T> = (raw: unknown) => Read<T>;

type Path = Problem['path'];

/** A failed read with one problem. */
export function problem(message: string, path: Path = []): { problems: Problem[] } {
  return { problems: [{ path, message }] };
}

export function problemsIn(read: Read<unknown>): Problem[] {
  return 'problems' in read ? read.problems : [];
}

export function mapRead<T, U>(read: Read<T>, map: (value: T) => U): Read<U> {
  return 'problems' in read ? read : { value: map(read.value) };
}

/** Adds `path` before the path of each problem, except of those in variables. */
export function prefixPaths<T>(path: Path, read: Read<T>): Read<T> {
  if ('value' in read) return read;
  return {
    problems: read.problems.map((each) =>
      each.inVariable ? each : { ...each, path: [...path, ...each.path] },
    ),
  };
}

/** Reports the problems of a value that is from a variable as problems of that variable. */
export function fromVariable<T>(name: string, read: Read<T>): Read<T> {
  if ('value' in read) return read;
  return {
    problems: read.problems.map(({ message }) => ({ path: [name], message, inVariable: true })),
  };
}

/** The values of all parts, or the problems of all parts. */
export function combine<T extends Record<string, unknown>>(
  parts: {
    [K in keyof T]: Read<T[K]>;
  },
): Read<T> {
  const problems: Problem[] = [];
  const values: Record<string, unknown> = {};
  let isValid = true;
  for (const [key, part] of Object.entries<Read<unknown>>(parts)) {
    if ('value' in part) values[key] = part.value;
    else {
      isValid = false;
      problems.push(...part.problems);
    }
  }
  return isValid ? { value: values as T } : { problems };
}

/** A reader that checks by a zod schema and reports its messages. */
export function readerOf<T>(schema: z.ZodMiniType<T>): Reader<T> {
  return (raw) => {
    const read = z.safeParse(schema, raw);
    if (read.success) return { value: read.data };
    const problems = read.error.issues.map(({ path, message }) => ({
      path: path.map((key) => (typeof key === 'symbol' ? String(key) : key)),
      message,
    }));
    return { problems };
  };
}

/** A value that is null counts as missing. */
export function isGiven(raw: unknown): boolean {
  return raw !== undefined && raw !== null;
}

export interface Fields<T> {
  /** What could be read. */
  values: Partial<T>;
  problems: Problem[];
  /** Whether something was given for a key that could not be read; true for all keys if nothing could. */
  isInvalid(key: keyof T): boolean;
}

/**
 * Reads a mapping key by key, so that one wrong value does not hide what is wrong with others.
 * @param raw is read as an empty mapping if it is missing
 * @param readers each is called, even if its key is missing
 */
export function readFields<T extends Record<string, unknown>>(
  raw: unknown,
  readers: { [K in keyof T]: Reader<T[K]> },
  {
    notMapping = 'must be a mapping',
    unknownKey = (key: string) => unknownKeyMessage(key, Object.keys(readers)),
  } = {},
): Fields<T> {
  const given = raw ?? {};
  if (!isMapping(given)) return { values: {}, ...problem(notMapping), isInvalid: () => true };
  const values: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const invalid = new Set<keyof T>();
  for (const [key, reader] of Object.entries<Reader<unknown>>(readers)) {
    const read = prefixPaths([key], reader(given[key]));
    if ('value' in read) values[key] = read.value;
    else {
      invalid.add(key);
      problems.push(...read.problems);
    }
  }
  problems.push(...problemsIn(checkKeys(given, Object.keys(readers), unknownKey)));
  return { values: values as Partial<T>, problems, isInvalid: (key) => invalid.has(key) };
}

/** YAML reads `key:value`, without a space after the colon, as one key. */
export function colonHint(key: string): string {
  return /^\W*\w+:/.test(key) ? '; is a space missing after its colon?' : '';
}

export function unknownKeyMessage(key: string, known: readonly string[]): string {
  return `is not a key here; the keys are ${known.join(', ')}${suggestion(closest(key, known))}${colonHint(key)}`;
}

/**
 * Reports the keys that are not known.
 * @param messageFor by default names the known key that was probably meant
 */
export function checkKeys(
  mapping: Record<string, unknown>,
  known: readonly string[],
  messageFor = (key: string) => unknownKeyMessage(key, known),
): Read<void> {
  const unknown = Object.keys(mapping).filter((key) => !known.includes(key));
  const problems = unknown.map((key) => ({ path: [key], message: messageFor(key) }));
  return problemsOnly({ problems });
}

/** A failed read with these problems, or a read without a value if there are none. */
export function problemsOnly({ problems }: Pick<Fields<unknown>, 'problems'>): Read<void> {
  return problems.length > 0 ? { problems } : { value: undefined };
}
