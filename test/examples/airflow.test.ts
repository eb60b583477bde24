/** The Airflow DAG of examples/, with a stub of Airflow and real exports to the stand-ins. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startThreatQ, type ThreatQ } from '../sandbox/threatq.js';
import { startVisionOne, type VisionOne } from '../sandbox/vision-one.js';
import { removeFolder, unpack } from '../support/bundle.js';
import { noPython, startPython } from '../support/python.js';
import { madeRows } from '../support/rows.js';

/**
 * Reads the DAG and runs its tasks, one after another. Standard input has the connections, the variables,
 * the major version of Airflow, and the path of the DAG. Prints how the tasks were declared and how
 * they ended.
 */
const AIRFLOW = `
import json, runpy, sys, types

given = json.load(sys.stdin.buffer)
declared, ended = {}, []

def module(name, **members):
    sys.modules[name] = types.ModuleType(name)
    vars(sys.modules[name]).update(members)

class AirflowException(Exception):
    pass

class Connections:
    @staticmethod
    def get(conn_id):
        return types.SimpleNamespace(**given["connections"][conn_id])
    get_connection = get

class Variable:
    @staticmethod
    def get(key, deserialize_json):
        return json.loads(given["variables"][key])

class Task:
    def __init__(self, function, options):
        self.function = function
        declared[function.__name__] = {key: str(value) for key, value in options.items()}

    def __call__(self, *args):
        return self.function(*args)

    def expand(self, tenant):
        for each in tenant:
            try:
                ended.append(self.function(each))
            except AirflowException as error:
                ended.append(str(error))

def task(function=None, **options):
    return Task(function, options) if function else lambda function: Task(function, options)

def dag(**options):
    declared["dag"] = {key: str(value) for key, value in options.items()}
    return lambda function: function

module("airflow")
module("airflow.exceptions", AirflowException=AirflowException)
if given["airflow"] == 3:
    module("airflow.sdk", Connection=Connections, Variable=Variable, dag=dag, task=task)
else:
    module("airflow.decorators", dag=dag, task=task)
    module("airflow.models", Variable=Variable)
    module("airflow.hooks")
    module("airflow.hooks.base", BaseHook=Connections)
runpy.run_path(given["dag"])
print(json.dumps({"declared": declared, "ended": ended}))
`;

if (noPython) it.skip(noPython, () => {});

describe.skipIf(noPython).each([2, 3])('the DAG in Airflow %i', (airflow) => {
  let folder: string;
  let threatq: ThreatQ;
  let visionOne: VisionOne;

  beforeAll(async () => {
    folder = await unpack();
  });
  afterAll(() => removeFolder(folder));
  beforeEach(async () => {
    const collections = [
      { name: 'Active C2', hash: 'c2', rows: madeRows(8) },
      { name: 'Phishing', hash: 'phishing', rows: madeRows(12).slice(8) },
    ];
    threatq = await startThreatQ({ collections });
    visionOne = await startVisionOne();
  });
  afterEach(() => Promise.all([threatq.close(), visionOne.close()]));

  /** Runs the DAG for two tenants, each with its own data collection. */
  async function runDag(keyOfTheSecond = visionOne.apiKey) {
    const tenants = [
      ['tenant_a', 'Active C2', 'block'],
      ['tenant_b', 'Phishing', 'log'],
    ].map(([name, collection, scan_action]) => ({
      name,
      data_collection: { name: collection },
      configuration: { api_region: 'Japan', scan_action },
    }));
    const access = {
      host: threatq.url,
      login: threatq.clientId,
      password: threatq.clientSecret,
    };
    const given = {
      airflow,
      dag: join(folder, 'examples', 'airflow_vision_one.py'),
      variables: { vision_one_tenants: JSON.stringify(tenants) },
      connections: {
        threatq_tenant_a: access,
        threatq_tenant_b: access,
        vision_one_tenant_a: { password: visionOne.apiKey },
        vision_one_tenant_b: { password: keyOfTheSecond },
      },
    };
    const env = { VISION_ONE_BASE_URL: visionOne.url };
    const stdin = JSON.stringify(given);
    const finished = await startPython(folder, ['-c', AIRFLOW], { stdin, env });
    expect(finished).toMatchObject({ code: 0, stderr: '' });
    for (const secret of [visionOne.apiKey, threatq.clientSecret, keyOfTheSecond]) {
      expect(finished.stdout).not.toContain(secret);
    }
    return JSON.parse(finished.stdout);
  }

  const completed = (objects: number) => ({
    status: 'Completed',
    data_requested: objects,
    response_received: objects,
    data_enriched: 0,
  });

  it('each tenant has a task, which exports its data collection with its configuration', async () => {
    const { ended } = await runDag();
    expect(ended).toEqual([completed(8), completed(4)]);
    const actions = [...visionOne.suspicious.values()].map(({ scanAction }) => scanAction);
    expect(actions.filter((action) => action === 'block')).toHaveLength(8);
    expect(actions.filter((action) => action === 'log')).toHaveLength(4);
  });

  it('the number of exports at a time is limited, and their timeout is above the time limit', async () => {
    const { declared } = await runDag();
    expect(declared.export).toMatchObject({
      max_active_tis_per_dag: '4',
      execution_timeout: '0:20:00',
    });
    expect(declared.dag).toMatchObject({ catchup: 'False', max_active_runs: '1' });
  });

  it('the task of a run that failed fails with the reason, and the others are not affected', async () => {
    const { ended } = await runDag('a-wrong-key');
    expect(ended).toEqual([
      completed(8),
      expect.stringMatching(/^tenant_b: Failed to Complete: .*API Key/),
    ]);
    expect(visionOne.suspicious.size).toBe(8);
  });

  it('the task of an incomplete run fails with the number of objects and the reason', async () => {
    visionOne.script(/POST/, { items: [{ index: 2, status: 400, code: 'BadRequest' }] });
    const { ended } = await runDag();
    expect(ended).toEqual([
      'tenant_a: Incomplete: objects rejected or unsent: 1 (BadRequest)',
      completed(4),
    ]);
  });
});
