import { visible } from '../report/visible.js';

/** One thing that is wrong with what was given. */
export interface Problem {
  /** Where it is: the keys that lead to it. Empty for the document as a whole. */
  path: Array<string | number>;
  message: string;
  /** Line and column where it is text. */
  position?: { line: number; column: number } | undefined;
}

/** What was given cannot be run: every problem at once, and nothing was sent. */
export class BadInput extends Error {
  override name = 'BadInput';

  constructor(readonly problems: Problem[]) {
    super(problems.map(problemText).join('\n'));
  }
}

function problemText({ path, message, position }: Problem): string {
  const where = visible(path.join('.'));
  const at = position ? `line ${position.line}, column ${position.column}` : '';
  const head = where && at ? `${where} (${at})` : where || at;
  return head ? `${head}: ${message}` : message;
}

const LONGEST_SHOWN = 80;

/** What was given, as text that is safe to show: escaped, and cut where it is long. */
export function given(value: unknown): string {
  if (value === undefined) return 'nothing was given';
  const text = JSON.stringify(value) ?? String(value);
  const cut = text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
  return `given: ${visible(cut.toWellFormed())}`;
}
