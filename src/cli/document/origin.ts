/** The sections `data_collection` and `objects`, of which a run document has one. */

import type { Origin } from '../../export/job.js';
import { isMapping } from '../../text/mapping.js';
import type { ThreatQAccess } from '../../threatq/access.js';
import { rowsIn } from '../../threatq/row-parser.js';
import { shownInput } from '../invalid-input.js';
import {
  combine,
  isGiven,
  mapRead,
  prefixPaths,
  problem,
  problemsIn,
  problemsOnly,
  type Read,
  readFields,
} from './reader.js';
import type { CollectionKey } from './schema.js';
import { textReader } from './text.js';

const EITHER = 'either data_collection or objects must be given';

/** @param readAccess called only for a data collection */
export function readOrigin(
  { data_collection, objects }: { data_collection?: unknown; objects?: unknown },
  readAccess: () => Read<ThreatQAccess>,
): Read<Origin> {
  if (isGiven(data_collection) && isGiven(objects)) {
    return {
      problems: [
        { path: [], message: `${EITHER}, not both` },
        ...problemsIn(prefixPaths(['data_collection'], readCollection(data_collection))),
        ...problemsIn(prefixPaths(['objects'], readObjects(objects))),
      ],
    };
  }
  if (isGiven(objects)) return prefixPaths(['objects'], readObjects(objects));
  if (!isGiven(data_collection)) return problem(`${EITHER}; nothing was given`);
  const parts = combine({
    threatq: readAccess(),
    collection: prefixPaths(['data_collection'], readCollection(data_collection)),
  });
  return mapRead(parts, ({ threatq, collection }) => ({
    kind: 'collection',
    ...collection,
    threatq,
  }));
}

function readObjects(raw: unknown): Read<Origin & { kind: 'objects' }> {
  if (typeof raw !== 'object') return problem(`must be a list of indicators; ${shownInput(raw)}`);
  const rows = rowsIn(raw);
  if (!rows) return problem('must be a list of indicators, each with type and value');
  const problems = rows.flatMap((row, index) => {
    if (isMapping(row)) return [];
    const message = `must be an indicator, with type and value; ${shownInput(row)}`;
    return [{ path: [index], message }];
  });
  return problems.length > 0 ? { problems } : { value: { kind: 'objects', rows } };
}

const COLLECTION_READERS = { hash: textReader(), name: textReader() } satisfies Record<
  CollectionKey,
  unknown
>;

function readCollection(raw: unknown): Read<{ by: 'hash' | 'name'; key: string }> {
  if (!isMapping(raw))
    return problem(`must be a mapping: { name: … } or { hash: … }; ${shownInput(raw)}`);
  const fields = readFields(raw, COLLECTION_READERS);
  const { name } = fields.values;
  const hash = fields.values.hash?.trim();
  const isFilled = (key: 'hash' | 'name') =>
    fields.values[key] !== undefined || fields.isInvalid(key);
  const amount = isFilled('hash') ? ', not both' : '; nothing was given';
  const isOne = isFilled('hash') !== isFilled('name');
  const parts = combine({
    fields: problemsOnly(fields),
    one: isOne ? { value: undefined } : problem(`either hash or name must be given${amount}`),
    hash: checkCollectionHash(hash),
  });
  return mapRead(parts, () =>
    hash === undefined ? { by: 'name', key: name ?? '' } : { by: 'hash', key: hash },
  );
}

/** The hash becomes a part of a URL path, in which `.` and `..` would lead to another address. */
function checkCollectionHash(hash: string | undefined): Read<void> {
  if (!hash || (hash.isWellFormed() && !/^\.\.?$/.test(hash))) return { value: undefined };
  return problem(`must be the hash of a data collection; ${shownInput(hash)}`, ['hash']);
}
