/** The secrets that a run is given, wherever they are: no output may repeat them. */
import { percentDecode } from '../text/percent-decode.js';
import type { Field } from './manifest.js';

/** The length of the longest secret that is accepted, in characters. */
export const MAX_SECRET_LENGTH = 8_192;

export interface GivenSecret {
  /** Its keys in the document, or the name of its variable. */
  path: string[];
  text: string;
}

const ENVIRONMENT_SECRETS = ['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'];
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** The secrets of the environment. A proxy's password is in its address, where it may be encoded. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): string[] {
  return [
    ...variablesWithSecrets(environment).map(({ text }) => text),
    ...PROXY_VARIABLES.flatMap((name) => proxySecrets(environment[name])),
  ].flatMap((secret) => secret.trim() || []);
}

export function variablesWithSecrets(environment: NodeJS.ProcessEnv): GivenSecret[] {
  return ENVIRONMENT_SECRETS.flatMap((name) => {
    const text = environment[name]?.trim();
    return text ? [{ path: [name], text }] : [];
  });
}

/** The passwords in the addresses of proxies, as written. */
export function proxyPasswords(environment: NodeJS.ProcessEnv): GivenSecret[] {
  return PROXY_VARIABLES.flatMap((name) => {
    const [text] = proxySecrets(environment[name]);
    return text ? [{ path: [name], text }] : [];
  });
}

/** Of a proxy's address: the password as it is written, the decoded password, and the decoded `user:password`. */
function proxySecrets(address = ''): string[] {
  const userinfo = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/]*)@/i.exec(address)?.[1];
  const password = userinfo?.slice(userinfo.indexOf(':') + 1);
  return userinfo && password ? [password, percentDecode(password), percentDecode(userinfo)] : [];
}

/**
 * The secrets of a run document that may be invalid: every value in the place of a secret, so that an
 * error about another field cannot repeat it.
 */
export function secretsOfDocument(data: unknown, fields: Field[]): GivenSecret[] {
  const masked = fields.filter(({ mask }) => mask).map(({ name }) => name);
  const paths = [
    ...['client_secret', 'password'].map((key) => ['threatq', key]),
    ...masked.map((key) => ['configuration', key]),
  ];
  return paths.flatMap((path) => {
    const value = valueAt(data, path);
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    return [{ path, text: String(value).trim() }];
  });
}

function valueAt(data: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    data,
  );
}
