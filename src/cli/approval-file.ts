/** The file of `--approve FILE`: the result of a preview. */
import { Approval } from '../export/approval.js';
import type { Item } from '../result/result.js';
import type { Context } from './context.js';
import { InvalidInputError } from './invalid-input.js';
import { differenceFrom, readResult } from './result-file.js';
import type { CheckedDocument } from './run-document.js';

/**
 * Reads what an administrator approved.
 * @throws {InvalidInputError} if the file cannot be read, or is no preview of this action, this Vision One
 * and this data collection
 */
export async function readApproval(
  file: string,
  document: CheckedDocument,
  context: Context,
): Promise<Approval> {
  const items: Item[] = [];
  const read = await readResult(file, (item) => items.push(item));
  if ('problem' in read) {
    throw problemOf(file, `${read.problem}; give the report.json of a preview`);
  }
  const { result: preview } = read;
  const { mode, status } = preview;
  const problem =
    (mode === 'preview'
      ? undefined
      : `it is the report of ${mode === 'export' ? 'an export' : 'a check'}`) ??
    (status === 'Failed to Complete' ? 'the preview failed' : undefined) ??
    differenceFrom(preview, document, context);
  if (problem !== undefined)
    throw problemOf(file, `is not a preview that fits this run: ${problem}`);
  return new Approval({ ...preview, items });
}

function problemOf(file: string, message: string): InvalidInputError {
  return new InvalidInputError([{ path: ['--approve'], message: `${message}: ${file}` }]);
}
