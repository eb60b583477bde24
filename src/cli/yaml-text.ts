import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { Problem } from './invalid-input.js';
import { explained } from './yaml-errors.js';

export interface YamlText {
  data: unknown;
  positionOf: PositionOf;
  errors: Problem[];
}

/** Line and column of the node at a path, or of the last existing node on the way to it. */
export type PositionOf = (path: Array<string | number>) => Problem['position'];

/**
 * Reads YAML 1.2, of which JSON is a part.
 * @returns each syntax error with its position, and with no part of the text, which may hold a secret; undefined if the text has too many aliases, or is nested too deeply
 */
export function readYaml(text: string): YamlText | undefined {
  const lines = new LineCounter();
  const positionAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    // Pretty errors would quote the text, and warnings would quote keys on standard error.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    });
    // A tag that is not known is only a warning, and its value would be read without it.
    const tags = document.warnings.filter(({ code }) => code === 'TAG_RESOLVE_FAILED');
    const found = [
      ...[...firstAtEachPlace(document.errors), ...tags].map((error) =>
        explained(error, document, text),
      ),
      ...unsupportedNodes(document),
    ];
    const format = /^\s*[{[]/.test(text) ? 'JSON or YAML' : 'YAML';
    const errors: Problem[] = found.map(({ message, offset }) => ({
      path: [],
      message: `the run document is not valid ${format}: ${message}`,
      position: positionAt(offset),
    }));
    return {
      errors,
      data: errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 }),
      positionOf(path) {
        const node = nodeAt(document.contents, path);
        return node?.range ? positionAt(node.range[0]) : undefined;
      },
    };
  } catch {
    // The parser throws if aliases grow without bound, or if the nesting is too deep.
    return undefined;
  }
}

/** One mistake can be two errors of the parser at the same place. */
function firstAtEachPlace(errors: YAMLParseError[]): YAMLParseError[] {
  const places = new Map(errors.toReversed().map((error) => [error.pos[0], error]));
  return [...places.values()].reverse();
}

/**
 * What the parser accepts and a run document must not have:
 * - an alias without an anchor: YAML reads text without quotes that begins with `*` as one;
 * - a merge key, which the parser does not merge;
 * - a number of objects with a separator of thousands, such as 10.000, which it reads as 10.
 */
function unsupportedNodes(document: Document.Parsed): Array<{ message: string; offset: number }> {
  const problems: Array<{ message: string; offset: number }> = [];
  const anchors = new Set<string>();
  visit(document, {
    // Collections and scalars, in the order of the text.
    Value(_key, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Alias(_key, { source, range }) {
      if (!anchors.has(source)) problems.push({ message: ALIAS, offset: range?.[0] ?? 0 });
    },
    Pair(_key, { key, value }) {
      if (!isScalar(key)) return;
      const offset = key.range?.[0] ?? 0;
      if (key.value === '<<') problems.push({ message: MERGE_KEY, offset });
      if (key.value !== 'objects_per_run' || !isScalar(value)) return;
      if (/^\d{1,3}(?:\.\d{3})+$/.test(value.source ?? '')) {
        problems.push({ message: THOUSANDS, offset });
      }
    },
  });
  return problems;
}

const ALIAS = 'text that begins with * is read as an alias, and must be in quotes';
const THOUSANDS =
  'a number such as 10.000 is read as 10: write it without a separator, as 10000 or 10';
const MERGE_KEY = 'merge keys (<<) are not accepted: write the values in full';

/** The node at a path, or the last existing node on the way to it. */
function nodeAt(contents: Node | null, path: Array<string | number>): Node | null {
  let at = contents;
  for (const [depth, key] of path.entries()) {
    if (!isCollection(at)) return at;
    if (isMap(at) && depth === path.length - 1) {
      const pair = at.items.find((item) => isScalar(item.key) && item.key.value === key);
      return pair ? (pair.key as Node) : at;
    }
    const next = at.get(key, true);
    if (!next) return at;
    at = next as Node;
  }
  return at;
}
