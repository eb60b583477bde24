/**
 * The grammar of an object's description: `Source=ThreatQ; Collection=…; Id=…; Score=…; Mark=…`.
 * Everything that writes or reads a part of it is here. Vision One has no field that says who added an
 * object, so the description is the only place for it.
 */
import { createHash } from 'node:crypto';
import type { Indicator } from '../indicator/indicator.js';
import { truncate } from '../text/truncate.js';
import { MAX_DESCRIPTION_CHARS } from '../vision-one/payload.js';

/** It marks objects from ThreatQ, also in Vision One's console. Version 1.0.1 of this bundle wrote it too. */
const SOURCE = 'Source=ThreatQ';
const MAX_NAME_CHARS = 300;
const MAX_ID_CHARS = 60;

const OWNER_TAG = /(?:^|; )Mark=([0-9a-f]{16})$/;
/** Only the end is searched, because a run searches up to 60,000 descriptions. */
const OWNER_TAG_CHARS = '; Mark='.length + 16;
/** The last `Id=`: in descriptions of version 2.0.0, the name of the collection before it can be any text. */
const INDICATOR_ID = /^(?:.*; )?Id=(\d+)(?:;|$)/;

/** The last `Score=`, for the same reason. */
const SCORE = /^(?:.*; )?Score=(-?\d+(?:\.\d+)?)(?:;|$)/;

/** An action that exports a data collection of a ThreatQ server. */
export interface TagSource {
  /** The action's namespace. */
  action: string;
  /** ThreatQ's host name, because two servers may have collections with the same name. No port or path. */
  threatq: string;
  /** Whether the run document gives the data collection's hash or its name. */
  by: 'hash' | 'name';
  /** The hash or the name. */
  key: string;
}

/**
 * Describes the indicators of a data collection: descriptions without an ownership tag, which are the same
 * for the same indicator in each run.
 * @param collection the data collection's name, or its hash if only that is known; undefined for a
 * manual run
 */
export function describerFor(collection: string | undefined): (indicator: Indicator) => string {
  const origin =
    collection === undefined
      ? SOURCE
      : `${SOURCE}; Collection=${oneLine(collection, MAX_NAME_CHARS)}`;
  return ({ id, score }) => {
    const idPart = id === null ? '' : `; Id=${shownId(id)}`;
    const scorePart = score === null ? '' : `; Score=${score}`;
    return `${origin}${idPart}${scorePart}`.slice(0, MAX_DESCRIPTION_CHARS);
  };
}

function shownId(id: number | string): number | string {
  return typeof id === 'number' ? id : oneLine(id, MAX_ID_CHARS);
}

/**
 * Foreign text in one line, without invisible characters, and truncated. A semicolon would begin a new
 * part of the description.
 */
function oneLine(text: string, limit: number): string {
  const line = text
    .toWellFormed()
    .replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ')
    .replaceAll(';', ',')
    .trim();
  return truncate(line, limit);
}

/** Whether ThreatQ exported the object, with this bundle or an earlier one. */
export function isFromThreatQ(description: string): boolean {
  return description.startsWith(SOURCE);
}

/** Whether version 1.0.1 of this bundle wrote the description: it wrote only the source. */
export function isOfVersion1(description: string): boolean {
  return description === SOURCE;
}

/** The score in a description; null if it has none. */
export function scoreIn(description: string): number | null {
  const score = SCORE.exec(description)?.[1];
  return score === undefined ? null : Number(score);
}

/** The id of the indicator in ThreatQ; null if the description has none. */
export function indicatorIdIn(description: string): number | null {
  const id = INDICATOR_ID.exec(description)?.[1];
  return id === undefined ? null : Number(id);
}

/** The ownership tag of a source: the same in each run, and different for each source. */
export function ownerTagOf({ action, threatq, by, key }: TagSource): string {
  const source = JSON.stringify([action, threatq, by, key]);
  return createHash('sha256').update(source).digest('hex').slice(0, 16);
}

/** The ownership tag of a description; undefined if it has none. */
export function ownerTagIn(description: string): string | undefined {
  return OWNER_TAG.exec(description.slice(-OWNER_TAG_CHARS))?.[1];
}

/**
 * A description with an ownership tag, or without any. The tag is at the end.
 */
export function tagged(description: string, ownerTag: string | undefined): string {
  if (ownerTag === undefined) {
    // A description with only the source would look like one of version 1.0.1.
    return isOfVersion1(description) ? `${description};` : description;
  }
  const end = `; Mark=${ownerTag}`;
  return `${description.slice(0, MAX_DESCRIPTION_CHARS - end.length)}${end}`;
}
