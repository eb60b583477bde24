import { parseArgs } from 'node:util';
import type { Mode } from '../result/result.js';
import { InvalidInputError } from './invalid-input.js';
import type { ActionDefinition } from './manifest.js';

export interface CommandLine {
  /** The run document's file; undefined for standard input. */
  run: string | undefined;
  mode: Mode;
  /** Folder for reports; undefined for none. */
  report: string | undefined;
  json: boolean;
  /** No progress on standard error. */
  quiet: boolean;
  logFormat: 'text' | 'json';
  /** Removes what is gone from the data collection even if that is more than half. */
  allowLargeRemoval: boolean;
  help: boolean;
  version: boolean;
}

/**
 * Reads the arguments after the entrypoint.
 * @throws {InvalidInputError} for an unknown option, a missing value, or two that exclude each other
 */
export function readCommandLine(args: string[]): CommandLine {
  try {
    const { values } = parseArgs({
      args,
      options: {
        run: { type: 'string' },
        preview: { type: 'boolean', default: false },
        check: { type: 'boolean', default: false },
        report: { type: 'string' },
        json: { type: 'boolean', default: false },
        'allow-large-removal': { type: 'boolean', default: false },
        quiet: { type: 'boolean', default: false },
        'log-format': { type: 'string', default: 'text' },
        help: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
      },
    });
    if (values.preview && values.check) throw new Error('--preview and --check exclude each other');
    for (const name of ['run', 'report'] as const) {
      if (values[name] === '') throw new Error(`--${name} needs a path`);
    }
    const mode = values.preview ? 'preview' : values.check ? 'check' : 'export';
    const { run, report, json, help, version } = values;
    const allowLargeRemoval = values['allow-large-removal'];
    const logFormat = values['log-format'];
    if (logFormat !== 'text' && logFormat !== 'json') {
      throw new Error('--log-format must be text or json');
    }
    const { quiet } = values;
    return { run, mode, report, json, quiet, logFormat, allowLargeRemoval, help, version };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError([{ path: [], message: `${message} (see --help)` }]);
  }
}

/** The text of `--help`. */
export function helpText({ name, description, entrypoint }: ActionDefinition): string {
  return `${name}
${description}

usage: node ${entrypoint} [--run FILE] [--preview | --check] [--report DIR] [--json]

  --run FILE     the run document, YAML or JSON; without it, standard input
  --preview      everything but the writing: what would be sent, and why the rest would not
  --check        proves both connections and the permission to view; exports nothing
  --report DIR   writes report.html, report.csv and report.json into DIR, which is made where it
                 is missing
  --json         the result as one JSON document on standard output, instead of the summary
  --quiet        no progress on standard error
  --log-format json
                 progress on standard error as one JSON object a line
  --allow-large-removal
                 removes what has left the data collection even if that is more than half
  --help         this text
  --version      the bundle's version

exit code: 0 all was accepted, planned or deliberately skipped; 1 could not run, nothing was sent;
2 ran, and some objects were rejected or are unsent, or the result could not be written

secrets may come from the environment: VISION_ONE_API_KEY; THREATQ_HOST, THREATQ_CLIENT_ID,
THREATQ_CLIENT_SECRET, THREATQ_EMAIL, THREATQ_PASSWORD. VISION_ONE_BASE_URL overrides where Vision
One is. Proxies: HTTPS_PROXY, ALL_PROXY, NO_PROXY. A private certificate authority:
NODE_EXTRA_CA_CERTS.
`;
}
