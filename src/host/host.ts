/** The hall: from a run document to a result and an exit code. */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { checkAction } from '../export/check.js';
import type { Job, Outcome } from '../export/job.js';
import { countsOf } from '../export/ledger.js';
import type { Result } from '../export/result.js';
import { runAction } from '../export/run.js';
import { addressText } from '../http/address.js';
import { systemClock } from '../http/clock.js';
import { Redactor } from '../http/redact.js';
import { createTransport } from '../http/send.js';
import type { ExchangeRecord } from '../http/service.js';
import { prepareFolder, REPORT_NAMES, writeFiles } from '../report/files.js';
import { jsonOf } from '../report/json.js';
import { createProgress, type Progress, type ProgressStyle } from '../report/progress.js';
import { ERROR_LINES, summaryOf } from '../report/summary.js';
import { problemsIn } from '../report/words.js';
import { LISTS, type ListName } from '../vision-one/lists.js';
import { readBounded, TooLarge } from './bounded-read.js';
import type { CommandLine } from './command-line.js';
import { readExclusions } from './exclusion-files.js';
import type { ActionDefinition } from './manifest.js';
import { BadInput } from './problems.js';
import { readRunDocument } from './run-document.js';
import { secretsOfEnvironment } from './secrets.js';
import { shownSettings } from './shown-settings.js';
import { watchSignals } from './signals.js';

const EXIT_CODES = { Completed: 0, 'Failed to Complete': 1, Incomplete: 2 } as const;

/** What was asked for cannot be run: the end of an outcome that has nothing else. */
const NOTHING: Omit<Outcome, 'status' | 'error'> = {
  vision_one: null,
  data_collection: null,
  counts: countsOf(0, []),
  requests: { threatq: 0, vision_one: 0, retries: 0, waited_ms: 0 },
  warnings: [],
  list: null,
  items: [],
};

/** One start of an action: what it was asked, and where what it has to say goes. */
export class Host {
  readonly #runId = randomUUID();
  readonly #startedAt = new Date();
  readonly #redactor = new Redactor();
  readonly #progress: Progress;
  /** For the report: the requests and the settings by label, as far as it came. */
  readonly #exchanges: ExchangeRecord[] = [];
  #settings: Record<string, string> = {};
  #report: string | undefined;

  constructor(
    private readonly list: ListName,
    private readonly action: ActionDefinition,
    private readonly commandLine: CommandLine,
  ) {
    this.#redactor.add(...secretsOfEnvironment(process.env));
    this.#progress = createProgress(styleOf(commandLine), {
      stream: process.stderr,
      now: Date.now,
      redact: (text) => this.#redactor.text(text),
    });
  }

  async run(): Promise<void> {
    let outcome: Outcome;
    try {
      outcome = await this.#act();
    } catch (error) {
      if (!(error instanceof BadInput)) {
        const stack = error instanceof Error ? error.stack : undefined;
        this.#progress.message('error', stack ?? String(error));
      }
      outcome = failedBy(error);
    } finally {
      this.#progress.end();
    }
    await this.#finish(outcome);
  }

  /** Ends a start that did not get as far as a run. */
  async fail(error: unknown): Promise<void> {
    await this.#finish(failedBy(error));
  }

  /** Writes the reports, prints the result and ends the process with its exit code. */
  async #finish(outcome: Outcome): Promise<void> {
    const { status, ...rest } = outcome;
    const problems = outcome.error ? problemsIn(outcome.error) : [];
    if (problems.length > ERROR_LINES) {
      for (const text of problems) this.#progress.message('error', text);
    }
    const result: Result = this.#redactor.data({
      schema_version: 1,
      action: this.action.name,
      bundle_version: this.action.bundleVersion,
      run_id: this.#runId,
      mode: this.commandLine.mode,
      status,
      started_at: this.#startedAt.toISOString(),
      finished_at: new Date().toISOString(),
      ...rest,
    });
    // The one place where a service's word is a key.
    const { by_reason } = result.counts;
    result.counts.by_reason = Object.fromEntries(
      Object.entries(by_reason).map(([reason, count]) => [this.#redactor.text(reason), count]),
    );
    process.exitCode = EXIT_CODES[status];
    const written = await this.#writeReports(result);
    const told = this.commandLine.json ? jsonOf(result) : summaryOf(result, written);
    await new Promise<void>((resolve) => process.stdout.write(told, () => resolve()));
    // What is still open by now (a proxy that never answered a CONNECT, a wait at a gate that nobody
    // needs any more) must not keep a run alive that is over.
    process.exit();
  }

  async #act(): Promise<Outcome> {
    const { commandLine, action } = this;
    if (commandLine.report !== undefined) await prepareReport(commandLine.report, this.#runId);
    // From here on there is a report of whatever happens: one of an earlier run must not pass for it.
    this.#report = commandLine.report;
    const text = await readRunText(commandLine.run);
    const onSecret = (secret: string) => this.#redactor.add(secret);
    const { exclude, ...checked } = readRunDocument(text, action.fields, process.env, onSecret);
    const { settings, timeLimitMs } = checked;
    this.#settings = {
      ...shownSettings(action.fields, settings),
      ThreatQ: checked.threatqHost ? addressText(checked.threatqHost) : '',
      Exclude: exclude.join(', '),
      'Time limit': `${timeLimitMs / 60_000} min`,
      'Allow large removal': String(commandLine.allowLargeRemoval),
      Node: process.version,
    };
    const exclusions = exclude.length > 0 ? await readExclusions(exclude) : undefined;

    if (!settings.verify_ssl) {
      const message =
        'verify_ssl is false: certificates are not checked, so whoever is on the way can read and change what is sent';
      this.#progress.message('warning', message);
    }
    const transport = createTransport({
      verifySsl: settings.verify_ssl,
      disableProxies: settings.disable_proxies,
    });
    const stop = watchSignals((signal) => {
      const message = `${signal}: no new requests; those in flight have 10 s to finish`;
      this.#progress.message('warning', message);
    });
    const job: Job = {
      run: { ...checked, exclusions },
      list: LISTS[this.list],
      action: action.namespace,
      mode: commandLine.mode,
      allowLargeRemoval: commandLine.allowLargeRemoval,
      clock: systemClock,
      transport,
      limits: {
        deadline: this.#startedAt.getTime() + timeLimitMs,
        stopping: stop.stopping,
        breaking: stop.breaking,
      },
      userAgent: `TMV1-ThreatQ-Action-Bundle/${action.bundleVersion}`,
      watcher: {
        ...this.#progress,
        exchanged: (record) => this.#exchanges.push(record),
      },
      onSecret,
    };
    try {
      return await (commandLine.mode === 'check' ? checkAction(job) : runAction(job));
    } finally {
      transport.close();
    }
  }

  /** @returns where the reports lie, or that they do not; undefined where none were asked for */
  async #writeReports(result: Result): Promise<string | undefined> {
    if (this.#report === undefined) return undefined;
    const extras = this.#redactor.data({ exchanges: this.#exchanges, settings: this.#settings });
    try {
      // Loaded by the runs that leave reports alone.
      const { reportsOf } = await import('../report/reports.js');
      await writeFiles(this.#report, this.#runId, reportsOf(result, extras));
      return `${this.#report} (open report.html)`;
    } catch (error) {
      // The run itself is over, and its result is printed all the same.
      const message = `NOT written (${codeOf(error)}): ${this.#report}`;
      this.#progress.message('error', `the reports are ${message}`);
      return message;
    }
  }
}

/** The outcome of a start that did not get as far as a run. */
function failedBy(error: unknown): Outcome {
  const code = error instanceof BadInput ? 'invalid_input' : 'internal_error';
  const message = error instanceof Error ? error.message : String(error);
  return { ...NOTHING, status: 'Failed to Complete', error: { code, message } };
}

/** A live line for a person at a terminal; lines for everything else. */
function styleOf({ quiet, logFormat }: CommandLine): ProgressStyle {
  if (quiet) return 'quiet';
  if (logFormat === 'json') return 'json';
  const { CI, TERM } = process.env;
  const isCi = CI !== undefined && CI !== '' && CI !== 'false';
  return process.stderr.isTTY && !isCi && TERM !== 'dumb' ? 'live' : 'plain';
}

/** A run document has a few hundred bytes; hand-picked objects may make it some megabytes. */
const LARGEST_RUN_DOCUMENT_BYTES = 100_000_000;

/** A file, or what acts as one, such as /dev/stdin or the pipe of a process substitution. */
async function readRunText(file: string | undefined): Promise<string> {
  if (file === undefined && process.stdin.isTTY) {
    const message =
      'no run document: give --run FILE, or the document on standard input (see --help)';
    throw new BadInput([{ path: [], message }]);
  }
  try {
    const stream = file === undefined ? process.stdin : createReadStream(file);
    return await readBounded(stream, LARGEST_RUN_DOCUMENT_BYTES);
  } catch (error) {
    const why = error instanceof TooLarge ? error.message : `cannot be read (${codeOf(error)})`;
    throw new BadInput([
      file === undefined
        ? { path: [], message: `standard input ${why}` }
        : { path: ['--run'], message: `${why}: ${file}` },
    ]);
  }
}

async function prepareReport(folder: string, runId: string): Promise<void> {
  try {
    await prepareFolder(folder, runId, REPORT_NAMES);
  } catch (error) {
    const message = `cannot be written (${codeOf(error)}): ${folder}`;
    throw new BadInput([{ path: ['--report'], message }]);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
