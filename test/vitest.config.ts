// The test runner's settings. Tests run under the Node that npm pins; timings never gate a test.

import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: {
    alias: { sapphire: new URL('../engine/index.ts', import.meta.url).pathname },
  },
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Half of them wait for processes of their own: a core is never kept free.
    maxWorkers: Math.max(2, availableParallelism()),
    // The tally prints the last line, so it comes last.
    reporters: ['default', new URL('tally.ts', import.meta.url).pathname],
    // Many start processes of their own, and machines are shared: none is given up for being slow.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    coverage: {
      provider: 'v8',
      include: ['engine/**/*.ts', 'strategies/*.ts', 'data/**/*.ts', 'reports/**/*.ts', 'bin/*.ts'],
    },
  },
});
