/** Reads a run document as JSON or YAML. */
import { problem, type Read } from './document/reader.js';
import type { PositionOf } from './yaml-text.js';

export interface ParsedText {
  data: unknown;
  /** Where the nodes of the text are. */
  positions(): Promise<PositionOf>;
}

/**
 * Reads JSON or YAML 1.2. The YAML parser, and its checks, are loaded only if the text is not JSON, or for
 * the positions of problems. Of a key that JSON repeats, the last value counts.
 * @returns each syntax error with its position, and with no part of the text, which may hold a secret
 */
export async function parseText(text: string): Promise<Read<ParsedText>> {
  try {
    // JSON.parse reads ten thousand selected objects a hundred times faster than the YAML parser.
    const data: unknown = JSON.parse(text);
    return { value: { data, positions: async () => (await yamlOf(text))?.positionOf ?? nowhere } };
  } catch {
    const read = await yamlOf(text);
    if (!read)
      return problem(
        'the run document has too many aliases (*name), or is nested too deeply: write the values in full',
      );
    const { data, positionOf, errors } = read;
    return errors.length > 0
      ? { problems: errors }
      : { value: { data, positions: async () => positionOf } };
  }
}

const nowhere: PositionOf = () => undefined;

async function yamlOf(text: string) {
  const { readYaml } = await import('./yaml-text.js');
  return readYaml(text);
}
