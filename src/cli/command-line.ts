import { parseArgs } from 'node:util';
import type { Mode } from '../result/result.js';
import { InvalidInputError } from './invalid-input.js';
import type { ActionDefinition } from './manifest.js';

export interface CommandLine {
  /** The run document's file; undefined for standard input. */
  run: string | undefined;
  mode: Mode;
  /** The result of a preview, whose changes are the only ones that are made; undefined for all changes. */
  approve: string | undefined;
  /** Folder for reports; undefined for none. */
  report: string | undefined;
  json: boolean;
  /** No progress on standard error. */
  quiet: boolean;
  logFormat: 'text' | 'json';
  /** Allows the removal of more than half of the objects that this action added. */
  allowLargeRemoval: boolean;
  help: boolean;
  version: boolean;
}

/**
 * Reads the arguments after the entrypoint.
 * @throws {InvalidInputError} for an unknown option, a missing value, or options that exclude each other
 */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args,
      options: {
        run: { type: 'string' },
        preview: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        approve: { type: 'string' },
        report: { type: 'string' },
        json: { type: 'boolean', default: false },
        'allow-large-removal': { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        'log-format': { type: 'string', default: 'text' },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    const modes = ['preview', 'check', 'approve'] as const;
    const [first, second] = modes.filter((name) => values[name]);
    if (second) throw new Error(`--${first} and --${second} exclude each other`);
    for (const name of ['run', 'report', 'approve'] as const) {
      if (values[name] === '') throw new Error(`--${name} needs a path`);
    }
    const {
      preview,
      check,
      'log-format': logFormat,
      'allow-large-removal': allowLargeRemoval,
      ...rest
    } = values;
    if (logFormat !== 'text' && logFormat !== 'json') {
      throw new Error('--log-format must be text or json');
    }
    const mode = preview ? 'preview' : check ? 'check' : 'export';
    const { run, report, approve } = rest;
    return { ...rest, run, report, approve, mode, logFormat, allowLargeRemoval };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError([{ path: [], message: `${message} (see --help)` }]);
  }
}

export function helpText({ name, description, entrypoint }: ActionDefinition): string {
  return `${name}
${description}

usage: node ${entrypoint} [--run FILE] [--preview | --check | --approve FILE] [--report DIR] [--json]

  --run FILE     the run document, YAML or JSON; if omitted, it is read from standard input
  --preview      runs without writing: shows what would be sent, and why the rest would not
  --check        tests both connections and the permission to view; exports nothing
  --approve FILE
                 makes only the changes that a preview planned; FILE is its report.json
  --report DIR   writes report.html, report.csv and report.json into DIR, which is created if it
                 is missing
  --json         prints the result as one JSON document on standard output, not the summary
  --quiet        prints no progress on standard error
  --log-format json
                 prints progress on standard error, one JSON object per line
  --allow-large-removal
                 allows a run to remove more than half of this collection's objects (and more
                 than 20)
  --help         prints this text
  --version      prints the bundle's version

exit code: 0 if everything was accepted, planned or deliberately skipped; 1 if the action could not
run and nothing was sent; 2 if it ran, and objects were rejected or are unsent, or the result could
not be written

The environment can have secrets and addresses: VISION_ONE_API_KEY; THREATQ_HOST, THREATQ_CLIENT_ID,
THREATQ_CLIENT_SECRET, THREATQ_EMAIL, THREATQ_PASSWORD. VISION_ONE_BASE_URL replaces the address of
Vision One. Proxies: HTTPS_PROXY, ALL_PROXY, NO_PROXY. A private certificate authority:
NODE_EXTRA_CA_CERTS.
`;
}
