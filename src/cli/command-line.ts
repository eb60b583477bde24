import { parseArgs } from 'node:util';
import type { Mode } from '../result/result.js';
import { escapeInvisible } from '../text/escape-invisible.js';
import { closest, suggestion } from '../text/suggest.js';
import { truncate } from '../text/truncate.js';
import { InvalidInputError, type Problem, shownInput } from './invalid-input.js';
import type { ActionDefinition } from './manifest.js';

export interface CommandLine {
  /** The run document's file; undefined for standard input. */
  run: string | undefined;
  /** Undefined if Run Mode says what the run does. */
  mode: Mode | undefined;
  /** The result of a preview, whose changes are the only ones that are made; undefined for all changes. */
  approve: string | undefined;
  /** Folder for reports; undefined for none. */
  report: string | undefined;
  /** The result of an earlier run to compare with; undefined for the report.json that is replaced. */
  compare: string | undefined;
  json: boolean;
  /** No progress on standard error. */
  quiet: boolean;
  logFormat: LogFormat;
  /** Allows the removal of more than half of this data collection's objects (and more than 20). */
  allowLargeRemoval: boolean;
  help: boolean;
  version: boolean;
}

const LOG_FORMATS = ['text', 'json'] as const;
type LogFormat = (typeof LOG_FORMATS)[number];

interface Option {
  type: 'string' | 'boolean';
  short?: string;
  /** What its value is, for messages and the help text. */
  value?: string;
  help: string;
}

export const OPTIONS = {
  run: {
    type: 'string',
    value: 'FILE',
    help: 'The run document, YAML or JSON. If omitted, it is read from standard input.',
  },
  preview: {
    type: 'boolean',
    help: 'Plans the export and sends nothing: shows what would be sent, and why the rest would not.',
  },
  check: {
    type: 'boolean',
    help: 'Tests the connections, the API key and the data collection. Sends nothing.',
  },
  approve: {
    type: 'string',
    value: 'FILE',
    help: 'Makes only the changes that a preview planned. FILE is its report.json.',
  },
  report: {
    type: 'string',
    value: 'DIR',
    help: 'Writes report.html, report.csv, report.json and report.prom into DIR, which is created if it is missing.',
  },
  compare: {
    type: 'string',
    value: 'FILE',
    help: 'The page shows what changed since this earlier run. FILE is its report.json. If omitted, it is the report.json in DIR, before it is replaced. Needs --report.',
  },
  json: {
    type: 'boolean',
    help: 'Prints the result as one JSON document on standard output, not the summary.',
  },
  quiet: { type: 'boolean', help: 'Prints no progress on standard error.' },
  'log-format': {
    type: 'string',
    value: LOG_FORMATS.join('|'),
    help: 'The progress on standard error as text, or as one JSON object per line.',
  },
  'allow-large-removal': {
    type: 'boolean',
    help: "Allows a run to remove more than half of this data collection's objects (and more than 20).",
  },
  help: { type: 'boolean', short: 'h', help: 'Prints this text.' },
  version: { type: 'boolean', help: "Prints the bundle's version." },
} as const satisfies Record<string, Option>;

type OptionName = keyof typeof OPTIONS;

/** When an action ends with each exit code. */
export const EXIT_CODES = {
  0: 'nothing failed',
  1: 'the action could not run, and nothing was sent',
  2: 'an object was rejected or is unsent, the run was interrupted, or the result could not be written',
};

/** The options of which a run has at most one, and what each makes of the run, whatever Run Mode is. */
const MODES = { preview: 'preview', check: 'check', approve: 'export' } as const;
const MODE_OPTIONS = Object.keys(MODES) as Array<keyof typeof MODES>;

/**
 * Reads the arguments after the entrypoint.
 * @throws {InvalidInputError} with all unknown options, missing values, and options that exclude each other
 */
export function readCommandLine(args: string[]): CommandLine {
  // Not strict: Node would report only the first problem, and in words about its own interface.
  const { tokens } = parseArgs({
    args,
    options: OPTIONS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<OptionName, string | true>();
  const messages = tokens.flatMap((token) => {
    if (token.kind === 'positional') return [unexpected(token.value)];
    return token.kind === 'option' ? readOption(token, given, args[token.index] ?? '') : [];
  });
  const [first, second] = MODE_OPTIONS.filter((name) => given.has(name));
  if (second) messages.push(`--${first} and --${second} exclude each other`);
  if (given.has('compare') && !given.has('report')) messages.push('--compare needs --report');
  if (messages.length > 0) throw new InvalidInputError(messages.map(asProblem));

  const text = (name: OptionName) => {
    const value = given.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const run = text('run');
  return {
    run: run === STANDARD_INPUT ? undefined : run,
    mode: first && MODES[first],
    approve: text('approve'),
    report: text('report'),
    compare: text('compare'),
    json: given.has('json'),
    quiet: given.has('quiet'),
    logFormat: text('log-format') === 'json' ? 'json' : 'text',
    allowLargeRemoval: given.has('allow-large-removal'),
    help: given.has('help'),
    version: given.has('version'),
  };
}

interface OptionToken {
  name: string;
  rawName: string;
  value?: string | undefined;
  inlineValue?: boolean | undefined;
}

/** @returns what is wrong with an option; adds it to `given` if nothing is */
function readOption(
  { name, rawName, value, inlineValue }: OptionToken,
  given: Map<OptionName, string | true>,
  argument: string,
): string[] {
  // Node reads `-preview` as an option for each letter.
  if (!isOption(name)) return [unknown(rawName.startsWith('--') ? rawName : argument)];
  if (value !== undefined && given.has(name)) return [`${rawName} is given twice`];
  given.set(name, value ?? true);
  // In `--run --json`, the value of --run is missing.
  const isOptionInstead = !inlineValue && value !== STANDARD_INPUT && value?.startsWith('-');
  return problemOfValue(name, rawName, isOptionInstead ? '' : value);
}

const OPTION_NAMES = Object.keys(OPTIONS).map((name) => `--${name}`);

const MAX_SHOWN_CHARS = 80;

/** The name of standard input in place of a file. */
const STANDARD_INPUT = '-';

/** What other programs call these options. */
const SYNONYMS = new Map([
  ['--dry-run', '--preview'],
  ['--config', '--run'],
  ['--file', '--run'],
  ['--output', '--report'],
  ['-v', '--version'],
  ['-V', '--version'],
  ['-?', '--help'],
]);

function isOption(name: string): name is OptionName {
  return Object.hasOwn(OPTIONS, name);
}

const asProblem = (message: string): Problem => ({ path: [], message: `${message} (see --help)` });

function unknown(rawName: string): string {
  const meant = SYNONYMS.get(rawName) ?? closest(rawName, OPTION_NAMES);
  return `${escapeInvisible(truncate(rawName, MAX_SHOWN_CHARS))} is not an option${suggestion(meant)}`;
}

function unexpected(argument: string): string {
  const meant = closest(argument, OPTION_NAMES);
  const hint = meant ? suggestion(meant) : '; give a run document with --run';
  return `an argument without an option is not accepted; ${shownInput(argument)}${hint}`;
}

function problemOfValue(name: OptionName, rawName: string, value: string | undefined): string[] {
  const option: Option = OPTIONS[name];
  if (option.type === 'boolean') return value === undefined ? [] : [`${rawName} takes no value`];
  if (!value) return [`${rawName} needs a value: ${rawName} ${option.value}`];
  if (name !== 'log-format' || LOG_FORMATS.some((format) => format === value)) return [];
  const meant = suggestion(closest(value, LOG_FORMATS));
  return [`--log-format must be ${LOG_FORMATS.join(' or ')}; ${shownInput(value)}${meant}`];
}

/** The width of a terminal that all have. */
const COLUMNS = 80;
const INDENT = 2;
/** Where the descriptions of options begin. */
const HELP_COLUMN = 26;

export function helpText({ name, description, entrypoint }: ActionDefinition): string {
  const options = Object.entries<Option>(OPTIONS).map(([option, { short, value, help }]) => {
    const names = short ? `-${short}, --${option}` : `--${option}`;
    return optionHelp(value ? `${names} ${value}` : names, help);
  });
  const exitCodes = Object.entries(EXIT_CODES).map(([code, when]) => `${code} if ${when}`);
  const paragraphs = [
    `${name}\n${wrap(description)}`,
    `usage: node ${entrypoint} [--run FILE]\n         [--preview | --check | --approve FILE] [--report DIR] [options]`,
    `example: node ${entrypoint} --run tenant.yaml --preview \\\n           --report reports`,
    options.join('\n'),
    wrap(`exit code: ${exitCodes.join('; ')}`),
    wrap(
      'These variables can have secrets and addresses: VISION_ONE_API_KEY, THREATQ_HOST, THREATQ_CLIENT_ID, THREATQ_CLIENT_SECRET, THREATQ_EMAIL, THREATQ_PASSWORD. VISION_ONE_API_KEY_FILE, THREATQ_CLIENT_SECRET_FILE and THREATQ_PASSWORD_FILE name files that contain the secret. VISION_ONE_BASE_URL replaces the address of Vision One. Proxies: HTTPS_PROXY, ALL_PROXY, NO_PROXY. A private certificate authority: NODE_EXTRA_CA_CERTS. Colours: NO_COLOR, FORCE_COLOR.',
    ),
  ];
  return `${paragraphs.join('\n\n')}\n`;
}

function optionHelp(names: string, help: string): string {
  const lines = wrap(help, COLUMNS - HELP_COLUMN).split('\n');
  const head = `${' '.repeat(INDENT)}${names}`;
  const fits = head.length < HELP_COLUMN;
  const first = fits ? `${head.padEnd(HELP_COLUMN)}${lines.shift()}` : head;
  return [first, ...lines.map((line) => `${' '.repeat(HELP_COLUMN)}${line}`)].join('\n');
}

/** Breaks a text at spaces into lines of at most `width` characters. */
function wrap(text: string, width = COLUMNS): string {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines.join('\n');
}
