/**
 * The stand-ins of the benchmark. They run in a process of their own, so that their cost is not
 * measured. Sends their addresses to the parent process, and ends with it.
 */
import { startThreatQ } from '../sandbox/threatq.js';
import { startVisionOne } from '../sandbox/vision-one.js';
import { lazyRows } from '../support/rows.js';
import { startPlainList } from './plain-list.js';
import type { Addresses } from './services.js';

const sizes = [10_000, 1_000_000];
const threatq = await startThreatQ({
  collections: sizes.map((size) => ({
    name: `${size} rows`,
    hash: `rows-${size}`,
    rows: lazyRows(size),
  })),
});
const visionOne = await startVisionOne();
const slowList = await startPlainList();
const { clientId, clientSecret } = threatq;
const addresses: Addresses = {
  threatq: { host: threatq.url, client_id: clientId, client_secret: clientSecret },
  visionOne: visionOne.url,
  slowList,
};
process.send?.(addresses);
process.on('disconnect', () => process.exit());
