/** The input of one process, and what it knows so far. */
import { randomUUID } from 'node:crypto';
import { type Effects, noEffects } from '../export/job.js';
import { systemClock } from '../http/clock.js';
import { createProgress, type Progress } from '../progress/progress.js';
import type { LastSuccess } from '../report/prometheus.js';
import type { Baseline } from '../report/since.js';
import type { Services } from '../report/summary.js';
import type { ExchangeRecord } from '../result/exchange-record.js';
import type { Mode } from '../result/result.js';
import { Redactor } from '../text/redact.js';
import type { ListName } from '../vision-one/lists.js';
import { paintFor } from './colour.js';
import type { CommandLine } from './command-line.js';
import { DEFAULT_TIME_LIMIT_MINUTES } from './document/schema.js';
import type { Io } from './io.js';
import type { ActionDefinition } from './manifest.js';
import { progressStyle } from './progress-style.js';
import { secretsOfEnvironment } from './secrets.js';
import type { Shutdown } from './signals.js';

/** What the process was started with. */
export interface Start {
  list: ListName;
  action: ActionDefinition;
  commandLine: CommandLine;
  io: Io;
  shutdown: Shutdown;
}

/**
 * An internal error may end a run at any time, and the result is then made from this value. That is why
 * the fields that are not read-only are set during the run and not returned when it ends.
 */
export interface Context extends Start {
  readonly runId: string;
  /** By systemClock, in milliseconds. */
  readonly startedAt: number;
  readonly progress: Progress;
  /** Hides every secret that is known so far. */
  readonly redact: (text: string) => string;
  readonly onSecret: (secret: string) => void;
  /** What the run has done so far; the run itself keeps it up to date. */
  readonly effects: Effects;
  /** The requests so far. */
  readonly exchanges: ExchangeRecord[];
  /** When the run must have ended, by systemClock. */
  deadline: number;
  /** As the command line says, otherwise as Run Mode says; `export` until the run document is read. */
  mode: Mode;
  /** The settings by label; empty until the run document is read. */
  settings: Record<string, string>;
  /** The name that the run document gives the run; null if it gives none. */
  name: string | null;
  /** The label of API Region; null until the run document is read. */
  region: string | null;
  /**
   * The name or hash of the data collection; '' for selected objects; undefined until the run document is
   * read.
   */
  collection: string | undefined;
  /** The names of the services for the summary; empty until the run document is read. */
  services: Services;
  /** The folder of the reports; undefined if there are none, or if it was not checked yet. */
  reportFolder: string | undefined;
  /** The last success that the folder's report.prom knows. */
  lastSuccess: LastSuccess | undefined;
  /** The earlier run that the page compares this run with. */
  baseline: Baseline | undefined;
}

export function createContext(start: Start): Context {
  const { commandLine, io } = start;
  const redactor = new Redactor();
  redactor.add(...secretsOfEnvironment(io.env));
  const redact = (text: string) => redactor.text(text);
  const startedAt = systemClock.now();
  return {
    ...start,
    runId: randomUUID(),
    startedAt,
    progress: createProgress(progressStyle(commandLine, io), {
      stream: io.stderr,
      now: systemClock.now,
      paint: paintFor(io.stderr, io.env),
      redact,
    }),
    redact,
    onSecret: (secret) => redactor.add(secret),
    effects: noEffects(),
    exchanges: [],
    deadline: startedAt + DEFAULT_TIME_LIMIT_MINUTES * 60_000,
    mode: commandLine.mode ?? 'export',
    settings: {},
    name: null,
    region: null,
    collection: undefined,
    services: {},
    reportFolder: undefined,
    lastSuccess: undefined,
    baseline: undefined,
  };
}
