/** The parts of the process that an action uses. The entrypoint passes `process` itself. */
import type { Readable, Writable } from 'node:stream';

export interface Io {
  env: NodeJS.ProcessEnv;
  stdin: Readable & { isTTY?: boolean };
  /** `fd` is the file descriptor of standard output; a stream of another kind has none. */
  stdout: Writable & { isTTY?: boolean; fd?: number };
  stderr: NodeJS.WriteStream;
}
