/** Evaluates one indicator: the objects that it makes, and why one of them must not be sent. Pure. */

import { listIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { Change, Skip } from '../result/reasons.js';
import type { SafetyChecks } from '../safety/checks.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { Exclusions } from '../safety/exclusions.js';
import { targetOf } from '../safety/target.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { ownerTagIn, tagged } from './description.js';
import type { ListIndex } from './list-index.js';
import { identityOf, mapIndicator } from './map.js';
import type { Settings } from './settings.js';

/** What a plan is made from, apart from the indicators. What is undefined is not checked. */
export interface PlanContext {
  list: List;
  settings: Settings;
  /** The data collection's name, or its hash if only that is known; undefined for a manual run. */
  collection: string | undefined;
  /** The data collection's ownership tag; undefined for a manual run. */
  ownerTag: string | undefined;
  /** The list that is written to. The types that the indicators make must have been read. */
  listIndex: ListIndex | undefined;
  safety: SafetyChecks | undefined;
  exclusions: Exclusions | undefined;
  /** The tenant's own Exception List. */
  exceptions: ExceptionMatcher | undefined;
}

/** An object that an indicator makes. */
export interface EvaluatedObject {
  key: ObjectKey;
  object: VisionOneObject;
  /** The same for every indicator of a run that makes this object. */
  identity: string;
  /** The same for every spelling of the object on a list. */
  listKey: string;
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
        identity: identityOf(object),
        listKey: `${key}\n${listIdentity(key, made[key] ?? '')}`,
        change: needsCapacity ? 'add' : 'renew',
        isListed: listed !== undefined,
        skip: unsafe(indicator, object, context),
      };
    }),
  };
}

/**
 * A new object gets the ownership tag. A listed object keeps the tag that it has, or has none: an
 * analyst's own entry must never become one that this action would remove.
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
  { safety, exclusions, exceptions }: PlanContext,
): Skip | undefined {
  if (!safety && !exclusions && !exceptions) return undefined;
  const target = targetOf(object);
  const problem = safety?.check(indicator, target);
  if (problem) return problem;
  const list = exclusions?.find(target);
  if (list !== undefined) return { reason: 'excluded', message: `it is on the list ${list}` };
  const exception = exceptions?.covers(target);
  if (exception === undefined) return undefined;
  const message = `the exception ${exception} covers it, and exceptions take precedence over suspicious objects`;
  return { reason: 'on_exception_list', message };
}
