/** The desired state: the objects that a data collection asks for. Pure functions. */
import type { ListIdentity, RunIdentity } from '../indicator/identity.js';
import type { Skip } from '../result/reasons.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { VisionOneObject } from '../vision-one/payload.js';
import { type EvaluatedObject, exceptedBy } from './evaluate.js';
import type { Entry } from './ledger.js';
import { byRank, byText } from './rank.js';

/** An object that an indicator makes, with its entry in the ledger. */
export type MadeObject = Entry & EvaluatedObject;

/** An object with the reason why it is not sent. */
export interface SkippedObject {
  made: MadeObject;
  skip: Skip;
}

export interface Desired {
  /** Each object once, in reading order. */
  objects: MadeObject[];
  /** Objects that a check leaves out. */
  leftOut: SkippedObject[];
  /** Objects that another indicator makes too. */
  duplicates: MadeObject[];
}

/** The best first, and always in the same order. */
export function byRankOfMade(a: MadeObject, b: MadeObject): number {
  return (
    byRank(a.indicator, b.indicator) ||
    byText(a.identity, b.identity) ||
    byText(String(a.indicator.id), String(b.indicator.id)) ||
    byText(a.indicator.value, b.indicator.value)
  );
}

/**
 * Collects what a data collection asks for. Of indicators that make the same object, the one with the
 * highest score counts, then the most recent.
 * @param exceptions the tenant's own Exception List; undefined if the objects are not checked against it
 */
export function desiredOf(
  made: readonly MadeObject[],
  exceptions: ExceptionMatcher | undefined,
): Desired {
  const best = new Map<RunIdentity, MadeObject>();
  const leftOut: SkippedObject[] = [];
  const duplicates: MadeObject[] = [];
  for (const object of made) {
    const skip = object.leftOut ?? (exceptions && exceptedBy(exceptions, object.object));
    if (skip) {
      leftOut.push({ made: object, skip });
      continue;
    }
    const other = best.get(object.identity);
    const isBetter = other === undefined || byRankOfMade(object, other) < 0;
    const loser = isBetter ? other : object;
    if (loser) duplicates.push(loser);
    if (isBetter) best.set(object.identity, object);
  }
  const objects = [...best.values()].sort((a, b) => a.line - b.line);
  return { objects: withEqualSettings(objects), leftOut, duplicates };
}

/**
 * Gives URLs that differ only in case the same settings, those of the best of them: it is not documented
 * whether Vision One treats them as one object, and its settings must not change with each run.
 */
function withEqualSettings(objects: MadeObject[]): MadeObject[] {
  const urls = objects.filter(({ key }) => key === 'url');
  const best = new Map<ListIdentity, MadeObject>();
  for (const object of urls) {
    const other = best.get(object.listKey);
    if (!other || byRankOfMade(object, other) < 0) best.set(object.listKey, object);
  }
  if (best.size === urls.length) return objects;
  return objects.map((made) => {
    const source = best.get(made.listKey);
    return !source || source === made
      ? made
      : { ...made, object: { ...made.object, ...settingsOf(source.object) } };
  });
}

/** The settings of an object: everything but its value and its description. */
function settingsOf({
  scanAction,
  riskLevel,
  daysToExpiration,
}: VisionOneObject): Pick<VisionOneObject, 'scanAction' | 'riskLevel' | 'daysToExpiration'> {
  return {
    ...(scanAction && { scanAction }),
    ...(riskLevel && { riskLevel }),
    ...(daysToExpiration !== undefined && { daysToExpiration }),
  };
}
