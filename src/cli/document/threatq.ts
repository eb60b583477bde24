/** The `threatq` section: ThreatQ's address, and the credentials for it. */
import { serviceAddress } from '../../http/address.js';
import type { ThreatQAccess, ThreatQCredentials } from '../../threatq/access.js';
import {
  combine,
  type Fields,
  fromVariable,
  mapRead,
  problem,
  problemsIn,
  type Read,
  type Reader,
  readFields,
} from './reader.js';
import type { ThreatQKey as Key } from './schema.js';
import { nonBlank, textReader } from './text.js';

/** The variables that are used if the section lacks a value. */
export const VARIABLES = {
  host: 'THREATQ_HOST',
  client_id: 'THREATQ_CLIENT_ID',
  client_secret: 'THREATQ_CLIENT_SECRET',
  email: 'THREATQ_EMAIL',
  password: 'THREATQ_PASSWORD',
} as const satisfies Record<Key, string>;

type Values = Record<Key, string | undefined>;

export interface ThreatQFields extends Fields<Values> {
  /** The values that are from variables. */
  fromVariables: ReadonlySet<Key>;
}

const READERS: Record<Key, Reader<string | undefined>> = {
  // An address may contain a password or a token.
  host: textReader({ isSecret: true, isCredential: true }),
  client_id: textReader({ isCredential: true }),
  client_secret: textReader({ isSecret: true, isCredential: true }),
  email: textReader({ isCredential: true }),
  password: textReader({ isSecret: true, isCredential: true }),
};

export function isThreatQKey(key: string): boolean {
  return Object.hasOwn(VARIABLES, key);
}

/** Reads the section, with the environment's values for what it lacks. */
export function readThreatQ(raw: unknown, environment: NodeJS.ProcessEnv): ThreatQFields {
  const fields = readFields(raw, READERS);
  const values: ThreatQFields['values'] = {};
  const problems = [...fields.problems];
  const fromVariables = new Set<Key>();
  const invalid = new Set<Key>();
  for (const key of Object.keys(VARIABLES) as Key[]) {
    const name = VARIABLES[key];
    // A file with line ends of Windows leaves a carriage return at the end of a variable.
    const variable = nonBlank(environment[name]?.replace(/\r$/, ''));
    let value = fields.values[key];
    if (value === undefined && variable !== undefined && !fields.isInvalid(key)) {
      const read = fromVariable(name, READERS[key](variable));
      if ('value' in read) value = read.value;
      else invalid.add(key);
      fromVariables.add(key);
      problems.push(...problemsIn(read));
    }
    values[key] = key === 'password' ? value : value?.trim();
  }
  const isInvalid = (key: Key) => fields.isInvalid(key) || invalid.has(key);
  return { values, problems, fromVariables, isInvalid };
}

/** ThreatQ's address. It is read even in a manual run, because the safety checks protect this host. */
export function readHost({ values, fromVariables }: ThreatQFields): Read<URL | undefined> {
  if (values.host === undefined) return { value: undefined };
  // ThreatQ's documentation gives addresses of its API.
  const address = serviceAddress(values.host.replace(/\/api\/?$/i, ''));
  if ('url' in address) return { value: address.url };
  return fromVariables.has('host')
    ? fromVariable(VARIABLES.host, problem(address.problem))
    : problem(address.problem, ['host']);
}

/** The address and the credentials. Problems of the fields and the host are not repeated. */
export function readAccess(
  fields: ThreatQFields,
  host: Read<URL | undefined>,
): Read<ThreatQAccess> {
  return combine({ host: requiredHost(fields, host), credentials: readCredentials(fields) });
}

function requiredHost(fields: ThreatQFields, host: Read<URL | undefined>): Read<URL> {
  if ('problems' in host) return { problems: [] };
  return host.value ? { value: host.value } : missing(fields, 'host');
}

/** Client credentials if there is a client secret, otherwise the password grant. */
function readCredentials(fields: ThreatQFields): Read<ThreatQCredentials> {
  const clientId = required(fields, 'client_id');
  const isGiven = (key: Key) => fields.values[key] !== undefined || fields.isInvalid(key);
  if (isGiven('client_secret') || (!isGiven('email') && !isGiven('password'))) {
    const clientSecret = required(fields, 'client_secret', ', or give email and password instead');
    const login = combine({ clientId, clientSecret });
    return mapRead(login, (known) => ({ grant: 'client_credentials', ...known }));
  }
  const login = combine({
    clientId,
    email: required(fields, 'email'),
    password: required(fields, 'password'),
  });
  return mapRead(login, (known) => ({ grant: 'password', ...known }));
}

function required(fields: ThreatQFields, key: Key, alternative = ''): Read<string> {
  const value = fields.values[key];
  return value === undefined ? missing(fields, key, alternative) : { value };
}

function missing(fields: ThreatQFields, key: Key, alternative = ''): Read<never> {
  if (fields.isInvalid(key)) return { problems: [] };
  const message = `is required to read a data collection: give it here or in ${VARIABLES[key]}${alternative}`;
  return problem(message, [key]);
}
