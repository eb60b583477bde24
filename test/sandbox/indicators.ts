/**
 * Real indicators for tests and the demo. LIVE MALICIOUS INDICATORS: data to be parsed and compared,
 * never to be resolved, pinged, opened or fetched. Licence: INDICATORS-LICENSE.txt.
 */
import { readFileSync } from 'node:fs';

/** ThreatQ's nested row shape. */
export interface IndicatorRow {
  id: number;
  value: string;
  type_id: number;
  type: { id: number; name: string; class: string };
  status_id: number;
  status: { id: number; name: string };
  score: number;
  sources: { name: string }[];
  tags: string[];
  created_at: string;
  updated_at: string;
}
export interface IndicatorSets {
  eset: IndicatorRow[];
  benign: IndicatorRow[];
}

/**
 * 454 of ESET's rows and 60 benign ones: all 40 odd rows with their twins, and at least one row of
 * each type and of each form of value (ports, queries, fragments, punycode, bare hosts) that ESET
 * publishes. The other 2,549 rows are more of the same, so they are not part of the repository.
 */
export function excerpt(): IndicatorSets {
  const file = new URL('./indicators.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as IndicatorSets;
}
