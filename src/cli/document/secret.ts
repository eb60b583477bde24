/** Secrets as people give them by mistake. No message repeats one. */
import { isInQuotes } from '../../text/quotes.js';

/** The length of the longest secret that is accepted, in characters: no service issues longer keys. */
export const MAX_SECRET_LENGTH = 8_192;

/**
 * A text that a template, a shell or a person should have replaced: `${KEY}`, `$KEY`, `{{ key }}`, `<key>`,
 * and what the example of an environment file has.
 */
const PLACEHOLDER = /^(?:\$\{.*\}|\$[A-Z_][A-Z0-9_]*|\{\{.*\}\}|<.*>|replace-me)$/s;

/** What is wrong with a secret, as a predicate; undefined if nothing is. */
export function secretProblem(given: string): string | undefined {
  const text = given.trim();
  if (PLACEHOLDER.test(text)) return 'is still a placeholder: replace it with the real value';
  return isInQuotes(text) ? IN_QUOTES : lengthProblem(text);
}

/** Whether a secret is too long, as a predicate; undefined if it is not. */
export function lengthProblem({ length }: string): string | undefined {
  if (length <= MAX_SECRET_LENGTH) return undefined;
  return `must be at most ${MAX_SECRET_LENGTH} characters long; ${length} characters were given`;
}

/** YAML reads `{{ key }}` as mappings. */
export const IS_MAPPING =
  'must be text, not a mapping: replace a template such as {{ key }} with the real value';

/** The variable of the API key. */
export const API_KEY_VARIABLE = 'VISION_ONE_API_KEY';

export const IN_QUOTES =
  'is in quotes: remove them (in an environment file of Docker, quotes are a part of the value)';
