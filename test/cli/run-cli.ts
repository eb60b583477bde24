/** Runs the command of an action in this process with separate streams, for tests that need no process. */
import { PassThrough } from 'node:stream';
import { runCommand } from '../../src/cli/command.js';
import type { Entrypoint } from '../../src/cli/main.js';
import { Shutdown } from '../../src/cli/signals.js';
import type { ENTRYPOINTS, Finished } from '../support/bundle.js';

const manifest = new URL('../../manifest.yaml', import.meta.url);
const ACTIONS: Record<keyof typeof ENTRYPOINTS, Entrypoint> = {
  blocklist: { list: 'suspicious_objects', id: 'add_to_blocklist', manifest },
  exceptions: { list: 'exceptions', id: 'add_to_exception_list', manifest },
};

/**
 * The counterpart of `startAction`, which starts the unpacked zip.
 * @param document the run document on standard input (text is passed unchanged)
 * @returns the exit code and the text of standard output and standard error
 */
export async function runCli(
  action: keyof typeof ENTRYPOINTS,
  document: unknown,
  args: string[] = [],
  { env = {} }: { env?: Record<string, string> } = {},
): Promise<Finished> {
  const stdin = new PassThrough();
  stdin.end(typeof document === 'string' ? document : JSON.stringify(document));
  const [stdout, stderr] = [collect(), collect()];
  const code = await runCommand({
    entrypoint: ACTIONS[action],
    args,
    io: {
      env,
      stdin,
      stdout: stdout.stream,
      stderr: stderr.stream as object as NodeJS.WriteStream,
    },
    shutdown: new Shutdown(),
  });
  return { code, signal: null, stdout: stdout.text(), stderr: stderr.text() };
}

function collect() {
  const chunks: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') };
}
