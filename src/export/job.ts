/** What a run is given, and what it returns. */
import type { Limits } from '../http/api-client.js';
import type { Clock } from '../http/clock.js';
import type { Transport } from '../http/transport.js';
import type { ProgressListener } from '../progress/events.js';
import type { Mode, Result } from '../result/result.js';
import type { Exclusions } from '../safety/exclusions.js';
import type { ThreatQAccess } from '../threatq/access.js';
import type { List } from '../vision-one/lists.js';
import type { Approval } from './approval.js';
import type { Settings } from './settings.js';

/** Where the indicators come from. */
export type Origin =
  | { kind: 'collection'; by: 'hash' | 'name'; key: string; threatq: ThreatQAccess }
  | { kind: 'objects'; rows: unknown[] };

/** What the run document asks for, checked. */
export interface RunRequest {
  origin: Origin;
  settings: Settings;
  visionOne: URL;
  /** ThreatQ's address, if it is known: it is never blocked. */
  threatqHost?: URL | undefined;
  /** The user's exclusion lists. */
  exclusions?: Exclusions | undefined;
  timeLimitMs: number;
}

/** What a run has done so far. The CLI reads it if the run does not end normally. */
export interface Effects {
  /** Whether Vision One may have processed an object: accepted it or rejected it. */
  mayHaveSentObjects: () => boolean;
}

export const noEffects = (): Effects => ({ mayHaveSentObjects: () => false });

export interface Job {
  run: RunRequest;
  list: List;
  /** The action's namespace, a part of the ownership tag. */
  action: string;
  mode: Mode;
  /** The changes that were approved; undefined if the run may make any. */
  approval: Approval | undefined;
  /** Allows the removal of more than half of this data collection's objects (and more than 20). */
  allowLargeRemoval: boolean;
  clock: Clock;
  transport: Transport;
  limits: Limits;
  userAgent: string;
  listener: ProgressListener;
  /** Called with each secret that the run receives, so that no output repeats it. */
  onSecret: (secret: string) => void;
  /** Set by the run. */
  effects: Effects;
}

/** The part of a result that a run makes. The CLI adds the action, the version and the times. */
export type RunOutcome = Pick<
  Result,
  | 'status'
  | 'vision_one'
  | 'data_collection'
  | 'counts'
  | 'requests'
  | 'warnings'
  | 'list'
  | 'approval'
  | 'items'
  | 'checks'
  | 'error'
>;

/** The warning of a run that a signal interrupted. */
export const INTERRUPTED = 'a signal interrupted the run';

/** The only text that is shown for an internal error: the error itself could contain a secret. */
export const INTERNAL_ERROR =
  'An internal error stopped this run: this is a bug of the bundle. Objects that Vision One accepted before stay on the list. Run again; if it happens again, report it with the version of the bundle and the time.';

/** The status and the error after an internal error. The error that was thrown is not shown. */
export function internalError(effects: Effects): Pick<RunOutcome, 'status' | 'error'> {
  return {
    status: effects.mayHaveSentObjects() ? 'Incomplete' : 'Failed to Complete',
    error: { code: 'internal_error', message: INTERNAL_ERROR },
  };
}
