/** What is sent, in which order, and what is left out and why. Pure: it reads indicators and writes the ledger. */

import { listIdentity } from '../indicator/identity.js';
import type { Indicator, ObjectKey } from '../indicator/indicator.js';
import type { SafetyChecks, Skip } from '../safety/checks.js';
import type { ExceptionMatcher } from '../safety/exception-matcher.js';
import type { Exclusions } from '../safety/exclusions.js';
import { type Target, targetOf } from '../safety/target.js';
import type { List } from '../vision-one/lists.js';
import { objectKeyOf, type VisionOneObject } from '../vision-one/payload.js';
import type { Entry, Ledger } from './ledger.js';
import type { ListIndex } from './list-index.js';
import { identityOf, mapIndicator } from './map.js';
import { ownerTagIn, withOwnerTag, withoutOwnerTag } from './mark.js';
import type { Settings } from './settings.js';

/** What a plan looks at beside the indicators; each is looked at only where it is there. */
export interface PlanContext {
  /** What is on the list already. The types of what is added must have been read. */
  listIndex?: ListIndex;
  safety?: SafetyChecks;
  exclusions?: Exclusions;
  /** The tenant's own Exception List. */
  exceptions?: ExceptionMatcher;
}

/** An entry that is to be sent, unless there is no room for it. */
export interface Candidate extends Entry {
  key: ObjectKey;
  /** Not on the list yet, as far as that is known: it takes room. */
  isNew: boolean;
}

export class Plan {
  /** Every object that the indicators make, by its identity on a list, sent or not. */
  readonly producedKeys = new Set<string>();
  #candidates: Candidate[] = [];
  /** Those that nothing was decided of yet, by rank once the first were taken. */
  #waiting: Candidate[] | undefined;
  #taken = 0;
  /** What was taken that is new, and what room became free, by type. */
  #takenNew = new Map<ObjectKey, number>();
  #freed = new Map<ObjectKey, number>();
  #seen = new Set<string>();
  /** What is new, by type: objects, and indicators that make them. */
  #newObjects = new Map<ObjectKey, number>();
  #newIndicators = new Map<ObjectKey, number>();

  constructor(
    private readonly ledger: Ledger,
    private readonly list: List,
    private readonly settings: Settings,
    /** As in describe. */
    private readonly collection: string | undefined,
    private context: PlanContext = {},
    /** The mark of the data collection; undefined for hand-picked objects. */
    private readonly mark?: string,
  ) {}

  /** All objects that are to be sent, unless there is no room for them. */
  get entries(): readonly Entry[] {
    return this.#candidates;
  }

  /**
   * How many indicators count against Objects Per Run: all that were read, or, where listed objects
   * are skipped, those of which something is sent. What is skipped on each run anew must not count
   * then, or it would keep the runs from ever getting past it.
   */
  get counted(): number {
    if (this.settings.existing_objects !== 'skip') return this.ledger.read;
    return this.#withRoom(this.#newIndicators);
  }

  /** Takes one indicator in. */
  add(indicator: Indicator): void {
    this.ledger.read++;
    const { objects, skipped } = mapIndicator(indicator, this.list, this.settings, this.collection);
    let newKey: ObjectKey | undefined;
    for (const made of objects) {
      const key = objectKeyOf(made);
      this.producedKeys.add(`${key}\n${listIdentity(key, made[key] ?? '')}`);
      const listed = this.context.listIndex?.find(made);
      const object = this.#marked(made, listed?.description);
      const isNew = this.context.listIndex?.takesRoom(made) ?? true;
      const entry = this.ledger.open(indicator, object);
      const skip = this.#reasonToSkip(indicator, object, listed !== undefined);
      if (skip) {
        this.ledger.close(entry, { outcome: 'skipped', ...skip });
        continue;
      }
      this.#candidates.push({ ...entry, key, isNew });
      if (isNew) {
        bump(this.#newObjects, key);
        newKey = key;
      }
    }
    if (newKey) bump(this.#newIndicators, newKey);
    if (skipped) this.ledger.skip(indicator, skipped.reason, skipped.message);
  }

  /** Goes on without what the lists hold: they could not be read, so that nothing will be sent. */
  forgetLists(): void {
    const { listIndex, exceptions, ...rest } = this.context;
    this.context = rest;
  }

  /**
   * What is sent now: all that there is room for, highest score first, then the youngest, and to the
   * Suspicious Object List in this order, so that a run that is cut short has done the most it could.
   * Asked again once room became free, it gives what has room only now.
   */
  take(): Candidate[] {
    this.#waiting ??= this.list.takesSettings
      ? this.#candidates.toSorted(byRank)
      : [...this.#candidates];
    const taken: Candidate[] = [];
    this.#waiting = this.#waiting.filter((candidate) => {
      if (this.#taken >= this.list.cap) return true;
      if (candidate.isNew) {
        const used = this.#takenNew.get(candidate.key) ?? 0;
        if (used >= this.room(candidate.key)) return true;
        this.#takenNew.set(candidate.key, used + 1);
      }
      this.#taken++;
      taken.push(candidate);
      return false;
    });
    return taken;
  }

  /** Tells of objects of a type that were taken off the list. */
  free(key: ObjectKey, count: number): void {
    this.#freed.set(key, (this.#freed.get(key) ?? 0) + count);
  }

  /** Ends the plan: what was not taken is skipped, for want of room or because of the run's own limit. */
  close(): void {
    const noRoom = `the ${this.list.title} holds ${this.list.cap} objects of a type, and others with a higher score, or those that are on it, take the room`;
    for (const candidate of this.#waiting ?? []) {
      const used = this.#takenNew.get(candidate.key) ?? 0;
      // Room that became free so late that the run had sent all that it may.
      const skip: Skip =
        !candidate.isNew || used < this.room(candidate.key)
          ? this.#overLimit()
          : { reason: 'no_room', message: noRoom };
      if (candidate.isNew) this.#takenNew.set(candidate.key, used + 1);
      this.ledger.close(candidate, { outcome: 'skipped', ...skip });
    }
    this.#waiting = [];
  }

  /** How many new objects of a type the list still has room for, without pushing others out. */
  room(key: ObjectKey): number {
    const { listIndex } = this.context;
    if (!this.settings.protect_existing || !listIndex) return Number.POSITIVE_INFINITY;
    const freed = this.#freed.get(key) ?? 0;
    return Math.max(0, this.list.cap - listIndex.size(key) + freed);
  }

  /**
   * Marks as ours what is not on the list yet. What is there keeps the mark that it has, or has not:
   * an analyst's own entry must not become one that we would take off again.
   */
  #marked(object: VisionOneObject, listed: string | undefined): VisionOneObject {
    const mark = listed === undefined ? this.mark : ownerTagIn(listed);
    const description = object.description ?? '';
    if (mark === undefined) return { ...object, description: withoutOwnerTag(description) };
    return { ...object, description: withOwnerTag(description, mark) };
  }

  #reasonToSkip(indicator: Indicator, object: VisionOneObject, listed: boolean): Skip | undefined {
    const unsafe = this.#unsafe(indicator, object);
    if (unsafe) return unsafe;
    const identity = identityOf(object);
    if (this.#seen.has(identity)) {
      const message = 'an earlier indicator of this run is the same object';
      return { reason: 'duplicate', message };
    }
    this.#seen.add(identity);
    if (listed && this.settings.existing_objects === 'skip') {
      return { reason: 'already_listed', message: `it is on the ${this.list.title} already` };
    }
    if (this.#limited >= this.list.cap) return this.#overLimit();
    return undefined;
  }

  /**
   * What counts against the run's own limit: whatever is to be sent. Where runs work their way through
   * a collection, what finds no room must not count, or it would keep them from what is behind it.
   */
  get #limited(): number {
    const { existing_objects: existing } = this.settings;
    return existing === 'skip' ? this.#withRoom(this.#newObjects) : this.#candidates.length;
  }

  #overLimit(): Skip {
    const message = `a run sends at most ${this.list.cap} objects to the ${this.list.title}`;
    return { reason: 'over_limit', message };
  }

  #unsafe(indicator: Indicator, object: VisionOneObject): Skip | undefined {
    const { safety, exclusions, exceptions } = this.context;
    if (!safety && !exclusions && !exceptions) return undefined;
    const target: Target = targetOf(object);
    const unsafe = safety?.check(indicator, target);
    if (unsafe) return unsafe;
    const list = exclusions?.find(target);
    if (list !== undefined) return { reason: 'excluded', message: `it is on the list ${list}` };
    const exception = exceptions?.covers(target);
    if (exception === undefined) return undefined;
    const message = `the exception ${exception} covers it, and exceptions outrank suspicious objects`;
    return { reason: 'on_exception_list', message };
  }

  #withRoom(counts: Map<ObjectKey, number>): number {
    let sum = 0;
    for (const [key, count] of counts) sum += Math.min(count, this.room(key));
    return sum;
  }
}

/** @returns the new count */
function bump(counts: Map<ObjectKey, number>, key: ObjectKey): number {
  const count = (counts.get(key) ?? 0) + 1;
  counts.set(key, count);
  return count;
}

/** Highest score first, no score last; then what is new; then the youngest. */
function byRank(a: Candidate, b: Candidate): number {
  const score = (b.indicator.score ?? -1) - (a.indicator.score ?? -1);
  if (score !== 0) return score;
  if (a.isNew !== b.isNew) return a.isNew ? -1 : 1;
  const [updatedA, updatedB] = [a.indicator.updated ?? '', b.indicator.updated ?? ''];
  if (updatedA !== updatedB) return updatedA < updatedB ? 1 : -1;
  // ThreatQ gives what was changed last at the end.
  return b.line - a.line;
}
