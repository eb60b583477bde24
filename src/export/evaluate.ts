/** Evaluates one indicator: the objects that are made from it, and why one must not be sent. A pure function. */

import {
  type ListIdentity,
  listIdentity,
  type RunIdentity,
  runIdentity,
} from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { Change, Skip } from '../result/reasons.js';
import { checkSafety } from '../safety/checks.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { Exclusions } from '../safety/exclusions.js';
import { objectParts } from '../safety/object-parts.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { ownerTagIn, tagged } from './description.js';
import type { ListIndex } from './list-index.js';
import { mapIndicator } from './map.js';
import type { Settings } from './settings.js';

/** What a plan is made from, apart from the indicators. A check is omitted if its input is undefined. */
export interface PlanContext {
  list: List;
  settings: Settings;
  /** The data collection's name, or its hash if only that is known; undefined for a manual run. */
  collection: string | undefined;
  /** The data collection's ownership tag; undefined for a manual run. */
  ownerTag: string | undefined;
  /** The list that is written to. The types that the indicators make must have been read. */
  listIndex: ListIndex | undefined;
  /** The hosts that must not be blocked; undefined without safety checks. */
  protectedHosts: readonly string[] | undefined;
  exclusions: Exclusions | undefined;
  /** The tenant's own Exception List. */
  exceptions: ExceptionMatcher | undefined;
}

/** An object that an indicator makes. */
export interface EvaluatedObject {
  key: ObjectKey;
  object: VisionOneObject;
  /** The same for every indicator of a run from which this object is made. */
  identity: RunIdentity;
  /** The same for every spelling of the object on a list. */
  listKey: ListIdentity;
  /** `add` if it needs capacity on the list. */
  change: Extract<Change, 'add' | 'renew'>;
  isListed: boolean;
  /** Why it must not be sent; undefined if it may. */
  skip: Skip | undefined;
}

export interface Evaluation {
  objects: EvaluatedObject[];
  /** Why no object, or one object fewer than the settings ask for, was made. */
  skip: Skip | undefined;
}

export function evaluate(indicator: Indicator, context: PlanContext): Evaluation {
  const { list, settings, collection, listIndex } = context;
  const { objects, skipped } = mapIndicator(indicator, list, settings, collection);
  return {
    skip: skipped,
    objects: objects.map((made) => {
      const key = objectKeyOf(made);
      const listed = listIndex?.find(made);
      const object = withOwnership(made, listed?.description, context.ownerTag);
      const needsCapacity = listIndex?.needsCapacity(made) ?? true;
      return {
        key,
        object,
        identity: runIdentity(key, object[key] ?? ''),
        listKey: listIdentity(key, made[key] ?? ''),
        change: needsCapacity ? 'add' : 'renew',
        isListed: listed !== undefined,
        skip: unsafe(indicator, object, context),
      };
    }),
  };
}

/**
 * A new object gets the ownership tag. A listed object keeps the tag that it has, or has none: otherwise
 * this action could later remove an entry that an analyst added.
 */
function withOwnership(
  object: VisionOneObject,
  listedDescription: string | undefined,
  ownerTag: string | undefined,
): VisionOneObject {
  const tag = listedDescription === undefined ? ownerTag : ownerTagIn(listedDescription);
  return { ...object, description: tagged(object.description ?? '', tag) };
}

function unsafe(
  indicator: Indicator,
  object: VisionOneObject,
  { protectedHosts, exclusions, exceptions }: PlanContext,
): Skip | undefined {
  if (!protectedHosts && !exclusions && !exceptions) return undefined;
  const parts = objectParts(object);
  const problem = protectedHosts && checkSafety(indicator, parts, protectedHosts);
  if (problem) return problem;
  const list = exclusions?.find(parts);
  if (list !== undefined) return { reason: 'excluded', message: `it is on the list ${list}` };
  const exception = exceptions?.find(parts);
  if (exception === undefined) return undefined;
  const message = `the exception ${exception} covers it, and exceptions take precedence over suspicious objects`;
  return { reason: 'on_exception_list', message };
}
