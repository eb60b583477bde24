/** Vision One's answers to changes: the 207 and its errors, as Trend documents them. */
import type { Answer, ItemFault } from './faults.js';
import type { Item } from './rules.js';

/** The number that the facts show with a refused item. */
export const itemNumber = 4_000_102;

export function failure(status: number, code: string, message: string, number?: number): Answer {
  const error = number === undefined ? { code, message } : { code, message, number };
  return { status, body: { error } };
}

/**
 * The 207: one entry an item, in request order, and no value echoed.
 * @param carryOut `isDenied` is true if the answer will say that the item failed all the same
 */
export function multi(
  items: Item[],
  faults: ItemFault[],
  carryOut: (item: Item, isDenied: boolean) => Answer,
): Answer {
  const entries = items.map((item, index) => {
    const fault = faults.find((f) => f.index === index);
    if (!fault) return carryOut(item, false);
    if (fault.applied) carryOut(item, true);
    return failure(fault.status, fault.code, fault.message ?? `The sandbox says ${fault.code}.`);
  });
  return { status: 207, body: entries };
}
