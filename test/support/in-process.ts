/** Runs an action in this process against the sandbox, on virtual time: no test waits. */

import type { Approval } from '../../src/export/approval.js';
import { checkAction } from '../../src/export/check.js';
import { type Job, noEffects, type Origin, type RunOutcome } from '../../src/export/job.js';
import { runAction } from '../../src/export/run.js';
import type { Settings } from '../../src/export/settings.js';
import type { Clock } from '../../src/http/clock.js';
import { createTransport, type Transport } from '../../src/http/transport.js';
import type { Mode } from '../../src/result/result.js';
import type { Exclusions } from '../../src/safety/exclusions.js';
import { LISTS, type List, type ListName } from '../../src/vision-one/lists.js';
import { seededRandom, virtualClock } from '../sandbox/clock.js';
import { startThreatQ, type ThreatQ, type ThreatQOptions } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne, type VisionOneOptions } from '../sandbox/vision-one.js';

/** The defaults of the blocklist action. */
export const BLOCKLIST_SETTINGS: Settings = {
  api_region: 'api.xdr.trendmicro.com',
  api_key: 'sandbox-api-key',
  url_scheme_handling: 'http',
  objects_per_run: 10_000,
  port_handling: 'skip',
  run_mode: 'export',
  verify_ssl: true,
  disable_proxies: true,
  existing_objects: 'changed',
  removed_indicators: 'keep',
  safety_checks: true,
  protect_existing: true,
  scan_action: 'block',
  risk_level: 'threatq_score',
  ioc_expiration: '30',
  high_from_score: 9,
  medium_from_score: 7,
};

/** The defaults of the exception action, which has fewer fields. */
export const EXCEPTION_SETTINGS: Settings = (() => {
  const { scan_action, risk_level, ioc_expiration, high_from_score, ...rest } = BLOCKLIST_SETTINGS;
  const { medium_from_score, safety_checks, protect_existing, ...shared } = rest;
  return shared;
})();

export interface RunOptions {
  list?: ListName;
  /** What differs from the real list, such as a smaller cap. */
  listAs?: Partial<List>;
  mode?: Mode;
  settings?: Partial<Settings>;
  /** The collection's hash or name; by default the first collection's hash. */
  collection?: { hash: string } | { name: string };
  objects?: unknown[];
  exclusions?: Exclusions;
  threatqHost?: URL;
  allowLargeRemoval?: boolean;
  approval?: Approval;
  timeLimitMs?: number;
  stopping?: AbortSignal;
  aborting?: AbortSignal;
  listener?: Job['listener'];
  onSecret?: Job['onSecret'];
  seed?: number;
  transport?: (real: Transport) => Transport;
}

export interface Sandbox extends AsyncDisposable {
  threatq: ThreatQ;
  visionOne: VisionOne;
  clock: ReturnType<typeof virtualClock>;
  run(options?: RunOptions): Promise<RunOutcome>;
}

/** Both stand-ins on one virtual clock. */
export async function startSandbox(
  options: { threatq?: ThreatQOptions; visionOne?: VisionOneOptions } = {},
): Promise<Sandbox> {
  const clock = virtualClock();
  const threatq = await startThreatQ({ ...options.threatq, now: clock.now, delay: clock.delay });
  const visionOne = await startVisionOne({
    ...options.visionOne,
    now: clock.now,
    delay: clock.delay,
  });
  clock.watch(threatq, visionOne);
  return {
    threatq,
    visionOne,
    clock,
    run: (runOptions = {}) => runInSandbox({ threatq, visionOne, clock }, runOptions),
    async [Symbol.asyncDispose]() {
      await Promise.all([threatq.close(), visionOne.close()]);
    },
  };
}

async function runInSandbox(
  { threatq, visionOne, clock }: Pick<Sandbox, 'threatq' | 'visionOne' | 'clock'>,
  options: RunOptions,
): Promise<RunOutcome> {
  const list: List = { ...LISTS[options.list ?? 'suspicious_objects'], ...options.listAs };
  const settings: Settings = {
    ...(list.takesSettings ? BLOCKLIST_SETTINGS : EXCEPTION_SETTINGS),
    ...options.settings,
  };
  const random = seededRandom(options.seed ?? 1);
  const ours: Clock = {
    now: clock.now,
    wallNow: clock.now,
    random,
    // The sleep of the program ends without an error when it is aborted.
    sleep: (ms, signal) => clock.sleep(ms, signal).catch(() => {}),
  };
  const real = createTransport({ verifySsl: true, disableProxies: true });
  const transport = options.transport?.(real) ?? real;
  const never = new AbortController().signal;
  try {
    return await (options.mode === 'check' ? checkAction : runAction)({
      run: {
        origin: originOf(threatq, options),
        settings,
        visionOne: new URL(visionOne.url),
        exclusions: options.exclusions,
        threatqHost: options.threatqHost ?? new URL(threatq.url),
        timeLimitMs: options.timeLimitMs ?? 15 * 60_000,
      },
      list,
      action: `threatq.actions.test.${list.name}`,
      approval: options.approval,
      allowLargeRemoval: options.allowLargeRemoval ?? false,
      mode: options.mode ?? 'export',
      clock: ours,
      transport,
      limits: {
        deadline: clock.now() + (options.timeLimitMs ?? 15 * 60_000),
        stopping: options.stopping ?? never,
        aborting: options.aborting ?? never,
      },
      userAgent: 'TMV1-ThreatQ-Action-Bundle/test',
      listener: options.listener ?? {},
      onSecret: options.onSecret ?? (() => {}),
      effects: noEffects(),
    });
  } finally {
    real.close();
  }
}

function originOf(threatq: ThreatQ, { objects, collection }: RunOptions): Origin {
  if (objects) return { kind: 'objects', rows: objects };
  const chosen = collection ?? { hash: threatq.collections[0]?.hash ?? '' };
  const { clientId, clientSecret } = threatq;
  return {
    kind: 'collection',
    by: 'hash' in chosen ? 'hash' : 'name',
    key: 'hash' in chosen ? chosen.hash : chosen.name,
    threatq: {
      host: new URL(threatq.url),
      credentials: { grant: 'client_credentials', clientId, clientSecret },
    },
  };
}
