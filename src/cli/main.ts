/**
 * The first code of the process. It loads nothing else before signals and uncaught errors are handled and
 * the version of Node is checked.
 */
import type { ListName } from '../vision-one/lists.js';
import { Shutdown } from './signals.js';

/** Which action an entrypoint starts. */
export interface Entrypoint {
  list: ListName;
  /** The last part of the action's namespace in the manifest. */
  id: string;
  manifest: URL;
}

/** Same as `engines` in package.json and `x-runtime` in manifest.yaml; a test compares them. */
const OLDEST_NODE = '20.19';

/** Starts an action as this process: reads its arguments, prints its result and ends the process. */
export async function start(entrypoint: Entrypoint): Promise<void> {
  const shutdown = new Shutdown().install();
  // An error of these streams is reported by the write that failed.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  if (!isSupported(process.versions.node)) {
    process.stderr.write(
      `This bundle needs Node ${OLDEST_NODE} or later; this is Node ${process.versions.node}.\n`,
    );
    process.exitCode = 1;
    return;
  }
  const { runCommand } = await import('./command.js');
  const code = await runCommand({ entrypoint, args: process.argv.slice(2), io: process, shutdown });
  // Open connections and waiting workers must not keep a finished run alive.
  process.exit(code);
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
