/** Checks that the cost of mapping an indicator does not grow with the number of indicators. */
import { mapIndicator } from '../../src/export/map.js';
import { readRow } from '../../src/threatq/row-parser.js';
import { LISTS } from '../../src/vision-one/lists.js';
import { BLOCKLIST_SETTINGS } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';
import { median, type Row, times } from './table.js';

const CONTEXT = { list: LISTS.suspicious_objects, settings: BLOCKLIST_SETTINGS, now: 0 };
const SIZES = [1_000, 10_000, 100_000];

/** Microseconds per indicator. */
function costOf(size: number): number {
  const rows = madeRows(size);
  const rounds = Math.max(3, Math.ceil(50_000 / size));
  return median(
    Array.from({ length: rounds }, () => {
      const startedAt = performance.now();
      for (const row of rows) {
        mapIndicator(readRow(row), CONTEXT);
      }
      return ((performance.now() - startedAt) * 1_000) / size;
    }),
  );
}

export function benchMapping(): Row[] {
  costOf(20_000); // to warm up the compiler
  const costs = SIZES.map(costOf);
  const first = costs[0] ?? Number.NaN;
  return SIZES.map((size, index) => ({
    what: `mapping ${size.toLocaleString('en')} indicators`,
    measured: `${(costs[index] ?? Number.NaN).toFixed(1)} µs each`,
    reference: `${first.toFixed(1)} µs each for 1,000`,
    ratio: times((costs[index] ?? Number.NaN) / first),
    target: 'flat',
  }));
}
