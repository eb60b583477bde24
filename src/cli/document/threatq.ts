/** The `threatq` section: ThreatQ's address, and the credentials for it. */
import { serviceAddress } from '../../http/address.js';
import type { ThreatQAccess, ThreatQCredentials } from '../../threatq/access.js';
import { combine, type Fields, mapRead, problem, type Read, readFields } from './reader.js';
import { nonBlank, textReader } from './text.js';

/** The variables that are used if the section lacks a value. */
const VARIABLES = {
  host: 'THREATQ_HOST',
  client_id: 'THREATQ_CLIENT_ID',
  client_secret: 'THREATQ_CLIENT_SECRET',
  email: 'THREATQ_EMAIL',
  password: 'THREATQ_PASSWORD',
} as const;

type Key = keyof typeof VARIABLES;

export type ThreatQFields = Fields<Record<Key, string | undefined>>;

const READERS = {
  // An address may contain a password or a token.
  host: textReader({ isSecret: true }),
  client_id: textReader(),
  client_secret: textReader({ isSecret: true }),
  email: textReader(),
  password: textReader({ isSecret: true }),
};

/** Reads the section, with the environment's values for what it lacks. */
export function readThreatQ(raw: unknown, environment: NodeJS.ProcessEnv): ThreatQFields {
  const fields = readFields(raw, READERS);
  const values: ThreatQFields['values'] = {};
  for (const key of Object.keys(VARIABLES) as Key[]) {
    const value = fields.values[key] ?? nonBlank(environment[VARIABLES[key]]);
    values[key] = key === 'password' ? value : value?.trim();
  }
  return { ...fields, values };
}

/** ThreatQ's address. It is read even in a manual run, because the safety checks protect this host. */
export function readHost({ values: { host } }: ThreatQFields): Read<URL | undefined> {
  if (host === undefined) return { value: undefined };
  const address = serviceAddress(host);
  return 'url' in address ? { value: address.url } : problem(address.problem, ['host']);
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
  const { client_secret, email, password } = fields.values;
  const clientId = required(fields, 'client_id');
  if (client_secret || (!email && !password)) {
    const clientSecret = required(fields, 'client_secret', ', or email and password');
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
  return problem(`is required for a data collection (or ${VARIABLES[key]})${alternative}`, [key]);
}
