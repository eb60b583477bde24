/** What a run is given, and what it gives back. */

import type { Limits } from '../http/api-client.js';
import type { Clock } from '../http/clock.js';
import type { Transport } from '../http/transport.js';
import type { ProgressListener } from '../progress/events.js';
import type { Mode, Result } from '../result/result.js';
import type { Exclusions } from '../safety/exclusions.js';
import type { ThreatQAccess } from '../threatq/access.js';
import type { List } from '../vision-one/lists.js';
import type { Settings } from './settings.js';

/** Where the indicators come from. */
export type Origin =
  | { kind: 'collection'; by: 'hash' | 'name'; key: string; threatq: ThreatQAccess }
  | { kind: 'objects'; rows: unknown[] };

/** What is to be done, checked. */
export interface Run {
  origin: Origin;
  settings: Settings;
  visionOne: URL;
  /** ThreatQ's address, where it is known: it is never blocked. */
  threatqHost?: URL | undefined;
  /** Users' own lists of what is never exported. */
  exclusions?: Exclusions | undefined;
  timeLimitMs: number;
}

export interface Job {
  run: Run;
  list: List;
  /** The action's namespace, by which it knows again what it added. */
  action: string;
  mode: Mode;
  /** Removes what is gone even if that is more than half of what was added. */
  allowLargeRemoval: boolean;
  clock: Clock;
  transport: Transport;
  limits: Limits;
  userAgent: string;
  listener: ProgressListener;
  /** Told of secrets that appear on the way, so that nothing repeats them. */
  onSecret: (secret: string) => void;
}

/** The part of a result that a run makes; the host adds who, when and which version. */
export type Outcome = Pick<
  Result,
  | 'status'
  | 'vision_one'
  | 'data_collection'
  | 'counts'
  | 'requests'
  | 'warnings'
  | 'list'
  | 'items'
  | 'checks'
  | 'error'
>;

/** The only text that is shown for an internal error: the error itself could hold a secret. */
export const INTERNAL_ERROR =
  'An internal error stopped this run: this is a fault of the bundle. What Vision One accepted before stays on the list. Run again; if it happens again, report it with the version of the bundle and the time.';
