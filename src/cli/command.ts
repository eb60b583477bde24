/** Reads the arguments and answers `--help` and `--version`. Everything else is loaded only for a run. */
import { INTERNAL_ERROR } from '../export/job.js';
import { type CommandLine, helpText, readCommandLine } from './command-line.js';
import type { Io } from './io.js';
import type { Entrypoint } from './main.js';
import { type ActionDefinition, actionOf, readManifest } from './manifest.js';
import { writeOutput } from './output.js';
import type { Shutdown } from './signals.js';

export interface Command {
  entrypoint: Entrypoint;
  /** The arguments after the entrypoint. */
  args: string[];
  io: Io;
  shutdown: Shutdown;
}

/** How long the reader of a help text may take, in milliseconds. */
const HELP_WRITE_MS = 5_000;

/**
 * Does what the arguments ask for. It never rejects.
 * @returns the exit code of the process
 */
export function runCommand(command: Command): Promise<number> {
  const { io, shutdown } = command;
  return new Promise((resolve) => {
    const fail = () => {
      io.stderr.write(`${INTERNAL_ERROR}\n`);
      resolve(1);
    };
    // A run sets a listener of its own, which still writes a result.
    shutdown.onCrash(fail);
    execute(command).then(resolve, fail);
  });
}

async function execute({ entrypoint, args, io, shutdown }: Command): Promise<number> {
  const action = await readAction(entrypoint);
  if (!action) {
    io.stderr.write('manifest.yaml is missing or damaged: unpack the zip again.\n');
    return 1;
  }
  const { commandLine, error } = readArguments(args);
  if (commandLine.help || commandLine.version) {
    const text = commandLine.help ? helpText(action) : `${action.bundleVersion}\n`;
    await writeOutput(io.stdout, [text], HELP_WRITE_MS);
    return 0;
  }
  const { reportInvalidArguments, runFromCommandLine } = await import('./run.js');
  const start = { list: entrypoint.list, action, commandLine, io, shutdown };
  return await (error ? reportInvalidArguments(start, error) : runFromCommandLine(start));
}

async function readAction({ manifest, id }: Entrypoint): Promise<ActionDefinition | undefined> {
  try {
    return actionOf(await readManifest(manifest), id);
  } catch {
    return undefined;
  }
}

/** If the arguments are invalid, `--json` still gives JSON: a program may be reading it. */
function readArguments(args: string[]): { commandLine: CommandLine; error?: unknown } {
  try {
    return { commandLine: readCommandLine(args) };
  } catch (error) {
    return { commandLine: { ...readCommandLine([]), json: args.includes('--json') }, error };
  }
}
