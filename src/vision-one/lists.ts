/** The two lists of Vision One, and everything that differs between them. */
import type { Result } from '../result/result.js';

export type ListName = Result['target'];

export interface List {
  name: ListName;
  /** The list's name in Trend's console. */
  title: string;
  path: string;
  /** The largest number of objects on the list, of each type or in all. No run sends more. */
  cap: number;
  /**
   * The largest number of objects in one request. Trend publishes no limit. Public clients have used
   * these numbers since 2022, so they are safe upper bounds.
   */
  maxPerRequest: number;
  /** Whether the cap counts for each type, and the list is read type by type; else for the whole list. */
  byType: boolean;
  /** Whether its objects have a scan action, a risk level and an expiration. */
  takesSettings: boolean;
  /** Whether a URL can have `*` at both ends, and a domain a leading `*.`. */
  takesWildcards: boolean;
}

/** The largest body of a request. Trend answers 413 above 1 MB. A gateway on the way may add some bytes. */
export const MAX_BODY_BYTES = 750_000;

export const LISTS: Record<ListName, List> = {
  suspicious_objects: {
    name: 'suspicious_objects',
    title: 'Suspicious Object List',
    path: '/v3.0/threatintel/suspiciousObjects',
    cap: 10_000,
    maxPerRequest: 1_000,
    byType: true,
    takesSettings: true,
    takesWildcards: false,
  },
  exceptions: {
    name: 'exceptions',
    title: 'Exception List',
    path: '/v3.0/threatintel/suspiciousObjectExceptions',
    cap: 5_000,
    maxPerRequest: 100,
    byType: false,
    takesSettings: false,
    takesWildcards: true,
  },
};
