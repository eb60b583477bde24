/** The run document, which is checked as a whole before anything is sent. */

import * as z from 'zod/mini';
import type { RunRequest } from '../export/job.js';
import { OPTIONS, type Settings } from '../export/settings.js';
import { proxyFor, proxyVariable } from '../http/proxy.js';
import type { Mode } from '../result/result.js';
import { isMapping } from '../text/mapping.js';
import { isInQuotes } from '../text/quotes.js';
import { suggestion } from '../text/suggest.js';
import { readConfiguration } from './document/configuration.js';
import { endpointAddress, visionOneAddress } from './document/endpoint.js';
import { optionNamed } from './document/options.js';
import { readOrigin } from './document/origin.js';
import {
  checkKeys,
  combine,
  fromVariable,
  mapRead,
  prefixPaths,
  problem,
  problemsIn,
  problemsOnly,
  type Read,
  readerOf,
  unknownKeyMessage,
} from './document/reader.js';
import {
  DEFAULT_TIME_LIMIT_MINUTES,
  documentShape,
  MAX_NAME_CHARS,
  MAX_TIME_LIMIT_MINUTES,
} from './document/schema.js';
import { API_KEY_VARIABLE, IN_QUOTES } from './document/secret.js';
import { placeOf } from './document/sections.js';
import { readAccess, readHost, readThreatQ } from './document/threatq.js';
import { shownInput } from './invalid-input.js';
import type { Field } from './manifest.js';
import { type ParsedText, parseText } from './parsed-text.js';
import {
  checkSecretVariables,
  misspeltVariables,
  proxyPasswordProblems,
  secretsOfDocument,
} from './secrets.js';

/** A run, except for the lists whose files are not read yet. */
export interface CheckedDocument extends Omit<RunRequest, 'exclusions'> {
  /** The name of the run; null if it has none. */
  name: string | null;
  /** The paths of exclusion files. */
  exclude: string[];
}

/** A run document whose values are not checked yet. */
export interface ParsedDocument {
  data: Record<string, unknown>;
  positions: ParsedText['positions'];
}

/**
 * Parses a run document.
 * @param fields the action's user fields, from the manifest
 * @param onSecret called with every secret in the document before anything can fail because of it
 * @returns the problems, with their positions, if it is not a mapping in YAML or JSON
 */
export async function parseRunDocument(
  source: string,
  fields: Field[],
  onSecret: (secret: string) => void,
): Promise<Read<ParsedDocument>> {
  if (source.trim() === '') return problem('the run document is empty');
  const parsed = await parseText(source);
  if ('problems' in parsed) return parsed;
  const { data, positions } = parsed.value;
  for (const secret of secretsOfDocument(data, fields)) onSecret(secret);
  if (isMapping(data)) return { value: { data, positions } };
  const message = 'the run document must be a mapping of keys to values, such as configuration: …';
  const positionOf = await positions();
  return { problems: [{ path: [], message, position: positionOf([]) }] };
}

/**
 * Checks a run document, with what the environment adds to it.
 * @param fields the action's user fields, from the manifest
 * @returns all problems, without their positions, if it has any
 */
export function checkRunDocument(
  { data }: ParsedDocument,
  fields: Field[],
  givenEnvironment: NodeJS.ProcessEnv,
): Read<CheckedDocument> {
  const { environment, problems } = checkSecretVariables(givenEnvironment);
  const threatq = readThreatQ(data['threatq'], environment);
  const threatqHost = prefixPaths(['threatq'], readHost(threatq));
  const settings = prefixPaths(
    ['configuration'],
    readSettings(data['configuration'], fields, environment),
  );
  const document = combine({
    keys: checkKeys(data, KEYS, (key) => unknownKey(key, fields)),
    name: prefixPaths(['name'], readName(data['name'])),
    threatq: prefixPaths(['threatq'], problemsOnly(threatq)),
    threatqHost,
    origin: readOrigin(data, () => prefixPaths(['threatq'], readAccess(threatq, threatqHost))),
    settings,
    exclude: prefixPaths(['exclude'], readExclude(data['exclude'], fields)),
    timeLimitMs: prefixPaths(['time_limit_minutes'], readTimeLimit(data['time_limit_minutes'])),
    visionOne: readVisionOne(environment['VISION_ONE_BASE_URL'], settings),
    variables: problemsOnly({ problems }),
    proxies: readProxies(environment, settings),
  });
  if ('problems' in document) {
    return { problems: [...document.problems, ...misspeltVariables(environment)] };
  }
  const { keys, threatq: _, variables, proxies, ...checked } = document.value;
  return { value: checked };
}

const KEYS = Object.keys(documentShape);

function unknownKey(key: string, fields: Field[]): string {
  const place = placeOf(key, fields);
  return place === undefined ? unknownKeyMessage(key, KEYS) : `is not a key here: put it ${place}`;
}

/** Reads the configuration, with the API key of the environment if it has none. */
function readSettings(
  raw: unknown,
  fields: Field[],
  environment: NodeJS.ProcessEnv,
): Read<Settings> {
  const { [API_KEY_VARIABLE]: api_key } = environment;
  const given = raw ?? {};
  const usesVariable = api_key && isMapping(given) && !given['api_key'];
  if (!usesVariable) return readConfiguration(fields, given);
  const fileVariable = `${API_KEY_VARIABLE}_FILE`;
  const variable = environment[fileVariable] ? fileVariable : API_KEY_VARIABLE;
  const read = readConfiguration(fields, { ...given, api_key });
  if ('value' in read) return read;
  const problems = read.problems.map((each) =>
    each.path[0] === 'api_key' ? problemsIn(fromVariable(variable, { problems: [each] })) : each,
  );
  return { problems: problems.flat() };
}

function readName(raw: unknown): Read<string | null> {
  if (raw === undefined || raw === null) return { value: null };
  const isName = typeof raw === 'string' && raw.trim() !== '' && [...raw].length <= MAX_NAME_CHARS;
  return isName
    ? { value: raw.trim() }
    : problem(`must be a text of 1 to ${MAX_NAME_CHARS} characters; ${shownInput(raw)}`);
}

/** The paths of exclusion files. The exception action has none, because exceptions block nothing. */
function readExclude(raw: unknown, fields: Field[]): Read<string[]> {
  const paths = typeof raw === 'string' ? [raw] : (raw ?? []);
  const read = z.safeParse(z.array(z.string().check(z.regex(/\S/))), paths);
  if (!read.success) return problem(`must be a list of file names; ${shownInput(raw)}`);
  const hasExclusions = fields.some(({ name }) => name === 'safety_checks');
  if (hasExclusions || read.data.length === 0) return { value: read.data };
  return problem('is supported only by the blocklist action');
}

/** Adds its position in the document to each problem, except to those in variables. */
export async function withPositions<T>(
  read: Read<T>,
  { positions }: ParsedDocument,
): Promise<Read<T>> {
  if ('value' in read) return read;
  const positionOf = await positions();
  return {
    problems: read.problems.map((each) =>
      each.inVariable ? each : { ...each, position: positionOf(each.path) },
    ),
  };
}

/** The paths of exclusion files, also of a document that has problems elsewhere. */
export function exclusionFilesOf({ data }: ParsedDocument, fields: Field[]): string[] {
  const read = readExclude(data['exclude'], fields);
  return 'value' in read ? read.value : [];
}

/** What Run Mode says, also in a document that has problems elsewhere; undefined if it says nothing valid. */
export function runModeOf({ data }: ParsedDocument, fields: Field[]): Mode | undefined {
  const field = fields.find(({ name }) => name === 'run_mode');
  const given = isMapping(data['configuration']) ? data['configuration']['run_mode'] : undefined;
  const value = typeof given === 'string' ? optionNamed(field?.options ?? [], given) : undefined;
  return OPTIONS.run_mode.find((mode) => mode === value);
}

const readMinutes = readerOf(
  z
    .number({
      error: ({ input }) => `must be a number; ${shownInput(input)}${suggestion(numberIn(input))}`,
    })
    .check(
      z.refine((minutes) => minutes > 0 && minutes <= MAX_TIME_LIMIT_MINUTES, {
        error: ({ input }) =>
          `must be more than 0 and at most ${MAX_TIME_LIMIT_MINUTES} minutes; ${shownInput(input)}`,
      }),
    ),
);

/** The number that a text is, for example in quotes. */
function numberIn(input: unknown): number | undefined {
  return typeof input === 'string' && /^\d{1,4}(?:\.\d+)?$/.test(input.trim())
    ? Number(input)
    : undefined;
}

/** @returns milliseconds */
function readTimeLimit(raw: unknown): Read<number> {
  return mapRead(readMinutes(raw ?? DEFAULT_TIME_LIMIT_MINUTES), (minutes) => minutes * 60_000);
}

/** The address in VISION_ONE_BASE_URL, otherwise that of the region. */
function readVisionOne(baseUrl: string | undefined, settings: Read<Settings>): Read<URL> {
  if (baseUrl?.trim()) {
    const address = endpointAddress(baseUrl.trim());
    return 'url' in address
      ? { value: address.url }
      : fromVariable('VISION_ONE_BASE_URL', problem(address.problem));
  }
  if ('problems' in settings) return { problems: [] };
  const { api_region, api_endpoint } = settings.value;
  const address = visionOneAddress(api_region, api_endpoint);
  return 'url' in address ? { value: address.url } : problem(address.problem, ['configuration']);
}

/** Checks the variables of proxies. */
function readProxies(environment: NodeJS.ProcessEnv, settings: Read<Settings>): Read<void> {
  if ('value' in settings && settings.value.disable_proxies) return { value: undefined };
  const problems = [...problemsIn(checkProxy(environment)), ...proxyPasswordProblems(environment)];
  return problemsOnly({ problems });
}

/** Checks the proxy's address. Only the one for https is used, because plain http is only for loopback. */
function checkProxy(environment: NodeJS.ProcessEnv): Read<void> {
  try {
    // NO_PROXY must not hide a problem.
    const withoutExemptions = { ...environment, NO_PROXY: '', no_proxy: '' };
    proxyFor(new URL('https://proxy-check.invalid'), withoutExemptions);
    return { value: undefined };
  } catch {
    const name = proxyVariable(environment) ?? 'HTTPS_PROXY';
    const isQuoted = isInQuotes(environment[name]?.trim() ?? '');
    return fromVariable(name, problem(isQuoted ? IN_QUOTES : NOT_HTTP_PROXY));
  }
}

const NOT_HTTP_PROXY =
  'must be the URL of an HTTP proxy, such as http://proxy.example.com:3128; SOCKS is not supported';
