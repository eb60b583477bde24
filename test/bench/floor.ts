/** Builds the floor client, so that its start takes as little time as that of the built zip. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { ObjectKey } from '../../src/indicator/indicator.js';
import type { Posted } from './stand-in.js';

export interface FloorRun {
  /** The address of both services. */
  base: string;
  collection: string;
  /** The types that are read of the list at `listPath`. */
  types: readonly ObjectKey[];
  listPath: string;
  exceptionsPath: string;
  /** What the run posts, after everything is read. */
  posts: Posted[];
  /** How many posts are in flight at the same time, as in the action. */
  postsAtOnce: number;
  /** Whether only one request is in flight at a time. */
  sequential: boolean;
}

/** @returns the file to start with Node */
export async function buildFloorClient(folder: string): Promise<string> {
  const outfile = join(folder, 'floor-client.mjs');
  const entry = fileURLToPath(new URL('floor-client.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile, bundle: true, format: 'esm', platform: 'node' });
  return outfile;
}
