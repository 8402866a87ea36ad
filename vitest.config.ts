import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';

const config: ViteUserConfig = defineConfig({
  test: {
    testTimeout: 30_000,
    // One for each core: a test that drives processes waits for them most of its time.
    maxWorkers: '100%',
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['tests/{unit,contract,repository}/**/*.test.ts'],
          // To load all modules of src anew takes longer than most files. What they keep from one test to the next changes no outcome:
          // stems of words met before (core/words), holders and programs that are at work (engine/holder, mcp/child), a number in the
          // name of a file that is being built (documents/index-cache), and what is held by an object of the test's own.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['tests/{scenarios,durability,conformance}/**/*.test.ts'],
          globalSetup: ['tests/support/build.ts'],
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'json-summary'],
      // What runs in child processes and worker threads only (main, worker) is not counted by v8 and is tested from outside.
      thresholds: { lines: 90, 'src/core/**': { lines: 100, branches: 100, functions: 100, statements: 100 } },
    },
  },
});

export default config;
