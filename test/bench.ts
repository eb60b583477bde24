/**
 * `npm run bench`: measures speed and memory, and prints them as a Markdown table, with ratios to a
 * reference that is measured in the same run. Each part is a file in bench/.
 */
import { benchDelivery } from './bench/delivery.js';
import { listRows } from './bench/lists.js';
import { benchMapping } from './bench/mapping.js';
import { benchNights } from './bench/nights.js';
import { benchMemory, benchStart } from './bench/process.js';
import { startServices } from './bench/services.js';
import { markdownOf } from './bench/table.js';

using services = await startServices();
const rows = [
  ...(await benchDelivery(services.slowList)),
  ...(await benchStart(services)),
  ...(await benchMemory(services)),
  ...(await benchNights(services)),
  ...benchMapping(),
  ...(await listRows()).map(([what, measured]) => ({ what, measured, reference: '', ratio: '' })),
];
console.log(markdownOf(rows));
