import type { Result } from '../result/result.js';
import { escapeInvisibleInJson } from '../text/escape-invisible.js';

/**
 * The result as `--json` prints it and report.json contains it.
 * @param isForTerminal whether invisible characters and those that a terminal executes become JSON
 *   escapes; a program that reads the document gets the same values
 * @returns one JSON document with a line feed at its end
 */
export function resultToJson(result: Result, isForTerminal = false): string {
  const json = JSON.stringify(result, null, 2);
  // The only line feeds are those between lines, because JSON escapes those in a string.
  const lines = isForTerminal ? json.split('\n').map(escapeInvisibleInJson) : [json];
  return `${lines.join('\n')}\n`;
}
