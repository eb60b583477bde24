import type { Manifest } from './parse-manifest.js';

/**
 * The text of manifest.yaml and what it says. The build replaces this file with one that has both, because
 * loading the YAML parser and the schema takes longer than the rest of the start.
 */
export const builtManifest: { text: string; manifest: Manifest } | undefined = undefined;
