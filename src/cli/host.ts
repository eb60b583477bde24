/** CLI host: reads the run document, runs the action, writes reports, sets the exit code. */
import { randomUUID } from 'node:crypto';
import { checkAction } from '../export/check.js';
import { INTERNAL_ERROR, type Job, noEffects, type RunOutcome } from '../export/job.js';
import { runAction } from '../export/run.js';
import { addressText } from '../http/address.js';
import { systemClock } from '../http/clock.js';
import { createTransport } from '../http/transport.js';
import type { ProgressStyle } from '../progress/events.js';
import { createProgress, type Progress } from '../progress/progress.js';
import { prepareFolder, REPORT_NAMES, writeFiles } from '../report/files.js';
import { resultToJson } from '../report/json.js';
import { problemsIn } from '../report/labels.js';
import { MAX_ERROR_LINES, summaryOf } from '../report/summary.js';
import { countsOf } from '../result/counts.js';
import type { ExchangeRecord } from '../result/exchange-record.js';
import { redactExtras, redactResult } from '../result/redact-result.js';
import type { Result } from '../result/result.js';
import { RunError } from '../result/run-error.js';
import { Redactor } from '../text/redact.js';
import { LISTS, type ListName } from '../vision-one/lists.js';
import type { CommandLine } from './command-line.js';
import { readExclusions } from './exclusion-files.js';
import { InvalidInputError } from './invalid-input.js';
import type { ActionDefinition } from './manifest.js';
import { codeOf, writeToStdout } from './output.js';
import { DEFAULT_TIME_LIMIT_MINUTES, readRunDocument } from './run-document.js';
import { readRunText } from './run-text.js';
import { secretsOfEnvironment } from './secrets.js';
import { shownSettings } from './shown-settings.js';
import type { Shutdown } from './signals.js';

/** Time for an orderly end after an internal error, in milliseconds. */
const CRASH_GRACE_MS = 5_000;
/** The reader of the result gets at least so long, in milliseconds, even after the time limit. */
const SHORTEST_WRITE_MS = 5_000;

const EXIT_CODES = { Completed: 0, 'Failed to Complete': 1, Incomplete: 2 } as const;

/** What was asked for cannot be run: the end of an outcome that has nothing else. */
const NOTHING: Omit<RunOutcome, 'status' | 'error'> = {
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
  readonly #startedAt = systemClock.now();
  #deadline = this.#startedAt + DEFAULT_TIME_LIMIT_MINUTES * 60_000;
  /** What the run has done so far; asked after a fault of this program. */
  readonly #effects = noEffects();
  readonly #redactor = new Redactor();
  readonly #redact = (text: string) => this.#redactor.text(text);
  readonly #progress: Progress;
  /** For the report: the requests and the settings by label, as far as it came. */
  readonly #exchanges: ExchangeRecord[] = [];
  #settings: Record<string, string> = {};
  #report: string | undefined;

  constructor(
    private readonly list: ListName,
    private readonly action: ActionDefinition,
    private readonly commandLine: CommandLine,
    private readonly shutdown: Shutdown,
  ) {
    this.#redactor.add(...secretsOfEnvironment(process.env));
    this.#progress = createProgress(styleOf(commandLine), {
      stream: process.stderr,
      now: systemClock.now,
      redact: this.#redact,
    });
  }

  async run(): Promise<void> {
    this.shutdown.onSignal((signal) => {
      const message = `${signal}: no new requests; those in flight have 10 s to finish. Send the signal again to abort them.`;
      this.#progress.message('warning', message);
    });
    const crashed = new Promise<RunOutcome>((resolve) => {
      this.shutdown.onCrash(() => {
        // Normally the run ends by itself now, with a result that has all its items.
        setTimeout(() => resolve(this.#internalError()), CRASH_GRACE_MS);
      });
    });
    const acted = this.#act().catch((error: unknown) => this.#failedBy(error));
    const outcome = await Promise.race([acted, crashed]);
    this.#progress.end();
    await this.#end(this.shutdown.crashed ? this.#markCrashed(outcome) : outcome);
  }

  /** Ends a start that did not get as far as a run. */
  async fail(error: unknown): Promise<void> {
    await this.#end(this.#failedBy(error));
  }

  /** Writes what there is to write, whatever happens, and ends the process. */
  async #end(outcome: RunOutcome): Promise<void> {
    try {
      await this.#finish(outcome);
    } catch {
      // The result could not be made: the run is reported without its items.
      await this.#finish(this.#internalError()).catch(() => {
        process.stderr.write(`${INTERNAL_ERROR}\n`);
        process.exitCode = this.#effects.mayHaveChangedList() ? 2 : 1;
      });
    }
    // A fault while the result was written: it may lack something, so it is no success.
    if (this.shutdown.crashed) process.exitCode = this.#effects.mayHaveChangedList() ? 2 : 1;
    // Open connections and waiting workers must not keep a finished run alive.
    process.exit();
  }

  /** The outcome of a start that did not get as far as a run. */
  #failedBy(error: unknown): RunOutcome {
    if (error instanceof RunError && error.code === 'interrupted') {
      const warnings = [{ code: error.code, message: error.message }];
      return { ...NOTHING, status: 'Incomplete', warnings, error: null };
    }
    if (!(error instanceof InvalidInputError)) return this.#internalError();
    const { message } = error;
    return { ...NOTHING, status: 'Failed to Complete', error: { code: 'invalid_input', message } };
  }

  #internalError(): RunOutcome {
    return this.#markCrashed(NOTHING);
  }

  /** An outcome after a fault of this program. */
  #markCrashed(outcome: Omit<RunOutcome, 'status' | 'error'>): RunOutcome {
    const status = this.#effects.mayHaveChangedList() ? 'Incomplete' : 'Failed to Complete';
    return { ...outcome, status, error: { code: 'internal_error', message: INTERNAL_ERROR } };
  }

  /** Writes the reports, prints the result and sets the exit code. */
  async #finish(outcome: RunOutcome): Promise<void> {
    const { status, ...rest } = outcome;
    const problems = outcome.error ? problemsIn(outcome.error) : [];
    if (problems.length > MAX_ERROR_LINES) {
      for (const text of problems) this.#progress.message('error', text);
    }
    const whole: Result = {
      schema_version: 1,
      action: this.action.name,
      target: this.list,
      bundle_version: this.action.bundleVersion,
      run_id: this.#runId,
      mode: this.commandLine.mode,
      status,
      started_at: new Date(this.#startedAt).toISOString(),
      // By the same monotonic clock, so that the difference is the duration.
      finished_at: new Date(systemClock.now()).toISOString(),
      ...rest,
    };
    const result = redactResult(whole, this.#redact);
    process.exitCode = EXIT_CODES[status];
    const written = await this.#writeReports(result);
    const told = this.commandLine.json
      ? resultToJson(result, process.stdout.isTTY)
      : summaryOf(result, written);
    if (outcome.error?.code === 'internal_error') {
      this.#progress.message('error', INTERNAL_ERROR);
    }
    const left = Math.max(SHORTEST_WRITE_MS, this.#deadline - systemClock.now());
    const problem = await writeToStdout(told, left);
    if (problem === undefined) return;
    this.#progress.message(
      'error',
      `the result could not be written to standard output (${problem}); what was sent stays sent`,
    );
    if (process.exitCode === 0) process.exitCode = 2;
  }

  async #act(): Promise<RunOutcome> {
    const { commandLine, action } = this;
    if (commandLine.report !== undefined) await prepareReport(commandLine.report, this.#runId);
    // From here on there is a report of whatever happens: one of an earlier run must not pass for it.
    this.#report = commandLine.report;
    const text = await readRunText(commandLine.run, this.shutdown.stopping);
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
    this.#deadline = this.#startedAt + timeLimitMs;
    const job: Job = {
      run: { ...checked, exclusions },
      list: LISTS[this.list],
      action: action.namespace,
      mode: commandLine.mode,
      allowLargeRemoval: commandLine.allowLargeRemoval,
      clock: systemClock,
      transport,
      limits: {
        deadline: this.#deadline,
        stopping: this.shutdown.stopping,
        breaking: this.shutdown.breaking,
      },
      userAgent: `TMV1-ThreatQ-Action-Bundle/${action.bundleVersion}`,
      listener: {
        ...this.#progress,
        exchanged: (record) => this.#exchanges.push(record),
      },
      onSecret,
      effects: this.#effects,
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
    const extras = redactExtras(
      { exchanges: this.#exchanges, settings: this.#settings },
      this.#redact,
    );
    try {
      // Loaded by the runs that leave reports alone.
      const { renderReports } = await import('../report/reports.js');
      await writeFiles(this.#report, this.#runId, renderReports(result, extras));
      return `${this.#report} (open report.html)`;
    } catch (error) {
      // The run itself is over, and its result is printed all the same.
      const message = `NOT written (${codeOf(error)}): ${this.#report}`;
      this.#progress.message('error', `the reports are ${message}`);
      return message;
    }
  }
}

/** A live line for a person at a terminal; lines for everything else. */
function styleOf({ quiet, logFormat }: CommandLine): ProgressStyle {
  if (quiet) return 'quiet';
  if (logFormat === 'json') return 'json';
  const { CI, TERM } = process.env;
  const isCi = CI !== undefined && CI !== '' && CI !== 'false';
  return process.stderr.isTTY && !isCi && TERM !== 'dumb' ? 'live' : 'plain';
}

async function prepareReport(folder: string, runId: string): Promise<void> {
  try {
    await prepareFolder(folder, runId, REPORT_NAMES);
  } catch (error) {
    const message = `cannot be written (${codeOf(error)}): ${folder}`;
    throw new InvalidInputError([{ path: ['--report'], message }]);
  }
}
