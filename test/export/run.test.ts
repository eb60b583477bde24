import { describe, expect, it } from 'vitest';
import { excerpt } from '../sandbox/indicators.js';
import { exportTruthfully } from '../support/export-truthfully.js';
import { startSandbox } from '../support/in-process.js';

describe('an export of real indicators', () => {
  it('each supported real indicator is on the Suspicious Object List, and others have a reason', async () => {
    const { eset } = excerpt();
    await using sandbox = await startSandbox();
    const outcome = await exportTruthfully(sandbox, eset);
    expect(outcome.status).toBe('Completed');
    expect(outcome.counts.read).toBe(eset.length);
    expect(sandbox.visionOne.suspicious.size).toBe(outcome.counts.accepted);
  });
});
