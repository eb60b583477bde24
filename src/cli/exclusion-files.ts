/** Reads exclusion files: text files with one value in each line, or MISP warning lists. */
import { basename, isAbsolute, resolve } from 'node:path';
import { InvalidList } from '../safety/entry.js';
import type { Exclusions } from '../safety/exclusions.js';
import { linesOf } from '../safety/own-lists.js';
import { LIST_TYPES, type ListType, type WarningList } from '../safety/warning-lists.js';
import { plural } from '../text/format.js';
import { isMapping } from '../text/mapping.js';
import { closest, suggestion } from '../text/suggest.js';
import { readProblem, readRegularFile } from './bounded-read.js';
import type { Read } from './document/reader.js';
import { type Problem, shownInput } from './invalid-input.js';

/** The largest file that is read. A list of a million entries has about 30 MB. */
const MAX_FILE_BYTES = 256_000_000;

const MAX_NAME_LENGTH = 200;

/** The most problems that are reported of one file. */
const MAX_PROBLEMS = 10;

/**
 * Adds the lists of files.
 * @param paths as in the run document
 * @param folder the folder that relative paths are relative to
 * @returns the problems of all files, with paths that begin with the index of the file
 */
export async function addExclusionFiles(
  exclusions: Exclusions,
  paths: readonly string[],
  folder: string,
): Promise<Read<void>> {
  const problems: Problem[] = [];
  for (const [index, path] of paths.entries()) {
    const found = await addFile(exclusions, path, folder);
    const shown = found.slice(0, MAX_PROBLEMS);
    if (found.length > shown.length) {
      shown.push(`has ${plural(found.length - shown.length, 'more line')} that cannot be used`);
    }
    problems.push(...shown.map((text) => ({ path: [index], message: `${path}: ${text}` })));
  }
  return problems.length > 0 ? { problems } : { value: undefined };
}

/** @returns what is wrong with the file, as predicates or clauses about its lines */
async function addFile(exclusions: Exclusions, given: string, folder: string): Promise<string[]> {
  const path = resolve(folder, given);
  try {
    const text = await readRegularFile(path, MAX_FILE_BYTES);
    if (text.includes('\0')) throw new InvalidList('is not a text file');
    // An address in brackets is not JSON.
    if (/^\s*(?:\{|\[\s*[{"\]])/.test(text)) {
      await exclusions.addWarningList(readWarningList(path, text));
      return [];
    }
    const problems = exclusions.addLines(basename(path), linesOf(text));
    return problems.map(({ line, message }) => `line ${line.number} ${message}`);
  } catch (error) {
    if (error instanceof InvalidList) return [error.message];
    return [`${readProblem(error)}${isAbsolute(given) ? '' : `; its full path is ${path}`}`];
  }
}

function readWarningList(path: string, text: string): WarningList {
  const data = parseJson(text);
  if (!isMapping(data)) throw notAWarningList('it must be a mapping');
  const { name, type, matching_attributes, list } = data;
  if (!isText(name ?? '')) throw notAWarningList(`name must be text; ${shownInput(name)}`);
  return {
    // The name is part of the message of each object that the list excludes.
    name: String(name ?? basename(path)).slice(0, MAX_NAME_LENGTH),
    type: listType(type),
    attributes: attributesOf(matching_attributes),
    entries: entriesOf(list),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidList('begins like JSON and is not valid JSON');
  }
}

/** A missing type is `string`, and of several types the first one counts, as in MISP. */
function listType(given: unknown): ListType {
  const raw = (Array.isArray(given) ? given[0] : given) ?? 'string';
  const name = isText(raw) ? raw.trim().toLowerCase() : undefined;
  const type = LIST_TYPES.find((known) => known === name);
  if (type) return type;
  const meant = suggestion(closest(name ?? '', LIST_TYPES));
  throw notAWarningList(
    `type must be one of ${LIST_TYPES.join(', ')}; ${shownInput(given)}${meant}`,
  );
}

/** No names mean every type, as in MISP. A single text counts as a list. */
function attributesOf(given: unknown): string[] {
  const names = isText(given) ? (given === '' ? [] : [given]) : (given ?? []);
  if (Array.isArray(names) && names.every(isText)) return names;
  throw notAWarningList(`matching_attributes must be a list of texts; ${shownInput(given)}`);
}

/** In a mapping, the keys are the entries and the values are comments. PHP reads a mapping with the keys 0, 1, … as a list. */
function entriesOf(given: unknown): unknown[] {
  if (Array.isArray(given)) return given;
  if (!isMapping(given)) {
    throw notAWarningList('list must be a list of texts, or a mapping of texts to comments');
  }
  const keys = Object.keys(given);
  return keys.every((key, index) => key === String(index)) ? Object.values(given) : keys;
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function notAWarningList(why: string): InvalidList {
  return new InvalidList(`is not a MISP warning list: ${why}`);
}
