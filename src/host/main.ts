/** The door's other side: arguments, help and version; all else is loaded when it is needed. */
import type { ListName } from '../vision-one/lists.js';
import { type CommandLine, helpText, readCommandLine } from './command-line.js';
import { actionOf, readManifest } from './manifest.js';

/** Which action an entrypoint starts. */
export interface Door {
  list: ListName;
  /** The end of the action's namespace in the manifest. */
  id: string;
  manifest: URL;
}

/** Starts an action as this process: reads its arguments, prints its result, sets its exit code. */
export async function start(door: Door): Promise<void> {
  // A reader that goes away (`| head`) is no reason to fail.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const action = actionOf(readManifest(door.manifest), door.id);
  const args = process.argv.slice(2);
  const read = readIfPossible(args);
  if ('commandLine' in read && read.commandLine.help) process.stdout.write(helpText(action));
  else if ('commandLine' in read && read.commandLine.version) {
    process.stdout.write(`${action.bundleVersion}\n`);
  } else {
    // Whoever asks for help or the version need not wait for the rest to load.
    const { Host } = await import('./host.js');
    if ('commandLine' in read) await new Host(door.list, action, read.commandLine).run();
    // Arguments that cannot be read may still ask for JSON, and a program waits for it then.
    else {
      const commandLine = { ...readCommandLine([]), json: args.includes('--json') };
      await new Host(door.list, action, commandLine).fail(read.error);
    }
  }
}

function readIfPossible(args: string[]): { commandLine: CommandLine } | { error: unknown } {
  try {
    return { commandLine: readCommandLine(args) };
  } catch (error) {
    return { error };
  }
}
