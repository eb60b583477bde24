/** Evaluates one indicator: the objects that are made from it, and why one must not be sent. A pure function. */

import { identitiesOf, type ListIdentity, type RunIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { Skip } from '../result/reasons.js';
import { checkSafety } from '../safety/checks.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import { sharedByException } from '../safety/exception-width.js';
import type { Exclusions } from '../safety/exclusions.js';
import { objectParts } from '../safety/object-parts.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import { expiredSkip } from './expiration.js';
import { type MappingContext, mapIndicator } from './map.js';

/** What an indicator is evaluated with. A check is omitted if its input is undefined. */
export interface EvaluationContext extends MappingContext {
  /** The hosts that must not be blocked; undefined without safety checks. */
  protectedHosts: readonly string[] | undefined;
  exclusions: Exclusions | undefined;
}

/** An object that an indicator makes. */
export interface EvaluatedObject {
  indicator: Indicator;
  key: ObjectKey;
  object: VisionOneObject;
  /** The same for every indicator of a run from which this object is made. */
  identity: RunIdentity;
  /** The same for every spelling of the object on a list. */
  listKey: ListIdentity;
  /** Why a check leaves it out; undefined if none does. */
  leftOut: Skip | undefined;
}

export interface Evaluation {
  objects: EvaluatedObject[];
  /** Why no object, or one object fewer than the settings ask for, was made. */
  skip: Skip | undefined;
}

export function evaluate(indicator: Indicator, context: EvaluationContext): Evaluation {
  const { objects, skipped } = mapIndicator(indicator, context);
  return {
    skip: skipped,
    objects: objects.map((object) => {
      const key = objectKeyOf(object);
      const value = object[key] ?? '';
      const { identity, listKey } = identitiesOf(key, value);
      return {
        indicator,
        key,
        object,
        identity,
        listKey,
        leftOut: context.list.takesWildcards
          ? widthSkip(object)
          : blockSkip(indicator, object, context),
      };
    }),
  };
}

/** Why an object must not be blocked; undefined if it may be. */
function blockSkip(
  indicator: Indicator,
  object: VisionOneObject,
  { settings, now, protectedHosts, exclusions }: EvaluationContext,
): Skip | undefined {
  const expired = expiredSkip(settings, indicator, now);
  if (expired) return expired;
  if (!protectedHosts && !exclusions) return undefined;
  const parts = objectParts(object);
  const problem = protectedHosts && checkSafety(indicator, parts, protectedHosts);
  if (problem) return problem;
  const list = exclusions?.find(parts);
  return list === undefined
    ? undefined
    : { reason: 'excluded', message: `it is on the exclusion list ${list}` };
}

/** An exception for all names of a registry would end the protection against them. */
function widthSkip(object: VisionOneObject): Skip | undefined {
  const shared = sharedByException(object);
  if (shared?.kind !== 'icann_suffix') return undefined;
  const message = `the exception would cover all names below the public suffix ${shared.name}`;
  return { reason: 'public_suffix', message };
}

/** Why an exception of the tenant leaves an object out; undefined if none does. */
export function exceptedBy(
  exceptions: ExceptionMatcher,
  object: VisionOneObject,
): Skip | undefined {
  if (exceptions.isEmpty) return undefined;
  const exception = exceptions.find(objectParts(object));
  if (exception === undefined) return undefined;
  const message = `the exception ${exception} covers it, and exceptions take precedence over suspicious objects`;
  return { reason: 'on_exception_list', message };
}
