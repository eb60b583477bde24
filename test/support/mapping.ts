/** Maps one value in a test's few words. */
import type { EvaluationContext } from '../../src/export/evaluate.js';
import { type Mapped, mapIndicator } from '../../src/export/map.js';
import type { Settings } from '../../src/export/settings.js';
import type { Indicator } from '../../src/indicator/indicator.js';
import { LISTS, type ListName } from '../../src/vision-one/lists.js';
import { objectKeyOf } from '../../src/vision-one/payload.js';
import { BLOCKLIST_SETTINGS, EXCEPTION_SETTINGS } from './in-process.js';

export interface Given {
  list?: ListName;
  settings?: Partial<Settings>;
  indicator?: Partial<Indicator>;
  /** In milliseconds since the epoch. */
  now?: number;
}

export function indicatorOf(type: string, value: string, more: Partial<Indicator> = {}): Indicator {
  return { id: 1, type, value, score: 9, status: 'Active', updated: null, expires: null, ...more };
}

/** An evaluation context without checks, unless `given` has some. */
export function evaluationContext(
  given: Pick<EvaluationContext, 'list' | 'settings'> & Partial<EvaluationContext>,
): EvaluationContext {
  return { now: 0, protectedHosts: undefined, exclusions: undefined, ...given };
}

export function mapped(type: string, value: string, given: Given = {}): Mapped {
  const list = LISTS[given.list ?? 'suspicious_objects'];
  const defaults = list.takesSettings ? BLOCKLIST_SETTINGS : EXCEPTION_SETTINGS;
  return mapIndicator(indicatorOf(type, value, given.indicator), {
    list,
    settings: { ...defaults, ...given.settings },
    now: given.now ?? 0,
  });
}

/** What is sent for a value, as `key value`; then, in brackets, why not more. */
export function sent(type: string, value: string, given: Given = {}): string[] {
  const { objects, skipped } = mapped(type, value, given);
  const texts = objects.map((object) => `${objectKeyOf(object)} ${object[objectKeyOf(object)]}`);
  return skipped ? [...texts, `[${skipped.reason}]`] : texts;
}
