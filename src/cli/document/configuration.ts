/** The `configuration` section. Its fields, options and defaults are those of manifest.yaml. */
import * as z from 'zod/mini';
import { CUSTOM_REGION, type Settings, settingsSchema } from '../../export/settings.js';
import { closest, suggestion } from '../../text/suggest.js';
import type { Field } from '../manifest.js';
import { visionOneAddress } from './endpoint.js';
import { readerOfField } from './field.js';
import { neverBlockProblems } from './never-block.js';
import { optionNamed } from './options.js';
import { colonHint, type Fields, problem, problemsIn, type Read, readFields } from './reader.js';
import { placeOf } from './sections.js';

/**
 * Reads a configuration by user field name.
 * @returns the settings with defaults filled in, or all problems (paths within the configuration). No
 *   problem shows a masked value, nor the value of an unknown key, which may be a mistyped secret.
 */
export function readConfiguration(fields: Field[], raw: unknown): Read<Settings> {
  const readers = Object.fromEntries(fields.map((field) => [field.name, readerOfField(field)]));
  const read = readFields(raw, readers, {
    notMapping: 'must be a mapping of user field names to values',
    unknownKey: (key) => unknownField(key, fields),
  });
  const values: Values = Object.fromEntries(
    Object.entries(read.values).filter(([, value]) => value !== undefined),
  );
  const problems = [
    ...read.problems,
    ...swappedProblems(fields, values),
    ...endpointProblems(values, read),
    ...thresholdProblems(values),
    ...neverBlockProblems(values.never_block),
  ];
  return problems.length > 0 ? { problems } : { value: z.parse(settingsSchema, values) };
}

type Values = Partial<Settings>;

function unknownField(key: string, fields: Field[]): string {
  const place = placeOf(key, fields);
  if (place !== undefined) return `is not a field of this action: put it ${place}`;
  const names = fields.map(({ name }) => name);
  const byLabel = new Map(fields.map(({ name, label }) => [label, name]));
  const label = closest(key, [...byLabel.keys()]);
  const meant = closest(key, names) ?? (label && byLabel.get(label));
  return `is not a field of this action; its fields are ${names.join(', ')}${suggestion(meant)}${colonHint(key)}`;
}

/** An API key that is the name of a region would only be refused by Vision One. */
function swappedProblems(fields: Field[], { api_key }: Values) {
  const options = fields.find(({ name }) => name === 'api_region')?.options ?? [];
  if (api_key === undefined || optionNamed(options, api_key) === undefined) return [];
  const message = 'API Key is the name of a region: were API Key and API Region swapped?';
  return problemsIn(problem(message, ['api_key']));
}

function endpointProblems(values: Values, { isInvalid }: Fields<Record<string, unknown>>) {
  if (values.api_region !== CUSTOM_REGION || isInvalid('api_endpoint')) return [];
  const address = visionOneAddress(values.api_region, values.api_endpoint);
  return 'url' in address
    ? []
    : problemsIn(problem(`API Endpoint ${address.problem}`, ['api_endpoint']));
}

function thresholdProblems({ high_from_score: high, medium_from_score: medium }: Values) {
  if (high === undefined || medium === undefined || medium <= high) return [];
  const message = `Medium Risk From Score (${medium}) must not be above High Risk From Score (${high}); a score that is not given has its default`;
  return problemsIn(problem(message, ['medium_from_score']));
}
