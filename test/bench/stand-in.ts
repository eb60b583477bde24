/**
 * The services that are measured against, in a process of their own, so that what they cost is not
 * taken for what the action costs. Says their addresses to its parent, and ends with it.
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
