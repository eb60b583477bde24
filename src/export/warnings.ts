/** Warnings about side effects: objects that an export unblocks or evicts, and exceptions that are too wide. */
import { type ObjectKey, typeForKey } from '../indicator/indicator.js';
import type { Warning } from '../result/result.js';
import { ExceptionMatcher } from '../safety/exception-matcher.js';
import { sharedByException } from '../safety/exception-width.js';
import { objectParts } from '../safety/object-parts.js';
import { formatCount, plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';
import type { Listed } from '../vision-one/list-reader.js';
import { LISTS, type List } from '../vision-one/lists.js';
import type { Addition, Plan } from './changes.js';
import { expiryOf } from './compare.js';
import { isFromThreatQ } from './description.js';
import type { ListIndex } from './list-index.js';
import type { RunContext } from './run-context.js';

/**
 * Warns of suspicious objects that new exceptions will unblock, or of objects that a full list will
 * evict.
 * @throws {RunError} if the list that may be affected cannot be read
 */
export async function sideEffectWarnings(
  run: RunContext,
  { additions: candidates, removals }: Plan,
): Promise<Warning[]> {
  const { job, lists } = run;
  const keys = new Set(candidates.map(({ key }) => key));
  if (job.list.name === 'suspicious_objects') {
    if (job.run.settings.protect_existing) return [];
    const now = job.clock.wallNow();
    const removed = new Set(removals.map(({ listed }) => listed));
    return [...keys].flatMap((key) => {
      const listed = [...lists.target.all()].flatMap(([, object]) =>
        object.key === key && !removed.has(object) ? object : [],
      );
      const sent = candidates.filter((candidate) => candidate.key === key);
      return evictions(key, listed, sent, job.list.cap, now);
    });
  }
  const suspicious = await lists.read(LISTS.suspicious_objects, affectedTypes(keys));
  const exceptions = new ExceptionMatcher();
  for (const { key, object, change } of candidates) {
    // An object that is an exception already unblocks nothing new.
    if (change === 'add') exceptions.add(key, object[key] ?? '');
  }
  return unblocked(exceptions, suspicious);
}

/** How many values a warning names. */
const MAX_NAMED = 3;

/** Warns of wildcard exceptions that cover the names of many owners. */
export function tooWideWarnings(list: List, additions: readonly Addition[]): Warning[] {
  if (!list.takesWildcards) return [];
  const wide = additions.filter(({ object }) => sharedByException(object) !== undefined);
  if (wide.length === 0) return [];
  const named = wide.slice(0, MAX_NAMED).map(({ key, object }) => truncate(object[key] ?? '', 100));
  if (wide.length > MAX_NAMED) named.push(`and ${formatCount(wide.length - MAX_NAMED)} more`);
  const message = `${plural(wide.length, 'exception')} ${wide.length === 1 ? 'covers' : 'cover'} names of many owners: ${named.join(', ')}`;
  return [{ code: 'exception_too_wide', message, count: wide.length }];
}

/** An exception for a domain or an address may unblock URLs too. */
function affectedTypes(keys: Set<ObjectKey>): Set<ObjectKey> {
  return keys.has('domain') || keys.has('ip') ? new Set([...keys, 'url']) : keys;
}

/** Suspicious objects that are not blocked any more once the exceptions are on their list. */
function unblocked(exceptions: ExceptionMatcher, suspicious: ListIndex): Warning[] {
  const warnings: Warning[] = [];
  for (const [, { key, value, scanAction, inExceptionList }] of suspicious.all()) {
    // An earlier exception unblocks it already.
    if (inExceptionList) continue;
    // It is not documented that the exception of a domain also unblocks senders of that domain.
    const isMail = key === 'senderMailAddress';
    const exception = exceptions.find(isMail ? { key, value } : objectParts({ [key]: value }));
    if (exception === undefined) continue;
    const action = scanAction ? `, with the scan action ${scanAction}` : '';
    const message = `${value} is on the Suspicious Object List${action}; the exception ${exception} takes precedence over it`;
    warnings.push({ code: 'unblocks', message, value });
  }
  return warnings;
}

/**
 * What a full list may evict: the objects of the type that expire first, including those that the run
 * adds. Objects without expiry are never evicted.
 * @param listed the listed objects of the type
 * @param sent the objects of the type that the run sends
 * @param now milliseconds since the epoch
 */
function evictions(
  key: ObjectKey,
  listed: Listed[],
  sent: Pick<Addition, 'object' | 'change'>[],
  cap: number,
  now: number,
): Warning[] {
  const added = sent.filter(({ change }) => change === 'add').length;
  const over = listed.length + added - cap;
  if (over <= 0) return [];
  const renewed = new Set(sent.map(({ object }) => object[key]?.toLowerCase()));
  const first = [
    ...listed
      .filter(({ value }) => !renewed.has(value.toLowerCase()))
      .map(({ expires, description }) => ({ expires, isFromThreatQ: isFromThreatQ(description) })),
    ...sent.map(({ object }) => ({ expires: expiryOf(object, now), isFromThreatQ: true })),
  ]
    .filter(({ expires }) => expires !== undefined)
    .sort((a, b) => (a.expires ?? 0) - (b.expires ?? 0))
    .slice(0, over);
  const ours = first.filter(({ isFromThreatQ }) => isFromThreatQ).length;
  const message = `the list has ${plural(listed.length, 'object')} of the type ${typeForKey(key)} and ${formatCount(added)} are new: up to ${formatCount(over)} may be deleted by Vision One, those closest to expiry first; of these ${formatCount(ours)} came from ThreatQ and ${formatCount(first.length - ours)} from others`;
  return [{ code: 'may_evict', message, count: over }];
}
