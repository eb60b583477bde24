import { escapeInvisible } from '../text/escape-invisible.js';

/** One thing that is wrong with what was given. */
export interface Problem {
  /** Where it is: the keys that lead to it. Empty for the document as a whole. */
  path: Array<string | number>;
  message: string;
  /** Line and column where it is text. */
  position?: { line: number; column: number } | undefined;
}

/** What was given cannot be run: every problem at once, and nothing was sent. */
export class InvalidInputError extends Error {
  override name = 'InvalidInputError';

  constructor(readonly problems: Problem[]) {
    super(problems.map(problemText).join('\n'));
  }
}

function problemText({ path, message, position }: Problem): string {
  const where = escapeInvisible(path.map(shownKey).join('.'));
  const at = position ? `line ${position.line}, column ${position.column}` : '';
  const head = where && at ? `${where} (${at})` : where || at;
  return head ? `${head}: ${message}` : message;
}

/**
 * A key, where it looks like the name of something. `{api_key:SECRET}`, without a space behind the
 * colon, is one key that holds the secret.
 */
function shownKey(key: string | number): string | number {
  if (typeof key === 'number' || /^-{0,2}[\w][\w .-]{0,39}$/.test(key)) return key;
  return '(a key that is not shown)';
}

/** What is longer is shown in no part: part of a key or a password is not known as a secret any more. */
const LONGEST_SHOWN = 80;

/** What was given, as text that is safe to show: escaped, and not at all where it is long. */
export function given(value: unknown): string {
  if (value === undefined) return 'nothing was given';
  const text = jsonOf(value);
  if (text.length > LONGEST_SHOWN) return `given: ${text.length} characters, which are not shown`;
  return `given: ${escapeInvisible(text.toWellFormed())}`;
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // A YAML alias can make a value that holds itself.
    return '(a value that holds itself)';
  }
}
