/**
 * The stand-ins of the benchmark. They run in a process of their own, so that their cost is not
 * measured. Sends their addresses to the parent process, and ends with it.
 */
import { ownerTagOf } from '../../src/export/description.js';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne } from '../sandbox/vision-one.js';
import { lazyRows, madeRows } from '../support/rows.js';
import { seedFullList } from './full-list.js';
import { REQUEST_MS, startPlainList } from './plain-list.js';
import type { Addresses } from './services.js';

const NAMESPACE = 'threatq.actions.trendmicro_vision_one.add_to_blocklist';
const sizes = [10_000, 100_000];
const threatq = await startThreatQ({
  collections: sizes.map((size) => ({
    name: `${size} rows`,
    hash: `rows-${size}`,
    rows: lazyRows(size),
  })),
});
const visionOne = await startVisionOne();
const fullVisionOne = await startVisionOne();
const source = { action: NAMESPACE, threatq: '127.0.0.1', by: 'hash', key: 'rows-100000' } as const;
seedFullList(fullVisionOne, ownerTagOf(source));
const nights = await Promise.all([startNight(0), startNight(1)]);
const visionOneOfNights = await startVisionOne();
visionOneOfNights.faults = () => ({ slow: REQUEST_MS });
const slowList = await startPlainList();
const addresses: Addresses = {
  threatq: threatq.section,
  visionOne: visionOne.url,
  fullVisionOne: fullVisionOne.url,
  nights: [nights[0].section, nights[1].section],
  visionOneOfNights: visionOneOfNights.url,
  slowList,
};
process.send?.(addresses);
process.on('disconnect', () => process.exit());

/** In each state, every hundredth indicator has another score, and so another risk level. */
async function startNight(state: 0 | 1): Promise<ThreatQ> {
  const rows = madeRows(10_000).map((row, index) =>
    index % 100 === 0 ? { ...row, score: state === 0 ? 1 : 10 } : row,
  );
  const standIn = await startThreatQ({ collections: [{ name: 'nights', hash: 'nights', rows }] });
  standIn.faults = () => ({ slow: REQUEST_MS });
  return standIn;
}
