import { describe, expect, it } from 'vitest';
import { excerpt } from '../sandbox/indicators.js';
import { exportTruthfully } from '../support/export-truthfully.js';
import { startSandbox } from '../support/in-process.js';

describe('an export of real indicators', () => {
  it('puts every supported indicator on the Suspicious Object List and names the rest', async () => {
    const { eset } = excerpt();
    await using sandbox = await startSandbox();
    const outcome = await exportTruthfully(sandbox, eset);
    expect(outcome.status).toBe('Completed');
    expect(outcome.counts.read).toBe(eset.length);
    expect(sandbox.visionOne.suspicious.size).toBe(outcome.counts.accepted);
  });
});
