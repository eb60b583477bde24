import type { Result } from '../result/result.js';
import { escapeInvisibleInJson } from '../text/escape-invisible.js';

/** How the items appear in the document without its items. No other line begins like this. */
const NO_ITEMS = '\n  "items": []';

/**
 * The result as `--json` prints it and report.json contains it, in pieces: as one text, a large result
 * would take several times its memory.
 * @param isForTerminal whether invisible characters and those that a terminal executes become JSON
 *   escapes; a program that reads the document gets the same values
 * @returns the pieces of one JSON document with a line feed at its end
 */
export function* jsonPieces(result: Result, isForTerminal = false): Generator<string> {
  const escapeFor = isForTerminal ? escapeLines : (json: string) => json;
  const json = escapeFor(JSON.stringify({ ...result, items: [] }, null, 2));
  const at = json.indexOf(NO_ITEMS);
  const end = `${json.slice(at + NO_ITEMS.length)}\n`;
  if (result.items.length === 0) {
    yield json.slice(0, at + NO_ITEMS.length) + end;
    return;
  }
  yield `${json.slice(0, at)}\n  "items": [`;
  let separator = '\n    ';
  for (const item of result.items) {
    const text = escapeFor(JSON.stringify(item, null, 2));
    yield separator + text.replaceAll('\n', '\n    ');
    separator = ',\n    ';
  }
  yield `\n  ]${end}`;
}

/** The only line feeds are those between lines, because JSON escapes those in a string. */
function escapeLines(json: string): string {
  return json.split('\n').map(escapeInvisibleInJson).join('\n');
}
