/**
 * The first code of the process. It loads nothing before signals and faults are handled and Node is
 * known to be new enough.
 */
import type { ListName } from '../vision-one/lists.js';
import { Shutdown } from './signals.js';

/** Which action an entrypoint starts. */
export interface Entrypoint {
  list: ListName;
  /** The end of the action's namespace in the manifest. */
  id: string;
  manifest: URL;
}

/** Same as `engines` in package.json and `x-runtime` in manifest.yaml; a test compares them. */
const OLDEST_NODE = '20.19';

/** Starts an action as this process: reads its arguments, prints its result, sets its exit code. */
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
  await runCommand(entrypoint, shutdown);
}

function isSupported(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}
