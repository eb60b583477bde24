/** The secrets that a run is given, wherever they are: no output may repeat them. */
import { percentDecode } from '../text/percent-decode.js';
import { closest, suggestion } from '../text/suggest.js';
import { readProblem, readRegularFile } from './bounded-read.js';
import { fromVariable, problem, problemsIn } from './document/reader.js';
import {
  API_KEY_VARIABLE,
  lengthProblem,
  MAX_SECRET_LENGTH,
  secretProblem,
} from './document/secret.js';
import { VARIABLES as THREATQ_VARIABLES } from './document/threatq.js';
import type { Problem } from './invalid-input.js';
import type { Field } from './manifest.js';

/** Each variable also has a form NAME_FILE: the path of a file that holds the secret. */
const SECRET_VARIABLES = [API_KEY_VARIABLE, 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'] as const;
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** The secrets of the environment. A proxy's password is in its address, where it may be encoded. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): string[] {
  return [
    ...SECRET_VARIABLES.map((name) => environment[name] ?? ''),
    ...PROXY_VARIABLES.flatMap((name) => proxySecrets(environment[name])),
  ].flatMap((secret) => secret.trim() || []);
}

/** The largest file of a secret, in bytes: more than the longest secret has in any encoding. */
const MAX_SECRET_FILE_BYTES = 4 * MAX_SECRET_LENGTH + 1_000;

/** All variables of an action except those of proxies and of Node. */
export const VARIABLES: readonly string[] = [
  ...Object.values(THREATQ_VARIABLES),
  'VISION_ONE_BASE_URL',
  ...SECRET_VARIABLES.flatMap((name) => [name, `${name}_FILE`]),
];

/** Variables whose name is close to that of a variable that is not set, for a run that lacks something. */
export function misspeltVariables(environment: NodeJS.ProcessEnv): Problem[] {
  return Object.keys(environment).flatMap((name) => {
    if (VARIABLES.includes(name) || !/vision|threatq/i.test(name)) return [];
    const meant = closest(name, VARIABLES);
    if (meant === undefined || environment[meant]) return [];
    const message = `is not a variable of an action${suggestion(meant)}`;
    return problemsIn(fromVariable(name, problem(message)));
  });
}

interface SecretVariables {
  environment: NodeJS.ProcessEnv;
  problems: Problem[];
}

/** Takes the place of a secret with a problem, so that it is not reported as missing too. */
const UNUSABLE = 'unusable';

/** Checks the secrets in variables, also those that the run does not use. */
export function checkSecretVariables(environment: NodeJS.ProcessEnv): SecretVariables {
  const checked: SecretVariables = { environment: { ...environment }, problems: [] };
  for (const name of SECRET_VARIABLES) {
    const found = secretProblem(environment[name] ?? '');
    if (found === undefined) continue;
    checked.environment[name] = UNUSABLE;
    checked.problems.push(...problemsIn(fromVariable(name, problem(found))));
  }
  return checked;
}

/**
 * Reads the files of secrets, which Docker, Kubernetes and systemd provide. One line end after a secret is
 * not a part of it.
 * @param onSecret called with each secret
 * @returns the environment with these secrets as variables
 */
export async function readSecretFiles(
  environment: NodeJS.ProcessEnv,
  onSecret: (secret: string) => void,
): Promise<SecretVariables> {
  const withSecrets = { ...environment };
  const problems: Problem[] = [];
  for (const name of SECRET_VARIABLES) {
    const fileVariable = `${name}_FILE`;
    const path = environment[fileVariable]?.trim();
    if (!path) continue;
    const file = environment[name]?.trim()
      ? problem(`is set, and so is ${name}: set only one of them`)
      : await readSecretFile(path, onSecret);
    withSecrets[name] = 'value' in file ? file.value : UNUSABLE;
    problems.push(...problemsIn(fromVariable(fileVariable, file)));
  }
  return { environment: withSecrets, problems };
}

/** The path is never shown: it may be the secret itself, given by mistake. */
async function readSecretFile(path: string, onSecret: (secret: string) => void) {
  try {
    const text = await readRegularFile(path, MAX_SECRET_FILE_BYTES);
    const secret = text.replace(/\r?\n$/, '');
    if (secret.trim() === '') return problem('names a file that is empty');
    onSecret(secret.trim());
    const found = secretProblem(secret);
    return found === undefined ? { value: secret } : problem(`names a file whose text ${found}`);
  } catch (error) {
    return problem(`must be the path of a file that holds the secret; it ${readProblem(error)}`);
  }
}

/** The variables of proxies whose passwords are too long. */
export function proxyPasswordProblems(environment: NodeJS.ProcessEnv): Problem[] {
  return PROXY_VARIABLES.flatMap((name) => {
    const [password = ''] = proxySecrets(environment[name]);
    const found = lengthProblem(password);
    return found === undefined ? [] : problemsIn(fromVariable(name, problem(found)));
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
export function secretsOfDocument(data: unknown, fields: Field[]): string[] {
  const masked = fields.filter(({ mask }) => mask).map(({ name }) => name);
  const paths = [
    ...['client_secret', 'password'].map((key) => ['threatq', key]),
    ...masked.map((key) => ['configuration', key]),
  ];
  return paths.flatMap((path) => {
    const value = valueAt(data, path);
    if (typeof value !== 'string' && typeof value !== 'number') return [];
    return [String(value).trim()];
  });
}

function valueAt(data: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    data,
  );
}
