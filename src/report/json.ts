import type { Result } from '../result/result.js';
import { mapUnseen } from '../text/escape-invisible.js';

/**
 * The result as `--json` prints it and report.json holds it.
 * @param forTerminal whether a terminal shows it: then every character that a terminal obeys or does
 *   not show is a JSON escape, so that the document says the same to a program that reads it
 * @returns one JSON document, ended by a line feed
 */
export function jsonOf(result: Result, forTerminal = false): string {
  const json = JSON.stringify(result, null, 2);
  // Line feeds between the lines are the only ones: JSON escapes those inside a string.
  const lines = forTerminal ? json.split('\n').map(escapedJson) : [json];
  return `${lines.join('\n')}\n`;
}

/** Writes what a terminal obeys or does not show as JSON escapes, such as `\u202e`. */
export function escapedJson(json: string): string {
  return mapUnseen(json, (run) => run.split('').map(escapedUnit).join(''));
}

/** JSON escapes UTF-16 units, so that a character beyond the first 65,536 becomes two escapes. */
function escapedUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
