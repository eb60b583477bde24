/** Runs an action from the command line: run document, job, outcome, result, exit code. */
import type { Approval } from '../export/approval.js';
import { checkAction } from '../export/check.js';
import type { Job, RunOutcome } from '../export/job.js';
import { runAction } from '../export/run.js';
import { CUSTOM_REGION } from '../export/settings.js';
import { addressText } from '../http/address.js';
import { systemClock } from '../http/clock.js';
import { createTransport, type Transport } from '../http/transport.js';
import type { Services } from '../report/summary.js';
import type { Exclusions } from '../safety/exclusions.js';
import { LISTS } from '../vision-one/lists.js';
import { readApproval } from './approval-file.js';
import { readBaseline } from './baseline.js';
import { type Context, createContext, type Start } from './context.js';
import { finish } from './finish.js';
import { readInput } from './input.js';
import { withLimitedMemory } from './memory.js';
import { internalErrorOutcome, outcomeOfError } from './outcome.js';
import { prepareReports } from './reports.js';
import type { CheckedDocument } from './run-document.js';
import { shownSettings } from './shown-settings.js';
import { unlessStopped } from './unless-stopped.js';

/** How long a run may take to end by itself after an uncaught error, in milliseconds. */
const CRASH_GRACE_MS = 5_000;

/**
 * Runs an action to its end, whatever happens.
 * @returns the exit code of the process
 */
export async function runFromCommandLine(start: Start): Promise<number> {
  const context = createContext(start);
  const { shutdown, progress, effects, io } = context;
  shutdown.onSignal((signal) => {
    progress.message('warning', signalMessage(signal, io.stderr.isTTY));
  });
  const aborted = new Promise<RunOutcome>((resolve) => {
    shutdown.onCrash(() => {
      // The run normally ends by itself now, with a result that has all its items.
      setTimeout(() => resolve(internalErrorOutcome(effects)), CRASH_GRACE_MS);
    });
  });
  const ended = readAndRun(context).catch((error: unknown) => outcomeOfError(error, effects));
  const outcome = await Promise.race([ended, aborted]);
  progress.end();
  return await finish(shutdown.crashed ? internalErrorOutcome(effects, outcome) : outcome, context);
}

/**
 * What a signal does. Ctrl-C that is repeated within a second is ignored (signals.ts): reading
 * the line takes about that long, so it does not mention this.
 */
function signalMessage(signal: string, isTerminal: boolean): string {
  return signal === 'SIGINT' && isTerminal
    ? 'Interrupted: no new requests; finishing requests in flight (at most 10 s); press Ctrl-C again to abort them.'
    : `${signal}: no new requests; those in flight have 10 s to finish. Send the signal again after a second to abort them.`;
}

/** Reports arguments that cannot be read. @returns the exit code of the process */
export async function reportInvalidArguments(start: Start, error: unknown): Promise<number> {
  const context = createContext(start);
  return await finish(outcomeOfError(error, context.effects), context);
}

/**
 * @throws {InvalidInputError} if the action cannot be run as asked
 * @throws {RunError} with the code `interrupted` if a signal comes before the run begins
 */
async function readAndRun(context: Context): Promise<RunOutcome> {
  const { commandLine, io, shutdown } = context;
  // The deadline is known better when the run document has been read.
  const limits = () => ({ stopping: shutdown.stopping, deadline: context.deadline });
  await prepareReports(context);
  const { document, exclusions } = await unlessStopped(readInput(context), limits());
  const { settings, timeLimitMs } = document;
  context.settings = settingsForReport(document, context);
  context.name = document.name;
  context.region = regionOf(document, context);
  context.collection = document.origin.kind === 'collection' ? document.origin.key : '';
  context.services = servicesOf(document, context.region);
  if (!settings.verify_ssl) {
    const message =
      'Enable SSL Certificate Verification is off: certificates are not checked, so anyone on the network path can read and change what is sent';
    context.progress.message('warning', message);
  }
  if (settings.api_endpoint !== undefined && settings.api_region !== CUSTOM_REGION) {
    const message = `API Endpoint is not used, because API Region is ${context.region}`;
    context.progress.message('warning', message);
  }
  context.deadline = context.startedAt + timeLimitMs;
  context.baseline = await unlessStopped(readBaseline(document, context), limits());
  const transport = createTransport({
    verifySsl: settings.verify_ssl,
    disableProxies: settings.disable_proxies,
    environment: io.env,
  });
  try {
    const { approve } = commandLine;
    const approval =
      approve === undefined
        ? undefined
        : await unlessStopped(readApproval(approve, document, context), limits());
    const job = createJob(document, exclusions, approval, transport, context);
    return await (job.mode === 'check' ? checkAction(job) : runAction(job));
  } finally {
    transport.close();
  }
}

function createJob(
  { exclude, name, ...request }: CheckedDocument,
  exclusions: Exclusions | undefined,
  approval: Approval | undefined,
  transport: Transport,
  context: Context,
): Job {
  const { list, action, commandLine, shutdown, progress, exchanges } = context;
  return {
    run: { ...request, exclusions },
    list: LISTS[list],
    action: action.namespace,
    mode: context.mode,
    approval,
    allowLargeRemoval: commandLine.allowLargeRemoval,
    clock: systemClock,
    transport,
    limits: {
      deadline: context.deadline,
      stopping: shutdown.stopping,
      aborting: shutdown.aborting,
    },
    userAgent: `TMV1-ThreatQ-Action-Bundle/${action.bundleVersion}`,
    listener: withLimitedMemory({
      ...progress,
      exchanged: (record) => exchanges.push(record),
    }),
    onSecret: context.onSecret,
    effects: context.effects,
  };
}

/** The label of API Region. */
function regionOf({ settings }: CheckedDocument, { action }: Context): string | null {
  const field = action.fields.find(({ name }) => name === 'api_region');
  const option = field?.options?.find(({ value }) => value === settings.api_region);
  return option?.label ?? null;
}

/** The names of the services for the summary. The region is enough if its address is used. */
function servicesOf(
  { threatqHost, visionOne, settings: { api_region } }: CheckedDocument,
  region: string | null,
): Services {
  const { host } = visionOne;
  return {
    threatq: threatqHost?.host,
    region: api_region === CUSTOM_REGION ? undefined : (region ?? undefined),
    visionOne: host === api_region ? undefined : host,
  };
}

/** The settings of a run by label, with what else decides what it does. */
function settingsForReport(
  { settings, threatqHost, exclude, timeLimitMs }: CheckedDocument,
  { action, commandLine }: Context,
): Record<string, string> {
  return {
    ...shownSettings(action.fields, settings),
    ThreatQ: threatqHost ? addressText(threatqHost) : '',
    Exclude: exclude.join(', '),
    'Time limit': `${timeLimitMs / 60_000} min`,
    'Allow large removal': String(commandLine.allowLargeRemoval),
    Node: process.version,
  };
}
