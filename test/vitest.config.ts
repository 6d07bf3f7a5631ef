// The test runner's settings. Tests run under the Node that npm pins; timings never gate a test.
//
// Files are imported as the command imports them: by Node itself, which takes the types off, keeps what
// it has compiled, and is shown the short way to each file. So tests load what users run.

import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// What comes out of the cache is counted less exactly by the coverage.
if (!process.argv.includes('--coverage')) {
  process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'node-compile-cache');
}

const CORE = ['test/engine/**/*.test.ts'];
const ROOMS = ['data', 'reports', 'strategies'].map((room) => `test/${room}/**/*.test.ts`);

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      // The core keeps nothing between runs and knows no machine: its files share their processes, and
      // what one has loaded and warmed is there for the next.
      {
        extends: true,
        test: { name: 'core', include: CORE, isolate: false },
      },
      // Nor do these: folders and stores are each file's own, and nobody minds what the clock says. DuckDB,
      // the store and what draws pages are loaded once a process, and not once a file.
      {
        extends: true,
        test: { name: 'rooms', include: ROOMS, isolate: false },
      },
      {
        extends: true,
        test: { name: 'rest', include: ['test/**/*.test.ts'], exclude: [...CORE, ...ROOMS] },
      },
    ],
    pool: 'forks',
    experimental: { viteModuleRunner: false },
    execArgv: ['--import', new URL('../engine/host/shortcut.ts', import.meta.url).href],
    // Half of them wait for processes of their own: one more than there are cores keeps all of those busy.
    maxWorkers: availableParallelism() + 1,
    // The tally prints the last line, so it comes last.
    reporters: ['default', new URL('tally.ts', import.meta.url).pathname],
    // Many start processes of their own, and machines are shared: none is given up for being slow. The long
    // form counts to thirty times as many.
    testTimeout: process.env['SAPPHIRE_LONG'] === '1' ? 1_800_000 : 120_000,
    hookTimeout: process.env['SAPPHIRE_LONG'] === '1' ? 1_800_000 : 180_000,
    coverage: {
      provider: 'v8',
      include: ['engine/**/*.ts', 'strategies/*.ts', 'data/**/*.ts', 'reports/**/*.ts', 'bin/*.ts'],
    },
  },
});
