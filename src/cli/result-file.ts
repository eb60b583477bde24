/** Reads the result of an earlier run: the files of `--approve` and `--compare`, and an earlier report.json. */
import * as z from 'zod/mini';
import type { Origin } from '../export/job.js';
import { addressText } from '../http/address.js';
import { type Item, itemSchema, type Result, resultSchema } from '../result/result.js';
import { quote } from '../text/truncate.js';
import { openInput, readPieces, readProblem } from './bounded-read.js';
import type { Context } from './context.js';
import { ItemReader } from './item-reader.js';
import type { CheckedDocument } from './run-document.js';

/** The result of 100,000 indicators is about 60 MB. */
const MAX_RESULT_BYTES = 256_000_000;

/** The result without its items, or why there is none: a predicate. */
export type ReadResult = { result: Result } | { problem: string };

/**
 * Reads a file, a pipe or a device. It never rejects.
 * @param onItem called with each item
 */
export async function readResult(file: string, onItem: (item: Item) => void): Promise<ReadResult> {
  try {
    const reader = new ItemReader((item) => onItem(check(itemSchema, item)));
    for await (const piece of readPieces(openInput(file), MAX_RESULT_BYTES)) reader.push(piece);
    const result = check(resultSchema, reader.end());
    if (!isPlausible(result)) throw new NotResultError();
    return { result };
  } catch (error) {
    return { problem: problemIn(error) };
  }
}

class NotResultError extends Error {
  override name = 'NotResultError';

  constructor() {
    super('is not a report of this version of the bundle');
  }
}

/** Items that the reader did not find would be missing. The time is shown. */
function isPlausible({ items, started_at }: Result): boolean {
  return items.length === 0 && ISO_TIME.test(started_at) && !Number.isNaN(Date.parse(started_at));
}

const ISO_TIME = /^\d{4}-\d\d-\d\dT[\d:.]{8,12}Z$/;

/** @throws {NotResultError} if the value does not fit the schema */
function check<T>(schema: z.ZodMiniType<T>, value: unknown): T {
  const read = z.safeParse(schema, value);
  if (read.success) return read.data;
  throw new NotResultError();
}

function problemIn(error: unknown): string {
  if (error instanceof SyntaxError) return 'is not JSON';
  return error instanceof NotResultError ? error.message : readProblem(error);
}

/** Why a result is not about what this run is about: a clause; undefined if it is. */
export function differenceFrom(
  result: Result,
  { origin, visionOne }: CheckedDocument,
  { action }: Context,
): string | undefined {
  return (
    differs('action', result.action, action.name) ??
    differs('vision_one', result.vision_one, addressText(visionOne)) ??
    otherCollection(result, origin)
  );
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
