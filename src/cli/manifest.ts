import { readFileSync } from 'node:fs';
import { builtManifest } from './built-manifest.js';
import type { Manifest } from './parse-manifest.js';

export type Field = Manifest['feeds'][string]['user_fields'][number];

/** An action as its manifest declares it. */
export interface ActionDefinition {
  name: string;
  bundleVersion: string;
  namespace: string;
  description: string;
  /** Its file in the bundle, which `node` starts. */
  entrypoint: string;
  fields: Field[];
}

/**
 * Reads manifest.yaml.
 * @throws if it is missing or is not a manifest of this bundle
 */
export async function readManifest(location: URL): Promise<Manifest> {
  const text = readFileSync(location, 'utf8');
  if (text === builtManifest?.text) return builtManifest.manifest;
  const { parseManifest } = await import('./parse-manifest.js');
  return parseManifest(text);
}

/**
 * Finds the action whose namespace ends in `.id`.
 * @throws if there is none
 */
export function actionOf(manifest: Manifest, id: string): ActionDefinition {
  const found = Object.entries(manifest.feeds).find(([, feed]) =>
    feed.namespace.endsWith(`.${id}`),
  );
  if (!found) throw new Error(`manifest.yaml has no action ${id}`);
  const [name, feed] = found;
  return {
    name,
    bundleVersion: manifest.version,
    namespace: feed.namespace,
    description: feed.description,
    entrypoint: feed['x-runtime'].entrypoint,
    fields: feed.user_fields,
  };
}
