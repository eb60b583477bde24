/** Which objects a run removes because the data collection no longer asks for them. Pure functions. */
import { LEFT_COLLECTION } from '../result/reasons.js';
import type { Warning } from '../result/result.js';
import { formatCount, plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Plan, PlanSettings, Removal } from './changes.js';
import { byRankUpwards, type OwnObject } from './own-objects.js';

/** A removal of at most this many objects is always allowed. A larger one may remove at most half of ours. */
const ALWAYS_ALLOWED = 20;

export function planRemovals(
  ours: OwnObject[],
  settings: PlanSettings,
): Pick<Plan, 'removals' | 'notApproved' | 'warnings'> {
  const nothing = { removals: [], notApproved: [], warnings: [] };
  const { removes, noRemovalReason, allowLargeRemoval, approval } = settings;
  if (!removes) return nothing;
  if (noRemovalReason !== undefined)
    return { ...nothing, warnings: [removalSkipped(noRemovalReason)] };
  const gone = ours.filter(({ isDesired }) => !isDesired);
  const own = ours.filter(({ isAdopted }) => !isAdopted).length;
  // What an administrator approved in a preview needs no other permission.
  const mayBeLarge = allowLargeRemoval || approval !== undefined;
  if (gone.length > ALWAYS_ALLOWED && gone.length > own / 2 && !mayBeLarge) {
    // The best ones, so that they do not depend on the order of list pages.
    const best = gone.toSorted((a, b) => byRankUpwards(b, a)).slice(0, MAX_EXAMPLES);
    const examples = best.map(({ listed }) => truncate(listed.value, 100));
    const message = `${formatCount(gone.length)} of the ${formatCount(own)} objects that this action added from this data collection are no longer in it, or a check leaves them out (${examples.join(', ')}, …). This is more than half, so they stay unless a higher score needs their place; --allow-large-removal removes them`;
    return { ...nothing, warnings: [{ code: 'removal_refused', message, count: gone.length }] };
  }
  const unchanged = gone.filter(({ listed }) => !mayBeModified(listed, settings.now));
  const removals = unchanged.map(removalOf);
  const warnings =
    unchanged.length < gone.length
      ? [modifiedWarning(gone.length - unchanged.length)]
      : nothing.warnings;
  if (!approval) return { removals, notApproved: [], warnings };
  return {
    removals: removals.filter((removal) => approval.allowsRemoval(removal)),
    notApproved: removals.filter((each) => !approval.allowsRemoval(each)),
    warnings,
  };
}

/** How many objects a warning names. */
const MAX_EXAMPLES = 3;

function removalOf({ listed, made, leftOut }: OwnObject): Removal {
  const reason = leftOut?.reason ?? 'left_collection';
  const message = leftOut?.message ?? LEFT_COLLECTION;
  return { change: 'remove', listed, made, reason, message };
}

function removalSkipped(why: string): Warning {
  return { code: 'removal_skipped', message: `nothing was removed: ${why}` };
}

export function modifiedWarning(count: number): Warning {
  const message = `${plural(count, 'object was', 'objects were')} not removed: changed after this run began, or the list does not say when; the next run checks again`;
  return { code: 'removal_skipped', message, count };
}

/**
 * Whether an object may have been changed since the run began, for example by another run with newer
 * data. Both times are Vision One's, which has whole seconds. Without a time it is not removed.
 */
export function mayBeModified({ modified }: Listed, now: number): boolean {
  return modified === undefined || Math.floor(modified / 1000) > Math.floor(now / 1000);
}
