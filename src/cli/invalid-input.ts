import { escapeInvisible } from '../text/escape-invisible.js';

/** One thing that is wrong with the input. */
export interface Problem {
  /** The keys that lead to it; empty for the document as a whole. */
  path: Array<string | number>;
  message: string;
  /** Whether it is in a variable of the environment, whose name is then the path. */
  inVariable?: true;
  /** Line and column, if it is in a text. */
  position?: { line: number; column: number } | undefined;
}

/** Thrown if the input is invalid, with all problems, each once. Nothing was sent. */
export class InvalidInputError extends Error {
  override name = 'InvalidInputError';

  constructor(readonly problems: Problem[]) {
    super([...new Set(problems.map(problemText))].join('\n'));
  }
}

function problemText({ path, message, position }: Problem): string {
  const where = escapeInvisible(path.map(shownKey).join('.'));
  const at = position ? `line ${position.line}, column ${position.column}` : '';
  const head = where && at ? `${where} (${at})` : where || at;
  return head ? `${head}: ${message}` : message;
}

/**
 * The key, if it looks like a name; otherwise a placeholder. `{api_key:SECRET}`, without a space after the
 * colon, is one key that contains the secret.
 */
function shownKey(key: string | number): string | number {
  if (typeof key === 'number' || /^-{0,2}[\w][\w .-]{0,39}$/.test(key)) return key;
  return '(a key that is not shown)';
}

/** Longer input is not shown at all: the redactor does not recognize a part of a key or a password. */
const MAX_SHOWN_LENGTH = 80;

/**
 * Whether a text has a long run of letters and digits, or of small and capital letters, such as a key that
 * was put into the wrong field. A URL may have one in its path.
 */
function isLikeKey(text: string): boolean {
  if (text.includes('://')) return false;
  const runs = text.match(/[A-Za-z0-9+/=]{20,}/g) ?? [];
  return runs.some(
    (run) => /[A-Za-z]/.test(run) && (/\d/.test(run) || (/[a-z]/.test(run) && /[A-Z]/.test(run))),
  );
}

/** `given: …` with the input as JSON, escaped; only the length of a long input. */
export function shownInput(input: unknown): string {
  if (input === undefined) return 'nothing was given';
  const json = stringify(input);
  if (json.length > MAX_SHOWN_LENGTH || isLikeKey(json)) {
    const { length } = typeof input === 'string' ? input : json;
    return `given: ${length} characters, which are not shown`;
  }
  return `given: ${escapeInvisible(json.toWellFormed())}`;
}

function stringify(input: unknown): string {
  try {
    return JSON.stringify(input) ?? String(input);
  } catch {
    // A YAML alias can make a value that contains itself.
    return '(a value that contains itself)';
  }
}
