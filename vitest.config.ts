import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/build-once.ts'],
    setupFiles: ['test/support/no-network.ts', 'test/support/seed.ts'],
    // These only end tests that hang: no test may fail because the machine is busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Most tests wait for processes and sockets.
    maxWorkers: 2,
    // Files of a worker share their modules: loading them anew for each file takes a fifth of the CPU time.
    isolate: false,
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
