/** The input of a run: the run document, the environment, and the files that both name. */
import { dirname, resolve } from 'node:path';
import { Exclusions } from '../safety/exclusions.js';
import type { Context } from './context.js';
import { NEVER_BLOCK, neverBlockLines } from './document/never-block.js';
import { combine, prefixPaths, problemsOnly, type Read } from './document/reader.js';
import { addExclusionFiles } from './exclusion-files.js';
import { InvalidInputError } from './invalid-input.js';
import {
  type CheckedDocument,
  checkRunDocument,
  exclusionFilesOf,
  parseRunDocument,
  runModeOf,
  withPositions,
} from './run-document.js';
import { readRunText } from './run-text.js';
import { readSecretFiles } from './secrets.js';

export interface Input {
  document: CheckedDocument;
  /** What must never be blocked; undefined if there is no such list. */
  exclusions: Exclusions | undefined;
}

/**
 * Reads and checks all input.
 * @throws {InvalidInputError} with everything that is wrong with it
 */
export async function readInput(context: Context): Promise<Input> {
  const { action, commandLine, io, onSecret } = context;
  const text = await readRunText(commandLine.run, io);
  const { environment, problems } = await readSecretFiles(io.env, onSecret);
  const variables = problemsOnly({ problems });
  const parsed = await parseRunDocument(text, action.fields, onSecret);
  if ('problems' in parsed) {
    throw new InvalidInputError([...parsed.problems, ...problems]);
  }
  // An error in another field is also one of this mode.
  context.mode = commandLine.mode ?? runModeOf(parsed.value, action.fields) ?? 'export';
  const input = combine({
    document: checkRunDocument(parsed.value, action.fields, environment),
    variables,
    lists: await readLists(exclusionFilesOf(parsed.value, action.fields), commandLine.run),
  });
  const { document, lists } = valueIn(await withPositions(input, parsed.value));
  const { never_block } = document.settings;
  if (never_block !== undefined) lists.addLines(NEVER_BLOCK, neverBlockLines(never_block));
  return { document, exclusions: lists.size > 0 ? lists : undefined };
}

async function readLists(
  files: readonly string[],
  document: string | undefined,
): Promise<Read<Exclusions>> {
  const exclusions = new Exclusions();
  const read = await addExclusionFiles(exclusions, files, folderOf(document));
  return 'value' in read ? { value: exclusions } : prefixPaths(['exclude'], read);
}

/** The folder of the run document; the working folder for a device or a pipe, such as /dev/stdin. */
function folderOf(document: string | undefined): string {
  const isFile = document !== undefined && !/^\/(?:dev|proc)\//.test(document);
  return isFile ? dirname(resolve(document)) : process.cwd();
}

/** @throws {InvalidInputError} if there is no value */
function valueIn<T>(read: Read<T>): T {
  if ('problems' in read) throw new InvalidInputError(read.problems);
  return read.value;
}
