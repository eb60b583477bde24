/** The tables of the Markdown files that are printed from the code and the manifest. */
import { toJSONSchema } from 'zod/v4/core';
import { EXIT_CODES, OPTIONS } from '../../src/cli/command-line.js';
import { runDocumentSchema } from '../../src/cli/document/schema.js';
import type { Field } from '../../src/cli/manifest.js';
import type { Manifest } from '../../src/cli/parse-manifest.js';
import { keyForType, SUPPORTED_TYPES } from '../../src/indicator/indicator.js';
import { ADVICE, WARNING_ADVICE } from '../../src/report/advice.js';
import { formatCount } from '../../src/text/format.js';
import { LISTS } from '../../src/vision-one/lists.js';

/** A metric of report.prom. */
export interface Metric {
  name: string;
  type: string;
  /** One or more sentences. */
  help: string;
  /** Those that not all metrics have. */
  labels?: readonly string[];
}

/** The files that have printed tables. */
export const PRINTED_FILES = ['README.md', 'CONTRIBUTING.md', 'examples/README.md'] as const;

/**
 * The printed tables by name.
 * @param metrics those of report.prom; the table is empty if there are none
 */
export function printedTables(
  manifest: Manifest,
  metrics: readonly Metric[],
): Record<string, string> {
  const [blocklist, exceptions] = Object.values(manifest.feeds);
  if (!blocklist || !exceptions) throw new Error('the manifest has fewer than two actions');
  const fields = blocklist.user_fields;
  const shared = new Set(exceptions.user_fields.map(({ name }) => name));
  return {
    hosts: table(['API Region', 'Host'], regions(fields).map(hostRow)),
    fields: table(
      ['Field', 'What it does', 'Options', 'Default'],
      fields.map((field) => fieldRow(field, shared.has(field.name))),
    ),
    'field-names': table(
      ['Key', 'Field'],
      fields.map(({ name, label }) => [code(`configuration.${name}`), label]),
    ),
    endpoints: table(['Action', 'Adds', 'Removes', 'At most'], endpointRows(manifest)),
    types: table(['ThreatQ type', 'Object'], SUPPORTED_TYPES.map(typeRow)),
    reasons: table(['Reason', 'What to do'], adviceRows(ADVICE)),
    warnings: table(['Warning', 'What to do'], adviceRows(ownAdvice(WARNING_ADVICE))),
    'exit-codes': table(['Exit code', 'Meaning'], Object.entries(EXIT_CODES).map(codeRow)),
    metrics: metrics.length === 0 ? '' : table(['Metric', 'Contents'], metrics.map(metricRow)),
    options: table(['Option', 'What it does'], Object.entries<Option>(OPTIONS).map(optionRow)),
    'run-document': table(['Key', 'Contents'], keyRows(fields)),
  };
}

/**
 * Replaces the tables between the markers of a Markdown text.
 * @throws if a marker names a table that does not exist
 */
export function withPrintedTables(text: string, tables: Record<string, string>): string {
  return text.replace(PRINTED_TABLE, (_, begin: string, name: string, end: string) => {
    const printed = tables[name];
    if (printed === undefined) throw new Error(`there is no table ${name}`);
    return printed === '' ? `${begin}\n${end}` : `${begin}\n${printed}\n${end}`;
  });
}

/** A printed table with its markers. */
export const PRINTED_TABLE = /(<!-- table: ([a-z-]+) -->)\n[\s\S]*?(<!-- \/table -->)/g;

interface Option {
  value?: string;
  short?: string;
  help: string;
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map(cell).join(' | ')} |`).join('\n');
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const code = (text: string) => `\`${text}\``;

const regions = (fields: Field[]) =>
  fields.flatMap(({ name, options = [] }) => (name === 'api_region' ? options : [])).filter(isHost);

type FieldOption = NonNullable<Field['options']>[number];

const isHost = ({ value }: FieldOption) => value.includes('.');
const hostRow = ({ label, value }: FieldOption) => [label, code(value)];

/** The mark of a field that only the blocklist action has. */
const BLOCKLIST_ONLY = ' †';

function fieldRow(field: Field, isShared: boolean): string[] {
  const { label, description } = field;
  const mark = isShared ? '' : BLOCKLIST_ONLY;
  return [`${label}${mark}`, firstSentence(description), valuesOf(field), defaultOf(field)];
}

/** A full stop in an address is not followed by a space. */
export const firstSentence = (text: string) => /^.+?\.(?= |$)/.exec(text)?.[0] ?? text;

function valuesOf({ type, options = [], mask, min = 0, max = 0 }: Field): string {
  switch (type) {
    case 'select':
      return optionList(options);
    case 'number':
      return `${formatCount(min)} to ${formatCount(max)}`;
    case 'boolean':
      return 'on, off';
    case 'text':
      return mask ? 'text, secret' : 'text';
  }
}

/** Regions are in the table of hosts. */
function optionList(options: FieldOption[]): string {
  const hosts = options.filter(isHost);
  const others = options.filter((option) => !isHost(option));
  const lines = others.map(({ label, value }) => `${label} ${code(value)}`);
  return [...(hosts.length > 0 ? ['the regions above'] : []), ...lines].join('<br>');
}

function defaultOf({ required, default: byDefault }: Field): string {
  if (required) return 'required';
  if (byDefault === undefined) return 'none';
  if (typeof byDefault === 'boolean') return byDefault ? 'on' : 'off';
  if (typeof byDefault === 'number') return formatCount(byDefault);
  return code(byDefault);
}

function endpointRows({ feeds }: Manifest): string[][] {
  const lists = [LISTS.suspicious_objects, LISTS.exceptions];
  return Object.keys(feeds).map((name, index) => {
    const list = lists[index];
    if (!list) throw new Error(`there is no list for the action ${name}`);
    const post = (path: string) => code(`POST ${path}`);
    const most = `${formatCount(list.cap)}${list.byType ? ' of each type' : ' in all'}`;
    return [name.replace(/^.* - /, ''), post(list.path), post(`${list.path}/delete`), most];
  });
}

const typeRow = (type: string) => [type, code(keyForType(type) ?? '')];
const adviceRows = (advice: Record<string, string>) =>
  Object.entries(advice).map(([reason, text]) => [code(reason), text]);

/** Without the warnings that have the code and the advice of a reason. */
function ownAdvice(advice: Record<string, string>): Record<string, string> {
  const reasons = new Map(Object.entries(ADVICE));
  return Object.fromEntries(
    Object.entries(advice).filter(([code, text]) => reasons.get(code) !== text),
  );
}

const codeRow = ([exitCode, when]: [string, string]) => [code(exitCode), when];

function metricRow({ name, help, labels = [] }: Metric): string[] {
  const suffix = labels.length > 0 ? `{${labels.join(',')}}` : '';
  return [code(`${name}${suffix}`), firstSentence(help)];
}

function optionRow([name, { value, short, help }]: [string, Option]): string[] {
  const long = `--${name}${value ? ` ${value}` : ''}`;
  return [short ? `${code(`-${short}`)}, ${code(long)}` : code(long), help];
}

interface KeySchema {
  description?: string;
  default?: unknown;
  properties?: Record<string, KeySchema>;
  anyOf?: KeySchema[];
}

/** The keys of the run document, from the JSON Schema with which editors show them. */
function keyRows(fields: Field[]): string[][] {
  const { properties = {} } = toJSONSchema(runDocumentSchema(fields), { io: 'input' }) as KeySchema;
  return Object.entries(properties).flatMap(([key, schema]) => [
    keyRow(key, schema),
    ...(key === 'configuration'
      ? []
      : Object.entries(partsOf(schema)).map(([part, its]) => keyRow(`${key}.${part}`, its))),
  ]);
}

/** The keys of a section, which may also be null. */
function partsOf({ properties, anyOf = [] }: KeySchema): Record<string, KeySchema> {
  return properties ?? anyOf.find((one) => one.properties)?.properties ?? {};
}

function keyRow(key: string, { description = '', default: byDefault }: KeySchema): string[] {
  const suffix = byDefault === undefined ? '' : ` The default is ${byDefault}.`;
  return [code(key), `${description}${suffix}`];
}
