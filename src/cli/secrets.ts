/** What must never be repeated, wherever it may stand. */
import { percentDecode } from '../text/percent-decode.js';
import type { Field } from './manifest.js';

/** The longest secret that is taken, in characters. */
export const LONGEST_SECRET = 8_192;

/** A secret and where it was given: the keys that lead to it, or the variable's name. */
export interface GivenSecret {
  path: string[];
  text: string;
}

const ENVIRONMENT_SECRETS = ['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'];
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];

/** The secrets of the environment; of a proxy's address its password, as written and decoded. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): string[] {
  const proxies = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]);
  return [
    ...variablesWithSecrets(environment).map(({ text }) => text),
    ...proxies.flatMap((name) => proxySecrets(environment[name])),
  ].flatMap((secret) => secret.trim() || []);
}

/** The variables that are a secret each. */
export function variablesWithSecrets(environment: NodeJS.ProcessEnv): GivenSecret[] {
  return ENVIRONMENT_SECRETS.flatMap((name) => {
    const text = environment[name]?.trim();
    return text ? [{ path: [name], text }] : [];
  });
}

/** The passwords in the addresses of proxies, by variable, as written. */
export function proxyPasswords(environment: NodeJS.ProcessEnv): GivenSecret[] {
  return PROXY_VARIABLES.flatMap((name) =>
    [name, name.toLowerCase()].flatMap((path) => {
      const [text] = proxySecrets(environment[path]);
      return text ? [{ path: [path], text }] : [];
    }),
  );
}

/** A proxy's password, as written and decoded, and with the user name before it. */
function proxySecrets(address = ''): string[] {
  const userinfo = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/]*)@/i.exec(address)?.[1];
  const password = userinfo?.slice(userinfo.indexOf(':') + 1);
  return userinfo && password ? [password, percentDecode(password), percentDecode(userinfo)] : [];
}

/**
 * The secrets of a run document that may not even be a valid one: whatever stands where a secret
 * belongs, so that an error about another field cannot repeat it.
 */
export function secretsOfDocument(data: unknown, fields: Field[]): GivenSecret[] {
  const masked = fields.filter(({ mask }) => mask).map(({ name }) => name);
  const places = [
    ...['client_secret', 'password'].map((key) => ['threatq', key]),
    ...masked.map((key) => ['configuration', key]),
  ];
  return places.flatMap(([section = '', key = '']) => {
    const value = (data as Record<string, Record<string, unknown> | undefined> | null)?.[section]?.[
      key
    ];
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    return [{ path: [section, key], text: String(value).trim() }];
  });
}
