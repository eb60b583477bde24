/** Reads run documents without files. */
import { InvalidInputError } from '../../src/cli/invalid-input.js';
import type { Field } from '../../src/cli/manifest.js';
import {
  type CheckedDocument,
  checkRunDocument,
  parseRunDocument,
  withPositions,
} from '../../src/cli/run-document.js';

/** @throws {InvalidInputError} with all problems */
export async function readDocument(
  source: string,
  fields: Field[],
  environment: NodeJS.ProcessEnv = {},
  onSecret: (secret: string) => void = () => {},
): Promise<CheckedDocument> {
  const parsed = await parseRunDocument(source, fields, onSecret);
  if ('problems' in parsed) throw new InvalidInputError(parsed.problems);
  const read = checkRunDocument(parsed.value, fields, environment);
  const checked = await withPositions(read, parsed.value);
  if ('problems' in checked) throw new InvalidInputError(checked.problems);
  return checked.value;
}
