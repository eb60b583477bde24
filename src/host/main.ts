/** The hall: from arguments and a run document to a result and an exit code. */
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Result } from '../export/result.js';
import { checkAction, type Job, type Outcome, runAction } from '../export/run.js';
import { systemClock } from '../http/clock.js';
import { Redactor } from '../http/redact.js';
import { createTransport } from '../http/send.js';
import { prepareFolder, writeFiles } from '../report/files.js';
import { createProgress } from '../report/progress.js';
import { summaryOf } from '../report/summary.js';
import { visible } from '../report/visible.js';
import { LISTS, type ListName } from '../vision-one/lists.js';
import { type CommandLine, helpText, readCommandLine } from './command-line.js';
import { readExclusions } from './exclusion-files.js';
import { type ActionDefinition, actionOf, readManifest } from './manifest.js';
import { BadInput } from './problems.js';
import { readRunDocument } from './run-document.js';
import { secretsOfEnvironment } from './secrets.js';
import { watchSignals } from './signals.js';

/** Which action an entrypoint starts. */
export interface Door {
  list: ListName;
  /** The end of the action's namespace in the manifest. */
  id: string;
  manifest: URL;
}

const EXIT_CODES = { Completed: 0, 'Failed to Complete': 1, Incomplete: 2 } as const;

/** What was asked for cannot be run: the end of an outcome that has nothing else. */
const NOTHING: Omit<Outcome, 'status' | 'error'> = {
  vision_one: null,
  data_collection: null,
  counts: {
    read: 0,
    accepted: 0,
    rejected: 0,
    skipped: 0,
    unsent: 0,
    planned: 0,
    removed: 0,
    by_reason: {},
  },
  requests: { threatq: 0, vision_one: 0, retries: 0, waited_ms: 0 },
  warnings: [],
  list: null,
  items: [],
};

/** Starts an action as this process: reads its arguments, prints its result, sets its exit code. */
export async function start(door: Door): Promise<void> {
  // A reader that goes away (`| head`) is no reason to fail.
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  const args = process.argv.slice(2);
  const action = actionOf(readManifest(door.manifest), door.id);
  const redactor = new Redactor();
  redactor.add(...secretsOfEnvironment(process.env));
  const progress = createProgress({
    write: (text) => void process.stderr.write(redactor.text(text)),
    now: Date.now,
  });
  const startedAt = new Date();
  const runId = randomUUID();

  // Arguments that cannot be read may still ask for JSON, and a program waits for it then.
  let json = args.includes('--json');
  let mode: Result['mode'] = 'export';
  let report: string | undefined;
  let outcome: Outcome;
  try {
    const commandLine = readCommandLine(args);
    ({ json, mode, report } = commandLine);
    if (commandLine.help) return void process.stdout.write(helpText(action));
    if (commandLine.version) return void process.stdout.write(`${action.bundleVersion}\n`);
    outcome = await act(door, action, commandLine, runId, redactor, progress);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof BadInput ? 'invalid_input' : 'internal_error';
    if (code === 'internal_error' && error instanceof Error) progress.log(error.stack ?? message);
    outcome = { ...NOTHING, status: 'Failed to Complete', error: { code, message } };
  }

  const result: Result = redactor.data({
    schema_version: 1,
    action: action.name,
    bundle_version: action.bundleVersion,
    run_id: runId,
    mode,
    started_at: startedAt.toISOString(),
    finished_at: new Date().toISOString(),
    ...outcome,
  });
  process.exitCode = EXIT_CODES[result.status];
  const document = `${JSON.stringify(result, null, 2)}\n`;
  if (report !== undefined) {
    try {
      await writeFiles(report, runId, { 'report.json': document });
    } catch (error) {
      progress.log(`no report: ${error instanceof Error ? error.message : error}`);
      report = undefined;
    }
  }
  const reportPath = report && visible(join(report, 'report.json'));
  process.stdout.write(json ? document : summaryOf(result, reportPath));
}

async function act(
  door: Door,
  action: ActionDefinition,
  commandLine: CommandLine,
  runId: string,
  redactor: Redactor,
  progress: ReturnType<typeof createProgress>,
): Promise<Outcome> {
  const text = await readRunText(commandLine.run);
  const { exclude, ...checked } = readRunDocument(text, action.fields, process.env, (secret) =>
    redactor.add(secret),
  );
  const exclusions = exclude.length > 0 ? await readExclusions(exclude) : undefined;
  const run = { ...checked, exclusions };
  if (commandLine.report !== undefined) await prepareReport(commandLine.report, runId);
  const { settings, timeLimitMs } = run;
  if (!settings.verify_ssl) {
    progress.log(
      'verify_ssl is false: certificates are not checked, so anyone on the way can read and change what is sent',
    );
  }
  const transport = createTransport({
    verifySsl: settings.verify_ssl,
    disableProxies: settings.disable_proxies,
  });
  const stop = watchSignals((signal) =>
    progress.log(`${signal}: no new requests; those in flight have 10 s to finish`),
  );
  const job: Job = {
    run,
    list: LISTS[door.list],
    action: action.namespace,
    allowLargeRemoval: commandLine.allowLargeRemoval,
    mode: commandLine.mode,
    clock: systemClock,
    transport,
    limits: {
      deadline: Date.now() + timeLimitMs,
      stopping: stop.stopping,
      breaking: stop.breaking,
    },
    userAgent: `TMV1-ThreatQ-Action-Bundle/${action.bundleVersion}`,
    watcher: progress,
    onSecret: (secret) => redactor.add(secret),
  };
  try {
    return await (commandLine.mode === 'check' ? checkAction(job) : runAction(job));
  } finally {
    stop.release();
    transport.close();
  }
}

async function readRunText(file: string | undefined): Promise<string> {
  if (file === undefined) {
    if (!process.stdin.isTTY) return await readAll(process.stdin);
    const message =
      'no run document: give --run FILE, or the document on standard input (see --help)';
    throw new BadInput([{ path: [], message }]);
  }
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BadInput([
      { path: ['--run'], message: `cannot be read (${codeOf(error)}): ${file}` },
    ]);
  }
}

async function prepareReport(folder: string, runId: string): Promise<void> {
  try {
    await prepareFolder(folder, runId);
  } catch (error) {
    const message = `cannot be written (${codeOf(error)}): ${folder}`;
    throw new BadInput([{ path: ['--report'], message }]);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
