import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    setupFiles: ['test/support/no-network.ts', 'test/support/seed.ts'],
    // They guard against a hang alone: no test may fail because the machine is busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Most of them wait for processes and sockets, so that two at once are no more work than one.
    maxWorkers: 2,
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      reporter: ['text-summary'],
      reportOnFailure: true,
      // Of the code that runs in the process of the tests: child processes are not measured.
      thresholds: { statements: 95, branches: 90 },
    },
  },
});
