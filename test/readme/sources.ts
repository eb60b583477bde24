/** The manifest and the metrics that the printed tables are made of. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readManifest } from '../../src/cli/manifest.js';
import { ROOT } from '../support/bundle.js';
import { type Metric, printedTables } from './tables.js';

/** The metrics of report.prom. */
const METRICS: readonly Metric[] = [];

export const manifest = readManifest(pathToFileURL(join(ROOT, 'manifest.yaml')));

export const currentTables = () => printedTables(manifest, METRICS);
