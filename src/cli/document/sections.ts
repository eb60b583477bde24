/** The section of a run document to which a key belongs. */
import type { Field } from '../manifest.js';
import { documentShape } from './schema.js';
import { isThreatQKey } from './threatq.js';

/** Where a key is accepted, for a message; undefined if no section has it. */
export function placeOf(key: string, fields: Field[]): string | undefined {
  if (Object.hasOwn(documentShape, key)) return 'at the top level of the run document';
  if (isThreatQKey(key)) return 'under threatq';
  return fields.some(({ name }) => name === key) ? 'under configuration' : undefined;
}
