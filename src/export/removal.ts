/** Taking back what a data collection no longer yields. Pure: which objects, or why none. */

import { listIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import { ownerTagIn } from './mark.js';

/** So many may always go; of more, no more than half of what is marked. */
const ALWAYS_ALLOWED = 20;

export interface Removal {
  /** What this action added from this data collection. */
  marked: number;
  /** Of that, what the collection no longer yields. */
  gone: Listed[];
  /** More than half would go: rather a broken collection than a clean-up. */
  suspicious: boolean;
}

/**
 * @param listed what is on the list
 * @param mark the mark of this action and data collection
 * @param producedKeys what the whole collection makes, by `type\nidentity`
 */
export function planRemoval(
  listed: Iterable<Listed>,
  mark: string,
  producedKeys: ReadonlySet<string>,
): Removal {
  let marked = 0;
  const gone: Listed[] = [];
  for (const object of listed) {
    if (ownerTagIn(object.description) !== mark) continue;
    marked++;
    if (!producedKeys.has(`${object.key}\n${listIdentity(object.key, object.value)}`))
      gone.push(object);
  }
  return { marked, gone, suspicious: gone.length > ALWAYS_ALLOWED && gone.length > marked / 2 };
}

/** ThreatQ's names for Vision One's types, for objects of which only the list knows. */
const TYPE_NAMES: Record<ObjectKey, string> = {
  domain: 'FQDN',
  ip: 'IP Address',
  url: 'URL',
  senderMailAddress: 'Email Address',
  fileSha1: 'SHA-1',
  fileSha256: 'SHA-256',
};

/** What a removed object was in ThreatQ, as far as its description tells. */
export function indicatorOf({ key, value, description }: Listed): Indicator {
  // The last one: a collection's name stands before it, and may hold anything.
  const id = /^(?:.*; )?Id=(\d+)(?:;|$)/.exec(description)?.[1];
  return {
    id: id === undefined ? null : Number(id),
    type: TYPE_NAMES[key],
    value,
    score: null,
    status: null,
    updated: null,
  };
}

/** The body's item that takes an object off: its type's key and its value as the list has it. */
export function removalOf({ key, value }: Listed): VisionOneObject {
  return { [key]: value };
}
