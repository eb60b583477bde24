/** The input and the output of the planner. */
import type { ListIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { RemovalReason, Removing, Sending } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Approval } from './approval.js';
import type { CompareContext } from './compare.js';
import type { CountByType } from './count-by-type.js';
import type { MadeObject, SkippedObject } from './desired.js';
import type { PlannedEntry } from './ledger.js';

/** The actual state: what the list has. */
export interface Actual {
  /** The listed spellings of an object; empty if it is not listed. */
  find(key: ObjectKey, identity: ListIdentity): readonly Listed[];
  /** How many objects of a type are listed. */
  size(key: ObjectKey): number;
  /** All objects of the types that were read, each with its identity. */
  all(): Iterable<readonly [ListIdentity, Listed]>;
}

export interface PlanSettings extends CompareContext {
  /** Describes an indicator, without an ownership tag. */
  describe: (indicator: Indicator) => string;
  /** Whether objects that the collection no longer yields are removed. */
  removes: boolean;
  /** Why nothing may be removed; undefined if removals are allowed. */
  noRemovalReason: string | undefined;
  /** Allows the removal of more than half of what is ours. */
  allowLargeRemoval: boolean;
  /** The most objects that the run sends. */
  limit: number;
  /** The changes that were approved; undefined if all are. */
  approval: Approval | undefined;
}

/** An object that is sent. */
export interface Addition extends PlannedEntry<Sending> {
  key: ObjectKey;
  listKey: ListIdentity;
}

/** An object that is removed from the list. */
export interface Removal {
  change: Removing;
  listed: Listed;
  /** The object that an indicator makes; undefined if no indicator makes it any more. */
  made: MadeObject | undefined;
  reason: RemovalReason;
  message: string;
}

export interface Plan {
  /** Applied before the additions. */
  removals: Removal[];
  /** Applied in this order. */
  additions: Addition[];
  skips: SkippedObject[];
  /** Removals that were not approved. */
  notApproved: Removal[];
  warnings: Warning[];
}

/** What a run changed on the list, by type. */
export interface Applied {
  added: CountByType;
  removed: CountByType;
}
