import type { Result, Warning } from '../result/result.js';
import { plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';

const MAX_NAME_CHARS = 200;

/** @param collection the data collection that has no indicators; null for selected objects */
export function emptyCollection(collection: Result['data_collection']): Warning {
  return { code: 'empty_collection', message: `0 indicators: ${explain(collection)}` };
}

function explain(collection: Result['data_collection']): string {
  if (!collection) return 'the run document has an empty list of objects';
  const { name, hash, total } = collection;
  const it = `the data collection ${truncate(name ?? hash ?? '', MAX_NAME_CHARS)}`;
  return total === null || total === 0
    ? `${it} is empty, or the user of this API client sees none of its indicators`
    : `ThreatQ says that ${it} has ${plural(total, 'indicator')}, and gave none`;
}
