import type { Result } from '../export/result.js';

/** The result as `--json` prints it and report.json holds it. */
export function jsonOf(result: Result): string {
  return `${JSON.stringify(result, null, 2)}\n`;
}
