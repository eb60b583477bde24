/** What changed between two runs. Pure functions. */
import { groupBy, largestFirst } from '../result/group-by.js';
import {
  CHANGES,
  type Change,
  isRemoving,
  LEFT_COLLECTION,
  OUTCOMES,
  type Outcome,
  type WarningCode,
} from '../result/reasons.js';
import type { Item, Result } from '../result/result.js';

/** What the comparison needs of an earlier result: a small part, because a run keeps it to its end. */
export interface Earlier {
  readonly facts: RunFacts;
  readonly states: IndicatorStates;
  readonly warnings: ReadonlySet<WarningCode>;
  readonly readWhole: boolean;
}

/** Why the earlier run cannot be compared: a clause without a full stop. */
export interface Unusable {
  unusable: string;
}

export type Baseline = { earlier: Earlier } | Unusable;

interface RunFacts {
  readonly mode: Result['mode'];
  readonly status: Result['status'];
  readonly startedAt: string;
  readonly counts: Result['counts'];
}

/** What happened to an indicator. If it has several items, the worst one. */
interface State {
  readonly outcome: Outcome;
  /** '' if there is none. */
  readonly reason: string;
  /** Whether the data collection has it; `unknown` for an object that is removed for another reason. */
  readonly membership: 'in' | 'out' | 'unknown';
}

/** Some indicators, of which only the first ones are named. */
export interface Sample {
  count: number;
  values: string[];
}

/** Two numbers of the two runs; at least one of them is not 0. */
interface Row {
  count: 'read' | Outcome | Change;
  before: number;
  after: number;
}

export interface Since {
  before: RunFacts;
  after: RunFacts;
  rows: Row[];
  /** Undefined unless both runs are exports: only an export can show that an object fails. */
  failing: { began: Sample; ended: Sample } | undefined;
  /** Undefined unless both runs read the whole data collection. */
  collection: { entered: Sample; left: Sample } | undefined;
  /** Indicators that are skipped as before, but for another reason; the largest groups. */
  reasons: { from: string; to: string; sample: Sample }[];
  warnings: { began: WarningCode[]; ended: WarningCode[] };
}

const MAX_VALUES = 5;
const MAX_REASON_GROUPS = 5;

/** Keeps what a comparison with a result needs. */
export function earlierOf(result: Omit<Result, 'items'>, states: IndicatorStates): Earlier {
  return {
    facts: factsOf(result),
    states,
    warnings: warningsOf(result),
    readWhole: isReadWhole(result),
  };
}

function factsOf({ mode, status, started_at, counts }: Omit<Result, 'items'>): RunFacts {
  return { mode, status, startedAt: started_at, counts };
}

function warningsOf({ warnings }: Omit<Result, 'items'>): Set<WarningCode> {
  return new Set(warnings.map(({ code }) => code));
}

function isReadWhole({ data_collection: collection }: Omit<Result, 'items'>): boolean {
  return collection === null || collection.read_whole;
}

/** A type has no line feed. */
function keyOf({ type, value }: Item): string {
  return `${type}\n${value}`;
}

function valueIn(key: string): string {
  return key.slice(key.indexOf('\n') + 1);
}

/** What happened to the indicators of a result. */
export class IndicatorStates {
  readonly #byKey = new Map<string, State>();
  /** Many indicators have the same state: one object for each state saves memory. */
  readonly #shared = new Map<string, State>();

  static of(items: readonly Item[]): IndicatorStates {
    const states = new IndicatorStates();
    for (const item of items) states.add(item);
    return states;
  }

  add(item: Item): void {
    const key = keyOf(item);
    const state = this.#share(stateOf(item));
    const found = this.#byKey.get(key);
    if (!found || severity(state) < severity(found)) this.#byKey.set(key, state);
  }

  get(key: string): State | undefined {
    return this.#byKey.get(key);
  }

  /** The indicators whose state is related to their state in the other run. */
  keysIn(other: IndicatorStates, isMember: Relation): string[] {
    const keys: string[] = [];
    for (const [key, state] of this.#byKey) {
      if (isMember(state, other.get(key))) keys.push(key);
    }
    return keys;
  }

  #share(state: State): State {
    const { outcome, membership, reason } = state;
    const id = `${outcome} ${membership} ${reason}`;
    const shared = this.#shared.get(id) ?? state;
    this.#shared.set(id, shared);
    return shared;
  }
}

function stateOf(item: Item): State {
  const reason = 'reason' in item ? item.reason : '';
  return { outcome: item.outcome, reason, membership: membershipOf(item) };
}

function membershipOf(item: Item): State['membership'] {
  if (!('change' in item && isRemoving(item.change))) return 'in';
  const hasLeft =
    item.outcome === 'removed'
      ? item.reason === 'left_collection'
      : 'message' in item && item.message === LEFT_COLLECTION;
  return hasLeft ? 'out' : 'unknown';
}

/** The smallest is the worst. A duplicate says least: another item has the outcome of the object. */
function severity({ outcome, reason }: State): number {
  return reason === 'duplicate' ? OUTCOMES.length : OUTCOMES.indexOf(outcome);
}

/**
 * Compares a result with an earlier one.
 * @param redact hides secrets in texts of the earlier result
 * @returns undefined if there is nothing to compare: after a check or a failed run
 */
export function changesSince(
  baseline: Baseline,
  result: Result,
  redact: (text: string) => string,
): Since | Unusable | undefined {
  if (result.mode === 'check' || result.status === 'Failed to Complete') return undefined;
  return 'earlier' in baseline
    ? compare(baseline.earlier, result, redact)
    : { unusable: redact(baseline.unusable) };
}

function compare(earlier: Earlier, result: Result, redact: (text: string) => string): Since {
  const now = earlierOf(result, IndicatorStates.of(result.items));
  const areExports = earlier.facts.mode === 'export' && result.mode === 'export';
  const sampleOf = (keys: readonly string[]): Sample => ({
    count: keys.length,
    values: keys.slice(0, MAX_VALUES).map((key) => redact(valueIn(key))),
  });
  const sample = (one: Earlier, other: Earlier, isMember: Relation) =>
    sampleOf(one.states.keysIn(other.states, isMember));
  return {
    before: earlier.facts,
    after: now.facts,
    rows: rowsOf(earlier.facts.counts, result.counts),
    failing: areExports
      ? { began: sample(now, earlier, failsUnlike), ended: sample(now, earlier, recovers) }
      : undefined,
    collection:
      earlier.readWhole && now.readWhole
        ? { entered: sample(now, earlier, isInUnlike), left: sample(earlier, now, isInUnlike) }
        : undefined,
    reasons: largestFirst(
      groupBy(now.states.keysIn(earlier.states, isSkippedUnlike), (key) =>
        JSON.stringify([earlier.states.get(key)?.reason, now.states.get(key)?.reason]),
      ),
    )
      .slice(0, MAX_REASON_GROUPS)
      .map(([reasons, keys]) => {
        const [from, to] = JSON.parse(reasons) as [string, string];
        return { from, to, sample: sampleOf(keys) };
      }),
    warnings: {
      began: [...now.warnings].filter((code) => !earlier.warnings.has(code)),
      ended: [...earlier.warnings].filter((code) => !now.warnings.has(code)),
    },
  };
}

function rowsOf(before: Result['counts'], after: Result['counts']): Row[] {
  const rows: Row[] = [
    { count: 'read', before: before.read, after: after.read },
    ...OUTCOMES.map((count) => ({ count, before: before[count], after: after[count] })),
    ...CHANGES.map((count) => ({
      count,
      before: before.by_change[count],
      after: after.by_change[count],
    })),
  ];
  return rows.filter((row) => row.before + row.after > 0);
}

/** How the state of an indicator in one run is related to that in the other run. */
type Relation = (state: State, other: State | undefined) => boolean;

function isFailed(state: State | undefined): boolean {
  return state?.outcome === 'rejected' || state?.outcome === 'unsent';
}

const failsUnlike: Relation = (state, other) => isFailed(state) && !isFailed(other);
const recovers: Relation = (state, other) => !isFailed(state) && isFailed(other);
const isInUnlike: Relation = (state, other) =>
  state.membership === 'in' && (other === undefined || other.membership === 'out');
const isSkippedUnlike: Relation = (state, other) =>
  state.outcome === 'skipped' && other?.outcome === 'skipped' && state.reason !== other.reason;
