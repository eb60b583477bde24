/** What an administrator approved: the changes that a preview planned. Pure functions. */
import { type ListIdentity, listIdentity } from '../indicator/identity.js';
import { OBJECT_KEYS } from '../indicator/indicator.js';
import { type Change, isRemoving, type SkipReason } from '../result/reasons.js';
import type { Result } from '../result/result.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Plan } from './changes.js';
import { DAY_MS } from './expiration.js';

type PlannedObject = Record<string, string | number | undefined>;

/** A change that the preview planned. */
interface Planned {
  identity: ListIdentity;
  days: unknown;
}

/** The changes of a preview. */
export class Approval {
  /** By change, value and settings except the days to expiration. */
  readonly #changes = new Map<string, Planned>();
  readonly #removals = new Set<ListIdentity>();
  /** When the preview began, in milliseconds since the epoch. */
  readonly #plannedAt: number;

  constructor(readonly preview: Pick<Result, 'run_id' | 'started_at' | 'items'>) {
    this.#plannedAt = Date.parse(preview.started_at);
    for (const item of preview.items) {
      if (item.outcome !== 'planned') continue;
      const identity = identityOf(item.object);
      const { daysToExpiration: days } = item.object;
      this.#changes.set(keyOf(item.change, item.object), { identity, days });
      if (isRemoving(item.change)) this.#removals.add(identity);
    }
  }

  /**
   * Whether the preview planned this object in the same form.
   * @param now in milliseconds since the epoch
   */
  allows({ change, object }: { change: Change; object: PlannedObject }, now: number): boolean {
    const planned = this.#changes.get(keyOf(change, object));
    const elapsedDays = (now - this.#plannedAt) / DAY_MS;
    return planned !== undefined && areAlike(planned.days, object['daysToExpiration'], elapsedDays);
  }

  allowsRemoval({ change, listed }: { change: Change; listed: Listed }): boolean {
    return this.#changes.has(keyOf(change, { [listed.key]: listed.value }));
  }

  /**
   * What the result says about the preview. A change is still needed if the run makes it, or if the object
   * waits for room or for the next run, or needs another change that was not approved.
   * @param plansRemovals whether the plan has all removals that are needed
   */
  factsOf(plan: Plan, plansRemovals: boolean): Result['approval'] {
    const needed = new Set<ListIdentity>([
      ...plan.additions.map(({ listKey }) => listKey),
      ...[...plan.removals, ...plan.notApproved].map(({ listed }) =>
        listIdentity(listed.key, listed.value),
      ),
      ...plan.skips.flatMap(({ made, skip }) =>
        STILL_NEEDED.includes(skip.reason) ? made.listKey : [],
      ),
      ...(plansRemovals ? [] : this.#removals),
    ]);
    const unneeded = [...this.#changes.values()].filter(({ identity }) => !needed.has(identity));
    const { run_id } = this.preview;
    return { run_id, changes: this.#changes.size, no_longer_needed: unneeded.length };
  }
}

const STILL_NEEDED: readonly SkipReason[] = ['no_room', 'over_limit', 'not_approved'];

/** An object of a file, which can have any form. */
function identityOf(object: PlannedObject): ListIdentity {
  const key = OBJECT_KEYS.find((each) => each in object) ?? 'domain';
  return listIdentity(key, String(object[key] ?? ''));
}

/**
 * Whether two numbers of days are equal, or mean the same expiration date.
 * @param elapsedDays the time between the two plans
 */
function areAlike(planned: unknown, days: unknown, elapsedDays: number): boolean {
  if (planned === days) return true;
  if (typeof planned !== 'number' || typeof days !== 'number') return false;
  return planned > 0 && days > 0 && Math.abs(planned - elapsedDays - days) <= 1;
}

/** The value and, of an object that is sent, its settings. Its description may change without harm. */
function keyOf(change: Change, { description, daysToExpiration, ...form }: PlannedObject): string {
  const entries = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([change, ...entries]);
}
