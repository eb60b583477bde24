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
export function readDocument(
  source: string,
  fields: Field[],
  environment: NodeJS.ProcessEnv = {},
  onSecret: (secret: string) => void = () => {},
): CheckedDocument {
  const parsed = parseRunDocument(source, fields, onSecret);
  if ('problems' in parsed) throw new InvalidInputError(parsed.problems);
  const read = checkRunDocument(parsed.value, fields, environment);
  const checked = withPositions(read, parsed.value);
  if ('problems' in checked) throw new InvalidInputError(checked.problems);
  return checked.value;
}
