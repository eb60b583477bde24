import type { Result } from '../result/result.js';
import { escapeInvisibleInJson } from '../text/escape-invisible.js';

/** How the items appear in the document without its items. No other line begins like this. */
const NO_ITEMS = '\n  "items": []';

/** How many items are written at once. */
const ITEMS_PER_PIECE = 100;
/** What is before and after the items in a document that has nothing else. */
const ITEMS_BEGIN = '{\n  "items": [';
const ITEMS_END = '\n  ]\n}';

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
  for (let from = 0; from < result.items.length; from += ITEMS_PER_PIECE) {
    const items = result.items.slice(from, from + ITEMS_PER_PIECE);
    const text = escapeFor(JSON.stringify({ items }, null, 2));
    yield `${from === 0 ? '' : ','}${text.slice(ITEMS_BEGIN.length, -ITEMS_END.length)}`;
  }
  yield `\n  ]${end}`;
}

/** The only line feeds are those between lines, because JSON escapes those in a string. */
function escapeLines(json: string): string {
  return json.split('\n').map(escapeInvisibleInJson).join('\n');
}
