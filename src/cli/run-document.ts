/** The run document: what a host hands to an action, checked as a whole before anything is sent. */
import * as z from 'zod/mini';
import type { Origin, RunRequest } from '../export/job.js';
import type { Settings } from '../export/settings.js';
import { serviceAddress } from '../http/address.js';
import { proxyFor, proxyVariable } from '../http/proxy.js';
import type { ThreatQAccess, ThreatQCredentials } from '../threatq/access.js';
import { rowsIn } from '../threatq/row-parser.js';
import { readConfiguration } from './configuration.js';
import { given, InvalidInputError, type Problem } from './invalid-input.js';
import type { Field } from './manifest.js';
import {
  type GivenSecret,
  LONGEST_SECRET,
  proxyPasswords,
  secretsOfDocument,
  variablesWithSecrets,
} from './secrets.js';
import { parseText } from './yaml-text.js';

export const DEFAULT_TIME_LIMIT_MINUTES = 15;
const LONGEST_TIME_LIMIT_MINUTES = 24 * 60;

/** Where a secret or an address may stand when it is not in the document. */
const ENVIRONMENT = {
  host: 'THREATQ_HOST',
  client_id: 'THREATQ_CLIENT_ID',
  client_secret: 'THREATQ_CLIENT_SECRET',
  email: 'THREATQ_EMAIL',
  password: 'THREATQ_PASSWORD',
} as const;

const text = (shown: boolean) =>
  z.optional(
    z.nullable(
      z.string({
        error: (issue) =>
          `must be text${typeof issue.input === 'number' ? ': put it in quotes' : ''}${shown ? `; ${given(issue.input)}` : ''}`,
      }),
    ),
  );

const mapping = { error: 'must be a mapping' };

const documentSchema = z.strictObject(
  {
    threatq: z.optional(
      z.nullable(
        z.strictObject(
          {
            host: text(false),
            client_id: text(true),
            client_secret: text(false),
            email: text(true),
            password: text(false),
          },
          mapping,
        ),
      ),
    ),
    data_collection: z.optional(
      z.nullable(z.strictObject({ hash: text(true), name: text(true) }, mapping)),
    ),
    objects: z.optional(
      z.nullable(
        z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())], {
          error: 'must be a list of indicators',
        }),
      ),
    ),
    configuration: z.optional(z.unknown()),
    exclude: z.optional(
      z.nullable(
        z.union([z.string(), z.array(z.string())], { error: 'must be a list of file names' }),
      ),
    ),
    time_limit_minutes: z.optional(
      z.nullable(
        z.number({ error: (issue) => `must be a number; ${given(issue.input)}` }).check(
          z.refine((minutes) => minutes > 0 && minutes <= LONGEST_TIME_LIMIT_MINUTES, {
            error: (issue) =>
              `must be more than 0 and at most ${LONGEST_TIME_LIMIT_MINUTES} minutes; ${given(issue.input)}`,
          }),
        ),
      ),
    ),
  },
  mapping,
);

type RunDocument = z.infer<typeof documentSchema>;

/** A run, but for the lists whose files are still to be read. */
export interface CheckedDocument extends Omit<RunRequest, 'exclusions'> {
  /** Files of what is never exported. */
  exclude: string[];
}

/**
 * Reads and checks a run document, with what the environment adds to it.
 * @param fields the action's user fields, from the manifest
 * @param onSecret told of every secret in it before anything else is said of it
 * @throws {InvalidInputError} with all problems at once
 */
export function readRunDocument(
  source: string,
  fields: Field[],
  environment: NodeJS.ProcessEnv,
  onSecret: (secret: string) => void,
): CheckedDocument {
  if (source.trim() === '')
    throw new InvalidInputError([{ path: [], message: 'the run document is empty' }]);
  const parsed = parseText(source);
  const secrets = secretsOfDocument(parsed.data, fields);
  for (const { text } of secrets) onSecret(text);
  const problems: Problem[] = [];
  const report = (path: Problem['path'], message: string) => problems.push({ path, message });

  if (!looksLikeMapping(parsed.data)) {
    const position = parsed.positionOf([]);
    throw new InvalidInputError([
      { path: [], message: 'the run document must be a mapping', position },
    ]);
  }
  const read = z.safeParse(documentSchema, parsed.data);
  for (const issue of read.error?.issues ?? []) reportIssue(issue, report);
  // What does not fit the schema was reported; the rest is read all the same, to report all at once.
  const document = (read.success ? read.data : parsed.data) as RunDocument;

  const threatqHost = readHost(document, environment, report);
  const origin = readOrigin(document, environment, threatqHost, report);
  const exclude = readExclude(document, fields, report);
  const visionOneGiven = environment['VISION_ONE_BASE_URL'];
  const settings = readSettings(document, fields, environment, problems);
  const visionOne = serviceAddress(
    visionOneGiven || `https://${settings?.api_region ?? 'unknown.invalid'}`,
  );
  // What the environment says stands nowhere in the document.
  const reportVariable = (name: string, message: string) =>
    problems.push({ path: [name], message, position: undefined });
  if ('problem' in visionOne) reportVariable('VISION_ONE_BASE_URL', visionOne.problem);
  if (!settings?.disable_proxies) checkProxy(environment, reportVariable);
  reportTooLong(secrets, report);
  const variables = variablesWithSecrets(environment);
  if (!settings?.disable_proxies) variables.push(...proxyPasswords(environment));
  reportTooLong(variables, ([name = ''], message) => reportVariable(String(name), message));

  if (problems.length > 0 || !origin || !settings || 'problem' in visionOne) {
    throw new InvalidInputError(
      problems.map((problem) => ({ position: parsed.positionOf(problem.path), ...problem })),
    );
  }
  return {
    origin,
    settings,
    visionOne: visionOne.url,
    threatqHost,
    exclude,
    timeLimitMs: (document.time_limit_minutes ?? DEFAULT_TIME_LIMIT_MINUTES) * 60_000,
  };
}

type Report = (path: Problem['path'], message: string) => void;

function looksLikeMapping(data: unknown): boolean {
  return typeof data === 'object' && data !== null && !Array.isArray(data);
}

function reportIssue(issue: z.core.$ZodIssue, report: Report): void {
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key));
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) report([...path, key], 'is no key of a run document');
  } else {
    report(path, issue.message);
  }
}

function readSettings(
  document: RunDocument,
  fields: Field[],
  environment: NodeJS.ProcessEnv,
  problems: Problem[],
): Settings | undefined {
  const raw = document.configuration ?? {};
  const fromEnvironment = environment['VISION_ONE_API_KEY'];
  const withKey =
    looksLikeMapping(raw) && fromEnvironment && !(raw as { api_key?: unknown }).api_key
      ? { ...raw, api_key: fromEnvironment }
      : raw;
  const read = readConfiguration(fields, withKey);
  if ('settings' in read) return read.settings;
  for (const problem of read.problems) {
    problems.push({ ...problem, path: ['configuration', ...problem.path] });
  }
  return undefined;
}

function readOrigin(
  document: RunDocument,
  environment: NodeJS.ProcessEnv,
  threatqHost: URL | undefined,
  report: Report,
): Origin | undefined {
  const { data_collection: collection, objects } = document;
  const both = 'either data_collection or objects must be given';
  if (collection && objects) {
    report([], `${both}, not both`);
    return undefined;
  }
  if (objects) {
    // Text instead of a list was reported before.
    const rows = typeof objects === 'object' ? (rowsIn(objects) ?? [objects]) : [];
    for (const [index, row] of rows.entries()) {
      if (looksLikeMapping(row)) continue;
      report(['objects', index], `must be an indicator, with type and value; ${given(row)}`);
    }
    return { kind: 'objects', rows };
  }
  if (!collection) {
    report([], `${both}; nothing was given`);
    return undefined;
  }

  const threatq = readThreatQ(document, environment, threatqHost, report);
  const isGiven = (value: unknown) =>
    typeof value === 'string' ? filled(value) !== undefined : value !== undefined && value !== null;
  if (isGiven(collection.hash) === isGiven(collection.name)) {
    const amount = isGiven(collection.hash) ? ', not both' : '; nothing was given';
    report(['data_collection'], `either hash or name must be given${amount}`);
  }
  const hash = filled(collection.hash)?.trim();
  if (hash && (!hash.isWellFormed() || /^\.\.?$/.test(hash))) {
    report(['data_collection', 'hash'], `must be the hash of a data collection; ${given(hash)}`);
  }
  const name = filled(collection.name);
  if (!threatq) return undefined;
  if (hash) return { kind: 'collection', by: 'hash', key: hash, threatq };
  return name ? { kind: 'collection', by: 'name', key: name, threatq } : undefined;
}

/** Text that was given and is not blank. */
function filled(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

/** What the document says of ThreatQ, or else the environment. */
function threatqValue(
  document: RunDocument,
  environment: NodeJS.ProcessEnv,
  key: keyof typeof ENVIRONMENT,
): string | undefined {
  const found = filled(document.threatq?.[key]) ?? filled(environment[ENVIRONMENT[key]]);
  return key === 'password' ? found : found?.trim();
}

/** ThreatQ's address, which is of use even where nothing is read from there: it is never blocked. */
function readHost(
  document: RunDocument,
  environment: NodeJS.ProcessEnv,
  report: Report,
): URL | undefined {
  const host = threatqValue(document, environment, 'host');
  const address = host === undefined ? undefined : serviceAddress(host);
  if (address && 'problem' in address) report(['threatq', 'host'], address.problem);
  return address && 'url' in address ? address.url : undefined;
}

function readThreatQ(
  document: RunDocument,
  environment: NodeJS.ProcessEnv,
  host: URL | undefined,
  report: Report,
): ThreatQAccess | undefined {
  const value = (key: keyof typeof ENVIRONMENT) => threatqValue(document, environment, key);
  const missing = (key: keyof typeof ENVIRONMENT, also = '') => {
    // What is there but of another kind was reported as that.
    const threatq: unknown = document.threatq ?? {};
    if (!looksLikeMapping(threatq)) return;
    const there = (threatq as Record<string, unknown>)[key] ?? '';
    if (typeof there !== 'string') return;
    report(['threatq', key], `is required for a data collection (or ${ENVIRONMENT[key]})${also}`);
  };
  if (!value('host')) missing('host');
  const credentials = readCredentials(value, missing);
  return host && credentials ? { host, credentials } : undefined;
}

/** Names of files; the exception action takes none, since what is known to be good is its very purpose. */
function readExclude(document: RunDocument, fields: Field[], report: Report): string[] {
  const { exclude } = document;
  const paths = typeof exclude === 'string' ? [exclude] : (exclude ?? []);
  if (!Array.isArray(paths) || paths.length === 0) return [];
  if (!fields.some(({ name }) => name === 'safety_checks')) {
    report(['exclude'], 'belongs to the blocklist action; the exception action takes no lists');
  }
  return paths.filter((path) => typeof path === 'string');
}

/** Client credentials where there is a client secret, the password grant where there is none. */
function readCredentials(
  value: (key: keyof typeof ENVIRONMENT) => string | undefined,
  missing: (key: keyof typeof ENVIRONMENT, also?: string) => void,
): ThreatQCredentials | undefined {
  const clientId = value('client_id');
  const clientSecret = value('client_secret');
  const email = value('email');
  const password = value('password');
  if (!clientId) missing('client_id');
  if (clientSecret) {
    return clientId ? { grant: 'client_credentials', clientId, clientSecret } : undefined;
  }
  if (!email && !password) {
    missing('client_secret', ', or else email and password');
    return undefined;
  }
  if (!email) missing('email');
  if (!password) missing('password');
  if (!clientId || !email || !password) return undefined;
  return { grant: 'password', clientId, email, password };
}

/** A longer one is a whole file, or a mistake; no service gives out such a key. */
function reportTooLong(secrets: GivenSecret[], report: Report): void {
  for (const { path, text } of secrets) {
    if (text.length <= LONGEST_SECRET) continue;
    const message = `must be at most ${LONGEST_SECRET} characters long; ${text.length} characters were given`;
    report(path, message);
  }
}

/** The one proxy that is used, because services are https; only loopback may be plain http. */
function checkProxy(
  environment: NodeJS.ProcessEnv,
  report: (name: string, message: string) => void,
): void {
  try {
    // NO_PROXY must not hide what is wrong.
    proxyFor(new URL('https://proxy-check.invalid'), {
      ...environment,
      NO_PROXY: '',
      no_proxy: '',
    });
  } catch {
    const name = proxyVariable(environment) ?? 'HTTPS_PROXY';
    report(name, 'must be a URL such as http://proxy.example.com:3128');
  }
}
