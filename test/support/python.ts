/** The Python of a host: python3 with PyYAML. Tests without it are skipped with a message. */
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { type Finished, type StartOptions, startProgram } from './bundle.js';

const found = spawnSync('python3', ['-c', 'import sys, yaml; print(sys.executable)'], {
  encoding: 'utf8',
});

/** Why there is no Python; undefined if there is one. */
export const noPython =
  found.status === 0 ? undefined : 'tests in Python did not run: python3 with PyYAML was not found';

if (noPython) console.warn(noPython);

/** Starts Python, which finds the modules of the unpacked zip, and Node in PATH. */
export function startPython(
  folder: string,
  args: string[],
  options: StartOptions = {},
): Promise<Finished> {
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    PYTHONPATH: join(folder, 'actions'),
    PYTHONDONTWRITEBYTECODE: '1',
    ...options.env,
  };
  // The path of the interpreter itself: python3 may be a script that needs PATH.
  return startProgram(found.stdout.trim(), args, { ...options, env });
}

/** Calls `run` with its parameters as JSON, and prints what it returns or raises. */
const CALL_RUN = `
import json, sys
from run_action import run
try:
    print(json.dumps({"result": run(**json.load(sys.stdin.buffer))}))
except Exception as error:
    print(json.dumps({"raised": type(error).__name__, "message": str(error)}))
`;

export interface Parameters {
  action?: string;
  page_config?: object | null;
  node_config?: object | null;
  threatq?: object | null;
  data_collection?: object;
  objects?: object[];
  mode?: string;
  report?: string;
}

export interface Returned {
  // biome-ignore lint/suspicious/noExplicitAny: the tests compare its parts with expected values
  result?: any;
  /** The class and the message of an exception. */
  raised?: string;
  message?: string;
  /** Everything that the process printed, to look for secrets. */
  output: string;
  stderr: string;
}

/** Calls `run` of run_action.py in the unpacked zip. */
export async function callRun(
  folder: string,
  parameters: Parameters,
  env: Record<string, string> = {},
): Promise<Returned> {
  const stdin = JSON.stringify({
    action: 'add_to_blocklist',
    page_config: null,
    node_config: null,
    threatq: null,
    ...parameters,
  });
  const { stdout, stderr } = await startPython(folder, ['-c', CALL_RUN], { stdin, env });
  const output = stdout + stderr;
  return { ...(JSON.parse(stdout) as Omit<Returned, 'output' | 'stderr'>), output, stderr };
}
