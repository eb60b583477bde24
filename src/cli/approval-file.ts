/** The file of `--approve FILE`: the result of a preview. */
import * as z from 'zod/mini';
import { Approval } from '../export/approval.js';
import type { Origin } from '../export/job.js';
import { addressText } from '../http/address.js';
import { type Result, resultSchema } from '../result/result.js';
import { quote } from '../text/truncate.js';
import { openInput, readBounded, readProblem } from './bounded-read.js';
import type { Context } from './context.js';
import { InvalidInputError } from './invalid-input.js';
import type { CheckedDocument } from './run-document.js';

/** The result of 100,000 indicators is about 60 MB. */
const MAX_RESULT_BYTES = 256_000_000;

/**
 * Reads what an administrator approved.
 * @throws {InvalidInputError} if the file cannot be read, or is no preview of this action, this Vision One
 * and this data collection
 */
export async function readApproval(
  file: string,
  { origin, visionOne }: CheckedDocument,
  { action }: Context,
): Promise<Approval> {
  const preview = parseResult(file, await readFile(file));
  const { mode, status } = preview;
  const problem =
    (mode === 'preview'
      ? undefined
      : `it is the report of ${mode === 'export' ? 'an export' : 'a check'}`) ??
    (status === 'Failed to Complete' ? 'the preview failed' : undefined) ??
    differs('action', preview.action, action.name) ??
    differs('vision_one', preview.vision_one, addressText(visionOne)) ??
    otherCollection(preview, origin);
  if (problem !== undefined)
    throw problemOf(file, `is not a preview that fits this run: ${problem}`);
  return new Approval(preview);
}

async function readFile(file: string): Promise<string> {
  try {
    return await readBounded(openInput(file), MAX_RESULT_BYTES);
  } catch (error) {
    throw problemOf(file, readProblem(error));
  }
}

function parseResult(file: string, text: string): Result {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw problemOf(file, 'is not JSON: give the report.json of a preview');
  }
  const read = z.safeParse(resultSchema, json);
  if (read.success) return read.data;
  throw problemOf(file, 'is not a report of this version of the bundle: make a new preview');
}

function differs(field: string, given: string | null, wanted: string): string | undefined {
  if (given === wanted) return undefined;
  return `its ${field} is ${given === null ? 'null' : quote(given)}, and this run has ${quote(wanted)}`;
}

function otherCollection({ data_collection: found }: Result, origin: Origin): string | undefined {
  if (origin.kind === 'objects') {
    return found ? 'it is of a data collection, and this run has selected objects' : undefined;
  }
  if (!found) return 'it is of selected objects, and this run has a data collection';
  // The ownership tag depends on how the collection is named.
  if (origin.by === 'hash' && found.name !== null) {
    return 'it was made with data_collection.name, and this run has data_collection.hash: use the same key';
  }
  return differs('data_collection', found[origin.by], origin.key);
}

function problemOf(file: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['--approve'], message: `${message}: ${file}` }]);
}
