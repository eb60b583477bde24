/**
 * The mark by which an action knows again what it added from a data collection. Vision One has no
 * field that says who added an object; only the description can.
 */
import { createHash } from 'node:crypto';
import { LONGEST_DESCRIPTION } from '../vision-one/payload.js';

const MARK = /(?:^|; )Mark=([0-9a-f]{16})$/;

/** Which action exports which data collection of which ThreatQ. */
export interface TagSource {
  /** The action's namespace. */
  action: string;
  /** ThreatQ's host name: two platforms may have collections of one name; a port or path may change. */
  threatq: string;
  by: 'hash' | 'name';
  key: string;
}

/** The mark of a source: the same on each run, and of no other source. */
export function ownerTagOf({ action, threatq, by, key }: TagSource): string {
  const source = JSON.stringify([action, threatq, by, key]);
  return createHash('sha256').update(source).digest('hex').slice(0, 16);
}

/** A description with a mark at its end, where nothing that a collection's name holds can forge it. */
export function withOwnerTag(description: string, mark: string): string {
  const end = `; Mark=${mark}`;
  return `${description.slice(0, LONGEST_DESCRIPTION - end.length)}${end}`;
}

/** A description that ends in no mark, although a collection's name or an id may look like one. */
export function withoutOwnerTag(description: string): string {
  return ownerTagIn(description) === undefined ? description : `${description};`;
}

/** The mark that a description ends in, if it does. */
export function ownerTagIn(description: string): string | undefined {
  return MARK.exec(description)?.[1];
}
