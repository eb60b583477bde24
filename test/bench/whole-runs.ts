/**
 * Measures whole runs as processes: the built action, the floor client and the sequential client in turn,
 * so that other load on the machine affects all of them.
 */
import { CONCURRENCY } from '../../src/vision-one/client.js';
import { LISTS } from '../../src/vision-one/lists.js';
import type { StartOptions } from '../support/bundle.js';
import type { FloorRun } from './floor.js';
import type { Measure, Measured } from './measure.js';
import type { Scenario } from './scenarios.js';
import type { Services } from './services.js';
import type { Posted } from './stand-in.js';

export interface WholeRun {
  scenario: Scenario;
  /** The measured processes, by client. */
  runs: Map<Client, Measured[]>;
  /** How many requests each client made. */
  requests: Map<Client, number>;
}

/** The built action, another build of it, or a client that does the same requests. */
export type Client = string;

export const BUNDLE = 'bundle';
export const FLOOR = 'floor';
export const SEQUENTIAL = 'sequential';

export interface Programs {
  /** The arguments of Node that start a run, by the name of the client. Among them is BUNDLE. */
  actions: Record<Client, string[]>;
  /** The file of the floor client. */
  floor: string;
  /** Whether the sequential client is measured, too. */
  measuresSequential: boolean;
}

/** @param rounds how often each client is started */
export async function measureRuns(
  scenario: Scenario,
  rounds: number,
  { actions, floor, measuresSequential }: Programs,
  services: Services,
  measure: Measure,
): Promise<WholeRun> {
  const base = services.baseOf(scenario);
  const options = actionOptions(scenario, base);
  const { [BUNDLE]: bundle = [] } = actions;
  // A run that is not measured: the floor client repeats what it posts. If the list must have what was
  // exported, it is the second run.
  await services.begin(scenario);
  await measure(bundle, options);
  if (scenario.listed === 'exported') {
    await services.begin(scenario, true);
    await measure(bundle, options);
  }
  const { posts } = await services.recorded(scenario);
  const startFloor = (sequential: boolean) =>
    measure([floor], { stdin: JSON.stringify(floorRun(scenario, base, posts, sequential)) });
  const clients = new Map<Client, () => Promise<Measured>>();
  for (const [name, args] of Object.entries(actions)) {
    clients.set(name, () => measure(args, options));
  }
  clients.set(FLOOR, () => startFloor(false));
  if (measuresSequential) clients.set(SEQUENTIAL, () => startFloor(true));
  const runs = new Map<Client, Measured[]>();
  const requests = new Map<Client, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [client, startClient] of clients) {
      await services.begin(scenario);
      runs.set(client, [...(runs.get(client) ?? []), await startClient()]);
      requests.set(client, (await services.recorded(scenario)).requests);
    }
  }
  return { scenario, runs, requests };
}

export const CONFIGURATION = {
  api_region: 'Japan',
  api_key: 'sandbox-api-key',
  disable_proxies: true,
};

/** The run document and the environment of a run of an action. */
function actionOptions({ name }: Scenario, base: string): StartOptions {
  const document = {
    threatq: { host: base, client_id: 'bench', client_secret: 'sandbox-secret' },
    data_collection: { hash: name },
    configuration: CONFIGURATION,
  };
  return { stdin: JSON.stringify(document), env: { VISION_ONE_BASE_URL: base } };
}

function floorRun(
  { name, types }: Scenario,
  base: string,
  posts: Posted[],
  sequential: boolean,
): FloorRun {
  return {
    base,
    collection: name,
    types,
    listPath: LISTS.suspicious_objects.path,
    exceptionsPath: LISTS.exceptions.path,
    posts,
    postsAtOnce: CONCURRENCY,
    sequential,
  };
}
