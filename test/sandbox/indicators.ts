/**
 * Real indicators for tests and the demo. LIVE MALICIOUS INDICATORS: data to be parsed and compared,
 * never to be resolved, pinged, opened or fetched. Licence: INDICATORS-LICENSE.txt.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** Some 450 of ESET's rows, all 40 odd ones and their twins among them, and 60 benign ones. */
export function excerpt(): IndicatorSets {
  const file = found('test/sandbox/indicators.json');
  if (!file) throw new Error('test/sandbox/indicators.json is missing');
  return JSON.parse(readFileSync(file, 'utf8')) as IndicatorSets;
}

/** All rows, where ../shared/data stands beside the checkout. */
export function fullSet(): IndicatorSets | undefined {
  const eset = found('../shared/data/eset-indicators.json');
  const benign = found('../shared/data/benign-indicators.json');
  if (!eset || !benign) return undefined;
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as IndicatorRow[];
  return { eset: read(eset), benign: read(benign) };
}

/** From the repository's root: by this file's place, or, where that was bundled away, from here. */
function found(path: string): string | undefined {
  const here = import.meta.url ? [resolve(dirname(fileURLToPath(import.meta.url)), '../..')] : [];
  return [...here, process.cwd()]
    .map((root) => resolve(root, path))
    .find((file) => existsSync(file));
}
