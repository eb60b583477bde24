/** Arguments, help and version; everything else is loaded when it is needed. */
import { INTERNAL_ERROR } from '../export/job.js';
import { type CommandLine, helpText, readCommandLine } from './command-line.js';
import type { Entrypoint } from './main.js';
import { type ActionDefinition, actionOf, readManifest } from './manifest.js';
import type { Shutdown } from './signals.js';

/** Runs what the arguments of this process ask for. */
export async function runCommand(entrypoint: Entrypoint, shutdown: Shutdown): Promise<void> {
  shutdown.onCrash(() => fail(INTERNAL_ERROR));
  const action = readAction(entrypoint);
  if (!action) return fail('manifest.yaml is missing or damaged: unpack the zip again.');
  const args = process.argv.slice(2);
  const read = readIfPossible(args);
  if ('commandLine' in read && read.commandLine.help) process.stdout.write(helpText(action));
  else if ('commandLine' in read && read.commandLine.version) {
    process.stdout.write(`${action.bundleVersion}\n`);
  } else {
    // Help and version do not have to wait for the rest to load.
    const { Host } = await import('./host.js');
    if ('commandLine' in read) {
      await new Host(entrypoint.list, action, read.commandLine, shutdown).run();
    } else {
      // Even if the arguments are invalid, --json must give JSON: a program may be reading it.
      const commandLine = { ...readCommandLine([]), json: args.includes('--json') };
      await new Host(entrypoint.list, action, commandLine, shutdown).fail(read.error);
    }
  }
}

function readAction({ manifest, id }: Entrypoint): ActionDefinition | undefined {
  try {
    return actionOf(readManifest(manifest), id);
  } catch {
    return undefined;
  }
}

function readIfPossible(args: string[]): { commandLine: CommandLine } | { error: unknown } {
  try {
    return { commandLine: readCommandLine(args) };
  } catch (error) {
    return { error };
  }
}

/** Ends a process that cannot run anything. */
function fail(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
