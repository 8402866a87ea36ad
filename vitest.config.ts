import { defineConfig, type ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/build.ts'],
    testTimeout: 30_000,
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
