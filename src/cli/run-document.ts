/** The run document, which is checked as a whole before anything is sent. */

import * as z from 'zod/mini';
import type { RunRequest } from '../export/job.js';
import type { Settings } from '../export/settings.js';
import { serviceAddress } from '../http/address.js';
import { proxyFor, proxyVariable } from '../http/proxy.js';
import { isMapping } from '../text/mapping.js';
import { readConfiguration } from './document/configuration.js';
import { readOrigin } from './document/origin.js';
import {
  checkKeys,
  combine,
  mapRead,
  prefixPaths,
  problem,
  problemsIn,
  problemsOnly,
  type Read,
  readerOf,
} from './document/reader.js';
import { readAccess, readHost, readThreatQ } from './document/threatq.js';
import { InvalidInputError, shownInput } from './invalid-input.js';
import type { Field } from './manifest.js';
import {
  type GivenSecret,
  MAX_SECRET_LENGTH,
  proxyPasswords,
  secretsOfDocument,
  variablesWithSecrets,
} from './secrets.js';
import { parseText } from './yaml-text.js';

export const DEFAULT_TIME_LIMIT_MINUTES = 15;
const MAX_TIME_LIMIT_MINUTES = 24 * 60;

/** A run, except for the lists whose files are not read yet. */
export interface CheckedDocument extends Omit<RunRequest, 'exclusions'> {
  /** The name of the run; null if it has none. */
  name: string | null;
  /** The paths of exclusion files. */
  exclude: string[];
}

/**
 * Reads and checks a run document, with what the environment adds to it.
 * @param fields the action's user fields, from the manifest
 * @param onSecret called with every secret in the document before anything can fail because of it
 * @throws {InvalidInputError} with all problems
 */
export function readRunDocument(
  source: string,
  fields: Field[],
  environment: NodeJS.ProcessEnv,
  onSecret: (secret: string) => void,
): CheckedDocument {
  if (source.trim() === '') {
    throw new InvalidInputError([{ path: [], message: 'the run document is empty' }]);
  }
  const { data, positionOf } = parseText(source);
  const secrets = secretsOfDocument(data, fields);
  for (const { text } of secrets) onSecret(text);
  if (!isMapping(data)) {
    const message = 'the run document must be a mapping';
    throw new InvalidInputError([{ path: [], message, position: positionOf([]) }]);
  }

  const threatq = readThreatQ(data['threatq'], environment);
  const threatqHost = prefixPaths(['threatq'], readHost(threatq));
  const settings = prefixPaths(
    ['configuration'],
    readSettings(data['configuration'], fields, environment),
  );
  const document = combine({
    keys: checkKeys(data, KEYS),
    name: prefixPaths(['name'], readName(data['name'])),
    threatq: prefixPaths(['threatq'], problemsOnly(threatq)),
    threatqHost,
    origin: readOrigin(data, () => prefixPaths(['threatq'], readAccess(threatq, threatqHost))),
    settings,
    exclude: prefixPaths(['exclude'], readExclude(data['exclude'], fields)),
    timeLimitMs: prefixPaths(['time_limit_minutes'], readTimeLimit(data['time_limit_minutes'])),
    secrets: checkLengths(secrets),
  });
  const variables = readVariables(environment, settings);
  if ('problems' in document || 'problems' in variables) {
    throw new InvalidInputError([
      ...problemsIn(document).map((each) => ({ ...each, position: positionOf(each.path) })),
      ...problemsIn(variables),
    ]);
  }
  const { name, origin, exclude, timeLimitMs } = document.value;
  return {
    name,
    origin,
    settings: document.value.settings,
    visionOne: variables.value.visionOne,
    threatqHost: document.value.threatqHost,
    exclude,
    timeLimitMs,
  };
}

const KEYS = [
  'name',
  'threatq',
  'data_collection',
  'objects',
  'configuration',
  'exclude',
  'time_limit_minutes',
];

/** Reads the configuration, with the API key of the environment if it has none. */
function readSettings(
  raw: unknown,
  fields: Field[],
  { VISION_ONE_API_KEY: api_key }: NodeJS.ProcessEnv,
): Read<Settings> {
  const given = raw ?? {};
  const lacksKey = isMapping(given) && !given['api_key'];
  return readConfiguration(fields, api_key && lacksKey ? { ...given, api_key } : given);
}

/** No name that people read is longer. */
const MAX_NAME_CHARS = 100;

function readName(raw: unknown): Read<string | null> {
  if (raw === undefined || raw === null) return { value: null };
  const isName = typeof raw === 'string' && raw.trim() !== '' && raw.length <= MAX_NAME_CHARS;
  return isName
    ? { value: raw.trim() }
    : problem(`must be a text of 1 to ${MAX_NAME_CHARS} characters; ${shownInput(raw)}`);
}

/** The paths of exclusion files. The exception action has none, because exceptions block nothing. */
function readExclude(raw: unknown, fields: Field[]): Read<string[]> {
  const paths = typeof raw === 'string' ? [raw] : (raw ?? []);
  const read = z.safeParse(z.array(z.string()), paths);
  if (!read.success) return problem('must be a list of file names');
  const hasExclusions = fields.some(({ name }) => name === 'safety_checks');
  if (hasExclusions || read.data.length === 0) return { value: read.data };
  return problem('is supported only by the blocklist action');
}

const readMinutes = readerOf(
  z.number({ error: ({ input }) => `must be a number; ${shownInput(input)}` }).check(
    z.refine((minutes) => minutes > 0 && minutes <= MAX_TIME_LIMIT_MINUTES, {
      error: ({ input }) =>
        `must be more than 0 and at most ${MAX_TIME_LIMIT_MINUTES} minutes; ${shownInput(input)}`,
    }),
  ),
);

/** @returns milliseconds */
function readTimeLimit(raw: unknown): Read<number> {
  return mapRead(readMinutes(raw ?? DEFAULT_TIME_LIMIT_MINUTES), (minutes) => minutes * 60_000);
}

/** Refuses longer secrets: no service issues keys of this length. */
function checkLengths(secrets: GivenSecret[]): Read<void> {
  const problems = secrets.flatMap(({ path, text: { length } }) => {
    if (length <= MAX_SECRET_LENGTH) return [];
    const message = `must be at most ${MAX_SECRET_LENGTH} characters long; ${length} characters were given`;
    return [{ path, message }];
  });
  return problemsOnly({ problems });
}

/** Reads what the environment says about the services. Its problems have no position. */
function readVariables(
  environment: NodeJS.ProcessEnv,
  settings: Read<Settings>,
): Read<{ visionOne: URL }> {
  const disablesProxies = 'value' in settings && settings.value.disable_proxies;
  const proxies = disablesProxies ? [] : proxyPasswords(environment);
  const variables = combine({
    visionOne: readVisionOne(environment['VISION_ONE_BASE_URL'], settings),
    proxy: disablesProxies ? { value: undefined } : checkProxy(environment),
    secrets: checkLengths([...variablesWithSecrets(environment), ...proxies]),
  });
  return mapRead(variables, ({ visionOne }) => ({ visionOne }));
}

/** The address in VISION_ONE_BASE_URL, otherwise that of the region. */
function readVisionOne(baseUrl: string | undefined, settings: Read<Settings>): Read<URL> {
  const region = 'value' in settings ? settings.value.api_region : undefined;
  if (!baseUrl && !region) return { problems: [] };
  const address = serviceAddress(baseUrl || `https://${region}`);
  return 'url' in address
    ? { value: address.url }
    : problem(address.problem, ['VISION_ONE_BASE_URL']);
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
    return problem('must be a URL such as http://proxy.example.com:3128', [name]);
  }
}
