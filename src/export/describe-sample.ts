/** Describes a data collection by its first page: what can be exported, and what cannot. */
import { type Indicator, keyForType } from '../indicator/indicator.js';
import { formatCount, plural } from '../text/format.js';
import { truncate } from '../text/truncate.js';

/** The first page of a data collection. */
export interface Sample {
  /** The collection's name or hash. */
  name: string;
  /** The size that ThreatQ gives; null if it gives none. */
  total: number | null;
  indicators: readonly Indicator[];
  /** Whether an export removes what the data collection no longer yields. */
  removes: boolean;
}

const MAX_NAME_CHARS = 200;
/** How many types are listed, and of which length in characters: ThreatQ lets users add types. */
const MAX_TYPES = 8;
const MAX_TYPE_CHARS = 40;

/** @returns one or more sentences, without a full stop at the end */
export function describeSample({ name, total, indicators, removes }: Sample): string {
  const size = total === null ? 'an unknown number of indicators' : plural(total, 'indicator');
  const head = `${truncate(name, MAX_NAME_CHARS)} has ${size}`;
  const nothing = `Nothing would be exported${removes ? ', and what this action added before may be removed' : ''}`;
  if (indicators.length === 0) {
    const isEmpty = total === 0;
    // An empty answer removes nothing unless ThreatQ says that the collection is empty.
    const effect = isEmpty ? nothing : 'Nothing would be exported or removed';
    return `${head}${isEmpty ? '' : ', but ThreatQ returned none'}. ${effect}: check in ThreatQ that this is the right data collection, and that the user of this API client sees its indicators`;
  }
  const counts = countTypes(indicators);
  const supported = counts.filter(({ type }) => keyForType(type) !== undefined);
  const others = counts.filter((count) => !supported.includes(count));
  const skipped =
    others.length === 0 ? '' : `; not supported by Vision One, and skipped: ${listTypes(others)}`;
  const first = `of the first ${formatCount(indicators.length)}`;
  if (supported.length > 0) {
    return `${head}; ${first}, ${formatCount(sum(supported))} ${sum(supported) === 1 ? 'has' : 'have'} a type that can be exported: ${listTypes(supported)}${skipped}`;
  }
  const isWhole = total !== null && indicators.length >= total;
  const meaning = isWhole ? nothing : 'The other indicators were not read';
  return `${head}; ${first}, none has a type that can be exported${skipped}. ${meaning}: check that this is the right data collection`;
}

interface TypeCount {
  type: string;
  count: number;
}

/** The most frequent types first. */
function countTypes(indicators: readonly Indicator[]): TypeCount[] {
  const counts = new Map<string, number>();
  for (const { type } of indicators) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count);
}

function listTypes(counts: TypeCount[]): string {
  const parts = counts
    .slice(0, MAX_TYPES)
    .map(
      ({ type, count }) =>
        `${formatCount(count)} ${truncate(type, MAX_TYPE_CHARS) || 'without a type'}`,
    );
  const rest = counts.slice(MAX_TYPES);
  if (rest.length > 0)
    parts.push(`${formatCount(sum(rest))} of ${plural(rest.length, 'other type')}`);
  return parts.join(', ');
}

function sum(counts: TypeCount[]): number {
  return counts.reduce((total, { count }) => total + count, 0);
}
