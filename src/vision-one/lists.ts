/** The two lists as data: whatever differs between them stands here. */
import type { Result } from '../result/result.js';

export type ListName = Result['target'];

export interface List {
  name: ListName;
  /** The list's name in Trend's console. */
  title: string;
  path: string;
  /** Objects that the list holds, of each type or in all; no run sends more than that either. */
  cap: number;
  /**
   * Objects in one request. Trend publishes no limit; these have been in use since 2022 by public
   * clients and serve as safe upper bounds.
   */
  maxPerRequest: number;
  /** Whether its cap is each type's, and it is read type by type; or all this is of the list as a whole. */
  byType: boolean;
  /** Whether scan action, risk level and expiration go beside the value; an exception takes none. */
  takesSettings: boolean;
  /** Whether a URL may carry `*` at either end and a domain a leading `*.`. */
  takesWildcards: boolean;
}

/** Bytes of one body. Trend answers 413 over 1 MB; this leaves room for what a gateway adds. */
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
