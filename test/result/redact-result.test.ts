import { describe, expect, it } from 'vitest';
import { toJSONSchema } from 'zod/v4/core';
import { csvPieces } from '../../src/report/csv.js';
import { summaryOf } from '../../src/report/summary.js';
import { countsOf } from '../../src/result/counts.js';
import { redactExtras, redactResult } from '../../src/result/redact-result.js';
import { type Item, type Result, resultSchema } from '../../src/result/result.js';
import { Redactor } from '../../src/text/redact.js';
import { extras, hostile, realistic, resultOf } from '../report/samples.js';
import { textOf } from '../support/text.js';

type Schema = {
  type?: string | string[];
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  $ref?: string;
};

const schema = toJSONSchema(resultSchema) as Schema & { $defs?: Record<string, Schema> };

/** The paths of all texts of a result. The path of an item contains its outcome. */
function* textsIn(at: Schema, path: string): Generator<string> {
  const ref = at.$ref?.replace('#/$defs/', '');
  if (ref !== undefined) yield* textsIn(schema.$defs?.[ref] ?? {}, path);
  for (const option of at.anyOf ?? at.oneOf ?? []) {
    const outcome = option.properties?.['outcome']?.const;
    yield* textsIn(option, outcome === undefined ? path : `${path}.${String(outcome)}`);
  }
  for (const [key, value] of Object.entries(at.properties ?? {})) {
    yield* textsIn(value, path === '' ? key : `${path}.${key}`);
  }
  if (typeof at.additionalProperties === 'object') {
    yield `${path}.KEY`;
    yield* textsIn(at.additionalProperties, `${path}.*`);
  }
  if (at.items) yield* textsIn(at.items, path);
  // Constants and enumerations are the result's own vocabulary.
  if ([at.type].flat().includes('string') && at.const === undefined && at.enum === undefined)
    yield path;
}

/**
 * The result's own vocabulary, times, and names of Vision One's types. All other texts must be
 * redacted.
 */
const VOCABULARY = [
  'action',
  'bundle_version',
  'run_id',
  'region',
  'started_at',
  'finished_at',
  'list.KEY',
  'checks.name',
  ...['accepted', 'planned', 'rejected', 'skipped', 'unsent', 'removed'].map(
    (outcome) => `items.${outcome}.object.KEY`,
  ),
];

const item = {
  id: 'an id',
  type: 'a type',
  value: 'a value',
  score: null,
  object: { domain: 'a.example' },
};
const message = 'a message';
const full: Result = {
  ...resultOf([
    { outcome: 'accepted', change: 'add', ...item },
    { outcome: 'planned', change: 'remove', ...item, message },
    { outcome: 'rejected', change: 'add', ...item, status: 400, reason: 'a code', message },
    { outcome: 'skipped', ...item, reason: 'excluded', message },
    { outcome: 'unsent', change: 'add', ...item, reason: 'no_answer', message },
    { outcome: 'removed', change: 'remove', ...item, reason: 'replaced', message },
  ]),
  name: 'a tenant',
  approval: { run_id: 'a run', changes: 1, no_longer_needed: 0 },
  vision_one: 'https://api.example',
  data_collection: { name: 'a name', hash: 'a hash', total: 1, read_whole: true },
  warnings: [{ code: 'read_short', message: 'a message', id: 'an id', value: 'a value' }],
  list: { domain: { listed: 1, ours: 1, cap: 2, added: 0, removed: 0 } },
  checks: [{ name: 'a check', ok: true, message: 'a message' }],
  error: { code: 'no_access', message: 'a message' },
};

/** The paths, as in textsIn, of the texts that differ between a result and its copy. */
function* changedTexts(before: unknown, after: unknown, path: string): Generator<string> {
  if (typeof before === 'string') {
    if (before !== after) yield path;
  } else if (Array.isArray(before)) {
    yield* changedInArray(before, after as unknown[], path);
  } else if (typeof before === 'object' && before !== null) {
    yield* changedInObject(before, after as Record<string, unknown>, path);
  }
}

function* changedInArray(before: unknown[], after: unknown[], path: string) {
  for (const [index, entry] of before.entries()) {
    const { outcome } = entry as Partial<Item>;
    yield* changedTexts(entry, after[index], outcome ? `${path}.${outcome}` : path);
  }
}

/** Records whose keys are data. */
const RECORD_PATHS = /^counts\.by_reason$|^list$|\.object$/;

function* changedInObject(before: object, after: Record<string, unknown>, path: string) {
  const isRecord = RECORD_PATHS.test(path);
  for (const [key, value] of Object.entries(before)) {
    if (isRecord && !(key in after)) yield `${path}.KEY`;
    const segment = isRecord ? '*' : key;
    yield* changedTexts(value, after[key], path === '' ? segment : `${path}.${segment}`);
  }
}

it('each text in the schema of the result is either redacted or listed as vocabulary', () => {
  const all = new Set(textsIn(schema, ''));
  const redacted = new Set(
    changedTexts(
      full,
      redactResult(full, () => '[redacted]'),
      '',
    ),
  );
  const kept = [...all].filter((path) => !redacted.has(path));
  expect(kept.sort()).toEqual([...VOCABULARY].sort());
  expect([...redacted].filter((path) => !all.has(path))).toEqual([]);
});

describe('secrets that are words of the vocabulary', () => {
  const samples = { realistic: realistic(), hostile: hostile() };
  const redactor = new Redactor();
  redactor.add('accepted', 'rejected', 'Completed', 'Incomplete', 'IP Address', 'IPv6 Address');
  redactor.add('suspicious_objects', '2026-11-', '2026-01-0', 'http_400', 'unsupported_type');
  redactor.add('invalid_value', 'duplicate', 'threatq_', 'Add to Blocklist');
  const redact = (text: string) => redactor.text(text);

  /** The parts of a result that must not change. */
  const factsOf = (result: Result) => ({
    ...result,
    warnings: result.warnings.map(({ code }) => code),
    checks: result.checks?.map(({ name, ok }) => ({ name, ok })),
    items: result.items.map(({ outcome, id, type }) => ({ outcome, id, type })),
    error: result.error?.code,
    data_collection: result.data_collection?.total,
    vision_one: null,
  });

  it.each(Object.entries(samples))(
    'the %s sample keeps its outcomes, counts, times and ids',
    (_, result) => {
      const items = result.items.filter(({ type }) => type === 'IP Address');
      const sample = { ...result, items, counts: countsOf(result.counts.read, items) };
      const shown = redactResult(sample, redact);
      // Vision One's own codes may be redacted.
      expect({ ...factsOf(shown), counts: null }).toEqual({ ...factsOf(sample), counts: null });
      expect({ ...shown.counts, by_reason: null }).toEqual({ ...sample.counts, by_reason: null });
    },
  );

  it('reasons, summary and table are the same after redaction', () => {
    const result = samples.realistic;
    const plain = { ...result, warnings: [], items: result.items.map(withoutText) };
    const shown = redactResult(plain, redact);
    expect(shown.counts).toEqual(result.counts);
    expect(summaryOf(shown)).toBe(summaryOf(plain));
    expect(textOf(csvPieces(shown))).toBe(textOf(csvPieces(plain)));
  });
});

/** An item without texts in which a secret is redacted. */
function withoutText(item: Item): Item {
  const { object, ...rest } = item;
  const plain = object && { domain: 'a', scanAction: 'accepted', riskLevel: 'rejected' };
  const copy = { ...rest, value: 'v', type: 'URL', ...(plain && { object: plain }) } as Item;
  return 'message' in copy ? { ...copy, message: 'm' } : copy;
}

describe('texts from other systems', () => {
  const rejected = (reason: string): Item => ({
    outcome: 'rejected',
    change: 'add',
    id: 1,
    type: 'FQDN',
    value: 'v',
    score: null,
    object: { domain: 'd' },
    status: 400,
    reason,
    message: 'm',
  });
  const hide = (text: string) => text.replace(/s3cret\d|http_\d+/, '[redacted]');

  it('the code of a rejected object is redacted in the item and in the counts', () => {
    const items = [rejected('a s3cret1'), rejected('a s3cret2'), rejected('http_413')];
    const shown = redactResult(resultOf(items), hide);
    expect(shown.items.map((each) => 'reason' in each && each.reason)).toEqual([
      'a [redacted]',
      'a [redacted]',
      'http_413',
    ]);
    expect(shown.counts.by_reason).toEqual({ 'a [redacted]': 2, http_413: 1 });
  });

  it('an id is redacted only if it is neither a number nor digits', () => {
    const ids = [7, '7', 'a s3cret1', null].map((id) => ({ ...rejected('x'), id }));
    const shown = redactResult(resultOf(ids), (text) => hide(text).replace('7', '[redacted]'));
    expect(shown.items.map(({ id }) => id)).toEqual([7, '7', 'a [redacted]', null]);
  });

  it('the original result is not modified by its redaction', () => {
    const before = structuredClone(full);
    redactResult(full, () => '[redacted]');
    expect(full).toEqual(before);
  });

  it('the path and the error of a request and the value of a setting are redacted', () => {
    const [first] = extras.exchanges;
    if (!first) throw new Error('no exchange');
    const shown = redactExtras(
      {
        exchanges: [{ ...first, path: '/s3cret1', error: 'of s3cret2', why_waited: 's3cret3' }],
        settings: { 's3cret4 by label': 's3cret5' },
      },
      hide,
    );
    expect(shown).toEqual({
      exchanges: [{ ...first, path: '/[redacted]', error: 'of [redacted]', why_waited: 's3cret3' }],
      settings: { 's3cret4 by label': '[redacted]' },
    });
  });
});
