/** The manifest and the metrics that the printed tables are made of. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readManifest } from '../../src/cli/manifest.js';
import { METRICS } from '../../src/report/prometheus.js';
import { ROOT } from '../support/bundle.js';
import { printedTables } from './tables.js';

export const manifest = await readManifest(pathToFileURL(join(ROOT, 'manifest.yaml')));

export const currentTables = () => printedTables(manifest, METRICS);
