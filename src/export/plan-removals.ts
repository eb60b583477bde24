/** Which objects a run removes because the data collection no longer asks for them. Pure functions. */
import type { Warning } from '../result/result.js';
import { formatCount, plural } from '../text/format.js';
import type { Listed } from '../vision-one/list-reader.js';
import type { Plan, PlanSettings, Removal } from './changes.js';
import type { OwnObject } from './own-objects.js';

/** Up to this number of objects is always removed. A larger removal may be at most half of what is ours. */
const ALWAYS_ALLOWED = 20;

export function planRemovals(
  ours: OwnObject[],
  settings: PlanSettings,
): Pick<Plan, 'removals' | 'notApproved' | 'warnings'> {
  const nothing = { removals: [], notApproved: [], warnings: [] };
  const { removes, keepsBecause, allowLargeRemoval, approval } = settings;
  if (!removes) return nothing;
  if (keepsBecause !== undefined) return { ...nothing, warnings: [removalSkipped(keepsBecause)] };
  const gone = ours.filter(({ isDesired }) => !isDesired);
  if (gone.length > ALWAYS_ALLOWED && gone.length > ours.length / 2 && !allowLargeRemoval) {
    const message = `${formatCount(gone.length)} of the ${formatCount(ours.length)} objects that this action added from this data collection are no longer in it, or a check leaves them out, which is more than half: nothing was removed. Check the data collection; --allow-large-removal removes them`;
    return { ...nothing, warnings: [{ code: 'removal_refused', message, count: gone.length }] };
  }
  const unchanged = gone.filter(({ listed }) => !wasModified(listed, settings.now));
  const removals = unchanged.map(removalOf);
  const warnings =
    unchanged.length < gone.length
      ? [modifiedWarning(gone.length - unchanged.length)]
      : nothing.warnings;
  if (!approval) return { removals, notApproved: [], warnings };
  return {
    removals: removals.filter((removal) => approval.allowsRemoval(removal)),
    notApproved: removals.filter((each) => !approval.allowsRemoval(each) && !each.made),
    warnings,
  };
}

function removalOf({ listed, made, leftOut }: OwnObject): Removal {
  const reason = leftOut?.reason ?? 'left_collection';
  const message = leftOut?.message ?? 'the data collection no longer has it';
  return { change: 'remove', listed, made, reason, message };
}

function removalSkipped(why: string): Warning {
  return { code: 'removal_skipped', message: `nothing was removed: ${why}` };
}

function modifiedWarning(count: number): Warning {
  const message = `${plural(count, 'object')} of the list ${count === 1 ? 'was' : 'were'} changed after this run had begun, and ${count === 1 ? 'was' : 'were'} not removed`;
  return { code: 'removal_skipped', message, count };
}

/**
 * Whether an object was changed since the run began, perhaps by another run that knows more. Both times
 * are Vision One's, which has whole seconds.
 */
export function wasModified({ modified }: Listed, now: number): boolean {
  return modified === undefined || Math.floor(modified / 1000) > Math.floor(now / 1000);
}
