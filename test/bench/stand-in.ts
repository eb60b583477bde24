/**
 * The stand-ins of the benchmark. They run in a process of their own, so that their cost is not
 * measured. Sends their addresses to the parent process, and ends with it.
 */
import { ownerTagOf } from '../../src/export/description.js';
import { startThreatQ } from '../sandbox/threatq.js';
import { startVisionOne } from '../sandbox/vision-one.js';
import { lazyRows } from '../support/rows.js';
import { seedFullList } from './full-list.js';
import { startPlainList } from './plain-list.js';
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
const slowList = await startPlainList();
const { clientId, clientSecret } = threatq;
const addresses: Addresses = {
  threatq: { host: threatq.url, client_id: clientId, client_secret: clientSecret },
  visionOne: visionOne.url,
  fullVisionOne: fullVisionOne.url,
  slowList,
};
process.send?.(addresses);
process.on('disconnect', () => process.exit());
