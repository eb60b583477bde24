import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { InvalidInputError, type Problem } from './invalid-input.js';

export interface ParsedText {
  data: unknown;
  /** Line and column of what a path leads to, or of the nearest thing around it. */
  positionOf(path: Array<string | number>): Problem['position'];
}

/**
 * Reads YAML 1.2 or JSON.
 * @throws {InvalidInputError} with each syntax error's position, and never a piece of the text, which may
 * hold a secret
 */
export function parseText(text: string): ParsedText {
  try {
    // Ten thousand hand-picked objects as JSON are read a hundred times faster this way.
    const data: unknown = JSON.parse(text);
    let read: ReturnType<typeof readYaml>;
    return {
      data,
      positionOf(path) {
        read ??= readYaml(text);
        return read?.positionOf(path);
      },
    };
  } catch {
    const read = readYaml(text);
    if (!read)
      throw new InvalidInputError([{ path: [], message: 'the run document cannot be read' }]);
    if (read.errors.length > 0) throw new InvalidInputError(read.errors);
    return read;
  }
}

function readYaml(text: string): (ParsedText & { errors: Problem[] }) | undefined {
  const lines = new LineCounter();
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  try {
    // Pretty errors would quote the text, and warnings quote keys on standard error.
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      logLevel: 'error',
    });
    const errors: Problem[] = document.errors.map((error) => ({
      path: [],
      message: `is not valid YAML (${error.code.toLowerCase().replaceAll('_', ' ')})`,
      position: place(error.pos[0]),
    }));
    errors.push(...unknownAliases(document, place));
    return {
      errors,
      data: errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 100 }),
      positionOf(path) {
        const node = nodeAt(document.contents, path);
        return node?.range ? place(node.range[0]) : undefined;
      },
    };
  } catch {
    // Aliases that grow without bound end here.
    return undefined;
  }
}

/** Text that begins with `*`, such as a wildcard without quotes, is the name of an anchor to YAML. */
function unknownAliases(
  document: Document.Parsed,
  place: (offset: number) => { line: number; column: number },
) {
  const message = 'names an anchor that is not there: text that begins with * must be in quotes';
  const problems: Problem[] = [];
  const anchors = new Set<string>();
  visit(document, {
    // Collections and scalars, in the order of the text.
    Value(_key, { anchor }) {
      if (anchor) anchors.add(anchor);
    },
    Alias(_key, { source, range }) {
      if (anchors.has(source)) return;
      problems.push({ path: [], message, position: place(range?.[0] ?? 0) });
    },
  });
  return problems;
}

/** The node that a path leads to; where it leads nowhere, the last one on the way. */
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
