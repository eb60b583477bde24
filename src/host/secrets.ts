/** What must never be repeated, wherever it may stand. */
import type { Field } from './manifest.js';

const ENVIRONMENT_SECRETS = ['VISION_ONE_API_KEY', 'THREATQ_CLIENT_SECRET', 'THREATQ_PASSWORD'];
const PROXY_VARIABLES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'];

/** The secrets of the environment; of a proxy's address its password, as written and decoded. */
export function secretsOfEnvironment(environment: NodeJS.ProcessEnv): string[] {
  const found = ENVIRONMENT_SECRETS.map((name) => environment[name]);
  for (const name of PROXY_VARIABLES) {
    for (const address of [environment[name], environment[name.toLowerCase()]]) {
      const userinfo = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/]*)@/i.exec(address ?? '')?.[1];
      const password = userinfo?.slice(userinfo.indexOf(':') + 1);
      if (!userinfo || !password) continue;
      found.push(password, decoded(password), decoded(userinfo));
    }
  }
  return found.flatMap((secret) => secret?.trim() || []);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The secrets of a run document that may not even be a valid one: whatever stands where a secret
 * belongs, so that an error about another field cannot repeat it.
 */
export function secretsOfDocument(data: unknown, fields: Field[]): string[] {
  const masked = fields.filter(({ mask }) => mask).map(({ name }) => name);
  const places = [
    ...['client_secret', 'password'].map((key) => ['threatq', key]),
    ...masked.map((key) => ['configuration', key]),
  ];
  return places.flatMap(([section = '', key = '']) => {
    const value = (data as Record<string, Record<string, unknown> | undefined> | null)?.[section]?.[
      key
    ];
    return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : [];
  });
}
