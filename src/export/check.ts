/** `--check`: proves both connections and the permission to view; reads no more than one page, sends nothing. */
import { Failure } from '../http/failure.js';
import type { ThreatQ } from '../threatq/client.js';
import type { DataCollection } from '../threatq/collection.js';
import { readRow } from '../threatq/rows.js';
import type { VisionOne } from '../vision-one/client.js';
import type { List } from '../vision-one/lists.js';
import type { Result } from './result.js';

export type Check = NonNullable<Result['checks']>[number];

/** The smallest page that the lists give. */
const SMALLEST_PAGE = '50';
/** Indicators that are looked at to tell the types of a data collection. */
const SAMPLE = 1000;

/** A look at one thing: what to say where it is well; a Failure says what is not. */
type Look = () => Promise<string>;

/** Takes each look in turn; after one that failed, the rest of its row tell nothing and are left. */
async function inTurn(looks: Array<[name: string, look: Look]>): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [name, look] of looks) {
    try {
      checks.push({ name, ok: true, message: await look() });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      checks.push({ name, ok: false, message: error.message });
      break;
    }
  }
  return checks;
}

/**
 * Checks ThreatQ.
 * @param onFound told of the data collection and its size
 */
export function checkThreatQ(
  threatq: ThreatQ,
  host: string,
  open: () => Promise<DataCollection>,
  onFound: (collection: DataCollection, total: number | null) => void,
): Promise<Check[]> {
  return inTurn([
    [
      'ThreatQ',
      async () => {
        await threatq.authenticate();
        return `${host} is there and knows this API client`;
      },
    ],
    [
      'data collection',
      async () => {
        const collection = await open();
        const first = await collection.pages(() => SAMPLE).next();
        const page = first.done ? { rows: [], total: 0 } : first.value;
        onFound(collection, page.total);
        return `${collection.name ?? collection.hash} has ${page.total ?? 'an unknown number of'} indicators${typesOf(page.rows)}`;
      },
    ],
  ]);
}

function typesOf(rows: unknown[]): string {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const { type } = readRow(row);
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  if (counts.size === 0) return '';
  const told = [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([type, count]) => `${count} ${type || 'without a type'}`);
  return `; of the first ${rows.length}: ${told.join(', ')}`;
}

/** Checks Vision One: the key, then the permission to view the list. */
export function checkVisionOne(visionOne: VisionOne, host: string, list: List): Promise<Check[]> {
  return inTurn([
    [
      'Vision One',
      async () => {
        await visionOne.get('/v3.0/healthcheck/connectivity');
        return `${host} is there, and the API Key is one of this region`;
      },
    ],
    [
      list.title,
      async () => {
        await visionOne.get(list.path, { top: SMALLEST_PAGE });
        return 'the API Key may view it; that it may also add to it, only an export proves';
      },
    ],
  ]);
}
