import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const never = ['**/node_modules/**', 'dist/**'];

// programs in the documentation import the library by its name
const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const resolve = {
  // the longer name first: the other is its beginning
  alias: { '@konductor/sdk/testing': source('src/dev/testing.ts'), '@konductor/sdk': source('src/sdk/index.ts') },
};

export default defineConfig({
  test: {
    // one summary for people, one for the last line of CI
    reporters: process.env.KONDUCTOR_TEST_REPORT
      ? ['default', ['json', { outputFile: process.env.KONDUCTOR_TEST_REPORT }]]
      : ['default'],
    projects: [
      {
        resolve,
        test: {
          name: 'fast',
          include: ['**/*.test.ts'],
          exclude: [...never, '**/*.real.test.ts', '**/*.argo.test.ts'],
        },
      },
      {
        resolve,
        test: {
          name: 'real',
          include: ['**/*.real.test.ts'],
          exclude: never,
          globalSetup: ['test/cluster/global-setup.ts'],
          // suites share one control plane and two cores: one file after the other keeps the figures honest
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          // Argo's own controller and agent, from KONDUCTOR_ARGO_BIN
          name: 'argo',
          include: ['**/*.argo.test.ts'],
          exclude: never,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
