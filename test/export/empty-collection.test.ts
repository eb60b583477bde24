/** A run with no indicators succeeds, and warns: the data collection is probably another one than meant. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Mode } from '../../src/result/result.js';
import { type RunOptions, type Sandbox, startSandbox } from '../support/in-process.js';
import { madeRows } from '../support/rows.js';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
  sandbox.threatq.collections = [
    { name: 'Empty', hash: 'empty', rows: [] },
    { name: 'C2', hash: 'c2', rows: madeRows(4) },
  ];
});
afterEach(() => sandbox[Symbol.asyncDispose]());

/** The warnings about an empty collection. */
async function warned(options: RunOptions) {
  const { status, warnings } = await sandbox.run(options);
  expect(status).toBe('Completed');
  return warnings.flatMap(({ code, message }) => (code === 'empty_collection' ? message : []));
}

const MODES: Mode[] = ['export', 'preview', 'check'];

describe.each(MODES)('%s', (mode) => {
  it('an empty data collection is named in a warning', async () => {
    expect(await warned({ mode, collection: { name: 'Empty' } })).toEqual([
      '0 indicators: the data collection Empty is empty, or the user of this API client sees none of its indicators',
    ]);
  });

  it('an empty list of selected objects is a warning', async () => {
    expect(await warned({ mode, objects: [] })).toEqual([
      '0 indicators: the run document has an empty list of objects',
    ]);
  });

  it('a data collection with a size but without rows is a warning', async () => {
    sandbox.threatq.faults = ({ path }) =>
      path.includes('query/hash') ? { status: 200, body: { total: 5, data: [] } } : undefined;
    expect(await warned({ mode, collection: { hash: 'c2' } })).toEqual([
      expect.stringMatching(/^0 indicators: ThreatQ says that .* has 5 indicators, and gave none$/),
    ]);
  });

  it('a data collection with indicators is no such warning', async () => {
    expect(await warned({ mode, collection: { name: 'C2' } })).toEqual([]);
    expect(await warned({ mode, objects: madeRows(1) })).toEqual([]);
  });
});

it('a run that could not read the data collection has its error, and no such warning', async () => {
  sandbox.threatq.faults = () => ({ status: 401, body: {} });
  const { status, warnings } = await sandbox.run({ collection: { name: 'Empty' } });
  expect(status).toBe('Failed to Complete');
  expect(warnings.map(({ code }) => code)).not.toContain('empty_collection');
});
