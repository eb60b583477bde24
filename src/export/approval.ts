/** What an administrator approved: the changes that a preview planned. Pure functions. */
import type { Change } from '../result/reasons.js';
import { isRemoving } from '../result/reasons.js';
import type { Result } from '../result/result.js';
import type { Listed } from '../vision-one/list-reader.js';

type PlannedObject = Record<string, string | number | undefined>;

/** The changes of a preview. */
export class Approval {
  readonly #changes: Set<string>;

  constructor(readonly preview: Pick<Result, 'run_id' | 'items'>) {
    this.#changes = new Set(
      preview.items.flatMap((item) =>
        item.outcome === 'planned' ? keyOf(item.change, item.object) : [],
      ),
    );
  }

  /** How many changes the preview planned. */
  get size(): number {
    return this.#changes.size;
  }

  /** Whether the preview planned this object in the same form. */
  allows({ change, object }: { change: Change; object: PlannedObject }): boolean {
    return this.#changes.has(keyOf(change, object));
  }

  allowsRemoval({ change, listed }: { change: Change; listed: Listed }): boolean {
    return this.allows({ change, object: { [listed.key]: listed.value } });
  }
}

/** The value and, of an object that is sent, its settings. Its description may change without harm. */
function keyOf(change: Change, { description, ...form }: PlannedObject): string {
  const entries = Object.entries(form).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([isRemoving(change) ? 'remove' : change, ...entries]);
}
